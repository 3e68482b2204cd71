//! `-coverprofile`, and what a workflow and other programs are given by one run.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::module::Module;
use crate::fake::holds;

const SOURCE: &str = "package a

func Sign(x int) int {
	if x < 0 {
		return -1
	}
	return 1
}

func Never() int {
	return 0
}
";

const TESTS: &str = "package a

import \"testing\"

func TestNegative(t *testing.T) { Sign(-1) }

func TestPanics(t *testing.T) { panic(\"::error::no <b>\") }

func TestPositive(t *testing.T) { Sign(1) }
";

const OTHER: &str = "package b

import (
	\"testing\"

	\"example.org/m/a\"
)

func TestNever(t *testing.T) { a.Never() }
";

#[test]
fn the_profile_is_of_all_packages_and_starts_and_go_reads_it() {
    let module = Module::new(&[("a/a.go", SOURCE), ("a/a_test.go", TESTS), ("b/b_test.go", OTHER)]);
    let run = |more: &[&str]| {
        let arguments = ["./...", "--runtime", "wazero", "-coverprofile=cover.out", "-covermode=count"];
        let said = module.run(&[&arguments[..], more].concat(), &[]);
        assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
        (said, fs::read_to_string(module.path("cover.out")).expect("a profile"))
    };
    // Twice: the second one needs a run, too.
    for _ in 0..2 {
        let (said, profile) = run(&["-coverpkg=example.org/m/a"]);
        let expected = [
            "mode: count",
            "example.org/m/a/a.go:3.22,4.11 1 2",
            "example.org/m/a/a.go:4.11,6.3 1 1",
            "example.org/m/a/a.go:7.2,7.10 1 1",
            "example.org/m/a/a.go:10.18,12.2 1 1",
        ];
        assert_eq!(profile.lines().collect::<Vec<_>>(), expected, "{}", said.out);
        holds(&said.out, &["coverage: 75.0% of statements", "coverage: 25.0% of statements"]);
    }
    let go = Command::new("go").args(["tool", "cover", "-func=cover.out"]).current_dir(module.path("")).output();
    let read = go.expect("go, which the tests of this project need");
    let read = String::from_utf8_lossy(&read.stdout).into_owned();
    holds(&read, &["Never", "Sign", "100.0%", "total:"]);
}

#[test]
fn one_run_tells_a_workflow_and_other_programs() {
    let module = Module::new(&[("a/a.go", SOURCE), ("a/a_test.go", TESTS)]);
    let (summary, workspace) = (module.path("summary.md"), module.path(""));
    let github = "true".as_ref();
    let variables = [("GITHUB_ACTIONS", github), ("GITHUB_STEP_SUMMARY", &*summary), ("GITHUB_WORKSPACE", &*workspace)];
    let common = ["./a", "--runtime", "wazero", "--html", "out.html", "--junit", "out.xml"];
    let said = module.run(&common, &variables);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let lines: Vec<_> = said.out.lines().collect();
    let stop = lines[0].strip_prefix("::stop-commands::").expect("commands are stopped first");
    let goes_on = lines.iter().position(|line| *line == format!("::{stop}::")).expect("and go on at the end");
    assert!(lines[..goes_on].iter().any(|line| line.contains("::error::no <b>")), "the test's words are shown");
    let [error] = &lines[goes_on + 1..] else { panic!("one annotation: {}", said.out) };
    holds(
        error,
        &["::error file=a/a_test.go,line=7,title=example.org/m/a%3A TestPanics fails::", "fails natively, too"],
    );
    let summary = fs::read_to_string(&summary).expect("a summary");
    holds(&summary, &["### wasip1-matrix test: 1 package in 1 column", "| `example.org/m/a` | ✗ 1 red |"]);
    let html = fs::read_to_string(module.path("out.html")).expect("a page");
    holds(&html, &["default-src 'none'", "no &lt;b&gt;", "TestPanics"]);
    holds(&fs::read_to_string(module.path("out.xml")).expect("JUnit"), &["tests=\"3\"", "failures=\"1\""]);
    let said = module.run(&["./a", "--runtime", "wazero", "-json"], &variables);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let events = said.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON and nothing else"));
    let events: Vec<_> = events.collect();
    let last = events.last().expect("events");
    assert_eq!((last["Action"].as_str(), last["Test"].as_str()), (Some("fail"), None), "{last}");
}
