//! The digest that is shown of an executable is the one that `sha256sum` prints, installed or named by its path.

use std::fs;
use std::process::Command;

use matrix_store::results_files;

use super::bisect::{run, tool};
use super::tool::VERSION;

/// What `sha256sum` prints of a file.
fn sha256sum(path: &std::path::Path) -> String {
    let ended = Command::new("sha256sum").arg(path).output().expect("sha256sum");
    String::from_utf8(ended.stdout).expect("ASCII").split(' ').next().expect("a digest").to_owned()
}

#[test]
fn the_same_executable_has_the_same_digest_wherever_it_is() {
    let tool = tool();
    tool.install(&[]).assert(0, &["1 installed"]);
    let sha256 = sha256sum(&tool.prefix("bin/tool"));
    let executable = format!("  sha256 of the executable: {sha256}\n");
    run(&tool, &["doctor"]).assert(0, &[&executable, "  digest of the installation: "]);

    let copy = tool.project.path("copy");
    fs::copy(tool.prefix("bin/tool"), &copy).expect("a copy");
    let chosen = format!("tool@{VERSION},tool@{VERSION}={}", copy.display());
    run(&tool, &["run", "--runtime", &chosen, "--json", "results.json"]).assert(0, &[]);
    let results = results_files::read(&tool.project.path("results.json")).expect("results");
    let [installed, local] = &results.records[..] else { panic!("{} records", results.records.len()) };
    assert_eq!(installed.executable_sha256.as_deref(), Some(&*sha256));
    assert_eq!(local.executable_sha256.as_deref(), Some(&*sha256));
    // The receipts, and with them the keys of all records, are as they were.
    let digests: Vec<_> =
        [installed, local].iter().map(|record| &record.receipt.as_ref().unwrap().runtime_sha256).collect();
    let note = fs::read_to_string(tool.prefix("installation.toml")).expect("a note");
    assert!(note.contains(&format!("sha256 = \"{}\"", digests[0])), "{note}");
    assert_eq!(*digests[1], sha256);

    let line = format!("\n           sha256 of the executable {sha256}\n");
    let digest = format!("\n           digest of the installation {}\n", digests[0]);
    run(&tool, &["show", &installed.cell]).assert(0, &[&line, &digest]);
    let shown = run(&tool, &["show", &local.cell]);
    shown.assert(0, &[&line]);
    assert!(!shown.said().contains("digest of"), "{}", shown.said());

    let (baseline, candidate) = (format!("tool@{VERSION}"), format!("tool@{VERSION}={}", copy.display()));
    let gate = run(&tool, &["gate", "--baseline", &baseline, "--candidate", &candidate]);
    gate.assert(0, &["1 unchanged"]);
    assert!(!gate.said().contains("sha256") && !gate.said().contains("digest"), "{}", gate.said());
}
