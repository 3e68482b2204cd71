//! Suites of one's own: `--suite DIR` runs the cases of a folder instead of the project's, with everything that the project's
//! have, and keeps the two apart.

use std::fs;
use std::os::unix::fs::symlink;

use matrix_model::results::Results;
use matrix_store::results_files;

use crate::fake::{Fake, VERSION, holds, run_command};
use crate::project::Project;

const CASES: &str = r#"guest = "app"

[[case]]
name = "green"
args = ["green"]
expect.stdout = "hello\n"

[[case]]
name = "red"
args = ["red"]
expect.stdout = "hello\n"
"#;

/// A module that is a program.
const MODULE: &str = r#"(module (func (export "_start")))"#;

/// A project whose own case is about another guest, beside a suite in `mine/`.
fn project() -> Project {
    let of_the_project = "[[divergence]]\ncase = \"t/ours\"\nversions = \"*\"\nfault = \"runtime\"\nreason = \"Ours.\"\n\
                          url = \"unreported\"\ninstead.stdout = \"bye\\n\"\n";
    let project = Fake::command()
        .divergences(of_the_project)
        .case("ours", "echo bye", "expect.stdout = \"hello\\n\"")
        .script("green", "echo hello")
        .script("red", "echo bye")
        .written();
    project.write("mine/cases/app.toml", CASES);
    package(&project, "mine/app");
    project
}

/// A Go package, in a module of its own.
fn package(project: &Project, folder: &str) {
    project.write(&format!("{folder}/go.mod"), "module example.org/app\n");
    project.write(&format!("{folder}/main.go"), "package main\n\nfunc main() {}\n");
}

fn mine(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    run_command(project, &[&["--suite", "mine"], arguments].concat())
}

fn results(project: &Project) -> Results {
    results_files::read(&project.path("results.json")).expect("results")
}

#[test]
fn a_suite_is_run_and_the_project_is_not() {
    let project = project();
    let (code, said) = mine(&project, &["run", "--json", "results.json", "--junit", "junit.xml"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["2 cells: 1 fail, 1 pass", "fake@1.2.3/app/red"]);
    let results = results(&project);
    assert_eq!(results.suite.as_deref(), Some("mine"));
    let records: Vec<_> = results.records.iter().map(|record| (record.case.as_str(), record.verdict.word())).collect();
    assert_eq!(records, [("app/green", "pass"), ("app/red", "fail")]);
    let again = format!("wasip1-matrix run --suite mine --exact fake@{VERSION}/app/red");
    let junit = fs::read_to_string(project.path("junit.xml")).expect("JUnit");
    holds(&junit, &["app/red", &again]);
    let listed = mine(&project, &["list"]).1;
    assert_eq!(listed, "fake@1.2.3/app/green\nfake@1.2.3/app/red\n");
    let (_, shown) = mine(&project, &["show", "fake/app/red"]);
    let folder = project.path("mine").canonicalize().expect("the suite").display().to_string();
    let replay = format!("wasip1-matrix run --suite {folder} --exact");
    holds(&shown, &["case       cases/app.toml:9", "app built by go1.99.0", "+ bye", &replay]);
    assert!(!shown.contains("\nwhy ") && !shown.contains("\nsource "), "nothing is said of what is not there: {shown}");
}

#[test]
fn records_of_a_suite_and_of_the_project_are_kept_apart() {
    let project = project();
    mine(&project, &["run"]);
    assert!(project.path("mine/.wasip1-matrix/records").is_dir());
    assert!(project.path("mine/.wasip1-matrix/sandbox/fake@1.2.3/app/red").is_dir(), "a red cell's folder is kept");
    assert!(!project.path("target/wasip1-matrix/records").exists());
    let (code, said) = run_command(&project, &["run"]);
    assert_eq!(code, Some(0), "the project's own divergence holds for its own case: {said}");
    holds(&said, &["1 cell: 1 known"]);
    assert!(mine(&project, &["list", "--red"]).1.contains("app/red"));
    assert_eq!(run_command(&project, &["list", "--red"]).1, "");
    mine(&project, &["--records", "elsewhere", "run"]);
    assert!(project.path("elsewhere").is_dir());
}

#[test]
fn what_a_runtime_is_known_to_do_is_recorded_in_the_suite() {
    let project = project();
    mine(&project, &["run"]);
    let (code, said) =
        mine(&project, &["bless", "fake/app/red", "--reason", "It says goodbye.", "--url", "unreported"]);
    assert_eq!(code, Some(0), "{said}");
    let written = fs::read_to_string(project.path("mine/divergences/fake.toml")).expect("the entry");
    holds(&written, &["case = \"app/red\"", "reason = \"It says goodbye.\"", "instead.stdout = \"bye\\n\""]);
    let (code, said) = mine(&project, &["run"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["2 cells: 1 known, 1 pass"]);
    assert!(!said.contains("warning"), "{said}");
    let (code, said) = mine(&project, &["--divergences", "elsewhere", "run"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["--divergences: a suite has its own"]);
}

#[test]
fn a_suite_has_pages_comparisons_shards_and_a_gate() {
    let project = project();
    super::bundles::reports(project.root());
    mine(&project, &["run", "--json", "old.json"]);
    let (code, said) = mine(&project, &["report", "--out", "pages"]);
    assert_eq!(code, Some(0), "{said}");
    let page = fs::read_to_string(project.path("pages/case/app/red.html")).expect("the page of the case");
    holds(
        &page,
        &["The suite asks for it.", "wasip1-matrix run --suite mine --exact", "wasip1-matrix bundle --suite mine"],
    );
    assert!(
        !page.contains("go-guests") && !page.contains("Source:") && !page.contains("the specification promises it"),
        "{page}"
    );
    project.write("runtimes/fake/red.sh", "echo hello");
    for part in ["1/2", "2/2"] {
        let records = format!("part-{}", &part[..1]);
        let (code, said) = mine(&project, &["--records", &records, "run", "--partition", &format!("slice:{part}")]);
        assert_eq!(code, Some(0), "{said}");
    }
    let (code, said) = run_command(&project, &["merge", "part-1", "part-2", "--into", "new.json"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run_command(&project, &["diff", "old.json", "new.json"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["app/red"]);
    let (code, said) = mine(&project, &["gate", "--baseline", "new.json", "--candidate", "fake@1.2.3"]);
    assert_eq!(code, Some(0), "{said}");
    project.write("runtimes/fake/red.sh", "echo bye");
    let (code, said) = mine(&project, &["gate", "--baseline", "new.json", "--candidate", "fake@1.2.3"]);
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = mine(&project, &["gate", "--baseline", "committed", "--candidate", "fake@1.2.3"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["--baseline committed: what the project publishes is of its own cases"]);
}

#[test]
fn results_of_two_suites_are_not_laid_over_each_other() {
    let project = project();
    mine(&project, &["run", "--json", "mine.json"]);
    run_command(&project, &["run", "--json", "ours.json"]);
    let (code, said) = run_command(&project, &["merge", "ours.json", "mine.json", "--into", "both.json"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["results of two suites cannot be one"]);
}

#[test]
fn a_module_is_a_guest_of_any_toolchain() {
    let project = project();
    project.write("mine/build/app.wasm", wat::parse_str(MODULE).expect("a module"));
    project.write("mine/cases/app.toml", CASES.replace("\"app\"", "\"./build/app.wasm\""));
    fs::remove_dir_all(project.path("mine/app")).expect("removed");
    let (_, said) = mine(&project, &["run", "--json", "results.json"]);
    holds(&said, &["2 cells: 1 fail, 1 pass"]);
    let receipt = results(&project).records[0].receipt.clone().expect("it was run");
    assert_eq!((receipt.go.as_str(), results(&project).go), ("", Vec::<String>::new()), "no Go has built it");
    holds(&mine(&project, &["show", "fake/app/red"]).1, &["build/app.wasm built by another toolchain"]);
    project.write("go-guests/releases.txt", "1.98.0\n");
    let (code, said) = mine(&project, &["run", "--go", "1.98.0"]);
    assert_eq!(code, Some(0), "it is no guest of that Go: {said}");
    holds(&said, &["2 unsupported"]);
}

#[test]
fn what_is_true_of_go_programs_is_asked_of_native_linux_and_not_of_modules() {
    let project =
        Fake::reference().lacks("[\"preview1\"]").script("green", "echo hello").script("red", "echo hello").written();
    project.write(
        "cases/t.toml",
        "guest = \"guest\"\ndoc = \"https://example.org\"\n[[case]]\nname = \"a\"\nwhy = \"b\"\n",
    );
    package(&project, "mine/app");
    project.write("mine/build/app.wasm", wat::parse_str(MODULE).expect("a module"));
    let of_module = CASES.replace("\"app\"", "\"build/app.wasm\"");
    project.write("mine/cases/app.toml", CASES);
    project.write("mine/cases/module.toml", of_module);
    let (code, said) = mine(&project, &["run"]);
    if said.contains("unavailable") {
        return;
    }
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["the reference, 4 cells: 2 pass, 2 unsupported"]);
}

#[test]
fn a_guest_that_cannot_be_made_stops_its_own_cells_only() {
    let spoilt: [(&str, &str, &[u8], &str); 5] = [
        ("broken", "broken/main.go", b"undefined", "it does not build"),
        ("text.wasm", "text.wasm", b"hello", "is no WebAssembly module: it begins with \"hello\""),
        ("cut.wasm", "cut.wasm", b"\0asm\x01\0\0\0\x01", "is not a valid WebAssembly module: unexpected end"),
        (
            "component.wasm",
            "component.wasm",
            b"\0asm\x0d\0\x01\0",
            "is a component of WASI 0.2 or later, and no module of preview 1",
        ),
        ("library.wasm", "library.wasm", b"\0asm\x01\0\0\0", "exports no `_start`"),
    ];
    for (guest, file, bytes, why) in spoilt {
        let project = project();
        project.write(&format!("mine/{file}"), bytes);
        project.write("mine/cases/other.toml", CASES.replace("\"app\"", &format!("\"{guest}\"")));
        let (code, said) = mine(&project, &["run"]);
        assert_eq!(code, Some(1), "{said}");
        holds(&said, &["4 cells: 1 fail, 2 harness-error, 1 pass", &format!("guest {guest}: "), why]);
        let (code, said) = mine(&project, &["guests"]);
        assert_eq!(code, Some(1), "{said}");
        holds(&said, &["app ", &format!("red: guest {guest}: "), why]);
    }
}

#[test]
fn a_suite_that_cannot_be_used_says_where_and_what_to_do() {
    let case = |guest: &str| format!("guest = \"{guest}\"\n\n[[case]]\nname = \"one\"\n");
    let spoilt: [(&str, &str, String, &[&str]); 9] = [
        ("malformed", "app.toml", "guest = \"app\n".to_owned(), &["--> cases/app.toml:1:", "^"]),
        ("unknown key", "app.toml", format!("{CASES}stdot = \"\"\n"), &["--> cases/app.toml:12:1", "`stdot`", "^"]),
        ("missing module", "app.toml", case("app.wasm"), &["--> cases/app.toml:1:9", "app.wasm`: No such file"]),
        ("upwards", "app.toml", case("../go-guests/guest"), &["cases/app.toml:1:9", "outside of the suite's folder"]),
        ("absolute", "app.toml", case("/bin"), &["--> cases/app.toml:1:9", "`/bin` is outside of the suite's folder"]),
        ("through a link", "app.toml", case("link"), &["cases/app.toml:1:9", "outside of the suite's folder"]),
        ("a file", "app.toml", case("app/main.go"), &["--> cases/app.toml:1:9", "is a file, and no module"]),
        (
            "twice",
            "app.toml",
            format!("{CASES}\n[[case]]\nname = \"red\"\n"),
            &["--> cases/app.toml:14:8", "duplicate"],
        ),
        ("of the area", "app/green.toml", case("app"), &["`app/green` is a case here, and `app/green` is an area"]),
    ];
    for (name, file, text, parts) in spoilt {
        let project = project();
        symlink(project.path("go-guests"), project.path("mine/link")).expect("a link");
        project.write(&format!("mine/cases/{file}"), text);
        let (code, said) = mine(&project, &["run"]);
        assert_eq!(code, Some(2), "{name}: {said}");
        holds(&said, parts);
        holds(&said, &["1 problem in the suite ", "/mine; nothing was run"]);
    }
}

#[test]
fn an_empty_suite_says_how_to_begin() {
    let project = project();
    project.write("mine/cases/app.toml", "case = []\n");
    let (code, said) = mine(&project, &["run"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["cases: no case in any file; `wasip1-matrix new DIR` writes a suite to begin with"]);
    fs::remove_dir_all(project.path("mine/cases")).expect("removed");
    holds(&mine(&project, &["run"]).1, &["cases: there is no such folder; `wasip1-matrix new DIR`"]);
    let (code, said) = run_command(&project, &["--suite", "nowhere", "run"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["--suite nowhere: No such file or directory"]);
}

#[test]
fn a_program_of_the_same_go_module_may_be_beside_the_suite() {
    let project = project();
    package(&project, "repository");
    project.write("repository/cmd/app/main.go", "package main\n");
    project.write("repository/suite/cases/app.toml", CASES.replace("\"app\"", "\"../cmd/app\""));
    project.write("repository/suite/cases/root.toml", CASES.replace("\"app\"", "\"..\""));
    let (code, said) = run_command(&project, &["--suite", "repository/suite", "run"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["4 cells: 2 fail, 2 pass", "repository/suite/.wasip1-matrix/guests/go1.99.0/", "/repository.wasm"]);
    project.write("repository/suite/cases/app.toml", CASES.replace("\"app\"", "\"../../go-guests/guest\""));
    let (code, said) = run_command(&project, &["--suite", "repository/suite", "run"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["is outside of the Go module of the suite"]);
}

#[test]
fn rules_that_are_for_the_project_only_do_not_bind_a_suite() {
    let project = project();
    project.write("mine/cases/fixtures/unused/a.txt", "a");
    let branch = "doc = \"https://github.com/o/r/blob/main/a.md\"\n";
    project.write("mine/cases/app.toml", format!("{branch}{CASES}"));
    holds(&mine(&project, &["run"]).1, &["2 cells: 1 fail, 1 pass"]);
    project.write("mine/cases/app.toml", format!("doc = \"javascript:1\"\n{CASES}"));
    let (code, said) = mine(&project, &["run"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["a source is an address"]);
    let ours = fs::read_to_string(project.path("cases/t.toml")).expect("the project's cases");
    project.write("cases/t.toml", ours.replace("why = \"why\"\n", ""));
    let (code, said) = run_command(&project, &["list"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["a case says in one sentence why it exists", "no `why`"]);
}
