use semver::Version;

use super::*;
use crate::compared::{FirstCall, OnRecord};
use crate::extract::{ExtractedCase, ExtractedColumn, FORM};
use crate::go_test::known::TestColumn;
use crate::go_test::{PackageRun, SCHEMA, TestEnd, TestReason, TestRun};

/// Which of the cases `a`, `b` and `c` are as expected in the column `r@1.0.0`.
fn extract(answers: [&str; 3]) -> Extract {
    let case = |(id, answers): (&str, &str)| ExtractedCase {
        id: id.to_owned(),
        guest: "g".to_owned(),
        preopens: Vec::new(),
        operations: Vec::new(),
        answers: answers.to_owned(),
        otherwise: Vec::new(),
    };
    Extract {
        form: FORM,
        go: Vec::new(),
        platform: String::new(),
        guests: BTreeMap::new(),
        columns: vec![ExtractedColumn {
            column: "r@1.0.0".to_owned(),
            runtime: "r".to_owned(),
            name: "R".to_owned(),
            primary: true,
        }],
        functions: Vec::new(),
        causes: Vec::new(),
        cases: ["a", "b", "c"].into_iter().zip(answers).map(case).collect(),
    }
}

/// A report in which these tests fail in `r@VERSION`, each with what it says; the traced run of the first one found a cell.
fn report(version: &str, tests: &[(&str, &str)], found: Option<(Sure, &str)>) -> TestReport {
    let column = format!("r@{version}");
    let fails = |output: &str| TestRun { end: TestEnd::Failed, seconds: None, output: output.to_owned() };
    let runs = tests.iter().map(|(test, output)| ((*test).to_owned(), fails(output)));
    let run = PackageRun { tests: runs.collect(), ..PackageRun::default() };
    let row = |(test, _): &(&str, &str)| Row {
        test: Some((*test).to_owned()),
        columns: BTreeMap::from([(column.clone(), TestVerdict::FailsInRuntime)]),
    };
    let reason = found.map(|(sure, case)| TestReason {
        test: tests[0].0.to_owned(),
        column: column.clone(),
        reason: Reason::Call(Box::new(FirstCall {
            column: column.clone(),
            beside: None,
            sentence: String::new(),
            function: None,
            call: None,
            excerpt: Vec::new(),
            known: Known::OnRecord(OnRecord {
                sure,
                cause: String::new(),
                cells: 1,
                cell: format!("{column}/{case}"),
                reason: None,
                url: None,
            }),
        })),
    });
    let package = PackageTests {
        module: None,
        package: "p".to_owned(),
        folder: String::new(),
        native: None,
        rows: tests.iter().map(row).collect(),
        columns: BTreeMap::from([(column.clone(), run)]),
        unnamed: Vec::new(),
        reasons: reason.into_iter().collect(),
        cases: Vec::new(),
    };
    let detailed = TestColumn {
        name: column.clone(),
        runtime: "r".to_owned(),
        version: Version::parse(version).expect("a version"),
        mode: "default".to_owned(),
        engine: "r".to_owned(),
    };
    TestReport {
        schema: SCHEMA.to_owned(),
        go: String::new(),
        flags: Vec::new(),
        columns: vec![column],
        detailed: vec![detailed],
        not_run: Vec::new(),
        packages: vec![package],
        without_tests: Vec::new(),
        stale: Vec::new(),
        baseline: None,
    }
}

fn entry(tests: Option<&[&str]>, says: &str, cases: &[&str]) -> Entry {
    let pattern = |text: &&str| Pattern::new(text).expect("a pattern");
    Entry {
        location: Location { file: String::new(), line: 1 },
        package: Pattern::new("*").expect("a pattern"),
        tests: tests.map(|tests| tests.iter().map(pattern).collect()),
        runtimes: None,
        says: says.to_owned(),
        cases: cases.iter().map(|case| (*case).to_owned()).collect(),
        why: "so".to_owned(),
    }
}

/// The cases of each test, as `T: a`; of a test that is left, `T?`.
fn matched(mut report: TestReport, entries: &[Entry], answers: [&str; 3]) -> Vec<String> {
    let left = report.match_cases(entries, &extract(answers));
    let shown = report.packages[0].cases.iter();
    let name = |test: &Option<String>| test.clone().unwrap_or_default();
    let mut all: Vec<_> = shown.map(|shown| format!("{}: {}", name(&shown.test), shown.cases.join(" "))).collect();
    all.extend(left.iter().map(|left| format!("{}?{}", name(&left.test), left.more)));
    all
}

#[test]
fn what_is_written_comes_before_what_was_found() {
    let fails = |found| report("1.0.0", &[("T", "no such file"), ("T/x", "no such file"), ("U", "late")], found);
    let all_differ = ["w", "w", "w"];
    assert_eq!(matched(fails(Some((Sure::Certain, "a"))), &[], all_differ), ["T: a", "T/x?0", "U?0"]);
    assert_eq!(matched(fails(Some((Sure::Perhaps, "a"))), &[], all_differ), ["T?1", "U?0"], "that is not enough");
    assert_eq!(matched(fails(Some((Sure::Certain, "gone"))), &[], all_differ), ["T?1", "U?0"], "no such case");
    let entries = [entry(Some(&["T*"]), "no such", &["b", "c"]), entry(Some(&["U"]), "", &[])];
    let written = ["T: b c", "T/x: b c", "U: "];
    assert_eq!(matched(fails(Some((Sure::Certain, "a"))), &entries, all_differ), written);
    assert_eq!(matched(fails(None), &[entry(None, "", &["a"])], all_differ), ["T?1", "U?0"], "no package as a whole");
    assert_eq!(matched(fails(None), &[entry(Some(&["T"]), "other", &["a"])], all_differ), ["T?1", "U?0"]);
}

#[test]
fn a_case_that_is_as_expected_there_shows_nothing() {
    let entries = [entry(Some(&["T"]), "", &["a", "b"])];
    let fails = |version: &str| report(version, &[("T", "no")], None);
    assert_eq!(matched(fails("1.0.0"), &entries, [".", "o", "."]), ["T: b"]);
    assert_eq!(matched(fails("1.0.0"), &entries, [".", "?", "-"]), ["T?0"]);
    assert_eq!(matched(fails("2.0.0"), &entries, ["w", ".", "."]), ["T: a"], "the matrix has another version of it");
}

#[test]
fn who_is_left_says_what_it_says() {
    let mut report = report("1.0.0", &[("T", "\n  first\nsecond")], None);
    let left = report.match_cases(&[], &extract(["w", "w", "w"]));
    assert_eq!(left[0].to_string(), "p T under r@1.0.0: first");
}
