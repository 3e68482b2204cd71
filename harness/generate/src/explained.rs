//! Finds the host call that explains a finding, as `compare` does for a program of the user's: the guest carries out the
//! finding's sequence in the column, in the reference, and in columns that agree with the reference.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use fs_err as fs;

use crate::observed::input;
use crate::runner::GUEST;
use crate::sequence::Sequence;
use matrix_model::case::Case;
use matrix_model::compared::{FirstCall, Reason};
use matrix_model::fixture::Fixtures;
use matrix_model::observation::Ignored;
use matrix_model::runtime::Target;
use matrix_provision::app::{App, Built};
use matrix_provision::provisioner::Provisioner;
use matrix_run::compare::{Request, compare};
use matrix_run::module_input::{MappedDir, ModuleInput};

/// The deadline of one run.
const DEADLINE: Duration = Duration::from_secs(30);

/// How many calls of a traced run are recorded one by one.
const CALLS: u32 = 20_000;

/// What a comparison tells of a finding.
pub(crate) struct Explained {
    /// The first host call that matters, or why none is told.
    pub call: Result<FirstCall, String>,
    /// The case that expects what the reference does, if a case can.
    pub case: Option<(Case, Fixtures)>,
}

/// Explains what a column does with a sequence. `agreeing` are columns that do with it what the reference does.
///
/// # Errors
/// If the guest cannot be run.
pub(crate) fn explain(
    provisioner: &Provisioner,
    [reference, column]: [usize; 2],
    agreeing: &[usize],
    sequence: &Sequence,
    scratch: &Path,
) -> Result<Explained> {
    // Not below the folder in which it is copied.
    let (folder, scratch) = (scratch.join("empty"), scratch.join("compared"));
    fs::create_dir_all(&folder)?;
    let columns = [&[reference, column], agreeing].concat();
    let request = Request {
        input: ModuleInput {
            dirs: vec![MappedDir { host: folder, guest: "/".to_owned(), read_only: false }],
            stdin: Some(input([sequence])),
            deadline: Some(DEADLINE),
            ..ModuleInput::default()
        },
        reference: Some(reference),
        columns,
        runs: 1,
        jobs: 1,
        ignored: Ignored::default(),
        in_place: None,
        calls: CALLS,
    };
    let app = app(provisioner, reference, column)?;
    let comparison = compare(provisioner, &app, &request, &scratch, &|_| ())?;
    let name = provisioner.columns()[column].to_string();
    let group = comparison.compared.groups.into_iter().find(|group| group.columns.contains(&name));
    let call = match group.and_then(|group| group.reason) {
        Some(Reason::Call(call)) => Ok(*call),
        Some(Reason::Untold(why) | Reason::PathNotCovered(why)) => Err(why),
        None => Err("a process of its own did what the reference does".to_owned()),
    };
    Ok(Explained { call, case: comparison.case })
}

/// The guest as a program that can be compared.
fn app(provisioner: &Provisioner, reference: usize, column: usize) -> Result<App> {
    let targets: BTreeMap<_, _> =
        [reference, column].map(|index| (provisioner.columns()[index].runtime.target, index)).into();
    let guests = |target| targets.get(&target).map(|index| provisioner.guests(*index)).transpose();
    let wasm = guests(Target::Wasip1)?.context("no column runs a module")?;
    let module = wasm.named(GUEST)?.clone();
    let bytes = fs::metadata(&module.module)?.len() as usize;
    let built = match guests(Target::Host)? {
        Some(native) => Some(Built { go: native.built_by()?.version.clone(), native: native.named(GUEST)?.clone() }),
        None => None,
    };
    Ok(App { named: GUEST.to_owned(), module, bytes, built })
}
