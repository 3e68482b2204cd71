//! Answers made by hand: a small one with every verdict and hostile output, and a large one.

use std::collections::BTreeMap;

use matrix_model::compared::{FirstCall, Known, NotRun, Reason};
use matrix_model::explanation::Lines;
use matrix_model::go_test::known::{Stale, TestColumn};
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{
    ModuleVersion, PackageFailure, PackageRun, PackageTests, SCHEMA, TestCases, TestEnd, TestReason, TestReport,
    TestRun, Unnamed,
};

use crate::report::sample::HOSTILE;

pub const STORE: &str = "example.org/m/store";
pub const COLUMNS: [&str; 2] = ["a@1.0.0", "b@2.0.0"];

/// What a failing test says that has a place.
pub const PLACED: &str = "    store_test.go:17: as it should\n";

pub fn test(end: TestEnd, output: &str) -> TestRun {
    TestRun { end, seconds: Some(0.25), output: output.to_owned() }
}

fn run(tests: &[(&str, TestEnd, &str)]) -> PackageRun {
    let tests = tests.iter().map(|(name, end, output)| ((*name).to_owned(), test(*end, output))).collect();
    PackageRun { tests, starts: 1, wall_ms: 1500, cpu_ms: 700, ..PackageRun::default() }
}

fn row(test: Option<&str>, verdicts: [Option<TestVerdict>; 2]) -> Row {
    let columns = COLUMNS.iter().zip(verdicts);
    let columns = columns.filter_map(|(column, verdict)| Some(((*column).to_owned(), verdict?))).collect();
    Row { test: test.map(str::to_owned), columns }
}

fn known() -> TestVerdict {
    TestVerdict::Known { reason: "Its <preopens> lose a slash.".to_owned(), url: "unreported".to_owned() }
}

/// The reason of a test that differs in the second column: two traces with hostile calls.
fn reason(test: &str) -> TestReason {
    let lines = vec![
        Lines::Both("path_open(3, \"x\") = success".to_owned()),
        Lines::Differ { own: HOSTILE.to_owned(), reference: "path_link() = success".to_owned() },
    ];
    let call = FirstCall {
        column: COLUMNS[1].to_owned(),
        beside: Some(COLUMNS[0].to_owned()),
        sentence: format!("path_link gave {HOSTILE}"),
        function: Some("path_link".to_owned()),
        call: Some("path_link()".to_owned()),
        excerpt: lines,
        known: Known::NotYet,
    };
    TestReason { test: test.to_owned(), column: COLUMNS[1].to_owned(), reason: Reason::Call(Box::new(call)) }
}

/// The tests of a package that is in this folder, with every verdict.
pub fn store(folder: &str) -> PackageTests {
    use TestEnd::{Failed, Passed, Skipped, Unfinished};
    use TestVerdict::{FailsHere, FailsInGo, FailsInRuntime, FailsNatively, NotReached, SkippedHere, Unsteady};
    let first = run(&[
        ("TestFails", Failed, ""),
        ("TestFails/sub", Failed, PLACED),
        ("TestFails/sub#01", Passed, ""),
        ("TestGo", Failed, "    store_test.go:3: not implemented on wasip1\n"),
        ("TestKnown", Failed, HOSTILE),
        ("TestPasses", Passed, "    store_test.go:5: log\n"),
        ("TestRuntime", Passed, ""),
        ("TestSkipped", Passed, ""),
        ("TestUnsteady", Failed, "late\n"),
    ]);
    let first = PackageRun { passed_alone: ["TestUnsteady".to_owned()].into(), ..first };
    let second = PackageRun {
        failure: Some(PackageFailure::Ended("a trap: unreachable".to_owned())),
        output: "coverage: 12.5% of statements\n".to_owned(),
        ..run(&[
            ("TestFails", Failed, ""),
            ("TestFails/sub", Failed, HOSTILE),
            ("TestGo", Failed, "no\n"),
            ("TestHere", Unfinished, "a trap: unreachable\n"),
            ("TestKnown", Passed, ""),
            ("TestRuntime", Failed, HOSTILE),
            ("TestSkipped", Skipped, "    store_test.go:7: because of a runtime\n"),
        ])
    };
    PackageTests {
        package: STORE.to_owned(),
        module: None,
        folder: folder.to_owned(),
        native: Some(run(&[("TestFails", Failed, ""), ("TestFails/sub", Failed, PLACED), ("TestPasses", Passed, "")])),
        columns: COLUMNS.map(str::to_owned).into_iter().zip([first, second]).collect(),
        rows: vec![
            row(None, [None, Some(FailsInRuntime)]),
            row(Some("TestFails/sub"), [Some(FailsNatively), Some(FailsNatively)]),
            row(Some("TestGo"), [Some(FailsInGo), Some(FailsInGo)]),
            row(Some("TestHere"), [None, Some(FailsHere)]),
            row(Some("TestKnown"), [Some(known()), None]),
            row(Some("TestPasses"), [None, Some(NotReached)]),
            row(Some("TestRuntime"), [None, Some(FailsInRuntime)]),
            row(Some("TestSkipped"), [None, Some(SkippedHere)]),
            row(Some("TestUnsteady"), [Some(Unsteady), None]),
        ],
        unnamed: vec![Unnamed {
            test: "TestSkipped".to_owned(),
            column: COLUMNS[1].to_owned(),
            run: Some(test(Failed, "no\n")),
        }],
        cases: vec![TestCases {
            test: Some("TestRuntime".to_owned()),
            column: COLUMNS[1].to_owned(),
            cases: vec!["fs/known".to_owned()],
            why: Some("Both make <a> link.".to_owned()),
        }],
        reasons: vec![
            reason("TestRuntime"),
            TestReason {
                test: "TestHere".to_owned(),
                column: COLUMNS[1].to_owned(),
                reason: Reason::Untold("it passes alone".to_owned()),
            },
        ],
    }
}

/// A package of which no test could be run.
fn broken() -> PackageTests {
    let not_built = PackageRun::not_run(PackageFailure::NotBuilt("a_test.go:3:2: undefined: x".to_owned()));
    let harness = PackageRun::not_run(PackageFailure::Harness("no space left".to_owned()));
    PackageTests {
        package: "example.org/m/broken".to_owned(),
        module: None,
        folder: String::new(),
        native: None,
        columns: COLUMNS.map(str::to_owned).into_iter().zip([not_built, harness]).collect(),
        rows: vec![row(None, [Some(TestVerdict::NotBuilt), Some(TestVerdict::Harness)])],
        unnamed: Vec::new(),
        reasons: Vec::new(),
        cases: Vec::new(),
    }
}

fn fine(package: &str, columns: &[String]) -> PackageTests {
    let run = PackageRun { from_cache: true, ..run(&[("TestA", TestEnd::Passed, "")]) };
    PackageTests {
        package: package.to_owned(),
        module: Some(ModuleVersion { path: package.to_owned(), version: "v1.2.3".to_owned() }),
        folder: String::new(),
        native: Some(run.clone()),
        columns: columns.iter().map(|column| (column.clone(), run.clone())).collect(),
        rows: Vec::new(),
        unnamed: Vec::new(),
        reasons: Vec::new(),
        cases: Vec::new(),
    }
}

fn detailed(columns: &[String]) -> Vec<TestColumn> {
    let of = |column: &String| {
        let (runtime, version) = column.split_once('@').expect("a column");
        TestColumn {
            name: column.clone(),
            runtime: runtime.to_owned(),
            version: version.parse().expect("a version"),
            mode: "default".to_owned(),
            engine: runtime.to_owned(),
        }
    };
    columns.iter().map(of).collect()
}

/// An answer with everything. Its package with places is in this folder.
pub fn report(folder: &str) -> TestReport {
    let columns = COLUMNS.map(str::to_owned).to_vec();
    TestReport {
        schema: SCHEMA.to_owned(),
        go: "go1.26.8".to_owned(),
        flags: vec!["-short".to_owned(), "-timeout=600s".to_owned()],
        not_run: vec![
            NotRun { column: "c@3.0.0".to_owned(), why: "not installed: take <it>".to_owned(), failed: false },
            NotRun { column: "d@4.0.0".to_owned(), why: "its host does not build".to_owned(), failed: true },
        ],
        packages: vec![broken(), fine("example.org/m/fine", &columns), store(folder)],
        without_tests: vec!["example.org/m/none".to_owned()],
        stale: vec![Stale {
            at: format!("{folder}/wasip1-known-failures.toml:7"),
            test: "TestPasses".to_owned(),
            column: COLUMNS[0].to_owned(),
        }],
        baseline: None,
        detailed: detailed(&columns),
        columns,
    }
}

/// An answer of 250 packages in 12 columns; in every third package, 30 tests fail in each column with long output.
pub fn large() -> TestReport {
    let columns: Vec<_> = (0..12).map(|number| format!("runtime{number}@1.{number}.0")).collect();
    let output = format!("    a_test.go:3: no\n{}", "        a line of a long dump of goroutines\n".repeat(200));
    let package = |number: usize| {
        let name = format!("example.org/large/package{number}");
        if !number.is_multiple_of(3) {
            return fine(&name, &columns);
        }
        let tests: Vec<_> = (0..60).map(|test| format!("TestNumber{test}")).collect();
        let end = |test: usize| if test < 30 { TestEnd::Failed } else { TestEnd::Passed };
        let runs: Vec<_> =
            tests.iter().enumerate().map(|(place, name)| (name.as_str(), end(place), &*output)).collect();
        let failed = |test: &String| Row {
            test: Some(test.clone()),
            columns: columns.iter().map(|column| (column.clone(), TestVerdict::FailsInGo)).collect(),
        };
        let in_columns: BTreeMap<_, _> = columns.iter().map(|column| (column.clone(), run(&runs))).collect();
        let rows = tests[..30].iter().map(failed).collect();
        PackageTests { package: name, columns: in_columns, rows, native: None, ..fine("", &columns) }
    };
    let packages = (0..250).map(package).collect();
    TestReport {
        detailed: detailed(&columns),
        columns: columns.clone(),
        packages,
        not_run: Vec::new(),
        stale: Vec::new(),
        ..report("")
    }
}
