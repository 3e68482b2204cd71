//! The reference: what native Linux does is held against the cases, and not the other way round.

use std::fs;

use crate::fake::{Fake, holds, run_command};

const HELLO: &str = "expect.stdout = \"hello\\n\"";
const WHY: &str = "expect.stdout = \"hello\\n\"\nnative = \"Linux says goodbye.\"";

/// Whether this machine lets a process have mounts of its own; without, the reference is not here.
fn is_here() -> bool {
    matrix_supervise::attempt(confine::leave).is_ok()
}

#[test]
fn where_it_disagrees_the_case_says_why_or_is_red() {
    let run = Fake::reference()
        .case("agrees", "echo hello", HELLO)
        .case("disagrees", "echo bye", HELLO)
        .case("disagrees-and-says-why", "echo bye", WHY)
        .case("agrees-and-says-why-not", "echo hello", WHY)
        .case("crashes-and-says-why", "kill -SEGV $$", WHY)
        .case("should", "echo bye", &format!("tier = \"should\"\n{HELLO}"))
        .case("judges-nothing", "echo bye", "tier = \"observe\"")
        .case("beyond-it", "exit 0", "needs = [\"fuel\"]")
        .run();
    if !is_here() {
        assert!(run.verdict("agrees").starts_with("unavailable (no mount and network namespace"), "{}", run.said());
        return;
    }
    run.assert_verdicts(&[
        ("agrees", "pass"),
        ("disagrees", "fail (wrong-output)"),
        ("disagrees-and-says-why", "known (wrong-output)"),
        ("agrees-and-says-why-not", "stale"),
        ("crashes-and-says-why", "known (crash)"),
        ("should", "fail (wrong-output)"),
        ("judges-nothing", "observed"),
        ("beyond-it", "unsupported (fuel)"),
    ]);
    assert_eq!(run.ended.status.code(), Some(1));
    let said = run.said();
    for part in [
        "say in the case with `native = ",
        "delete `native` from the case",
        "Linux says goodbye.",
        "the reference, 8 cells: 2 fail, 2 known, 1 observed, 1 pass, 1 stale, 1 unsupported",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert!(run.results.tally().is_empty(), "no cell of it counts as a runtime's");
    let record = run.record("agrees");
    assert_eq!((record.column.as_str(), record.reference), ("fake@1.99.0", true));
    let receipt = record.receipt.as_ref().expect("it was run");
    assert!(receipt.reported_version.starts_with("go1.99.0 on Linux "), "{}", receipt.reported_version);
}

#[test]
fn what_is_said_for_the_reference_excuses_no_runtime() {
    let run = Fake::command().case("disagrees", "echo bye", WHY).case("agrees", "echo hello", WHY).run();
    run.assert_verdicts(&[("disagrees", "fail (wrong-output)"), ("agrees", "pass")]);
}

#[test]
fn a_disagreement_that_is_explained_is_not_red() {
    let run = Fake::reference().case("one", "echo bye", WHY).run();
    assert_eq!(run.ended.status.code(), Some(0), "{}", run.said());
}

#[test]
fn no_entry_settles_what_the_reference_fails_in_too() {
    if !is_here() {
        return;
    }
    let project = Fake::command().case("wrong", "echo bye", HELLO).case("right", "echo bye", HELLO).written();
    let reference = Fake::reference().case("wrong", "echo bye", HELLO).case("right", "echo hello", HELLO).written();
    for entry in fs::read_dir(reference.path("runtimes/fake")).expect("the reference's folder") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        project.write(&format!("runtimes/native/{name}"), fs::read(&path).expect("a file"));
    }
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    let (code, said) = run_command(&project, &["bless", "--reason", "It says bye.", "--url", "unreported"]);
    assert_eq!(code, Some(1), "{said}");
    let correct = "correct the expectation, or say in the case with `native = \"…\"` why Linux deviates";
    holds(
        &said,
        &[
            &format!(
                "refused: fake@1.2.3/t/wrong: native@1.99.0/t/wrong fails too, so the case itself may be wrong; {correct}"
            ),
            &format!("refused: native@1.99.0/t/wrong: the reference has no divergences; {correct}"),
            "1 cell settled, 2 refused",
        ],
    );
    assert!(!project.path("runtimes/native/divergences").exists());
    // The expectation is corrected, and the project loads.
    let cases = fs::read_to_string(project.path("cases/t.toml")).expect("the cases");
    project.write("cases/t.toml", cases.replacen("hello", "bye", 1));
    assert_eq!(run_command(&project, &["run", "t/wrong"]).0, Some(0));
}

#[test]
fn it_is_not_probed_and_says_so() {
    let project = Fake::reference().case("one", "exit 0", "").written();
    let ended = project.command(&["doctor", "--probe", "fake"]);
    let out = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(out.starts_with("fake@1.99.0\nnot probed: the probe's guests are WebAssembly modules"), "{out}");
}

#[test]
fn without_the_tool_that_builds_its_program_it_is_missing() {
    let project = Fake::reference().case("agrees", "echo hello", HELLO).written();
    let path = "runtimes/fake/runtime.toml";
    let written = fs::read_to_string(project.path(path)).expect("a runtime");
    project.write(path, written.replace("/bin/ln", "no-such-tool"));
    let told = crate::fake::said(&project.command(&["doctor"]));
    let reason = if is_here() { "`no-such-tool`, which is not on PATH" } else { "no mount and network namespace" };
    assert!(told.contains(reason), "{told}");
}
