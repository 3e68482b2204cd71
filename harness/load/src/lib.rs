//! Reads the project's TOML files into the types of the model, or reports what is wrong: file, line, column, caret,
//! and what to do. No other crate reads the project's own TOML.
//!
//! [`suite`] reads `cases/` and `runtimes/`. It returns a [`Suite`], or [`Rejected`] with every problem found.
//! [`own::suite`] does that for a folder of cases that is not the project's, and [`save`] writes a case into one.
//! [`outside`] adds the divergences of a folder that is not the project's. [`known_failures`] reads those of Go tests, and
//! [`shown_by`] which cases show what tests of Go's standard library show, and [`test_lists`] what others keep of them.
//! [`bless`] writes observed deviations back as divergences. [`links`] tells whether a source stays what it is.
//!
//! The path of the data: `wire` has the shapes of the files, except `[command]` and `[host]`, which the model has;
//! `source` parses a file and renders a [`Diagnostic`]; `cases`, `runtimes`, `divergences` and the other modules turn
//! a shape into the model's type and check it.

mod adapter;
pub mod advisories;
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
mod guests;
mod install;
pub mod known_failures;
mod known_faults;
pub mod links;
mod modes;
pub mod outside;
pub mod own;
mod placements;
mod probes;
mod runtimes;
pub mod save;
pub mod shown_by;
mod source;
mod surroundings;
pub mod test_lists;
mod toml_text;
mod who_promises;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub use source::{Diagnostic, Rejected};

use guests::Guests;
use matrix_model::case::Case;
use matrix_model::fixture::Fixtures;
use matrix_model::runtime::Runtime;
use matrix_model::suite::Suite;

/// Reads `cases/` and `runtimes/` under the root. If another folder is given, the runtimes are read from there.
/// `checks` are the names of the probe's checks, which a runtime.toml may name.
///
/// # Errors
/// Every problem found, not only the first.
pub fn suite(root: &Path, runtimes: Option<&Path>, checks: &[&str]) -> Result<Suite, Rejected> {
    let mut problems = Vec::new();
    let guests = Guests::of_project(root, &mut problems);
    let fixtures = fixtures::load(root, &mut problems);
    let loaded = cases::load(root, &guests, &fixtures, &mut problems);
    problems.extend(loaded.none(&guests, &problems));
    // A folder of the user's need not hold the runtimes that the project's surroundings matter for.
    let is_project = runtimes.is_none();
    let read = Runtimes { root, folder: runtimes, named: None, checks };
    let runtimes = read.load(Some(&loaded.cases), &mut problems);
    problems.extend(divergences::of_one_sentence(&runtimes));
    let known = surroundings::Known { runtimes: is_project.then_some(&*runtimes), cases: Some(&loaded.cases) };
    let surroundings = surroundings::load(root, &known, &mut problems);
    problems.extend(surroundings::unknown_in_divergences(&runtimes, &surroundings));
    match problems.is_empty() {
        true => Ok(loaded.suite(root, fixtures, (runtimes, surroundings), &guests)),
        false => Err(Rejected::project(problems)),
    }
}

/// Reads only the runtimes, for a program that is in no case: a suite without cases. With `named`, only the runtimes of these
/// ids are read, and there may be none.
///
/// # Errors
/// As [`suite`].
pub fn runtimes_alone(
    root: &Path,
    runtimes: Option<&Path>,
    named: Option<&BTreeSet<String>>,
    checks: &[&str],
) -> Result<Suite, Rejected> {
    let mut problems = Vec::new();
    let runtimes = Runtimes { root, folder: runtimes, named, checks }.load(None, &mut problems);
    match problems.is_empty() {
        true => Ok(Suite {
            root: root.to_owned(),
            cases: Vec::new(),
            fixtures: Fixtures::new(),
            runtimes,
            surroundings: Vec::new(),
            imports: BTreeMap::new(),
            abouts: BTreeMap::new(),
            builds: BTreeMap::new(),
            guest_sources: None,
        }),
        false => Err(Rejected::project(problems)),
    }
}

/// Where the runtimes are read from.
#[derive(Clone, Copy)]
struct Runtimes<'r> {
    /// The project's root.
    root: &'r Path,
    /// The folder of the runtimes, if it is not the project's `runtimes/`.
    folder: Option<&'r Path>,
    /// The ids of those that are read; `None` for all.
    named: Option<&'r BTreeSet<String>>,
    checks: &'r [&'r str],
}

impl Runtimes<'_> {
    /// Reads them, with what is recorded about them on these cases. Without cases, nothing of that is read.
    fn load(self, cases: Option<&[Case]>, problems: &mut Vec<Diagnostic>) -> Vec<Runtime> {
        let own = self.root.join("runtimes");
        let folder = self.folder.unwrap_or(&own);
        let runtimes = runtimes::load(self.root, folder, cases, self.named, self.checks, problems);
        if problems.is_empty() && runtimes.is_empty() && self.named.is_none() {
            let folder = name(self.root, folder);
            let mend = "add a folder with a runtime.toml; runtimes/README.md says what is in it";
            problems.push(Diagnostic::plain(format!("{folder}: no runtime; {mend}")));
        }
        runtimes
    }
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
