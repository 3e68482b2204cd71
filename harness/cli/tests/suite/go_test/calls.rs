//! The modules beside the project's lists do what the lists claim, under the runtimes' own commands. A run installs wazero if
//! it is missing, so nothing passes because it is.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use matrix_load::test_lists::test_lists;
use matrix_model::go_test::lists::{Cause, CauseRun};
use matrix_model::matrix::Place;
use matrix_provision::discover;
use matrix_provision::host_builder::is_built;
use matrix_provision::notice::Notice;
use matrix_provision::provisioner::Provisioner;
use matrix_run::probe;
use matrix_store::dirs::Places;
use matrix_store::test_parts::STD;

/// The runtime that a run installs in seconds.
const ALWAYS: &str = "wazero";

/// Runs a module as its commands say, in a new folder, with these programs. Gives the exit code.
fn exit_of(cause: &Cause, run: &CauseRun, programs: &Path) -> Option<i32> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // What `wasm-tools parse` would make, for a machine without that program.
    fs::write(folder.path().join("call.wasm"), wat::parse_str(&cause.text).expect("a module")).expect("a file");
    let ended = Command::new("/bin/sh")
        .args(["-c", &format!("{}\n{}", cause.before, run.command)])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .output()
        .expect("a shell");
    ended.status.code()
}

#[test]
fn a_call_does_under_each_runtime_what_is_claimed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root");
    let suite = matrix_load::suite(&root, None, &probe::names()).expect("the project's files");
    let lists = test_lists(&root.join(STD), &root, &suite.runtimes).unwrap_or_else(|error| panic!("{error}"));
    let causes: Vec<_> = lists.iter().flat_map(|list| &list.entries).filter_map(|entry| entry.cause.as_ref()).collect();
    let places = Places::of(&root, env::var_os("WASIP1_MATRIX_OFFLINE").is_some()).expect("folders");
    let columns = discover::find(&suite.runtimes, &[], &places);
    let wanted: BTreeSet<_> = causes.iter().flat_map(|cause| &cause.runs).map(|run| run.column.as_str()).collect();
    let index_of = |name: &str| columns.iter().position(|column| column.to_string() == name);
    let is_here = |index: &usize| {
        let column = &columns[*index];
        column.runtime.id == ALWAYS || (!matches!(column.place, Place::Missing(_)) && is_built(column, &places))
    };
    let here: Vec<_> = wanted.iter().filter_map(|name| index_of(name)).filter(is_here).collect();
    let names: BTreeSet<_> = here.iter().map(|index| columns[*index].to_string()).collect();
    let required = env::var("WASIP1_MATRIX_REQUIRE").unwrap_or_default();
    for name in wanted.iter().filter(|name| !names.contains(**name)) {
        let is_required = required.split(',').any(|id| !id.is_empty() && name.starts_with(id));
        assert!(!is_required, "{name} is not here, and is required");
        eprintln!("not held, because it is not installed: {name}");
    }
    let notify = Arc::new(|notice: &Notice| eprintln!("{notice}"));
    let provisioner = Provisioner::new(&suite, places.clone(), columns, here.iter().copied(), notify);
    let programs = |name: &str| -> Option<PathBuf> {
        let index = here.iter().find(|index| provisioner.columns()[**index].to_string() == name)?;
        let ready = provisioner.ready(*index).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        Some(ready.installed.exe.parent().expect("a folder").to_owned())
    };
    let mut held = BTreeSet::new();
    for cause in &causes {
        for run in &cause.runs {
            let Some(programs) = programs(&run.column) else { continue };
            assert_eq!(exit_of(cause, run, &programs), Some(run.exit), "{} under {}", cause.wat, run.column);
            held.insert((cause.wat.as_str(), run.column.as_str()));
        }
    }
    let modules: BTreeSet<_> = causes.iter().map(|cause| cause.wat.as_str()).collect();
    for module in modules {
        let is_held = held.iter().any(|(wat, column)| *wat == module && column.starts_with(ALWAYS));
        assert!(is_held, "{module} is held under no {ALWAYS}");
    }
}
