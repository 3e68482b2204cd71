//! `runtimes/advisories.toml`: published advisories, and the cells that show what they are about.

use std::collections::BTreeSet;
use std::path::Path;

use serde_spanned::Spanned;

use super::source::{Diagnostic, Rejected, Source};
use crate::wire::{AdvisoryEntry, AdvisoryFile};
use matrix_model::advisory::{Advisory, Published, Shown};
use matrix_model::case::Tier;
use matrix_model::names::ColumnName;
use matrix_model::nearest::did_you_mean;
use matrix_model::suite::Suite;

/// The file, below the project's root.
pub const FILE: &str = "runtimes/advisories.toml";

/// Reads the project's advisories and holds them against its cases, runtimes and surroundings. A project without the file
/// has none.
///
/// # Errors
/// Every problem found, with its line.
pub fn advisories(root: &Path, suite: &Suite) -> Result<Vec<Advisory>, Rejected> {
    let path = root.join(FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let source = Source::read(&path, root).map_err(|problem| Rejected::project(vec![problem]))?;
    let file = source.parse::<AdvisoryFile>().map_err(|problem| Rejected::project(vec![problem]))?;
    let (mut problems, mut seen, mut advisories) = (Vec::new(), BTreeSet::new(), Vec::new());
    for entry in file.advisory {
        if !seen.insert(entry.id.get_ref().clone()) {
            let message = format!("`{}` is there twice", entry.id.get_ref());
            problems.push(source.problem(entry.id.span(), &message, "second entry", Some("merge the two")));
        }
        match advisory(entry, suite, &source) {
            Ok(advisory) => advisories.push(advisory),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(advisories) } else { Err(Rejected::project(problems)) }
}

fn advisory(entry: AdvisoryEntry, suite: &Suite, source: &Source) -> Result<Advisory, Diagnostic> {
    for text in [&entry.id, &entry.about, &entry.affected, &entry.mended] {
        if text.get_ref().trim().is_empty() {
            let help = "an advisory has an id, one sentence about it, its affected and its mended versions";
            return Err(source.problem(text.span(), "this says nothing", "empty", Some(help)));
        }
    }
    if !entry.url.get_ref().starts_with("https://") {
        let help = "only what is published is told here; give its address, https://…";
        return Err(source.problem(entry.url.span(), "an advisory has an address", "no address", Some(help)));
    }
    let location = source.location(&entry.id.span());
    let shown = shown(&entry, suite, source)?;
    let published = Published {
        id: entry.id.into_inner(),
        url: entry.url.into_inner(),
        about: entry.about.into_inner(),
        affected: entry.affected.into_inner(),
        mended: entry.mended.into_inner(),
    };
    Ok(Advisory { location, published, shown })
}

fn shown(entry: &AdvisoryEntry, suite: &Suite, source: &Source) -> Result<Shown, Diagnostic> {
    let problem =
        |message: &str, help: &str| Err(source.problem(entry.id.span(), message, "this advisory", Some(help)));
    match (&entry.case, &entry.unseen) {
        (Some(_), Some(unseen)) => {
            let help = "keep `case`, or say in `unseen` why there is none";
            Err(source.problem(unseen.span(), "it is seen and cannot be seen", "not both", Some(help)))
        }
        (None, None) => {
            problem("it says neither how it is seen nor why not", "add `case`, `red` and `green`, or `unseen`")
        }
        (None, Some(unseen)) if unseen.get_ref().trim().is_empty() => {
            Err(source.problem(unseen.span(), "this says nothing", "empty", Some("say in one sentence why")))
        }
        (None, Some(_)) if !entry.red.is_empty() || !entry.green.is_empty() => {
            problem("columns show nothing without a case", "add `case`, or delete `red` and `green`")
        }
        (None, Some(unseen)) => Ok(Shown::Not(unseen.get_ref().clone())),
        (Some(_), None) if entry.red.is_empty() || entry.green.is_empty() => problem(
            "a case shows an advisory only if it is red in one column and green in another",
            "name columns in `red` and in `green`, such as wazero@1.8.0",
        ),
        (Some(case), None) => {
            check_case(case, suite, source)?;
            let columns = |named: &[Spanned<String>]| -> Result<Vec<_>, _> {
                named.iter().map(|name| column(name, suite, source)).collect()
            };
            Ok(Shown::By { case: case.get_ref().clone(), red: columns(&entry.red)?, green: columns(&entry.green)? })
        }
    }
}

fn check_case(case: &Spanned<String>, suite: &Suite, source: &Source) -> Result<(), Diagnostic> {
    let id = case.get_ref();
    match suite.cases.iter().find(|known| known.id == *id) {
        Some(known) if known.tier == Tier::Observe => {
            let message = format!("`{id}` is of tier `observe`: it is never red");
            Err(source.problem(case.span(), &message, "judges nothing", Some("name a case that judges")))
        }
        Some(_) => Ok(()),
        None => {
            let meant = did_you_mean(id, suite.cases.iter().map(|case| case.id.as_str()));
            let help = format!("{meant}`wasip1-matrix list` shows all cases");
            Err(source.problem(case.span(), &format!("there is no case `{id}`"), "no such case", Some(&help)))
        }
    }
}

fn column(name: &Spanned<String>, suite: &Suite, source: &Source) -> Result<ColumnName, Diagnostic> {
    let problem = |message: &str, help: &str| source.problem(name.span(), message, "this column", Some(help));
    let column: ColumnName = (name.get_ref().parse::<ColumnName>())
        .map_err(|error| problem(&format!("{error}"), "name a column: wasmtime-python@43.0.0+no-openat2"))?;
    let Some(runtime) = suite.runtimes.iter().find(|runtime| runtime.id == column.runtime) else {
        let meant = did_you_mean(&column.runtime, suite.runtimes.iter().map(|runtime| runtime.id.as_str()));
        let message = format!("there is no runtime `{}`", column.runtime);
        return Err(problem(&message, &format!("{meant}name a folder of runtimes/")));
    };
    if let Some(mode) = &column.mode
        && !runtime.modes.iter().any(|known| known.name() == mode)
    {
        let message = format!("the runtime has no mode `{mode}`");
        return Err(problem(&message, "runtime.toml has the modes"));
    }
    if let Some(surrounding) = &column.surrounding
        && !suite.surroundings.iter().any(|known| known.name == *surrounding)
    {
        let names = suite.surroundings.iter().map(|known| known.name.as_str());
        let help = format!("{}runtimes/surroundings.toml has them", did_you_mean(surrounding, names));
        return Err(problem(&format!("there is no surrounding `{surrounding}`"), &help));
    }
    Ok(column)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use matrix_model::fixture::Fixtures;

    /// What is said of a file with this text, in a project without cases and runtimes.
    fn read(text: &str) -> Result<Vec<Advisory>, String> {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(root.path().join("runtimes")).expect("a folder");
        fs::write(root.path().join(FILE), text).expect("a file");
        let suite = Suite {
            root: root.path().to_owned(),
            cases: Vec::new(),
            fixtures: Fixtures::new(),
            runtimes: Vec::new(),
            surroundings: Vec::new(),
            imports: BTreeMap::new(),
            abouts: BTreeMap::new(),
            builds: BTreeMap::new(),
            guest_sources: None,
        };
        advisories(root.path(), &suite).map_err(|rejected| rejected.to_string())
    }

    /// An entry with these lines after the five that each has.
    fn entry(rest: &str) -> String {
        let head = "id = 'A-1'\nurl = 'https://example.org'\nabout = 'a'\naffected = '<2'\nmended = '2'\n";
        format!("[[advisory]]\n{head}{rest}\n")
    }

    #[test]
    fn an_advisory_that_cannot_be_seen_says_why() {
        let read = read(&entry("unseen = 'Nobody can.'")).expect("it is as the format says");
        assert_eq!((read[0].published.id.as_str(), read[0].location.line), ("A-1", 2));
        assert!(matches!(&read[0].shown, Shown::Not(why) if why == "Nobody can."));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let seen = "case = 'a/b'\nred = ['c@1.0.0']\ngreen = ['c@2.0.0']";
        for (text, told, line) in [
            (entry(""), "it says neither how it is seen nor why not", 2),
            (entry("case = 'a/b'\nred = ['c@1.0.0']"), "a case shows an advisory only if it is red in one column", 2),
            (entry("red = ['c@1.0.0']\nunseen = 'why'"), "columns show nothing without a case", 2),
            (entry(&format!("{seen}\nunseen = 'why'")), "it is seen and cannot be seen", 10),
            (entry(seen), "there is no case `a/b`", 7),
            (entry("unseen = ' '"), "this says nothing", 7),
            (entry("unseen = 'why'").replace("https:", "mailto:"), "an advisory has an address", 3),
            (entry("unseen = 'why'").repeat(2), "`A-1` is there twice", 9),
            (entry("kind = 'bad'"), "unknown field `kind`", 7),
        ] {
            let said = read(&text).expect_err(told);
            assert!(said.contains(told) && said.contains(&format!("{FILE}:{line}:")), "{said}");
        }
    }
}
