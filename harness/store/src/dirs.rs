//! The folders of a run: the checkout, its state folder, and the store outside it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use matrix_model::folder_names::FOLDERS;

/// The folders a run uses.
#[derive(Debug, Clone)]
pub struct Places {
    /// The project's root.
    pub root: PathBuf,
    /// Records, guests and sandboxes of this checkout.
    pub state: PathBuf,
    /// Runtimes, toolchains and compiled code, shared by all checkouts.
    pub store: PathBuf,
    /// The records of the newest run, one for each cell.
    pub records: PathBuf,
    /// Whether downloads are forbidden.
    pub offline: bool,
}

impl Places {
    /// The folders for a checkout. The store is `$WASIP1_MATRIX_HOME`, else `wasip1-matrix` in the user's
    /// cache folder.
    ///
    /// # Errors
    /// If there is no home folder to put the store into, or a path is not UTF-8.
    pub fn of(root: &Path, offline: bool) -> Result<Places> {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let store = variable("WASIP1_MATRIX_HOME")
            .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("wasip1-matrix")))
            .or_else(|| variable("HOME").map(|home| home.join(".cache/wasip1-matrix")));
        let Some(store) = store else {
            bail!("none of WASIP1_MATRIX_HOME, XDG_CACHE_HOME and HOME is set: nowhere to keep runtimes");
        };
        let target = variable("CARGO_TARGET_DIR").unwrap_or_else(|| root.join("target"));
        let absolute = |path: PathBuf| std::path::absolute(path);
        let state = absolute(target)?.join("wasip1-matrix");
        let places = Places {
            root: absolute(root.to_owned())?,
            records: state.join("records"),
            state,
            store: absolute(store)?,
            offline,
        };
        for path in [&places.root, &places.state, &places.store] {
            if path.to_str().is_none() {
                bail!("{}: not UTF-8; records could not carry such a path", path.display());
            }
        }
        Ok(places)
    }

    /// Finds the project's root: this folder or one above it.
    ///
    /// # Errors
    /// If there is none.
    pub fn root_above(folder: &Path) -> Result<PathBuf> {
        let is_root = |folder: &&Path| folder.join("cases").is_dir() && folder.join("runtimes").is_dir();
        match folder.ancestors().find(is_root) {
            Some(root) => Ok(root.to_owned()),
            None => {
                bail!("{}: no folder here or above holds cases/ and runtimes/; name one with --root", folder.display())
            }
        }
    }

    /// The build folder of cargo packages. It is shared with `cargo test`, so nothing is built twice.
    pub fn target(&self) -> PathBuf {
        self.state.parent().map_or_else(|| self.state.clone(), Path::to_owned)
    }

    /// Where a version of a runtime is installed.
    pub fn prefix(&self, id: &str, version: &semver::Version) -> PathBuf {
        self.store.join(id).join(version.to_string())
    }

    /// The folder in which the cell of this name runs. It is kept if the cell is red.
    pub fn sandbox(&self, cell: &str) -> PathBuf {
        self.state.join("sandbox").join(cell)
    }

    /// The harness's own folders, each with its name in records. A folder that may be inside another comes before it.
    pub fn named<'p>(&'p self, sandbox: &'p Path) -> [(&'p Path, &'static str); 4] {
        let [in_sandbox, in_state, in_store, in_root] = FOLDERS;
        [(sandbox, in_sandbox), (&self.state, in_state), (&self.store, in_store), (&self.root, in_root)]
    }

    /// Writes a path or an argument the way records keep it.
    pub fn portable(&self, text: &str, sandbox: &Path) -> String {
        written_by_name(text, &self.named(sandbox))
    }

    /// A text that belongs to no particular cell, with the folders replaced by their names.
    pub fn without_folders(&self, text: &str) -> String {
        let [_, folders @ ..] = self.named(&self.root);
        written_by_name(text, &folders)
    }
}

/// A text with these folders replaced by their names.
fn written_by_name(text: &str, folders: &[(&Path, &str)]) -> String {
    let mut text = text.to_owned();
    for (folder, name) in folders {
        if let Some(folder) = folder.to_str() {
            text = text.replace(folder, name);
        }
    }
    text
}
