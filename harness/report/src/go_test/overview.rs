//! Packages × columns: in each how many tests fail, and whose doing that is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::mark::{Mark, NOT_RUN, mark};
use matrix_model::go_test::events::top;
use matrix_model::go_test::verdict::TestVerdict;
use matrix_model::go_test::{PackageFailure, PackageRun, PackageTests, TestEnd, TestReport, TestRun};

/// A package in all columns.
#[derive(Serialize)]
pub(super) struct OverviewRow<'p> {
    package: &'p str,
    /// The version of its module.
    version: Option<&'p str>,
    /// The section that has its tests, if there is anything to say of them.
    pub href: Option<String>,
    native: String,
    cells: Vec<OverviewCell>,
}

/// A package in a column.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct OverviewCell {
    mark: Mark,
    words: String,
}

/// What is to be said of a test, from the gravest to the lightest. A test whose subtests differ has the gravest of theirs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Here,
    Lost,
    NotReached,
    Everywhere,
    Natively,
    Known,
    NoWorse,
    NotHeld,
    Unsteady,
}

impl Kind {
    fn of(verdict: &TestVerdict) -> Option<Kind> {
        match verdict {
            TestVerdict::FailsInRuntime | TestVerdict::FailsHere => Some(Kind::Here),
            TestVerdict::Lost => Some(Kind::Lost),
            TestVerdict::NotReached => Some(Kind::NotReached),
            TestVerdict::FailsInGo => Some(Kind::Everywhere),
            TestVerdict::FailsNatively => Some(Kind::Natively),
            TestVerdict::Known { .. } => Some(Kind::Known),
            TestVerdict::NoWorse => Some(Kind::NoWorse),
            TestVerdict::NotHeld { .. } => Some(Kind::NotHeld),
            TestVerdict::Unsteady => Some(Kind::Unsteady),
            TestVerdict::Works | TestVerdict::SkippedHere | TestVerdict::NotBuilt | TestVerdict::Harness => None,
        }
    }

    /// What so many tests of this kind do.
    fn words(self, count: usize) -> &'static str {
        match (self, count) {
            (Kind::Here, 1) => "fails here",
            (Kind::Here, _) => "fail here",
            (Kind::Lost, _) => "lost",
            (Kind::NotReached, _) => "not run",
            (Kind::Everywhere, 1) => "fails everywhere",
            (Kind::Everywhere, _) => "fail everywhere",
            (Kind::Natively, 1) => "fails natively",
            (Kind::Natively, _) => "fail natively",
            (Kind::Known, 1) => "fails as known",
            (Kind::Known, _) => "fail as known",
            (Kind::NoWorse, 1) => "fails, no worse than before",
            (Kind::NoWorse, _) => "fail, no worse than before",
            (Kind::NotHeld, 1) => "fails, not held",
            (Kind::NotHeld, _) => "fail, not held",
            (Kind::Unsteady, _) => "unsteady",
        }
    }
}

impl<'p> OverviewRow<'p> {
    /// A package in the columns of a report.
    pub fn of(package: &'p PackageTests, report: &TestReport) -> OverviewRow<'p> {
        OverviewRow {
            package: &package.package,
            version: package.module.as_ref().map(|module| module.version.as_str()),
            href: None,
            native: package.native.as_ref().map(natively).unwrap_or_else(|| "not run".to_owned()),
            cells: report.columns.iter().map(|column| OverviewCell::of(package, column)).collect(),
        }
    }
}

impl OverviewCell {
    fn of(package: &PackageTests, column: &str) -> OverviewCell {
        let Some(run) = package.columns.get(column) else {
            return OverviewCell { mark: NOT_RUN, words: NOT_RUN.word.to_owned() };
        };
        let verdicts = || package.rows.iter().filter_map(|row| Some((row.test.as_deref(), row.columns.get(column)?)));
        let whole = verdicts().find(|(test, _)| test.is_none()).map(|(_, verdict)| verdict);
        if let Some(verdict @ (TestVerdict::NotBuilt | TestVerdict::Harness)) = whole {
            return OverviewCell { mark: mark(verdict), words: mark(verdict).word.to_owned() };
        }
        if let (Some(verdict), Some(PackageFailure::NotStarted(_))) = (whole, &run.failure) {
            return OverviewCell { mark: mark(verdict), words: "not started".to_owned() };
        }
        let mut kinds: BTreeMap<&str, (Kind, &TestVerdict)> = BTreeMap::new();
        for (test, verdict) in verdicts() {
            if let (Some(test), Some(kind)) = (test, Kind::of(verdict)) {
                let gravest = kinds.entry(top(test)).or_insert((kind, verdict));
                *gravest = if kind < gravest.0 { (kind, verdict) } else { *gravest };
            }
        }
        let all: BTreeSet<&str> = tops(run).map(|(name, _)| name).chain(kinds.keys().copied()).collect();
        let gravest = kinds.values().min_by_key(|(kind, _)| *kind).map(|(_, verdict)| *verdict);
        let mut words = if kinds.is_empty() { passing(run) } else { counts(&kinds, all.len()) };
        if whole.is_some() {
            words = format!("ends too early; {words}");
        }
        OverviewCell { mark: mark(gravest.or(whole).unwrap_or(&TestVerdict::Works)), words }
    }
}

/// How many tests there are of each kind, in words, the gravest first: `2 of 40 fail here, 1 not run`.
fn counts(kinds: &BTreeMap<&str, (Kind, &TestVerdict)>, all: usize) -> String {
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for (kind, _) in kinds.values() {
        *counts.entry(*kind).or_default() += 1;
    }
    let words = counts.into_iter().enumerate().map(|(place, (kind, count))| match place {
        0 => format!("{count} of {all} {}", kind.words(count)),
        _ => format!("{count} {}", kind.words(count)),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The tests without the subtests.
fn tops(run: &PackageRun) -> impl Iterator<Item = (&str, &TestRun)> {
    run.tests.iter().map(|(name, run)| (name.as_str(), run)).filter(|(name, _)| top(name) == *name)
}

/// What a package does of which no test fails.
fn passing(run: &PackageRun) -> String {
    let count = |end: TestEnd| tops(run).filter(|(_, run)| run.end == end).count();
    match (count(TestEnd::Passed), count(TestEnd::Skipped)) {
        (0, 0) => "no test was run".to_owned(),
        (1, 0) => "1 passes".to_owned(),
        (passed, 0) => format!("all {passed} pass"),
        (passed, skipped) => format!("{passed} pass, {skipped} skipped"),
    }
}

/// What a package's tests did as a program of this machine.
fn natively(run: &PackageRun) -> String {
    match (&run.failure, tops(run).filter(|(_, run)| run.failed()).count()) {
        (Some(PackageFailure::NotBuilt(_)), _) => "not built".to_owned(),
        (None, 0) => passing(run),
        (_, 1) => format!("1 of {} fails", tops(run).count()),
        (_, failed) => format!("{failed} of {} fail", tops(run).count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use matrix_model::go_test::verdict::Row;

    const COLUMN: &str = "a@1.0.0";

    fn words(run: Option<PackageRun>, rows: Vec<Row>) -> String {
        let package = PackageTests {
            package: "p".to_owned(),
            module: None,
            folder: String::new(),
            native: None,
            columns: run.into_iter().map(|run| (COLUMN.to_owned(), run)).collect(),
            rows,
            cases: Default::default(),
            unnamed: Vec::new(),
            reasons: Vec::new(),
        };
        let OverviewCell { mark, words } = OverviewCell::of(&package, COLUMN);
        format!("{} {words}", mark.sign)
    }

    fn run(tests: &[(&str, TestEnd)]) -> PackageRun {
        let one = |(name, end): &(&str, TestEnd)| {
            ((*name).to_owned(), TestRun { end: *end, seconds: None, output: String::new() })
        };
        PackageRun { tests: tests.iter().map(one).collect(), ..PackageRun::default() }
    }

    fn row(test: Option<&str>, verdict: TestVerdict) -> Row {
        Row { test: test.map(str::to_owned), columns: [(COLUMN.to_owned(), verdict)].into() }
    }

    #[test]
    fn what_was_not_run_does_not_pass() {
        assert_eq!(words(None, Vec::new()), "∅ not run");
        assert_eq!(words(Some(run(&[])), Vec::new()), "✓ no test was run");
        let failure = PackageFailure::NotStarted("missing import a.b".to_owned());
        assert_eq!(
            words(Some(PackageRun::not_run(failure)), vec![row(None, TestVerdict::FailsInRuntime)]),
            "✗ not started"
        );
    }

    #[test]
    fn tests_are_counted_without_their_subtests() {
        use TestEnd::{Failed, Passed, Skipped};
        let some = run(&[("A", Passed), ("A/x", Passed), ("A/y", Skipped), ("B", Skipped)]);
        assert_eq!(words(Some(some), Vec::new()), "✓ 1 pass, 1 skipped");
        let some = run(&[("A", Failed), ("A/x", Failed), ("A/y", Failed), ("B", Passed)]);
        let rows = vec![row(Some("A/x"), TestVerdict::FailsInGo), row(Some("A/y"), TestVerdict::FailsInRuntime)];
        assert_eq!(words(Some(some), rows), "✗ 1 of 2 fails here");
    }
}
