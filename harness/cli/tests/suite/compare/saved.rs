//! `--save`: what the reference did is a case of a suite of one's own.

use std::fs;

use super::project;
use crate::fake::run_command;

#[test]
fn what_the_reference_did_is_a_case_that_runs() {
    let script = "echo hello; echo more >> \"$dir/a\"; rm \"$dir/b\"; [ $name = other ] && echo wrong; exit 3";
    let project = project(&[("go", script)]);
    project.write("data/a", "a\n");
    project.write("data/b", "b\n");
    let (code, said) =
        run_command(&project, &["compare", "app.wasm", "--dir", "data::/data", "--save", "mine/greets", "--", "go"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("saved as app/greets in "), "{said}");
    assert_eq!(fs::read_to_string(project.path("mine/cases/fixtures/greets-0/a")).expect("a fixture"), "a\n");
    let case = fs::read_to_string(project.path("mine/cases/app.toml")).expect("a case");
    for line in ["expect.exit = 3", "'/data/b' = { absent = true }"] {
        assert!(case.replace('"', "'").contains(line), "{line}: {case}");
    }
    let (code, said) = run_command(&project, &["run", "--suite", "mine", "fake"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run_command(&project, &["run", "--suite", "mine", "other"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("+ wrong"), "{said}");
    let (code, said) = run_command(&project, &["compare", "app.wasm", "--save", "mine/greets", "--", "go"]);
    assert_eq!((code, said.contains("choose another name")), (Some(2), true), "{said}");
}

#[test]
fn what_no_case_can_expect_is_not_saved() {
    let project = project(&[("go", "date +%N")]);
    let words = ["compare", "app.wasm", "--repeat", "2", "--runtime", "fake,third", "--save", "mine/time", "--", "go"];
    let (code, said) = run_command(&project, &words);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no case can expect"), "{said}");
    assert!(!project.path("mine").exists());
    let (code, _) = run_command(&project, &["compare", "app.wasm", "--save", "greets", "--", "go"]);
    assert_eq!(code, Some(2), "a name without a folder");
}
