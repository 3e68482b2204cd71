//! A suite of one's own: cases, fixtures, guests and divergences in a folder that is not the project's. The runtimes are the
//! project's. What the project has recorded about them speaks of its own cases, and is not read.

use std::path::{Path, PathBuf};

use super::source::{Diagnostic, Rejected};
use super::{Runtimes, cases, fixtures, outside, surroundings};
use crate::guests::Guests;
use matrix_model::capability::Capability;
use matrix_model::suite::{GuestSource, Suite};

/// The folder for divergences in a suite of one's own.
pub fn divergences(folder: &Path) -> PathBuf {
    folder.join("divergences")
}

/// Reads the cases of a folder, with its divergences, and the runtimes of a project. Returns the warnings too. The folder's
/// path is canonical. `runtimes` and `checks` are as for [`suite`](crate::suite).
///
/// # Errors
/// Every problem found, not only the first.
pub fn suite(
    folder: &Path,
    root: &Path,
    runtimes: Option<&Path>,
    checks: &[&str],
) -> Result<(Suite, Vec<Diagnostic>), Rejected> {
    let mut problems = Vec::new();
    let rejected = |problems| Rejected::suite(problems, folder);
    if !folder.join("cases").is_dir() {
        let mend = "`wasip1-matrix new DIR` writes a suite to begin with, in a new folder";
        return Err(rejected(vec![Diagnostic::plain(format!("cases: there is no such folder; {mend}"))]));
    }
    let guests = Guests::of_suite(folder);
    let fixtures = fixtures::load(folder, &mut problems);
    let mut loaded = cases::load(folder, &guests, &fixtures, &mut problems);
    problems.extend(loaded.none(&guests, &problems));
    let is_project = runtimes.is_none();
    let runtimes = Runtimes { root, folder: runtimes, named: None, checks }.load(None, &mut problems);
    let held_against = surroundings::Known { runtimes: is_project.then_some(&*runtimes), cases: None };
    let surroundings = surroundings::load(root, &held_against, &mut problems);
    if !problems.is_empty() {
        return Err(rejected(problems));
    }
    // A module has no source from which a program for native Linux could be built.
    let sources = guests.sources(&loaded.cases).unwrap_or_default();
    let of_module = |guest: &String| matches!(sources.get(guest), Some(GuestSource::Module(_)));
    for case in loaded.cases.iter_mut().filter(|case| of_module(&case.guest)) {
        case.named_needs.insert(Capability::Preview1);
    }
    let mut suite = loaded.suite(folder, fixtures, (runtimes, surroundings), &guests);
    let known = divergences(folder);
    let warnings = match known.is_dir() {
        true => outside::add(&mut suite, &known).map_err(|found| rejected(found.problems))?,
        false => Vec::new(),
    };
    Ok((suite, warnings))
}
