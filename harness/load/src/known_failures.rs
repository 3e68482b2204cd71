//! A file of known failures of tests: `wasip1-known-failures.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use semver::VersionReq;
use serde_spanned::Spanned;

use super::modes;
use super::source::{Diagnostic, Rejected, Source};
use crate::wire::{KnownFailureEntry, KnownFailureFile};
use matrix_model::go_test::known::KnownFailure;
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::Runtime;

/// What the file is called in the folder of a Go module.
pub const FILE: &str = "wasip1-known-failures.toml";

/// Reads a file of known failures. `runtimes` are those that an entry may name.
///
/// # Errors
/// Every problem found.
pub fn known_failures(path: &Path, runtimes: &[Runtime]) -> Result<Vec<KnownFailure>, Rejected> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let rejected = |problems| Rejected::file(problems, path);
    let source = Source::read(path, folder).map_err(|problem| rejected(vec![problem]))?;
    let file: KnownFailureFile = source.parse().map_err(|problem| rejected(vec![problem]))?;
    let (mut failures, mut problems) = (Vec::new(), Vec::new());
    for entry in &file.failure {
        match failure(entry, runtimes, &source) {
            Ok(failure) => failures.push(failure),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(failures) } else { Err(rejected(problems)) }
}

fn failure(
    entry: &Spanned<KnownFailureEntry>,
    runtimes: &[Runtime],
    source: &Source,
) -> Result<KnownFailure, Diagnostic> {
    let location = source.location(&entry.span());
    let entry = entry.get_ref();
    let (says, reason) = (&entry.says, &entry.reason);
    let named = match &entry.runtimes {
        Some(ids) => Some(named(ids, runtimes, source)?),
        None => None,
    };
    let versions = match &entry.versions {
        Some(range) if named.as_ref().is_some_and(|named| named.len() == 1) => {
            source.range(range.span(), range.get_ref())?
        }
        Some(range) => {
            let message = "a range of versions is one runtime's";
            let help = "name one runtime, and write an entry for each";
            return Err(source.problem(range.span(), message, "of which?", Some(help)));
        }
        None => VersionReq::STAR,
    };
    if let Some(modes) = &entry.modes {
        let of = |runtime: &&Runtime| named.as_ref().is_none_or(|named| named.contains(&runtime.id));
        for name in modes.get_ref() {
            let theirs: Vec<_> = runtimes.iter().filter(of).collect();
            if theirs.iter().any(|runtime| modes::unknown(name, &runtime.modes).is_none()) {
                continue;
            }
            let message = format!("no runtime of this entry has a mode `{name}`");
            return Err(source.problem(modes.span(), &message, "here", Some("the default mode is called `default`")));
        }
    }
    for (key, text) in [("says", says), ("reason", reason)] {
        if text.get_ref().trim().is_empty() {
            let help = "give a text of the failing test's output, and one sentence that says why it fails";
            return Err(source.problem(text.span(), &format!("`{key}` is empty"), "here", Some(help)));
        }
    }
    if entry.tests.get_ref().is_empty() {
        let help = "tests = [\"TestRename\"]; an entry for a test holds for its subtests, too";
        return Err(source.problem(entry.tests.span(), "the entry is about no test", "here", Some(help)));
    }
    source.upstream_issue(&entry.url)?;
    Ok(KnownFailure {
        location,
        package: entry.package.clone(),
        tests: entry.tests.get_ref().iter().cloned().collect(),
        runtimes: named,
        versions,
        modes: entry.modes.as_ref().map(|modes| modes.get_ref().iter().cloned().collect()),
        says: says.get_ref().clone(),
        sometimes: entry.sometimes,
        reason: reason.get_ref().clone(),
        url: entry.url.get_ref().clone(),
    })
}

/// The runtimes that an entry names.
pub(crate) fn named(
    ids: &Spanned<Vec<String>>,
    runtimes: &[Runtime],
    source: &Source,
) -> Result<BTreeSet<String>, Diagnostic> {
    let known = || runtimes.iter().map(|runtime| runtime.id.as_str());
    if let Some(id) = ids.get_ref().iter().find(|id| known().all(|known| known != id.as_str())) {
        let meant = did_you_mean(id, known());
        let help = format!("{meant}there are: {}", known().collect::<Vec<_>>().join(", "));
        return Err(source.problem(ids.span(), &format!("there is no runtime `{id}`"), "here", Some(&help)));
    }
    Ok(ids.get_ref().iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::runtimes;
    use super::*;

    const GOOD: &str = "[[failure]]\npackage = \"p\"\ntests = [\"TestA\"]\nruntimes = [\"fake\"]\nversions = \">=1\"\n\
                        says = \"no\"\nreason = \"It does not.\"\nurl = \"unreported\"\n";

    const RUNTIME: &str = "name = 'Fake'\nurl = 'https://example.org'\ninstall = { exe = 'fake', pins = ['1.2.3'], hint = 'none' }\n\
                           [host]\nprogram = ['{exe}']\n";

    fn read(text: &str) -> Result<Vec<KnownFailure>, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(FILE);
        fs::write(&path, text).expect("a file");
        let root = tempfile::tempdir().expect("a temporary folder");
        let of_runtime = root.path().join("runtimes/fake");
        fs::create_dir_all(&of_runtime).expect("a folder");
        fs::write(of_runtime.join("runtime.toml"), RUNTIME).expect("a file");
        let mut problems = Vec::new();
        let runtimes = runtimes::load(root.path(), &root.path().join("runtimes"), None, None, &[], &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        known_failures(&path, &runtimes).map_err(|rejected| rejected.to_string())
    }

    #[test]
    fn an_entry_is_read() {
        let [failure] = &read(GOOD).expect("an entry")[..] else { panic!("one entry") };
        assert_eq!((failure.package.as_str(), failure.says.as_str()), ("p", "no"));
        assert_eq!(failure.location.to_string(), format!("{FILE}:1"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (old, new, said) in [
            ("\"fake\"", "\"fakes\"", "did you mean `fake`"),
            ("runtimes = [\"fake\"]\n", "", "a range of versions is one runtime's"),
            ("\">=1\"", "\"one\"", "not a range of versions"),
            ("\"no\"", "\" \"", "`says` is empty"),
            ("[\"TestA\"]", "[]", "the entry is about no test"),
            ("\"unreported\"", "\"soon\"", "report it upstream"),
            ("says", "say", "`wasip1-matrix test --help` shows an entry"),
        ] {
            let error = read(&GOOD.replace(old, new)).expect_err(said);
            assert!(error.contains(said) && error.contains(FILE), "{error}");
        }
    }
}
