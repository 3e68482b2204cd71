//! What a guest writes: byte for byte, and not without end.

use std::fs;
use std::time::Duration;

use crate::fake::{Fake, Run};

/// A file's bytes that are no text in any encoding the harness could assume.
const ODD: &str = r"printf 'a\377\376b\n'";

#[test]
fn byte_for_byte() {
    let hello = r#"expect.stdout = "hello\n""#;
    let run = Fake::command()
        .case("prefix-and-junk", "echo hello; echo junk", hello)
        .case("junk-on-the-line", "echo 'hello junk'", hello)
        .case("prefix-only", "printf hel", hello)
        .case("no-newline", "printf hello", hello)
        .case("carriage-return", r"printf 'hello\r\n'", hello)
        .case("nothing", "", hello)
        .case("anything", "echo anything", "")
        .case("stderr-is-not-judged", "echo hello; echo noise >&2", hello)
        .case("stderr-judged", "echo noise >&2", "expect.stderr = \"\"")
        .case("accepted-set", "echo two", "expect.stdout = { any = [\"one\\n\", { contains = \"tw\" }] }")
        .case("json", "echo '{\"n\": 2, \"ok\": true}'", "expect.stdout = { json = { ok = true, n = 2 } }")
        .case("json-and-junk", "echo '{\"n\": 2} junk'", "expect.stdout = { json = { n = 2 } }")
        .run();
    let wrong = "fail (wrong-output)";
    run.assert_verdicts(&[
        ("prefix-and-junk", wrong),
        ("junk-on-the-line", wrong),
        ("prefix-only", wrong),
        ("no-newline", wrong),
        ("carriage-return", wrong),
        ("nothing", wrong),
        ("anything", wrong),
        ("stderr-is-not-judged", "pass"),
        ("stderr-judged", wrong),
        ("accepted-set", "pass"),
        ("json", "pass"),
        ("json-and-junk", wrong),
    ]);
    assert_eq!(diff(&run, "no-newline"), ["- hello\\n", "+ hello"]);
    assert_eq!(diff(&run, "carriage-return"), ["- hello\\n", "+ hello\\r\\n"]);
    assert_eq!(diff(&run, "prefix-and-junk"), ["  hello\\n", "+ junk\\n"]);
    assert_eq!(run.record("accepted-set").outcome.as_ref().and_then(|outcome| outcome.member), Some(2));
}

#[test]
fn no_encoding_is_assumed() {
    let run = Fake::command()
        .case("unexpected", ODD, "expect.stdout = \"ab\\n\"")
        .case("expected", ODD, "expect.stdout = { hex = \"61 ff fe 62 0a\" }")
        .case("replacement-characters", r"printf 'a\357\277\275\n'", "expect.stdout = { hex = \"61 ff 0a\" }")
        .case("html", "echo '<script>alert(1)</script>'", "expect.stdout = \"\"")
        .run();
    run.assert_verdicts(&[
        ("unexpected", "fail (wrong-output)"),
        ("expected", "pass"),
        ("replacement-characters", "fail (wrong-output)"),
        ("html", "fail (wrong-output)"),
    ]);
    assert_eq!(diff(&run, "unexpected"), ["- ab\\n", "+ a\\xff\\xfeb\\n"]);
    let record = run.project.path("target/wasip1-matrix/records/fake@1.2.3/t/unexpected.json");
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(record).expect("a record")).expect("a record is JSON");
    assert_eq!(record["outcome"]["stdout"]["base64"], "Yf/+Ygo=");
    assert_eq!(record["outcome"]["stdout"]["len"], 5);
}

#[test]
fn a_flood_is_stopped() {
    let zeroes = "head -c 200000000 /dev/zero";
    let run = Fake::command()
        .case("stdout", zeroes, "")
        .case("stderr", &format!("{zeroes} >&2"), "")
        .case("lines", "yes | head -c 200000000", "")
        .case("both", "yes out & yes err >&2", "")
        .case("deaf", "trap '' TERM PIPE; while :; do head -c 1000000 /dev/zero 2>/dev/null; done", "")
        .case("at-the-very-end", "head -c 33554433 /dev/zero", "")
        // Four cells at once, each with as much as it may write.
        .run_within(256);
    for case in ["stdout", "stderr", "lines", "both", "deaf", "at-the-very-end"] {
        assert_eq!(run.verdict(case), "fail (output-limit)", "{case}");
        let outcome = run.record(case).outcome.as_ref().expect("it ran");
        assert!(outcome.stdout.len + outcome.stderr.len <= 32 << 20, "{case}");
        let wall = run.measured(case).usage.wall;
        assert!(wall < Duration::from_secs(20), "{case} took {wall:?}");
    }
    let kept = fs::metadata(run.project.path("results.json")).expect("results").len();
    assert!(kept < 1 << 20, "{kept} bytes of results");
}

#[test]
fn as_much_as_is_allowed_is_no_flood() {
    let run = Fake::command()
        .case("full", "head -c 33554432 /dev/zero | tr '\\0' x", "expect.stdout = { repeat = \"x\", times = 33554432 }")
        .run();
    run.assert_verdicts(&[("full", "pass")]);
    assert!(run.ended.usage.wall < Duration::from_secs(60), "{:?}", run.ended.usage);
}

fn diff(run: &Run, case: &str) -> Vec<String> {
    let lines = run.record(case).differences.iter().flat_map(|difference| &difference.diff);
    lines.map(|line| format!("{} {}", line.side.sign(), line.text)).collect()
}
