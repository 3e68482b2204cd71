//! A version's folder in the store: the note of how it was installed, and the check that it is unchanged.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use fs_err as fs;
use rayon::prelude::*;
use semver::Version;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use crate::lock_files::LOCKS;
use matrix_model::digest::hex;
use matrix_store::file_digest::sha256_file;
use matrix_store::file_system::mode;
use matrix_store::remembered::{Remembered, State};

/// The note's name in the installed folder.
pub(crate) const NOTE: &str = "installation.toml";

/// The cache that Python writes next to the modules that it imports.
const PYTHON_CACHE: &str = "__pycache__";

/// The note of what was installed into a version's folder in the store. Another version of the harness may have written
/// it, so fields that this one does not know are no error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Installation {
    /// The runtime's id.
    pub runtime: String,
    /// Its version.
    pub version: Version,
    /// Operating system and processor: `linux-x86_64`.
    pub platform: String,
    /// The packages as they were requested.
    pub packages: Vec<String>,
    /// The line that it reports when asked for its version.
    pub reports: String,
    /// The sha256 of all its files: see [`digest`].
    pub sha256: String,
    /// Whether the files are the same on every machine: nothing was compiled or came from a changing suite.
    pub same_everywhere: bool,
    /// The requested packages, each a name and a digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fetched: Vec<String>,
    /// Their dependencies, each a name and a digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    /// Where it came from, if the lock does not know that source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
}

impl Installation {
    /// Reads the note of an installed folder; `None` if the folder was filled by hand.
    ///
    /// # Errors
    /// If there is a note and it cannot be read.
    pub fn read(prefix: &Path) -> Result<Option<Installation>> {
        let path = prefix.join(NOTE);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mend = || format!("{}: `wasip1-matrix install --again` mends it", path.display());
                Ok(Some(toml::from_str(&text).with_context(mend)?))
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the note into the installed folder.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, prefix: &Path) -> Result<()> {
        let head = "# Written by `wasip1-matrix install`: what is in this folder, and where it came from.\n\n";
        let path = prefix.join(NOTE);
        Ok(fs::write(&path, format!("{head}{}", toml::to_string_pretty(self)?))?)
    }
}

/// Compares the files in a version's folder with the note of its installation. Returns the note, or `None` if the
/// folder was filled by hand. The digest is cached until a file changes.
///
/// # Errors
/// If they differ. The message names the differing installation and the command that repairs it.
pub fn verify(prefix: &Path, id: &str, version: &Version, remembered: &Remembered) -> Result<Option<Installation>> {
    let mend = || mend(id, version);
    let Some(note) = Installation::read(prefix)? else { return Ok(None) };
    let files = files(prefix)?;
    let state = State::of_files(prefix, &files)?;
    let found = remembered.or_find(&format!("files-{id}-{version}"), state, || digest_of(prefix, &files))?;
    if found != note.sha256 {
        bail!(
            "{id}@{version}: the files in {} are not those that were installed: sha256 {found}, {NOTE} has {}; {}",
            prefix.display(),
            note.sha256,
            mend()
        );
    }
    if (note.runtime.as_str(), &note.version) != (id, version) {
        let there = prefix.display();
        bail!("{there}: {NOTE} speaks of {}@{}, not of {id}@{version}; {}", note.runtime, note.version, mend());
    }
    Ok(Some(note))
}

/// The command that repairs a damaged installation.
pub fn mend(id: &str, version: &Version) -> String {
    format!("`wasip1-matrix install --again {id}@{version}` installs it anew")
}

/// The sha256 over all files of a folder: their paths, contents and executable bits, and the targets of symbolic links.
/// The note itself, the lock files beside it, Python's compiled modules, and links that point out of the folder are left
/// out.
///
/// # Errors
/// If a file cannot be read.
pub fn digest(prefix: &Path) -> Result<String> {
    digest_of(prefix, &files(prefix)?)
}

fn digest_of(prefix: &Path, files: &[PathBuf]) -> Result<String> {
    let lines: Vec<Vec<u8>> = files.par_iter().map(|path| line(prefix, path)).collect::<Result<_>>()?;
    let mut hasher = Sha256::new();
    lines.iter().for_each(|line| hasher.update(line));
    Ok(hex(hasher))
}

/// The files that the digest covers, sorted, as paths relative to the folder.
fn files(prefix: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let locks = prefix.join(LOCKS);
    let is_meant = |entry: &DirEntry| {
        !(entry.file_type().is_dir() && (entry.file_name() == PYTHON_CACHE || entry.path() == locks))
    };
    for entry in WalkDir::new(prefix).into_iter().filter_entry(is_meant) {
        let entry = entry?;
        let path = entry.path().strip_prefix(prefix)?;
        if !entry.file_type().is_dir() && path.as_os_str() != NOTE {
            files.push(path.to_owned());
        }
    }
    files.sort();
    Ok(files)
}

fn line(prefix: &Path, path: &Path) -> Result<Vec<u8>> {
    let file = prefix.join(path);
    let read = || -> std::io::Result<Option<(&str, String)>> {
        let metadata = fs::symlink_metadata(&file)?;
        if metadata.is_symlink() {
            let target = fs::read_link(&file)?;
            return Ok(stays_inside(path, &target).then(|| ("link", target.display().to_string())));
        }
        let kind = if mode(&metadata) & 0o100 == 0 { "file" } else { "program" };
        Ok(Some((kind, sha256_file(&file)?)))
    };
    let Some((kind, said)) = read().with_context(|| file.display().to_string())? else { return Ok(Vec::new()) };
    Ok([path.as_os_str().as_encoded_bytes(), b"\0", kind.as_bytes(), b"\0", said.as_bytes(), b"\n"].concat())
}

/// Whether a symbolic link points to a place inside the folder. The link's own path is relative to that folder.
fn stays_inside(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count() - 1;
    for component in target.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn changed(change: impl Fn(&Path)) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path();
        fs::create_dir_all(prefix.join("bin")).unwrap();
        fs::write(prefix.join("bin/x"), "program").unwrap();
        fs::write(prefix.join("library"), "library").unwrap();
        symlink("../library", prefix.join("bin/link")).unwrap();
        let before = digest(prefix).unwrap();
        change(prefix);
        digest(prefix).unwrap() != before
    }

    #[test]
    fn every_change_of_what_is_installed_shows() {
        assert!(changed(|prefix| {
            fs::create_dir_all(prefix.join("lib").join(LOCKS)).unwrap();
            fs::write(prefix.join("lib").join(LOCKS).join("x"), "not ours").unwrap();
        }));
        assert!(changed(|prefix| fs::write(prefix.join("bin/x"), "programs").unwrap()));
        assert!(changed(|prefix| fs::write(prefix.join("bin/y"), "").unwrap()));
        assert!(changed(|prefix| fs::remove_file(prefix.join("library")).unwrap()));
        assert!(changed(|prefix| fs::rename(prefix.join("library"), prefix.join("librarx")).unwrap()));
        assert!(changed(|prefix| {
            fs::set_permissions(prefix.join("bin/x"), std::fs::Permissions::from_mode(0o755)).unwrap();
        }));
        assert!(changed(|prefix| {
            fs::remove_file(prefix.join("bin/link")).unwrap();
            symlink("x", prefix.join("bin/link")).unwrap();
        }));
    }

    #[test]
    fn what_a_machine_adds_of_its_own_does_not() {
        assert!(!changed(|prefix| fs::write(prefix.join(NOTE), "note").unwrap()));
        assert!(!changed(|prefix| {
            fs::create_dir_all(prefix.join(LOCKS)).unwrap();
            fs::write(prefix.join(LOCKS).join("package-lock.json"), "locked").unwrap();
        }));
        assert!(!changed(|prefix| symlink("/usr/bin/python3", prefix.join("bin/python3")).unwrap()));
        assert!(!changed(|prefix| symlink("../../../elsewhere", prefix.join("bin/up")).unwrap()));
        assert!(!changed(|prefix| {
            fs::create_dir_all(prefix.join("lib/__pycache__")).unwrap();
            fs::write(prefix.join("lib/__pycache__/x.pyc"), "compiled").unwrap();
        }));
    }
}
