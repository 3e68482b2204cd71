//! `bless`: red cells become entries, nothing else in the files changes, and what cannot be said truly is refused.

use std::fs;

use crate::fake::{Fake, holds, run_command};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";
const ONE: &str = "runtimes/fake/divergences.toml";
const AREA: &str = "runtimes/fake/divergences/t.toml";
const SAYING: [&str; 4] = ["--reason", "It says bye.", "--url", "unreported"];

fn bless(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    run_command(project, &[&["bless"], arguments, &SAYING].concat())
}

fn read(project: &Project, name: &str) -> String {
    fs::read_to_string(project.path(name)).unwrap_or_else(|error| format!("({error})"))
}

/// The keys of an `instead`, after their first `instead.`: a guest that ends with 3 and says nothing.
const EXIT: &str = "exit = 3\ninstead.stderr = \"\"";

/// An entry as a person would write it, with a comment of its own.
fn entry(case: &str, instead: &str) -> String {
    format!(
        "# About {case}.\n[[divergence]]\nversions = \"*\"\ncase     = \"t/{case}\" # by hand\nfault = \"go\"\n\
         reason = \"A reason.\"\nurl = \"unreported\"\ninstead.{instead}\n"
    )
}

#[test]
fn what_differs_is_written_and_nothing_else() {
    let project = Fake::command()
        .fixture("tree/a.txt", "fresh")
        .case("a-file", "rm $dir/a.txt", "dirs = { \"/d\" = \"tree\" }\nexpect.files = { \"/d/a.txt\" = \"fresh\" }")
        .case("bytes", "printf '\\377\\376'", HELLO)
        .case("crash", "echo hello; kill -SEGV $$", HELLO)
        .case("exit", "echo hello; echo noise >&2; exit 3", HELLO)
        .case("green", "echo hello", HELLO)
        .case("invisible", "printf 'a\\033[1m\"\\\\\\n'", HELLO)
        .case("lines", "printf 'one\\ntwo\\n'", HELLO)
        .case("stderr", "echo hello; echo bye >&2", &format!("{HELLO}\nexpect.stderr = \"\""))
        .written();
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    let (code, said) = bless(&project, &[]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["7 cells settled, 0 refused"]);
    let of = |case: &str, instead: &str| {
        format!(
            "[[divergence]]\ncase = \"t/{case}\"\nversions = \"=1.2.3\"\nfault = \"runtime\"\n\
             reason = \"It says bye.\"\nurl = \"unreported\"\n{instead}\n"
        )
    };
    let entries = [
        of("a-file", "instead.files = { \"/d/a.txt\" = { absent = true } }"),
        of("bytes", "instead.stdout = { hex = \"ff fe\" }"),
        of("crash", "instead.exit = { crash = [11] }\ninstead.stderr = \"\""),
        of("exit", "instead.exit = 3\ninstead.stderr = \"noise\\n\""),
        of("invisible", "instead.stdout = \"a\\u001b[1m\\\"\\\\\\n\""),
        of("lines", "instead.stdout = '''\none\ntwo\n'''"),
        of("stderr", "instead.stderr = \"bye\\n\""),
    ];
    let head = "# What fake is known to do otherwise in t; the format stands in runtimes/README.md.";
    assert_eq!(read(&project, AREA), format!("{head}\n\n{}", entries.join("\n")));
    let (code, said) = run_command(&project, &["run"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["7 known", "1 pass"]);
}

#[test]
fn what_is_left_outside_is_written_as_such() {
    let project = Fake::command()
        .fixture("tree/a.txt", "fresh")
        .fixture("secret/kept.txt", "kept")
        .case(
            "escape",
            "echo hello; rm $dir/../secret/kept.txt",
            "dirs = { \"/d\" = \"tree\" }\noutside = { secret = \"secret\" }\n\
             expect.stdout = \"hello\\n\"\nexpect.outside = { \"secret/kept.txt\" = \"kept\" }",
        )
        .written();
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    let documented = ["bless", "--reason", "It documents that.", "--url", "https://example.org/isolation"];
    assert_eq!(run_command(&project, &documented).0, Some(0));
    holds(&read(&project, AREA), &["instead.outside = { \"secret/kept.txt\" = { absent = true } }"]);
    let (code, said) = run_command(&project, &["run"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn comments_and_order_stay() {
    let head = "# The head of the file.\n\n";
    let section = "\n# A section.\n\n";
    let before = [head, &entry("b", EXIT), section, &entry("d", EXIT), "\n# The end.\n"].concat();
    let project = Fake::command()
        .case("a", "echo bye", HELLO)
        .case("b", "echo hello; exit 3", HELLO)
        .case("c", "echo bye", HELLO)
        .case("d", "echo hello; exit 3", HELLO)
        .case("e", "echo bye", HELLO)
        .written();
    project.write(AREA, &before);
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    assert_eq!(bless(&project, &["t/"]).0, Some(0));
    let of = |case: &str| {
        format!(
            "[[divergence]]\ncase = \"t/{case}\"\nversions = \"=1.2.3\"\nfault = \"runtime\"\n\
             reason = \"It says bye.\"\nurl = \"unreported\"\ninstead.stdout = \"bye\\n\"\n"
        )
    };
    let (b, d) = (entry("b", EXIT), entry("d", EXIT));
    let after = [head, &of("a"), "\n", &b, "\n", &of("c"), section, &d, "\n", &of("e"), "\n# The end.\n"].concat();
    assert_eq!(read(&project, AREA), after);
}

#[test]
fn a_stale_entry_is_taken_out_with_its_comment_only() {
    let head = "# The head of the file.\n\n";
    let before = [head, &entry("a", EXIT), "\n", &entry("b", EXIT)].concat();
    let fake = Fake::command().divergences(&before);
    let project = fake.case("a", "echo hello", HELLO).case("b", "echo hello; exit 3", HELLO).written();
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    let (code, said) = run_command(&project, &["list", "--red"]);
    assert_eq!(code, Some(0));
    holds(&said, &["fake@1.2.3/t/a  stale  as expected; recorded otherwise in runtimes/fake/divergences.toml:6"]);
    let (code, said) = run_command(&project, &["bless", "fake"]);
    assert_eq!(code, Some(0), "no reason is needed: {said}");
    assert_eq!(read(&project, ONE), [head, &entry("b", EXIT)].concat());
    assert_eq!(run_command(&project, &["bless", "--check"]), (Some(0), String::new()));
}

#[test]
fn the_last_entry_takes_its_file_along() {
    let project = Fake::command().case("a", "echo bye", HELLO).written();
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    assert_eq!(bless(&project, &[]).0, Some(0));
    let script = "runtimes/fake/a.sh";
    project.write(script, "echo hello");
    assert_eq!(run_command(&project, &["run"]).0, Some(1), "stale");
    assert_eq!(run_command(&project, &["bless"]).0, Some(0));
    assert!(!project.path(AREA).exists(), "{}", read(&project, AREA));
}

#[test]
fn an_entry_that_says_otherwise_is_replaced_where_it_stands() {
    let before = ["# The head of the file.\n\n", &entry("a", EXIT), "\n", &entry("b", EXIT)].concat();
    let fake = Fake::command().divergences(&before);
    let project = fake.case("a", "echo bye", HELLO).case("b", "echo hello; exit 3", HELLO).written();
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    let (code, said) = bless(&project, &["--dry-run"]);
    assert_eq!(code, Some(0));
    holds(&said, &["-instead.exit = 3", "+instead.stdout = \"bye\\n\"", "-reason = \"A reason.\""]);
    assert_eq!(read(&project, ONE), before, "a dry run writes nothing");
    let (code, said) = bless(&project, &["--versions", ">=1", "--fault", "spec", "--sometimes"]);
    assert_eq!(code, Some(0), "{said}");
    let text = read(&project, ONE);
    holds(
        &text,
        &[
            "# The head of the file.\n\n# About a.\n[[divergence]]\ncase = \"t/a\"\nversions = \">=1\"\nfault = \"spec\"",
            "sometimes = true\ninstead.stdout = \"bye\\n\"\n\n# About b.\n",
        ],
    );
    assert!(!project.path(AREA).exists());
}

#[test]
fn modes_are_told_apart_and_put_together() {
    let odd = "\n[mode.odd]\nrun = [\"{exe}\", \"{folder}/fake.sh\", \"--dir=odd\", \"{env...}\", \"{dirs...}\", \"{module}\", \"{args...}\"]\n";
    let fake = Fake::command().tables(&format!("\n[mode.slow]\n{odd}"));
    let project = fake.case("same", "echo bye", HELLO).case("apart", "echo bye $dir", HELLO).written();
    assert_eq!(run_command(&project, &["run", "--all"]).0, Some(1));
    let (code, said) = bless(&project, &["fake@1.2.3/t"]);
    assert_eq!((code, said.contains("2 cells settled")), (Some(0), true), "{said}");
    holds(&read(&project, AREA), &["modes = [\"default\"]"]);
    assert_eq!(run_command(&project, &["bless", "--check"]).0, Some(1), "the other modes are red");
    let (code, said) = bless(&project, &["--all"]);
    assert_eq!((code, said.contains("4 cells settled")), (Some(0), true), "{said}");
    let text = read(&project, AREA);
    holds(&text, &["modes = [\"default\", \"slow\"]", "modes = [\"odd\"]", "bye odd"]);
    assert_eq!(text.matches("[[divergence]]").count(), 3, "{text}");
    assert_eq!(text.matches("modes").count(), 2, "what holds in all modes names none: {text}");
    assert_eq!(run_command(&project, &["run", "--all"]).0, Some(0));
}

#[test]
fn what_cannot_be_said_truly_is_refused() {
    let project = Fake::command()
        .case("flood", "yes | head -c 20000000", HELLO)
        .case("long", "printf '%01200d' 0", HELLO)
        .case("longer", "printf '%09000d' 0", HELLO)
        .case("path", "pwd", HELLO)
        .case("short", "echo bye", HELLO)
        .written();
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    let (code, said) = bless(&project, &[]);
    assert_eq!(code, Some(1), "{said}");
    holds(
        &said,
        &[
            "t/long: stdout is 1200 bytes, too long to write out",
            "t/longer: stdout is 9000 bytes, too long",
            "`instead.stdout = { matches = ",
            "t/path: stdout names a folder of this machine ($SANDBOX…)",
            "t/flood: ",
            "1 cell settled, 4 refused",
        ],
    );
    assert_eq!(read(&project, AREA).matches("[[divergence]]").count(), 1);
    let (code, said) = run_command(&project, &["bless", "--check"]);
    assert_eq!((code, said.lines().count()), (Some(1), 4), "{said}");
}

#[test]
fn only_red_cells_are_taken() {
    let fake = Fake::command().case("green", "echo hello", HELLO).case("fuel", "exit 0", "needs = [\"fuel\"]");
    let project = fake.case("red", "echo bye", HELLO).written();
    let (code, said) = bless(&project, &["t/red"]);
    assert_eq!(code, Some(2));
    holds(&said, &["fake@1.2.3/t/red", "not run here", "wasip1-matrix run"]);
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    for (word, reason) in [("t/green", "t/green: pass"), ("t/fuel", "t/fuel: unsupported (fuel)")] {
        let (code, said) = bless(&project, &[word]);
        assert_eq!(code, Some(2), "{said}");
        holds(&said, &["none of these cells is red", reason]);
    }
    let (code, said) = bless(&project, &["nowhere"]);
    assert_eq!(code, Some(2));
    holds(&said, &["no cell has all of these words"]);
    let broken = Fake::command().case("one", "", HELLO).script("version", "echo 'fake 9.9.9'").written();
    assert_eq!(run_command(&broken, &["run"]).0, Some(1));
    let (code, said) = bless(&broken, &[]);
    assert_eq!(code, Some(1));
    holds(&said, &["refused: fake@1.2.3/t/one: harness-error", "nothing is known about the runtime"]);
}

#[test]
fn a_statement_must_be_complete_and_hold() {
    let project = Fake::command().case("red", "echo bye", HELLO).written();
    assert_eq!(run_command(&project, &["run"]).0, Some(1));
    let refused: [(&[&str], &str, i32); 6] = [
        (&["--url", "unreported"], "--reason is missing", 2),
        (&["--reason", "R."], "--url is missing", 2),
        (&["--reason", " ", "--url", "unreported"], "give one sentence on one line", 2),
        (&["--reason", "R.", "--url", "http://example.org"], "https://…, or `unreported`", 2),
        (&["--reason", "R.", "--url", "unreported", "--versions", ">=2"], "does not hold for it", 1),
        (&["--reason", "R.", "--url", "unreported", "--modes", "slow"], "has no mode `slow`; its modes: default", 1),
    ];
    for (arguments, reason, wanted) in refused {
        let (code, said) = run_command(&project, &[&["bless"], arguments].concat());
        assert_eq!(code, Some(wanted), "{said}");
        holds(&said, &[reason]);
    }
    assert!(!project.path(AREA).exists());
}

#[test]
fn an_entry_may_not_spread_to_what_passes() {
    let slow = "\n[mode.slow]\nrun = [\"{exe}\", \"-c\", \"echo bye\", \"{env...}\", \"{dirs...}\", \"{module}\", \"{args...}\"]\n";
    let project = Fake::command().tables(slow).case("one", "echo hello", HELLO).written();
    assert_eq!(run_command(&project, &["run", "--all"]).0, Some(1));
    let (code, said) = bless(&project, &["--all", "--modes", "default,slow"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["the entry would hold for fake@1.2.3/t/one too, which passes"]);
    assert_eq!(bless(&project, &["--all"]).0, Some(0));
    holds(&read(&project, AREA), &["modes = [\"slow\"]"]);
}
