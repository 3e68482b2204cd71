use std::collections::BTreeMap;

use semver::Version;

use super::*;
use crate::go_test::known::TestColumn;
use crate::go_test::{PackageFailure, TestEnd, TestRun};
use crate::names::id_and_rest;

/// Results of one package in one column: each test with what it did.
struct Kept {
    names: TestNames,
    parts: Vec<ColumnTests>,
}

impl Kept {
    fn new(column: &str, tests: &[(&str, State)]) -> Kept {
        let mut exceptions = Exceptions::default();
        let mut names = BTreeSet::new();
        for (test, state) in tests {
            names.extend((!test.contains('/')).then(|| (*test).to_owned()));
            let run = |end| TestRun { end, seconds: None, output: format!("{test} says no") };
            match state {
                State::Passed => exceptions.passed += 1,
                State::Skipped => {
                    exceptions.skipped.insert((*test).to_owned(), "not here".to_owned());
                }
                State::NotRun => {
                    exceptions.absent.insert((*test).to_owned());
                }
                State::Unfinished => {
                    exceptions.failed.insert((*test).to_owned(), run(TestEnd::Unfinished));
                    exceptions.failure = Some(PackageFailure::Ended("exit 2".to_owned()));
                }
                _ => {
                    exceptions.failed.insert((*test).to_owned(), run(TestEnd::Failed));
                }
            }
        }
        Kept::of(column, names, exceptions)
    }

    fn of(column: &str, names: BTreeSet<String>, exceptions: Exceptions) -> Kept {
        let (runtime, version) = id_and_rest(column);
        let version = version.expect("a column");
        let (version, mode) = version.split_once('+').unwrap_or((version, "default"));
        let part = ColumnTests {
            schema: String::new(),
            go: "go1.26.8".to_owned(),
            flags: vec!["-short".to_owned()],
            column: TestColumn {
                name: column.to_owned(),
                runtime: runtime.to_owned(),
                version: Version::parse(version).expect("a version"),
                mode: mode.to_owned(),
                engine: runtime.to_owned(),
            },
            packages: BTreeMap::from([("p".to_owned(), exceptions)]),
        };
        let names = TestNames { packages: BTreeMap::from([("p".to_owned(), names)]), ..TestNames::default() };
        Kept { names, parts: vec![part] }
    }

    fn exceptions(&mut self) -> &mut Exceptions {
        self.parts[0].packages.get_mut("p").expect("the package")
    }

    fn tests(&self) -> Tests<'_> {
        Tests { names: &self.names, parts: &self.parts }
    }
}

fn between(old: &Kept, new: &Kept) -> TestChanges {
    TestChanges::between(old.tests(), new.tests(), &Between::All).expect("comparable")
}

/// What changed, as `TestA newly broken`; what is worse ends with an exclamation mark.
fn told(changes: &TestChanges) -> Vec<String> {
    let one = |change: &TestChange| {
        let test = change.test.as_deref().unwrap_or("-");
        format!("{test} {}{}", change.kind, if change.is_worse() { "!" } else { "" })
    };
    changes.tests.iter().map(one).collect()
}

#[test]
fn each_change_of_a_test_has_its_kind() {
    use State::{Failed, NotRun, Passed, Skipped, Unfinished};
    for (old, new, said) in [
        (Passed, Failed, "T newly broken!"),
        (Passed, Unfinished, "T newly broken!"),
        (Failed, Unfinished, "T broken otherwise!"),
        (Unfinished, Failed, "T broken otherwise"),
        (Passed, Skipped, "T no longer judged!"),
        (Passed, NotRun, "T no longer judged!"),
        (Failed, Skipped, "T no longer judged"),
        (Skipped, Failed, "T newly judged"),
        (NotRun, Passed, "T newly judged"),
        (Failed, Passed, "T fixed"),
        (Unfinished, Passed, "T fixed"),
    ] {
        // Another test is there, so that there always is something to compare.
        let [old, new] = [old, new].map(|state| Kept::new("a@1.0.0", &[("T", state), ("U", Passed)]));
        assert_eq!(told(&between(&old, &new)), [said]);
    }
    for state in [Passed, Failed, Unfinished, Skipped, NotRun] {
        let kept = Kept::new("a@1.0.0", &[("T", state), ("U", Passed)]);
        let changes = between(&kept, &kept);
        assert_eq!((told(&changes), changes.unchanged), (Vec::new(), 3), "with the package as a whole: {state:?}");
    }
}

#[test]
fn a_test_that_passes_alone_is_flaky() {
    let old = Kept::new("a@1.0.0", &[("T", State::Passed)]);
    let mut new = Kept::new("a@1.0.0", &[("T", State::Failed)]);
    new.exceptions().passed_alone.insert("T".to_owned());
    assert_eq!(told(&between(&old, &new)), ["T newly flaky"]);
}

#[test]
fn a_subtest_says_all_of_its_test() {
    use State::{Failed, Passed};
    let fine = Kept::new("a@1.0.0", &[("T", Passed)]);
    let one = Kept::new("a@1.0.0", &[("T", Failed), ("T/x", Failed)]);
    let two = Kept::new("a@1.0.0", &[("T", Failed), ("T/x", Failed), ("T/y", Failed)]);
    assert_eq!(told(&between(&fine, &one)), ["T/x newly broken!"]);
    assert_eq!(told(&between(&one, &two)), ["T/y newly broken!"]);
    assert_eq!(told(&between(&two, &one)), ["T/y fixed"]);
    assert_eq!(told(&between(&one, &fine)), ["T/x fixed"]);
    let itself = Kept::new("a@1.0.0", &[("T", Failed)]);
    assert_eq!(told(&between(&itself, &one)), ["T/x newly judged"], "its test failed before it, maybe");
}

#[test]
fn what_no_run_was_asked_for_is_not_lost() {
    use State::Passed;
    let old = Kept::new("a@1.0.0", &[("T", Passed), ("U", Passed)]);
    let mut new = Kept::new("a@1.0.0", &[("T", Passed)]);
    assert_eq!(told(&between(&old, &new)), Vec::<String>::new(), "a newer Go may have no such test");
    new.exceptions().failure = Some(PackageFailure::Ended("exit 2".to_owned()));
    assert_eq!(told(&between(&old, &new)), ["- newly broken!", "U no longer judged!"][..1], "the whole says all");
    new.exceptions()
        .failed
        .insert("V".to_owned(), TestRun { end: TestEnd::Unfinished, seconds: None, output: String::new() });
    assert_eq!(told(&between(&old, &new)), ["U no longer judged!", "V newly judged"]);
    new.parts[0].flags.push("-run=T".to_owned());
    assert_eq!(told(&between(&old, &new)), ["V newly judged"]);
}

#[test]
fn a_package_that_does_not_start_is_one_change() {
    use State::{NotRun, Passed};
    let fine = Kept::new("a@1.0.0", &[("T", Passed), ("U", Passed)]);
    let mut none = Kept::new("a@1.0.0", &[("T", NotRun), ("U", NotRun)]);
    none.exceptions().failure = Some(PackageFailure::NotStarted("missing import".to_owned()));
    let changes = between(&fine, &none);
    assert_eq!(told(&changes), ["- newly broken!"]);
    assert_eq!(changes.tests[0].said, "missing import");
    assert_eq!(told(&between(&none, &fine)), ["- fixed"]);
}

#[test]
fn a_column_is_compared_with_the_nearest_earlier_version() {
    let kept = |column: &str| Kept::new(column, &[("T", State::Passed)]);
    let mut old = kept("a@1.9.0");
    for column in ["a@1.12.0", "a@2.0.0", "a@1.12.0+x", "b@1.12.5"] {
        old.parts.extend(kept(column).parts);
    }
    let pair = |column: &str, columns: &Between| {
        let compared = TestChanges::between(old.tests(), kept(column).tests(), columns)?.compared;
        Ok::<_, String>((compared[0].old.clone(), compared[0].because))
    };
    for (column, with, because) in [
        ("a@1.13.0-dev", "a@1.12.0", Because::EarlierVersion),
        ("a@1.12.0", "a@1.12.0", Because::SameName),
        ("a@1.13.0+x", "a@1.12.0+x", Because::EarlierVersion),
        ("a@3.0.0", "a@2.0.0", Because::EarlierVersion),
    ] {
        assert_eq!(pair(column, &Between::All), Ok((with.to_owned(), because)));
    }
    let error = pair("a@1.0.0", &Between::All).expect_err("all are later");
    assert!(error.contains("a@1.0.0 cannot be compared with a@1.9.0, a@1.12.0"), "{error}");
    let named = |old: &str| Between::Old(old.to_owned());
    assert_eq!(pair("a@1.0.0", &named("a")), Ok(("a@2.0.0".to_owned(), Because::Named)));
    assert_eq!(pair("a@1.0.0", &named("b@1.12.5")), Ok(("b@1.12.5".to_owned(), Because::Named)));
    let error = pair("a@1.0.0", &named("c")).expect_err("no such column");
    assert!(error.contains("there is no column `c`; there are: a@1.9.0"), "{error}");
}

#[test]
fn what_judged_nothing_is_no_baseline() {
    let old = Kept::new("a@1.0.0", &[("T", State::Skipped)]);
    let mut none = Kept::of("a@1.0.0", BTreeSet::new(), Exceptions::default());
    none.parts[0].packages.clear();
    let new = Kept::new("a@1.0.0", &[("T", State::Passed)]);
    assert!(TestChanges::between(none.tests(), new.tests(), &Between::All).is_err());
    assert_eq!(told(&between(&old, &new)), ["T newly judged"], "the package as a whole was judged");
}
