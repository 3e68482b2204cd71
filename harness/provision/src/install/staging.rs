//! The folder in which an install takes place, and the lock that admits only one process to it.

use std::fs::TryLockError;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use fs_err::{self as fs, File};
use semver::Version;

use super::{Progress, remove};
use crate::notice::{Notice, Notify};
use matrix_store::dirs::Places;
use matrix_store::folder_lock::keep;

/// The folder in the store for installs in progress.
pub(crate) const STAGING: &str = ".staging";

/// A folder for one install, held by a lock that is released when the process ends.
pub(crate) struct Staging<'n> {
    folder: PathBuf,
    notify: &'n Notify,
    _lock: File,
    _kept: Option<std::fs::File>,
}

impl<'n> Staging<'n> {
    /// Waits for any other install of the same version, and then makes an empty folder.
    pub fn open(
        places: &Places,
        id: &str,
        version: &Version,
        progress: &Progress,
        notify: &'n Notify,
    ) -> Result<Staging<'n>> {
        let kept = keep(&places.store);
        let all = places.store.join(STAGING);
        fs::create_dir_all(&all)?;
        let folder = all.join(format!("{id}-{version}"));
        let path = lock_of(&folder);
        let lock = File::create(&path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress("waiting for another process that installs it");
                lock.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        remove(&folder)?;
        let staging = Staging { folder, notify, _lock: lock, _kept: kept };
        for folder in [staging.prefix(), staging.scratch()] {
            fs::create_dir_all(&folder)?;
        }
        Ok(staging)
    }

    /// The folder that becomes the version's folder.
    pub fn prefix(&self) -> PathBuf {
        self.folder.join("prefix")
    }

    /// The folder for temporary files.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// Moves the new installation to its place in one step. The previous one is removed afterwards.
    pub fn commit(self, place: &Path) -> Result<()> {
        let parent = place.parent().ok_or_else(|| anyhow!("the store has no parent folder"))?;
        fs::create_dir_all(parent)?;
        match place.exists() {
            true => exchange(&self.prefix(), place).with_context(|| place.display().to_string()),
            false => Ok(fs::rename(self.prefix(), place)?),
        }
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.folder) {
            (self.notify)(&Notice::LeftBehind { folder: self.folder.clone(), error: format!("{error:#}") });
        }
    }
}

/// Exchanges two folders in one step.
#[cfg(unix)]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Fails: Windows has no such step.
#[cfg(windows)]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(ErrorKind::Unsupported, "Windows cannot exchange two folders in one step"))
}

/// Removes the staging folders of installs that were killed.
///
/// # Errors
/// If a folder cannot be removed.
pub fn sweep(places: &Places) -> Result<()> {
    let all = places.store.join(STAGING);
    let entries = match fs::read_dir(&all) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let lock = File::create(lock_of(&entry.path()))?;
        if lock.try_lock().is_ok() {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The lock file of a staging folder. It remains after the install: if it were removed, two processes could hold the
/// lock at once.
fn lock_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
