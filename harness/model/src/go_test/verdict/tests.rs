use std::collections::BTreeMap;

use semver::{Version, VersionReq};

use super::*;
use crate::case::Location;

/// A run in which tests end so: `A+` passed, `A-` failed, `A~` skipped, `A!` was running when the process ended.
fn run(tests: &str) -> PackageRun {
    let one = |word: &str| {
        let (name, end) = word.split_at(word.len() - 1);
        let end = match end {
            "+" => TestEnd::Passed,
            "-" => TestEnd::Failed,
            "~" => TestEnd::Skipped,
            _ => TestEnd::Unfinished,
        };
        (name.to_owned(), TestRun { end, seconds: None, output: format!("{name} says no\n") })
    };
    let tests: BTreeMap<_, _> = tests.split_whitespace().map(one).collect();
    let ended = tests.values().any(|run| run.end == TestEnd::Unfinished);
    let failure = ended.then(|| PackageFailure::Ended("a trap: unreachable".to_owned()));
    PackageRun { tests, failure, ..PackageRun::default() }
}

fn column(name: &str) -> TestColumn {
    let (runtime, engine) = name.split_once(':').unwrap_or((name, name));
    TestColumn {
        name: format!("{runtime}@1.0.0"),
        runtime: runtime.to_owned(),
        version: Version::new(1, 0, 0),
        mode: "default".to_owned(),
        engine: engine.to_owned(),
    }
}

fn known(tests: &str, says: &str, versions: &str) -> KnownFailure {
    KnownFailure {
        location: Location { file: "known.toml".to_owned(), line: 1 },
        package: "p".to_owned(),
        tests: tests.split_whitespace().map(str::to_owned).collect(),
        runtimes: Some(["a".to_owned()].into()),
        versions: VersionReq::parse(versions).expect("a range"),
        modes: None,
        says: says.to_owned(),
        sometimes: false,
        reason: "it does not".to_owned(),
        url: "unreported".to_owned(),
    }
}

/// The verdicts on a test, each as `column kind`.
fn verdicts(native: Option<&str>, columns: &[(&str, &str)], known: &[KnownFailure], test: Option<&str>) -> Vec<String> {
    let native = native.map(run);
    let columns: Vec<_> = columns.iter().map(|(name, tests)| (column(name), run(tests))).collect();
    let (rows, _) = judge(Runs { package: "p", native: native.as_ref(), columns: &columns }, known);
    let row = rows.into_iter().find(|row| row.test.as_deref() == test);
    let words = |(column, verdict): (String, TestVerdict)| format!("{column} {verdict:?}");
    row.map_or_else(Vec::new, |row| row.columns.into_iter().map(words).collect())
}

#[test]
fn a_failure_is_the_runtimes_if_it_passes_elsewhere() {
    let found = verdicts(Some("A+"), &[("a", "A-"), ("b", "A+")], &[], Some("A"));
    assert_eq!(found, ["a@1.0.0 FailsInRuntime"]);
    let skips = verdicts(Some("A+"), &[("a", "A-"), ("b", "A~")], &[], Some("A"));
    assert_eq!(skips, ["a@1.0.0 FailsInRuntime", "b@1.0.0 SkippedHere"]);
}

#[test]
fn a_failure_under_every_engine_is_gos() {
    let found = verdicts(Some("A+"), &[("a", "A-"), ("b", "A-")], &[], Some("A"));
    assert_eq!(found, ["a@1.0.0 FailsInGo", "b@1.0.0 FailsInGo"]);
    let one_engine = verdicts(Some("A+"), &[("a", "A-"), ("ab:a", "A-")], &[], Some("A"));
    assert_eq!(one_engine, ["a@1.0.0 FailsHere", "ab@1.0.0 FailsHere"], "two embeddings of one engine are one witness");
    let alone = verdicts(Some("A+"), &[("a", "A-")], &[], Some("A"));
    assert_eq!(alone, ["a@1.0.0 FailsHere"]);
}

#[test]
fn a_failure_that_names_the_port_is_gos() {
    for words in ["open x: not implemented on wasip1\n", "fork/exec /bin/true: Not implemented on wasip1\n"] {
        let mut says = run("A-");
        says.tests.get_mut("A").expect("a test").output = words.to_owned();
        let columns = [(column("a"), says)];
        let (rows, _) = judge(Runs { package: "p", native: None, columns: &columns }, &[]);
        assert_eq!(rows[0].columns["a@1.0.0"], TestVerdict::FailsInGo, "{words}");
    }
}

#[test]
fn what_fails_natively_is_no_runtimes_doing() {
    let found = verdicts(Some("A-"), &[("a", "A-"), ("b", "A+")], &[], Some("A"));
    assert_eq!(found, ["a@1.0.0 FailsNatively"]);
}

#[test]
fn a_skip_counts_only_where_it_is_not_everywhere() {
    assert!(verdicts(Some("A+"), &[("a", "A~"), ("b", "A~")], &[], Some("A")).is_empty());
}

#[test]
fn a_known_failure_is_known_by_what_it_says() {
    let columns = [("a", "A-"), ("b", "A+")];
    let of = |entry: KnownFailure| verdicts(None, &columns, &[entry], Some("A"));
    assert!(of(known("A", "says no", "*"))[0].contains("Known"));
    assert_eq!(of(known("A", "another thing", "*")), ["a@1.0.0 FailsInRuntime"]);
    assert_eq!(of(known("A", "says no", ">=2")), ["a@1.0.0 FailsInRuntime"]);
    assert_eq!(of(known("B", "says no", "*")), ["a@1.0.0 FailsInRuntime"]);
}

#[test]
fn a_failure_that_does_not_come_again_is_no_runtimes_doing() {
    let mut failed = run("A- A/x-");
    failed.passed_alone.insert("A".to_owned());
    let columns = [(column("a"), failed), (column("b"), run("A+ A/x+"))];
    let (rows, _) = judge(Runs { package: "p", native: None, columns: &columns }, &[]);
    assert_eq!(rows[0].columns["a@1.0.0"], TestVerdict::Unsteady);
    assert!(!rows[0].is_red());
}

#[test]
fn an_entry_is_stale_if_its_test_passes() {
    let columns = [(column("a"), run("A+ B+"))];
    let stale = |entry: KnownFailure| judge(Runs { package: "p", native: None, columns: &columns }, &[entry]).1;
    let entry = known("A", "no", "*");
    assert_eq!(stale(entry.clone()).len(), 1);
    assert_eq!(stale(KnownFailure { sometimes: true, ..entry }), []);
    assert_eq!(stale(known("A", "no", ">=2")), []);
}

#[test]
fn a_test_fails_by_its_subtests() {
    let columns = [("a", "A- A/x- A/y+"), ("b", "A+ A/x+ A/y+")];
    assert!(verdicts(None, &columns, &[], Some("A")).is_empty(), "its subtest says all");
    assert_eq!(verdicts(None, &columns, &[], Some("A/x")), ["a@1.0.0 FailsInRuntime"]);
}

#[test]
fn what_ends_the_process_hides_no_other_test() {
    let columns = [("a", "A!"), ("b", "A+ B+")];
    assert_eq!(verdicts(Some("A+ B+"), &columns, &[], Some("A")), ["a@1.0.0 FailsInRuntime"]);
    assert_eq!(verdicts(Some("A+ B+"), &columns, &[], Some("B")), ["a@1.0.0 NotReached"]);
    assert!(verdicts(Some("A+ B+"), &columns, &[], None).is_empty(), "the running test says it");
}

#[test]
fn what_is_no_tests_doing_has_a_row_of_its_own() {
    let not_started = PackageRun::not_run(PackageFailure::NotStarted("missing import".to_owned()));
    let columns = [(column("a"), not_started), (column("b"), run("A+"))];
    let (rows, _) = judge(Runs { package: "p", native: None, columns: &columns }, &[]);
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((&row.test, &row.columns["a@1.0.0"]), (&None, &TestVerdict::FailsInRuntime));
    let harness = PackageRun::not_run(PackageFailure::Harness("no host".to_owned()));
    let columns = [(column("a"), harness), (column("b"), run("A+"))];
    let (rows, _) = judge(Runs { package: "p", native: None, columns: &columns }, &[]);
    assert_eq!(rows[0].columns["a@1.0.0"], TestVerdict::Harness);
}
