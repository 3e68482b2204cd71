//! GitHub takes a printed line for a command. What a guest wrote is shown only while it takes none.

use serde_json::Value;

use super::exit_codes::commands;
use crate::fake::{Fake, said};
use crate::project::Project;

/// What the guest writes, and GitHub would take for a command.
const COMMAND: &str = "##[error]bye";

/// A project with a red cell, of which there are results in a file, and the results before.
fn project() -> Project {
    let hello = "expect.stdout = \"hello\\n\"";
    let project = Fake::command().case("loud", "echo hello", hello).written();
    project.command(&["run", "--json", "old.json"]);
    project.write("runtimes/fake/loud.sh", format!("echo '{COMMAND}'"));
    project.command(&["run", "--json", "new.json"]);
    project.write("program.wasm", wat::parse_str("(module (func (export \"_start\")))").expect("a module"));
    project
}

/// What a command prints to stdout in a workflow.
fn printed(project: &Project, arguments: &[&str]) -> String {
    let ended = project.wrapped_command(&["/usr/bin/env", "GITHUB_ACTIONS=true"], arguments);
    String::from_utf8(ended.stdout.clone()).unwrap_or_else(|error| panic!("{error}: {}", said(&ended)))
}

/// How often a text has the guest's command where GitHub takes commands, and where it takes none.
fn taken(text: &str) -> (usize, usize) {
    let (mut word, mut counts) = (None::<String>, (0, 0));
    for line in text.lines() {
        match &word {
            None if line.starts_with("::stop-commands::") => word = Some(line.replace("::stop-commands::", "")),
            Some(until) if *line == format!("::{until}::") => word = None,
            // Text of an annotation is data, as long as no line of it begins anew.
            None => counts.0 += usize::from(line.contains(COMMAND) && !line.starts_with("::error ")),
            Some(_) => counts.1 += usize::from(line.contains(COMMAND)),
        }
    }
    assert_eq!(word, None, "commands are taken again at the end: {text}");
    counts
}

/// What shows a guest's output, each with arguments that make it do so.
const SHOWS: [(&str, &[&str]); 6] = [
    ("run", &["run"]),
    ("list", &["list", "--red"]),
    ("show", &["show", "fake/t/loud"]),
    ("bless", &["bless", "--dry-run", "--reason", "It says bye.", "--url", "unreported", "fake/t/loud"]),
    ("diff", &["diff", "old.json", "new.json"]),
    ("gate", &["gate", "--retries", "0", "--baseline", "old.json", "--candidate", "fake@1.2.3"]),
];

/// What prints words of guests or runtimes that this fake cannot make it print.
const MAY_SHOW: [(&str, &[&str]); 6] = [
    ("bisect", &["bisect", "fake", "--case", "t/loud", "--good", "1.2.3", "--bad", "1.3.0"]),
    ("explain", &["explain", "fake/t/loud"]),
    ("trace", &["trace", "fake/t/loud"]),
    ("advisories", &["advisories"]),
    ("doctor", &["doctor"]),
    ("lint", &["lint", "program.wasm"]),
];

/// What shows a program's output, for which its own tests look at the same.
const SHOW_TOO: [&str; 3] = ["compare", "generate", "test"];

/// What passes a program's output on unchanged, as Go's own wrapper does.
const PASSES_ON: &str = "exec";

/// What prints no words of guests or runtimes: names, counts, paths, digests; and Markdown or JSON for other programs.
const SHOW_NONE: [&str; 15] = [
    "badge",
    "bench",
    "bundle",
    "clean",
    "extract",
    "guests",
    "index",
    "install",
    "merge",
    "mutants",
    "new",
    "outdated",
    "report",
    "spot-check",
    "summary",
];

#[test]
fn a_guest_gives_github_no_commands() {
    let project = project();
    for (command, arguments) in SHOWS {
        let text = printed(&project, arguments);
        let (taken, not_taken) = taken(&text);
        assert_eq!(taken, 0, "{command}: {text}");
        assert!(not_taken > 0, "{command} shows it: {text}");
    }
    for (command, arguments) in MAY_SHOW {
        assert!(printed(&project, arguments).starts_with("::stop-commands::"), "{command}");
    }
}

#[test]
fn what_programs_read_has_no_commands_in_it() {
    let project = project();
    for arguments in [&["diff", "old.json", "new.json", "--format", "json"][..], &["list", "--red", "--json"]] {
        let text = printed(&project, arguments);
        serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
    }
    assert_eq!(printed(&project, &["list"]), "fake@1.2.3/t/loud\n");
}

#[test]
fn each_command_is_in_one_of_the_lists() {
    let project = project();
    let mut listed: Vec<_> = SHOWS.iter().chain(&MAY_SHOW).map(|(command, _)| *command).collect();
    listed.extend(SHOW_NONE);
    listed.extend(SHOW_TOO);
    listed.push(PASSES_ON);
    listed.sort_unstable();
    let mut commands = commands(&project);
    commands.sort_unstable();
    assert_eq!(listed, commands);
}
