//! Locks on folders that commands write into. Two commands that write into one folder would mix their files.
//!
//! The locks are advisory: a command that only reads takes none. The system releases a lock when its process ends, in
//! whatever way.

use std::fs::{self, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::{env, process};

use anyhow::{Context, Result, bail};
use fs_err::{File, OpenOptions, create_dir_all};
use matrix_model::shell;
use matrix_model::timestamp::Moment;

use crate::clock::now;
use crate::file_system::open_to_lock;

/// The lock's file in a folder. It stays when the lock is released: if it were removed, two processes could hold the
/// lock at once, one of them by the removed file.
const FILE: &str = ".lock";

/// A folder that this process writes into, and no other.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes a folder, which is made if it does not exist. `instead` says what to do if another process has it.
    ///
    /// # Errors
    /// If another process has it, with the process, the time and the command; if the folder cannot be written.
    pub fn take(folder: &Path, instead: &str) -> Result<FolderLock> {
        take(folder, instead, File::try_lock)
    }

    /// Takes a folder together with other processes that take it in this way: those of one test run, which write
    /// different files.
    ///
    /// # Errors
    /// As [`FolderLock::take`].
    pub fn take_together(folder: &Path, instead: &str) -> Result<FolderLock> {
        take(folder, instead, File::try_lock_shared)
    }
}

fn take(folder: &Path, instead: &str, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Result<FolderLock> {
    create_dir_all(folder)?;
    let path = folder.join(FILE);
    let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
    match lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // A system that locks what is read does not tell the holder.
            file.read_to_string(&mut holder).ok();
            let holder =
                if holder.is_empty() { "another process".to_owned() } else { format!("{},", holder.trim_end()) };
            bail!("{}: {holder} is writing into this folder; wait until it has ended, or {instead}", folder.display());
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(|| path.display().to_string()),
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", holder())?;
    Ok(FolderLock { _file: file })
}

/// This process, for people: its id, the time, and its command.
fn holder() -> String {
    let mut words = env::args_os();
    let program = words.next().map(PathBuf::from);
    let program = program.as_ref().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy().into_owned();
    let words = [program].into_iter().chain(words.map(|word| word.to_string_lossy().into_owned()));
    let command = words.map(|word| shell::word(&word)).collect::<Vec<_>>().join(" ");
    format!("process {}, since {}, `{command}`", process::id(), Moment::of(now()).machine())
}

/// Waits until no other process holds a folder that exists, and holds it as long as the returned file is open. This is
/// for writes that take a moment: the folder is then as the last command has written it, and no mixture. It leaves no
/// file in the folder.
///
/// # Errors
/// If the folder cannot be opened or locked. The error names it.
#[must_use = "the folder is held as long as the file is open"]
pub fn wait_for(folder: &Path) -> io::Result<fs::File> {
    let at = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    let held = open_to_lock(folder).map_err(at)?;
    held.lock().map_err(at)?;
    Ok(held)
}

/// Keeps what is in a folder from being removed as long as the returned file is open. Any number of processes may do so
/// at once. Waits while another process removes something. `None` if the folder cannot be made or held: a store that
/// cannot be written can still be used, and nothing is removed there.
#[must_use = "the folder is held as long as the file is open"]
pub fn keep(folder: &Path) -> Option<fs::File> {
    create_dir_all(folder).ok()?;
    let held = open_to_lock(folder).ok()?;
    held.lock_shared().ok()?;
    Some(held)
}

/// Holds a folder, to remove something in it, as long as the returned file is open. `None` if there is no such folder.
///
/// # Errors
/// If another process [keeps](keep) what is in it, or it cannot be locked. The error names the folder.
pub fn hold_to_remove(folder: &Path) -> Result<Option<fs::File>> {
    let at = || folder.display().to_string();
    let held = match open_to_lock(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.with_context(at)?,
    };
    match held.try_lock() {
        Ok(()) => Ok(Some(held)),
        Err(TryLockError::WouldBlock) => {
            bail!("{}: another command is using it; wait until that has ended", folder.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_commands_until_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("records");
        let first = FolderLock::take(&folder, "name another folder").expect("nobody has it");
        for taken in [FolderLock::take(&folder, "name another"), FolderLock::take_together(&folder, "name another")] {
            let told = taken.expect_err("it is taken").to_string();
            assert!(told.contains(&format!("records: process {}, since 2", process::id())), "{told}");
            assert!(told.ends_with("is writing into this folder; wait until it has ended, or name another"), "{told}");
        }
        drop(first);
        let together = FolderLock::take_together(&folder, "").expect("it is free again");
        let _other = FolderLock::take_together(&folder, "").expect("together");
        FolderLock::take(&folder, "").expect_err("it is taken");
        drop(together);
        FolderLock::take(&folder, "").expect_err("one of them still has it");
    }

    #[test]
    fn what_somebody_keeps_is_not_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("store");
        assert!(hold_to_remove(&folder).expect("nothing is there").is_none());
        let keeping = [keep(&folder), keep(&folder)];
        assert!(keeping.iter().all(Option::is_some));
        let told = hold_to_remove(&folder).expect_err("it is used").to_string();
        assert!(told.ends_with("store: another command is using it; wait until that has ended"), "{told}");
        drop(keeping);
        assert!(hold_to_remove(&folder).expect("nobody uses it").is_some());
    }

    #[test]
    fn a_folder_that_is_written_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = wait_for(folder.path()).expect("nobody has it");
        let path = folder.path().to_owned();
        let waiting = std::thread::spawn(move || wait_for(&path).map(drop));
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(!waiting.is_finished());
        drop(held);
        waiting.join().expect("it ends").expect("it is free");
    }
}
