//! The answer as a page, as JUnit, and as annotations.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::project;
use crate::fake::{holds, said};
use crate::project::Project;

/// A program whose output would be taken for markup, and for a command of GitHub's.
const HOSTILE: &str = "[ $name = other ] && printf '<script>alert(1)</script>\\n::error::x\\n'; exit 0";

/// Copies what pages are made from into a project.
fn with_assets(project: &Project) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports");
    for folder in ["templates", "static"] {
        for entry in fs::read_dir(root.join(folder)).expect("the project's reports") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_str().expect("UTF-8");
            project.write(&format!("reports/{folder}/{name}"), fs::read(&path).expect("a file"));
        }
    }
}

#[test]
fn a_page_needs_nothing_else_and_escapes_what_the_program_wrote() {
    let project = project(&[("go", HOSTILE)]);
    with_assets(&project);
    let ended = project.command(&["compare", "app.wasm", "--html", "answer.html", "--", "go"]);
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
    let html = fs::read_to_string(project.path("answer.html")).expect("a page");
    holds(
        &html,
        &[
            "app.wasm",
            "other@1.2.3",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "Content-Security-Policy",
            "default-src 'none'",
            "<ins>+ ",
        ],
    );
    assert!(!html.contains("<script>alert") && !html.contains("href=\"http"), "{html}");
}

#[test]
fn junit_has_a_test_case_for_each_column() {
    let project = project(&[("go", HOSTILE)]);
    fs::remove_dir_all(project.path("store/third")).expect("a runtime to remove");
    project.command(&["compare", "app.wasm", "--junit", "answer.xml", "--reference", "fake", "--", "go"]);
    let xml = fs::read_to_string(project.path("answer.xml")).expect("JUnit");
    holds(&xml, &["tests=\"3\"", "failures=\"1\"", "other@1.2.3", "third@1.2.3", "<skipped", "type=\"differs\""]);
}

#[test]
fn on_github_each_group_that_differs_is_an_annotation_and_no_output_is_a_command() {
    let project = project(&[("go", HOSTILE)]);
    let ended = project.wrapped_command(&["/usr/bin/env", "GITHUB_ACTIONS=true"], &["compare", "app.wasm", "--", "go"]);
    let output = String::from_utf8_lossy(&ended.stdout).into_owned();
    let lines: Vec<_> = output.lines().collect();
    let stop = lines[0].strip_prefix("::stop-commands::").expect("commands are stopped first");
    let goes_on = lines.iter().position(|line| *line == format!("::{stop}::")).expect("and go on at the end");
    let errors: Vec<_> = lines[goes_on..].iter().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 1, "{output}");
    assert!(errors[0].contains("app.wasm%3A other@1.2.3 not as fake@1.2.3"), "{}", errors[0]);
}

#[test]
fn on_github_json_is_json() {
    let project = project(&[("go", HOSTILE)]);
    let words = ["compare", "app.wasm", "--json", "--", "go"];
    let ended = project.wrapped_command(&["/usr/bin/env", "GITHUB_ACTIONS=true"], &words);
    let answer: Value = serde_json::from_slice(&ended.stdout).expect("JSON and nothing else");
    assert_eq!(answer["groups"].as_array().map(Vec::len), Some(2), "{answer:#}");
}
