//! `new`: what it writes is a suite that runs as it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::fake::{holds, run_command};
use crate::project::Project;

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = WalkDir::new(folder).into_iter().map(|entry| entry.expect("a readable folder"));
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.map(|path| path.strip_prefix(folder).expect("a path below").display().to_string()).collect()
}

#[test]
fn all_of_the_example_is_written() {
    let project = Project::new();
    let (code, said) = run_command(&project, &["new", "suite"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["suite: 8 files", "wasip1-matrix run --suite suite"]);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/suite");
    let mut expected: BTreeSet<_> =
        files(&example).into_iter().filter(|name| !name.starts_with(".wasip1-matrix/")).collect();
    for name in &expected {
        let read = |folder: &Path| fs::read(folder.join(name)).expect("a file");
        assert_eq!(read(&example), read(&project.path("suite")), "{name}");
    }
    expected.insert("workflow.yml".to_owned());
    assert_eq!(files(&project.path("suite")), expected);
}

#[test]
fn nothing_is_written_over() {
    let project = Project::new();
    project.write("full/a.txt", "a");
    let (code, said) = run_command(&project, &["new", "full"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["full: not empty, and nothing was written"]);
    assert_eq!(files(&project.path("full")), BTreeSet::from(["a.txt".to_owned()]));
    let (code, said) = run_command(&project, &["new", "full/a.txt"]);
    assert_eq!(code, Some(2), "{said}");
    fs::create_dir(project.path("empty")).expect("a folder");
    assert_eq!(run_command(&project, &["new", "empty"]).0, Some(0));
}

#[test]
fn its_workflow_names_the_place_in_the_repository() {
    let project = Project::new();
    let workflow = |folder: &str| {
        assert_eq!(run_command(&project, &["new", folder]).0, Some(0));
        fs::read_to_string(project.path(folder).join("workflow.yml")).expect("a workflow")
    };
    holds(&workflow("outside"), &["\n  SUITE: suite\n"]);
    fs::create_dir_all(project.path("repository/.git")).expect("a folder");
    holds(&workflow("repository/tests/wasi suite"), &["\n  SUITE: \"tests/wasi suite\"\n"]);
}

/// With the machine's own Go and wazero, which the matrix of `cargo test` needs too.
#[test]
fn it_passes_under_wazero_and_natively() {
    let folder = TempDir::new().expect("a temporary folder");
    let suite = folder.path().join("suite");
    let run = |arguments: &[&str]| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
        let ended =
            command.arg("--root").arg(root).args(arguments).current_dir(folder.path()).output().expect("it runs");
        let said = [ended.stdout, ended.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (ended.status.code(), said)
    };
    assert_eq!(run(&["new", "suite"]).0, Some(0));
    let (code, said) = run(&["run", "--suite", "suite", "--runtime", "wazero"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["3 cells: 3 pass"]);
    let (code, said) = run(&["run", "--suite", "suite", "native"]);
    assert_eq!(code, Some(0), "{said}");
    // Where no process may have mounts of its own, there is no reference.
    assert!(["3 pass", "3 unavailable"].iter().any(|counts| said.contains(counts)), "{said}");
    // A program that does otherwise is red: the cases can fail.
    let source = suite.join("greet/main.go");
    let text = fs::read_to_string(&source).expect("the program");
    fs::write(&source, text.replace("Hello, ", "Bye, ")).expect("written");
    let (code, said) = run(&["run", "--suite", "suite", "--runtime", "wazero"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["3 cells: 2 fail, 1 pass", "Bye, Ada!"]);
}
