use std::collections::BTreeMap;

use super::*;
use matrix_model::go_test::verdict::TestVerdict;
use matrix_model::go_test::{PackageFailure, SCHEMA, TestRun};

fn report(columns: &[&str], rows: Vec<Row>, output: &str) -> TestReport {
    let test = |end, output: &str| TestRun { end, seconds: Some(0.5), output: output.to_owned() };
    let tests = [("TestA", test(TestEnd::Failed, output)), ("TestB", test(TestEnd::Passed, "    a_test.go:9: log\n"))];
    let tests: BTreeMap<_, _> = tests.map(|(name, run)| (name.to_owned(), run)).into();
    let run = PackageRun { tests, starts: 1, ..PackageRun::default() };
    let package = PackageTests {
        package: "m/store".to_owned(),
        module: None,
        folder: "/m/store".to_owned(),
        native: None,
        columns: columns.iter().map(|column| ((*column).to_owned(), run.clone())).collect(),
        rows,
        unnamed: Vec::new(),
        reasons: Vec::new(),
        cases: Vec::new(),
    };
    TestReport {
        schema: SCHEMA.to_owned(),
        go: "go1.26.8".to_owned(),
        flags: Vec::new(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        detailed: Vec::new(),
        not_run: Vec::new(),
        packages: vec![package],
        without_tests: Vec::new(),
        stale: Vec::new(),
        baseline: None,
    }
}

fn row(columns: &[&str], verdict: &TestVerdict) -> Row {
    let columns = columns.iter().map(|column| ((*column).to_owned(), verdict.clone())).collect();
    Row { test: Some("TestA".to_owned()), columns }
}

fn text(report: &TestReport, verbose: bool) -> String {
    lines(report, verbose).into_iter().map(|line| format!("{:?} {}\n", line.tone, line.text)).collect()
}

#[test]
fn a_failing_test_shows_its_columns_and_what_it_wrote() {
    let said = "    a_test.go:3: no\n        more\n\tand\u{1b}[31m more\n";
    let rows = vec![row(&["a@1", "b@1"], &TestVerdict::FailsNatively)];
    let expected = "\
Red FAIL  m/store  2 tests, 2 columns; 2 passed, 2 failed
Red   TestA
Red     all 2 columns: fails natively, too
Plain       a_test.go:3: no
Plain           more
Plain       and\\u{1b}[31m more
Red 1 package in 2 columns: 2 passed, 2 failed; 1 test is red
";
    assert_eq!(text(&report(&["a@1", "b@1"], rows, said), false), expected);
}

#[test]
fn long_output_is_cut() {
    let said: String = (0..20).map(|number| format!("    a_test.go:3: {number}\n")).collect();
    let text = text(&report(&["a@1"], vec![row(&["a@1"], &TestVerdict::FailsHere)], &said), false);
    assert!(text.contains("a_test.go:3: 11\n") && !text.contains("a_test.go:3: 12\n"), "{text}");
    assert!(text.contains("Faint       … and 8 more lines"), "{text}");
}

#[test]
fn a_known_failure_is_one_faint_line() {
    let known = TestVerdict::Known { reason: "It lies.".to_owned(), url: "unreported".to_owned() };
    let text = text(&report(&["a@1"], vec![row(&["a@1"], &known)], "no\n"), false);
    assert!(text.contains("\nFaint   TestA  a@1: known: It lies. (unreported)\nPlain 1 package"), "{text}");
    assert!(text.starts_with("Plain ok"), "{text}");
}

#[test]
fn verbose_shows_what_passing_tests_wrote_in_the_first_column() {
    let report = report(&["b@1", "a@1"], Vec::new(), "");
    assert!(!text(&report, false).contains("log"));
    let text = text(&report, true);
    assert!(text.contains("under b@1:") && !text.contains("under a@1:"), "{text}");
    assert!(text.contains("Plain   --- PASS: TestB (0.50s)\nPlain       a_test.go:9: log\n"), "{text}");
}

#[test]
fn what_is_cached_and_covered_is_said() {
    let mut report = report(&["a@1"], Vec::new(), "");
    let run = report.packages[0].columns.get_mut("a@1").expect("a column");
    run.from_cache = true;
    run.output = "coverage: 55.6% of statements\n".to_owned();
    let text = text(&report, false);
    assert!(text.contains("ok    m/store  2 tests, 1 column; coverage: 55.6% of statements (cached)\n"), "{text}");
}

#[test]
fn what_went_wrong_with_the_whole_is_shown() {
    let mut report = report(&["a@1"], Vec::new(), "");
    let package = &mut report.packages[0];
    let failure = PackageFailure::NotBuilt("./a.go:3:2: undefined: x".to_owned());
    package.columns.insert("a@1".to_owned(), PackageRun::not_run(failure));
    package.rows.push(Row { test: None, ..row(&["a@1"], &TestVerdict::NotBuilt) });
    let text = text(&report, false);
    assert!(text.contains("Red   the package as a whole\nRed     a@1: does not build for wasip1\n"), "{text}");
    assert!(text.contains("Plain       ./a.go:3:2: undefined: x\n"), "{text}");
}
