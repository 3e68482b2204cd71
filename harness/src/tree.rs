//! Folders as a whole: their files in a stable order, and a digest of what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// All files below a folder, sorted.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Adds every file below a folder to a digest: its path in the folder and its bytes.
///
/// # Errors
/// If one cannot be read.
pub fn digest(folder: &Path, hasher: &mut Sha256) -> Result<()> {
    for file in files(folder)? {
        hasher.update(file.strip_prefix(folder)?.as_os_str().as_encoded_bytes());
        hasher.update(fs::read(&file).with_context(|| file.display().to_string())?);
    }
    Ok(())
}

/// A digest as people write it.
pub fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
