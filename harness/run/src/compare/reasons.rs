//! Why groups differ from the reference: the program is traced in one column of each group and in some that it is compared
//! with.

use std::sync::OnceLock;

use anyhow::Result;

use super::measures::{Candidate, Measures, measures};
use super::{Comparing, Event, Observe, RunsInColumn, known_cause};
use crate::bad_file_number::not_covered;
use crate::explain::{Explanation, Side, cut, explain, explain_end, holds_beside, not_compiled};
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

/// A traced run, or why there is none.
type Seen = Result<TracedRun, String>;

/// What is needed to tell why groups differ.
struct Reasons<'r, 'c, 's> {
    comparing: &'r Comparing<'c, 's>,
    ran: &'r [RunsInColumn],
    /// The columns that the others are compared with.
    measures: Measures,
    /// The traced runs of the columns, by position, as far as they were needed.
    seen: Vec<OnceLock<Seen>>,
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
        measures: measures(&candidates(comparing, ran), agreement),
        seen: ran.iter().map(|_| OnceLock::new()).collect(),
        published: published(comparing.provisioner.places(), &runtimes),
    };
    let of_group = |at: &usize| Ok(Some((*at, here.of_group(*at, &agreement.groups[*at]))));
    for (at, reason) in workers::each(&differing, comparing.request.jobs, |_| Pace::Computes, of_group)? {
        reasons[at] = Some(reason);
    }
    Ok(reasons)
}

/// The columns as the choice of a measure sees them.
fn candidates<'c>(comparing: &'c Comparing, ran: &[RunsInColumn]) -> Vec<Candidate<'c>> {
    let candidate = |runs: &RunsInColumn| Candidate {
        engine: &comparing.column(runs.column).runtime.gowasiruntime,
        is_traceable: !comparing.is_native(runs.column),
        cpu: runs.usage.cpu,
    };
    ran.iter().map(candidate).collect()
}

/// The explanations that the project publishes of these runtimes, given by their ids, or why there are none.
pub(crate) fn published(places: &Places, runtimes: &[&str]) -> Result<Vec<Explained>, String> {
    let wanted = |column: &str| runtimes.iter().any(|id| known_cause::is_of(column, id));
    results_files::explanations(&places.root.join(results_files::COMMITTED), wanted)
        .map_err(|error| format!("{error:#}"))
}

impl Reasons<'_, '_, '_> {
    fn of_group(&self, group: usize, alike: &Alike) -> Reason {
        let Some(at) = alike.columns.iter().copied().find(|at| !self.comparing.is_native(self.ran[*at].column)) else {
            return untold("it runs as a program of this machine, whose calls are not traced");
        };
        let (runs, name) = (&self.ran[at], self.name(at));
        if let Exit::NotCompiled { message, .. } = &runs.observations[0].exit {
            return Reason::Untold(not_compiled(&name, message));
        }
        if let Some(why) = self.not_covered(&runs.observations[0]) {
            return Reason::PathNotCovered(why);
        }
        self.explained(group, at).unwrap_or_else(Reason::Untold)
    }

    /// Says that a program which fails uses a path that none of its folders covers.
    fn not_covered(&self, observation: &Observation) -> Option<String> {
        let dirs = &self.comparing.request.input.dirs;
        let given: Vec<_> = dirs.iter().map(|dir| dir.guest.as_str()).collect();
        [&observation.stderr, &observation.stdout].into_iter().find_map(|output| not_covered(output.whole()?, &given))
    }

    /// Explains a group by the column at this position, or says why not.
    fn explained(&self, group: usize, at: usize) -> Result<Reason, String> {
        let name = self.name(at);
        let own = Side { name: &name, seen: self.seen(at)? };
        let ends_by_itself = |why: String| {
            let explanation = explain_end(own, &self.comparing.copies.case).ok_or(why)?;
            Ok(self.call(at, None, explanation))
        };
        match &self.measures {
            Measures::Nothing => ends_by_itself("no runtime that could be traced agrees with the reference".to_owned()),
            Measures::Ordinary { group: ordinary, engines, exceptions, .. } if *ordinary == group => {
                ends_by_itself(self.as_most_do(*engines, exceptions))
            }
            Measures::Ordinary { column, .. } => {
                let beside = self.name(*column);
                let mut explanation = explain(own, Side { name: &beside, seen: self.seen(*column)? });
                explanation.sentence = format!(
                    "This tells it apart from {beside}, which differs from the reference as most engines do: {}",
                    explanation.sentence
                );
                Ok(self.call(at, Some(beside), explanation))
            }
            Measures::Agreeing { first, second } => {
                let first = self.beside(own, *first);
                let may_mislead = first.as_ref().map_or(true, |first| first.explanation.is_of_an_answer());
                let second = second.filter(|_| may_mislead).and_then(|second| self.beside(own, second).ok());
                let (beside, explanation) = match (first, second) {
                    (Ok(first), Some(second)) => confirmed(own, first, second)?,
                    (Ok(only), None) | (Err(_), Some(only)) => (only.name, only.explanation),
                    (Err(why), None) => return Err(why),
                };
                Ok(self.call(at, Some(beside), explanation))
            }
        }
    }

    /// Says that a group does what most engines do. `exceptions` agree with the reference.
    fn as_most_do(&self, engines: usize, exceptions: &[usize]) -> String {
        let exceptions: Vec<_> = exceptions.iter().map(|at| self.name(*at)).collect();
        let agree = match &exceptions[..] {
            [] => "no runtime agrees".to_owned(),
            [one] => format!("{one} alone agrees"),
            several => format!("{} alone agree", several.join(" and ")),
        };
        format!(
            "{agree} with the reference, and {engines} engines differ from it in this same way, so nothing is concluded from \
             a comparison"
        )
    }

    /// Explains a run beside that of the column at this position.
    fn beside(&self, own: Side, at: usize) -> Result<Beside<'_>, String> {
        let (name, seen) = (self.name(at), self.seen(at)?);
        let explanation = explain(own, Side { name: &name, seen });
        Ok(Beside { name, seen, explanation })
    }

    fn name(&self, at: usize) -> String {
        self.comparing.name(self.ran[at].column)
    }

    /// The traced run of the column at this position.
    fn seen(&self, at: usize) -> Result<&TracedRun, String> {
        self.seen[at].get_or_init(|| self.traced(&self.ran[at])).as_ref().map_err(Clone::clone)
    }

    /// Runs the program traced in a column. Nothing can be concluded from a run that came out otherwise.
    fn traced(&self, runs: &RunsInColumn) -> Seen {
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

    fn call(&self, at: usize, beside: Option<String>, explanation: Explanation) -> Reason {
        first_call(self.comparing.column(self.ran[at].column), beside, explanation, &self.published)
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

/// An explanation of a run beside that of a column which agrees with the reference.
struct Beside<'s> {
    name: String,
    seen: &'s TracedRun,
    explanation: Explanation,
}

/// The first explanation, with the column that it compares with, if the second column bears it out. If it does not, the
/// second one, if the first column bears that out. An answer that is the same in a column which agrees does no harm.
fn confirmed(own: Side, first: Beside, second: Beside) -> Result<(String, Explanation), String> {
    let holds =
        |of: &Beside, with: &Beside| holds_beside(&of.explanation, own, Side { name: &with.name, seen: with.seen });
    match () {
        () if holds(&first, &second) => Ok((first.name, first.explanation)),
        () if holds(&second, &first) => Ok((second.name, second.explanation)),
        () => Err(format!(
            "{} and {} agree with the reference, and what one of them answers otherwise than {}, the other answers alike",
            first.name, second.name, own.name
        )),
    }
}

fn untold(why: &str) -> Reason {
    Reason::Untold(why.to_owned())
}
