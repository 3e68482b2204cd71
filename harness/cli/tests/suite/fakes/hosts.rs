//! Fake hosts: what keeps the contract is judged, what breaks it is the harness's error and no verdict.

use crate::fake::Fake;

#[test]
fn keeps_the_contract() {
    let run = Fake::host()
        .case("works", "echo hello; report '{\"code\":0}'", "expect.stdout = \"hello\\n\"")
        .case("whole-exit-code", "report '{\"code\":-1}'", "expect.exit = -1")
        .case("low-byte-only", "report '{\"code\":255}'", "expect.exit = -1")
        .case("trap", "report '{\"trap\":\"unreachable\"}' 'wasm said so'", "")
        .case("expected-trap", "report '{\"trap\":\"out-of-bounds\"}'", "expect.exit = \"trap\"")
        .case("fuel", "report '{\"trap\":\"out-of-fuel\"}'", "limits.fuel = 5\nexpect.exit = \"limit\"")
        .case("missing-import", "report '{\"trap\":{\"missing-import\":{\"module\":\"env\",\"name\":\"f\"}}}'", "")
        .case("crash", "kill -SEGV $$", "")
        .case("crash-after-report", "report '{\"code\":0}'; kill -SEGV $$", "")
        .case("timeout", "sleep 300", "deadline-ms = 300")
        .case("flood", "yes; report '{\"code\":0}'", "")
        .run();
    run.assert_verdicts(&[
        ("works", "pass"),
        ("whole-exit-code", "pass"),
        ("low-byte-only", "fail (wrong-exit)"),
        ("trap", "fail (trap)"),
        ("expected-trap", "pass"),
        ("fuel", "pass"),
        ("missing-import", "fail (missing-import)"),
        ("crash", "fail (crash)"),
        ("crash-after-report", "fail (crash)"),
        ("timeout", "fail (timeout)"),
        ("flood", "fail (output-limit)"),
    ]);
    assert_eq!(run.record("trap").differences[0].observed, "a trap: unreachable: wasm said so");
    assert_eq!(run.record("missing-import").differences[0].observed, "not started: missing import env.f");
    let engine = run.measured("works").engine.expect("it reports times");
    assert_eq!((engine.compile_ns, engine.instantiate_ns, engine.run_ns), (1, 2, 3));
}

#[test]
fn breaks_the_contract() {
    let broken = [
        ("no-report", "exit 0", "left no report"),
        ("truncated-report", "printf '{\"contract\":1,\"eng' > \"$result\"", "the host's report"),
        ("empty-report", ": > \"$result\"", "the host's report"),
        ("folder-for-a-report", "mkdir \"$result\"", "report"),
        ("other-contract", "report '{\"code\":0}'; sed -i 's/:1,/:2,/' \"$result\"", "speaks contract 2"),
        ("unknown-trap", "report '{\"trap\":\"bored\"}'", "unknown variant `bored`"),
        ("unsupported", "echo 'no fuel here' >&2; exit 64", "`lacks`: no fuel here"),
        ("usage", "echo 'request.json: no such field' >&2; exit 2", "request.json: no such field"),
        ("exit-1", "report '{\"code\":0}'; exit 1", "exit status: 1"),
    ];
    let fake = broken.iter().fold(Fake::host(), |fake, (name, script, _)| fake.case(name, script, ""));
    let run = fake.run();
    for (name, _, part) in broken {
        let verdict = run.verdict(name);
        assert!(verdict.starts_with("harness-error (") && verdict.contains(part), "{name}: {verdict}");
    }
}

#[test]
fn answers_for_other_fields_than_its_lacks() {
    let run = |lacks: &str, script: &str| {
        let fake = Fake::host().lacks(lacks).case("one", "report '{\"code\":0}'", "");
        let fake = if script.is_empty() { fake } else { fake.script("fields", script) };
        fake.run().verdict("one")
    };
    assert_eq!(run("[]", ""), "pass");
    let mend = "runtimes/fake/runtime.toml";
    let verdict = run(r#"["fuel"]"#, "");
    assert!(verdict.contains("honours `fuel`; delete it from `lacks` in") && verdict.contains(mend), "{verdict}");
    let verdict = run("[]", "echo '[\"fuel\"]'");
    assert!(verdict.contains("does not honour `duplicate-env`; add it to `lacks` in"), "{verdict}");
    let verdict = run("[]", "echo fuel");
    assert!(verdict.contains("`--fields` printed no list of fields"), "{verdict}");
    let verdict = run("[]", "echo '[\"flying\"]'");
    assert!(verdict.contains("unknown variant `flying`"), "{verdict}");
}

#[test]
fn prepares_oddly() {
    let run = |script: &str| Fake::host().script("prepare", script).case("one", "report '{\"code\":0}'", "").run();
    let verdict = run("echo nothing of the kind").verdict("one");
    assert!(verdict.starts_with("harness-error (") && verdict.contains("`--prepare` printed"), "{verdict}");
    let verdict = run("echo what >&2; exit 2").verdict("one");
    assert!(verdict.starts_with("harness-error (") && verdict.contains("which is no answer: what"), "{verdict}");
}
