//! Writes a fixture as a folder, and as lines of `fixtures.toml` what a folder of a repository cannot hold.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use super::Made;
use crate::is_name;
use crate::toml_text::{bytes, literal};
use matrix_model::fixture::{Entry, Fixture, Special};

/// A file of this name keeps an empty folder in Git, and no guest sees it.
const KEEP: &str = ".keep";

/// Writes a fixture into the suite in a folder. Of a file, its bytes are written, and not its permissions and times.
///
/// # Errors
/// If the suite has a fixture of that name, or a path in it is not UTF-8.
pub(crate) fn write(suite: &Path, name: &str, fixture: &Fixture, made: &mut Made) -> Result<()> {
    ensure!(is_name(name), "fixture `{name}`: its name is made of lower case letters, digits and `-`");
    let folder = suite.join("cases/fixtures").join(name);
    ensure!(!folder.exists(), "{}: the suite has a fixture of this name; choose another one", folder.display());
    made.folder(&folder)?;
    let [mut links, mut files, mut sparse, mut many, mut special] = [const { String::new() }; 5];
    for (path, entry) in &fixture.entries {
        let text = path.to_str().with_context(|| format!("{}: not UTF-8", path.display()))?;
        let is_keep = path.file_name().is_some_and(|name| name == KEEP);
        match entry {
            Entry::Folder => made.folder(&folder.join(path))?,
            Entry::Link(target) => writeln!(links, "{} = {}", literal(text), literal(target))?,
            Entry::Sparse(size) => writeln!(sparse, "{} = {size}", literal(text))?,
            Entry::Many(count) => writeln!(many, "{} = {count}", literal(text))?,
            Entry::Special(Special::Fifo) => writeln!(special, "{} = \"fifo\"", literal(text))?,
            Entry::Special(Special::Socket) => writeln!(special, "{} = \"socket\"", literal(text))?,
            Entry::Copy(_) if is_keep => {}
            Entry::File(content) if is_keep => writeln!(files, "{} = {}", literal(text), bytes(content))?,
            Entry::Exact(from) if is_keep => writeln!(files, "{} = {}", literal(text), bytes(&fs::read(from)?))?,
            Entry::Copy(from) | Entry::Exact(from) => made.file(&folder.join(path), &fs::read(from)?)?,
            Entry::File(content) => made.file(&folder.join(path), content)?,
        }
    }
    keep_empty(&folder, made)?;
    let tables = [("links", links), ("files", files), ("sparse", sparse), ("many", many), ("special", special)];
    let tables = tables.iter().filter(|(_, lines)| !lines.is_empty());
    let added: String = tables.map(|(table, lines)| format!("\n[{name}.{table}]\n{lines}")).collect();
    if added.is_empty() {
        return Ok(());
    }
    let file = suite.join("cases/fixtures/fixtures.toml");
    let before = if file.exists() { fs::read_to_string(&file)? } else { String::new() };
    made.file(&file, (before + &added).trim_start_matches('\n').as_bytes())
}

/// Puts a file into each empty folder, because Git keeps none.
fn keep_empty(folder: &Path, made: &mut Made) -> Result<()> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() {
        return made.file(&folder.join(KEEP), b"");
    }
    let mut inside = entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir());
    inside.try_for_each(|path| keep_empty(&path, made))
}
