//! What a guest reads: each kind of stdin is what it says, and nobody waits for a guest that does not read.

use std::time::Duration;

use crate::fake::Fake;

/// Says what descriptor 0 of the script itself is.
const KIND: &str = "stat -L -c %F /proc/$$/fd/0 2>/dev/null || echo none";

#[test]
fn each_kind_is_what_it_says() {
    let run = Fake::command()
        .case("pipe", &format!("{KIND}; cat"), "stdin = \"in\"\nexpect.stdout = \"fifo\\nin\"")
        .case("empty-pipe", &format!("{KIND}; cat"), "expect.stdout = \"fifo\\n\"")
        .case("null", &format!("{KIND}; cat"), "stdin-kind = \"null\"\nexpect.stdout = \"character special file\\n\"")
        .case(
            "file",
            &format!("{KIND}; cat"),
            "stdin-kind = \"file\"\nstdin = \"in\"\nexpect.stdout = \"regular file\\nin\"",
        )
        .case("closed", KIND, "stdin-kind = \"closed\"\nexpect.stdout = \"none\\n\"")
        .case(
            "open",
            &format!("{KIND}; timeout 1 cat; echo $?"),
            "stdin-kind = \"open\"\nstdin = \"in \"\nexpect.stdout = \"fifo\\nin 124\\n\"",
        )
        .run();
    let kinds = ["pipe", "empty-pipe", "null", "file", "closed", "open"];
    run.assert_verdicts(&kinds.map(|kind| (kind, "pass")));
}

#[test]
fn every_byte_arrives() {
    let megabytes = "stdin = { repeat = \"0123456789\", times = 1000000 }";
    let run = Fake::command()
        .case("pipe", "wc -c", &format!("{megabytes}\nexpect.stdout = \"10000000\\n\""))
        .case("file", "wc -c", &format!("{megabytes}\nstdin-kind = \"file\"\nexpect.stdout = \"10000000\\n\""))
        .case("bytes", "cat", "stdin = { hex = \"00 ff 0a\" }\nexpect.stdout = { hex = \"00 ff 0a\" }")
        .run();
    run.assert_verdicts(&[("pipe", "pass"), ("file", "pass"), ("bytes", "pass")]);
}

#[test]
fn who_does_not_read_is_not_waited_for() {
    let megabytes = "stdin = { repeat = \"0123456789\", times = 1000000 }\nexpect.stdout = \"done\\n\"";
    let run = Fake::command()
        .case("closes-at-once", "exec <&-; sleep 0.3; echo done", megabytes)
        .case("never-reads", "sleep 0.3; echo done", megabytes)
        .case("reads-a-little", "head -c 100000 > /dev/null; exec <&-; sleep 0.3; echo done", megabytes)
        .case("ends-at-once", "echo done", megabytes)
        .run();
    for case in ["closes-at-once", "never-reads", "reads-a-little", "ends-at-once"] {
        assert_eq!(run.verdict(case), "pass", "{case}\n{}", run.said());
        let usage = run.measured(case).usage;
        assert!(usage.wall < Duration::from_secs(8), "{case} took {:?}", usage.wall);
        assert!(usage.cpu < Duration::from_secs(2), "{case} took {:?} of processor", usage.cpu);
    }
}

#[test]
fn a_conversation() {
    let echoes = "while read -r line; do echo \"got $line\"; done; echo end";
    let steps = r#"
        expect.stdout = "got one\ngot two\nend\n"
        [[case.step]]
        write = "one\n"
        [[case.step]]
        read = "got one\n"
        [[case.step]]
        wait-ms = 300
        [[case.step]]
        write = "two\n"
        [[case.step]]
        read = "got two\n"
        [[case.step]]
        close = true
    "#;
    // Answers before it is asked, and then not again: the second `read` must not see the first answer.
    let silent = "echo 'got one'; read -r line; sleep 300";
    let not_closed = "[[case.step]]\nwrite = \"x\\n\"";
    let run = Fake::command()
        .case("answers", echoes, steps)
        .case("falls-silent", silent, &format!("deadline-ms = 1000\n{steps}"))
        .case(
            "not-closed",
            "read -r line; timeout 1 cat; echo $?",
            &format!("expect.stdout = \"124\\n\"\n{not_closed}"),
        )
        .run();
    run.assert_verdicts(&[("answers", "pass"), ("falls-silent", "fail (timeout)"), ("not-closed", "pass")]);
    assert_eq!(run.stdout("falls-silent"), r#""got one\n""#);
    let wall = run.measured("answers").usage.wall;
    assert!(wall >= Duration::from_millis(300), "{wall:?}: did not wait");
}
