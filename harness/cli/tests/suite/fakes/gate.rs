//! `run` as a gate: which runtimes may not be missing, what a second attempt changes, when it stops.

use std::fs;

use crate::fake::{Fake, VERSION, holds, run_command};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";

/// The first time it goes wrong.
const WRONG_ONCE: &str = "[ -e \"$folder/tried\" ] && echo hello || echo bye; : > \"$folder/tried\"";

/// Another build of the fake, somewhere in the project.
fn build(project: &Project, version: &str, says: &str) -> String {
    let path = project.path("build/fake");
    project.write("build/fake", format!("#!/bin/sh\n[ \"$2\" = --version ] && {{ {version}; exit; }}\n{says}\n"));
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&path, executable).expect("its mode");
    path.display().to_string()
}

#[test]
fn a_cell_that_is_red_once_is_flaky() {
    let project = Fake::command().case("once", WRONG_ONCE, HELLO).case("green", "echo hello", HELLO).written();
    let (code, said) = run_command(&project, &["run", "--retries", "2"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["2 cells: 1 flaky, 1 pass"]);
    let (_, shown) = run_command(&project, &["show", "fake/t/once"]);
    holds(&shown, &["flaky (wrong-output in 1 of 2 attempts)", "+ bye"]);
    fs::remove_file(project.path("runtimes/fake/tried")).expect("the note of the first attempt");
    let (code, said) = run_command(&project, &["run", "--retries", "1", "--no-flaky"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["red: flaky, 1 cell"]);
}

#[test]
fn what_is_red_each_time_is_red() {
    let project = Fake::command().case("red", "echo bye >> \"$folder/log\"; echo bye", HELLO).written();
    let (code, said) = run_command(&project, &["run", "--retries", "2"]);
    assert_eq!(code, Some(1), "{said}");
    let log = fs::read_to_string(project.path("runtimes/fake/log")).expect("the log");
    assert_eq!(log.lines().count(), 3);
}

#[test]
fn an_error_of_the_harness_is_not_tried_away() {
    let once = "[ -e \"$folder/asked\" ] && echo 'fake 1.2.3'; : > \"$folder/asked\"";
    let project = Fake::command().script("version", once).case("green", "echo hello", HELLO).written();
    let (code, said) = run_command(&project, &["run", "--retries", "5"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["1 harness-error"]);
}

#[test]
fn no_more_cells_are_begun_after_so_many_red_ones() {
    let names: Vec<_> = (10..40).map(|number| format!("c{number}")).collect();
    let fake = names.iter().fold(Fake::command(), |fake, name| fake.case(name, "echo bye", HELLO));
    let project = fake.written();
    let (code, said) = run_command(&project, &["run", "--fail-fast", "--jobs", "1"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["not run after ", "--resume runs the rest"]);
    let (_, said) = run_command(&project, &["run", "--resume"]);
    holds(&said, &["30 cells: 30 fail"]);
}

#[test]
fn a_runtime_that_is_meant_may_not_be_missing() {
    let project = Fake::command().case("green", "echo hello", HELLO).written();
    let (code, said) = run_command(&project, &["run", "--runtime", "fake"]);
    assert_eq!(code, Some(0), "{said}");
    fs::remove_dir_all(project.path("store/fake")).expect("the store's fake");
    assert_eq!(run_command(&project, &["run"]).0, Some(0), "nobody said that it is needed");
    let named = format!("fake@{VERSION}");
    let says = format!("red: {named} is required and not installed");
    for (flag, name) in [("--runtime", "fake"), ("--runtime", &named), ("--require", "fake")] {
        let (code, said) = run_command(&project, &["run", flag, name]);
        assert_eq!(code, Some(1), "{flag} {name}: {said}");
        holds(&said, &[&says]);
        assert!(!said.contains("1 cell: "), "it is said before anything is run: {said}");
    }
}

#[test]
fn what_is_no_runtime_is_an_error() {
    let project = Fake::command().case("green", "echo hello", HELLO).written();
    for (arguments, says) in [
        (["--runtime", "fke"], "--runtime fke: there is no runtime `fke`; there are: fake"),
        (["--require", "fke"], "--require fke: there is no runtime `fke`; there are: fake"),
        (["--runtime", "fake@9.9.9"], "--runtime fake@9.9.9: no such column; there are fake@1.2.3"),
        (["--runtime", "fake@./nowhere"], "--runtime fake@./nowhere"),
        (["--runtime", "fake@x.y=./nowhere"], "--runtime fake@x.y=./nowhere"),
        (["--runtime", "fake@/etc"], "names no `engine`; name an executable"),
        (["--runtime", "fake@/etc/passwd"], "/etc/passwd is no executable file; name the executable itself"),
        (["--runtime", "fake@1.2.3=/etc"], "names no `engine`; name an executable"),
        (["--partition", "hash:3/2"], "write slice:2/5 or hash:2/5"),
    ] {
        let (code, said) = run_command(&project, &["run", arguments[0], arguments[1]]);
        assert_eq!(code, Some(2), "{said}");
        holds(&said, &[says]);
    }
    let (code, said) = run_command(&project, &["run", "--require", "fake", "--skip", "fake"]);
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_build_of_ones_own_is_judged_by_its_path() {
    let project = Fake::command().case("green", "echo hello", HELLO).written();
    let path = build(&project, "echo fake 1.2.3", "echo goodbye");
    let (code, said) = run_command(&project, &["run", "--runtime", &format!("fake@{path}")]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["fake@1.2.3+local/t/green", "goodbye", "1 cell: 1 fail"]);
    let both = format!("fake@{VERSION},fake@{path}");
    let (code, said) = run_command(&project, &["run", "--runtime", &both]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["2 cells: 1 fail, 1 pass"]);
    let (_, said) = run_command(&project, &["run", "--json", "without.json"]);
    holds(&said, &["1 cell: 1 pass"]);
    let results = fs::read_to_string(project.path("without.json")).expect("results");
    assert!(!results.contains("\"local\":true"), "a run that does not name the build tells of it: {results}");
}

/// Each command that takes a cell takes one of a build, by its name, from the records where it was run.
#[test]
fn a_build_of_ones_own_is_followed_up_by_name() {
    let project = Fake::command().case("green", "echo hello", HELLO).written();
    let path = build(&project, "echo fake 2.0.0-dev", "echo goodbye");
    let run = |arguments: &[&str]| run_command(&project, &[arguments, &["--records", "theirs"]].concat());
    assert_eq!(run(&["run", "--runtime", &format!("fake@{path}")]).0, Some(1));
    let cell = "fake@2.0.0-dev+local/t/green";
    let table: [(&[&str], i32, &str); 7] = [
        (&["list", "--red"], 0, cell),
        (&["show", cell], 0, "+ goodbye"),
        (&["run", "--exact", cell], 1, "1 cell: 1 fail"),
        (&["bundle", cell, "--out", "packed"], 0, "packed"),
        (&["explain", cell], 0, "compared with fake@1.2.3"),
        (&["bless", "--check"], 1, cell),
        (&["bless", "--dry-run", "--reason", "It says goodbye.", "--url", "unreported", cell], 0, "goodbye"),
    ];
    for (arguments, code, says) in table {
        let (is, said) = run(arguments);
        assert_eq!(is, Some(code), "{arguments:?}: {said}");
        holds(&said, &[says]);
    }
    // Elsewhere nobody knows of the build.
    let (code, said) = run_command(&project, &["show", cell]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["there is no cell"]);
}

#[test]
fn what_the_words_leave_out_is_not_lost() {
    let project = Fake::command().case("green", "echo hello", HELLO).case("other", "echo hello", HELLO).written();
    assert_eq!(run_command(&project, &["run", "--json", "before.json"]).0, Some(0));
    let candidate = format!("fake@{VERSION}");
    let (code, said) =
        run_command(&project, &["gate", "--baseline", "before.json", "--candidate", &candidate, "green"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["green: 1 unchanged"]);
    assert!(!said.contains("t/other"), "{said}");
}

#[test]
fn a_build_that_reports_no_version_needs_one() {
    let project = Fake::command().case("green", "echo hello", HELLO).written();
    let path = build(&project, "echo dev", "echo hello");
    let (code, said) = run_command(&project, &["run", "--runtime", &format!("fake@{path}")]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["name the version that it stands for: fake@1.2.3="]);
    let (code, said) = run_command(&project, &["run", "--runtime", &format!("fake@2.0.0={path}")]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["1 cell: 1 pass"]);
}
