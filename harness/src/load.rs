//! Reads the project's TOML files into the domain's types, or says what is wrong with them: file,
//! line, column, caret, and what to do. The only place that reads TOML.

mod adapter;
mod cases;
mod divergences;
mod exports;
mod install;
mod known_faults;
mod modes;
mod runtimes;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub use source::{Diagnostic, Rejected};

use crate::case::{Build, Case};
use crate::runtime::Runtime;

/// Everything the project's files say, checked against each other.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The project's root folder.
    pub root: PathBuf,
    /// The cases, ordered by id.
    pub cases: Vec<Case>,
    /// The runtimes, ordered by id.
    pub runtimes: Vec<Runtime>,
    /// For each guest that a case file says it of, the preview 1 functions it may import.
    pub imports: BTreeMap<String, BTreeSet<String>>,
    /// What each area is about, in one sentence, where its file says it.
    pub abouts: BTreeMap<String, String>,
    /// How each guest is built that a case file says it of; the others are commands.
    pub builds: BTreeMap<String, Build>,
}

impl Suite {
    /// Reads `cases/` and `runtimes/` under the root, and `runtimes/` under other folders if given.
    ///
    /// # Errors
    /// Every problem found, not only the first.
    pub fn load(root: &Path, runtimes: Option<&Path>) -> Result<Suite, Rejected> {
        let mut problems = Vec::new();
        let guests = folders_with(root, &root.join("go-guests"), Some("main.go"), &mut problems);
        // Git keeps no empty folders: a project without fixtures has no folder of them.
        let fixtures = match root.join("cases/fixtures") {
            folder if folder.exists() => folders_with(root, &folder, None, &mut problems),
            _ => BTreeSet::new(),
        };
        let loaded = cases::load(root, &guests, &fixtures, &mut problems);
        let own = root.join("runtimes");
        let folder = runtimes.unwrap_or(&own);
        let runtimes = runtimes::load(root, folder, &loaded.cases, &mut problems);
        if problems.is_empty() && runtimes.is_empty() {
            let folder = name(root, folder);
            let mend = "add a folder with a runtime.toml; runtimes/README.md says what is in it";
            problems.push(Diagnostic::plain(format!("{folder}: no runtime; {mend}")));
        }
        if !problems.is_empty() {
            return Err(Rejected { problems });
        }
        let cases::Loaded { cases, imports, abouts, builds } = loaded;
        Ok(Suite { root: root.to_owned(), cases, runtimes, imports, abouts, builds })
    }

    /// The names of all guests a case uses, in order.
    pub fn guests(&self) -> BTreeSet<&str> {
        self.cases.iter().map(|case| case.guest.as_str()).collect()
    }

    /// The names of the guests a case uses that are built so.
    pub fn built_as(&self, build: Build) -> BTreeSet<&str> {
        let is_so = |name: &&str| self.builds.get(*name).copied().unwrap_or_default() == build;
        self.guests().into_iter().filter(is_so).collect()
    }

    /// Where the fixtures stand.
    pub fn fixtures(&self) -> PathBuf {
        self.root.join("cases/fixtures")
    }
}

/// A path as messages show it: from the root, where it is below it.
fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// The names of the folders directly under `parent` that hold the given file.
fn folders_with(root: &Path, parent: &Path, file: Option<&str>, problems: &mut Vec<Diagnostic>) -> BTreeSet<String> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Diagnostic::plain(format!("{}: {error}; a project has such a folder", name(root, parent))));
            return BTreeSet::new();
        }
    };
    entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| file.map_or_else(|| entry.path().is_dir(), |file| entry.path().join(file).is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
