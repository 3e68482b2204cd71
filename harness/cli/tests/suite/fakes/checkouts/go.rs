//! A host in Go.

use super::{FIELDS, PREPARED, REPORT, command, holds, the_checkout_is_what_runs, the_gate_holds_two_checkouts};
use crate::fake::Fake;
use crate::project::Project;

const SOURCE: &str = "engine/engine.go";

const NAMED: &str = "fake@2.0.0-dev=./engine";

fn project() -> Project {
    let engine = "engine = { go = \"example.org/engine\" }";
    let project =
        super::project(engine, "build = [\"go\", \"build\", \"-buildvcs=false\", \"-o\", \"{built}/fake\", \".\"]");
    project.write("runtimes/fake/go.mod", "module example.org/host\n\ngo 1.21\n\nrequire example.org/engine v1.0.0\n");
    let host = format!(
        "package main\n\nimport (\n\t\"os\"\n\n\t\"example.org/engine\"\n)\n\nfunc main() {{\n\tswitch os.Args[1] {{\n\
         \tcase \"--version\":\n\t\tprintln(\"fake (devel)\")\n\
         \tcase \"--fields\":\n\t\tos.Stdout.WriteString(`{FIELDS}`)\n\
         \tcase \"--prepare\":\n\t\tos.Stdout.WriteString(`{PREPARED}`)\n\
         \tdefault:\n\t\tos.Stdout.WriteString(engine.Says)\n\t\tos.WriteFile(os.Args[2], []byte(`{REPORT}`), 0o644)\n\
         \t}}\n}}\n"
    );
    project.write("runtimes/fake/main.go", host);
    project.write("engine/go.mod", "module example.org/engine\n\ngo 1.21\n");
    project.write(SOURCE, "package engine\n\nconst Says = \"hello\\n\"\n");
    project
}

#[test]
fn the_checkout_is_built() {
    the_checkout_is_what_runs(&project(), SOURCE, NAMED);
}

#[test]
fn two_checkouts_are_held_against_each_other() {
    the_gate_holds_two_checkouts(&project(), SOURCE);
}

#[test]
fn what_the_compiler_says_is_shown() {
    let project = project();
    project.write(SOURCE, "package engine\n\nconst Says = nothing\n");
    let (code, said) = command(&project, &["run", "--runtime", NAMED]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["fake does not build against", "undefined: nothing"]);
    // No column remembers it.
    let (_, said) = command(&project, &["list", "--all"]);
    assert!(!said.contains("+local"), "{said}");
}

#[test]
fn what_is_no_checkout_is_an_error() {
    let project = project();
    project.write("other/go.mod", "module example.org/other\n");
    project.write("empty/file", "");
    for (named, says) in [
        (
            "fake@./engine",
            "a Go module does not say its version; name the version that it stands for: fake@1.2.3=./engine",
        ),
        (
            "fake@1.2.3=./other",
            "holds the Go module example.org/other; name the folder of a checkout of example.org/engine",
        ),
        ("fake@1.2.3=./empty", "holds no go.mod; name the folder of a checkout of the Go module example.org/engine"),
        (
            "fake@1.2.3=./empty/file",
            "is no folder, and fake is built here; name the folder of a checkout of its engine",
        ),
    ] {
        let (code, said) = command(&project, &["run", "--runtime", named]);
        assert_eq!(code, Some(2), "{said}");
        holds(&said, &[named, says]);
    }
    let project = Fake::command().case("one", "exit 0", "").written();
    project.write("empty/file", "");
    let (code, said) = command(&project, &["run", "--runtime", "fake@1.2.3=./empty"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["runtimes/fake/runtime.toml names no `engine`; name an executable"]);
}
