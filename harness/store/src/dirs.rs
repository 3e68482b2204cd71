//! The folders of a run: the checkout, its state folder, and the store outside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use matrix_model::folder_names::FOLDERS;

/// The folder in a suite of one's own for what is no part of it: records, sandboxes, built guests.
pub const OF_SUITE: &str = ".wasip1-matrix";

/// The folders a run uses.
#[derive(Debug, Clone)]
pub struct Places {
    /// The project's root.
    pub root: PathBuf,
    /// The build folder of cargo packages. It is shared with `cargo test`, so nothing is built twice.
    pub target: PathBuf,
    /// Records, guests and sandboxes of this checkout, or of a suite of one's own.
    pub state: PathBuf,
    /// Runtimes, toolchains and compiled code, shared by all checkouts.
    pub store: PathBuf,
    /// The Go toolchains that were fetched.
    pub toolchains: PathBuf,
    /// The records of the newest run, one for each cell.
    pub records: PathBuf,
    /// The folders in which cells run.
    pub sandboxes: PathBuf,
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
        let store = set("WASIP1_MATRIX_HOME")
            .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("wasip1-matrix")))
            .or_else(|| set("HOME").map(|home| home.join(".cache/wasip1-matrix")));
        let Some(store) = store else {
            bail!("none of WASIP1_MATRIX_HOME, XDG_CACHE_HOME and HOME is set: nowhere to keep runtimes");
        };
        let target = set("CARGO_TARGET_DIR").unwrap_or_else(|| root.join("target"));
        let absolute = |path: PathBuf| std::path::absolute(path);
        let target = absolute(target)?;
        let state = target.join("wasip1-matrix");
        let store = absolute(store)?;
        let places = Places {
            root: absolute(root.to_owned())?,
            records: state.join("records"),
            sandboxes: state.join("sandbox"),
            target,
            state,
            toolchains: store.join("go"),
            store,
            offline,
        };
        places.check()
    }

    /// The folders for a suite of one's own in this folder: its records and sandboxes are kept there, apart from those of
    /// the project.
    ///
    /// # Errors
    /// If the path is not UTF-8, or has a `:` in it.
    pub fn of_suite(self, folder: &Path) -> Result<Places> {
        let state = folder.join(OF_SUITE);
        // Several runtimes take `host:guest` for a mapped folder.
        if state.display().to_string().contains(':') {
            bail!(
                "{}: a runtime could not be told of folders with `:` in their path; move the suite",
                folder.display()
            );
        }
        Places { records: state.join("records"), sandboxes: state.join("sandbox"), state, ..self }.check()
    }

    fn check(self) -> Result<Places> {
        for path in [&self.root, &self.state, &self.store] {
            if path.to_str().is_none() {
                bail!("{}: not UTF-8; records could not carry such a path", path.display());
            }
        }
        Ok(self)
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

    /// Where a version of a runtime is installed.
    pub fn prefix(&self, id: &str, version: &semver::Version) -> PathBuf {
        self.store.join(id).join(version.to_string())
    }

    /// The folder in which the cell of this name runs. It is kept if the cell is red.
    pub fn sandbox(&self, cell: &str) -> PathBuf {
        self.sandboxes.join(cell)
    }

    /// The folders that records name, each with its name. A folder that may be inside another comes before it.
    pub fn named(&self, sandbox: &Path) -> Vec<(PathBuf, &'static str)> {
        let [in_sandbox, ..] = FOLDERS;
        let mut named = vec![(sandbox.to_owned(), in_sandbox)];
        named.extend(self.of_every_cell());
        named
    }

    fn of_every_cell(&self) -> Vec<(PathBuf, &'static str)> {
        let [_, in_state, in_store, in_root, in_crates] = FOLDERS;
        let own = [(&self.state, in_state), (&self.store, in_store), (&self.root, in_root)];
        let mut named: Vec<_> = own.map(|(folder, name)| (folder.clone(), name)).into();
        let sources = cargo_home().map_or_else(Vec::new, |home| crate_sources(&home));
        named.extend(sources.into_iter().map(|folder| (folder, in_crates)));
        named
    }

    /// Writes a path or an argument the way records keep it.
    pub fn portable(&self, text: &str, sandbox: &Path) -> String {
        written_by_name(text, &self.named(sandbox))
    }

    /// A text that belongs to no particular cell, with the folders replaced by their names.
    pub fn without_folders(&self, text: &str) -> String {
        written_by_name(text, &self.of_every_cell())
    }
}

/// The folders with the sources of fetched crates, one for each registry. They are looked up anew each time, because a
/// host that is built during a run may bring the first of them.
fn crate_sources(cargo_home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(cargo_home.join("registry/src")) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn cargo_home() -> Option<PathBuf> {
    set("CARGO_HOME").or_else(|| set("HOME").map(|home| home.join(".cargo")))
}

/// The path that an environment variable holds; `None` if it is not set or empty.
fn set(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A text with these folders replaced by their names.
pub(crate) fn written_by_name(text: &str, folders: &[(PathBuf, &str)]) -> String {
    let mut text = text.to_owned();
    for (folder, name) in folders {
        if let Some(folder) = folder.to_str() {
            text = text.replace(folder, name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn sources_of_crates_are_named_without_their_registry() {
        let home = TempDir::new().expect("a temporary folder");
        let registry = home.path().join("registry/src/index.example-0123");
        fs::create_dir_all(&registry).expect("a folder");
        let folders: Vec<_> = crate_sources(home.path()).into_iter().map(|folder| (folder, "$CRATES")).collect();
        let panic = format!("panicked at {}/engine-1.2.3/src/lib.rs:4:5:", registry.display());
        assert_eq!(written_by_name(&panic, &folders), "panicked at $CRATES/engine-1.2.3/src/lib.rs:4:5:");
        assert_eq!(crate_sources(&home.path().join("elsewhere")), Vec::<PathBuf>::new());
    }
}
