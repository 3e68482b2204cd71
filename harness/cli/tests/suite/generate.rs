//! `generate` with the project's own guest, natively and under the wazero that any machine gets in seconds.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// How many sequences are carried out: two processes of a column.
const SEQUENCES: u64 = 300;

/// What is found in a column beside a reference, with the exit code.
fn found(column: &str, reference: &str) -> (Option<i32>, Value) {
    let folder = TempDir::new().expect("a temporary folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root");
    let file = folder.path().join("found.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    command.arg("--root").arg(root).args(["generate", "--runtime", column, "--reference", reference]);
    command.args(["--sequences", &SEQUENCES.to_string(), "--seed", "3", "--json"]).arg(&file);
    let ended = command.env("CARGO_TARGET_DIR", folder.path().join("state")).output().expect("the command starts");
    let text =
        std::fs::read(&file).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ended.stderr)));
    (ended.status.code(), serde_json::from_slice(&text).expect("JSON"))
}

#[test]
fn a_column_does_not_differ_from_itself() {
    for column in ["native", "wazero"] {
        let (code, found) = found(column, column);
        assert_eq!(found["findings"], Value::Array(Vec::new()), "{column}: {found:#}");
        assert_eq!((code, &found["columns"][0]["sequences"]), (Some(0), &Value::from(SEQUENCES)), "{column}");
    }
}

/// wazero answers a look at the offset of a removed folder otherwise than Linux, and much else: if nothing is found, nothing
/// is looked at.
#[test]
fn what_differs_is_found_and_shrunk() {
    let (code, found) = found("wazero", "native");
    let findings = found["findings"].as_array().expect("findings");
    assert!(!findings.is_empty(), "{found:#}");
    assert!(findings.iter().all(|finding| finding["sequence"].as_array().is_some_and(|lines| lines.len() <= 8)));
    let is_new = findings.iter().any(|finding| finding["standing"] == "new");
    assert_eq!(code, Some(i32::from(is_new)), "{found:#}");
}
