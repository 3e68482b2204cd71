//! Results of earlier runs of test binaries: `go test` itself keeps none of a program that `-exec` starts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::flags::TestFlags;
use super::inputs::Inputs;
use matrix_model::digest::Encoder;
use matrix_model::go_test::PackageRun;
use matrix_model::runtime::Target;
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::test_binaries::TestPackage;
use matrix_store::atomic_write::write_whole;

/// The version of the files. Raise it if another result is read from the same run.
const VERSION: u32 = 2;

/// The folder of results.
pub(super) struct ResultCache {
    folder: PathBuf,
    /// Whether earlier results are taken.
    takes: bool,
}

/// A result, with what it was read from.
#[derive(Serialize, Deserialize)]
struct Kept {
    inputs: Inputs,
    state: String,
    run: PackageRun,
}

/// What identifies a run, besides the files and variables that its tests read.
pub(super) struct RunKey(String);

impl RunKey {
    /// The key of a test binary that is run with these flags in a column.
    ///
    /// # Errors
    /// If the column cannot be made ready.
    pub(super) fn of(provisioner: &Provisioner, column: usize, guest: &Guest, flags: &TestFlags) -> Result<RunKey> {
        let mut encoder = Encoder::new("go-test", VERSION);
        encoder.value("tool", &env!("CARGO_PKG_VERSION"))?;
        encoder.value("binary", &guest.sha256)?;
        encoder.value("flags", &flags.shown())?;
        if provisioner.columns()[column].runtime.target != Target::Host {
            encoder.append(&provisioner.runtime_part(column)?);
        }
        Ok(RunKey(encoder.finish()))
    }
}

impl ResultCache {
    pub(super) fn new(folder: &Path, takes: bool) -> ResultCache {
        ResultCache { folder: folder.to_owned(), takes }
    }

    /// The result of an earlier run, and what it was read from, if that has not changed since.
    pub(super) fn get(&self, key: &RunKey, package: &TestPackage) -> Option<(PackageRun, Inputs)> {
        if !self.takes {
            return None;
        }
        let kept: Kept = serde_json::from_slice(&fs::read(self.file(key)).ok()?).ok()?;
        let holds = kept.inputs.state(package) == kept.state;
        holds.then_some((PackageRun { from_cache: true, ..kept.run }, kept.inputs))
    }

    /// Keeps a result that was read from these inputs. `state` is theirs from before the run. A result that cannot be kept
    /// is one that is not taken.
    pub(super) fn keep(&self, key: &RunKey, inputs: &Inputs, state: &str, run: &PackageRun) {
        let kept = Kept { inputs: inputs.clone(), state: state.to_owned(), run: run.clone() };
        if let Ok(bytes) = serde_json::to_vec(&kept) {
            write_whole(&self.file(key), &bytes).ok();
        }
    }

    fn file(&self, RunKey(key): &RunKey) -> PathBuf {
        self.folder.join(&key[..2]).join(format!("{key}.json"))
    }
}
