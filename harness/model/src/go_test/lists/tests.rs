use std::collections::BTreeMap;

use super::*;
use crate::go_test::known::TestColumn;
use crate::go_test::verdict::{Runs, judge};
use crate::go_test::{PackageFailure, PackageRun, SCHEMA, Unnamed};

fn column(name: &str, engine: &str) -> TestColumn {
    TestColumn {
        name: name.to_owned(),
        runtime: engine.to_owned(),
        version: semver::Version::new(1, 0, 0),
        mode: "default".to_owned(),
        engine: engine.to_owned(),
    }
}

fn run(tests: &[(&str, TestEnd, &str)]) -> PackageRun {
    let tests = tests.iter().map(|(name, end, output)| {
        ((*name).to_owned(), TestRun { end: *end, seconds: None, output: (*output).to_owned() })
    });
    PackageRun { tests: tests.collect(), starts: 1, ..PackageRun::default() }
}

fn package(name: &str, native: &PackageRun, columns: &[(TestColumn, PackageRun)]) -> PackageTests {
    let (rows, _) = judge(Runs { package: name, native: Some(native), columns }, &[]);
    PackageTests {
        package: name.to_owned(),
        module: None,
        folder: String::new(),
        native: Some(native.clone()),
        columns: columns.iter().map(|(column, run)| (column.name.clone(), run.clone())).collect(),
        rows,
        cases: Default::default(),
        unnamed: Vec::new(),
        reasons: Vec::new(),
    }
}

/// Two columns of one engine and one of another. Package `q` does not start under the first engine.
fn report() -> TestReport {
    use TestEnd::{Failed, Passed, Skipped};
    let columns = || [column("a@1.0.0", "a"), column("a-embedded@1.0.0", "a"), column("b@1.0.0", "b")];
    let names = ["Both", "Gone", "Natively", "New/x", "New/y", "One", "Skips", "Fine", "Unnamed"];
    let all = |ends: [TestEnd; 9]| {
        let tests: Vec<_> = names.iter().zip(ends).map(|(name, end)| (*name, end, "bad file")).collect();
        run(&tests.into_iter().filter(|(name, ..)| *name != "Gone").collect::<Vec<_>>())
    };
    let native = all([Passed, Passed, Failed, Passed, Passed, Passed, Passed, Passed, Passed]);
    let first = all([Failed, Passed, Failed, Failed, Passed, Failed, Skipped, Passed, Skipped]);
    let second = all([Failed, Passed, Failed, Passed, Failed, Passed, Skipped, Passed, Skipped]);
    let other = all([Passed, Passed, Failed, Passed, Passed, Passed, Passed, Passed, Passed]);
    let runs: Vec<_> = columns().into_iter().zip([first, second, other]).collect();
    let mut p = package("p", &native, &runs);
    let failed = TestRun { end: Failed, seconds: None, output: "no".to_owned() };
    p.unnamed.push(Unnamed { test: "Unnamed".to_owned(), column: "a@1.0.0".to_owned(), run: Some(failed) });
    let not_started = || PackageRun::not_run(PackageFailure::NotStarted("no import".to_owned()));
    let fine = || run(&[("Starts", Passed, "")]);
    let runs: Vec<_> = columns().into_iter().zip([not_started(), fine(), fine()]).collect();
    TestReport {
        schema: SCHEMA.to_owned(),
        go: "go1.26.8".to_owned(),
        flags: Vec::new(),
        columns: columns().iter().map(|column| column.name.clone()).collect(),
        detailed: columns().to_vec(),
        not_run: Vec::new(),
        packages: vec![p, package("q", &fine(), &runs)],
        without_tests: Vec::new(),
        baseline: None,
        stale: Vec::new(),
    }
}

fn location() -> Location {
    Location { file: "lists.toml".to_owned(), line: 1 }
}

fn entry(package: Option<&str>, tests: &[&str], claim: Claim) -> ListEntry {
    ListEntry {
        location: location(),
        package: package.map(str::to_owned),
        tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        claim,
        says: "It says so.".to_owned(),
        output: None,
        only_on: None,
        cause: None,
    }
}

fn list(engine: &str, entries: Vec<ListEntry>) -> TestList {
    TestList {
        location: location(),
        id: "list".to_owned(),
        title: "a list".to_owned(),
        engine: engine.to_owned(),
        url: "https://example.org".to_owned(),
        of: "today".to_owned(),
        entries,
    }
}

fn states(list: &TestList) -> BTreeMap<String, State> {
    let report = report();
    let held = held(list, &report);
    held.tests.iter().map(|test| (test.test.unwrap_or("-").to_owned(), test.state)).collect()
}

#[test]
fn each_state_is_told() {
    let names = ["Both", "Fine", "Gone", "Natively", "One", "Skips", "Unnamed"];
    let of = |claim| {
        let found = states(&list("a", vec![entry(Some("p"), &names, claim)]));
        names.map(|name| found[name])
    };
    use State::{Broken, Mended, Same, Untold};
    let fails = [Same, Mended, Untold, Untold, Same, Untold, Same];
    assert_eq!(of(Claim::Fails), fails, "{names:?}");
    assert_eq!(of(Claim::Skipped), fails, "{names:?}");
    assert_eq!(of(Claim::Passes), [Broken, Same, Untold, Untold, Broken, Untold, Broken], "{names:?}");
}

#[test]
fn an_engine_that_was_not_run_tells_nothing() {
    let other = list("c", vec![entry(Some("p"), &["Both"], Claim::Fails), entry(None, &[], Claim::Fails)]);
    assert!(states(&other).values().all(|state| *state == State::Untold));
    let report = report();
    assert!(held(&other, &report).new.is_empty());
    let elsewhere = ListEntry { only_on: Some("Windows".to_owned()), ..entry(Some("p"), &["Both"], Claim::Fails) };
    assert_eq!(states(&list("a", vec![elsewhere]))["Both"], State::Untold);
}

#[test]
fn another_failure_is_not_the_same_one() {
    let of = |text: &str| {
        let entry = ListEntry { output: Some(text.to_owned()), ..entry(None, &[], Claim::Fails) };
        states(&list("a", vec![entry]))["-"]
    };
    assert_eq!((of("bad file"), of("no such text")), (State::Same, State::Mended));
}

#[test]
fn packages_are_held_as_a_whole() {
    let of = |engine: &str, package: &str| states(&list(engine, vec![entry(Some(package), &[], Claim::Passes)]))["-"];
    assert_eq!([of("a", "p"), of("a", "q")], [State::Broken, State::Broken], "q does not start in one column");
    assert_eq!([of("b", "p"), of("b", "q"), of("b", "r")], [State::Same, State::Same, State::Untold]);
}

#[test]
fn what_a_list_does_not_have_is_new() {
    let report = report();
    let told = |list: &TestList| {
        let new = held(list, &report).new;
        new.iter()
            .map(|new| {
                format!("{} {} {} {}", new.package, new.test.unwrap_or("-"), new.subtests.len(), new.columns.len())
            })
            .collect::<Vec<_>>()
    };
    let nothing = list("a", Vec::new());
    assert_eq!(told(&nothing), ["p Both 0 2", "p New 2 2", "p One 0 1", "q - 0 1"], "nor what fails natively");
    let some = list("a", vec![entry(Some("p"), &["Both", "New"], Claim::Fails), entry(Some("q"), &[], Claim::Skipped)]);
    assert_eq!(told(&some), ["p One 0 1"]);
    let elsewhere = ListEntry { only_on: Some("Windows".to_owned()), ..entry(Some("p"), &["Both"], Claim::Fails) };
    assert_eq!(told(&list("a", vec![elsewhere])).len(), 4, "what fails on another system is not this");
    let passes = list("a", vec![entry(Some("p"), &[], Claim::Passes)]);
    assert_eq!(told(&passes).len(), 4, "what the list holds for passing is new, too");
}
