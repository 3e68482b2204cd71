//! What a run writes for machines, beside its results.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fake::{Fake, Run, said};

/// In what a document is not as the published schema says.
fn violations(document: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/results.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// A run whose guest writes what GitHub would take for commands, with these variables in its environment.
fn run(variables: &[&str], after: &[&str]) -> Run {
    let before = [&["/usr/bin/env"], variables].concat();
    fake().run_with(&before, after)
}

/// A runtime whose guest writes what GitHub would take for commands.
fn fake() -> Fake {
    Fake::command().case("good", "echo hello", "expect.stdout = \"hello\\n\"").case(
        "bad",
        "echo hello; echo '::error::from a guest'; echo '::stop-commands::x'",
        "expect.stdout = \"hello\\n\"",
    )
}

/// The annotations of a run on GitHub, in a workflow of the repository in `workspace`.
fn annotations(fake: Fake, workspace: &Path) -> Vec<String> {
    let workspace = format!("GITHUB_WORKSPACE={}", workspace.display());
    let run = fake.run_with(&["/usr/bin/env", "GITHUB_ACTIONS=true", &workspace], &[]);
    run.said().lines().filter(|line| line.starts_with("::error ")).map(str::to_owned).collect()
}

#[test]
fn an_annotation_names_a_file_only_if_the_workflow_has_it() {
    let says = |annotations: Vec<String>, start: &str| {
        let is_so = annotations.len() == 1 && annotations[0].starts_with(start);
        assert!(is_so, "not {start}: {annotations:?}");
    };
    let (of_cell, nowhere) =
        ("title=fake@1.2.3/t/bad%3A fail (wrong-output)::observed stdout: ", "::error title=fake@");
    let whole = fake();
    let root = whole.project.root().to_owned();
    says(annotations(whole, &root), &format!("::error file=cases/t.toml,line=11,{of_cell}"));
    // The repository holds this project in a folder.
    let part = fake();
    let root = part.project.root().to_owned();
    let (above, name) = (root.parent().expect("a folder above"), root.file_name().expect("a name"));
    says(annotations(part, above), &format!("::error file={}/cases/t.toml,line=11,", name.display()));
    // The folder is a checkout of its own: what is in it is no part of the workflow's repository.
    let other = fake();
    other.project.write(".git/HEAD", "");
    let above = other.project.root().parent().expect("a folder above").to_owned();
    says(annotations(other, &above), nowhere);
    says(annotations(fake(), tempfile::TempDir::new().unwrap().path()), nowhere);
}

#[test]
fn fresh_results_are_as_the_published_schema_says() {
    let run = run(&[], &[]);
    let text = fs::read_to_string(run.project.path("results.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(violations(&document), Vec::<String>::new());
    assert_eq!(document["records"].as_array().unwrap().len(), 2);
    assert!(!run.said().contains("\n::error "), "{}", run.said());
}

#[test]
fn files_for_machines_are_written_beside() {
    let run = run(&[], &["--junit", "out/junit.xml", "--summary", "out/summary.md", "--annotations"]);
    let junit = fs::read_to_string(run.project.path("out/junit.xml")).unwrap();
    assert!(
        junit.contains("<testsuite name=\"fake@1.2.3\" tests=\"2\" skipped=\"0\" errors=\"0\" failures=\"1\""),
        "{junit}"
    );
    let summary = fs::read_to_string(run.project.path("out/summary.md")).unwrap();
    assert!(
        summary.starts_with("### wasip1-matrix: 1 cell is red\n\n- `fake@1.2.3/t/bad` fail (wrong-output)\n"),
        "{summary}"
    );
    let annotation = "\n::error title=fake@1.2.3/t/bad%3A fail (wrong-output)::observed stdout: ";
    assert!(run.said().contains(annotation), "{}", run.said());
    assert_eq!(run.ended.status.code(), Some(1));
}

#[test]
fn on_github_the_summary_is_added_to_and_no_guest_gives_a_command() {
    let project = tempfile::TempDir::new().unwrap();
    let summary = project.path().join("summary");
    fs::write(&summary, "what was there\n").unwrap();
    let variable = format!("GITHUB_STEP_SUMMARY={}", summary.display());
    let run = run(&["GITHUB_ACTIONS=true", &variable], &[]);
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("what was there\n### wasip1-matrix: 1 cell is red\n"), "{text}");
    let said = run.said();
    let lines: Vec<_> = said.lines().map(str::trim_start).collect();
    let word = lines.iter().find_map(|line| line.strip_prefix("::stop-commands::")).expect("commands are stopped");
    let place =
        |wanted: &str| lines.iter().position(|line| line.starts_with(wanted)).unwrap_or_else(|| panic!("{said}"));
    let (stop, go) = (place("::stop-commands::wasip1-matrix-"), place(&format!("::{word}::")));
    let own = place("::error title=fake@1.2.3/t/bad");
    assert!(stop < go && go < own, "{said}");
    // Nothing that begins like a command stands where GitHub listens.
    let begins = |line: &&&str| line.starts_with("::");
    assert!(
        lines[..stop]
            .iter()
            .chain(&lines[go + 1..])
            .filter(begins)
            .all(|line| line.starts_with("::error title=fake@1.2.3/t/bad"))
    );
}

#[test]
fn bisect_says_what_is_wrong_with_what_it_is_asked() {
    let project = Fake::command().case("good", "echo hello", "expect.stdout = \"hello\\n\"").written();
    let ask = |words: &str| {
        let arguments: Vec<_> = ["bisect"].into_iter().chain(words.split(' ')).collect();
        let ended = project.command(&arguments);
        (ended.status.code(), said(&ended))
    };
    for (words, wanted) in [
        ("real --case t/good --good 1.0.0 --bad 1.2.3", "there is no runtime `real`; there are: fake"),
        ("fake --case t/absent --good 1.0.0 --bad 1.2.3", "there is no case `t/absent`"),
        ("fake --case t/good --good 1.0.0 --bad 1.2.3", "fake cannot be had from here: take a fake from the shelf"),
        ("fake --case t/good --good 1 --bad 1.2.3", "invalid value '1' for '--good <VERSION>'"),
    ] {
        let (code, told) = ask(words);
        assert_eq!(code, Some(2), "{words}: {told}");
        assert!(told.contains(wanted), "{words}: {told}");
    }
}
