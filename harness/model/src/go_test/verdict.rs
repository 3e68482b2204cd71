//! Whose doing it is that a test fails, judged by what the same test did elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::top;
use super::known::{KnownFailure, Stale, TestColumn};
use super::{PackageFailure, PackageRun, TestEnd, TestRun};

/// What Go says of a thing that it does not have under wasip1, at the beginning of a line or after an error's path.
const GO_HAS_NOT: [&str; 5] = [
    "Not implemented on wasip1",
    "not implemented on wasip1",
    "not supported by wasip1",
    "not supported on wasip1",
    "wasip1/wasm",
];

/// The judgement of a test in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum TestVerdict {
    /// It passed, or it skipped itself in every column.
    Works,
    /// It skipped itself here and not in every column.
    SkippedHere,
    /// It fails as a program of this machine, too.
    FailsNatively,
    /// It fails under every engine and not natively, or says itself that Go has no such thing under wasip1: that is no
    /// runtime's doing.
    FailsInGo,
    /// It fails here and passes in another column.
    FailsInRuntime,
    /// It fails here and not natively. No other engine ran it, so it is not known whose doing that is.
    FailsHere,
    /// It failed, and passed when it was run once more, alone: a matter of time or of its neighbours.
    Unsteady,
    /// It fails in the way that is known.
    Known {
        /// One sentence.
        reason: String,
        /// An issue, or `unreported`.
        url: String,
    },
    /// It fails, and is no worse than in the baseline.
    NoWorse,
    /// It fails, and is not held against the baseline.
    NotHeld {
        /// Why not.
        why: String,
    },
    /// It passed in the baseline, and here it is skipped or not run.
    Lost,
    /// The package's tests do not build for wasip1.
    NotBuilt,
    /// It was not run, because the process ended or was stopped before.
    NotReached,
    /// No test was run: the harness failed.
    Harness,
}

impl TestVerdict {
    /// Whether it is red.
    pub fn is_red(&self) -> bool {
        !matches!(self, TestVerdict::Works | TestVerdict::SkippedHere | TestVerdict::Unsteady) && !self.is_excused()
    }

    /// Whether it is a failure that a file of known failures or a baseline excuses.
    pub fn is_excused(&self) -> bool {
        matches!(self, TestVerdict::Known { .. } | TestVerdict::NoWorse | TestVerdict::NotHeld { .. })
    }

    /// Its name, as in a report.
    pub fn name(&self) -> &'static str {
        match self {
            TestVerdict::Works => "works",
            TestVerdict::SkippedHere => "skipped-here",
            TestVerdict::FailsNatively => "fails-natively",
            TestVerdict::FailsInGo => "fails-in-go",
            TestVerdict::FailsInRuntime => "fails-in-runtime",
            TestVerdict::FailsHere => "fails-here",
            TestVerdict::Unsteady => "unsteady",
            TestVerdict::Known { .. } => "known",
            TestVerdict::NoWorse => "no-worse",
            TestVerdict::NotHeld { .. } => "not-held",
            TestVerdict::Lost => "lost",
            TestVerdict::NotBuilt => "not-built",
            TestVerdict::NotReached => "not-reached",
            TestVerdict::Harness => "harness",
        }
    }

    /// What it says, in words.
    pub fn words(&self) -> &'static str {
        match self {
            TestVerdict::Works => "works",
            TestVerdict::SkippedHere => "skipped only here",
            TestVerdict::FailsNatively => "fails natively, too",
            TestVerdict::FailsInGo => {
                "fails under every engine, and not natively: no runtime, but Go's port or the test"
            }
            TestVerdict::FailsInRuntime => "fails here and not everywhere",
            TestVerdict::FailsHere => "fails here and not natively; another engine would tell whose doing it is",
            TestVerdict::Unsteady => "failed here, and passed alone: it depends on time or on its neighbours",
            TestVerdict::Known { .. } => "known",
            TestVerdict::NoWorse => "no worse than in the baseline",
            TestVerdict::NotHeld { .. } => "not held against the baseline",
            TestVerdict::Lost => "passed in the baseline, and is skipped or not run here",
            TestVerdict::NotBuilt => "does not build for wasip1",
            TestVerdict::NotReached => "not run: the process ended before",
            TestVerdict::Harness => "not run: the harness failed",
        }
    }
}

/// A test, or what is not a test's, in all columns in which it does not simply work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// The test; none for what went wrong with the whole package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// The verdict in each of those columns.
    pub columns: BTreeMap<String, TestVerdict>,
}

impl Row {
    /// Whether it is red in a column.
    pub fn is_red(&self) -> bool {
        self.columns.values().any(TestVerdict::is_red)
    }
}

/// A package's runs, to be judged.
#[derive(Clone, Copy)]
pub struct Runs<'r> {
    /// The import path.
    pub package: &'r str,
    /// The native run, if there is one.
    pub native: Option<&'r PackageRun>,
    /// The runs in all columns.
    pub columns: &'r [(TestColumn, PackageRun)],
}

/// Judges the tests of a package in all columns. Also returns the known failures that are none any more. A test that only
/// fails because a subtest does has no row of its own.
pub fn judge(runs: Runs, known: &[KnownFailure]) -> (Vec<Row>, Vec<Stale>) {
    let (mut rows, mut stale) = (Vec::new(), Vec::new());
    let wholes = runs.columns.iter().filter_map(|(column, run)| Some((column.name.clone(), of_whole(run)?)));
    let whole: BTreeMap<_, _> = wholes.collect();
    if !whole.is_empty() {
        rows.push(Row { test: None, columns: runs.blamed(whole) });
    }
    let tests: BTreeSet<&str> = runs.columns.iter().flat_map(|(_, run)| run.tests.keys().map(String::as_str)).collect();
    for test in tests {
        let mut columns = BTreeMap::new();
        for (column, run) in runs.columns {
            let judged = runs.judge(test, column, run, known, &mut stale);
            if let Some(verdict) = judged.filter(|verdict| *verdict != TestVerdict::Works) {
                columns.insert(column.name.clone(), verdict);
            }
        }
        if !columns.is_empty() {
            rows.push(Row { test: Some(test.to_owned()), columns });
        }
    }
    stale.sort_by(|a: &Stale, b| (&a.at, &a.test, &a.column).cmp(&(&b.at, &b.test, &b.column)));
    (rows, stale)
}

/// The verdict on what went wrong besides the tests of a column. Where a test was running when the process ended, that
/// test says it.
fn of_whole(run: &PackageRun) -> Option<TestVerdict> {
    match run.failure.as_ref()? {
        PackageFailure::Harness(_) => Some(TestVerdict::Harness),
        PackageFailure::Ended(_) if run.tests.values().any(TestRun::failed) => None,
        PackageFailure::NotBuilt(_) => Some(TestVerdict::NotBuilt),
        PackageFailure::NotStarted(_) | PackageFailure::Ended(_) => Some(TestVerdict::FailsInRuntime),
    }
}

impl Runs<'_> {
    /// The same verdicts on the whole, with the blame that the other columns and the native run allow.
    fn blamed(&self, mut whole: BTreeMap<String, TestVerdict>) -> BTreeMap<String, TestVerdict> {
        let everywhere = whole.len() == self.columns.len();
        let natively = self.native.is_some_and(|native| native.failure.is_some());
        let of_one_engine = self.columns.iter().all(|(column, _)| column.engine == self.columns[0].0.engine);
        for verdict in whole.values_mut().filter(|verdict| **verdict == TestVerdict::FailsInRuntime) {
            *verdict = match (natively, everywhere, of_one_engine) {
                (true, ..) => TestVerdict::FailsNatively,
                (_, true, true) => TestVerdict::FailsHere,
                (_, true, false) => TestVerdict::FailsInGo,
                (_, false, _) => TestVerdict::FailsInRuntime,
            };
        }
        whole
    }

    /// The verdict on a test in a column; none if its subtests say all, or the column cannot be expected to have it.
    fn judge(
        &self,
        test: &str,
        column: &TestColumn,
        run: &PackageRun,
        known: &[KnownFailure],
        stale: &mut Vec<Stale>,
    ) -> Option<TestVerdict> {
        let spoken = || known.iter().filter(|entry| entry.speaks_of(self.package, test, column));
        let Some(own) = run.tests.get(test) else {
            // A subtest is made by its test, which then says more.
            let is_missing = top(test) == test && run.failure.is_some() && of_whole(run).is_none();
            return is_missing.then_some(TestVerdict::NotReached);
        };
        match own.end {
            TestEnd::Passed => {
                // An entry about a test is stale if the test passes, whatever its subtests did before.
                for entry in spoken().filter(|entry| !entry.sometimes && entry.tests.contains(test)) {
                    let at = entry.location.to_string();
                    stale.push(Stale { at, test: test.to_owned(), column: column.name.clone() });
                }
                Some(TestVerdict::Works)
            }
            TestEnd::Skipped => {
                let elsewhere = self.columns.iter().filter_map(|(_, run)| run.tests.get(test));
                let alike = elsewhere.map(|run| run.end).all(|end| end == TestEnd::Skipped);
                Some(if alike { TestVerdict::Works } else { TestVerdict::SkippedHere })
            }
            TestEnd::Failed | TestEnd::Unfinished => {
                if own.end == TestEnd::Failed && has_failing_subtest(run, test) {
                    return None;
                }
                let entry = spoken().find(|entry| entry.is_of(own));
                let is_unsteady = run.passed_alone.contains(top(test));
                Some(match entry {
                    None if is_unsteady => TestVerdict::Unsteady,
                    Some(entry) => TestVerdict::Known { reason: entry.reason.clone(), url: entry.url.clone() },
                    None => self.blame(test, own),
                })
            }
        }
    }

    /// Whose doing the failure of a test is.
    fn blame(&self, test: &str, own: &TestRun) -> TestVerdict {
        let fails = |run: &PackageRun| run.tests.get(test).is_some_and(TestRun::failed);
        if self.native.is_some_and(fails) {
            return TestVerdict::FailsNatively;
        }
        let says_so = GO_HAS_NOT.iter().any(|words| own.output.contains(words));
        let reached = self.columns.iter().filter_map(|(column, run)| Some((column, answer(run, test)?)));
        let (failed, others): (Vec<_>, Vec<_>) = reached.partition(|(_, run)| run.failed());
        let engines: BTreeSet<_> = failed.iter().map(|(column, _)| column.engine.as_str()).collect();
        match (others.is_empty(), says_so || engines.len() > 1) {
            (true, true) => TestVerdict::FailsInGo,
            (true, false) => TestVerdict::FailsHere,
            (false, _) => TestVerdict::FailsInRuntime,
        }
    }
}

/// What a column's run says of a test. A subtest that is not named is answered for by its test, if that passed.
fn answer<'r>(run: &'r PackageRun, test: &str) -> Option<&'r TestRun> {
    let whole = || run.tests.get(top(test)).filter(|run| run.end == TestEnd::Passed);
    run.tests.get(test).or_else(whole)
}

/// Whether a subtest of a test fails.
fn has_failing_subtest(run: &PackageRun, test: &str) -> bool {
    let below = format!("{test}/");
    run.tests.range(below.clone()..).take_while(|(name, _)| name.starts_with(&below)).any(|(_, run)| run.failed())
}

#[cfg(test)]
mod tests;
