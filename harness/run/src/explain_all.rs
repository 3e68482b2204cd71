//! Makes explanations. Each cell is run traced, and its case is run under each reference once for all its columns.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Result, bail};

use crate::comparison::{self, Comparison};
use crate::explain::{Explanation, Side, cut, explain, explain_end, not_compiled};
use crate::probe;
use crate::schedule::Schedule;
use crate::traced_run::{TracedRun, TracedRuns};
use matrix_model::beside_record::BesideRecord;
use matrix_model::case::Case;
use matrix_model::explanation::{Beside, Explained, Lines, Pattern, explainable};
use matrix_model::judge;
use matrix_model::matrix::Cell;
use matrix_model::outcome::Exit;
use matrix_model::record::Record;
use matrix_model::verdict::{Behaviour, Failure, Verdict};
use matrix_provision::provisioner::Provision;
use matrix_store::dirs::Places;
use matrix_store::latest_records::RecordedCell;
use matrix_store::sidecar;
use wasip1_trace::Refusal;

/// Follows bytes that the trace records only in part.
const CUT: &str = "\"… of ";

/// How many bytes of a folder's path must match before the match is no coincidence.
const LEAST: usize = 8;

/// The maximum length of a call's line, in characters.
const LINE: usize = 200;

/// The maximum length of a sentence, in characters. Only a call in it can be long.
const SENTENCE: usize = 900;

/// The maximum number of pairs of calls.
const PAIRS: usize = 10;

/// Why a cell is not compared with another column.
pub const NOTHING_TO_COMPARE: &str =
    "no runtime that is installed here does what the case expects, so there is nothing to compare with";

/// The result of asking for an explanation.
#[derive(Debug)]
pub enum Made {
    /// It was made.
    New(Box<Explained>),
    /// There is none, for this reason. The next attempt may succeed.
    Not(String),
}

/// A traced run, or why there is none.
type Seen = Result<Arc<TracedRun>, Unseen>;

/// Why there is no traced run of a case in a column.
#[derive(Debug, Clone)]
enum Unseen {
    /// Its guest cannot be traced, now or ever.
    Refused(String),
    /// The harness could not do its part.
    Failed(String),
}

/// The traced runs of a case by column. They are kept while cells of the case are left to explain.
#[derive(Default)]
struct TracedCase {
    left: AtomicUsize,
    runs: Mutex<BTreeMap<usize, Arc<OnceLock<Seen>>>>,
}

/// Makes the explanations of some cells.
pub struct Maker<'a, 's> {
    schedule: &'a Schedule<'s>,
    traces: TracedRuns<'a, 's>,
    cases: BTreeMap<&'s str, TracedCase>,
}

impl<'a, 's> Maker<'a, 's> {
    /// Prepares to explain these cells. `calls` is the number of calls that each trace records one by one.
    pub fn new(schedule: &'a Schedule<'s>, calls: u32, runs: &[RecordedCell<'s>]) -> Maker<'a, 's> {
        let mut cases: BTreeMap<_, TracedCase> = BTreeMap::new();
        for run in runs {
            *cases.entry(run.cell.case.id.as_str()).or_default().left.get_mut() += 1;
        }
        Maker { schedule, traces: TracedRuns::new(schedule.provisioner(), calls), cases }
    }

    /// Explains one of the cells and keeps what is found.
    ///
    /// # Errors
    /// If the explanation cannot be written.
    pub fn make(&self, run: &RecordedCell<'s>) -> Result<Made> {
        let made = match self.explain(run) {
            Ok(explained) => {
                sidecar::write(&sidecar::folder::<Explained>(self.schedule.provisioner().places()), &explained)?;
                Made::New(Box::new(explained))
            }
            Err(error) => Made::Not(format!("{error:#}")),
        };
        if let Some(shared) = self.cases.get(run.cell.case.id.as_str())
            && shared.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            shared.runs.lock().expect("no thread panics with the lock held").clear();
        }
        Ok(made)
    }

    /// Explains one of the cells.
    ///
    /// # Errors
    /// If the cell cannot be explained now, or the explanation must be withheld. The error is a sentence.
    pub fn explain(&self, run: &RecordedCell<'s>) -> Result<Explained> {
        let RecordedCell { cell, record } = run;
        let schedule = self.schedule;
        let provisioner = schedule.provisioner();
        let Some((key, failure)) = explainable(record) else { bail!("nothing to explain: {}", record.verdict) };
        let untold = |sentence: String| Ok(without_comparison(record, key, failure, sentence));
        if probe::exempt(schedule.column(cell)).is_some() {
            let words = "Here guests are programs of the machine's own: what they ask of Linux is not traced.";
            return untold(words.to_owned());
        }
        if let Some(Exit::NotCompiled { message, .. }) = record.outcome.as_ref().map(|outcome| &outcome.exit) {
            let explained = without_comparison(record, key, failure, not_compiled(&record.column, message));
            return Ok(Explained { pattern: Some(Pattern::NotCompiled), ..explained });
        }
        match provisioner.provision(cell.column, cell.case, None)? {
            Provision::Skip { reason, .. } => bail!("it is not run here: {}", Verdict::from(reason)),
            Provision::Ready(provisioned) if provisioned.key != key => {
                bail!("its record is of another guest, runtime or case than today's; run it again")
            }
            Provision::Ready(_) => {}
        }
        let own = match self.seen(cell.column, cell.case) {
            Ok(seen) => seen,
            Err(Unseen::Refused(why)) => {
                return untold(format!("The harness cannot tell: the guest cannot be traced: {why}."));
            }
            Err(Unseen::Failed(why)) => bail!(why),
        };
        let judged = |cell: &Cell, seen: &TracedRun| judge::judgement(schedule.column(cell), cell.case, &seen.outcome);
        let judgement = judged(cell, &own);
        if judgement.withheld {
            bail!("by now it is withheld; run it again");
        }
        if judgement.verdict.kind().behaviour != Behaviour::NotAsExpected {
            let verdict = &judgement.verdict;
            return untold(format!("The harness cannot tell: run once more to be traced, the cell came to {verdict}."));
        }
        if judgement.mismatches.is_empty() {
            return untold(
                "The harness cannot tell: it is a race, and the cell was as expected when it was traced.".into(),
            );
        }
        if let Some(recorded) = &record.outcome
            && !recorded.exit.is_like(&own.outcome.exit)
        {
            // The cause of this end may not have occurred in the recorded run.
            return untold(format!(
                "The harness cannot tell: a trace makes host calls of its own, and with those the cell ended otherwise: {}.",
                own.outcome.exit
            ));
        }
        let comparison = self.compare(cell)?;
        let name = schedule.column(cell).to_string();
        let own_side = Side { name: &name, seen: &own };
        let untold = without_comparison(record, key, failure, String::new());
        let portable = |cell: &Cell| {
            let sandbox = self.traces.sandbox(cell.column, cell.case);
            move |text: &str| portable(provisioner.places(), text, &sandbox)
        };
        let Some((column, with)) = comparison.right else {
            if let Some((column, why)) = comparison.failed.first() {
                bail!("under {}: {why}", schedule.name(&Cell { column: *column, case: cell.case }));
            }
            return Ok(match explain_end(own_side, cell.case) {
                Some(explanation) => from_explanation(untold, explanation, None, portable(cell), portable(cell)),
                None => Explained { sentence: format!("The harness cannot tell: {NOTHING_TO_COMPARE}."), ..untold },
            });
        };
        let other = Cell { column, case: cell.case };
        let other_name = schedule.column(&other).to_string();
        let explanation = explain(own_side, Side { name: &other_name, seen: &with });
        let beside = Some(Beside { column: other_name, verdict: Verdict::Pass });
        Ok(from_explanation(untold, explanation, beside, portable(cell), portable(&other)))
    }

    /// Finds a column that passes the cell's case when it is run there now.
    fn compare(&self, cell: &Cell<'s>) -> Result<Comparison> {
        let provisioner = self.schedule.provisioner();
        let (columns, records) = (provisioner.columns(), &provisioner.places().records);
        let mut candidates = Vec::new();
        for column in comparison::candidates(columns, cell, records) {
            if provisioner.skip_reason(column, cell.case)?.is_none() {
                candidates.push(column);
            }
        }
        Ok(comparison::compare(columns, cell.case, &candidates, |column| {
            self.seen(column, cell.case).map_err(|(Unseen::Refused(why) | Unseen::Failed(why))| why)
        }))
    }

    /// Runs a case traced in a column, once.
    fn seen(&self, column: usize, case: &'s Case) -> Seen {
        let run = || {
            let cell = Cell { column, case };
            let _slot = self.schedule.wait_for_slot(&cell);
            self.traces.cell(column, case).map(Arc::new).map_err(|error| match error.downcast_ref::<Refusal>() {
                Some(refusal) => Unseen::Refused(refusal.to_string()),
                None => Unseen::Failed(format!("{error:#}")),
            })
        };
        let Some(shared) = self.cases.get(case.id.as_str()) else { return run() };
        let slot = {
            let mut runs = shared.runs.lock().expect("no thread panics with the lock held");
            Arc::clone(runs.entry(column).or_default())
        };
        slot.get_or_init(run).clone()
    }
}

/// Makes a text portable, as in records. A path in it may be cut off, because a trace records long bytes only in part.
fn portable(places: &Places, text: &str, sandbox: &Path) -> String {
    let text = places.portable(text, sandbox);
    let folders = places.named(sandbox);
    let mut parts = text.split(CUT);
    let mut told = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let begun = |folder: &Path| {
            let folder = folder.to_str().unwrap_or("");
            (LEAST..folder.len()).rev().find(|end| folder.is_char_boundary(*end) && told.ends_with(&folder[..*end]))
        };
        let begun = folders.iter().filter_map(|(folder, name)| Some((begun(folder)?, *name)));
        // If several folders begin with this text, the outermost is as good a guess as any.
        if let Some((length, name)) = begun.max_by_key(|(length, _)| *length) {
            told.truncate(told.len() - length);
            told += name;
        }
        told += CUT;
        told += part;
    }
    told
}

/// The explanation of a record without a comparison: there is no reference, or comparing gave no answer.
fn without_comparison(record: &Record, key: &str, failure: Failure, sentence: String) -> Explained {
    Explained {
        form: Explained::FORM,
        cell: record.cell.clone(),
        column: record.column.clone(),
        case: record.case.clone(),
        key: key.to_owned(),
        failure,
        sentence: cut(&sentence, SENTENCE),
        pattern: None,
        cause: None,
        function: None,
        answers: None,
        call: None,
        reference: None,
        excerpt: Vec::new(),
    }
}

/// Keeps as much of an explanation as fits. `own` and `other` make each side's text portable.
fn from_explanation(
    untold: Explained,
    explanation: Explanation,
    reference: Option<Beside>,
    own: impl Fn(&str) -> String,
    other: impl Fn(&str) -> String,
) -> Explained {
    let pairs = explanation.excerpt.into_iter().take(PAIRS).filter_map(|pair| {
        let own = pair.0.map(|line| cut(&own(&line), LINE));
        let reference = pair.1.map(|line| cut(&other(&line), LINE));
        Lines::of(own, reference)
    });
    Explained {
        sentence: cut(&other(&own(&explanation.sentence)), SENTENCE),
        pattern: Some(explanation.pattern),
        cause: explanation.cause,
        function: explanation.function,
        answers: explanation.answers,
        call: explanation.call.map(|call| cut(&other(&own(&call)), LINE)),
        excerpt: pairs.collect(),
        reference,
        ..untold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_of_the_machine_stays_in_a_text() {
        let folder = |path: &str| Path::new(path).to_owned();
        let places = Places {
            root: folder("/home/somebody/project"),
            target: folder("/home/somebody/project/target"),
            state: folder("/home/somebody/project/target/wasip1-matrix"),
            store: folder("/home/somebody/.cache/wasip1-matrix"),
            toolchains: folder("/home/somebody/.cache/wasip1-matrix/go"),
            records: folder("/home/somebody/project/target/wasip1-matrix/records"),
            sandboxes: folder("/home/somebody/project/target/wasip1-matrix/sandbox"),
            offline: true,
        };
        let sandbox = places.state.join("trace/sandbox/a@1.0.0/b");
        let told = |text: &str| portable(&places, text, &sandbox);
        assert_eq!(
            told("open(\"/home/somebody/project/target/wasip1-matrix/guests/a.wasm\")"),
            "open(\"$STATE/guests/a.wasm\")"
        );
        for (cut, whole) in [
            (
                "write([\"at /home/somebody/.cac\"… of 90, \"/data\"… of 9])",
                "write([\"at $STORE\"… of 90, \"/data\"… of 9])",
            ),
            ("write([\"/data/home\"… of 90]) = 0", "write([\"/data/home\"… of 90]) = 0"),
        ] {
            assert_eq!(told(cut), whole);
        }
        assert!(!told("write([\"/home/somebody/project/tar\"… of 90]) = 0").contains("somebody"));
    }
}
