//! Divergences from a folder outside the project: `<folder>/<runtime>.toml`.
//!
//! Such a folder stays in the repository of whoever develops a runtime, while this project goes on. What this project
//! changes must not break it, so an entry that is no longer about anything is a warning. What is wrong in the entry itself
//! is an error, as it is in the project's own files.

use std::fs;
use std::path::{Path, PathBuf};

use semver::{Prerelease, Version, VersionReq};

use super::divergences::{Entries, carried_over, outside_entries};
use super::source::{Diagnostic, Rejected};
use matrix_model::divergence::Divergence;
use matrix_model::runtime::Runtime;
use matrix_model::suite::Suite;

/// The file of a runtime in a folder outside the project.
pub fn file(folder: &Path, runtime: &str) -> PathBuf {
    folder.join(format!("{runtime}.toml"))
}

/// Adds the entries of a folder to the runtimes of a suite. Where they and the project's own speak of the same cell, they
/// apply. Returns a warning for each entry that is no longer about anything, or no longer needed.
///
/// # Errors
/// Every problem found: a file that cannot be read or is of no runtime, and what is wrong in an entry.
pub fn add(suite: &mut Suite, folder: &Path) -> Result<Vec<Diagnostic>, Rejected> {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    for path in files(folder, &mut problems) {
        let Some(runtime) = of_file(&path, suite) else {
            let ids: Vec<_> = suite.runtimes.iter().map(|runtime| runtime.id.as_str()).collect();
            let message = "the file is named as no runtime";
            problems.push(Diagnostic::plain(format!("{}: {message}; there are: {}", path.display(), ids.join(", "))));
            continue;
        };
        let of_runtime = &mut suite.runtimes[runtime];
        let found = outside_entries(&suite.root, &path, &of_runtime.modes, &suite.cases, &mut problems);
        let Entries { divergences, warnings: outdated } = found;
        warnings.extend(outdated);
        warnings.extend(divergences.iter().filter_map(|entry| needless(entry, of_runtime)));
        if let Some(entry) = divergences.first().filter(|_| of_runtime.is_reference()) {
            problems.push(Diagnostic::plain(format!(
                "{}: {} is the reference: it has no divergences",
                entry.location, of_runtime.id
            )));
        }
        of_runtime.carried_over.extend(carried_over(&divergences, &suite.cases, &mut problems));
        of_runtime.divergences.extend(divergences);
    }
    if problems.is_empty() { Ok(warnings) } else { Err(Rejected::project(problems)) }
}

/// The TOML files of a folder, in order. A folder in it would be read by nobody.
fn files(folder: &Path, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Diagnostic::plain(format!("{}: {error}", folder.display())));
            return Vec::new();
        }
    };
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.sort();
    for inside in files.iter().filter(|path| path.is_dir()) {
        let message = "a folder is not read; put the entries of a runtime into one file";
        problems.push(Diagnostic::plain(format!("{}: {message}, <runtime>.toml", inside.display())));
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && !path.is_dir());
    files
}

/// The runtime that a file is named as, by its place in the suite.
fn of_file(path: &Path, suite: &Suite) -> Option<usize> {
    let id = path.file_stem()?.to_str()?;
    suite.runtimes.iter().position(|runtime| runtime.id == id)
}

/// The warning about an entry that says what the project's own say by now.
fn needless(entry: &Divergence, runtime: &Runtime) -> Option<Diagnostic> {
    let is_same = |own: &&Divergence| {
        own.case == entry.case
            && own.sometimes == entry.sometimes
            && own.instead == entry.instead
            && covers(&own.versions, &entry.versions)
            && own.modes.as_ref().is_none_or(|own| entry.modes.as_ref().is_some_and(|modes| modes.is_subset(own)))
    };
    let own = runtime.divergences.iter().find(is_same)?;
    let message = format!("`{}` is recorded in the project by now, in {}; delete the entry", entry.case, own.location);
    Some(Diagnostic::warning(format!("{}: {message}", entry.location)))
}

/// Whether every version in one range is in another one. Each comparator of a range begins or ends to hold at one of four
/// versions, so it is enough to look at those.
fn covers(wide: &VersionReq, narrow: &VersionReq) -> bool {
    let mut turns = vec![Version::new(0, 0, 0)];
    for comparator in wide.comparators.iter().chain(&narrow.comparators) {
        let (major, minor, patch) =
            (comparator.major, comparator.minor.unwrap_or_default(), comparator.patch.unwrap_or_default());
        turns.extend([
            Version::new(major, minor, patch),
            Version::new(major, minor, patch + 1),
            Version::new(major, minor + 1, 0),
            Version::new(major + 1, 0, 0),
        ]);
        if comparator.pre != Prerelease::EMPTY {
            turns.push(Version { pre: comparator.pre.clone(), ..Version::new(major, minor, patch) });
        }
    }
    turns.iter().all(|version| wide.matches(version) || !narrow.matches(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_covers_another_one_if_it_has_all_of_its_versions() {
        let covers = |wide: &str, narrow: &str| {
            let range = |text: &str| VersionReq::parse(text).expect("a range");
            covers(&range(wide), &range(narrow))
        };
        for (wide, narrow) in [
            ("*", "*"),
            ("*", ">=1.2, <2"),
            ("<=1.12.0", "=1.12.0"),
            ("<=1.12.0", ">=1.3.0, <1.12.0"),
            (">=1.2", "^1.2.3"),
            ("^1", ">=1.0.0, <2.0.0"),
            ("~1.2", "=1.2"),
            (">=1.13.0-dev", "=1.13.0-dev"),
        ] {
            assert!(covers(wide, narrow), "{wide} has {narrow}");
        }
        for (wide, narrow) in [
            ("<=1.12.0", "*"),
            ("<1.12.0", "=1.12.0"),
            ("<1.12.0", "<=1.12.0"),
            ("=1.12.0", "=1.12"),
            (">1.2", ">=1.2.0"),
            ("^1.2.3", ">=1.2"),
            ("*", "=1.13.0-dev"),
        ] {
            assert!(!covers(wide, narrow), "{wide} has not all of {narrow}");
        }
    }
}
