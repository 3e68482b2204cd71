//! The file that says which cases show what tests of Go's standard library show: `reports/std/cases.toml`.

use std::path::Path;

use serde_spanned::Spanned;

use super::known_failures::named;
use super::source::{Diagnostic, Rejected, Source};
use crate::wire::{ShownByEntry, ShownByFile};
use matrix_model::case::Case;
use matrix_model::go_test::shown_by::{Entry, Pattern};
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::Runtime;

/// Where the project keeps it, from its root.
pub const FILE: &str = "reports/std/cases.toml";

/// Reads the file below a root. Its entries may name only these cases and runtimes.
///
/// # Errors
/// Every problem found.
pub fn shown_by(root: &Path, cases: &[Case], runtimes: &[Runtime]) -> Result<Vec<Entry>, Rejected> {
    let rejected = |problems| Rejected::file(problems, Path::new(FILE));
    let source = Source::read(&root.join(FILE), root).map_err(|problem| rejected(vec![problem]))?;
    let file: ShownByFile = source.parse().map_err(|problem| rejected(vec![problem]))?;
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for written in &file.shown {
        match entry(written, cases, runtimes, &source) {
            Ok(entry) => entries.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(rejected(problems)) }
}

fn entry(
    written: &Spanned<ShownByEntry>,
    cases: &[Case],
    runtimes: &[Runtime],
    source: &Source,
) -> Result<Entry, Diagnostic> {
    let location = source.location(&written.span());
    let written = written.get_ref();
    let pattern = |text: &str, at: std::ops::Range<usize>| {
        Pattern::new(text).map_err(|_| source.problem(at, "the pattern is too long", "here", None))
    };
    let tests = match &written.tests {
        Some(tests) if tests.get_ref().is_empty() => {
            let help = "name tests, as in [\"TestRoot*\"], or leave the key out if the package as a whole is meant";
            return Err(source.problem(tests.span(), "the entry is about no test", "here", Some(help)));
        }
        Some(tests) => {
            let of = |text: &String| pattern(text, tests.span());
            Some(tests.get_ref().iter().map(of).collect::<Result<Vec<_>, _>>()?)
        }
        None => None,
    };
    let known = || cases.iter().map(|case| case.id.as_str());
    let ids = written.cases.get_ref();
    if let Some(id) = ids.iter().find(|id| known().all(|known| known != id.as_str())) {
        let help = format!("{}`wasip1-matrix list` shows the cases", did_you_mean(id, known()));
        return Err(source.problem(written.cases.span(), &format!("there is no case `{id}`"), "here", Some(&help)));
    }
    if written.why.get_ref().trim().is_empty() {
        let help = "say in one sentence why these cases show it, or why no case does";
        return Err(source.problem(written.why.span(), "`why` is empty", "here", Some(help)));
    }
    Ok(Entry {
        location,
        package: pattern(written.package.get_ref(), written.package.span())?,
        tests,
        runtimes: written.runtimes.as_ref().map(|ids| named(ids, runtimes, source)).transpose()?,
        says: written.says.clone(),
        cases: ids.clone(),
        why: written.why.get_ref().clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const GOOD: &str = "[[shown]]\npackage = \"os\"\ntests = [\"TestRoot*\"]\ncases = []\nwhy = \"Time.\"\n";

    fn read(text: &str) -> Result<Vec<Entry>, String> {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(root.path().join("reports/std")).expect("a folder");
        fs::write(root.path().join(FILE), text).expect("a file");
        shown_by(root.path(), &[], &[]).map_err(|rejected| rejected.to_string())
    }

    #[test]
    fn an_entry_is_read() {
        let [entry] = &read(GOOD).expect("an entry")[..] else { panic!("one entry") };
        assert_eq!(entry.location.to_string(), format!("{FILE}:1"));
        assert!(entry.cases.is_empty() && entry.tests.is_some());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (old, new, said) in [
            ("[]", "[\"fs/nosuch\"]", "there is no case `fs/nosuch`"),
            ("cases = []\n", "", "missing field `cases`"),
            ("\"Time.\"", "\" \"", "`why` is empty"),
            ("[\"TestRoot*\"]", "[]", "the entry is about no test"),
            ("cases", "runtimes = [\"nosuch\"]\ncases", "there is no runtime `nosuch`"),
        ] {
            let error = read(&GOOD.replace(old, new)).expect_err(said);
            assert!(error.contains(said) && error.contains(FILE), "{error}");
        }
    }
}
