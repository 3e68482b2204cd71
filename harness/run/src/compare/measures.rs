//! Which columns' traces those of the groups that differ are compared with.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::explain::turn;
use matrix_model::agreement::{Agreement, Alike};

/// How many engines must do the same so that it is what engines ordinarily do.
const ORDINARY: usize = 3;

/// What must be known of a column to choose one.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'c> {
    /// The name of its engine.
    pub engine: &'c str,
    /// Whether its host calls can be traced.
    pub is_traceable: bool,
    /// How much processor time a run takes.
    pub cpu: Duration,
}

/// The columns to compare with, by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Measures {
    /// Columns that agree with the reference.
    Agreeing {
        /// The one to compare with.
        first: usize,
        /// One of another engine. What it answers as a differing column does is not to blame.
        second: Option<usize>,
    },
    /// What agrees with the reference, if anything does, is the exception among engines.
    Ordinary {
        /// A column of the group that does what most engines do, although it differs from the reference.
        column: usize,
        /// The position of that group.
        group: usize,
        /// How many engines are in it.
        engines: usize,
        /// The columns that agree with the reference and can be traced.
        exceptions: Vec<usize>,
    },
    /// There is none.
    Nothing,
}

/// Chooses among columns. The reference itself is a measure in any case, if it can be traced. Otherwise those that agree
/// with it are none if more than twice as many engines differ from it in one and the same way: they may agree with it by
/// the very thing that no other engine does.
pub(super) fn measures(columns: &[Candidate], agreement: &Agreement) -> Measures {
    let traceable = |group: &Alike| -> Vec<usize> {
        group.columns.iter().copied().filter(|at| columns[*at].is_traceable).collect()
    };
    let engines = |of: &[usize]| of.iter().map(|at| columns[*at].engine).collect::<BTreeSet<_>>().len();
    let place = |at: usize| turn(columns[at].engine);
    let in_order = |mut of: Vec<usize>| {
        of.sort_by_key(|at| (*at != agreement.reference, place(*at), columns[*at].cpu));
        of
    };
    let agreeing = agreement.groups.iter().filter(|group| group.differs.is_empty()).flat_map(traceable).collect();
    let agreeing = in_order(agreeing);
    let differing = agreement.groups.iter().enumerate().filter(|(_, group)| !group.differs.is_empty());
    let sizes = differing.map(|(at, group)| (engines(&traceable(group)), at));
    let (most, group) = sizes.max_by_key(|(size, at)| (*size, std::cmp::Reverse(*at))).unwrap_or_default();
    let is_exception = !agreeing.contains(&agreement.reference) && engines(&agreeing) * 2 < most && most >= ORDINARY;
    match agreeing.first() {
        _ if is_exception => Measures::Ordinary {
            column: in_order(traceable(&agreement.groups[group]))[0],
            group,
            engines: most,
            exceptions: agreeing,
        },
        Some(first) => Measures::Agreeing {
            first: *first,
            second: agreeing.iter().copied().find(|at| columns[*at].engine != columns[*first].engine),
        },
        None => Measures::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use matrix_model::expectation::Aspect;

    /// Chooses among groups of engines. The first group agrees with the reference, which is the first column.
    fn chosen(groups: &[&[&'static str]]) -> Measures {
        let engines: Vec<_> = groups.iter().flat_map(|group| group.iter().copied()).collect();
        let candidate = |engine: &&'static str| Candidate {
            engine,
            is_traceable: *engine != "native",
            cpu: Duration::from_millis(engine.len() as u64),
        };
        let mut next = 0;
        let mut alike = |(at, group): (usize, &&[&str])| {
            let columns = (next..next + group.len()).collect();
            next += group.len();
            let differs = if at == 0 { BTreeSet::new() } else { BTreeSet::from([Aspect::Stdout]) };
            Alike { columns, differs, varies: BTreeSet::new() }
        };
        let groups = groups.iter().enumerate().map(&mut alike).collect();
        let agreement = Agreement { reference: 0, unsettled: BTreeSet::new(), groups };
        measures(&engines.iter().map(candidate).collect::<Vec<_>>(), &agreement)
    }

    #[test]
    fn an_ordinary_column_that_agrees_is_compared_with_and_one_of_another_engine_bears_witness() {
        let agreeing = |first, second| Measures::Agreeing { first, second };
        assert_eq!(chosen(&[&["native", "odd", "wazero", "wazero", "slow"], &["x", "x"]]), agreeing(2, Some(1)));
        assert_eq!(chosen(&[&["native", "one"], &["x", "y"]]), agreeing(1, None));
        assert_eq!(chosen(&[&["native", "one", "two"], &["x", "y", "z"]]), agreeing(1, Some(2)));
    }

    #[test]
    fn a_lone_column_that_agrees_where_most_engines_do_not_is_no_measure() {
        let ordinary = |column, engines, exceptions: &[usize]| Measures::Ordinary {
            column,
            group: 1,
            engines,
            exceptions: exceptions.to_owned(),
        };
        assert_eq!(chosen(&[&["native", "odd"], &["x", "y", "wazero"], &["w"]]), ordinary(4, 3, &[1]));
        assert_eq!(chosen(&[&["native"], &["x", "y", "z"], &["w"]]), ordinary(1, 3, &[]));
        let same = chosen(&[&["native", "odd"], &["x", "x", "x", "x"]]);
        assert_eq!(same, Measures::Agreeing { first: 1, second: None }, "four columns of one engine are one witness");
        let named = chosen(&[&["odd"], &["x", "y", "z"]]);
        assert_eq!(named, Measures::Agreeing { first: 0, second: None }, "the reference itself can be traced");
        assert_eq!(chosen(&[&["native"], &["x"]]), Measures::Nothing);
    }
}
