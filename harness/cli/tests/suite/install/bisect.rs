//! `bisect`: what it says is measured, and nothing of it stays.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use walkdir::WalkDir;

use super::interrupted::until;
use super::tool::{Ended, Tool};

/// Versions 1.2.3 to 1.5.0 of a tool, of which the newer two do not do what the case asks.
pub fn tool() -> Tool {
    let tool = Tool::from_npm();
    let expected = "expect.stdout = { any = [\"tool 1.2.3\\n\", \"tool 1.3.0\\n\"] }";
    let case = format!(
        "guest = \"guest\"\ndoc = \"https://example.org\"\n[[case]]\nname = \"one\"\nwhy = \"why\"\n{expected}\n"
    );
    tool.project.write("cases/t.toml", case);
    tool.project.write("home/offered", "1.3.0\",\"1.4.0\",\"1.5.0");
    tool
}

/// The harness's command, with a Go that builds guests before the package managers.
fn prepared(tool: &Tool, arguments: &[&str]) -> Command {
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folders =
        [support.join("support/toolchain"), support.join("suite/install/tools"), "/usr/bin".into(), "/bin".into()];
    let mut command = tool.prepared(arguments);
    command.env("PATH", std::env::join_paths(folders).expect("no colon in a path"));
    command
}

/// Runs the harness's command to its end.
pub fn run(tool: &Tool, arguments: &[&str]) -> Ended {
    Ended(prepared(tool, arguments).output().expect("the harness's command starts"))
}

fn bisect<'w>(good: &'w str, bad: &'w str) -> [&'w str; 8] {
    ["bisect", "tool", "--case", "t/one", "--good", good, "--bad", bad]
}

/// All files of the store, of the records and of the sandboxes, but those that only speed something up.
fn files(tool: &Tool) -> BTreeSet<PathBuf> {
    let folders = ["store/tool", "store/built", "store/cache", "target/wasip1-matrix"];
    let all = folders.iter().flat_map(|folder| WalkDir::new(tool.project.path(folder))).flatten();
    all.map(|entry| entry.into_path()).filter(|path| !path.ends_with("scratch/.lock")).collect()
}

#[test]
fn the_range_is_measured_and_nothing_is_left() {
    let tool = tool();
    tool.install(&[]).assert(0, &["1 installed"]);
    run(&tool, &["run"]).assert(0, &["1 pass"]);
    fs::create_dir_all(tool.project.path("target/wasip1-matrix/scratch")).unwrap();
    let before = files(&tool);
    run(&tool, &bisect("1.2.3", "1.5.0")).assert(
        0,
        &[
            "tool@1.2.3 does as expected: pass\n",
            "tool@1.5.0 does not do as expected: fail (wrong-output) stdout: ",
            "\nt/one: 1.3.0 does as expected, and 1.4.0 does not\nversions = \">=1.4.0, <=1.5.0\"\n",
        ],
    );
    let after = files(&tool);
    assert_eq!(before.symmetric_difference(&after).collect::<Vec<_>>(), Vec::<&PathBuf>::new());
    run(&tool, &["bless", "--check"]).assert(0, &[]);
    let columns = run(&tool, &["list", "--all"]);
    assert_eq!(columns.said(), "tool@1.2.3/t/one\n");
}

#[test]
fn a_case_that_changed_more_than_once_is_told_if_every_version_is_run() {
    let tool = tool();
    let case = fs::read_to_string(tool.project.path("cases/t.toml")).unwrap();
    tool.project.write("cases/t.toml", case.replace("1.3.0", "1.4.0"));
    let every = [&bisect("1.2.3", "1.5.0")[..], &["--every"]].concat();
    run(&tool, &every).assert(
        0,
        &[
            "t/one: 1.2.3 does as expected, and 1.3.0 does not\nt/one: 1.3.0 does not do as expected, and 1.4.0 does\n",
            "versions = \">=1.3.0, <1.4.0\"\nversions = \"=1.5.0\"\n",
        ],
    );
}

#[test]
fn a_build_by_its_path_is_an_end_and_entries_from_outside_count() {
    let tool = tool();
    let build = tool.project.path("mine");
    fs::write(&build, "#!/bin/sh\necho tool mine\n").unwrap();
    fs::set_permissions(&build, fs::Permissions::from_mode(0o755)).unwrap();
    let entry = "[[divergence]]\ncase = \"t/one\"\nversions = \"=1.4.0\"\nfault = \"runtime\"\nreason = \"A reason.\"\n\
                 url = \"unreported\"\ninstead.stdout = \"tool 1.4.0\\n\"\n";
    tool.project.write("vendor/tool.toml", entry);
    let outside = [&bisect("1.2.3", "1.6.0-dev=./mine")[..], &["--every", "--divergences", "vendor"]].concat();
    run(&tool, &outside).assert(
        0,
        &[
            "tool@1.4.0 does not do as expected: known (wrong-output)",
            "tool@1.6.0-dev=./mine does not do as expected: fail (wrong-output)",
            "versions = \">=1.4.0, <=1.6.0-dev\"\n",
        ],
    );
    let told = ["no range tells the build from the release 1.3.0, which does as expected"];
    run(&tool, &bisect("1.2.3", "1.3.0=./mine")).assert(0, &told);
    run(&tool, &bisect("1.2.3", "1.7.0")).assert(2, &["there is no version 1.7.0; there are 1.2.3, 1.3.0"]);
}

/// A search that has begun to install a version.
fn begun(tool: &Tool) -> (Child, PathBuf) {
    tool.npm_stalls(true);
    let child = prepared(tool, &bisect("1.2.3", "1.5.0")).spawn().unwrap();
    let tried = tool.project.path("target/wasip1-matrix/scratch/tried");
    let half = tried.join("store/.staging/tool-1.2.3/prefix/lib/node_modules/tool/bin/tool");
    until("half of a version is there", || half.exists());
    tool.npm_stalls(false);
    (child, tried)
}

#[test]
fn an_interrupt_leaves_nothing_and_a_kill_leaves_one_folder_for_the_next_to_remove() {
    let tool = tool();
    let (child, tried) = begun(&tool);
    let second = run(&tool, &bisect("1.2.3", "1.5.0"));
    second.assert(2, &[&format!("process {}, since 2", child.id()), "is writing into this folder"]);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert!(!tried.exists());

    let (mut child, tried) = begun(&tool);
    child.kill().and_then(|()| child.wait()).unwrap();
    assert!(tried.exists(), "nobody could tidy up");
    assert!(!tool.store("tool").exists());
    run(&tool, &bisect("1.2.3", "1.5.0")).assert(0, &["versions = \">=1.4.0, <=1.5.0\""]);
    assert!(!tried.exists());
}
