//! What the commands print, and a reader that is gone: `wasip1-matrix … | head -1`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::process::{Command, Output, Stdio};

use super::bundles::reports;
use super::exit_codes::commands;
use crate::fake::{Fake, run_command};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";

/// The project itself, for a command that needs more runtimes than a fake.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// How each command is run so that it prints something. `{n}` is another number each time.
const RUNS: [&[&str]; 32] = [
    &["advisories"],
    &["badge", "fake", "--from", "results.json", "--out", "badges"],
    &["bench"],
    &["bisect", "fake", "--case", "t/green", "--good", "1.0.0=./good/fake", "--bad", "2.0.0=./bad/fake"],
    &["bless", "t/red", "--reason", "It says bye.", "--url", "unreported", "--dry-run"],
    &["bundle", "fake/t/red", "--out", "bundle-{n}"],
    &["clean", "--dry-run"],
    &["compare", "program.wasm", "--runtime", "fake", "--", "green"],
    &["diff", "results.json", "results.json"],
    &["doctor"],
    &["exec", "--runtime", "fake", "program.wasm", "green"],
    &["explain", "fake/t/red"],
    &["extract", "--check", "--from", "results.json"],
    &["gate", "--retries", "0", "--baseline", "results.json", "--candidate", "fake@1.2.3"],
    &["generate", "--runtime", "fake", "--reference", "fake", "--sequences", "1"],
    &["guests"],
    &["index"],
    &["install"],
    &["lint", "program.wasm"],
    &["list"],
    &["merge", "results.json", "--into", "merged.json"],
    &["mutants", "--runtime", "fake"],
    &["new", "suite-{n}"],
    &["outdated"],
    &["report", "--from", "results.json", "--out", "out"],
    &["run"],
    &["show", "fake/t/red"],
    &["spot-check", "a89cf5d3", "--root", ROOT],
    &["summary", "--from", "results.json"],
    &["test"],
    &["trace", "program.wasm", "--runtime", "fake", "--", "green"],
    &["list", "--red"],
];

/// A project of a fake with a command line, in which everything was run once.
fn project() -> Project {
    let project = Fake::command().case("red", "echo bye", HELLO).case("green", "echo hello", HELLO).written();
    let cases = std::fs::read_to_string(project.path("cases/t.toml")).expect("the cases");
    project.write("cases/t.toml", format!("about = \"All of it.\"\n{cases}"));
    project.write("program.wasm", wat::parse_str("(module (func (export \"_start\")))").expect("a module"));
    for (folder, version, says) in [("good", "1.0.0", "hello"), ("bad", "2.0.0", "bye")] {
        let script = format!("#!/bin/sh\n[ \"$2\" = --version ] && {{ echo fake {version}; exit; }}\necho {says}\n");
        project.write(&format!("{folder}/fake"), script);
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(project.path(&format!("{folder}/fake")), executable).expect("its mode");
    }
    reports(project.root());
    assert_eq!(run_command(&project, &["run", "--json", "results.json"]).0, Some(1));
    project
}

/// A project of a host that has a fault.
fn breakable() -> Project {
    let faults = r#"echo '[{"name":"loud","what":"It is loud.","functions":["fd_write"]}]'"#;
    let script = "[ \"$fault\" = loud ] && echo HELLO || echo hello; report '{\"code\":0}'";
    Fake::host().script("faults", faults).case("hello", script, HELLO).written()
}

/// A stream that nobody reads.
fn unread() -> Stdio {
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn run(project: &Project, arguments: &[String], stdout: Stdio, stderr: Stdio) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    command.args(arguments).env_clear().envs(project.environment()).current_dir(project.root());
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).output().expect("the harness's command starts")
}

/// The number of records that a project has.
fn records(project: &Project) -> usize {
    let files = walkdir::WalkDir::new(project.path("target/wasip1-matrix/records")).into_iter().flatten();
    files
        .filter(|entry| entry.path().components().any(|part| part.as_os_str() == "t") && entry.path().is_file())
        .count()
}

#[test]
fn every_command_outlives_its_reader() {
    let (command_line, host) = (project(), breakable());
    let run_here: BTreeSet<_> = RUNS.iter().map(|arguments| arguments[0].to_owned()).collect();
    let all: BTreeSet<_> = commands(&command_line).into_iter().collect();
    assert_eq!(run_here, all, "say in RUNS how the command is run so that it prints something");
    let mut faults = Vec::new();
    for arguments in RUNS {
        let project = if arguments[0] == "mutants" { &host } else { &command_line };
        let numbered = |number: &str| arguments.iter().map(|word| word.replace("{n}", number)).collect::<Vec<_>>();
        let read = run(project, &numbered("1"), Stdio::piped(), Stdio::piped());
        let unread_out = run(project, &numbered("2"), unread(), Stdio::piped());
        let unread_both = run(project, &numbered("3"), unread(), unread());
        let said = String::from_utf8_lossy(&unread_out.stderr);
        let is = [
            (read.stdout.is_empty() && read.stderr.is_empty(), "prints nothing, so this shows nothing"),
            (said.contains("panicked") || said.to_lowercase().contains("broken pipe"), "tells of the pipe"),
            (unread_out.status.code() != read.status.code(), "ends otherwise if nobody reads its stdout"),
            (unread_both.status.code() != read.status.code(), "ends otherwise if nobody reads it"),
        ];
        let told = |fault: &str| format!("{arguments:?} {fault}: {:?}, {:?}: {said}", read.status, unread_out.status);
        faults.extend(is.into_iter().filter(|(is, _)| *is).map(|(_, fault)| told(fault)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn help_outlives_its_reader_too() {
    let project = project();
    for command in commands(&project).iter().map(String::as_str).chain([""]) {
        let arguments: Vec<_> =
            [command, "--help"].into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let ended = run(&project, &arguments, unread(), unread());
        assert_eq!(ended.status.code(), Some(0), "{command} --help");
    }
}

#[test]
fn a_run_that_nobody_reads_keeps_every_record() {
    let names: Vec<_> = (10..40).map(|number| format!("c{number}")).collect();
    let fake = names.iter().fold(Fake::command(), |fake, name| fake.case(name, "echo bye", HELLO));
    let project = fake.written();
    let ended = run(&project, &["run".to_owned()], unread(), unread());
    assert_eq!((ended.status.code(), records(&project)), (Some(1), names.len()));
    let (_, said) = run_command(&project, &["run", "--resume"]);
    assert!(said.contains("this run had come to its end"), "{said}");
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let project = project();
    let full = File::options().write(true).open("/dev/full").expect("a device that is always full");
    let ended = run(&project, &["list".to_owned()], full.into(), Stdio::piped());
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.starts_with("stdout: ") && !said.contains("panicked"), "{said}");
}
