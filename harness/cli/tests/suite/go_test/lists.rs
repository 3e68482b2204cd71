//! Lists that others keep of Go's tests, held against an answer made by hand: the page, and the text for an issue.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use matrix_load::test_lists::{FILE, test_lists};
use matrix_model::case::Location;
use matrix_model::go_test::by_column::parts;
use matrix_model::go_test::lists::{Cause, CauseRun, Claim, ListEntry, TestList};
use matrix_report::go_test::{lists, page};
use matrix_run::probe;
use matrix_store::test_parts::{self, STD};
use regex::Regex;

use super::module::Module;
use super::sample::{STORE, report};
use crate::fake::holds;
use crate::report::sample::HOSTILE;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

fn entry(package: &str, test: Option<&str>, claim: Claim) -> ListEntry {
    ListEntry {
        location: Location { file: FILE.to_owned(), line: 1 },
        package: Some(package.to_owned()),
        tests: test.map(str::to_owned).into_iter().collect(),
        claim,
        says: "It says so.".to_owned(),
        output: None,
        only_on: None,
        cause: None,
    }
}

/// A list about a runtime, with an entry in each state under the second column of the sample.
fn list(engine: &str) -> TestList {
    let cause = Cause {
        words: format!("It is the test's fault: {HOSTILE}"),
        call: "fd_readdir".to_owned(),
        url: "unreported".to_owned(),
        case: Some("fs/root/list".to_owned()),
        wat: "calls/one.wat".to_owned(),
        text: "(module)\n".to_owned(),
        before: "mkdir old".to_owned(),
        runs: vec![CauseRun { column: "b@2.0.0".to_owned(), command: "b call.wasm".to_owned(), exit: 44 }],
    };
    TestList {
        location: Location { file: FILE.to_owned(), line: 1 },
        id: "one".to_owned(),
        title: "an <issue>".to_owned(),
        engine: engine.to_owned(),
        url: "https://example.org/issue".to_owned(),
        of: "its table of May 2023".to_owned(),
        entries: vec![
            ListEntry { cause: Some(cause), ..entry(STORE, Some("TestSkipped"), Claim::Skipped) },
            entry(STORE, Some("TestKnown"), Claim::Fails),
            entry(STORE, Some("TestHere"), Claim::Passes),
            entry(STORE, Some("TestNone"), Claim::Fails),
            entry("example.org/m/fine", None, Claim::Passes),
            entry("example.org/m/none", None, Claim::Passes),
            ListEntry { only_on: Some("Windows".to_owned()), ..entry(STORE, Some("TestRuntime"), Claim::Fails) },
        ],
    }
}

#[test]
fn a_page_shows_what_is_the_same_mended_new_and_not_told() {
    let html =
        page::html(&report(""), &[list("b")], &root().join("reports")).unwrap_or_else(|error| panic!("{error:#}"));
    holds(
        &html,
        &[
            "<a href=\"https://example.org/issue\">an &lt;issue&gt;</a>",
            "1 to pass there and failing here, 2 as it says, 1 mended, 3 not told here",
            "<td>TestSkipped</td><td>skipped: It says so.</td><td><i class=\"mark should breaks\">✗ fails, too</i>",
            "<i class=\"mark works\">✓ mended</i> passes under b@2.0.0",
            "<i class=\"mark breaks\">✗ fails here</i>",
            "<i class=\"mark not-run\">∅ not told</i> was not run under b@2.0.0",
            "these columns are not on Windows",
            "<i class=\"mark works\">✓ passes, too</i>",
            "Fails here, and is not on the list",
            "<td>TestRuntime</td><td>b@2.0.0</td>",
            "path_link gave",
            "<code>fd_readdir</code>",
            "<code>fs/root/list</code>",
            "b@2.0.0: exits with 44",
            "wasm-tools parse one.wat -o call.wasm\nmkdir old",
        ],
    );
    assert!(!html.contains("<script") && !html.contains('\u{202e}'), "what is hostile is escaped");
    assert!(html.contains("&lt;script&gt;"), "{html}");
}

#[test]
fn a_list_about_a_runtime_that_was_not_run_says_so() {
    let list = list("c");
    let html = page::html(&report(""), std::slice::from_ref(&list), &root().join("reports")).expect("a page");
    let no_column = "No column of c has been run";
    assert!(html.contains(no_column) && !html.contains("is not on the list"), "{html}");
    let text = lists::markdown(&list, &report(""));
    holds(&text, &[no_column, "∅ not told: no column was run"]);
}

#[test]
fn the_text_for_an_issue_is_markdown_without_effects() {
    let text = lists::markdown(&list("b"), &report(""));
    holds(
        &text,
        &[
            "Tests of 3 packages that go1.26.8 built with `-short -timeout=600s`, held against [an &lt;issue&gt;](https://example.org/issue)",
            "\n| Package | Test | Said | Now |\n|---|---|---|---|\n",
            "`TestKnown` | fails: It says so. | ✓ mended: passes under b&#64;2.0.0 |\n",
            "\n**Fails, and is not on the list**\n",
            "`TestRuntime`",
            "\n```wat\n(module)\n```\n",
            "The case `fs/root/list` of this project is about it.",
        ],
    );
    let outside_code = Regex::new("(?s)```.*?```|`[^`\n]*`").unwrap().replace_all(&text, "");
    assert!(!outside_code.contains("<script") && !text.contains('\u{202e}'), "{text}");
}

/// The lists that the project keeps: each cause names a case of the project, and none of them names a path of a machine.
#[test]
fn the_projects_lists_are_read_and_name_cases() {
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    let lists = test_lists(&root().join(STD), &root(), &suite.runtimes).unwrap_or_else(|error| panic!("{error}"));
    assert!(lists.len() > 3, "{}", lists.len());
    let causes: Vec<_> = lists.iter().flat_map(|list| &list.entries).filter_map(|entry| entry.cause.as_ref()).collect();
    assert!(causes.len() > 3, "{}", causes.len());
    let cases: BTreeSet<_> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    let named: Vec<_> = causes.iter().filter_map(|cause| cause.case.as_deref()).collect();
    assert!(!named.is_empty() && named.iter().all(|case| cases.contains(case)), "{named:?}");
    let (names, columns) = test_parts::read(&root().join(STD)).expect("the project's results");
    let report = matrix_model::go_test::by_column::joined(&names, &columns, &[]);
    for list in &lists {
        let text = lists::markdown(list, &report);
        holds(&text, &[&list.url, "| Package | Test | Said | Now |"]);
        assert!(text.len() < 1 << 16, "an issue has no more than 65536 characters: {}", text.len());
    }
}

/// The lists are those of the folder that `--from` names.
#[test]
fn a_command_prints_the_text_of_one_list() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (names, columns) = parts(&report(""));
    test_parts::add(folder.path(), &names, &columns).expect("written");
    let module = Module::new(&[]);
    let from = folder.path().to_str().expect("UTF-8");
    let said = module.run(&["--from", from, "--issue", "one"], &[]);
    assert_eq!(said.code, Some(2), "{}", said.out);
    holds(&said.err, &["--issue one: the folder has no lists.toml"]);
    let list = "[[list]]\nid = 'one'\ntitle = 'a list'\nengine = 'wazero'\nurl = 'https://example.org'\nof = 'today'\n";
    fs::write(folder.path().join(FILE), list).expect("a file");
    let said = module.run(&["--from", from, "--issue", "one"], &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    holds(&said.out, &["held against [a list](https://example.org) (today)", "No column of wazero has been run"]);
    let said = module.run(&["--from", from, "--issue", "own"], &[]);
    assert_eq!(said.code, Some(2), "{}", said.out);
    holds(&said.err, &["there is no list `own`", "there are: one"]);
    fs::write(folder.path().join(FILE), list.replace("'today'", "''")).expect("a file");
    let said = module.run(&["--from", from], &[]);
    assert_eq!(said.code, Some(2), "{}", said.out);
    holds(&said.err, &["`of` is empty", "lists.toml:6"]);
}
