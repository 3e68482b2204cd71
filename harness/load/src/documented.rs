//! Checks that the keys listed in the READMEs of the two formats are exactly the keys of the types.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::fields::fields;
use super::modes;
use crate::wire::{
    AdvisoryEntry, CaseEntry, CaseFile, DivergenceEntry, ExpectEntry, Install, ProbeTable, RuntimeFile,
    SurroundingTable,
};
use matrix_model::capability::Capability;
use matrix_model::runtime::{Command, Host, VersionProbe};

/// The text of a file of the project, searched for from the crate's folder upwards.
fn text(name: &str) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = here.ancestors().map(|folder| folder.join(name)).find(|path| path.exists());
    fs::read_to_string(path.unwrap_or_else(|| panic!("no {name}"))).unwrap()
}

/// The text between a heading and the next one.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let (_, after) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    after.split("\n## ").next().unwrap_or(after)
}

/// The keys in the first column of a text's tables: `command.env`, `dir` means `command.env` and `command.dir`.
fn listed(text: &str, column: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        let Some(cell) = line.strip_prefix("| ").and_then(|line| line.split(" | ").next()) else {
            inside &= line.starts_with("|---");
            continue;
        };
        if !inside {
            inside = cell == column;
            continue;
        }
        let mut table = "";
        for key in cell.split('`').skip(1).step_by(2) {
            match key.rsplit_once('.') {
                Some((of, _)) => {
                    table = of;
                    keys.insert(key.to_owned());
                }
                None if table.is_empty() => drop(keys.insert(key.to_owned())),
                None => drop(keys.insert(format!("{table}.{key}"))),
            }
        }
    }
    keys
}

/// The keys of a type. A key in `tables` is replaced by the keys of its table.
fn keys(of: &[&str], tables: &[(&str, BTreeSet<String>)]) -> BTreeSet<String> {
    let inside = |key: &&str| match tables.iter().find(|(table, _)| table == key) {
        Some((_, keys)) => keys.clone(),
        None => BTreeSet::from([(*key).to_owned()]),
    };
    of.iter().flat_map(inside).collect()
}

fn under(table: &str, keys: impl IntoIterator<Item = impl std::fmt::Display>) -> BTreeSet<String> {
    keys.into_iter().map(|key| format!("{table}.{key}")).collect()
}

#[test]
fn of_a_runtime() {
    let readme = text("runtimes/README.md");
    let (format, _) = readme.split_once("\n## Where it comes from\n").unwrap();
    let mut mode = under("mode.<name>", modes::own_keys());
    mode.insert("mode.<name>".to_owned());
    let tables = [
        ("version", under("version", fields::<VersionProbe>())),
        ("command", under("command", fields::<Command>())),
        ("host", under("host", fields::<Host>())),
        ("probe", under("probe", fields::<ProbeTable>())),
        ("mode", mode),
        ("install", BTreeSet::new()),
    ];
    assert_eq!(listed(format, "key"), keys(fields::<RuntimeFile>(), &tables));
    let install = section(&readme, "## Where it comes from");
    assert_eq!(listed(install, "key"), keys(fields::<Install>(), &[]));
    let capabilities: BTreeSet<_> = Capability::ALL.iter().map(Capability::to_string).collect();
    assert_eq!(listed(section(&readme, "## Capabilities"), "name"), capabilities);
}

#[test]
fn of_a_surrounding() {
    let readme = text("runtimes/README.md");
    assert_eq!(listed(section(&readme, "## Surroundings"), "key"), keys(fields::<SurroundingTable>(), &[]));
}

#[test]
fn of_an_advisory() {
    let readme = text("runtimes/README.md");
    let example = section(&readme, "## Advisories").split("```").nth(1).expect("an example");
    let written = example.lines().filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()));
    // It stands in place of what the example shows.
    let written: BTreeSet<_> = written.chain(["unseen".to_owned()]).collect();
    assert_eq!(written, keys(fields::<AdvisoryEntry>(), &[]));
}

#[test]
fn of_a_divergence() {
    let readme = text("runtimes/README.md");
    let example = section(&readme, "## Divergences").split("```").nth(1).expect("an example");
    let written = example.lines().filter_map(|line| line.split_once('=').map(|(key, _)| key.trim()));
    let written: BTreeSet<_> = written.map(|key| key.split('.').next().unwrap_or(key).to_owned()).collect();
    assert_eq!(written, keys(fields::<DivergenceEntry>(), &[]));
}

#[test]
fn of_a_case() {
    let readme = text("cases/README.md");
    assert_eq!(listed(section(&readme, "## Keys of a file"), "key"), keys(fields::<CaseFile>(), &[]));
    let expect = [("expect", under("expect", fields::<ExpectEntry>()))];
    assert_eq!(listed(section(&readme, "## Keys of a case"), "key"), keys(fields::<CaseEntry>(), &expect));
}
