//! `clean`: what it finds, what it leaves alone, and that it touches nothing that another command uses.

use std::collections::BTreeSet;
use std::fs;

use matrix_store::file_digest::sha256_file;
use serde_json::Value;
use walkdir::WalkDir;

use super::locks::running;
use crate::fake::{Fake, VERSION, holds, run_command, said};
use crate::project::Project;

const HELLO: &str = "expect.stdout = \"hello\\n\"";

/// What nothing uses any more.
const UNUSED: [&str; 13] = [
    "store/.build/fake-2.0.0/target/object",
    "store/.staging/fake-2.0.0/prefix/file",
    "store/built/fake-1.2.3-0123456789abcdef/fake",
    "store/cache/fake/0.9.0/prepared/code",
    "store/cache/fake/1.2.3/local-0123456789abcdef/code",
    "store/fake/3.0.0/installation.toml",
    "target/wasip1-matrix/compare/1/tried/app/main.wasm",
    "target/wasip1-matrix/mutants/fake/file",
    "target/wasip1-matrix/probe/guests/file",
    "target/wasip1-matrix/scratch/tried/file",
    "target/wasip1-matrix/tests/1/tried/sandbox/file",
    "target/wasip1-matrix/trace/sandbox/file",
    "store/cache/fake/1.2.3/local-0123456789abcdef/jit/code",
];

/// What is needed again, and can be made or fetched again.
const USED: [&str; 14] = [
    "store/.remembered/file-0123",
    "store/built/tool-cargo/target/object",
    "store/cache/fake/1.2.3/prepared/code",
    "store/cache/fake/2.0.0/prepared/code",
    "store/fake/2.0.0/bin/fake",
    "store/fake/2.0.0/installation.toml",
    "store/go/1.26.6/go/bin/go",
    "store/go-build/00/object",
    "target/host/deps/object",
    "target/wasip1-matrix/checkouts/fake-0123456789abcdef/target/object",
    "target/wasip1-matrix/go-test/binaries/wasip1/0/os.test",
    "target/wasip1-matrix/go-test/results/00/0123.json",
    "target/wasip1-matrix/guests/go1.26.8/guest.wasm",
    "target/wasip1-matrix/trace/compiled/code",
];

/// What is somebody's, or a result.
const OTHERS: [&str; 10] = [
    "store/built/my-photos/0001.jpg",
    "store/cache/other/file",
    "store/fake/9.9.9/put-here-by-hand",
    "store/go/pkg/mod/file",
    "store/photos/2026.1.1/0001.jpg",
    "store/.staging/fake-1.2.3.lock",
    "target/debug/wasip1-matrix",
    "target/wasip1-matrix/explained/fake@1.2.3/t/red.json",
    "target/wasip1-matrix/records/fake@1.2.3/t/red.json",
    "target/wasip1-matrix/sandbox/fake@1.2.3/t/red/stdin",
];

/// A project that keeps all this, each in ten bytes.
fn project() -> Project {
    let project = Fake::command().case("green", "echo hello", HELLO).written();
    for name in UNUSED.iter().chain(&USED).chain(&OTHERS) {
        project.write(name, "0123456789");
    }
    project
}

/// The files of a project and its links, by their paths.
fn files(project: &Project) -> BTreeSet<String> {
    let entries = WalkDir::new(project.root()).into_iter().map(|entry| entry.expect("a readable folder"));
    let files = entries.filter(|entry| !entry.file_type().is_dir());
    files.map(|file| file.path().strip_prefix(project.root()).expect("below").display().to_string()).collect()
}

/// What a command removes; it must end with 0.
fn removes(project: &Project, arguments: &[&str]) -> BTreeSet<String> {
    let before = files(project);
    let (code, told) = run_command(project, &[&["clean"], arguments].concat());
    assert_eq!(code, Some(0), "{arguments:?}: {told}");
    before.difference(&files(project)).cloned().collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_nothing_uses_any_more_goes_and_the_rest_stays() {
    let project = project();
    let before = files(&project);
    let (code, told) = run_command(&project, &["clean", "--dry-run"]);
    assert_eq!(code, Some(0), "{told}");
    holds(
        &told,
        &[
            "20 B  code fake@1.2.3, build 0123456789abcdef: no build that is on record here has this digest\n",
            "10 B  hosts fake-1.2.3-0123456789abcdef: built from other sources than today's\n",
            "would go",
        ],
    );
    assert_eq!(files(&project), before, "a dry run removes nothing");
    assert_eq!(removes(&project, &[]), set(&UNUSED));
    assert_eq!(removes(&project, &[]), set(&[]));
    let (code, told) = run_command(&project, &["run"]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn code_of_a_build_that_is_on_record_stays() {
    let project = project();
    let exe = project.path(&format!("store/fake/{VERSION}/bin/fake"));
    let digest = sha256_file(&exe).expect("an executable");
    project.write(&format!("store/cache/fake/2.5.0/local-{}/code", &digest[..16]), "code");
    project.write("store/cache/fake/2.5.0/local-0123456789abcdef/code", "code");
    let builds = format!("[{{\"runtime\":\"fake\",\"version\":\"2.5.0\",\"path\":\"{}\"}}]", exe.display());
    project.write("target/wasip1-matrix/records/.builds.json", builds);
    let removed = removes(&project, &[]);
    let of_build: Vec<_> = removed.iter().filter(|name| name.contains("2.5.0")).collect();
    assert_eq!(of_build, ["store/cache/fake/2.5.0/local-0123456789abcdef/code"]);
}

#[test]
fn a_named_version_goes_with_what_belongs_to_it() {
    let project = project();
    let of_it =
        ["store/fake/2.0.0/bin/fake", "store/fake/2.0.0/installation.toml", "store/cache/fake/2.0.0/prepared/code"];
    assert_eq!(removes(&project, &["fake@2.0.0"]), set(&of_it));
    let (code, told) = run_command(&project, &["clean", "fake@2.0.0"]);
    assert_eq!(code, Some(2));
    holds(&told, &["fake@2.0.0: nothing is kept of it; there are fake@0.9.0, fake@1.2.3, fake@3.0.0, fake@9.9.9"]);
    // Also what was put there by hand, because it is named.
    let removed = removes(&project, &["fake"]);
    let by_hand = ["store/fake/1.2.3/bin/fake", "store/fake/9.9.9/put-here-by-hand"];
    assert!(by_hand.iter().all(|name| removed.contains(*name)), "{removed:?}");
    assert!(!project.path("store/fake").exists() && !project.path("store/cache/fake").exists());
    assert!(project.path("store/photos/2026.1.1/0001.jpg").exists());
}

#[test]
fn versions_that_are_not_pinned_go_unless_somebody_put_them_there() {
    let project = project();
    let removed = removes(&project, &["--unpinned"]);
    let wanted = [
        "store/cache/fake/2.0.0/prepared/code",
        "store/fake/2.0.0/bin/fake",
        "store/fake/2.0.0/installation.toml",
        "store/fake/3.0.0/installation.toml",
    ];
    assert_eq!(removed, set(&wanted));
}

#[test]
fn kinds_are_chosen_by_name_and_everything_that_can_be_made_again_by_all() {
    let project = project();
    let removed = removes(&project, &["--kind", "digests,toolchains"]);
    assert_eq!(
        removed,
        set(&[
            "store/.remembered/file-0123",
            "target/wasip1-matrix/go-test/results/00/0123.json",
            "store/go/1.26.6/go/bin/go",
            "store/go-build/00/object"
        ])
    );
    let (code, told) = run_command(&project, &["clean", "--kind", "records"]);
    assert_eq!(code, Some(2));
    holds(&told, &["possible values: runtimes, hosts, code, guests, toolchains, digests, scratch"]);
    let before = files(&project);
    let ended = project.command(&["clean", "--all", "--json"]);
    let told: Value = serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&ended)));
    let removed: BTreeSet<_> = before.difference(&files(&project)).cloned().collect();
    assert!(
        removed.contains("store/built/tool-cargo/target/object")
            && removed.is_subset(&set(&[&UNUSED[..], &USED[..]].concat())),
        "{removed:?}"
    );
    assert!(files(&project).is_disjoint(&set(&[&UNUSED[..], &USED[..]].concat())), "nothing of it stays");
    assert_eq!(told["removed-bytes"], 10 * removed.len());
    assert!(told["kept"].as_array().is_some_and(|kept| kept.iter().all(|item| item["kind"] == "runtimes")), "{told}");
    assert!(OTHERS.iter().all(|name| project.path(name).exists()));
}

#[test]
fn nothing_is_removed_while_another_command_uses_it() {
    let (project, mut first) = running();
    project.write("store/cache/fake/0.9.0/prepared/code", "code");
    let before = files(&project);
    for arguments in [&["clean"][..], &["clean", "--all"], &["clean", "fake"]] {
        let (code, told) = run_command(&project, arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {told}");
        holds(&told, &["store: another command is using it; wait until that has ended"]);
    }
    assert!(before.is_subset(&files(&project)));
    assert_eq!(run_command(&project, &["clean", "--dry-run"]).0, Some(0), "looking disturbs nobody");
    first.kill().and_then(|()| first.wait()).expect("it is killed");
    assert_eq!(removes(&project, &[]), set(&["store/cache/fake/0.9.0/prepared/code"]));
}

#[test]
fn cargo_that_builds_hosts_is_not_disturbed() {
    let project = project();
    project.write("target/host/.cargo-lock", "");
    let held = fs::File::open(project.path("target/host/.cargo-lock")).expect("a lock");
    held.lock().expect("nobody has it");
    let (code, told) = run_command(&project, &["clean", "--all"]);
    assert_eq!(code, Some(2));
    holds(&told, &["host/.cargo-lock: another command is using it"]);
    assert!(project.path("store/.remembered/file-0123").exists());
}
