//! Known deviations: typed, so that another breakage cannot hide behind one.

use matrix_model::record::WITHHELD;

use crate::fake::{Fake, said};

fn entry(case: &str, versions: &str, instead: &str) -> String {
    format!(
        "[[divergence]]\ncase = \"t/{case}\"\nversions = \"{versions}\"\nfault = \"runtime\"\nreason = \"a reason\"\n\
         url = \"unreported\"\n{instead}\n"
    )
}

#[test]
fn a_divergence_excuses_exactly_what_it_records() {
    let hello = "expect.stdout = \"hello\\n\"";
    let bye = "instead.stdout = \"bye\\n\"";
    let exit = "instead.exit = 3\ninstead.stderr = \"\"";
    let crash = "instead.exit = { crash = [11] }\ninstead.stderr = \"\"";
    let trap = "instead.exit = { trap = \"out of bounds\" }\ninstead.stderr = { contains = \"trap\" }";
    let entries = [
        entry("as-recorded", ">=1", bye),
        entry("another-output", ">=1", bye),
        entry("another-exit", ">=1", bye),
        entry("passes-now", ">=1", bye),
        entry("other-versions", ">=2", bye),
        entry("other-versions-passes", "<1", bye),
        entry("crashes", "*", crash),
        entry("crashes-otherwise", "*", crash),
        entry("traps", "*", trap),
        entry("traps-otherwise", "*", trap),
        entry("hangs", "*", "instead.exit = \"timeout\""),
        entry("exit-recorded-output-wrong-too", "*", exit),
        entry("two-entries", "<1.2.3", exit),
        entry("two-entries", ">=1.2.3", bye),
        entry("race-passes", "*", &format!("sometimes = true\n{bye}")),
        entry("race-passes-that-would-crash", "*", &format!("sometimes = true\n{crash}")),
        entry(
            "race-passes-that-would-lose-a-file",
            "*",
            "sometimes = true\ninstead.files = { \"/data/a.txt\" = { absent = true } }",
        ),
        entry("race-loses", "*", &format!("sometimes = true\n{bye}")),
        entry("race-breaks", "*", &format!("sometimes = true\n{bye}")),
        entry("mostly", "*", bye),
        entry("mostly", "*", &format!("sometimes = true\n{exit}")),
        entry("now-and-then", "*", bye),
        entry("now-and-then", "*", &format!("sometimes = true\n{exit}\n{bye}")),
        entry("neither-mostly-nor-now-and-then", "*", bye),
        entry("neither-mostly-nor-now-and-then", "*", &format!("sometimes = true\n{exit}")),
        entry("mostly-and-mended", "*", &format!("sometimes = true\n{exit}")),
        entry("mostly-and-mended", "*", bye),
        entry("a-file", "*", "instead.files = { \"/data/a.txt\" = { absent = true } }"),
    ];
    let run = Fake::command()
        .tables("[command.trap]\nsays = 'wasm trap: (.+)'\n")
        .divergences(&entries.concat())
        .fixture("tree/a.txt", "fresh")
        .case("as-recorded", "echo bye", hello)
        .case("another-output", "echo goodbye", hello)
        .case("another-exit", "echo bye; exit 1", hello)
        .case("passes-now", "echo hello", hello)
        .case("other-versions", "echo bye", hello)
        .case("other-versions-passes", "echo hello", hello)
        .case("crashes", "kill -SEGV $$", "")
        .case("hangs", "sleep 300", "deadline-ms = 300")
        .case("crashes-otherwise", "kill -ABRT $$", "")
        .case("traps", "echo 'wasm trap: out of bounds' >&2; exit 7", "")
        .case("traps-otherwise", "echo 'wasm trap: no module' >&2; exit 7", "")
        .case("exit-recorded-output-wrong-too", "echo bye; exit 3", hello)
        .case("two-entries", "echo bye", hello)
        .case("race-passes", "echo hello", hello)
        .case("race-passes-that-would-crash", "echo hello", hello)
        .case(
            "race-passes-that-would-lose-a-file",
            "true",
            "dirs = { \"/data\" = \"tree\" }\nexpect.files = { \"/data/a.txt\" = \"fresh\" }",
        )
        .case("race-loses", "echo bye", hello)
        .case("race-breaks", "echo", hello)
        .case("mostly", "echo bye", hello)
        .case("now-and-then", "echo bye; exit 3", hello)
        .case("neither-mostly-nor-now-and-then", "echo", hello)
        .case("mostly-and-mended", "echo hello", hello)
        .case(
            "a-file",
            "rm $dir/a.txt",
            "dirs = { \"/data\" = \"tree\" }\nexpect.files = { \"/data/a.txt\" = \"fresh\" }",
        )
        .run();
    run.assert_verdicts(&[
        ("as-recorded", "known (wrong-output)"),
        ("another-output", "fail (wrong-output)"),
        ("another-exit", "fail (wrong-exit)"),
        ("passes-now", "stale"),
        ("other-versions", "fail (wrong-output)"),
        ("other-versions-passes", "pass"),
        ("crashes", "known (crash)"),
        ("hangs", "known (timeout)"),
        ("crashes-otherwise", "fail (crash)"),
        ("traps", "known (trap)"),
        ("traps-otherwise", "fail (trap)"),
        ("exit-recorded-output-wrong-too", "fail (wrong-exit)"),
        ("two-entries", "known (wrong-output)"),
        ("race-passes", "known (wrong-output)"),
        ("race-passes-that-would-crash", "known (crash)"),
        ("race-passes-that-would-lose-a-file", "known (wrong-files)"),
        ("race-loses", "known (wrong-output)"),
        ("race-breaks", "fail (wrong-output)"),
        ("mostly", "known (wrong-output)"),
        ("now-and-then", "known (wrong-exit)"),
        ("neither-mostly-nor-now-and-then", "fail (wrong-output)"),
        ("mostly-and-mended", "stale"),
        ("a-file", "known (wrong-files)"),
    ]);
    let known = run.record("as-recorded").divergence.as_ref().expect("it is recorded");
    assert_eq!(
        (known.reason.as_str(), known.location.to_string().as_str()),
        ("a reason", "runtimes/fake/divergences.toml:2")
    );
    assert!(run.record("other-versions").divergence.is_none());
}

#[test]
fn known_is_not_red_and_stale_is() {
    let hello = "expect.stdout = \"hello\\n\"";
    let fake = |script: &str| {
        let entry = entry("one", "*", "instead.stdout = \"bye\\n\"");
        Fake::command().divergences(&entry).case("one", script, hello).run()
    };
    assert_eq!(fake("echo bye").ended.status.code(), Some(0));
    let stale = fake("echo hello");
    assert_eq!(stale.ended.status.code(), Some(1));
    assert!(stale.said().contains("delete the entry"), "{}", stale.said());
}

#[test]
fn what_has_security_weight_is_withheld_wherever_a_cell_is_shown() {
    let hello = "expect.stdout = \"hello\\n\"";
    // The sha256 of what the first case prints.
    let recorded = "security = true\ninstead.stdout = { sha256 = \
                    \"4ed92e7939bb4cee5af1271167ffdd3275d3445e749c471c0fd3e15501f90674\" }";
    let withheld = |case: &str| entry(case, "*", recorded).replace("a reason", WITHHELD);
    let entries = [
        withheld("as-recorded"),
        withheld("otherwise"),
        withheld("mended"),
        entry("told", "*", "instead.stdout = { contains = \"recipe\" }"),
    ];
    let run = Fake::command()
        .divergences(&entries.concat())
        .case("as-recorded", "echo the recipe; echo the recipe >&2", hello)
        .case("otherwise", "echo another way", hello)
        .case("mended", "echo hello", hello)
        .case("told", "echo the recipe", hello)
        .run();
    run.assert_verdicts(&[
        ("as-recorded", "known (wrong-output)"),
        ("otherwise", "fail (wrong-output)"),
        ("mended", "stale"),
        ("told", "known (wrong-output)"),
    ]);
    for case in ["as-recorded", "otherwise"] {
        let record = run.record(case);
        let json = serde_json::to_string(record).expect("a record is JSON");
        assert!(record.receipt.is_some() && record.outcome.is_none() && record.invocation.is_none(), "{json}");
        assert!(json.contains(WITHHELD), "{json}");
        assert!(!json.contains("recipe") && record.differences.is_empty(), "{json}");
        let shown = run.project.command(&["show", &format!("fake@1.2.3/t/{case}")]);
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(shown.contains(WITHHELD) && !shown.contains("recipe"), "{shown}");
    }
    assert!(!run.said().contains("recipe"), "{}", run.said());
    assert!(run.record("mended").outcome.is_some() && run.record("told").outcome.is_some());
}

/// One case that prints this, one entry about it.
fn one(script: &str, versions: &str, instead: &str) -> String {
    let entry = entry("one", versions, instead);
    Fake::command().divergences(&entry).case("one", script, "expect.stdout = \"hello\\n\"").run().verdict("one")
}

#[test]
fn an_entry_that_is_no_longer_true_is_stale() {
    assert_eq!(one("echo hello", "*", "instead.stdout = \"bye\\n\""), "stale");
}

#[test]
fn an_entry_of_another_kind_of_failure_excuses_nothing() {
    assert_eq!(one("echo bye; exit 3", "*", "instead.stdout = \"bye\\n\""), "fail (wrong-exit)");
}

#[test]
fn an_entry_of_other_versions_excuses_nothing() {
    assert_eq!(one("echo bye", ">=1.3", "instead.stdout = \"bye\\n\""), "fail (wrong-output)");
}

#[test]
fn an_entry_of_another_system_excuses_nothing_here() {
    let bye = "instead.stdout = \"bye\\n\"";
    assert_eq!(one("echo bye", "*", &format!("os = [\"windows\"]\n{bye}")), "fail (wrong-output)");
    assert_eq!(one("echo bye", "*", &format!("os = [\"linux\", \"windows\"]\n{bye}")), "known (wrong-output)");
}

#[test]
fn an_entry_of_no_case_or_no_system_is_an_error() {
    for (was, is, says) in [
        ("t/one", "t/two", "there is no case `t/two`"),
        ("fault", "os = [\"plan9\"]\nfault", "`plan9` is no operating system"),
    ] {
        let entry = entry("one", "*", "instead.stdout = \"bye\\n\"").replacen(was, is, 1);
        let fake = Fake::command().divergences(&entry).case("one", "echo bye", "expect.stdout = \"hello\\n\"");
        let ended = fake.written().command(&["run"]);
        let said = said(&ended);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains(says), "{said}");
        assert!(said.contains("runtimes/fake/divergences.toml:"), "{said}");
    }
}
