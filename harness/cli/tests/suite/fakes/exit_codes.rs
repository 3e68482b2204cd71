//! The exit codes that `--help` and README.md promise, and the numbers that options take.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::fake::{Fake, run_command};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";
const SHARED: &str = "Exit codes: 0 all as expected, 1 something is red, 2 usage or configuration error.";

fn project() -> Project {
    Fake::command().case("red", "echo bye", HELLO).case("green", "echo hello", HELLO).written()
}

/// What a command says of itself, on one line.
fn help(project: &Project, command: &[&str]) -> String {
    let (code, said) = run_command(project, &[command, &["--help"]].concat());
    assert_eq!(code, Some(0), "{said}");
    on_one_line(&said)
}

/// A text on one line. A stop follows each paragraph and each option.
fn on_one_line(text: &str) -> String {
    let ends = Regex::new(r"\n\s*\n|\n\s+(-)").expect("a pattern");
    ends.replace_all(text, ". $1").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names of all commands.
pub(super) fn commands(project: &Project) -> Vec<String> {
    let (_, said) = run_command(project, &["--help"]);
    let (_, after) = said.split_once("Commands:\n").expect("a list of commands");
    let listed = after.lines().take_while(|line| !line.is_empty());
    let name =
        |line: &str| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()).map(str::to_owned);
    listed.filter_map(name).filter(|name| name != "help").collect()
}

/// Everything in a text that says which exit code something has.
fn claims(text: &str) -> BTreeSet<String> {
    let claim = Regex::new(r"(?i)\bexits? (?:with )?[0-9][^.,;:]*").expect("a pattern");
    claim.find_iter(text).map(|found| found.as_str().trim().to_lowercase()).collect()
}

#[test]
fn every_command_says_and_keeps_the_exit_codes() {
    let project = project();
    let commands = commands(&project);
    assert!(commands.len() > 15, "{commands:?}");
    assert!(help(&project, &[]).contains(SHARED));
    for command in &commands {
        assert!(help(&project, &[command]).ends_with(SHARED), "{command} --help");
        assert_eq!(run_command(&project, &[command, "--no-such-option"]).0, Some(2), "{command}");
    }
}

#[test]
fn each_claim_about_an_exit_code_is_kept() {
    let project = project();
    let one = |arguments: &[&str], code: i32| {
        let (is, said) = run_command(&project, arguments);
        assert_eq!(is, Some(code), "{arguments:?}: {said}");
    };
    // The shared text.
    one(&["run", "green", "--json", "green.json"], 0);
    one(&["run", "--json", "old.json"], 1);
    one(&["run", "no-such-word"], 2);
    // What single commands add, in the words of their help.
    let mut kept = BTreeSet::new();
    let mut keeps = |claim: &str, runs: [(&[&str], i32); 2]| {
        kept.insert(claim.to_owned());
        runs.into_iter().for_each(|(arguments, code)| one(arguments, code));
    };
    keeps(
        "exit 1 if a cell of any column is red in the newest records",
        [(&["bless", "--check"], 1), (&["bless", "--check", "green"], 0)],
    );
    keeps(
        "exit 1 if no case's guest imports one that the library imports",
        [(&["list", "--functions"], 1), (&["list"], 0)],
    );
    project.write("runtimes/fake/green.sh", "echo bye");
    one(&["run", "--json", "new.json"], 1);
    keeps(
        "exit 1 if a cell is newly broken",
        [(&["diff", "old.json", "new.json"], 1), (&["diff", "old.json", "old.json"], 0)],
    );
    let gate = |baseline: &'static str| ["gate", "--retries", "0", "--baseline", baseline, "--candidate", "fake@1.2.3"];
    let (worse, same) = (gate("old.json"), gate("new.json"));
    keeps("exit 1 if the baseline does something better", [(&worse, 1), (&same, 0)]);
    // These need a registry, time, documents, guests, traps and several runtimes: the tests of `outdated`, of guests, of
    // `trace`, of `compare`, of `generate` and of `test`, `make bench` and `make lint` keep them.
    let elsewhere = [
        "exits with 0 if all agree with the reference",
        "exits with 0 if all tests pass or fail as is known or as in the baseline",
        "exits with 1 if any runtime differs",
        "exits with 1 if there is a finding that nothing is on record about",
        "exit 1 if there are any",
        "exit 1 if a limit is exceeded",
        "exit 1 if one does not build",
        "exit 1 if the module did not end by itself",
        "exit 1 if the document's index is not up to date",
    ];
    kept.extend(elsewhere.map(str::to_owned));

    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).expect("README.md");
    let mut made = claims(&on_one_line(&readme));
    for command in commands(&project) {
        made.extend(claims(&help(&project, &[&command])));
    }
    assert_eq!(made, kept, "each claim needs runs above that keep it");
}

#[test]
fn a_number_outside_its_bounds_is_refused_before_anything_is_run() {
    let project = project();
    for (command, option, least, most) in [
        ("run", "--jobs", 1, Some(256)),
        ("run", "--retries", 0, Some(10)),
        ("run", "--max-failures", 1, None),
        ("gate", "--jobs", 1, Some(256)),
        ("gate", "--retries", 0, Some(10)),
        ("compare", "--calls", 1, Some(1_000_000)),
        ("compare", "--jobs", 1, Some(256)),
        ("compare", "--repeat", 1, Some(100)),
        ("compare", "--timeout", 1, Some(86_400)),
        ("explain", "--jobs", 1, Some(256)),
        ("explain", "--calls", 1, Some(1_000_000)),
        ("generate", "--jobs", 1, Some(256)),
        ("generate", "--minutes", 1, Some(1440)),
        ("generate", "--sequences", 1, Some(100_000_000)),
        ("mutants", "--jobs", 1, Some(256)),
        ("mutants", "--deadline-ms", 1, Some(3_600_000)),
        ("install", "--jobs", 1, Some(256)),
        ("test", "--calls", 1, Some(1_000_000)),
        ("test", "--count", 1, Some(100)),
        ("test", "--jobs", 1, Some(256)),
        ("trace", "--calls", 0, Some(1_000_000)),
        ("trace", "--timeout", 1, Some(86_400)),
    ] {
        let below = if least > 0 { Some(least - 1) } else { None };
        let outside = below.into_iter().chain(most.map(|most| most + 1)).map(|number| number.to_string());
        for number in outside.chain(["-1".to_owned(), "99999999999999999999".to_owned(), "x".to_owned()]) {
            let (code, said) = run_command(&project, &[command, &format!("{option}={number}")]);
            assert_eq!(code, Some(2), "{command} {option}={number}: {said}");
            assert!(said.contains(&format!("invalid value '{number}' for '{option}")), "{said}");
        }
    }
    assert!(!project.path("target/wasip1-matrix/records").exists());
    let (code, said) = run_command(&project, &["run", "--jobs", "256", "green"]);
    assert_eq!(code, Some(0), "the most that is allowed works: {said}");
}

/// Each option that takes a number is in the list above.
#[test]
fn every_number_has_bounds() {
    let project = project();
    let number = Regex::new(r"(--[a-z-]+) <(?:N|MS)>").expect("a pattern");
    let mut options = BTreeSet::new();
    for command in commands(&project) {
        for found in number.captures_iter(&help(&project, &[&command])) {
            options.insert(format!("{command} {}", &found[1]));
        }
    }
    let bounded = [
        "compare --calls",
        "compare --jobs",
        "compare --repeat",
        "compare --timeout",
        "explain --calls",
        "explain --jobs",
        "gate --jobs",
        "gate --retries",
        "generate --jobs",
        "generate --minutes",
        "generate --sequences",
        "install --jobs",
        "mutants --deadline-ms",
        "mutants --jobs",
        "run --jobs",
        "run --max-failures",
        "run --retries",
        "test --calls",
        "test --count",
        "test --jobs",
        "trace --calls",
        "trace --timeout",
    ];
    assert_eq!(options, bounded.map(str::to_owned).into(), "give it bounds, and test them");
}

#[test]
fn exact_names_are_alternatives_and_each_must_be_a_cells() {
    let project = project();
    let (_, help) = run_command(&project, &["run", "--help"]);
    assert!(help.contains("whole name of a cell"), "{help}");
    let (code, said) = run_command(&project, &["run", "--exact", "fake/t/red", "fake@1.2.3/t/green"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("2 cells: 1 fail, 1 pass"), "{said}");
    let (code, said) = run_command(&project, &["run", "--exact", "fake/t/green", "fake/t/gren"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--exact: there is no cell `fake/t/gren`"), "{said}");
}
