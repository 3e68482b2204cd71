//! A folder of a checkout for what is tried once: another store, other records. Nothing of it stays.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use crate::dirs::Places;
use crate::folder_lock::{FolderLock, keep};

/// The folder, which holds its lock when nothing is tried.
const FOLDER: &str = "scratch";

/// How many commands may have a scratch folder beside each other.
const BESIDE: usize = 1024;

/// A scratch folder of one command. It is removed when the command is done. What a killed command left is removed by the
/// next one.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    _lock: FolderLock,
    _kept: Option<File>,
}

impl Scratch {
    /// Opens the scratch folder of a checkout.
    ///
    /// # Errors
    /// If another command has it, or it cannot be written.
    pub fn open(places: &Places) -> Result<Scratch> {
        Scratch::at(&of(places), places)
    }

    /// Opens a scratch folder for a command of which several may work beside each other, each in a folder of its own
    /// under this name.
    ///
    /// # Errors
    /// If it cannot be written, or very many commands are at work.
    pub fn beside_others(places: &Places, name: &str) -> Result<Scratch> {
        let above = |number: usize| places.state.join(name).join(number.to_string());
        (1..BESIDE)
            .find_map(|number| Scratch::at(&above(number), places).ok())
            .map_or_else(|| Scratch::at(&above(BESIDE), places), Ok)
    }

    fn at(above: &Path, places: &Places) -> Result<Scratch> {
        let kept = keep(&places.state);
        let lock = FolderLock::take(above, "end it")?;
        let folder = above.join("tried");
        remove(&folder)?;
        fs::create_dir_all(&folder)?;
        Ok(Scratch { folder, _lock: lock, _kept: kept })
    }

    /// Where everything is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The places of a checkout, with the store, the records and the sandboxes in the scratch folder.
    pub fn places(&self, places: &Places) -> Places {
        Places {
            store: self.folder.join("store"),
            records: self.folder.join("records"),
            sandboxes: self.folder.join("sandbox"),
            ..places.clone()
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next command, which says why if it cannot either.
        remove(&self.folder).ok();
    }
}

/// The folder of a checkout in which something is tried.
pub fn of(places: &Places) -> PathBuf {
    places.state.join(FOLDER)
}

/// Removes a folder, if it is there.
///
/// # Errors
/// The error names the path.
pub fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
