//! Which columns show the same of a program, and in what the others differ from the reference.

use std::collections::{BTreeMap, BTreeSet};

use crate::expectation::Aspect;
use crate::observation::Observation;

/// The values that one aspect had in the runs of a column. `None` stands for a run in which it had none.
type Values = BTreeSet<Option<String>>;

/// Columns that show the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// The columns, by index, in order.
    pub columns: Vec<usize>,
    /// In what they differ from the reference; nothing if they agree with it.
    pub differs: BTreeSet<Aspect>,
    /// What differs between runs of one of these columns, and does not in the reference.
    pub varies: BTreeSet<Aspect>,
}

/// How the columns fall into groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The column that the others are compared with.
    pub reference: usize,
    /// What differs between runs of the reference itself, so that it is compared with no other column.
    pub unsettled: BTreeSet<Aspect>,
    /// The groups. That of the reference comes first, then the larger ones.
    pub groups: Vec<Alike>,
}

/// Groups columns by what their runs show. Each column has at least one run. Without a reference, the largest group is
/// the reference; of two of one size, the one with the earlier column.
///
/// Returns `None` if there is no column.
pub fn agreement(columns: &[Vec<Observation>], reference: Option<usize>) -> Option<Agreement> {
    let shown = shown(columns);
    let by_size = |groups: Vec<Vec<usize>>| groups.into_iter().reduce(|a, b| if b.len() > a.len() { b } else { a });
    let reference = match reference {
        Some(index) => index,
        None => *by_size(grouped(&shown, &BTreeSet::new()))?.first()?,
    };
    let own = shown.get(reference)?;
    let unsettled: BTreeSet<_> =
        own.iter().filter(|(_, values)| values.len() > 1).map(|(aspect, _)| aspect.clone()).collect();
    let mut groups: Vec<_> = grouped(&shown, &unsettled)
        .into_iter()
        .map(|members| {
            let first = members[0];
            let unequal = |aspect: &&Aspect| !unsettled.contains(*aspect) && shown[first][*aspect] != own[*aspect];
            let differs: BTreeSet<Aspect> = own.keys().filter(unequal).cloned().collect();
            let varies = |aspect: &&Aspect| shown[first][*aspect].len() > 1;
            Alike {
                varies: differs.iter().filter(varies).cloned().collect(),
                differs: told_apart(differs, &columns[first], &columns[reference]),
                columns: members,
            }
        })
        .collect();
    groups.sort_by_key(|group| (!group.columns.contains(&reference), std::cmp::Reverse(group.columns.len())));
    Some(Agreement { reference, unsettled, groups })
}

/// The values of every aspect that any run of any column has, for each column.
fn shown(columns: &[Vec<Observation>]) -> Vec<BTreeMap<Aspect, Values>> {
    let runs: Vec<Vec<_>> = columns.iter().map(|runs| runs.iter().map(Observation::values).collect()).collect();
    let aspects: BTreeSet<&Aspect> = runs.iter().flatten().flat_map(BTreeMap::keys).collect();
    let of_column = |runs: &Vec<BTreeMap<Aspect, String>>| {
        let values = |aspect: &Aspect| runs.iter().map(|run| run.get(aspect).cloned()).collect();
        aspects.iter().map(|aspect| ((*aspect).clone(), values(aspect))).collect()
    };
    runs.iter().map(of_column).collect()
}

/// The columns with equal values, except for some aspects. The groups are in the order of their first columns.
fn grouped(shown: &[BTreeMap<Aspect, Values>], except: &BTreeSet<Aspect>) -> Vec<Vec<usize>> {
    let key = |index: usize| -> BTreeMap<&Aspect, &Values> {
        shown[index].iter().filter(|(aspect, _)| !except.contains(*aspect)).collect()
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for index in 0..shown.len() {
        match groups.iter_mut().find(|group| key(group[0]) == key(index)) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

/// Leaves out the aspects that one side never came to, unless nothing else is left.
fn told_apart(differs: BTreeSet<Aspect>, runs: &[Observation], reference: &[Observation]) -> BTreeSet<Aspect> {
    let can = |aspect: &&Aspect| {
        let of_run = |run: &Observation| reference.iter().all(|other| run.can_differ_in(other, aspect));
        runs.iter().all(of_run)
    };
    let told: BTreeSet<Aspect> = differs.iter().filter(can).cloned().collect();
    if told.is_empty() { differs } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::tests::{code, observation};
    use crate::outcome::Exit;

    /// Groups columns, each of which has runs that write these texts, and gives each group with its differences.
    fn groups(columns: &[&[&str]], reference: Option<usize>) -> Vec<(Vec<usize>, Vec<Aspect>)> {
        let runs = |texts: &&[&str]| texts.iter().map(|text| observation(code(0), text, &[])).collect::<Vec<_>>();
        let columns: Vec<_> = columns.iter().map(runs).collect();
        let found = agreement(&columns, reference).expect("columns");
        found.groups.into_iter().map(|group| (group.columns, group.differs.into_iter().collect())).collect()
    }

    #[test]
    fn columns_that_show_the_same_are_one_group() {
        let found = groups(&[&["b"], &["a"], &["a"], &["b"], &["a"], &["c"]], Some(0));
        let stdout = || vec![Aspect::Stdout];
        assert_eq!(found, [(vec![0, 3], vec![]), (vec![1, 2, 4], stdout()), (vec![5], stdout())]);
    }

    #[test]
    fn the_largest_group_is_the_reference_if_there_is_no_other() {
        let found = groups(&[&["b"], &["a"], &["a"]], None);
        assert_eq!(found, [(vec![1, 2], vec![]), (vec![0], vec![Aspect::Stdout])]);
        assert_eq!(groups(&[&["b"], &["a"]], None)[0], (vec![0], vec![]), "the earlier one of two");
        assert_eq!(agreement(&[], None), None);
    }

    #[test]
    fn what_varies_in_the_reference_is_not_compared() {
        assert_eq!(groups(&[&["1", "2"], &["3", "4"]], Some(0)), [(vec![0, 1], vec![])]);
    }

    #[test]
    fn what_varies_elsewhere_alone_is_a_difference() {
        let columns: Vec<_> =
            [["1", "1"], ["1", "2"]].map(|texts| texts.map(|text| observation(code(0), text, &[])).to_vec()).into();
        let found = agreement(&columns, Some(0)).expect("columns");
        assert_eq!(found.groups[1].varies, BTreeSet::from([Aspect::Stdout]));
    }

    #[test]
    fn a_program_that_was_stopped_differs_in_its_end_alone() {
        let left = [("/out/a", "1")];
        let whole = vec![observation(code(0), "a", &left)];
        let stopped = |stdout: &str| vec![observation(Exit::Timeout, stdout, &[])];
        let found = agreement(&[whole, stopped("a"), stopped("ab")], Some(0)).expect("columns");
        assert_eq!(found.groups.len(), 2, "how far it came depends on the time that it had");
        assert_eq!(found.groups[1].differs, BTreeSet::from([Aspect::Exit]));
    }

    #[test]
    fn what_is_left_is_compared() {
        let runs = |left: &[(&str, &str)]| vec![observation(code(0), "", left)];
        let columns = [runs(&[("/out/a", "1")]), runs(&[("/out/a", "2")]), runs(&[]), runs(&[("/out/a", "1")])];
        let found = agreement(&columns, Some(0)).expect("columns");
        let members: Vec<_> = found.groups.iter().map(|group| group.columns.clone()).collect();
        assert_eq!(members, [vec![0, 3], vec![1], vec![2]]);
        assert_eq!(found.groups[1].differs, BTreeSet::from([Aspect::File("/out/a".to_owned())]));
    }
}
