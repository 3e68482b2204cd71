//! Where an install takes place before it counts, and the lock that lets only one process be at it.

use std::fs::TryLockError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use fs_err::{self as fs, File};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use semver::Version;

use super::{Progress, remove};
use crate::notice::{Notice, Notify};
use matrix_model::dirs::Places;

/// The folder of the store for installs that are under way.
const STAGING: &str = ".staging";

/// A folder for one install, held by a lock that ends with the process.
pub(crate) struct Staging<'n> {
    folder: PathBuf,
    notify: &'n Notify,
    _lock: File,
}

impl<'n> Staging<'n> {
    /// Waits for whoever installs the same version, and makes an empty folder.
    pub fn open(
        places: &Places,
        id: &str,
        version: &Version,
        progress: &Progress,
        notify: &'n Notify,
    ) -> Result<Staging<'n>> {
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
        let staging = Staging { folder, notify, _lock: lock };
        for folder in [staging.prefix(), staging.scratch()] {
            fs::create_dir_all(&folder)?;
        }
        Ok(staging)
    }

    /// What will be the version's folder.
    pub fn prefix(&self) -> PathBuf {
        self.folder.join("prefix")
    }

    /// What will be gone.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// Moves what was made to its place in one step; what stood there is removed afterwards.
    pub fn commit(self, place: &Path) -> Result<()> {
        let parent = place.parent().ok_or_else(|| anyhow!("the store has no parent folder"))?;
        fs::create_dir_all(parent)?;
        match place.exists() {
            true => renameat_with(CWD, self.prefix(), CWD, place, RenameFlags::EXCHANGE)
                .with_context(|| place.display().to_string()),
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

/// Removes what installs left that did not live to do it themselves.
///
/// # Errors
/// If one cannot be removed.
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

/// Stays when the install is over: a lock file that is removed is a lock that two can hold.
fn lock_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
