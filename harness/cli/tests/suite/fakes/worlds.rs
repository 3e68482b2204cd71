//! What only a host can be asked for reaches it, and what it gives back is judged; two runs are compared.

use matrix_model::expectation::Aspect;

use crate::fake::Fake;

#[test]
fn a_host_is_asked_for_what_the_case_says() {
    let asked =
        |json: &str| format!("tr -d ' \\n' < \"$request\" | grep -qF '{json}' && echo asked; report '{{\"code\":0}}'");
    let stdout = "expect.stdout = \"asked\\n\"";
    let run = Fake::host()
        .case(
            "clock",
            &asked(r#""clock":{"fixed":{"start-ns":5,"step-ns":7}}"#),
            &format!("clock = {{ start-ns = 5, step-ns = 7 }}\n{stdout}"),
        )
        .case("random", &asked(r#""random":{"seed":9}"#), &format!("random = {{ seed = 9 }}\n{stdout}"))
        .case("neither", &asked(r#""clock":"real","random":"real","exports":[]"#), stdout)
        .run();
    run.assert_verdicts(&[("clock", "pass"), ("random", "pass"), ("neither", "pass")]);
}

#[test]
fn what_exports_give_back_is_judged() {
    let add = r#"exports = [{ name = "add", args = [{ i32 = 2 }, { i64 = -3 }, { f64 = 0.5 }] }, { name = "tick", times = 2 }]"#;
    let calls = r#"{"name":"add","args":[{"i32":2},{"i64":-3},{"f64":0.5}]},{"name":"tick","args":[]},{"name":"tick","args":[]}"#;
    let gives = |returns: &str| format!("report '{{\"code\":0}}' '' '{returns}'");
    let expects = |returns: &str| format!("{add}\nexpect.returns = {returns}");
    let right = expects("[[{ f64 = -0.5 }], { repeat = [], times = 2 }]");
    let is_asked =
        format!("tr -d ' \\n' < \"$request\" | grep -qF '{calls}' || exit 2; {}", gives(r#"[[{"f64":-0.5}],[],[]]"#));
    let run = Fake::host()
        .reactor()
        .case("right", &is_asked, &right)
        .case("other-value", &gives(r#"[[{"f64":0.5}],[],[]]"#), &right)
        .case("other-type", &gives(r#"[[{"i32":-1}],[],[]]"#), &expects("[[{ i64 = -1 }], [], []]"))
        .case("one-too-few", &gives(r#"[[{"f64":-0.5}],[]]"#), &right)
        .case("none", &gives("[]"), &right)
        .case(
            "then-a-trap",
            r#"report '{"trap":"other"}' 'no such export' '[[]]'"#,
            &format!("{}\nexpect.exit = \"trap\"", expects("[[]]")),
        )
        .run();
    run.assert_verdicts(&[
        ("right", "pass"),
        ("other-value", "fail (wrong-output)"),
        ("other-type", "fail (wrong-output)"),
        ("one-too-few", "fail (wrong-output)"),
        ("none", "fail (wrong-output)"),
        ("then-a-trap", "pass"),
    ]);
    let difference = &run.record("one-too-few").differences[0];
    assert_eq!((&difference.of, difference.expected.as_str()), (&Aspect::Returns, "(f64 -0.5), 2 times ()"));
    assert_eq!(difference.observed, "(f64 -0.5), ()");
    let needs = Fake::command().reactor().case("called", "exit 0", &right).run();
    needs.assert_verdicts(&[("called", "unsupported (reactor)")]);
}

#[test]
fn two_runs_are_compared() {
    let same = "expect.stdout = { matches = '^[0-9a-z]+\\n' }\nexpect.again = \"same\"";
    let different = "expect.stdout = { matches = '^[0-9a-z]+\\n' }\nexpect.again = \"different\"";
    let second = |does: &str| format!("echo once; [ -e \"$folder/$2.ran\" ] && {{ {does}; }}; : > \"$folder/$2.ran\"");
    let run = Fake::command()
        .case("same", "echo hello", "expect.stdout = \"hello\\n\"\nexpect.again = \"same\"")
        .case("not-the-same", "echo $$", same)
        .case("different", "echo $$", different)
        .case("not-different", "echo hello", different)
        .case("second-ends-otherwise", &second("exit 3"), same)
        .case("second-hangs", &second("exec sleep 300"), &format!("{same}\ndeadline-ms = 1000"))
        .case(
            "second-of-another-form",
            "echo $$",
            "expect.stdout = { matches = '^[a-z]' }\nexpect.again = \"different\"",
        )
        .case(
            "second-starts-afresh",
            "[ -e mark ] && echo again; : > mark; echo done",
            "expect.stdout = \"done\\n\"\nexpect.again = \"same\"",
        )
        .case("first-hangs", "exec sleep 300", &format!("{same}\ndeadline-ms = 300"))
        .case("recorded", "echo $$", same)
        .divergences(
            "[[divergence]]\ncase = \"t/recorded\"\nversions = \"*\"\nfault = \"runtime\"\nreason = \"Why.\"\n\
             url = \"unreported\"\ninstead.again = \"different\"\n",
        )
        .run();
    run.assert_verdicts(&[
        ("same", "pass"),
        ("not-the-same", "fail (wrong-output)"),
        ("different", "pass"),
        ("not-different", "fail (wrong-output)"),
        ("second-ends-otherwise", "fail (wrong-exit)"),
        ("second-hangs", "fail (timeout)"),
        ("second-of-another-form", "fail (wrong-output)"),
        ("second-starts-afresh", "pass"),
        ("first-hangs", "fail (timeout)"),
        ("recorded", "known (wrong-output)"),
    ]);
    let difference = &run.record("not-different").differences[0];
    assert_eq!(difference.expected, "a second run writes other bytes; the first: exit 0, \"hello\\n\"");
    assert_eq!(difference.observed, "the second: exit 0, \"hello\\n\"");
    assert_eq!(run.record("not-the-same").differences[0].diff.len(), 2);
    let again = run.record("same").outcome.as_ref().and_then(|outcome| outcome.again.clone()).expect("it ran twice");
    assert_eq!(again.stdout.quoted(), "\"hello\\n\"");
}

#[test]
fn any_end_but_a_good_one() {
    let run = Fake::host()
        .case("invalid", "report '{\"trap\":\"invalid-module\"}'", "expect.exit = \"failed\"")
        .case(
            "missing",
            "report '{\"trap\":{\"missing-import\":{\"module\":\"env\",\"name\":\"f\"}}}'",
            "expect.exit = \"failed\"",
        )
        .case("code", "report '{\"code\":1}'", "expect.exit = \"failed\"")
        .case("limit", "report '{\"trap\":\"timeout\"}'", "expect.exit = \"failed\"")
        .case("went-well", "report '{\"code\":0}'", "expect.exit = \"failed\"")
        .case("started", "echo started; report '{\"trap\":\"other\"}'", "expect.exit = \"failed\"")
        .run();
    run.assert_verdicts(&[
        ("invalid", "pass"),
        ("missing", "pass"),
        ("code", "pass"),
        ("limit", "pass"),
        ("went-well", "fail (wrong-exit)"),
        ("started", "fail (wrong-output)"),
    ]);
}
