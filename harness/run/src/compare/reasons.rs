//! Why groups differ from the reference: the program is traced in one column of each group and in one that agrees.

use std::sync::OnceLock;

use anyhow::Result;

use super::{Comparing, Event, Observe, RunsInColumn, known_cause};
use crate::explain::{Explanation, Side, cut, explain, explain_end, not_compiled};
use crate::traced_run::TracedRun;
use crate::turns::Pace;
use crate::workers;
use matrix_model::agreement::{Agreement, Alike};
use matrix_model::compared::{FirstCall, Known, Reason};
use matrix_model::explanation::{Explained, Lines};
use matrix_model::matrix::Column;
use matrix_model::observation::Observation;
use matrix_model::outcome::Exit;
use matrix_store::dirs::Places;
use matrix_store::results_files;

/// The maximum length of a call's line, in characters.
const LINE: usize = 200;

/// The runtimes whose traces are compared with first.
const FIRST: [&str; 2] = ["wazero", "node"];

/// A traced run, or why there is none.
type Seen = Result<TracedRun, String>;

/// What is needed to tell why groups differ.
struct Reasons<'r, 'c, 's> {
    comparing: &'r Comparing<'c, 's>,
    ran: &'r [RunsInColumn],
    /// A column that agrees with the reference and whose calls can be traced, if there is one.
    right: Option<&'r RunsInColumn>,
    right_seen: OnceLock<Seen>,
    /// The explanations that the project publishes for these runtimes, or why there are none.
    published: Result<Vec<Explained>, String>,
}

/// The reason of each group, in order; none for a group that agrees.
///
/// # Errors
/// If no thread can be started.
pub(super) fn of(
    comparing: &Comparing,
    ran: &[RunsInColumn],
    agreement: &Agreement,
    observe: &Observe,
) -> Result<Vec<Option<Reason>>> {
    let differing: Vec<usize> =
        (0..agreement.groups.len()).filter(|at| !agreement.groups[*at].differs.is_empty()).collect();
    let mut reasons: Vec<Option<Reason>> = agreement.groups.iter().map(|_| None).collect();
    if differing.is_empty() {
        return Ok(reasons);
    }
    observe(Event::Tracing(differing.len()));
    let columns = differing.iter().flat_map(|at| &agreement.groups[*at].columns);
    let runtimes: Vec<_> = columns.map(|at| comparing.column(ran[*at].column).runtime.id.as_str()).collect();
    let here = Reasons {
        comparing,
        ran,
        right: right(comparing, ran, agreement),
        right_seen: OnceLock::new(),
        published: published(comparing.provisioner.places(), &runtimes),
    };
    let of_group = |at: &usize| Ok(Some((*at, here.of_group(&agreement.groups[*at]))));
    for (at, reason) in workers::each(&differing, comparing.request.jobs, |_| Pace::Computes, of_group)? {
        reasons[at] = Some(reason);
    }
    Ok(reasons)
}

/// The column whose trace the others are compared with.
fn right<'r>(comparing: &Comparing, ran: &'r [RunsInColumn], agreement: &Agreement) -> Option<&'r RunsInColumn> {
    let agreeing = agreement.groups.iter().filter(|group| group.differs.is_empty()).flat_map(|group| &group.columns);
    let traceable = agreeing.map(|at| &ran[*at]).filter(|runs| !comparing.is_native(runs.column));
    let is_reference = |runs: &&RunsInColumn| ran[agreement.reference].column == runs.column;
    let place = |runs: &&RunsInColumn| {
        let id = &comparing.column(runs.column).runtime.id;
        FIRST.iter().position(|first| first == id).unwrap_or(FIRST.len())
    };
    traceable.min_by_key(|runs| (!is_reference(runs), place(runs)))
}

/// The explanations that the project publishes of these runtimes, given by their ids, or why there are none.
pub(crate) fn published(places: &Places, runtimes: &[&str]) -> Result<Vec<Explained>, String> {
    let wanted = |column: &str| runtimes.iter().any(|id| known_cause::is_of(column, id));
    results_files::explanations(&places.root.join(results_files::COMMITTED), wanted)
        .map_err(|error| format!("{error:#}"))
}

impl Reasons<'_, '_, '_> {
    fn of_group(&self, group: &Alike) -> Reason {
        let untraced: Vec<_> = group.columns.iter().map(|at| &self.ran[*at]).collect();
        let Some(runs) = untraced.iter().find(|runs| !self.comparing.is_native(runs.column)) else {
            return untold("it runs as a program of this machine, whose calls are not traced");
        };
        let name = self.comparing.name(runs.column);
        if let Exit::NotCompiled { message, .. } = &runs.observations[0].exit {
            return Reason::Untold(not_compiled(&name, message));
        }
        let own = match self.seen(runs) {
            Ok(own) => own,
            Err(why) => return Reason::Untold(why),
        };
        let own_side = Side { name: &name, seen: &own };
        let Some(right) = self.right else {
            return match explain_end(own_side, &self.comparing.copies.case) {
                Some(explanation) => self.call(runs, None, explanation),
                None => untold("no runtime that could be traced agrees with the reference"),
            };
        };
        let right_name = self.comparing.name(right.column);
        match self.right_seen.get_or_init(|| self.seen(right)) {
            Ok(seen) => {
                let explanation = explain(own_side, Side { name: &right_name, seen });
                self.call(runs, Some(right_name), explanation)
            }
            Err(why) => Reason::Untold(why.clone()),
        }
    }

    /// Runs the program traced in a column. Nothing can be concluded from a run that came out otherwise.
    fn seen(&self, runs: &RunsInColumn) -> Seen {
        let comparing = self.comparing;
        let (column, prepared) = (runs.column, &comparing.copies);
        let name = comparing.name(column);
        let ignored = comparing.ignored_in(column, prepared);
        let run = || {
            let guest = comparing.guest(column)?;
            let _slot = comparing.slots.take();
            comparing.runs.prepared_traced(column, guest, prepared, Some(comparing.left(&ignored)))
        };
        let seen = run().map_err(|error| format!("its calls cannot be traced under {name}: {error:#}"))?;
        let observation = Observation::of(seen.outcome.clone(), &ignored);
        match runs.observations.iter().any(|untraced| untraced.came_to_the_same(&observation)) {
            true => Ok(seen),
            false => Err(format!(
                "run once more under {name} to be traced, it ended otherwise ({}), so nothing is concluded from that run",
                observation.exit
            )),
        }
    }

    fn call(&self, runs: &RunsInColumn, beside: Option<String>, explanation: Explanation) -> Reason {
        first_call(self.comparing.column(runs.column), beside, explanation, &self.published)
    }
}

/// The first host call that matters in a column, and what the published results know of its cause.
pub(crate) fn first_call(
    column: &Column,
    beside: Option<String>,
    explanation: Explanation,
    published: &Result<Vec<Explained>, String>,
) -> Reason {
    let known = match published {
        Ok(published) => known_cause::look_up(published, column, &explanation),
        Err(why) => Known::NotLookedUp(why.clone()),
    };
    let line = |line: Option<String>| line.map(|line| cut(&line, LINE));
    let excerpt = explanation.excerpt.into_iter();
    Reason::Call(Box::new(FirstCall {
        column: column.to_string(),
        beside,
        sentence: explanation.sentence,
        function: explanation.function,
        call: line(explanation.call),
        excerpt: excerpt.filter_map(|(own, reference)| Lines::of(line(own), line(reference))).collect(),
        known,
    }))
}

fn untold(why: &str) -> Reason {
    Reason::Untold(why.to_owned())
}
