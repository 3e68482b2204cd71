//! Writes a case into a suite of one's own, with its fixtures and its guest.

mod entry;
mod fixture_files;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use fs_err as fs;

use super::source::Rejected;
use super::toml_text::literal;
use super::{cases, fixtures, is_name};
use crate::guests::Guests;
use matrix_model::case::Case;
use matrix_model::fixture::Fixtures;
use matrix_model::suite::GuestSource;
use matrix_store::atomic_write::write_whole;

/// Where modules are put that are copied into a suite.
const MODULES: &str = "modules";

/// The file that keeps records out of a repository, and what is in it.
const IGNORED: (&str, &str) = (".gitignore", "# Records of runs.\n/.wasip1-matrix/\n");

/// What was written.
#[derive(Debug)]
pub struct Saved {
    /// The file with the case.
    pub file: PathBuf,
    /// The guest's name in the suite.
    pub guest: String,
}

/// Writes a case into the suite in a folder, as the last one of its area's file. The folder is made if there is none. The
/// case's fixtures are written, too. A Go package is named by its path, and so is a module that is in the suite already;
/// another module is copied into the suite. Only the case's inputs and what it expects are written, and why: it is run at
/// the place where it is written, with the guest that `guest` says.
///
/// # Errors
/// If the suite has a case or a fixture of that name, a Go package is outside of the suite and its Go module, the case has
/// something that no file can say, or the suite would not load with it. Then the suite is as it was.
pub fn save(folder: &Path, case: &Case, fixtures: &Fixtures, guest: &GuestSource) -> Result<Saved> {
    let mut made = Made::default();
    let saved = try_save(folder, case, fixtures, guest, &mut made);
    if saved.is_err() {
        made.undo()?;
    }
    saved
}

fn try_save(folder: &Path, case: &Case, fixtures: &Fixtures, guest: &GuestSource, made: &mut Made) -> Result<Saved> {
    let name = case.id.strip_prefix(&format!("{}/", case.area)).unwrap_or(&case.id);
    ensure!(is_name(name), "`{name}`: a case's name is made of lower case letters, digits and `-`");
    ensure!(case.area.split('/').all(is_name), "`{}`: an area is named like its file: cases/area.toml", case.area);
    made.folder(&folder.join("cases"))?;
    let folder = &folder.canonicalize()?;
    if let Some(known) = read(folder)?.iter().find(|known| known.id == case.id) {
        bail!("the suite has a case `{}` ({}); choose another name", case.id, known.location);
    }
    let saved = write(folder, name, case, fixtures, guest, made)?;
    read(folder).with_context(|| format!("`{}` cannot be written as a case", case.id))?;
    Ok(saved)
}

fn write(
    folder: &Path,
    name: &str,
    case: &Case,
    fixtures: &Fixtures,
    guest: &GuestSource,
    made: &mut Made,
) -> Result<Saved> {
    let (ignored, text) = IGNORED;
    if !folder.join(ignored).exists() {
        made.file(&folder.join(ignored), text.as_bytes())?;
    }
    for fixture in case.fixtures().collect::<BTreeSet<_>>() {
        let content = fixtures.get(fixture).with_context(|| format!("there is no fixture `{fixture}`"))?;
        fixture_files::write(folder, fixture, content, made)?;
    }
    let guest = guest_in(folder, guest, made)?;
    let file = folder.join("cases").join(format!("{}.toml", case.area));
    let mut text = match fs::read_to_string(&file) {
        Ok(text) => format!("{}\n\n", text.trim_end()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    text.push_str(&entry::text(name, &guest, case)?);
    made.file(&file, text.as_bytes())?;
    Ok(Saved { file, guest })
}

/// The cases of the suite in a folder, as far as they can be read without its runtimes.
fn read(folder: &Path) -> Result<Vec<Case>> {
    let mut problems = Vec::new();
    let guests = Guests::of_suite(folder);
    let fixtures = fixtures::load(folder, &mut problems);
    let loaded = cases::load(folder, &guests, &fixtures, &mut problems);
    ensure!(problems.is_empty(), "{}", Rejected::suite(problems, folder));
    Ok(loaded.cases)
}

/// The name that the suite has for a guest.
fn guest_in(folder: &Path, guest: &GuestSource, made: &mut Made) -> Result<String> {
    let (GuestSource::Package(path) | GuestSource::Module(path)) = guest;
    let path = path.canonicalize().with_context(|| path.display().to_string())?;
    let guests = Guests::of_suite(folder);
    let is_module = matches!(guest, GuestSource::Module(_));
    match (guests.name_of(&path, is_module), guest) {
        (Some(name), _) => Ok(name),
        (None, GuestSource::Package(_)) => bail!(
            "{}: the package is in another Go module than the suite; put the suite into that module, or build a .wasm file \
             and save that",
            path.display()
        ),
        (None, GuestSource::Module(_)) => {
            let file = path.with_extension("wasm");
            let file = file.file_name().ok_or_else(|| anyhow!("{}: no file", path.display()))?;
            let copy = folder.join(MODULES).join(file);
            let bytes = fs::read(&path)?;
            if copy.exists() {
                ensure!(fs::read(&copy)? == bytes, "{}: another module has this name; rename yours", copy.display());
            } else {
                made.file(&copy, &bytes)?;
            }
            guests.name_of(&copy, true).ok_or_else(|| anyhow!("{}: no name in the suite", copy.display()))
        }
    }
}

/// What was written so far, so that it can be undone.
#[derive(Default)]
pub(crate) struct Made {
    /// The files that were there, with what was in them.
    before: Vec<(PathBuf, Option<Vec<u8>>)>,
    folders: Vec<PathBuf>,
}

impl Made {
    /// Writes a file, and the folders above it.
    pub(crate) fn file(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        if let Some(parent) = path.parent() {
            self.folder(parent)?;
        }
        let before = match fs::read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        self.before.push((path.to_owned(), before));
        Ok(write_whole(path, bytes)?)
    }

    /// Makes a folder, and those above it.
    pub(crate) fn folder(&mut self, path: &Path) -> Result<()> {
        let missing: Vec<_> = path.ancestors().take_while(|above| !above.exists()).collect();
        self.folders.extend(missing.into_iter().rev().map(Path::to_owned));
        Ok(fs::create_dir_all(path)?)
    }

    fn undo(self) -> Result<()> {
        for (path, before) in self.before.into_iter().rev() {
            match before {
                Some(bytes) => write_whole(&path, &bytes)?,
                None if path.exists() => fs::remove_file(path)?,
                None => {}
            }
        }
        self.folders.into_iter().rev().try_for_each(|folder| Ok(fs::remove_dir(folder)?))
    }
}

/// An inline table in TOML, with keys in quotes.
fn table(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let mut text = String::from("{");
    for (index, (key, value)) in entries.into_iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        write!(text, "{comma} {} = {value}", literal(&key)).ok();
    }
    text + " }"
}

#[cfg(test)]
mod tests;
