//! A report in parts, one for each column: a run of one column changes one file, and passing tests are named once.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::top;
use super::known::{KnownFailure, Stale, TestColumn};
use super::verdict::{Runs, judge};
use super::{
    ModuleVersion, PackageFailure, PackageRun, PackageTests, TestEnd, TestReason, TestReport, TestRun, Unnamed,
};
use crate::compared::{FirstCall, Reason};
use crate::explanation::Lines;

/// The version of the schema of a part.
pub const SCHEMA: &str = "1.0";

/// How many bytes of a test's output are kept in a part: enough to say why it failed.
const KEPT: usize = 2 << 10;

/// What the dump of a goroutine's stack begins with.
const STACK: &str = "\ngoroutine ";

/// How many digits a number has at least that is taken for a random one.
const RANDOM: usize = 6;

/// The tests of each package: those without a slash in their names that any column ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TestNames {
    /// The schema's version.
    pub schema: String,
    /// The names, by the package's import path.
    pub packages: BTreeMap<String, BTreeSet<String>>,
    /// The packages without tests.
    pub without_tests: Vec<String>,
    /// The versions of the modules that Go has fetched, by their paths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub modules: BTreeMap<String, String>,
}

impl TestNames {
    /// The module that a package is of, if Go has fetched it: the one with the longest path that the package's begins with.
    pub fn module_of(&self, package: &str) -> Option<ModuleVersion> {
        let is_of =
            |path: &str| package.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let modules = self.modules.iter().filter(|(path, _)| is_of(path));
        let (path, version) = modules.max_by_key(|(path, _)| path.len())?;
        Some(ModuleVersion { path: path.clone(), version: version.clone() })
    }
}

/// What the tests did in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ColumnTests {
    /// The schema's version.
    pub schema: String,
    /// The Go that built the tests, as it reports itself.
    pub go: String,
    /// The flags for the tests.
    pub flags: Vec<String>,
    /// The column.
    pub column: TestColumn,
    /// Each package that was run.
    pub packages: BTreeMap<String, Exceptions>,
}

/// What is to say of a package besides the tests that passed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exceptions {
    /// How many tests and subtests passed.
    pub passed: usize,
    /// The tests that were skipped, with what they said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped: BTreeMap<String, String>,
    /// The tests and subtests that failed, or did not end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, TestRun>,
    /// The tests that failed, and passed when they were run once more, alone.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub passed_alone: BTreeSet<String>,
    /// The tests of [`TestNames`] that were not run here.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent: BTreeSet<String>,
    /// What went wrong besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<PackageFailure>,
    /// What skipped tests do under a name that is no runtime's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unnamed: BTreeMap<String, Option<TestRun>>,
    /// Why tests differ, as far as two traced runs tell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, Reason>,
}

impl Exceptions {
    fn of(run: &PackageRun, names: &BTreeSet<String>) -> Exceptions {
        let of_end = |end: TestEnd| run.tests.iter().filter(move |(_, run)| run.end == end);
        let failed = run.tests.iter().filter(|(_, run)| run.failed());
        Exceptions {
            passed: run.count(TestEnd::Passed),
            skipped: of_end(TestEnd::Skipped).map(|(name, run)| (name.clone(), short(&run.output))).collect(),
            failed: failed.map(|(name, run)| (name.clone(), shortened(run))).collect(),
            absent: names.iter().filter(|name| !run.tests.contains_key(*name)).cloned().collect(),
            passed_alone: run.passed_alone.clone(),
            failure: run.failure.clone(),
            unnamed: BTreeMap::new(),
            reasons: BTreeMap::new(),
        }
    }

    /// The run, without the subtests that passed.
    fn run(&self, names: &BTreeSet<String>) -> PackageRun {
        let ended = |end, output: &str| TestRun { end, seconds: None, output: output.to_owned() };
        let passed = names.iter().filter(|name| !self.absent.contains(*name));
        let mut tests: BTreeMap<_, _> = passed.map(|name| (name.clone(), ended(TestEnd::Passed, ""))).collect();
        let skipped = self.skipped.iter().map(|(name, output)| (name.clone(), ended(TestEnd::Skipped, output)));
        tests.extend(skipped);
        tests.extend(self.failed.clone());
        PackageRun {
            tests,
            failure: self.failure.clone(),
            passed_alone: self.passed_alone.clone(),
            starts: 1,
            ..PackageRun::default()
        }
    }
}

/// What a test said: cut, without stacks, and the same after another run.
fn short(output: &str) -> String {
    let said = output.trim();
    let said = said.split_once(STACK).map_or(said, |(said, _)| said.trim_end());
    let mut short = lasting(said);
    if short.len() > KEPT {
        short.truncate(short.floor_char_boundary(KEPT));
        short.push('…');
    }
    short
}

/// A text without the long numbers by which Go names temporary files, and times.
fn lasting(text: &str) -> String {
    let (mut lasting, mut rest) = (String::new(), text);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        lasting.push_str(before);
        lasting.push_str(if end < RANDOM { &digits[..end] } else { "…" });
        rest = &digits[end..];
    }
    lasting.push_str(rest);
    lasting
}

/// A reason that is the same after another run.
fn lasting_reason(reason: &Reason) -> Reason {
    match reason {
        Reason::Untold(why) => Reason::Untold(why.clone()),
        Reason::PathNotCovered(why) => Reason::PathNotCovered(why.clone()),
        Reason::Call(call) => {
            let excerpt = call.excerpt.iter().map(|lines| match lines {
                Lines::Both(line) => Lines::Both(lasting(line)),
                Lines::Own(line) => Lines::Own(lasting(line)),
                Lines::Reference(line) => Lines::Reference(lasting(line)),
                Lines::Differ { own, reference } => Lines::Differ { own: lasting(own), reference: lasting(reference) },
            });
            Reason::Call(Box::new(FirstCall {
                sentence: lasting(&call.sentence),
                call: call.call.as_deref().map(lasting),
                excerpt: excerpt.collect(),
                ..(**call).clone()
            }))
        }
    }
}

fn shortened(run: &TestRun) -> TestRun {
    TestRun { end: run.end, seconds: None, output: short(&run.output) }
}

/// A report in parts: the names of all tests, and each column's part, the native one's too.
pub fn parts(report: &TestReport) -> (TestNames, Vec<ColumnTests>) {
    let named = |package: &PackageTests| {
        let runs = package.columns.values();
        let names = runs.flat_map(|run| run.tests.keys()).filter(|name| top(name) == name.as_str());
        (package.package.clone(), names.cloned().collect::<BTreeSet<_>>())
    };
    let modules = report.packages.iter().filter_map(|package| package.module.as_ref());
    let names = TestNames {
        schema: SCHEMA.to_owned(),
        packages: report.packages.iter().map(named).collect(),
        without_tests: report.without_tests.clone(),
        modules: modules.map(|module| (module.path.clone(), module.version.clone())).collect(),
    };
    let of_column = |column: &TestColumn| {
        let mut packages = BTreeMap::new();
        for package in &report.packages {
            let native = package.native.as_ref().filter(|_| column.is_native());
            let Some(run) = package.columns.get(&column.name).or(native) else { continue };
            let mut exceptions = Exceptions::of(run, &names.packages[&package.package]);
            let unnamed = package.unnamed.iter().filter(|unnamed| unnamed.column == column.name);
            exceptions
                .unnamed
                .extend(unnamed.map(|unnamed| (unnamed.test.clone(), unnamed.run.as_ref().map(shortened))));
            let reasons = package.reasons.iter().filter(|reason| reason.column == column.name);
            exceptions.reasons.extend(reasons.map(|reason| (reason.test.clone(), lasting_reason(&reason.reason))));
            packages.insert(package.package.clone(), exceptions);
        }
        ColumnTests {
            schema: SCHEMA.to_owned(),
            go: report.go.clone(),
            flags: report.flags.clone(),
            column: column.clone(),
            packages,
        }
    };
    let parts = report.detailed.iter().map(of_column).collect();
    (names, parts)
}

/// The report of these parts, judged anew.
pub fn joined(names: &TestNames, parts: &[ColumnTests], known: &[KnownFailure]) -> TestReport {
    let (natives, parts): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part.column.is_native());
    let native = natives.first();
    let (mut packages, mut stale): (Vec<PackageTests>, Vec<Stale>) = (Vec::new(), Vec::new());
    for (package, tests) in &names.packages {
        let exceptions = || parts.iter().filter_map(|part| Some((&part.column, part.packages.get(package)?)));
        let columns: Vec<_> =
            exceptions().map(|(column, exceptions)| (column.clone(), exceptions.run(tests))).collect();
        let native = native.and_then(|native| native.packages.get(package)).map(|native| native.run(tests));
        let (rows, entries) = judge(Runs { package, native: native.as_ref(), columns: &columns }, known);
        stale.extend(entries);
        let unnamed = exceptions().flat_map(|(column, exceptions)| {
            let one = |(test, run): (&String, &Option<TestRun>)| Unnamed {
                test: test.clone(),
                column: column.name.clone(),
                run: run.clone(),
            };
            exceptions.unnamed.iter().map(one)
        });
        let reasons = exceptions().flat_map(|(column, exceptions)| {
            let one = |(test, reason): (&String, &Reason)| TestReason {
                test: test.clone(),
                column: column.name.clone(),
                reason: reason.clone(),
            };
            exceptions.reasons.iter().map(one)
        });
        packages.push(PackageTests {
            package: package.clone(),
            module: names.module_of(package),
            folder: String::new(),
            unnamed: unnamed.collect(),
            reasons: reasons.collect(),
            cases: Vec::new(),
            native,
            columns: columns.into_iter().map(|(column, run)| (column.name, run)).collect(),
            rows,
        });
    }
    let first = parts.first().or(native);
    TestReport {
        schema: super::SCHEMA.to_owned(),
        go: first.map(|part| part.go.clone()).unwrap_or_default(),
        flags: first.map(|part| part.flags.clone()).unwrap_or_default(),
        columns: parts.iter().map(|part| part.column.name.clone()).collect(),
        detailed: parts.iter().chain(&natives).map(|part| part.column.clone()).collect(),
        not_run: Vec::new(),
        packages,
        without_tests: names.without_tests.clone(),
        stale,
        baseline: None,
    }
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;

    const PACKAGE: &str = "example.org/m/v2/p";

    fn module() -> ModuleVersion {
        ModuleVersion { path: "example.org/m/v2".to_owned(), version: "v2.1.0".to_owned() }
    }

    fn run(tests: &[(&str, TestEnd)]) -> PackageRun {
        let one = |(name, end): &(&str, TestEnd)| {
            let output = if *end == TestEnd::Passed { String::new() } else { format!("{name} says no") };
            ((*name).to_owned(), TestRun { end: *end, seconds: Some(0.1), output })
        };
        PackageRun { tests: tests.iter().map(one).collect(), starts: 1, ..PackageRun::default() }
    }

    fn column(runtime: &str) -> TestColumn {
        TestColumn {
            name: format!("{runtime}@1.0.0"),
            runtime: runtime.to_owned(),
            version: Version::new(1, 0, 0),
            mode: "default".to_owned(),
            engine: runtime.to_owned(),
        }
    }

    fn report(a: PackageRun, b: PackageRun) -> TestReport {
        let columns = ["a", "b"].map(column).to_vec();
        let runs: Vec<_> = columns.iter().cloned().zip([a, b]).collect();
        let (rows, _) = judge(Runs { package: PACKAGE, native: None, columns: &runs }, &[]);
        let package = PackageTests {
            package: PACKAGE.to_owned(),
            module: Some(module()),
            folder: String::new(),
            native: None,
            columns: runs.into_iter().map(|(column, run)| (column.name, run)).collect(),
            rows,
            unnamed: Vec::new(),
            reasons: Vec::new(),
            cases: Vec::new(),
        };
        TestReport {
            schema: super::super::SCHEMA.to_owned(),
            go: "go1.26.8".to_owned(),
            flags: vec!["-short".to_owned()],
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            detailed: columns,
            not_run: Vec::new(),
            packages: vec![package],
            without_tests: Vec::new(),
            stale: Vec::new(),
            baseline: None,
        }
    }

    #[test]
    fn a_report_in_parts_is_judged_as_the_whole() {
        use TestEnd::{Failed, Passed, Skipped};
        let a = run(&[("A", Passed), ("A/x", Passed), ("B", Failed), ("B/x", Failed), ("C", Skipped), ("D", Passed)]);
        let mut b = run(&[("A", Passed), ("A/x", Passed), ("B", Passed), ("B/x", Passed), ("C", Passed)]);
        b.failure = Some(PackageFailure::Ended("exit 2".to_owned()));
        let whole = report(a, b);
        let (names, parts) = parts(&whole);
        assert_eq!(names.packages[PACKAGE].iter().map(String::as_str).collect::<Vec<_>>(), ["A", "B", "C", "D"]);
        assert_eq!(parts[1].packages[PACKAGE].absent.iter().map(String::as_str).collect::<Vec<_>>(), ["D"]);
        let written: Vec<_> =
            parts.iter().map(|part| serde_json::to_value(part).expect("JSON")).map(serde_json::from_value).collect();
        let read: Vec<ColumnTests> = written.into_iter().collect::<Result<_, _>>().expect("the same");
        let again = joined(&names, &read, &[]);
        assert_eq!(again.packages[0].rows, whole.packages[0].rows);
        assert_eq!(again.packages[0].module, Some(module()));
        assert_eq!((again.columns, again.go, again.flags), (whole.columns, whole.go, whole.flags));
    }

    #[test]
    fn a_package_is_of_the_module_with_the_longest_path() {
        let modules = [("example.org/m", "v1.0.0"), ("example.org/m/v2", "v2.1.0"), ("example.org/mm", "v0.1.0")];
        let modules = modules.map(|(path, version)| (path.to_owned(), version.to_owned()));
        let names = TestNames { modules: modules.into(), ..TestNames::default() };
        let version = |package: &str| names.module_of(package).map(|module| module.version);
        assert_eq!(version("example.org/m/v2/p").as_deref(), Some("v2.1.0"));
        assert_eq!(version("example.org/m").as_deref(), Some("v1.0.0"));
        assert_eq!(version("example.org/mmm"), None);
        assert_eq!(version("os"), None);
    }

    #[test]
    fn what_is_kept_of_a_test_is_short() {
        let long = "é".repeat(KEPT);
        assert!(short(&long).len() < KEPT + 4);
        assert_eq!(short(" a \n"), "a");
    }
}
