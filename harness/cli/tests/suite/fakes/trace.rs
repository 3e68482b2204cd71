//! `trace APP.wasm`: what it is given, and what is said of what it cannot take.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::fake::{Fake, holds, run_command};
use crate::project::Project;

/// A fake that shows what it was given, and that ends in one way or another.
fn project() -> Project {
    let project = Fake::command().case("shows", "cat; echo $dir", "").case("ends-with-7", "exit 7", "").written();
    project.write("app.wasm", wat::parse_str("(module (func (export \"_start\")))").expect("a module"));
    fs::create_dir(project.path("cfg")).expect("a folder");
    project
}

fn trace(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    run_command(project, &[&["trace", "app.wasm", "--runtime", "fake"], arguments].concat())
}

#[test]
fn what_is_no_program_is_refused_in_one_sentence() {
    let project = project();
    for (name, bytes, sentence) in [
        ("empty", &b""[..], "is empty"),
        ("text", b"hello\n", "is no WebAssembly module: it begins with \"hello\\n\""),
        ("component", b"\0asm\x0d\0\x01\0", "is a component"),
        ("nothing", b"\0asm\x01\0\0\0", "exports no function `_start`"),
    ] {
        project.write("app.wasm", bytes);
        let (code, said) = trace(&project, &[]);
        assert_eq!((code, said.lines().count()), (Some(2), 1), "{name}: {said}");
        assert!(said.starts_with(&format!("app.wasm {sentence}")), "{name}: {said}");
    }
    fs::remove_file(project.path("app.wasm")).expect("a file to remove");
    let (code, said) = trace(&project, &[]);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
    holds(&said, &["app.wasm"]);
}

#[test]
fn the_form_of_a_folder_is_taught() {
    let project = project();
    for (dir, wanted) in [
        ("cfg:/cfg", "--dir cfg:/cfg: two colons separate a folder from its name in the program: --dir cfg::/cfg"),
        ("absent", "--dir absent: absent is not there"),
        ("absent::/cfg", "--dir absent::/cfg: absent is not there"),
        ("app.wasm::/cfg", "app.wasm is not a folder"),
        ("::/cfg", "must be HOST, or HOST::GUEST"),
        ("cfg::", "must be HOST, or HOST::GUEST"),
    ] {
        let (code, said) = trace(&project, &["--dir", dir, "--", "shows"]);
        assert_eq!(code, Some(2), "{dir}: {said}");
        holds(&said, &[wanted]);
    }
    let (code, said) = trace(&project, &["--dir", "cfg::/cfg", "--", "shows"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["/cfg\\n"]);
    let (code, said) = trace(&project, &["--env", "HOME", "--", "shows"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["--env HOME: must be NAME=VALUE"]);
}

#[test]
fn a_dash_is_stdin() {
    let project = project();
    project.write("input", "from stdin\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    command.args(["trace", "app.wasm", "--runtime", "fake", "--stdin", "-", "--", "shows"]);
    command.env_clear().envs(project.environment()).current_dir(project.root());
    let ended = command.stdin(File::open(project.path("input")).expect("a file")).stderr(Stdio::inherit()).output();
    let said = String::from_utf8(ended.expect("the harness's command starts").stdout).expect("UTF-8");
    holds(&said, &["stdout \"from stdin\\n"]);
    let (code, said) = trace(&project, &["--stdin", "absent", "--", "shows"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["--stdin", "absent"]);
}

#[test]
fn what_an_adapter_cannot_express_is_not_left_out_in_silence() {
    let project = project();
    let toml = fs::read_to_string(project.path("runtimes/fake/runtime.toml")).expect("the runtime's file");
    let without = toml.replace("dir = [\"--dir={host}\"]\n", "").replace("lacks = [", "lacks = [\"dir-map\", ");
    project.write("runtimes/fake/runtime.toml", without);
    let (code, said) = trace(&project, &["--dir", "cfg::/cfg", "--", "shows"]);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["fake@1.2.3", "cannot give the guest a folder under a name that is not its path on the host"]);
}

#[test]
fn an_end_that_is_not_the_modules_own_is_exit_1() {
    let project = project();
    assert_eq!(trace(&project, &["--", "shows"]).0, Some(0));
    let (code, said) = trace(&project, &["--", "ends-with-7"]);
    assert_eq!(code, Some(1), "{said}");
    holds(
        &said,
        &["fake@1.2.3 ended with 7, and the module had not called proc_exit: it was stopped, or not started."],
    );
}
