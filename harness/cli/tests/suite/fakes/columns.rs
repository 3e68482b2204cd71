//! A runtime that is not there, not what it says, or cannot do what a case needs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::fake::{Fake, Run, holds, said};

fn message(run: &Run) -> String {
    let verdict = run.verdict("one");
    assert!(verdict.starts_with("harness-error ("), "{verdict}");
    assert_eq!(run.ended.status.code(), Some(1), "an error of the harness is red");
    assert!(run.record("one").outcome.is_none(), "nothing is known of the runtime");
    verdict
}

#[test]
fn lies_about_its_version() {
    let run = Fake::command().script("version", "echo 'fake 9.9.9'").case("one", "exit 0", "").run();
    holds(&message(&run), &["fake@1.2.3", "9.9.9", "pins", "runtimes/fake/runtime.toml"]);
}

#[test]
fn tells_no_version() {
    let tells = [
        ("echo 'no numbers here'", ["no version in", "no numbers here"]),
        ("echo 'fake one.two'", ["reports version", "one.two"]),
        ("echo broken >&2; exit 3", ["exit status: 3", "broken"]),
        ("kill -SEGV $$", ["signal: 11", "--version"]),
        (r"printf 'fake \377\376\n'", ["no version in", r"\xff\xfe"]),
        ("", ["no version in", "fake"]),
    ];
    for (script, parts) in tells {
        let run = Fake::command().script("version", script).case("one", "exit 0", "").run();
        let message = message(&run);
        let shown = if parts[1] == "--version" { [parts[0]; 2] } else { parts };
        holds(&message, &shown);
    }
}

#[test]
fn its_version_may_stand_on_stderr() {
    let run = Fake::command().script("version", "echo 'fake 1.2.3' >&2").case("one", "exit 0", "").run();
    run.assert_verdicts(&[("one", "pass")]);
}

#[test]
fn is_not_installed() {
    let fake = || {
        let fake = Fake::command().case("one", "exit 0", "").case("needs-fuel", "exit 0", "needs = [\"fuel\"]");
        fs::remove_file(fake.project.path("store/fake/1.2.3/bin/fake")).expect("the fake's executable");
        fake
    };
    let run = fake().run();
    run.assert_verdicts(&[("one", "unavailable (take a fake from the shelf)"), ("needs-fuel", "unsupported (fuel)")]);
    assert_eq!(run.ended.status.code(), Some(0), "not red unless it is required");
    let project = fake().written();
    let ended = project.command(&["run", "--require", "fake"]);
    assert_eq!(ended.status.code(), Some(1));
    holds(&said(&ended), &["fake@1.2.3 is required and not installed: take a fake from the shelf"]);
    assert!(!project.path("target/wasip1-matrix/records/run.json").exists(), "it is said before anything is run");
}

#[test]
fn cannot_be_executed() {
    type Spoil = fn(&std::path::Path);
    let spoilt: [(Spoil, &str); 4] = [
        (|exe| fs::write(exe, "#!/bin/sh\necho fake 1.2.3\n").expect("a file"), "Permission denied"),
        (|exe| executable(exe, "#!/no/such/interpreter\n"), "cannot run"),
        (|exe| executable(exe, "\x7fELF and nothing more"), "Exec format error"),
        (|exe| symlink("/no/such/file", exe).expect("a link"), "unavailable"),
    ];
    for (spoil, part) in spoilt {
        let fake = Fake::command().case("one", "exit 0", "");
        let exe = fake.project.path("store/fake/1.2.3/bin/fake");
        fs::remove_file(&exe).expect("the fake's executable");
        spoil(&exe);
        let run = fake.run();
        holds(&run.verdict("one"), &[part]);
        if part != "unavailable" {
            message(&run);
        }
    }
}

fn executable(path: &std::path::Path, content: &str) {
    fs::write(path, content).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("an executable file");
}

#[test]
fn lacks_what_a_case_needs() {
    let run = Fake::command()
        .fixture("tree/a.txt", "")
        .lacks(r#"["duplicate-env"]"#)
        .case("named", "exit 1", "needs = [\"fuel\"]")
        .case("derived", "exit 1", "dirs = { \"/data\" = { fixture = \"tree\", read-only = true } }")
        .case("twice", "exit 1", "env = [\"A=1\", \"A=2\"]")
        .case("once", "exit 0", "env = [\"A=1\", \"B=2\"]")
        .run();
    run.assert_verdicts(&[
        ("named", "unsupported (fuel)"),
        ("derived", "unsupported (dir-read-only)"),
        ("twice", "unsupported (duplicate-env)"),
        ("once", "pass"),
    ]);
    assert_eq!(run.results.tally().values().sum::<usize>(), 4, "nothing is skipped without a row");
}
