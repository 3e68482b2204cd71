//! The tests of Go packages in many columns: what each test did, and whose doing a failure is.
//!
//! A test binary is what `go test -c` makes of one package. A [`PackageRun`] is what one column's runs of it showed, folded
//! from the [`events::Event`]s that Go's own converter makes of its output. [`verdict::judge`] compares the columns of a
//! package with each other, with the native run, and with the [`known::KnownFailure`]s. A [`TestReport`] is the answer to
//! the user. To be published, it is kept in parts: [`by_column`]. [`shown_by`] finds the cases of the matrix that show the
//! same as its tests, and [`lists::held`] holds what others keep by hand against it. [`changes`] compares two reports, and
//! [`baseline`] holds one against earlier parts. A [`coverage::Profile`] is which statements the tests ran.

pub mod baseline;
pub mod by_column;
pub mod changes;
pub mod coverage;
pub mod events;
pub mod known;
pub mod lists;
pub mod shown_by;
pub mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compared::{NotRun, Reason};
use changes::TestChanges;
use known::TestColumn;
use verdict::Row;

/// The version of the schema of a report.
pub const SCHEMA: &str = "1.1";

/// How a test ended in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TestEnd {
    /// It passed.
    Passed,
    /// It skipped itself.
    Skipped,
    /// It failed.
    Failed,
    /// The process ended, or was stopped, while it was running.
    Unfinished,
}

/// What a test did in a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestRun {
    /// How it ended.
    pub end: TestEnd,
    /// How long it took by its own clock, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What it wrote and said, without the lines by which Go frames it. Long output is cut in the middle.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
}

impl TestRun {
    /// Whether it is a failure.
    pub fn failed(&self) -> bool {
        matches!(self.end, TestEnd::Failed | TestEnd::Unfinished)
    }
}

/// What went wrong with a test binary besides its tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "what")]
pub enum PackageFailure {
    /// The package's tests do not build: Go's own words.
    NotBuilt(String),
    /// The runtime did not start it.
    NotStarted(String),
    /// The harness could not run it: its own fault, and no verdict on the runtime.
    Harness(String),
    /// It did not end as a test binary ends, so that not all tests were run, or a test was running at that time.
    Ended(String),
}

impl PackageFailure {
    /// What went wrong, in words.
    pub fn words(&self) -> &str {
        match self {
            PackageFailure::NotBuilt(words)
            | PackageFailure::NotStarted(words)
            | PackageFailure::Harness(words)
            | PackageFailure::Ended(words) => words,
        }
    }
}

/// What the runs of one package's test binary showed in one column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PackageRun {
    /// Each test and subtest that began, by its name.
    pub tests: BTreeMap<String, TestRun>,
    /// What went wrong besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<PackageFailure>,
    /// The tests that failed, and passed when they were run once more, alone. A subtest counts with its test.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub passed_alone: BTreeSet<String>,
    /// What it wrote outside of any test. Long output is cut in the middle.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// How often it was started. After a test that ended the process, the tests that are left are run by another start.
    pub starts: u32,
    /// How long all starts took, in milliseconds.
    pub wall_ms: u64,
    /// How much processor time they took, in milliseconds.
    pub cpu_ms: u64,
    /// Whether it is the result of an earlier run with the same binary, column and inputs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_cache: bool,
}

impl PackageRun {
    /// A package of which no test was run.
    pub fn not_run(failure: PackageFailure) -> PackageRun {
        PackageRun { failure: Some(failure), ..PackageRun::default() }
    }

    /// Whether all tests that ran passed or skipped themselves, and nothing else went wrong.
    pub fn is_ok(&self) -> bool {
        self.failure.is_none() && !self.tests.values().any(TestRun::failed)
    }

    /// How many tests ended in this way.
    pub fn count(&self, end: TestEnd) -> usize {
        self.tests.values().filter(|run| run.end == end).count()
    }
}

/// A version of a Go module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ModuleVersion {
    /// The module's path.
    pub path: String,
    /// The version, as Go writes it: `v1.2.3`.
    pub version: String,
}

/// A package's tests in all columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PackageTests {
    /// The import path.
    pub package: String,
    /// The module that it is of, if it is one that Go has fetched: not the user's own, and not Go's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<ModuleVersion>,
    /// The package's folder; the files that tests name are in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// What the same tests did as a program of this machine, if they were run so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<PackageRun>,
    /// What they did in each column, by its name.
    pub columns: BTreeMap<String, PackageRun>,
    /// The tests that do not simply work in each column.
    pub rows: Vec<Row>,
    /// What tests do that skip themselves in some columns only, if they are told a name that is no runtime's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unnamed: Vec<Unnamed>,
    /// Why tests differ, as far as two traced runs tell: by the test and the column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<TestReason>,
    /// Which cases of the matrix show what differing tests show: by the test and the column. Only of what the project
    /// publishes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<TestCases>,
}

/// What a row's test wrote in a column, or what went wrong with the whole.
pub fn output_of<'p>(package: &'p PackageTests, row: &Row, column: &str) -> &'p str {
    let Some(run) = package.columns.get(column) else { return "" };
    match &row.test {
        Some(test) => run.tests.get(test).map(|run| run.output.as_str()).unwrap_or_default(),
        None => run.failure.as_ref().map(|failure| failure.words()).unwrap_or_default(),
    }
}

/// What a test does in a column in which it skips itself, if it is told a name that is no runtime's: Go's own tests skip
/// what they know to fail under a runtime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Unnamed {
    /// The test.
    pub test: String,
    /// The column.
    pub column: String,
    /// What it does; none if it then is not run at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<TestRun>,
}

/// Why a test differs in a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestReason {
    /// The test.
    pub test: String,
    /// The column.
    pub column: String,
    /// Why.
    pub reason: Reason,
}

/// The cases that show what a test shows in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestCases {
    /// The test; none for the package as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// The column.
    pub column: String,
    /// The cases; there are none if no case shows it.
    pub cases: Vec<String>,
    /// Why these show it, or why none does. Without this, traced runs found a case with the same cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The tests of packages in columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestReport {
    /// The schema's version.
    pub schema: String,
    /// The Go that built the tests, as it reports itself.
    pub go: String,
    /// The flags for the tests: `-test.short`.
    pub flags: Vec<String>,
    /// The columns, in order.
    pub columns: Vec<String>,
    /// The same columns in detail, and the native one if it was run.
    pub detailed: Vec<TestColumn>,
    /// The columns that were not run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_run: Vec<NotRun>,
    /// The packages that have tests, in order.
    pub packages: Vec<PackageTests>,
    /// The packages without tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_tests: Vec<String>,
    /// The known failures that no test of these packages needs any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<known::Stale>,
    /// What changed from the baseline that it is held against, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<TestChanges>,
}

impl TestReport {
    /// Whether something is red.
    pub fn is_red(&self) -> bool {
        let red = |package: &PackageTests| package.rows.iter().any(Row::is_red);
        !self.stale.is_empty() || self.packages.iter().any(red)
    }

    /// Whether the harness failed in a column, so that the report has a hole.
    pub fn has_failed(&self) -> bool {
        let failed = |run: &PackageRun| matches!(run.failure, Some(PackageFailure::Harness(_)));
        self.not_run.iter().any(|column| column.failed)
            || self.packages.iter().any(|package| package.columns.values().any(failed))
    }
}
