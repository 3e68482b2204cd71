//! How a guest ends: by itself, by the engine, by a signal, at the deadline.

use std::time::Duration;

use crate::fake::Fake;

/// Signs as a runtime's own command gives them.
const SIGNS: &str = r#"
[command.trap]
exit = 7
says = 'wasm trap: (.+)'
[command.missing-import]
says = 'unknown import: (\S+)'
[command.limit]
says = 'all fuel consumed'
"#;

#[test]
fn by_itself() {
    let run = Fake::command()
        .case("passes", "echo hello", "expect.stdout = \"hello\\n\"")
        .case("exits-as-expected", "exit 3", "expect.exit = 3")
        .case("low-byte-of-minus-one", "exit 255", "expect.exit = -1")
        .case("exits-wrong", "exit 4", "")
        .case("exits-zero-wrongly", "exit 0", "expect.exit = 1")
        .case("observed", "echo whatever; exit 9", "tier = \"observe\"")
        .run();
    run.assert_verdicts(&[
        ("passes", "pass"),
        ("exits-as-expected", "pass"),
        ("low-byte-of-minus-one", "pass"),
        ("exits-wrong", "fail (wrong-exit)"),
        ("exits-zero-wrongly", "fail (wrong-exit)"),
        ("observed", "observed"),
    ]);
    assert_eq!(run.ended.status.code(), Some(1), "{}", run.said());
    let difference = &run.record("exits-wrong").differences[0];
    assert_eq!((difference.expected.as_str(), difference.observed.as_str()), ("exit 0", "exit 4"));
    let receipt = run.record("passes").receipt.as_ref().expect("a cell that ran has a receipt");
    assert_eq!((receipt.reported_version.as_str(), receipt.go.as_str()), ("fake 1.2.3", "go1.99.0"));
}

#[test]
fn all_as_expected_is_exit_0() {
    let run = Fake::command().case("passes", "exit 0", "").run();
    assert_eq!(run.ended.status.code(), Some(0), "{}", run.said());
    assert!(run.said().contains("1 cell: 1 pass"), "{}", run.said());
}

#[test]
fn stopped_by_the_engine() {
    let trap = "echo 'error: wasm trap: out of bounds' >&2; exit 7";
    let run = Fake::command()
        .tables(SIGNS)
        .case("trap", trap, "")
        .case("expected-trap", trap, "expect.exit = \"trap\"")
        .case("trap-with-another-code", "echo 'wasm trap: x' >&2; exit 8", "expect.exit = \"trap\"")
        .case("trap-on-the-wrong-stream", "echo 'wasm trap: x'; exit 7", "expect.exit = \"trap\"")
        .case("no-trap", "exit 7", "expect.exit = \"trap\"")
        .case("missing-import", "echo 'unknown import: env.f' >&2; exit 1", "")
        .case("limit", "echo 'all fuel consumed' >&2; exit 1", "expect.exit = \"limit\"")
        .run();
    run.assert_verdicts(&[
        ("trap", "fail (trap)"),
        ("expected-trap", "pass"),
        ("trap-with-another-code", "fail (wrong-exit)"),
        ("trap-on-the-wrong-stream", "fail (wrong-exit)"),
        ("no-trap", "fail (wrong-exit)"),
        ("missing-import", "fail (missing-import)"),
        ("limit", "pass"),
    ]);
    let observed = |case: &str| run.record(case).differences[0].observed.clone();
    assert_eq!(observed("trap"), "a trap: out of bounds");
    assert_eq!(observed("missing-import"), "not started: missing import env.f");
}

#[test]
fn killed_by_a_signal() {
    let run = Fake::command()
        .tables("[command.trap]\nexit = 134\nsays = 'wasm trap: (.+)'\n")
        .case("segv", "kill -SEGV $$", "")
        .case("segv-is-not-139", "kill -SEGV $$", "expect.exit = 139")
        .case("kill", "echo started; kill -KILL $$", "expect.stdout = \"started\\n\"")
        .case("term-from-itself", "kill -TERM $$", "")
        .case("abort-with-a-trap", "echo 'wasm trap: unreachable' >&2; kill -ABRT $$", "expect.exit = \"trap\"")
        .case("abort-without", "kill -ABRT $$", "expect.exit = \"trap\"")
        .run();
    run.assert_verdicts(&[
        ("segv", "fail (crash)"),
        ("segv-is-not-139", "fail (crash)"),
        ("kill", "fail (crash)"),
        ("term-from-itself", "fail (crash)"),
        ("abort-with-a-trap", "pass"),
        ("abort-without", "fail (crash)"),
    ]);
    assert_eq!(run.record("segv").differences[0].observed, "killed by signal 11");
}

#[test]
fn at_the_deadline() {
    let deadline = "deadline-ms = 300";
    let ignores = "trap '' TERM; echo here; while :; do sleep 1; done";
    let run = Fake::command()
        .case("obeys-term", "exec sleep 300", deadline)
        .case("ends-well-on-term", "trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done", deadline)
        .case("ignores-term", ignores, &format!("{deadline}\nexpect.stdout = \"here\\n\""))
        .case("stopped", "kill -STOP $$", deadline)
        .case("in-time", "sleep 0.3", "deadline-ms = 60000")
        .run();
    run.assert_verdicts(&[
        ("obeys-term", "fail (timeout)"),
        ("ends-well-on-term", "fail (timeout)"),
        ("ignores-term", "fail (timeout)"),
        ("stopped", "fail (timeout)"),
        ("in-time", "pass"),
    ]);
    for case in ["obeys-term", "ends-well-on-term", "ignores-term", "stopped"] {
        let wall = run.measured(case).usage.wall;
        assert!(wall >= Duration::from_millis(300), "{case} was stopped after {wall:?}, before its deadline");
        assert!(wall < Duration::from_secs(10), "{case} was stopped after {wall:?}");
    }
    assert_eq!(run.stdout("ignores-term"), r#""here\n""#);
}

#[test]
fn a_slow_runtime_may_take_several_deadlines() {
    let run = Fake::command()
        .deadline_factor(20)
        .case("in-time-for-it", "sleep 1", "deadline-ms = 500")
        .case("too-late-for-it-too", "exec sleep 300", "deadline-ms = 100")
        .run();
    run.assert_verdicts(&[("in-time-for-it", "pass"), ("too-late-for-it-too", "fail (timeout)")]);
    let wall = run.measured("too-late-for-it-too").usage.wall;
    assert!(wall >= Duration::from_secs(2), "it was stopped after {wall:?}, before its twenty deadlines");
}
