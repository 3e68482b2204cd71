//! The workflows, those to copy, and the action: what they use is pinned, and they keep no rights that they do not need.
//!
//! They are read by lines. YAML allows other ways to write the same, but a rule that does not find what it asks for fails,
//! and no crate of this project reads YAML yet.

mod lines;
mod release;
mod replay;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use walkdir::{DirEntry, WalkDir};

use lines::{commands, followed_by, indent, scripts};

/// The workflows to copy.
const TO_COPY: [&str; 2] = ["examples/workflows/suite.yml", "examples/workflows/vendor.yml"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The names of a folder's workflows.
fn workflows_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let names = entries.map(|entry| format!("{folder}/{}", entry.expect("an entry").file_name().display()));
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".yml") || name.ends_with(".yaml")).collect();
    names.sort();
    names
}

/// Every workflow of the project and every one to copy.
fn workflows() -> Vec<String> {
    let (own, to_copy) = (workflows_in(".github/workflows"), workflows_in("examples/workflows"));
    assert!(own.len() > 3 && to_copy == TO_COPY, "{own:?} {to_copy:?}");
    [own, to_copy].concat()
}

/// The files of the checkout, by their paths in it.
fn files() -> Vec<String> {
    let is_own = |entry: &DirEntry| {
        entry.depth() != 1 || ![OsStr::new("target"), OsStr::new(".git")].contains(&entry.file_name())
    };
    let entries = WalkDir::new(root()).into_iter().filter_entry(is_own).map(|entry| entry.expect("a readable folder"));
    let files = entries.filter(|entry| !entry.file_type().is_dir());
    files.map(|file| file.path().strip_prefix(root()).expect("a path below").display().to_string()).collect()
}

/// Every script for a shell, and every Makefile.
fn scripts_and_makefiles() -> Vec<String> {
    let is_one = |name: &String| name == ".ci/run" || name.ends_with(".sh") || name.ends_with("Makefile");
    let found: Vec<_> = files().into_iter().filter(is_one).collect();
    assert!(
        [".ci/run", "Makefile", "examples/vendor-ci.sh"].iter().all(|name| found.iter().any(|found| found == name)),
        "{found:?}"
    );
    found
}

/// Lines of a text that break a rule, and how often the rule applied.
struct Checked {
    wrong: Vec<String>,
    applied: usize,
}

fn check(of: Vec<String>, is_right: impl Fn(&str) -> bool) -> Checked {
    let applied = of.len();
    Checked { wrong: of.into_iter().filter(|line| !is_right(line)).collect(), applied }
}

/// Holds a rule against files. It must apply somewhere, and find what is wrong in the counter-example.
fn holds(files: &[String], counter_example: &str, rule: impl Fn(&str) -> Checked) {
    let mut applied = 0;
    for name in files {
        let checked = rule(&text(name));
        assert_eq!(checked.wrong, Vec::<String>::new(), "{name}");
        applied += checked.applied;
    }
    assert!(applied > 0, "the rule applies nowhere");
    assert!(!rule(counter_example).wrong.is_empty(), "the rule finds nothing wrong in {counter_example}");
}

/// The workflows and the action.
fn all() -> Vec<String> {
    [workflows(), vec!["action.yml".to_owned()]].concat()
}

#[test]
fn what_another_repository_brings_is_named_by_its_commit() {
    let pinned = Regex::new(r"^uses: (\./|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\S+$)").expect("a pattern");
    let rule = |text: &str| {
        let uses = commands(text).filter(|line| line.starts_with("uses:")).map(str::to_owned).collect();
        check(uses, |line| pinned.is_match(line))
    };
    holds(&all(), "      - uses: actions/checkout@v7 # v7.0.1\n", rule);
    assert!(!rule("- uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1\n").wrong.is_empty(), "no tag");
}

#[test]
fn a_workflow_may_only_read_unless_a_job_says_more() {
    let rule = |text: &str| {
        let may_only_read = text.contains("\npermissions:\n  contents: read\n\n") && !text.contains("write-all");
        Checked { wrong: (!may_only_read).then(|| "permissions".to_owned()).into_iter().collect(), applied: 1 }
    };
    holds(&workflows(), "on: push\npermissions:\n  contents: write\n\njobs:\n", rule);
}

#[test]
fn no_checkout_leaves_credentials_behind() {
    let rule = |text: &str| {
        let checkouts = followed_by(text, |line| line.trim_start().starts_with("- uses: actions/checkout@"));
        check(checkouts, |step| step.contains("\n          persist-credentials: false"))
    };
    holds(
        &workflows(),
        "      - uses: actions/checkout@0 # v1\n      - run: |\n          persist-credentials: false\n",
        rule,
    );
}

#[test]
fn each_job_ends_and_runs_of_one_workflow_do_not_pile_up() {
    let job = Regex::new(r"^  [\w-]+:$").expect("a pattern");
    let rule = |text: &str| {
        let (_, after) = text.split_once("\njobs:\n").expect("jobs");
        let jobs = followed_by(after, |line| job.is_match(line));
        check(jobs, |of_job| of_job.contains("\n    timeout-minutes: ") && text.contains("\nconcurrency:\n  group: "))
    };
    holds(&workflows(), "concurrency:\n  group: x\n\njobs:\n  one:\n    runs-on: x\n", rule);
}

#[test]
fn cargo_follows_the_lock_file() {
    let cargo = Regex::new(r"\bcargo (?:\+\S+ )?(?:bench|build|check|clippy|doc|install|metadata|run|test)\b")
        .expect("a pattern");
    let rule = |text: &str| {
        let calls = commands(text).filter(|line| cargo.is_match(line)).map(str::to_owned).collect();
        check(calls, |line| line.contains(" --locked"))
    };
    holds(&[all(), scripts_and_makefiles()].concat(), "      - run: cargo build --release\n", rule);
    assert_eq!(rule("lint:\n\tcargo clippy --all-targets\n").wrong.len(), 1);
}

/// An expression in a script is replaced before a shell reads it: whoever chooses its value writes the script.
#[test]
fn no_expression_stands_in_a_script() {
    let rule = |text: &str| check(scripts(text), |script| !script.contains("${{"));
    holds(&all(), "      - run: |\n          echo hello\n          echo ${{ inputs.words }}\n", rule);
    assert!(!rule("      - run: echo ${{ github.event.issue.title }}\n").wrong.is_empty());
}

#[test]
fn each_key_of_a_cache_is_of_files_that_are_there() {
    let files = files();
    let hashed = Regex::new(r"hashFiles\(([^)]*)\)").expect("a pattern");
    let patterns = |text: &str| -> Vec<String> {
        let lists = hashed.captures_iter(text).map(|found| found[1].to_owned()).collect::<Vec<_>>();
        lists.iter().flat_map(|list| list.split(',')).map(|name| name.trim().trim_matches('\'').to_owned()).collect()
    };
    let is_there = |pattern: &str| {
        let whole = format!("^{}$", regex::escape(pattern).replace(r"\*", "[^/]*"));
        let whole = Regex::new(&whole).expect("a pattern");
        files.iter().any(|file| whole.is_match(file))
    };
    let rule = |text: &str| check(patterns(text), is_there);
    holds(&workflows_in(".github/workflows"), "key: ${{ hashFiles('Cargo.lock', 'rust-toolchain.toml') }}", rule);
    // A workflow to copy is there under the name that its first lines tell to give it.
    for to_copy in TO_COPY.map(text) {
        let wanted = patterns(&to_copy);
        assert!(
            !wanted.is_empty() && wanted.iter().all(|name| to_copy.contains(&format!("Copy it to {name} "))),
            "{wanted:?}"
        );
    }
}

/// Each change breaks a host by some of the faults, and each week by all of them.
#[test]
fn ci_tries_the_faults_of_a_digest_and_a_workflow_all_of_them() {
    let tries = |name: &str, command: &str| {
        let tried = text(name).lines().any(|line| line.trim().trim_start_matches("- run: ").starts_with(command));
        assert!(tried, "{name}: {command}");
    };
    tries(".ci/run", "\"$MATRIX\" mutants --partition \"$faults\"");
    tries(".github/workflows/ci.yml", "target/debug/wasip1-matrix mutants --partition \"${chosen##* }\"");
    tries(".github/workflows/matrix.yml", "make mutants ");
}

/// What a workflow gives to the action and takes from it, by the action's own word.
#[test]
fn workflows_use_only_what_the_action_has() {
    let action = text("action.yml");
    let (inputs, outputs) = (lines::names_below(&action, "inputs:"), lines::names_below(&action, "outputs:"));
    let used = Regex::new(r"steps\.matrix\.outputs\.([\w-]+)").expect("a pattern");
    let mut calls = 0;
    for name in workflows() {
        let workflow = text(&name);
        for step in followed_by(&workflow, |line| line.trim_start().starts_with("- id: matrix")) {
            calls += 1;
            assert!(step.contains("uses: ./\n") || step.contains("/wasip1-matrix@"), "{name}: {step}");
            let (_, with) = step.split_once("\n        with:\n").expect("inputs");
            let given: Vec<_> = with.lines().filter(|line| indent(line) == 10).map(str::trim_start).collect();
            let given: Vec<_> = given.iter().filter(|line| !line.starts_with('#')).collect();
            assert!(given.iter().any(|line| line.starts_with("candidate: ")), "{name}: {given:?}");
            for line in given {
                let (input, _) = line.split_once(':').expect("an input and its value");
                assert!(inputs.contains(&input.to_owned()), "{name}: the action has no input {input}");
            }
        }
        for output in used.captures_iter(&workflow).map(|found| found[1].to_owned()) {
            assert!(outputs.contains(&output), "{name}: the action has no output {output}");
        }
    }
    assert_eq!(calls, 2, "one workflow tries the action, and one is to copy");
}
