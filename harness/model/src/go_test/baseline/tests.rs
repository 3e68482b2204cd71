use std::collections::BTreeMap;

use semver::Version;

use super::*;
use crate::go_test::by_column::joined;
use crate::go_test::known::TestColumn;
use crate::go_test::verdict::{Runs, judge};
use crate::go_test::{PackageRun, SCHEMA, TestEnd, TestRun};
use crate::names::id_and_rest;

use TestEnd::{Failed, Passed, Skipped, Unfinished};

fn column(name: &str) -> TestColumn {
    let (runtime, version) = id_and_rest(name);
    let version = version.expect("a column");
    TestColumn {
        name: name.to_owned(),
        runtime: runtime.to_owned(),
        version: Version::parse(version).expect("a version"),
        mode: "default".to_owned(),
        engine: runtime.to_owned(),
    }
}

fn run(tests: &[(&str, TestEnd)]) -> PackageRun {
    let one = |(name, end): &(&str, TestEnd)| {
        ((*name).to_owned(), TestRun { end: *end, seconds: None, output: String::new() })
    };
    PackageRun { tests: tests.iter().map(one).collect(), starts: 1, ..PackageRun::default() }
}

/// A report of one package in one column, and natively.
fn report(name: &str, tests: &[(&str, TestEnd)], native: &[(&str, TestEnd)]) -> TestReport {
    let (columns, native) = ([(column(name), run(tests))], run(native));
    let (rows, _) = judge(Runs { package: "p", native: Some(&native), columns: &columns }, &[]);
    let package = PackageTests {
        module: None,
        package: "p".to_owned(),
        folder: String::new(),
        native: Some(native),
        columns: BTreeMap::from([(name.to_owned(), run(tests))]),
        rows,
        unnamed: Vec::new(),
        reasons: Vec::new(),
        cases: Vec::new(),
    };
    TestReport {
        schema: SCHEMA.to_owned(),
        go: "go1.26.8".to_owned(),
        flags: Vec::new(),
        columns: vec![name.to_owned()],
        detailed: vec![column(name)],
        not_run: Vec::new(),
        packages: vec![package],
        without_tests: Vec::new(),
        stale: Vec::new(),
        baseline: None,
    }
}

/// The report after it was held against a baseline.
fn held(mut new: TestReport, baseline: &TestReport) -> TestReport {
    let (names, own) = parts(baseline);
    new.hold(Tests { names: &names, parts: &own }, &Between::All).expect("a baseline");
    new
}

fn verdicts(report: &TestReport) -> Vec<String> {
    let rows = report.packages.iter().flat_map(|package| &package.rows);
    rows.flat_map(|row| row.columns.values().map(move |verdict| (row, verdict)))
        .map(|(row, verdict)| format!("{} {}", row.test.as_deref().unwrap_or("-"), verdict.name()))
        .collect()
}

#[test]
fn only_what_is_worse_than_the_baseline_is_red() {
    let tests = [
        ("Broken", Passed),
        ("BrokenToo", Failed),
        ("Crashes", Failed),
        ("Fixed", Failed),
        ("Late", Skipped),
        ("Machine", Passed),
        ("Skips", Passed),
    ];
    let baseline = report("a@1.0.0", &tests, &[]);
    let now = [
        ("Broken", Failed),
        ("BrokenToo", Failed),
        ("Crashes", Unfinished),
        ("Fixed", Passed),
        ("Late", Failed),
        ("Machine", Failed),
        ("New", Failed),
        ("Skips", Skipped),
    ];
    let new = held(report("a@1.1.0", &now, &[("Machine", Failed)]), &baseline);
    assert_eq!(
        verdicts(&new),
        [
            "Broken fails-here",
            "BrokenToo no-worse",
            "Crashes fails-here",
            "Late not-held",
            "Machine not-held",
            "New not-held",
            "Skips lost",
        ]
    );
    assert!(new.is_red());
    let fixed = new.baseline.as_ref().expect("it was held").of(Kind::Fixed).map(|change| change.test.clone());
    assert_eq!(fixed.collect::<Vec<_>>(), [Some("Fixed".to_owned())]);
    let same = held(report("a@1.1.0", &tests, &[]), &baseline);
    assert!(!same.is_red() && report("a@1.1.0", &tests, &[]).is_red(), "{:?}", verdicts(&same));
}

#[test]
fn a_column_or_a_package_that_the_baseline_does_not_have_is_not_held() {
    let failing = [("T", Failed), ("U", Passed)];
    let baseline = report("a@1.0.0", &failing, &[]);
    let mut new = report("a@1.0.0", &failing, &[]);
    let (names, both) = parts(&new);
    let other = report("b@1.0.0", &failing, &[]);
    let (_, others) = parts(&other);
    new = joined(&names, &[both, others].concat(), &[]);
    let mut more = new.packages[0].clone();
    more.package = "q".to_owned();
    new.packages.push(more);
    let new = held(new, &baseline);
    let [p, q] = &new.packages[..] else { panic!("two packages") };
    let verdict = |package: &PackageTests, column: &str| package.rows[0].columns[column].clone();
    assert_eq!(verdict(p, "a@1.0.0"), TestVerdict::NoWorse);
    for (package, column, why) in [(p, "b@1.0.0", "neither this column"), (q, "a@1.0.0", "does not have this package")]
    {
        let TestVerdict::NotHeld { why: said } = verdict(package, column) else { panic!("{column} is held") };
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(new.baseline.expect("it was held").columns_added, ["b@1.0.0"]);
}
