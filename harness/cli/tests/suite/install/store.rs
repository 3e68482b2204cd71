//! What is stored stays what was installed, and is what the lock says.

use std::fs;

use semver::Version;

use matrix_provision::lock::{self, Lock};
use matrix_store::remembered::Remembered;

use super::tool::{Tool, VERSION, program};

/// A runtime that is installed.
fn installed() -> Tool {
    let tool = Tool::from_npm();
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    tool
}

fn verified(tool: &Tool) -> Result<bool, String> {
    let lock = Lock::read(&tool.project.path("runtimes/runtimes.lock")).unwrap();
    let version = Version::parse(VERSION).unwrap();
    let note = lock::verify(&tool.prefix(""), "tool", &version, &lock, &Remembered::in_store(&tool.store("")));
    note.map(|note| note.is_some()).map_err(|error| format!("{error:#}"))
}

fn replace_in_lock(tool: &Tool, key: &str) {
    let lock = tool.lock();
    let line = lock.lines().find(|line| line.starts_with(key)).unwrap();
    let other = format!("{key} = \"{}\"", "0".repeat(64));
    tool.project.write("runtimes/runtimes.lock", lock.replace(line, &other));
}

#[test]
fn a_second_install_fetches_nothing() {
    let tool = installed();
    let note = fs::read_to_string(tool.prefix("installation.toml")).unwrap();
    for part in ["reports = \"tool 1.2.3\"", "same-everywhere = true"] {
        assert!(note.contains(part), "{note}");
    }
    tool.install(&[]).assert(0, &["1 there already"]);
    assert_eq!(tool.npm_installs(), 1);
}

#[test]
fn what_runtime_toml_asks_for_otherwise_by_now_is_installed_anew() {
    let tool = installed();
    tool.project.write("runtimes/runtimes.lock", "");
    tool.runtime("tool", "npm = [\"other@{version}\"]");
    tool.install(&[]).assert(0, &["1 installed"]);
    assert!(tool.prefix("lib/node_modules/other").exists());
}

#[test]
fn again_replaces_it_only_when_the_new_one_is_proven() {
    let tool = installed();
    let lock = tool.lock();
    tool.project.write("runtimes/runtimes.lock", "");
    tool.npm_brings(program("6.6.6"));
    tool.install(&["--again"]).assert(1, &["reports version 6.6.6", "1 failed"]);
    assert_eq!(verified(&tool), Ok(true));
    tool.project.write("runtimes/runtimes.lock", lock);
    tool.npm_brings(program(VERSION));
    fs::write(tool.prefix("bin/tool"), "corrupted").unwrap();
    tool.install(&["--again"]).assert(0, &["1 installed"]);
    assert_eq!(verified(&tool), Ok(true));
}

#[test]
fn a_corrupted_file_is_told_with_what_mends_it() {
    let tool = installed();
    assert_eq!(verified(&tool), Ok(true));
    let exe = tool.prefix("bin/tool");
    let corrupted = String::from_utf8(fs::read(&exe).unwrap()).unwrap().replace("echo", "exec echo");
    fs::write(&exe, corrupted).unwrap();
    let error = verified(&tool).unwrap_err();
    for part in ["not those that were installed", "installation.toml", "wasip1-matrix install --again tool@1.2.3"] {
        assert!(error.contains(part), "{error}");
    }
    let doctor = tool.run(&["doctor"]);
    doctor.assert(1, &["tool@1.2.3", "not those that were installed"]);
}

#[test]
fn another_lock_is_told_with_what_mends_it() {
    let tool = installed();
    replace_in_lock(&tool, "sha256");
    let error = verified(&tool).unwrap_err();
    for part in ["not what runtimes.lock has for", "sha256", "locked 0000", "install --again tool@1.2.3"] {
        assert!(error.contains(part), "{error}");
    }
    tool.run(&["doctor"]).assert(1, &["tool@1.2.3", "runtimes.lock"]);
}

#[test]
fn what_is_not_the_locked_is_refused_and_never_started() {
    let trace = tempfile::tempdir().unwrap();
    let started = trace.path().join("started");
    let tool = Tool::from_npm();
    tool.npm_brings(format!("#!/bin/sh\n: > '{}'\necho tool 1.2.3\n", started.display()).into_bytes());
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    replace_in_lock(&tool, "sha256");
    fs::remove_dir_all(tool.store("tool")).unwrap();
    fs::remove_file(&started).expect("it was started to be proven");
    tool.install(&[]).assert(1, &["not what runtimes.lock has for", "refused, nothing stored"]);
    assert!(!started.exists());
    tool.assert_nothing_stored();
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    assert_eq!(verified(&tool), Ok(true));
}

#[test]
fn what_reports_otherwise_than_the_locked_is_refused() {
    let tool = installed();
    replace_in_lock(&tool, "reports");
    tool.install(&["--again"]).assert(1, &["reports \"tool 1.2.3\", locked \"0000"]);
    assert!(verified(&tool).unwrap_err().contains("reports"));
}

#[test]
fn what_the_lock_does_not_know_is_installed_with_a_note() {
    let tool = installed();
    tool.project.write("runtimes/runtimes.lock", "");
    tool.install(&["--again"])
        .assert(0, &["1 installed", "note: not pinned: runtimes.lock has no entry of it for linux-"]);
    assert_eq!(verified(&tool), Ok(true));
}

#[test]
fn a_lock_without_its_lock_file_is_refused_before_anything_is_fetched() {
    let tool = installed();
    let file = tool.project.path(&tool.lock_file("package-lock.json"));
    let text = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let refused =
        ["refused, nothing fetched", "locks/1.2.3/package-lock.json is missing", "install --lock --again tool@1.2.3"];
    tool.install(&["--again"]).assert(1, &refused);
    assert_eq!(tool.npm_installs(), 1);
    assert_eq!(verified(&tool), Ok(true), "what is installed stays");
    tool.install(&["--lock"]).assert(0, &["1 there already"]);
    assert_eq!(fs::read(&file).unwrap(), text, "the installation has kept it");
}

#[test]
fn a_version_that_is_not_pinned_is_resolved_anew_and_leaves_no_lock_file() {
    let tool = installed();
    tool.install(&["tool@3.0.0"]).assert(0, &["1 installed", "tool@3.0.0: note: not pinned"]);
    assert_eq!(tool.npm_asked().last().unwrap(), "install tool@3.0.0");
    assert!(!tool.project.path("runtimes/tool/locks/3.0.0").exists());
    assert!(tool.project.path(&tool.lock_file("package-lock.json")).exists());
}

#[test]
fn an_installation_without_lock_files_leaves_the_committed_ones_as_they_are() {
    let tool = installed();
    let (lock, file) = (tool.lock(), tool.project.path(&tool.lock_file("package-lock.json")));
    fs::remove_dir_all(tool.prefix("locks")).unwrap();
    let failed = ["1 failed", "installed, but not locked", "install --lock --again tool@1.2.3"];
    tool.install(&["--lock"]).assert(1, &failed);
    assert!(file.exists());
    assert_eq!(tool.lock(), lock);
}

#[test]
fn a_note_of_another_version_of_the_harness_is_read() {
    let tool = installed();
    let path = tool.prefix("installation.toml");
    let note = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{note}before = \"2026-11-19T11:38:21Z\"\n")).unwrap();
    assert_eq!(verified(&tool), Ok(true));
}

#[test]
fn the_lock_is_written_from_what_is_there_too() {
    let tool = installed();
    let lock = tool.lock();
    for part in ["[tool.\"1.2.3\".linux-", "reports = \"tool 1.2.3\"", "sha256 = \""] {
        assert!(lock.contains(part), "{lock}");
    }
    tool.project.write("runtimes/runtimes.lock", "[gone.\"1.0.0\".linux-x86_64]\nreports = \"\"\n");
    tool.install(&["--lock"]).assert(0, &["1 there already"]);
    assert_eq!(tool.lock(), lock, "and no entry of what is not pinned any more");
    tool.project.write("runtimes/tool/locks/1.0.0/package-lock.json", "{}");
    tool.install(&["--lock"]).assert(0, &["1 there already"]);
    assert!(!tool.project.path("runtimes/tool/locks/1.0.0").exists(), "nor a lock file");
    assert!(tool.project.path(&tool.lock_file("package-lock.json")).exists());
}

#[test]
fn what_was_put_there_by_hand_is_left_alone() {
    let tool = Tool::from_npm();
    tool.project.write("store/tool/1.2.3/bin/tool", program(VERSION));
    tool.install(&["--lock"]).assert(0, &["1 there already", "not locked, it was put there by hand"]);
    assert_eq!(verified(&tool), Ok(false));
}

#[test]
fn what_reports_another_version_is_refused() {
    let tool = Tool::from_npm();
    tool.npm_brings(program("6.6.6"));
    tool.install(&[]).assert(1, &["reports version 6.6.6", "1 failed"]);
    tool.assert_nothing_stored();
}

#[test]
fn offline_fetches_nothing_and_says_what_it_would_have() {
    let tool = Tool::from_npm();
    tool.run(&["--offline", "install"]).assert(1, &["--offline forbids to fetch npm tool@1.2.3"]);
    assert_eq!(tool.npm_installs(), 0);
    tool.assert_nothing_stored();
}
