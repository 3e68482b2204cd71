//! Traces: what preview 1 is, which modules can be traced, and that nobody but the trace's reader notices one.

mod cells;
mod derive;
mod digests;
mod explain;
mod foreign;
mod known;
mod modules;
mod shown;
mod smith;

use wasip1_trace::interface;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use matrix_model::matrix::Column;
use matrix_model::suite::Suite;
use matrix_provision::cargo_messages;
use matrix_provision::discover;
use matrix_provision::notice::Notice;
use matrix_provision::provisioner::Provisioner;
use matrix_run::probe;
use matrix_run::traced_run::TracedRuns;
use matrix_store::dirs::Places;

/// The project itself.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

/// Gives a provisioner with a runtime that any machine has, or that is installed in seconds, and its column.
fn with_wazero(suite: &Suite, act: impl FnOnce(&Provisioner, usize) -> Result<()>) {
    let places = Places::of(&root(), std::env::var_os("WASIP1_MATRIX_OFFLINE").is_some()).expect("folders");
    let columns = discover::find(&suite.runtimes, &[], &places);
    let wazero = probe::named(&columns, "wazero", false);
    let provisioner = provisioner(suite, places, columns, &wazero);
    let done = wazero.first().ok_or_else(|| anyhow!("no wazero")).and_then(|index| act(&provisioner, *index));
    done.unwrap_or_else(|error| panic!("{error:#}"));
}

/// What traced modules run with in these columns; their compiled code goes to a folder of its own.
fn provisioner<'s>(suite: &'s Suite, places: Places, columns: Vec<Column<'s>>, needed: &[usize]) -> Provisioner<'s> {
    let compiled = TracedRuns::compiled(&places);
    let notify = Arc::new(|notice: &Notice| eprintln!("{notice}"));
    Provisioner::new(suite, places, columns, needed.iter().copied(), notify).compile_into(compiled)
}

/// The witx is in the sources of an engine that one of the hosts embeds, which cargo has fetched to build it.
#[test]
fn preview1_is_what_the_witx_says() {
    let folder = cargo_folder_of("wasmtime-wasi");
    let derived = derive::derive(&folder.join("witx/p1/wasi_snapshot_preview1.witx"));
    assert_eq!(derived.functions.len(), 46);
    assert_eq!(*interface::PREVIEW1, derived, "harness/trace/src/preview1.json is not what the witx says");
}

/// Where cargo keeps the sources of a package that this workspace uses.
fn cargo_folder_of(package: &str) -> PathBuf {
    let metadata = std::process::Command::new(cargo_messages::program())
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let found = packages.iter().find(|found| found["name"] == package).expect("a package of this workspace");
    let manifest = Path::new(found["manifest_path"].as_str().expect("a path"));
    manifest.parent().expect("a file stands in a folder").to_owned()
}
