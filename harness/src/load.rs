//! Reads the project's TOML files into the domain's types, or says what is wrong with them: file,
//! line, column, caret, and what to do. The only place that reads TOML.

mod cases;
mod runtimes;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub use source::{Diagnostic, Rejected};

use crate::case::Case;
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
}

impl Suite {
    /// Reads `cases/` and `runtimes/` under the root, and `runtimes/` under other folders if given.
    ///
    /// # Errors
    /// Every problem found, not only the first.
    pub fn load(root: &Path, runtimes: Option<&Path>) -> Result<Suite, Rejected> {
        let mut problems = Vec::new();
        let guests = folders_with(&root.join("go-guests"), Some("main.go"), &mut problems);
        let fixtures = folders_with(&root.join("cases/fixtures"), None, &mut problems);
        let loaded = cases::load(root, &guests, &fixtures, &mut problems);
        let own = root.join("runtimes");
        let runtimes = runtimes::load(root, runtimes.unwrap_or(&own), &loaded.cases, &mut problems);
        if problems.is_empty() && loaded.cases.is_empty() {
            problems.push(Diagnostic::plain(format!("{}: no case in any file", root.join("cases").display())));
        }
        if problems.is_empty() && runtimes.is_empty() {
            problems.push(Diagnostic::plain(format!("{}: no runtime", own.display())));
        }
        if !problems.is_empty() {
            return Err(Rejected { problems });
        }
        Ok(Suite { root: root.to_owned(), cases: loaded.cases, runtimes, imports: loaded.imports })
    }

    /// The names of all guests a case uses, in order.
    pub fn guests(&self) -> BTreeSet<&str> {
        self.cases.iter().map(|case| case.guest.as_str()).collect()
    }

    /// Where a fixture stands.
    pub fn fixture(&self, name: &str) -> PathBuf {
        self.root.join("cases/fixtures").join(name)
    }
}

/// The names of the folders directly under `parent` that hold the given file.
fn folders_with(parent: &Path, file: Option<&str>, problems: &mut Vec<Diagnostic>) -> BTreeSet<String> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Diagnostic::plain(format!("{}: {error}", parent.display())));
            return BTreeSet::new();
        }
    };
    entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| file.map_or_else(|| entry.path().is_dir(), |file| entry.path().join(file).is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
