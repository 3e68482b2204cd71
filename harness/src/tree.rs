//! Folders as a whole: their files in a stable order, and a digest of what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// All files below a folder, sorted. A symbolic link is a file, wherever it leads.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

/// Adds every file below a folder to a digest, of a link where it leads: its path in the folder and its bytes.
///
/// # Errors
/// If one cannot be read.
pub fn digest(folder: &Path, hasher: &mut Sha256) -> Result<()> {
    digest_of(folder, &|_| true, hasher)
}

/// The same of those files only whose path in the folder is meant.
///
/// # Errors
/// As [`digest`].
pub fn digest_of(folder: &Path, meant: &dyn Fn(&Path) -> bool, hasher: &mut Sha256) -> Result<()> {
    for file in files(folder)? {
        let path = file.strip_prefix(folder)?;
        if !meant(path) {
            continue;
        }
        hasher.update(path.as_os_str().as_encoded_bytes());
        let at = || file.display().to_string();
        match fs::symlink_metadata(&file).with_context(at)?.is_symlink() {
            true => hasher.update(fs::read_link(&file).with_context(at)?.as_os_str().as_encoded_bytes()),
            false => hasher.update(fs::read(&file).with_context(at)?),
        }
    }
    Ok(())
}
