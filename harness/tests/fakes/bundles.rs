//! `bundle`: a cell that runs again without the project, with the runtime alone.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use assert_fs::TempDir;
use wasip1_matrix::process::{self, Ended, Spec, Stdin};

use crate::fake::{Fake, said};
use crate::project::Project;

fn red() -> Fake {
    Fake::command().case("red", "cat; echo bye", "stdin = \"hi\\n\"\nexpect.stdout = \"hello\\n\"")
}

fn bundle(project: &Project, out: &Path) -> (Option<i32>, String) {
    let ended = project.command(&["bundle", "fake/t/red", "--out", out.to_str().unwrap()]);
    (ended.status.code(), said(&ended))
}

/// Runs a bundle's script in an environment that knows of nothing but the runtime.
fn run(folder: &Path, runtime: &str) -> Ended {
    let variables = [("PATH", "/usr/bin:/bin"), ("RUNTIME", runtime)];
    let spec = Spec {
        argv: [OsString::from("/bin/sh"), folder.join("run.sh").into()].into(),
        environment: variables.map(|(name, value)| (name.into(), value.into())).into(),
        cwd: folder.to_owned(),
        stdin: Stdin::Null,
        deadline: Duration::from_secs(60),
        output_limit: 1 << 20,
    };
    process::run(&spec).expect("a shell starts")
}

#[test]
fn a_red_cell_is_seen_again_with_the_runtime_alone() {
    let elsewhere = TempDir::new().unwrap();
    let folder = elsewhere.path().join("bundle");
    let project = red().written();
    assert_eq!(project.command(&["run"]).status.code(), Some(1));
    let (code, words) = bundle(&project, &folder);
    assert_eq!(code, Some(0), "{words}");
    // All that the cell was run from is gone.
    drop(project);
    for _ in 0..2 {
        let ended = run(&folder, "/bin/sh");
        let words = said(&ended);
        assert!(words.contains("hi\nbye\n") && words.ends_with("as recorded\n"), "{words}");
        assert_eq!(ended.status.code(), Some(0));
    }
    let ended = run(&folder, "/bin/false");
    assert_eq!(ended.status.code(), Some(1), "another runtime does otherwise: {}", said(&ended));
    assert_eq!(run(&folder, "/no/such/runtime").status.code(), Some(2));
}

#[test]
fn what_cannot_be_packed_is_refused_in_words() {
    let elsewhere = TempDir::new().unwrap();
    let folder = elsewhere.path().join("bundle");
    let project = red().written();
    let (code, words) = bundle(&project, &folder);
    assert_eq!(code, Some(2));
    assert!(words.contains("fake@1.2.3/t/red has not been run here; run it with"), "{words}");
    project.command(&["run"]);
    let (code, words) = bundle(&project, elsewhere.path().parent().unwrap());
    assert_eq!(code, Some(2));
    assert!(words.contains("there is something in it; name a new folder"), "{words}");
}

#[test]
fn of_a_withheld_cell_nothing_is_packed() {
    let elsewhere = TempDir::new().unwrap();
    let folder = elsewhere.path().join("bundle");
    let project = red()
        .divergences(
            "[[divergence]]\ncase = \"t/red\"\nversions = \"*\"\nfault = \"runtime\"\nreason = \"It gets out.\"\n\
             url = \"unreported\"\nsecurity = true\ninstead.stdout = \"hi\\nbye\\n\"\n",
        )
        .written();
    project.command(&["run"]);
    let (code, words) = bundle(&project, &folder);
    assert_eq!(code, Some(2));
    assert!(words.contains("is withheld: it was reported to the runtime's developers first"), "{words}");
    assert!(!folder.exists());
}
