//! `explain`: with what a cell is compared, and that nothing is concluded from a column that is not right.

use std::fs;
use std::process::Command;

use super::bundles::reports;
use crate::fake::{Fake, VERSION, said};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";
const NOTHING: &str =
    "no runtime that is installed here does what the case expects, so there is nothing to compare with";

/// A project with two runtimes, `fake` and `other`. In both, the case's guest says `bye` instead of `hello`.
fn project() -> Project {
    let project = Fake::command().case("red", "echo bye", HELLO).case("open", "echo 1", "tier = \"observe\"").written();
    for entry in fs::read_dir(project.path("runtimes/fake")).expect("the fake's folder") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        project.write(&format!("runtimes/other/{name}"), fs::read(&path).expect("a file"));
    }
    let bin = project.path(&format!("store/other/{VERSION}/bin"));
    fs::create_dir_all(&bin).expect("a folder of the store");
    std::os::unix::fs::symlink("/bin/sh", bin.join("fake")).expect("an executable");
    project
}

fn other_says(project: &Project, word: &str) {
    project.write("runtimes/other/red.sh", format!("echo {word}"));
}

fn explain(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = project.command(&[&["explain"], arguments].concat());
    (ended.status.code(), said(&ended))
}

#[track_caller]
fn concludes_nothing(project: &Project, arguments: &[&str], other: &str) {
    let (code, said) = explain(project, arguments);
    assert_eq!(code, Some(1), "{said}");
    for part in [NOTHING, &format!("not compared with other@{VERSION}: {other}")] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert!(!said.contains("No host call") && !said.contains("compared with other@1.2.3\n"), "{said}");
}

#[test]
fn a_column_that_is_right_is_compared_with() {
    let project = project();
    other_says(&project, "hello");
    let (code, said) = explain(&project, &["fake/t/red"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("compared with other@1.2.3\n") && said.contains("No host call"), "{said}");
}

#[test]
fn from_a_column_that_is_not_right_nothing_is_concluded() {
    let project = project();
    concludes_nothing(&project, &["fake/t/red"], "fail (wrong-output)");
    concludes_nothing(&project, &["fake/t/red", "--reference", "other"], "fail (wrong-output)");
    project.write(
        "runtimes/other/divergences.toml",
        "[[divergence]]\ncase = \"t/red\"\nversions = \"*\"\nfault = \"runtime\"\nreason = \"It says bye.\"\nurl = \
         \"unreported\"\ninstead.stdout = \"bye\\n\"\n",
    );
    concludes_nothing(&project, &["fake/t/red"], "known (wrong-output)");
}

#[test]
fn of_two_equal_failures_nothing_is_said_to_differ() {
    let project = project();
    let same =
        "other@1.2.3: fail (wrong-output), and nothing differs: the guest ended, wrote and left the same as here";
    for arguments in [&["fake/t/red"][..], &["fake/t/red", "--reference", "other"]] {
        let (_, said) = explain(&project, arguments);
        assert!(said.contains(same), "{said}");
    }
    other_says(&project, "nothing");
    let (_, said) = explain(&project, &["fake/t/red"]);
    assert!(said.contains("other@1.2.3: fail (wrong-output)\n"), "{said}");
    let (_, said) = explain(&project, &["fake/t/open", "--reference", "other"]);
    assert!(said.contains("Nothing differs that a user can see") && !said.contains("what differs lies"), "{said}");
}

#[test]
fn it_counts_what_a_column_does_now_and_not_what_its_record_says() {
    let project = project();
    other_says(&project, "hello");
    assert_eq!(project.command(&["run", "other/t/red"]).status.code(), Some(0));
    other_says(&project, "bye");
    concludes_nothing(&project, &["fake/t/red"], "fail (wrong-output)");
}

#[test]
fn where_nothing_is_right_or_wrong_two_columns_are_shown_only_on_request() {
    let project = project();
    let (code, said) = explain(&project, &["fake/t/open"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("of tier observe") && said.contains("--reference"), "{said}");
    let (code, said) = explain(&project, &["fake/t/open", "--reference", "other"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("neither column is right or wrong"), "{said}");
}

#[test]
fn explanations_that_are_kept_conclude_nothing_either() {
    let project = project();
    project.command(&["run"]);
    let (code, said) = explain(&project, &["--all", "fake/t/red"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, folder) = said.split_once(" explained, in ").expect("the folder");
    let folder = folder.split(':').next().expect("its path");
    let file = format!("{folder}/fake@{VERSION}/t/red.json");
    let kept = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(kept.contains(NOTHING) && !kept.contains("\"reference\""), "{kept}");
}

/// Somebody who follows the commands has the module and not what the harness has compiled of it.
#[test]
fn the_commands_of_an_issue_compile_what_is_run_compiled() {
    let prepare = r#"prepare = ["{exe}", "{folder}/fake.sh", "--prepare", "{module}", "{prepared}"]"#;
    let tables = format!("{prepare}\n");
    let project = Fake::command()
        .tables(&tables)
        .script("prepare", "echo COMPILED > \"$3\"")
        .case("red", "cat \"$1\"", HELLO)
        .written();
    reports(project.root());
    let (code, said) = explain(&project, &["fake/t/red", "--issue"]);
    assert_eq!(code, Some(0), "{said}");
    let lines: Vec<_> = said.lines().map(str::trim_start).collect();
    let first =
        lines.iter().position(|line| line.starts_with("RUNTIMES=")).unwrap_or_else(|| panic!("no commands: {said}"));
    let folder = tempfile::TempDir::new().expect("a folder");
    fs::write(folder.path().join("guest.wasm"), "a module").expect("a file");
    let mut script = format!("RUNTIMES='{}'\nfake() {{ /bin/sh \"$@\"; }}\n", project.path("runtimes").display());
    script.extend(lines[first + 1..first + 3].iter().map(|line| format!("{line}\n")));
    let ended = Command::new("/bin/sh").args(["-c", &script]).current_dir(folder.path()).output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "COMPILED\n", "{script}\n{said}");
}
