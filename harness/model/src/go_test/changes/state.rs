//! What a test did in a column, as far as kept results tell it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::go_test::by_column::Exceptions;
use crate::go_test::events::top;
use crate::go_test::{PackageFailure, TestEnd, TestRun};
use crate::verdict::Behaviour;

/// What a test did in a column, or a package as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It passed. A package as a whole: it came to its end.
    Passed,
    /// It failed, and passed when it was run once more, alone.
    Unsteady,
    /// It failed.
    Failed,
    /// The process ended, or was stopped, while it was running. A package as a whole: outside of any test.
    Unfinished,
    /// The runtime did not start the package's tests.
    NotStarted,
    /// It skipped itself.
    Skipped,
    /// It was not run.
    NotRun,
    /// The harness failed.
    HarnessFailed,
}

impl State {
    /// What it says about the runtime.
    pub(super) fn behaviour(self) -> Behaviour {
        match self {
            State::Passed => Behaviour::AsExpected,
            State::Unsteady => Behaviour::Varies,
            State::Failed | State::Unfinished | State::NotStarted => Behaviour::NotAsExpected,
            State::Skipped | State::NotRun => Behaviour::NotJudged,
            State::HarnessFailed => Behaviour::Unknown,
        }
    }

    /// Whether it says anything about the runtime.
    pub(super) fn is_judged(self) -> bool {
        !matches!(self.behaviour(), Behaviour::NotJudged | Behaviour::Unknown)
    }

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            State::Passed => "passes",
            State::Unsteady => "is unsteady",
            State::Failed => "fails",
            State::Unfinished => "ends the process or hangs",
            State::NotStarted => "does not start",
            State::Skipped => "is skipped",
            State::NotRun => "is not run",
            State::HarnessFailed => "is not known: the harness failed",
        }
    }
}

/// What a test of a package did. `names` are the package's tests without their subtests.
pub(super) fn of(names: Option<&BTreeSet<String>>, exceptions: &Exceptions, test: &str) -> State {
    let whole = top(test);
    if let Some(run) = exceptions.failed.get(test) {
        return match run.end {
            _ if exceptions.passed_alone.contains(whole) => State::Unsteady,
            TestEnd::Unfinished => State::Unfinished,
            _ => State::Failed,
        };
    }
    if exceptions.skipped.contains_key(test) {
        return State::Skipped;
    }
    if whole != test {
        return match exceptions.failed.get(whole).map(|run| run.end) {
            // It came to its end, and names the subtests that failed: the others passed.
            Some(TestEnd::Failed) if fails_by_a_subtest(exceptions, whole) => State::Passed,
            Some(_) => State::NotRun,
            None => of(names, exceptions, whole),
        };
    }
    let is_known = names.is_some_and(|names| names.contains(test)) && !exceptions.absent.contains(test);
    if is_known { State::Passed } else { State::NotRun }
}

/// What a package did as a whole. Where a test was running as the process ended, that test says it.
pub(super) fn of_whole(exceptions: &Exceptions) -> State {
    match &exceptions.failure {
        None => State::Passed,
        Some(PackageFailure::NotBuilt(_)) => State::NotRun,
        Some(PackageFailure::NotStarted(_)) => State::NotStarted,
        Some(PackageFailure::Harness(_)) => State::HarnessFailed,
        Some(PackageFailure::Ended(_)) if exceptions.failed.values().any(TestRun::failed) => State::Passed,
        Some(PackageFailure::Ended(_)) => State::Unfinished,
    }
}

/// Whether a test fails, and a subtest of it too.
pub(super) fn fails_by_a_subtest(exceptions: &Exceptions, test: &str) -> bool {
    let below = format!("{test}/");
    exceptions.failed.get(test).is_some_and(|run| run.end == TestEnd::Failed)
        && exceptions.failed.range(below.clone()..).next().is_some_and(|(name, _)| name.starts_with(&below))
}
