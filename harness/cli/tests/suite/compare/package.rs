//! A Go package, built for wasip1 and for this machine by the Go that builds the guests, under the wazero that any
//! machine gets in seconds, and natively.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The project itself, whose runtimes are used.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

/// A folder with a Go module whose program this is.
fn package(main: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("go.mod"), "module example.org/app\n\ngo 1.21\n").expect("a file");
    fs::write(folder.path().join("main.go"), main).expect("a file");
    folder
}

/// Compares a package under wazero and natively. Gives the exit code, stdout and stderr.
fn compare(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"))
        .args(
            [&["compare", ".", "--runtime", "wazero", "--root"], &[root().to_str().expect("UTF-8")][..], arguments]
                .concat(),
        )
        .current_dir(folder.path())
        .output()
        .expect("the harness's command starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
}

const ECHO: &str = r#"package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println(os.Args, os.Getenv("A"))
	data, err := os.ReadFile("/data/in")
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile("/data/out", append(data, os.Args[1]...), 0o644); err != nil {
		panic(err)
	}
	os.Exit(3)
}
"#;

#[test]
fn the_native_program_is_the_reference_and_sees_the_same_world() {
    let folder = package(ECHO);
    fs::create_dir(folder.path().join("data")).expect("a folder");
    fs::write(folder.path().join("data/in"), "in ").expect("a file");
    let arguments = ["--json", "--dir", "data::/data", "--env", "A=b", "--", "x"];
    let (code, stdout, stderr) = compare(&folder, &arguments);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let answer: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(answer["reference"]["because"], "native");
    assert_eq!(answer["columns"].as_array().map(Vec::len), Some(2));
    let observed = &answer["groups"][0]["observed"];
    assert_eq!(observed["exit"]["code"], 3);
    assert_eq!(observed["stdout"]["text"], "[app.wasm x] b\n", "both are told one name");
    assert!(observed["files"].to_string().contains("in x"), "{observed}");
    assert!(!folder.path().join("data/out").exists(), "each had a copy");
}

#[test]
fn what_go_does_otherwise_on_wasip1_is_a_difference_to_the_native_program() {
    let folder = package("package main\n\nimport \"runtime\"\n\nfunc main() { println(runtime.GOOS) }\n");
    let (code, stdout, stderr) = compare(&folder, &[]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    for words in ["no other column agrees with native@", "+ wasip1", "no runtime that could be traced agrees"] {
        assert!(stdout.contains(words), "{words:?} is not in {stdout}");
    }
}

#[test]
fn a_package_that_is_no_program_is_refused_in_the_words_of_go() {
    for (main, said) in [
        ("package main\n\nfunc main() { undefined() }\n", "undefined: undefined"),
        ("package app\n", "no main packages to build"),
    ] {
        let (code, stdout, stderr) = compare(&package(main), &[]);
        assert!(stderr.contains(said), "{said:?} is not in {stdout}{stderr}");
        assert_eq!(code, Some(2), "{stderr}");
    }
}
