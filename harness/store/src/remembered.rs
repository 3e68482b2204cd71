//! Remembers facts about files until the files change.
//!
//! A file counts as unchanged while its inode, its size, its mode and the times at which its content and its inode
//! last changed are the same, to the nanosecond. The kernel sets the last of these and no program can set it back, so
//! a file that is replaced or written to always counts as changed. A file that changed only moments ago is not
//! remembered at all: it could change again within the same tick of the file system's clock. On Windows nothing is
//! remembered, because a program can set back all that shows a change.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use fs_err as fs;
use rayon::prelude::*;

use crate::atomic_write::write_whole;
use crate::clock::since_1970;
use crate::file_system::{Identity, identity};
use matrix_model::digest::{Encoder, sha256};

/// A fact about a file is remembered only if the file last changed at least this long ago. Clocks of file systems tick
/// at least this often.
const SETTLED: Duration = Duration::from_secs(2);

/// The folder of the store that holds the remembered facts.
const FOLDER: &str = ".remembered";

/// The facts that the store remembers: one small file for each name.
#[derive(Debug)]
pub struct Remembered {
    folder: PathBuf,
}

/// The folder of the facts that this store remembers.
pub fn folder(store: &Path) -> PathBuf {
    store.join(FOLDER)
}

/// The state of some files. It differs as soon as one of them changes.
pub struct State {
    encoder: Encoder,
    /// The newest change of any of the files; the end of time if a file does not show its changes.
    newest: Duration,
}

impl Remembered {
    /// The facts that this store remembers.
    pub fn in_store(store: &Path) -> Remembered {
        Remembered { folder: folder(store) }
    }

    /// Returns the fact remembered under this name for files in this state. If there is none, calls `find` and
    /// remembers its result.
    ///
    /// # Errors
    /// Those of `find`. It is not an error if the result cannot be remembered: `find` is called again the next time.
    pub fn or_find(&self, name: &str, state: State, find: impl FnOnce() -> Result<String>) -> Result<String> {
        let path = self.folder.join(name);
        let is_settled = state.is_settled();
        let state = state.encoder.finish();
        if let Ok(text) = fs::read_to_string(&path)
            && let Some((of, found)) = text.split_once('\n')
            && of == state
        {
            return Ok(found.to_owned());
        }
        let found = find()?;
        if is_settled {
            // A user without write access to the store can still use it.
            write_whole(&path, format!("{state}\n{found}").as_bytes()).ok();
        }
        Ok(found)
    }

    /// Like [`Remembered::or_find`] for one file; the name is made from its path.
    ///
    /// # Errors
    /// If the file does not exist, and those of `find`.
    pub fn of_file(&self, file: &Path, find: impl FnOnce() -> Result<String>) -> Result<String> {
        let mut state = State::default();
        state.add(file)?;
        let path = sha256(file.as_os_str().as_encoded_bytes());
        self.or_find(&format!("file-{}", &path[..32]), state, find)
    }
}

impl Default for State {
    fn default() -> State {
        State { encoder: Encoder::new("state of files", 1), newest: Duration::ZERO }
    }
}

impl State {
    /// The state of these files, given as paths in a folder. The state of a symbolic link is that of the link itself.
    ///
    /// # Errors
    /// If one does not exist.
    pub fn of_files(folder: &Path, files: &[PathBuf]) -> Result<State> {
        let facts = files.par_iter().map(|file| fs::symlink_metadata(folder.join(file)));
        let mut state = State::default();
        for (file, facts) in files.iter().zip(facts.collect::<io::Result<Vec<_>>>()?) {
            state.add_facts(file, &facts);
        }
        Ok(state)
    }

    /// Adds the file at a path. Symbolic links are followed.
    ///
    /// # Errors
    /// If it does not exist.
    pub fn add(&mut self, file: &Path) -> Result<()> {
        let facts = fs::metadata(file)?;
        self.add_facts(file, &facts);
        Ok(())
    }

    /// Adds text that the fact depends on in addition to the files.
    pub fn add_text(&mut self, text: &str) {
        self.encoder.bytes("text", text.as_bytes());
    }

    fn add_facts(&mut self, file: &Path, facts: &Metadata) {
        self.encoder.bytes("file", file.as_os_str().as_encoded_bytes());
        let Some(Identity { numbers, times }) = identity(facts) else {
            self.newest = Duration::MAX;
            return;
        };
        self.encoder.bytes("numbers", numbers.map(u64::to_le_bytes).as_flattened());
        self.encoder.bytes("times", times.map(i64::to_le_bytes).as_flattened());
        for seconds in [times[0], times[2]] {
            let changed = u64::try_from(seconds).map_or(Duration::ZERO, Duration::from_secs);
            self.newest = self.newest.max(changed);
        }
    }

    fn is_settled(&self) -> bool {
        let now = since_1970();
        // The fraction of a second was cut off.
        self.newest.saturating_add(Duration::from_secs(1)).saturating_add(SETTLED) < now
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs::{File, FileTimes};
    use std::thread::sleep;

    use super::*;

    /// Long enough for a file to be remembered.
    const LONG: Duration = Duration::from_secs(4);

    struct Finder {
        folder: tempfile::TempDir,
        times: Cell<u32>,
    }

    impl Finder {
        fn new() -> Finder {
            let finder = Finder { folder: tempfile::tempdir().unwrap(), times: Cell::new(0) };
            fs::write(finder.file(), "one").unwrap();
            finder
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("file")
        }

        /// Returns the file's content, and counts how often it was read.
        fn content(&self) -> String {
            let find = || {
                self.times.set(self.times.get() + 1);
                Ok(fs::read_to_string(self.file())?)
            };
            Remembered::in_store(self.folder.path()).of_file(&self.file(), find).unwrap()
        }
    }

    #[test]
    fn a_file_is_read_once_until_it_changes() {
        let finder = Finder::new();
        sleep(LONG);
        assert_eq!([finder.content(), finder.content()], ["one", "one"]);
        assert_eq!(finder.times.get(), 1);

        // The same length as before, and the same modification time.
        let modified = fs::metadata(finder.file()).unwrap().modified().unwrap();
        fs::write(finder.file(), "two").unwrap();
        File::open(finder.file()).unwrap().set_times(FileTimes::new().set_modified(modified)).unwrap();
        assert_eq!(finder.content(), "two");
    }

    #[test]
    fn what_changed_just_now_is_not_remembered() {
        let finder = Finder::new();
        assert_eq!([finder.content(), finder.content()], ["one", "one"]);
        assert_eq!(finder.times.get(), 2);
    }

    #[test]
    fn what_it_depends_on_beside_files_counts() {
        let store = tempfile::tempdir().unwrap();
        let remembered = Remembered::in_store(store.path());
        let find = |text: &str| {
            let mut state = State::default();
            state.add_text(text);
            remembered.or_find("name", state, || Ok(format!("found for {text}"))).unwrap()
        };
        assert_eq!([find("a"), find("a"), find("b")], ["found for a", "found for a", "found for b"]);
    }
}
