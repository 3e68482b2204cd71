//! A host built against a checkout of its engine: the checkout is what runs, and nothing but the checkout.

mod cargo;
mod go;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use matrix_provision::toolchain::Go;
use matrix_store::dirs::Places;

use crate::fake::{holds, said};
use crate::project::Project;

/// What every host of these tests prints on request, in place of a shell's script.
const FIELDS: &str = r#"["dir-read-only", "fuel", "memory-limit", "wall-limit", "fixed-clock", "seeded-random", "reactor",
    "duplicate-env", "duplicate-dir"]"#;

const PREPARED: &str = r#"{"code": "cached", "compile-ns": 0}"#;

const REPORT: &str = r#"{"contract": 1, "engine": "1.0.0", "exit": {"code": 0}, "code": "cached", "compile-ns": 1,
    "instantiate-ns": 2, "run-ns": 3, "message": "", "returns": []}"#;

/// A project with a runtime `fake`, whose host prints what its engine says, and a checkout of that engine in `engine`.
fn project(install: &str, build: &str) -> Project {
    let project = Project::new();
    project.guest("guest");
    project.write(
        "cases/t.toml",
        "guest = \"guest\"\ndoc = \"https://example.org\"\n[[case]]\nname = \"greets\"\nwhy = \"why\"\n\
         expect.stdout = \"hello\\n\"\n",
    );
    project.write(
        "runtimes/fake/runtime.toml",
        format!(
            "name = \"Fake\"\nurl = \"https://example.org\"\nlacks = []\n[install]\nexe = \"fake\"\n{install}\n\
             pins = [\"1.0.0\"]\nhint = \"it is built here\"\n[host]\nprogram = [\"{{exe}}\"]\n{build}\n"
        ),
    );
    project
}

/// Runs the harness's command with real compilers for hosts, and a toolchain that compiles nothing for guests.
fn command(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    let go = project.path("bin/go");
    if !go.exists() {
        let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/toolchain/go");
        let real = real_go();
        let cache = env::var("GOCACHE").unwrap_or_else(|_| format!("{}/.cache/go-build", env::var("HOME").unwrap()));
        project.write(
            "bin/go",
            format!(
                "#!/bin/sh\nexport GOCACHE='{cache}' GOTOOLCHAIN=local\ncase \"$1 $GOWORK\" in\n\
                 list*|work*|build\\ */*) exec '{}' \"$@\" ;;\n*) exec '{}' \"$@\" ;;\nesac\n",
                real.display(),
                fake.display()
            ),
        );
        fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).expect("its mode");
    }
    let cargo = Path::new(env!("CARGO"));
    let tools = [go.parent(), cargo.parent()].map(|folder| folder.expect("a folder").display().to_string());
    let path = format!("PATH={}:/usr/local/bin:/usr/bin:/bin", tools.join(":"));
    let cargo = format!("CARGO={}", cargo.display());
    let arguments = [&["--offline"], arguments].concat();
    let ended = project.wrapped_command(&["/usr/bin/env", &path, &cargo], &arguments);
    (ended.status.code(), said(&ended))
}

fn real_go() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = Places::of(&root, false).expect("the project's own folders");
    Go::find(&places, &|_| {}).expect("a Go that builds hosts").exe
}

/// All files of a folder of the project, with what is in them.
fn files(project: &Project, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = matrix_store::file_digest::files(&project.path(folder)).expect("a folder");
    files.into_iter().map(|path| (path.clone(), fs::read(path).expect("a file"))).collect()
}

/// What holds whatever language the engine is written in. `source` is the file of the checkout that says hello, and
/// `named` is how a user names the checkout.
fn the_checkout_is_what_runs(project: &Project, source: &str, named: &str) {
    let hello = fs::read_to_string(project.path(source)).expect("the engine's source");
    let says = |words: &str| project.write(source, hello.replace("hello", words));
    let before = [files(project, "runtimes"), files(project, "engine")];

    let (code, said) = command(project, &["run", "--runtime", named]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["building fake against", "1 cell: 1 pass"]);
    let (code, said) = command(project, &["run", "--runtime", named, "--changed"]);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["1 of them were not run"]);
    assert!(before == [files(project, "runtimes"), files(project, "engine")], "a build has written into the sources");

    says("goodbye");
    let (code, said) = command(project, &["run", "--runtime", named, "--changed"]);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["fake@2.0.0-dev+local/t/greets", "+ goodbye", "1 cell: 1 fail"]);
    // By its name alone, the checkout is built as it now is.
    let by_name = ["run", "--exact", "fake@2.0.0-dev+local/t/greets"];
    let (code, said) = command(project, &by_name);
    assert_eq!(code, Some(1), "{said}");
    let (_, shown) = command(project, &["show", "fake@2.0.0-dev+local/t/greets"]);
    holds(&shown, &["+ goodbye"]);
    says("hello");
    let (code, said) = command(project, &by_name);
    assert_eq!(code, Some(0), "{said}");
    holds(&said, &["1 cell: 1 pass"]);
}

/// The gate names the cell that a changed checkout breaks, and is green for a checkout that is the same.
fn the_gate_holds_two_checkouts(project: &Project, source: &str) {
    let hello = fs::read_to_string(project.path(source)).expect("the engine's source");
    for (path, bytes) in files(project, "engine") {
        let path = path.strip_prefix(project.path("engine")).expect("a file of the engine").to_owned();
        project.write(&format!("changed/{}", path.display()), bytes);
    }
    let changed = source.replace("engine/", "changed/");
    let gate = ["gate", "--baseline", "fake@1.0.0=./engine", "--candidate", "fake@2.0.0=./changed"];
    let (code, said) = command(project, &gate);
    assert_eq!(code, Some(0), "{said}");
    project.write(&changed, hello.replace("hello", "goodbye"));
    let (code, said) = command(project, &gate);
    assert_eq!(code, Some(1), "{said}");
    holds(&said, &["t/greets"]);
    project.write(&changed, "this does not compile\n");
    let (code, said) = command(project, &gate);
    assert_eq!(code, Some(2), "{said}");
    holds(&said, &["--runtime fake@2.0.0=./changed: fake does not build against"]);
}
