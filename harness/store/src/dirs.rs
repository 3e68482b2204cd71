//! The folders of a run: the project, its state folder, and the store.

use std::cmp::Reverse;
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
    /// Records, guests and sandboxes of this project, or of a suite of one's own.
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
    /// The folders for a checkout. What is built and recorded is in `$CARGO_TARGET_DIR`, else in its `target`.
    ///
    /// # Errors
    /// Those of [`store`]; if a path is not UTF-8.
    pub fn of(root: &Path, offline: bool) -> Result<Places> {
        let target = set("CARGO_TARGET_DIR").unwrap_or_else(|| root.join("target"));
        Places::with_target(root, &target, offline)
    }

    /// The folders for a project that is in no checkout, with the folder for what is built and recorded.
    ///
    /// # Errors
    /// As [`Places::of`].
    pub fn with_target(root: &Path, target: &Path, offline: bool) -> Result<Places> {
        let target = std::path::absolute(target)?;
        let state = target.join("wasip1-matrix");
        let store = store()?;
        let places = Places {
            root: std::path::absolute(root)?,
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

    /// Finds the project's root: this folder or one above it. `None` if there is none.
    pub fn root_above(folder: &Path) -> Option<PathBuf> {
        let is_root = |folder: &&Path| folder.join("cases").is_dir() && folder.join("runtimes").is_dir();
        folder.ancestors().find(is_root).map(Path::to_owned)
    }

    /// Whether a file is built by this project. The store may be inside a folder of built files, or have such a folder in
    /// it, so the innermost one decides.
    pub fn is_built(&self, file: &Path) -> bool {
        let folders = [(self.target.clone(), true), (self.state.clone(), true), (self.store.clone(), false)];
        let around = folders.into_iter().filter(|(folder, _)| file.starts_with(folder));
        around.max_by_key(|(folder, _)| folder.components().count()).is_some_and(|(_, is_built)| is_built)
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
        // Without a checkout the root is inside the store; the store may be inside a checkout.
        named.sort_by_key(|(folder, _)| Reverse(folder.components().count()));
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

/// The store: `$WASIP1_MATRIX_HOME`, else `wasip1-matrix` in the user's cache folder.
///
/// # Errors
/// If there is no home folder to put it into.
pub fn store() -> Result<PathBuf> {
    let store = set("WASIP1_MATRIX_HOME")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("wasip1-matrix")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/wasip1-matrix")));
    match store {
        Some(store) => Ok(std::path::absolute(store)?),
        None => bail!("none of WASIP1_MATRIX_HOME, XDG_CACHE_HOME and HOME is set: nowhere to keep runtimes"),
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

    fn places(root: &str, target: &str, store: &str) -> Places {
        let [root, store, state] = [root, store, &format!("{target}/wasip1-matrix")].map(PathBuf::from);
        let (records, sandboxes, toolchains) = (state.join("records"), state.join("sandbox"), store.join("go"));
        let target = PathBuf::from(target);
        Places { root, target, state, store, toolchains, records, sandboxes, offline: false }
    }

    #[test]
    fn a_folder_inside_another_keeps_its_own_name() {
        let of_checkout = places("/p", "/p/target", "/p/target/store");
        let named = |places: &Places, path: &str| places.without_folders(path);
        assert_eq!(named(&of_checkout, "/p/target/store/wazero"), "$STORE/wazero");
        assert_eq!(named(&of_checkout, "/p/target/wasip1-matrix/guests"), "$STATE/guests");
        assert_eq!(named(&of_checkout, "/p/runtimes/node"), "$ROOT/runtimes/node");
        let in_store = places("/s/projects/1/files", "/s/projects/1/target", "/s");
        assert_eq!(named(&in_store, "/s/wazero"), "$STORE/wazero");
        assert_eq!(named(&in_store, "/s/projects/1/target/wasip1-matrix/guests"), "$STATE/guests");
        assert_eq!(named(&in_store, "/s/projects/1/files/runtimes/node"), "$ROOT/runtimes/node");
    }

    #[test]
    fn what_the_project_builds_is_known_wherever_the_store_is() {
        for (places, built, installed) in [
            (places("/p", "/p/target", "/p/target/store"), "/p/target/host/x", "/p/target/store/wazero/bin/wazero"),
            (
                places("/s/projects/1/files", "/s/projects/1/target", "/s"),
                "/s/projects/1/target/host/x",
                "/s/wazero/bin",
            ),
            (places("/p", "/p/target", "/s"), "/p/target/wasip1-matrix/guests/x", "/s/wazero/bin/wazero"),
        ] {
            assert!(places.is_built(Path::new(built)), "{built}");
            assert!(!places.is_built(Path::new(installed)), "{installed}");
        }
    }

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
