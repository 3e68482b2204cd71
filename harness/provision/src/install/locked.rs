//! How an install follows the committed lock files of its package managers, and keeps those that it used.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fs_err as fs;

use super::Job;
use crate::lock_files::{LOCKS, folder};

impl Job<'_> {
    /// The committed lock file of this name; `None` if `runtimes.lock` has no entry of this version for this platform, or
    /// is being written.
    pub(super) fn lock_file(&self, name: &str) -> Option<PathBuf> {
        self.entry.map(|_| folder(&self.runtime.folder, self.version).join(name))
    }

    /// Keeps a lock file with the installation.
    pub(super) fn keep_lock(&self, name: &str, content: &[u8]) -> Result<()> {
        let folder = self.prefix.join(LOCKS);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(name), content)?)
    }
}

/// Adds to an error the lock file that could not be followed.
pub(super) fn following<T>(locked: Option<&Path>, result: Result<T>) -> Result<T> {
    match locked {
        Some(file) => result.with_context(|| format!("refused, nothing stored: cannot follow {}", file.display())),
        None => result,
    }
}
