//! The judgement of an outcome. Pure: no file, no process, no clock.

mod table;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::Capability;
use crate::case::{Case, Tier};
use crate::divergence::Divergence;
use crate::expectation::{Aspect, Expectation, ExpectedExit, FileMatcher};
use crate::outcome::{Exit, Outcome};
use crate::plural::counted;

pub use table::{Behaviour, Colour, VerdictKind};

/// The judgement of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Verdict {
    /// As expected.
    Pass,
    /// Not as expected, and nobody has recorded it.
    Fail {
        /// In what way.
        failure: Failure,
    },
    /// Not as expected, exactly as a divergence records it; or, of the reference, as the case says. A recorded race is
    /// known whether it shows or not.
    Known {
        /// In what way; of a race that does not show, in what way it would.
        failure: Failure,
    },
    /// As expected, although a divergence says otherwise (or, of the reference, the case): that is to be deleted.
    Stale,
    /// Red at first, and not when it was run again: one of the two is not the runtime's doing, or it is a race.
    Flaky {
        /// How many attempts were red.
        red: u32,
        /// How many there were.
        attempts: u32,
        /// In what way the first one was, unless it was stale.
        failure: Option<Failure>,
    },
    /// The case judges nothing.
    Observed,
    /// What the case needs is not there, and somebody said so beforehand.
    Unsupported {
        /// What it needs.
        needs: Need,
    },
    /// The runtime is not installed.
    Unavailable {
        /// How to get it.
        hint: String,
    },
    /// The harness itself could not do its part; nothing is known of the runtime.
    HarnessError {
        /// What went wrong.
        message: String,
    },
}

/// What an unsupported cell needs and does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The adapter declares that it lacks this.
    Capability(Capability),
    /// The case holds only for guests built by such a Go.
    Go(String),
    /// What the case expects is not seen natively in such a surrounding, so there is nothing to hold a runtime to.
    NativelyIn(String),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Need::Capability(capability) => capability.fmt(f),
            Need::Go(range) => write!(f, "Go {range}"),
            Need::NativelyIn(surrounding) => write!(f, "native Linux as expected in {surrounding}"),
        }
    }
}

/// In what way an outcome is not as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// What must hold before the promise can be judged does not hold: the promise was not tried.
    ControlFailed,
    /// The bytes on stdout or stderr differ, what exports gave back, or one run from the next.
    WrongOutput,
    /// The guest's exit code differs.
    WrongExit,
    /// What is left on the host differs.
    WrongFiles,
    /// The engine stopped the guest.
    Trap,
    /// The runtime does not provide an import.
    MissingImport,
    /// The runtime's process died by a signal.
    Crash,
    /// The guest had not ended at the deadline.
    Timeout,
    /// The guest wrote too much.
    OutputLimit,
    /// The runtime stopped the guest at a limit nobody set.
    MemoryLimit,
    /// The runtime did not compile the guest.
    NotCompiled,
}

impl Verdict {
    /// The verdict's colour.
    pub fn colour(&self) -> Colour {
        self.kind().colour
    }

    /// The verdict's word.
    pub fn word(&self) -> &'static str {
        self.kind().word
    }

    /// Whether a person has to look at it.
    pub fn is_red(&self) -> bool {
        self.kind().colour == Colour::Red
    }

    /// Whether a person may want to run the cell again by hand. This is rare for cells that are as expected or not
    /// judged.
    pub fn is_worth_another_run(&self) -> bool {
        matches!(self.kind().colour, Colour::Red | Colour::Amber)
    }

    /// Whether the runtime did what the case expects, regardless of divergences.
    pub fn is_as_expected(&self) -> bool {
        self.kind().behaviour == Behaviour::AsExpected
    }

    /// Its word, followed by the kind of failure if there is one: `fail (wrong-output)`.
    pub fn with_failure(&self) -> String {
        match self.failure() {
            Some(failure) => format!("{} ({failure})", self.word()),
            None => self.word().to_owned(),
        }
    }

    /// The kind of failure, if there is one.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Verdict::Fail { failure } | Verdict::Known { failure } => Some(*failure),
            Verdict::Flaky { failure, .. } => *failure,
            _ => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Verdict::Fail { failure } | Verdict::Known { failure } => write!(f, " ({failure})"),
            Verdict::Flaky { red, attempts, failure } => {
                let how = failure.map_or_else(|| "stale".to_owned(), |failure| failure.to_string());
                write!(f, " ({how} in {red} of {})", counted(*attempts as usize, "attempt"))
            }
            Verdict::Unsupported { needs } => write!(f, " ({needs})"),
            Verdict::Unavailable { hint } => write!(f, " ({hint})"),
            Verdict::HarnessError { message } => write!(f, " ({message})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}

/// A verdict and its basis.
#[derive(Debug, Clone)]
pub struct Judgement<'d> {
    /// The verdict.
    pub verdict: Verdict,
    /// In what respects the outcome is not as the case expects.
    pub mismatches: Vec<Aspect>,
    /// Checks that fail beside the promise: the cases that judge them are on record in this column.
    pub checks: Vec<Aspect>,
    /// The divergence that applies to this cell, whether it matched or not.
    pub divergence: Option<&'d Divergence>,
    /// Whether the outcome must not be published yet, because it is or may be a security finding.
    pub withheld: bool,
}

impl Judgement<'_> {
    /// The judgement of a case that judges nothing.
    fn observed() -> Self {
        let verdict = Verdict::Observed;
        Judgement { verdict, mismatches: Vec::new(), checks: Vec::new(), divergence: None, withheld: false }
    }
}

/// Judges an outcome. `divergences` are those recorded for this runtime, case and version; `permits` tells of which of
/// them the case may deviate in that way and need not; `is_on_record` tells whether one is recorded for another case.
///
/// A line that another case judges does not count here if that case is on record as deviating, and nothing else
/// differs. Otherwise it is evidence like the other lines.
pub fn judge<'d>(
    case: &Case,
    outcome: &Outcome,
    divergences: &[&'d Divergence],
    permits: impl Fn(&Divergence) -> bool,
    is_on_record: impl Fn(&str) -> bool,
) -> Judgement<'d> {
    if case.tier == Tier::Observe {
        return Judgement::observed();
    }
    let mismatches = case.expect.mismatches(outcome);
    let judged_elsewhere = |aspect: &Aspect| matches!(aspect, Aspect::Check(by) if is_on_record(by));
    let (checks, mismatches) = match mismatches.iter().all(judged_elsewhere) {
        true => (mismatches, Vec::new()),
        false => (Vec::new(), mismatches),
    };
    let divergences: Vec<_> =
        divergences.iter().copied().filter(|it| !(permits(it) && mismatches.is_empty())).collect();
    let matching = divergences.iter().find(|divergence| divergence.instead.mismatches(outcome).is_empty()).copied();
    // If the outcome is as expected, a divergence that is not a race no longer holds. A race recorded beside it must
    // not hide that it is stale.
    let usual = divergences.iter().find(|divergence| !divergence.sometimes).copied();
    let divergence = matching.or(usual).or(divergences.first().copied());
    let verdict = match (mismatches.is_empty(), divergence, matching) {
        (true, None, _) => Verdict::Pass,
        (true, Some(usual), _) if !usual.sometimes => Verdict::Stale,
        (true, Some(known), _) | (false, _, Some(known)) => Verdict::Known { failure: recorded(case, &known.instead) },
        (false, _, None) => Verdict::Fail { failure: failure(case, outcome, &mismatches) },
    };
    let withheld = match verdict {
        // No entry from outside makes public what the project withholds.
        Verdict::Known { .. } => divergence.is_some_and(|divergence| {
            divergence.security || divergence.outside && divergences.iter().any(|other| other.security)
        }),
        // The same vulnerability may show in another way than the recorded one.
        Verdict::Fail { .. } => divergences.iter().any(|divergence| divergence.security),
        _ => false,
    };
    Judgement { verdict, mismatches, checks, divergence, withheld }
}

/// The kind of failure that a divergence records. It does not depend on the observed outcome: an entry may allow
/// several outcomes, and the verdict would then vary between runs.
fn recorded(case: &Case, instead: &Expectation) -> Failure {
    let expected = &case.expect;
    if instead.exit != expected.exit {
        return match &instead.exit {
            ExpectedExit::Code(_) | ExpectedExit::Failed => Failure::WrongExit,
            ExpectedExit::Trap(_) => Failure::Trap,
            ExpectedExit::Limit => Failure::MemoryLimit,
            ExpectedExit::MissingImport(_) => Failure::MissingImport,
            ExpectedExit::NotCompiled(_) => Failure::NotCompiled,
            ExpectedExit::Timeout => Failure::Timeout,
            ExpectedExit::Crash(_) => Failure::Crash,
        };
    }
    let told = |expectation: &Expectation| {
        let Expectation { stdout, stderr, returns, again, stdin_rest, changed_flags, .. } = expectation;
        let of_descriptors = (stdin_rest.clone(), changed_flags.clone());
        (stdout.clone(), stderr.clone(), returns.clone(), *again, of_descriptors)
    };
    if told(instead) == told(expected) {
        return Failure::WrongFiles;
    }
    let mut mismatches = match instead.stdout.exact() {
        Some(stdout) => expected.stdout_mismatches(&stdout.to_vec().into()),
        None => vec![Aspect::Stdout],
    };
    let changed = |(path, matcher): &(&String, &FileMatcher)| {
        expected.files.get(*path).or(expected.outside.get(*path)) != Some(*matcher)
    };
    let files = instead.files.iter().chain(&instead.outside).filter(changed);
    mismatches.extend(files.map(|(path, _)| Aspect::File(path.clone())));
    if is_untried(case, &mismatches) { Failure::ControlFailed } else { Failure::WrongOutput }
}

/// Judges the outcome on native Linux, to check the case's own expectation. If they differ, either the case says why,
/// or the case is wrong. In a surrounding, if they differ, the case says nothing about any runtime there.
pub(crate) fn judge_reference(case: &Case, outcome: &Outcome, surrounding: Option<&str>) -> Judgement<'static> {
    if case.tier == Tier::Observe {
        return Judgement::observed();
    }
    let mismatches = case.expect.mismatches(outcome);
    let verdict = match (mismatches.is_empty(), &case.native, surrounding) {
        (true, _, Some(_)) => Verdict::Pass,
        (false, _, Some(name)) => Verdict::Unsupported { needs: Need::NativelyIn(name.to_owned()) },
        (true, None, None) => Verdict::Pass,
        (true, Some(_), None) => Verdict::Stale,
        (false, Some(_), None) => Verdict::Known { failure: failure(case, outcome, &mismatches) },
        (false, None, None) => Verdict::Fail { failure: failure(case, outcome, &mismatches) },
    };
    Judgement { verdict, mismatches, checks: Vec::new(), divergence: None, withheld: false }
}

fn failure(case: &Case, outcome: &Outcome, mismatches: &[Aspect]) -> Failure {
    let second = outcome.again.as_ref().map(|second| &second.exit);
    let is_wrong = |exit: &&Exit| !case.expect.exit.accepts(exit);
    if let Some(exit) = [Some(&outcome.exit), second].into_iter().flatten().find(is_wrong) {
        return match exit {
            Exit::Code { .. } => Failure::WrongExit,
            Exit::Trap { .. } => Failure::Trap,
            Exit::Limit { .. } => Failure::MemoryLimit,
            Exit::MissingImport { .. } => Failure::MissingImport,
            Exit::NotCompiled { .. } => Failure::NotCompiled,
            Exit::Signal { .. } => Failure::Crash,
            Exit::Timeout => Failure::Timeout,
            Exit::OutputLimit => Failure::OutputLimit,
        };
    }
    if is_untried(case, mismatches) {
        return Failure::ControlFailed;
    }
    match mismatches.iter().all(|aspect| matches!(aspect, Aspect::File(_) | Aspect::Outside(_))) {
        true => Failure::WrongFiles,
        false => Failure::WrongOutput,
    }
}

/// Whether the promise was not tried, because the control failed. A case with folders outside promises that the guest
/// reaches none of them: if anything else differs there too, the promise is broken, whatever the control says.
fn is_untried(case: &Case, mismatches: &[Aspect]) -> bool {
    let others = mismatches.iter().any(|aspect| *aspect != Aspect::Control);
    mismatches.contains(&Aspect::Control) && (case.outside.is_empty() || !others)
}
