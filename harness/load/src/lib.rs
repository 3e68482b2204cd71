//! Reads the project's TOML files into the types of the model, or reports what is wrong: file, line, column, caret,
//! and what to do. No other crate reads the project's own TOML.
//!
//! [`suite`] reads `cases/` and `runtimes/`. It returns a [`Suite`], or [`Rejected`] with every problem found.
//! [`outside`] adds the divergences of a folder that is not the project's.
//! [`bless`] writes observed deviations back as divergences. [`links`] tells whether a source stays what it is.
//!
//! The path of the data: `wire` has the shapes of the files, except `[command]` and `[host]`, which the model has;
//! `source` parses a file and renders a [`Diagnostic`]; `cases`, `runtimes`, `divergences` and the other modules turn
//! a shape into the model's type and check it.

mod adapter;
pub mod bless;
mod cases;
mod control;
mod disclosure;
mod divergences;
#[cfg(test)]
mod documented;
mod expectations;
mod exports;
mod fields;
mod fixtures;
mod got_out;
mod install;
mod known_faults;
pub mod links;
mod modes;
pub mod outside;
mod placements;
mod runtimes;
mod source;
mod who_promises;
mod wire;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub use source::{Diagnostic, Rejected};

use matrix_model::suite::Suite;

/// Reads `cases/` and `runtimes/` under the root. If another folder is given, the runtimes are read from there.
/// `checks` are the names of the probe's checks, which a runtime.toml may name.
///
/// # Errors
/// Every problem found, not only the first.
pub fn suite(root: &Path, runtimes: Option<&Path>, checks: &[&str]) -> Result<Suite, Rejected> {
    let mut problems = Vec::new();
    let guests = folders_with(root, &root.join("go-guests"), Some("main.go"), &mut problems);
    let fixtures = fixtures::load(root, &mut problems);
    let loaded = cases::load(root, &guests, &fixtures, &mut problems);
    let own = root.join("runtimes");
    let folder = runtimes.unwrap_or(&own);
    let runtimes = runtimes::load(root, folder, &loaded.cases, checks, &mut problems);
    problems.extend(divergences::of_one_sentence(&runtimes));
    if problems.is_empty() && runtimes.is_empty() {
        let folder = name(root, folder);
        let mend = "add a folder with a runtime.toml; runtimes/README.md says what is in it";
        problems.push(Diagnostic::plain(format!("{folder}: no runtime; {mend}")));
    }
    if !problems.is_empty() {
        return Err(Rejected { problems });
    }
    let cases::Loaded { cases, imports, abouts, builds } = loaded;
    Ok(Suite { root: root.to_owned(), cases, fixtures: fixtures.fixtures, runtimes, imports, abouts, builds })
}

/// A path as shown in messages: relative to the root if it is below the root.
fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Whether a name is a single path component that never needs quoting.
fn is_name(name: &str) -> bool {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(sound)
}

/// The problem to report for a guest or a fixture that no case uses.
fn unused(what: &str, place: &str, name: &str) -> Diagnostic {
    Diagnostic::plain(format!(
        "{place}/{name}: no case uses this {what}; add a case under cases/, or delete the {what}"
    ))
}

/// The names of the folders directly under `parent` that contain the given file.
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
