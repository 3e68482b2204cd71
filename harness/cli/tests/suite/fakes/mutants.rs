//! A fake host that can be broken on purpose: what is noticed, what is not, and what is no fault's doing.

use matrix_run::mutants::Check;

use crate::fake::{Fake, holds, said};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";

/// A host with these faults, each a name and the function that shows it.
fn host(faults: &[(&str, &str)]) -> Fake {
    let list: Vec<_> = faults
        .iter()
        .map(|(name, function)| format!(r#"{{"name":"{name}","what":"It is {name}.","functions":["{function}"]}}"#))
        .collect();
    Fake::host().script("faults", &format!("echo '[{}]'", list.join(",")))
}

/// The exit code of `mutants`, what it printed, and what it found.
fn check(project: &Project, arguments: &[&str]) -> (Option<i32>, String, Option<Check>) {
    let json = project.path("check.json");
    let always = ["mutants", "--runtime", "fake", "--json", json.to_str().expect("a UTF-8 path")];
    let ended = project.command(&[&always, arguments].concat());
    let check = std::fs::read(&json).ok().map(|json| serde_json::from_slice(&json).expect("a check"));
    (ended.status.code(), said(&ended), check)
}

#[test]
fn a_fault_that_no_case_notices_is_red() {
    let project = host(&[("loud", "fd_write"), ("secret", "fd_write"), ("idle", "fd_tell")])
        .case("hello", "[ \"$fault\" = loud ] && echo HELLO || echo hello; report '{\"code\":0}'", HELLO)
        .case("other", "echo hello; report '{\"code\":0}'", HELLO)
        .written();
    let (code, said, found) = check(&project, &[]);
    assert_eq!(code, Some(1), "{said}");
    let secret = "NOT CAUGHT: 2 of 2 cells meet it, and none notices";
    holds(
        &said,
        &["t/hello, fail (wrong-output)", secret, "NOT CAUGHT: no case calls fd_tell", "1 of 3 faults noticed"],
    );
    let found = found.expect("what was found");
    let caught: Vec<_> = found.findings.iter().map(|finding| finding.caught_by.len()).collect();
    assert_eq!((found.detectors, caught), (2, vec![1, 0, 0]));
    assert!(!project.path("target/wasip1-matrix/records").exists(), "nothing of it is of the matrix");
    let left = std::fs::read_dir(project.path("target/wasip1-matrix/sandbox")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nor is any folder");
}

#[test]
fn all_noticed_is_green() {
    let shout = "[ -z \"${fault#none}\" ] && echo hello || echo HELLO; report '{\"code\":0}'";
    let project = host(&[("loud", "fd_write")]).case("a", shout, HELLO).case("b", shout, HELLO).written();
    let (code, said, found) = check(&project, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(found.expect("what was found").findings[0].ran, 1, "the first that notices is enough");
    let (code, said, found) = check(&project, &["--all-catchers"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(found.expect("what was found").findings[0].caught_by.len(), 2);
    let (code, said, _) = check(&project, &["--fault", "quiet"]);
    assert_eq!(code, Some(2));
    holds(&said, &["--fault quiet: no such fault", "--faults"]);
}

#[test]
fn a_part_of_the_faults_is_tried_and_each_is_in_one_part() {
    let names = ["one", "two", "three", "four", "five", "six"];
    let shout = "[ -z \"${fault#none}\" ] && echo hello || echo HELLO; report '{\"code\":0}'";
    let project = host(&names.map(|name| (name, "fd_write"))).case("a", shout, HELLO).written();
    let mut tried = Vec::new();
    for part in ["hash:1/3", "hash:2/3", "hash:3/3"] {
        let (code, said, found) = check(&project, &["--partition", part]);
        assert_eq!(code, Some(0), "{said}");
        tried.extend(found.expect("what was found").findings.into_iter().map(|finding| finding.fault));
    }
    tried.sort();
    let mut all = names.map(str::to_owned);
    all.sort();
    assert_eq!(tried, all);
    assert!(!project.path("target/wasip1-matrix/mutants.json").exists(), "a part does not stand for the whole");
    let (code, said, _) = check(&project, &["--partition", "2"]);
    assert_eq!(code, Some(2));
    holds(&said, &["`2` is no part: write slice:2/5 or hash:2/5"]);
}

#[test]
fn what_noticed_it_the_last_time_is_tried_first() {
    let deaf = "echo hello; report '{\"code\":0}'";
    let shout = "[ -z \"${fault#none}\" ] && echo hello || echo HELLO; sleep 0.2; report '{\"code\":0}'";
    let project = host(&[("loud", "fd_write")]).case("a", deaf, HELLO).case("z", shout, HELLO).written();
    let ran = || check(&project, &[]).2.expect("what was found").findings[0].ran;
    assert_eq!((ran(), ran()), (2, 1));
}

#[test]
fn hanging_is_noticed_too() {
    let hang = "[ \"$fault\" = slow ] && sleep 300; echo hello; report '{\"code\":0}'";
    let project = host(&[("slow", "fd_write")]).case("hang", hang, HELLO).written();
    let (code, said, _) = check(&project, &["--deadline-ms", "1500"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["t/hang, fail (timeout)"]);
}

#[test]
fn a_cell_that_is_red_anyway_notices_nothing() {
    let project = host(&[("loud", "fd_write")])
        .case("red", "echo bye; report '{\"code\":0}'", HELLO)
        .case("green", "echo hello; report '{\"code\":0}'", HELLO)
        .written();
    let (code, said, found) = check(&project, &[]);
    assert_eq!((code, found.expect("what was found").detectors), (Some(1), 1), "{said}");
}

#[test]
fn a_control_that_is_noticed_is_red() {
    let twice = "echo hello; [ -n \"$fault\" ] && echo hello; report '{\"code\":0}'";
    let project = host(&[("loud", "fd_write")]).case("twice", twice, HELLO).written();
    let (code, said, _) = check(&project, &[]);
    assert_eq!(code, Some(1));
    holds(&said, &["t/twice passes under the unbroken host, but not under the control"]);
}

#[test]
fn a_host_that_knows_no_faults_cannot_be_broken() {
    let knows = [(Fake::host(), "cannot open"), (host(&[]), "lists none"), (Fake::command(), "own command line")];
    for (fake, part) in knows {
        let (code, said, _) = check(&fake.case("one", "exit 0", "").written(), &[]);
        assert_eq!(code, Some(2), "{said}");
        holds(&said, &["fake@1.2.3", part]);
    }
}

#[test]
fn a_host_that_takes_no_notice_of_its_fault_proves_nothing() {
    let deaf = "echo hello; [ \"$fault\" = loud ] && fault= && echo more; report '{\"code\":0}'";
    let project = host(&[("loud", "fd_write")]).case("deaf", deaf, HELLO).written();
    let (code, said, _) = check(&project, &[]);
    assert_eq!(code, Some(1));
    holds(&said, &["1 error: t/deaf", "`--fault loud` and reports nothing of it"]);
}

#[test]
fn a_cell_whose_guest_is_not_compiled_is_named() {
    let project = host(&[("loud", "fd_write")])
        .script("prepare", "kill -SEGV $$")
        .case("hello", "echo hello; report '{\"code\":0}'", HELLO)
        .written();
    let (code, said, _) = check(&project, &[]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["t/hello: its guest was not compiled for the unbroken host", "NOT CAUGHT"]);
}
