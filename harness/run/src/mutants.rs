//! Checks that the cases notice faults. A host is broken on purpose, one fault at a time, and the cells that pass under
//! the unbroken host are run until one of them is red. If a fault turns no cell red, a runtime could have it unnoticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use anyhow::Result;
use host_contract::report::Fault;
use serde::{Deserialize, Serialize};

use crate::fault_run;
use crate::schedule::Schedule;
use matrix_model::matrix::Cell;
use matrix_model::plural::counted;
use matrix_model::verdict::{Failure, Verdict};

/// The fault that changes nothing: the control.
pub(crate) const CONTROL: &str = "none";

/// A cell that passes under the unbroken host.
#[derive(Debug, Clone)]
pub struct Detector<'s> {
    /// The cell.
    pub cell: Cell<'s>,
    /// The preview 1 functions that its guest calls.
    pub called: BTreeSet<String>,
    /// How long it takes.
    pub wall: Duration,
}

/// Whether a cell can be used to detect faults.
#[derive(Debug, Clone)]
pub enum Soundness<'s> {
    /// It passes, also under the control.
    Sound(Detector<'s>),
    /// It is not judged, or does not pass even under the unbroken host.
    Unfit,
    /// Its guest is not compiled even for the unbroken host.
    NotCompiled(String),
    /// It passes under the unbroken host but not under the control: the control changes something.
    Suspect(String),
}

/// The result for one fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// The fault.
    pub fault: String,
    /// What the host does with the fault.
    pub what: String,
    /// The functions that the fault affects.
    pub functions: Vec<String>,
    /// The cases that notice the fault: the first one, or all.
    pub caught_by: Vec<Catch>,
    /// How many cells were run.
    pub ran: usize,
    /// In how many of them the fault changed something. A cell counts too if its host left no report.
    pub met: usize,
    /// How many cells call one of its functions.
    pub detectors: usize,
    /// What went wrong in other cells. Nothing is known about those.
    pub errors: Vec<String>,
}

/// A case that notices a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Catch {
    /// The case.
    pub case: String,
    /// Its verdict with the fault.
    pub verdict: Verdict,
}

/// A check of all faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// The column whose host was broken.
    pub column: String,
    /// The Go versions that built the guests.
    pub go: Vec<String>,
    /// How many cells pass under the unbroken host.
    pub detectors: usize,
    /// The cells of those that fail under the control, although it should change nothing: each is an error in the host.
    pub suspects: Vec<String>,
    /// A finding for each fault.
    pub findings: Vec<Finding>,
}

/// How a check is made.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// A cell that has not ended by then is red, whatever its own deadline is.
    pub deadline: Duration,
    /// Whether to continue after the first case that notices the fault.
    pub all_catchers: bool,
}

impl Check {
    /// Whether every fault is noticed and the control is not.
    pub fn is_sound(&self) -> bool {
        self.suspects.is_empty() && self.findings.iter().all(|finding| !finding.caught_by.is_empty())
    }

    /// The cases that noticed each fault, keyed by fault. The next check tries them first.
    pub fn catchers(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut catchers = BTreeMap::new();
        for finding in &self.findings {
            let cases = finding.caught_by.iter().map(|catch| catch.case.as_str()).collect();
            catchers.insert(finding.fault.as_str(), cases);
        }
        catchers
    }
}

/// Runs a cell under the unbroken host and under the control.
pub fn examine<'s>(schedule: &Schedule, cell: &Cell<'s>, manner: Manner) -> Soundness<'s> {
    if !matches!(schedule.provisioner().skip_reason(cell.column, cell.case), Ok(None)) {
        return Soundness::Unfit;
    }
    let tried = |fault| fault_run::run(schedule, cell, fault, manner.deadline).ok();
    let passes = |fault| tried(fault).filter(|tried| tried.verdict == Verdict::Pass);
    let unbroken = match tried(None) {
        Some(tried) if tried.verdict == Verdict::Pass => tried,
        Some(tried) if tried.verdict.failure() == Some(Failure::NotCompiled) => {
            return Soundness::NotCompiled(cell.case.id.clone());
        }
        _ => return Soundness::Unfit,
    };
    // Try the control twice before calling the cell suspect: it may have failed because the machine is busy.
    let Some(control) = passes(Some(CONTROL)).or_else(|| passes(Some(CONTROL))) else {
        return match passes(None) {
            Some(_) => Soundness::Suspect(cell.case.id.clone()),
            None => Soundness::Unfit,
        };
    };
    let called = control.met.map(|met| met.called).unwrap_or_default();
    Soundness::Sound(Detector { cell: *cell, called, wall: unbroken.wall })
}

/// Runs the cells that call one of the fault's functions until one is red. The cases in `before`, which noticed it the
/// last time, come first. An error in a cell becomes part of the finding.
pub fn hunt(schedule: &Schedule, fault: &Fault, detectors: &[Detector], before: &[&str], manner: Manner) -> Finding {
    let order = order(fault, detectors, before);
    let mut finding = Finding {
        fault: fault.name.clone(),
        what: fault.what.clone(),
        functions: fault.functions.clone(),
        caught_by: Vec::new(),
        ran: 0,
        met: 0,
        detectors: order.len(),
        errors: Vec::new(),
    };
    for detector in order {
        finding.ran += 1;
        match noticed(schedule, &detector.cell, &fault.name, manner) {
            Ok((met, verdict)) => {
                finding.met += usize::from(met);
                let case = detector.cell.case.id.clone();
                finding.caught_by.extend(verdict.map(|verdict| Catch { case, verdict }));
            }
            Err(error) => finding.errors.push(format!("{}: {error:#}", detector.cell.case.id)),
        }
        if !finding.caught_by.is_empty() && !manner.all_catchers {
            break;
        }
    }
    finding
}

/// Whether a cell meets the fault, and its verdict if the fault turns it red: it must be red again with the fault, and
/// pass without it.
fn noticed(schedule: &Schedule, cell: &Cell, fault: &str, manner: Manner) -> Result<(bool, Option<Verdict>)> {
    let tried = fault_run::run(schedule, cell, Some(fault), manner.deadline)?;
    let met = tried.met.as_ref().is_none_or(|met| met.times > 0);
    if !tried.verdict.is_red() {
        return Ok((met, None));
    }
    let again = fault_run::run(schedule, cell, Some(fault), manner.deadline)?.verdict.is_red();
    let caught = again && fault_run::run(schedule, cell, None, manner.deadline)?.verdict == Verdict::Pass;
    Ok((met, caught.then_some(tried.verdict)))
}

/// The cells that may notice the fault, in the order to try them: earlier catchers first, then cells whose name
/// contains the fault's first word, then the others. Within each group, the areas take turns, each with its quickest
/// cells first; cells that run alone come last.
fn order<'d, 's>(fault: &Fault, detectors: &'d [Detector<'s>], before: &[&str]) -> Vec<&'d Detector<'s>> {
    let calls = |detector: &&Detector| fault.functions.iter().any(|function| detector.called.contains(function));
    let mut found: Vec<_> = detectors.iter().filter(calls).collect();
    found.sort_by_key(|detector| detector.wall);
    let topic = fault.name.split('-').next().unwrap_or_default();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ranked: Vec<_> = found
        .into_iter()
        .map(|detector| {
            let case = detector.cell.case;
            let round = seen.entry(&case.area).or_default();
            *round += 1;
            (!before.contains(&case.id.as_str()), !case.id.contains(topic), case.alone, *round, detector)
        })
        .collect();
    ranked.sort_by_key(|(new, off_topic, alone, round, _)| (*new, *off_topic, *alone, *round));
    ranked.into_iter().map(|(.., detector)| detector).collect()
}

/// One line for a terminal.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Finding { fault, ran, met, detectors, .. } = self;
        let cells = counted(*detectors, "cell");
        match &self.caught_by[..] {
            [first] => write!(f, "{fault:28} {}, {} after {ran} of {cells}", first.case, first.verdict),
            [first, ..] => {
                let count = self.caught_by.len();
                write!(f, "{fault:28} {}, {} and {} more of {cells}", first.case, first.verdict, count - 1)
            }
            [] if *detectors == 0 => write!(f, "{fault:28} NOT CAUGHT: no case calls {}", self.functions.join(", ")),
            [] if *met == 0 => write!(f, "{fault:28} NOT CAUGHT: none of {cells} meets it"),
            [] => write!(f, "{fault:28} NOT CAUGHT: {met} of {cells} meet it, and none notices"),
        }?;
        match &self.errors[..] {
            [] => Ok(()),
            [first, ..] => write!(f, "; {}: {first}", counted(self.errors.len(), "error")),
        }
    }
}
