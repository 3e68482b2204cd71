//! Lists that others keep by hand: which tests of Go's standard library fail, are skipped or pass under a runtime. Each is
//! held against a report: what is the same, what is mended, and what fails that the list does not have.

use std::collections::{BTreeMap, BTreeSet};

use super::events::top;
use super::verdict::TestVerdict;
use super::{PackageTests, TestEnd, TestReport, TestRun};
use crate::case::Location;

/// A list that others keep.
#[derive(Debug, Clone)]
pub struct TestList {
    /// Where it is written down in this project.
    pub location: Location,
    /// Its name here: `go-wasmedge`.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// The name by which Go's own tests know the runtime that it is about.
    pub engine: String,
    /// Its address.
    pub url: String,
    /// Which state of it was read, and of which versions it speaks.
    pub of: String,
    /// What it says.
    pub entries: Vec<ListEntry>,
}

/// What a list says of tests.
#[derive(Debug, Clone)]
pub struct ListEntry {
    /// Where it is written down in this project.
    pub location: Location,
    /// The import path of the package; none if it is about all packages.
    pub package: Option<String>,
    /// The tests; none if it is about the package as a whole.
    pub tests: BTreeSet<String>,
    /// What it says of them.
    pub claim: Claim,
    /// What it says, in words of this project.
    pub says: String,
    /// A text that the failing tests write; a failure without it is another one.
    pub output: Option<String>,
    /// The system on which it holds, if that is not the one of the reports here.
    pub only_on: Option<String>,
    /// What happens in these tests, where that was found out.
    pub cause: Option<Cause>,
}

/// What a list says of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// They fail.
    Fails,
    /// They are skipped, because they are known to fail.
    Skipped,
    /// They pass.
    Passes,
}

/// What happens in tests that a list names.
#[derive(Debug, Clone)]
pub struct Cause {
    /// What happens, in sentences.
    pub words: String,
    /// The function of preview 1 whose call matters.
    pub call: String,
    /// The issue, or `unreported`.
    pub url: String,
    /// The project's case about it.
    pub case: Option<String>,
    /// A module in text form that makes the call, and exits with its errno: a file beside the list.
    pub wat: String,
    /// The module.
    pub text: String,
    /// The shell commands that prepare the folder that the module is run in.
    pub before: String,
    /// What the module does.
    pub runs: Vec<CauseRun>,
}

/// What a module does under a runtime.
#[derive(Debug, Clone)]
pub struct CauseRun {
    /// The column.
    pub column: String,
    /// The shell command that runs `call.wasm` with the runtime alone, and ends with its exit code.
    pub command: String,
    /// The exit code: the errno of the call.
    pub exit: i32,
}

/// A list held against a report.
#[derive(Debug)]
pub struct Held<'l> {
    /// The list.
    pub list: &'l TestList,
    /// The report's columns of its runtime, in order.
    pub columns: Vec<&'l str>,
    /// Each of its entries, test by test.
    pub tests: Vec<HeldTest<'l>>,
    /// What fails in these columns, and the list does not have.
    pub new: Vec<NewFailure<'l>>,
}

/// What has become of something that a list names.
#[derive(Debug)]
pub struct HeldTest<'l> {
    /// The entry.
    pub entry: &'l ListEntry,
    /// The test; none for a package as a whole.
    pub test: Option<&'l str>,
    /// What has become of it.
    pub state: State,
    /// What it does in each column.
    pub columns: Vec<(&'l str, Seen)>,
}

/// What has become of something that a list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The list says that it passes, and it fails.
    Broken,
    /// It is as the list says.
    Same,
    /// The list says that it fails, and it passes.
    Mended,
    /// No column tells.
    Untold,
}

/// What a test does in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It passes.
    Passes,
    /// It fails, and that is the runtime's doing.
    Fails,
    /// It fails natively, too, or under every engine.
    FailsAnyway,
    /// It skips itself.
    Skips,
    /// It is not there, or was not run.
    NotRun,
}

/// Something that fails and that a list does not have. What fails in subtests is one.
#[derive(Debug, PartialEq, Eq)]
pub struct NewFailure<'l> {
    /// The package.
    pub package: &'l str,
    /// The test; none for the package as a whole.
    pub test: Option<&'l str>,
    /// The subtests of it that fail, in all columns.
    pub subtests: BTreeSet<&'l str>,
    /// The columns in which it fails.
    pub columns: BTreeSet<&'l str>,
}

/// Holds a list against a report.
pub fn held<'l>(list: &'l TestList, report: &'l TestReport) -> Held<'l> {
    let of_engine = report.detailed.iter().filter(|column| column.engine == list.engine);
    let columns: Vec<_> = of_engine.map(|column| column.name.as_str()).collect();
    let tests = list.entries.iter().flat_map(|entry| {
        let names: Vec<_> = match entry.tests.is_empty() {
            true => vec![None],
            false => entry.tests.iter().map(|test| Some(test.as_str())).collect(),
        };
        names.into_iter().map(|test| held_test(entry, test, &columns, report)).collect::<Vec<_>>()
    });
    let tests = tests.collect();
    Held { list, tests, new: new_failures(list, &columns, report), columns }
}

fn held_test<'l>(
    entry: &'l ListEntry,
    test: Option<&'l str>,
    columns: &[&'l str],
    report: &'l TestReport,
) -> HeldTest<'l> {
    // What holds on another system only is not told by these columns.
    let columns = if entry.only_on.is_some() { &[] } else { columns };
    let packages = || report.packages.iter().filter(|package| entry.is_of_package(package));
    let in_column = |column: &&'l str| {
        let seen = packages().map(|package| match test {
            Some(test) => seen(package, test, column, entry.output.as_deref()),
            None => seen_of_package(package, column, entry.output.as_deref()),
        });
        (*column, seen.fold(Seen::NotRun, worse))
    };
    let columns: Vec<_> = columns.iter().map(in_column).collect();
    let any = |wanted: Seen| columns.iter().any(|(_, seen)| *seen == wanted);
    let state = match (entry.claim, any(Seen::Fails), any(Seen::Passes)) {
        (Claim::Passes, true, _) => State::Broken,
        (Claim::Passes, false, true) | (Claim::Fails | Claim::Skipped, true, _) => State::Same,
        (Claim::Fails | Claim::Skipped, false, true) => State::Mended,
        (_, false, false) => State::Untold,
    };
    HeldTest { entry, test, state, columns }
}

impl ListEntry {
    fn is_of_package(&self, package: &PackageTests) -> bool {
        self.package.as_ref().is_none_or(|name| *name == package.package)
    }

    /// Whether it says that this fails.
    fn has(&self, package: &PackageTests, test: Option<&str>, output: &str) -> bool {
        let is_about = match test {
            _ if self.tests.is_empty() => true,
            Some(test) => self.tests.contains(test) || self.tests.contains(top(test)),
            None => false,
        };
        self.claim != Claim::Passes
            && self.only_on.is_none()
            && self.is_of_package(package)
            && is_about
            && self.output.as_ref().is_none_or(|text| output.contains(text))
    }
}

/// The one of two that says more against a runtime.
fn worse(one: Seen, other: Seen) -> Seen {
    let weight = |seen: &Seen| match seen {
        Seen::NotRun => 0,
        Seen::Skips => 1,
        Seen::FailsAnyway => 2,
        Seen::Passes => 3,
        Seen::Fails => 4,
    };
    if weight(&other) > weight(&one) { other } else { one }
}

/// What a test does in a column. Where Go skips it by the runtime's name, it is what it does under a name that is none.
fn seen(package: &PackageTests, test: &str, column: &str, output: Option<&str>) -> Seen {
    let Some(run) = package.columns.get(column) else { return Seen::NotRun };
    let unnamed = package.unnamed.iter().find(|unnamed| unnamed.test == test && unnamed.column == column);
    let unnamed = unnamed.and_then(|unnamed| unnamed.run.as_ref());
    // A subtest that passed is not named where reports are kept.
    let whole = || run.tests.get(top(test)).filter(|run| run.end == TestEnd::Passed);
    match unnamed.or_else(|| run.tests.get(test)).or_else(whole) {
        None => Seen::NotRun,
        Some(own) if own.end == TestEnd::Passed => Seen::Passes,
        Some(own) if own.end == TestEnd::Skipped => Seen::Skips,
        Some(own) if unnamed.is_some() => {
            if says(own, output) {
                Seen::Fails
            } else {
                Seen::NotRun
            }
        }
        Some(_) => {
            let below = format!("{test}/");
            let is_of = |name: &str| name == test || name.starts_with(&below);
            failures(package, column, output, |name| name.is_some_and(is_of))
        }
    }
}

/// What a package as a whole does in a column.
fn seen_of_package(package: &PackageTests, column: &str, output: Option<&str>) -> Seen {
    let Some(run) = package.columns.get(column) else { return Seen::NotRun };
    match failures(package, column, output, |_| true) {
        Seen::Fails => Seen::Fails,
        _ if run.count(TestEnd::Passed) > 0 => Seen::Passes,
        other => other,
    }
}

/// Whether tests of these names fail in a column, and whose doing that is.
fn failures(package: &PackageTests, column: &str, output: Option<&str>, wanted: impl Fn(Option<&str>) -> bool) -> Seen {
    let run = package.columns.get(column);
    let rows = package.rows.iter().filter(|row| wanted(row.test.as_deref()));
    let verdicts = rows.filter_map(|row| Some((row.test.as_deref(), row.columns.get(column)?)));
    let seen = verdicts.filter_map(|(test, verdict)| {
        let own = test.and_then(|test| run?.tests.get(test));
        let matches = match (own, output) {
            (Some(own), _) => says(own, output),
            (None, output) => output.is_none(),
        };
        matches.then(|| of_verdict(verdict))
    });
    seen.fold(Seen::NotRun, worse)
}

fn says(run: &TestRun, output: Option<&str>) -> bool {
    output.is_none_or(|text| run.output.contains(text))
}

fn of_verdict(verdict: &TestVerdict) -> Seen {
    match verdict {
        TestVerdict::FailsInRuntime
        | TestVerdict::FailsHere
        | TestVerdict::Known { .. }
        | TestVerdict::NoWorse
        | TestVerdict::NotHeld { .. } => Seen::Fails,
        TestVerdict::FailsNatively | TestVerdict::FailsInGo => Seen::FailsAnyway,
        TestVerdict::Works => Seen::Passes,
        TestVerdict::SkippedHere => Seen::Skips,
        TestVerdict::Unsteady
        | TestVerdict::Lost
        | TestVerdict::NotBuilt
        | TestVerdict::NotReached
        | TestVerdict::Harness => Seen::NotRun,
    }
}

/// What fails in these columns by the runtime's doing, and is in no entry.
fn new_failures<'l>(list: &TestList, columns: &[&'l str], report: &'l TestReport) -> Vec<NewFailure<'l>> {
    let mut new: BTreeMap<(&str, Option<&str>), NewFailure> = BTreeMap::new();
    for package in &report.packages {
        for row in &package.rows {
            let test = row.test.as_deref();
            for column in columns {
                let fails = row.columns.get(*column).is_some_and(|verdict| of_verdict(verdict) == Seen::Fails);
                let run = package.columns.get(*column).and_then(|run| run.tests.get(test?));
                let output = run.map(|run| run.output.as_str()).unwrap_or_default();
                if !fails || list.entries.iter().any(|entry| entry.has(package, test, output)) {
                    continue;
                }
                let name = (package.package.as_str(), test.map(top));
                let one = new.entry(name).or_insert_with(|| NewFailure {
                    package: name.0,
                    test: name.1,
                    subtests: BTreeSet::new(),
                    columns: BTreeSet::new(),
                });
                one.columns.insert(column);
                one.subtests.extend(test.filter(|test| top(test) != *test));
            }
        }
    }
    new.into_values().collect()
}

#[cfg(test)]
mod tests;
