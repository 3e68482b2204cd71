//! Edits a file of divergences. Everything else in the file, such as comments and order, is preserved.

use std::env::consts::OS;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::{Entry, Instead};
use crate::toml_text::{bytes, exit_text, list, literal};
use matrix_model::divergence::Divergence;
use matrix_model::outcome::Found;

/// The key of the entries.
const KEY: &str = "divergence";

/// A file of divergences.
#[derive(Debug)]
pub struct DivergenceFile {
    /// The path of the file, which need not exist yet.
    pub path: PathBuf,
    /// The original content; `None` if the file did not exist.
    pub before: Option<String>,
    toml: DocumentMut,
    head: String,
}

impl DivergenceFile {
    /// Reads the file, or starts a new one with this comment at its head.
    ///
    /// # Errors
    /// If the file exists and cannot be read.
    pub fn open(path: &Path, head: &str) -> Result<DivergenceFile> {
        let before = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let head = format!("{head}\n\n");
        let text = before.as_deref().unwrap_or(&head);
        let mut toml: DocumentMut = text.parse().with_context(|| path.display().to_string())?;
        let entries = toml.entry(KEY).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        if !entries.is_array_of_tables() {
            bail!("{}: write each entry as a table of its own, [[{KEY}]]", path.display());
        }
        Ok(DivergenceFile { path: path.to_owned(), before, toml, head })
    }

    /// The new content; `None` if no entry is left.
    pub fn after(&self) -> Option<String> {
        let text = self.toml.to_string();
        let rest = text.strip_prefix(self.head.trim_end()).unwrap_or(&text);
        (!self.entries().is_empty() || !rest.trim().is_empty()).then_some(text)
    }

    /// The text of an entry, as it is in the file.
    ///
    /// # Errors
    /// If the file does not contain the entry.
    pub fn text(&self, divergence: &Divergence) -> Result<String> {
        let mut table = self.entries().get(self.index(divergence)?).cloned().unwrap_or_default();
        table.decor_mut().set_prefix("");
        Ok(alone(table))
    }

    /// Inserts an entry, in the order of the cases.
    pub fn insert(&mut self, entry: &Entry) {
        let place = |table: &Table| table.get("case").and_then(Item::as_str).is_some_and(|case| *case > *entry.case);
        let index = self.entries().iter().position(place).unwrap_or(self.entries().len());
        let prefix = match (index, self.entries().get(0)) {
            // The comment at the head of the file describes the file, and stays there.
            (0, Some(first)) => {
                let (head, own) = parted(prefix(first));
                let (head, own) = (head.to_owned(), format!("\n{own}"));
                self.set_prefix(0, &own);
                head
            }
            (0, None) => {
                let head = self.toml.trailing().as_str().unwrap_or("").to_owned();
                self.toml.set_trailing("");
                if head.trim().is_empty() { String::new() } else { format!("{}\n\n", head.trim_end()) }
            }
            _ => "\n".to_owned(),
        };
        let mut table = table(entry);
        table.decor_mut().set_prefix(prefix);
        self.entries_mut().insert(index, table);
    }

    /// Replaces an entry, and keeps its comment.
    ///
    /// # Errors
    /// If the file does not contain the entry.
    pub fn replace(&mut self, divergence: &Divergence, entry: &Entry) -> Result<()> {
        let index = self.index(divergence)?;
        let mut table = table(entry);
        if let Some(old) = self.entries().get(index) {
            table.decor_mut().set_prefix(prefix(old));
        }
        self.entries_mut().replace(index, table);
        Ok(())
    }

    /// Removes an entry and the comment directly above it.
    ///
    /// # Errors
    /// If the file does not contain the entry.
    pub fn remove(&mut self, divergence: &Divergence) -> Result<()> {
        let index = self.index(divergence)?;
        let removed = self.entries_mut().remove(index);
        let (head, _) = parted(prefix(&removed));
        match self.entries().get(index) {
            Some(next) => {
                let prefix = format!("{head}{}", prefix(next).trim_start_matches('\n'));
                self.set_prefix(index, &prefix);
            }
            None if !head.trim().is_empty() => {
                let trailing = format!("{}\n{}", head.trim_end(), self.toml.trailing().as_str().unwrap_or(""));
                self.toml.set_trailing(trailing);
            }
            None => {}
        }
        Ok(())
    }

    /// Replaces the modes in which an entry holds; `None` means all modes.
    ///
    /// # Errors
    /// If the file does not contain the entry.
    pub(crate) fn set_modes(&mut self, divergence: &Divergence, modes: Option<&[String]>) -> Result<()> {
        let index = self.index(divergence)?;
        let Some(table) = self.entries_mut().get_mut(index) else { return Ok(()) };
        let Some(modes) = modes else {
            table.remove("modes");
            return Ok(());
        };
        match table.get_mut("modes") {
            Some(item) => *item = toml_edit::value(modes.iter().collect::<toml_edit::Array>()),
            None => {
                // To get the new key into its proper place, insert all keys again in order.
                let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
                let after = keys.iter().position(|key| key == "versions").map_or(keys.len(), |index| index + 1);
                let kept: Vec<_> = keys[after..].iter().filter_map(|key| table.remove_entry(key)).collect();
                table.insert("modes", toml_edit::value(modes.iter().collect::<toml_edit::Array>()));
                for (key, item) in kept {
                    table.insert_formatted(&key, item);
                }
            }
        }
        Ok(())
    }

    fn entries(&self) -> &ArrayOfTables {
        self.toml[KEY].as_array_of_tables().expect("it was looked at when the file was opened")
    }

    fn entries_mut(&mut self) -> &mut ArrayOfTables {
        self.toml[KEY].as_array_of_tables_mut().expect("it was looked at when the file was opened")
    }

    fn set_prefix(&mut self, index: usize, prefix: &str) {
        if let Some(table) = self.entries_mut().get_mut(index) {
            table.decor_mut().set_prefix(prefix);
        }
    }

    /// The index of an entry. No two entries have the same case, versions and modes.
    fn index(&self, divergence: &Divergence) -> Result<usize> {
        let is = |table: &Table| {
            let text = |key| table.get(key).and_then(Item::as_str);
            let modes = table.get("modes").and_then(Item::as_array);
            let modes = modes.map(|modes| modes.iter().filter_map(|mode| mode.as_str().map(str::to_owned)).collect());
            let on = table.get("os").and_then(Item::as_array);
            let here = on.is_none_or(|systems| systems.iter().any(|system| system.as_str() == Some(OS)));
            let versions = text("versions").and_then(|range| semver::VersionReq::parse(range).ok());
            here && text("case") == Some(&divergence.case)
                && versions.is_some_and(|versions| versions == divergence.versions)
                && modes == divergence.modes
        };
        let path = self.path.display();
        let gone = || anyhow!("{path}: an entry of `{}` is no longer there; look at the file", divergence.case);
        self.entries().iter().position(is).ok_or_else(gone)
    }
}

fn prefix(table: &Table) -> &str {
    table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("")
}

/// Splits the text above an entry at the last blank line: what precedes it, and the entry's own comment.
fn parted(prefix: &str) -> (&str, &str) {
    match prefix.rfind("\n\n") {
        Some(at) => prefix.split_at(at + 2),
        None if prefix.starts_with('\n') => prefix.split_at(1),
        None => ("", prefix),
    }
}

fn alone(table: Table) -> String {
    let mut entries = ArrayOfTables::new();
    entries.push(table);
    let mut toml = DocumentMut::new();
    toml.insert(KEY, Item::ArrayOfTables(entries));
    toml.to_string()
}

fn table(entry: &Entry) -> Table {
    let document: DocumentMut = written(entry).parse().expect("an entry is written as TOML");
    let entries = document[KEY].as_array_of_tables().expect("it is written as a table");
    let mut table = entries.get(0).cloned().unwrap_or_default();
    table.set_position(None);
    table
}

/// The text of an entry in a file.
pub fn written(entry: &Entry) -> String {
    let mut text = format!("[[{KEY}]]\n");
    let mut line = |key: &str, value: &str| {
        // Writing to a string cannot fail.
        writeln!(text, "{key} = {value}").ok();
    };
    line("case", &literal(&entry.case));
    line("versions", &literal(&entry.versions.to_string()));
    if let Some(modes) = &entry.modes {
        let modes: Vec<_> = modes.iter().map(|mode| literal(mode)).collect();
        line("modes", &format!("[{}]", modes.join(", ")));
    }
    line("fault", &literal(&entry.fault.to_string()));
    line("reason", &literal(&entry.reason));
    line("url", &literal(&entry.url));
    if entry.sometimes {
        line("sometimes", "true");
    }
    if entry.stays_inside {
        line("stays-inside", "true");
    }
    let Instead { exit, stdout, stderr, files, outside, stdin_rest, changed_flags } = &entry.instead;
    if let Some(exit) = exit {
        line("instead.exit", &exit_text(exit));
    }
    let bytes_of = [("instead.stdout", stdout), ("instead.stderr", stderr), ("instead.stdin-rest", stdin_rest)];
    for (key, written) in bytes_of {
        if let Some(written) = written {
            line(key, &bytes(written));
        }
    }
    if let Some(changed) = changed_flags {
        line("instead.changed-flags", &list(changed.iter().map(|flag| literal(flag))));
    }
    for (key, files) in [("instead.files", files), ("instead.outside", outside)] {
        if files.is_empty() {
            continue;
        }
        let file = |(path, found): (&String, &Found)| {
            let found = match found {
                Found::File(content) => bytes(content),
                Found::Large(bytes) => format!("{{ size = {bytes} }}"),
                Found::Link(target) => format!("{{ link = {} }}", bytes(target)),
                Found::Folder => "{ folder = true }".to_owned(),
                Found::Nothing | Found::Other(_) => "{ absent = true }".to_owned(),
            };
            format!("{} = {found}", literal(path))
        };
        line(key, &format!("{{ {} }}", files.iter().map(file).collect::<Vec<_>>().join(", ")));
    }
    text
}
