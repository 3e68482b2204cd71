//! Divergences in a folder outside the project: they are judged like the project's own, apply in place of them, and what
//! the project changes does not break them.

use std::fs;

use matrix_model::record::WITHHELD;

use crate::fake::{Fake, holds, said};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";
const BYE: &str = "instead.stdout = \"bye\\n\"";
const THEIRS: &str = "vendor/fake.toml";

fn entry(case: &str, versions: &str, rest: &str) -> String {
    format!(
        "[[divergence]]\ncase = \"t/{case}\"\nversions = \"{versions}\"\nfault = \"runtime\"\nreason = \"A reason.\"\n\
         url = \"unreported\"\n{rest}\n"
    )
}

fn run(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = project.command(&[&["--divergences", "vendor"], arguments].concat());
    (ended.status.code(), said(&ended))
}

#[test]
fn an_entry_from_outside_is_known_and_told_as_such() {
    let project = Fake::command().case("one", "echo bye", HELLO).case("two", "echo other", HELLO).written();
    project.write(THEIRS, entry("one", ">=1, <2", BYE) + &entry("two", ">=1, <2", BYE));
    let (code, told) = run(&project, &["run", "--json", "results.json"]);
    assert_eq!(code, Some(1), "{told}");
    holds(&told, &["2 cells: 1 fail, 1 known"]);
    assert!(!told.contains("warning"), "{told}");
    let (code, shown) = run(&project, &["show", "fake/t/one"]);
    assert_eq!(code, Some(0), "{shown}");
    holds(&shown, &["recorded   A reason. (vendor/fake.toml:2, outside this project)"]);
    let results = fs::read_to_string(project.path("results.json")).expect("results");
    holds(&results, &["\"outside\":true"]);
    assert_eq!(project.command(&["run"]).status.code(), Some(1));
    let told = said(&project.command(&["list", "--red"]));
    holds(&told, &["t/one", "t/two"]);
    let (_, told) = run(&project, &["list", "--red"]);
    assert!(!told.contains("t/one") && told.contains("t/two"), "{told}");
}

#[test]
fn an_entry_from_outside_applies_in_place_of_the_projects_own() {
    let own = entry("same", "*", BYE) + &entry("theirs", "*", BYE) + &entry("ours", "*", BYE);
    let project = Fake::command()
        .divergences(&own)
        .case("same", "echo bye", HELLO)
        .case("theirs", "echo bye", HELLO)
        .case("ours", "echo bye", HELLO)
        .written();
    let otherwise = "instead.stdout = \"other\\n\"";
    project.write(THEIRS, entry("theirs", "*", otherwise) + &entry("ours", ">=9", otherwise));
    let (code, told) = run(&project, &["run"]);
    assert_eq!(code, Some(1), "{told}");
    holds(&told, &["3 cells: 1 fail, 2 known", "fake@1.2.3/t/theirs\nverdict    fail"]);
}

#[test]
fn what_the_project_has_changed_is_a_warning_and_breaks_nothing() {
    let project = Fake::command()
        .divergences(&entry("recorded", "<2", BYE))
        .case("gone-on", "echo hello", HELLO)
        .case("recorded", "echo bye", HELLO)
        .case("observed", "echo bye", "tier = \"observe\"")
        .written();
    let entries = [
        entry("renamed", "*", BYE),
        entry("observed", "*", BYE),
        entry("gone-on", "*", "instead.stdout = \"hello\\n\""),
        entry("recorded", "=1.2.3", BYE),
        entry("gone-on", "=0.1.0", &format!("modes = [\"removed\"]\n{BYE}")),
    ];
    project.write(THEIRS, entries.concat());
    let (code, told) = run(&project, &["run"]);
    assert_eq!(code, Some(0), "{told}");
    let warnings = [
        "warning: there is no case `t/renamed`",
        "--> vendor/fake.toml:2:8",
        "warning: `t/observed` is of tier `observe`",
        "warning: a divergence says what is observed instead; this is what the case expects anyway",
        "warning: vendor/fake.toml:23: `t/recorded` is recorded in the project by now, in \
         runtimes/fake/divergences.toml:2; delete the entry",
        "warning: the runtime has no mode `removed`",
    ];
    holds(&told, &warnings);
    assert_eq!(told.matches("warning: ").count(), warnings.len() - 1, "{told}");
    holds(&told, &["1 known", "1 pass", "1 observed"]);
}

#[test]
fn what_is_wrong_in_the_folder_itself_is_an_error() {
    let project = Fake::command().case("one", "echo bye", HELLO).written();
    let good = entry("one", "*", BYE);
    let twice = good.repeat(2);
    let vague = entry("one", "*", "instead.stdout = { matches = \"\" }");
    let without_range = good.replace("versions = \"*\"\n", "");
    for (file, text, message) in [
        ("fke.toml", &*good, "vendor/fke.toml: the file is named as no runtime; there are: fake"),
        ("fake/t.toml", &good, "vendor/fake: a folder is not read"),
        ("fake.toml", &twice, "`t/one` is recorded twice for these versions"),
        ("fake.toml", &vague, "vendor/fake.toml:7"),
        ("fake.toml", &without_range, "missing field `versions`"),
        ("fake.toml", "[[divergence]", "vendor/fake.toml:1"),
    ] {
        let path = format!("vendor/{file}");
        project.write(&path, text);
        let (code, told) = run(&project, &["run"]);
        assert_eq!(code, Some(2), "{file}: {told}");
        holds(&told, &[message]);
        fs::remove_dir_all(project.path("vendor")).expect("removed");
    }
    let (code, told) = run(&project, &["run"]);
    assert_eq!(code, Some(2), "{told}");
    holds(&told, &["vendor: No such file or directory"]);
}

#[test]
fn bless_writes_into_the_folder_and_leaves_the_project_alone() {
    let own = entry("stale", "*", BYE) + &entry("broken", "*", "instead.stdout = \"bye bye\\n\"");
    let project = Fake::command()
        .divergences(&own)
        .case("stale", "echo hello", HELLO)
        .case("broken", "echo bye", HELLO)
        .case("new", "echo bye", HELLO)
        .written();
    fs::create_dir(project.path("vendor")).expect("a folder");
    assert_eq!(run(&project, &["run"]).0, Some(1));
    let (code, told) = run(&project, &["bless", "--reason", "It says bye.", "--url", "unreported"]);
    assert_eq!(code, Some(1), "{told}");
    let refused = "refused: fake@1.2.3/t/stale: its entry (runtimes/fake/divergences.toml:2) is the project's own";
    holds(&told, &[refused, "fake@1.2.3/t/new -> vendor/fake.toml", "2 cells settled, 1 refused"]);
    let written = fs::read_to_string(project.path(THEIRS)).expect("it is written");
    let head = "# What fake is known to do otherwise; the format stands in runtimes/README.md of wasip1-matrix.\n\n";
    assert!(written.starts_with(head), "{written}");
    holds(&written, &["case = \"t/broken\"\nversions = \"=1.2.3\"", "case = \"t/new\"\nversions = \"=1.2.3\""]);
    assert_eq!(fs::read_to_string(project.path("runtimes/fake/divergences.toml")).expect("as it was"), own);
    let (_, told) = run(&project, &["run"]);
    holds(&told, &["3 cells: 2 known, 1 stale"]);
    // An entry that is no longer true is removed from the folder.
    project.write("runtimes/fake/new.sh", "echo hello");
    assert_eq!(run(&project, &["run"]).0, Some(1));
    assert_eq!(run(&project, &["bless", "t/new"]).0, Some(0));
    let written = fs::read_to_string(project.path(THEIRS)).expect("it is written");
    assert!(!written.contains("t/new") && written.contains("t/broken"), "{written}");
}

#[test]
fn what_the_project_withholds_stays_withheld() {
    // The sha256 of what the case prints.
    let recorded = "security = true\ninstead.stdout = { sha256 = \
                    \"4ed92e7939bb4cee5af1271167ffdd3275d3445e749c471c0fd3e15501f90674\" }";
    let own = entry("one", "*", recorded).replace("A reason.", WITHHELD);
    for theirs in ["the recipe", "another"] {
        let project = Fake::command().divergences(&own).case("one", "echo the recipe", HELLO).written();
        project.write(THEIRS, entry("one", "*", &format!("instead.stdout = \"{theirs}\\n\"")));
        let (code, told) = run(&project, &["run"]);
        assert_eq!(code, Some(0), "{told}");
        let (_, shown) = run(&project, &["show", "fake/t/one"]);
        holds(&shown, &[WITHHELD, "known"]);
        assert!(!shown.contains("the recipe"), "{shown}");
    }
}
