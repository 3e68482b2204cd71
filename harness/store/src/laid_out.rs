//! The project in the store, for folders that are in no checkout: its files, as the command brings them, and beside them
//! what is built and recorded.
//!
//! `projects/<digest>/files` has the files, and the digest is theirs, so each version of them has a folder of its own. They
//! are staged beside it and moved there in one step. `projects/<digest>/target` is what `target` is in a checkout.
//! `projects/<digest>.lock` is held by every command that uses the folder.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fs_err::{self as fs, File};
use rayon::prelude::*;

use crate::file_system::set_mode;
use crate::scratch::remove;
use matrix_model::digest::Encoder;

/// The folder of the store with a folder for each version of the project's files.
const PROJECTS: &str = "projects";

/// A file of the project.
#[derive(Debug, Clone)]
pub struct ProjectFile<'f> {
    /// Its path in the project, with `/`.
    pub path: Cow<'f, str>,
    /// Whether it is a program.
    pub is_executable: bool,
    /// What is in it.
    pub bytes: Cow<'f, [u8]>,
}

/// The project's files in the store. Whoever removes such folders must not remove this one as long as this value lives.
#[derive(Debug)]
pub struct LaidOut {
    folder: PathBuf,
    _held: File,
}

impl LaidOut {
    /// Gives the folder of these files. Lays them out if they are not there, or not all of them.
    ///
    /// # Errors
    /// If the store cannot be written. The error names the store and says what to do.
    pub fn open(store: &Path, files: &[ProjectFile]) -> Result<LaidOut> {
        let folder = store.join(PROJECTS).join(&digest(files)[..16]);
        held(&folder, files).with_context(|| {
            let size: usize = files.iter().map(|file| file.bytes.len()).sum();
            format!(
                "cannot lay out the project's files, {} MB, in the store {}; set WASIP1_MATRIX_HOME to a folder that can \
                 be written and has the space, or name a checkout with --root",
                size.div_ceil(1_000_000),
                store.display()
            )
        })
    }

    /// The project's root: nothing is written there.
    pub fn root(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// The folder for what is built and recorded.
    pub fn target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

fn digest(files: &[ProjectFile]) -> String {
    let mut encoder = Encoder::new("project", 1);
    for file in files {
        encoder.bytes("path", file.path.as_bytes());
        encoder.bytes(if file.is_executable { "program" } else { "file" }, &file.bytes);
    }
    encoder.finish()
}

fn held(folder: &Path, files: &[ProjectFile]) -> Result<LaidOut> {
    let above = folder.parent().context("the store has no parent folder")?;
    let lock = folder.with_extension("lock");
    loop {
        // A store that only others may write will do, if the files are there.
        let shared = match File::open(&lock) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some(opened?),
        };
        if let Some(file) = shared {
            file.lock_shared()?;
            let laid_out = LaidOut { folder: folder.to_owned(), _held: file };
            if is_whole(&laid_out.root(), files) {
                return Ok(laid_out);
            }
        }
        fs::create_dir_all(above)?;
        let alone = File::create(&lock)?;
        alone.lock()?;
        let root = folder.join("files");
        // Another process may have laid them out meanwhile.
        if !is_whole(&root, files) {
            lay_out(folder, &root, files)?;
        }
    }
}

/// Whether all files are there with their sizes. After a power failure a file may be empty.
fn is_whole(root: &Path, files: &[ProjectFile]) -> bool {
    let is_there = |file: &ProjectFile| {
        fs::symlink_metadata(root.join(&*file.path))
            .is_ok_and(|facts| facts.is_file() && facts.len() == file.bytes.len() as u64)
    };
    files.iter().all(is_there)
}

/// Makes the folder of the files, which only this process does now. What is there is incomplete.
fn lay_out(folder: &Path, root: &Path, files: &[ProjectFile]) -> Result<()> {
    let staged = folder.join("staged");
    remove(&staged)?;
    let written = files.par_iter().try_for_each(|file| write(&staged.join(&*file.path), file));
    let placed = written.and_then(|()| remove(root)).and_then(|()| fs::rename(&staged, root));
    if placed.is_err() {
        // What is left of it takes space that may be what is missing.
        remove(&staged).ok();
    }
    Ok(placed?)
}

/// Writes a file that is not meant to be edited: the next version of the files has a folder of its own.
fn write(path: &Path, file: &ProjectFile) -> io::Result<()> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    fs::write(path, &file.bytes)?;
    set_mode(path, if file.is_executable { 0o555 } else { 0o444 })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tempfile::TempDir;

    use super::*;
    use crate::file_system::mode;

    const FILES: [(&str, bool, &str); 3] =
        [("cases/a.toml", false, "one"), ("runtimes/x/build.sh", true, "two"), ("LICENSE", false, "")];

    fn files(changed: &'static str) -> Vec<ProjectFile<'static>> {
        let file = |(path, is_executable, text): (&'static str, bool, &'static str)| ProjectFile {
            path: path.into(),
            is_executable,
            bytes: text.as_bytes().into(),
        };
        let mut files: Vec<_> = FILES.map(file).into();
        files[0].bytes = changed.as_bytes().into();
        files
    }

    fn text(project: &LaidOut, path: &str) -> String {
        fs::read_to_string(project.root().join(path)).expect("a file")
    }

    #[test]
    fn the_files_are_there_and_are_not_to_be_edited() {
        let store = TempDir::new().expect("a folder");
        let project = LaidOut::open(store.path(), &files("one")).expect("laid out");
        assert_eq!(text(&project, "cases/a.toml"), "one");
        for (path, bits) in [("cases/a.toml", 0o444), ("runtimes/x/build.sh", 0o555)] {
            let facts = fs::metadata(project.root().join(path)).expect("a file");
            if cfg!(unix) {
                assert_eq!(mode(&facts) & 0o777, bits, "{path}");
            }
        }
    }

    #[test]
    fn another_version_of_a_file_makes_another_folder() {
        let store = TempDir::new().expect("a folder");
        let old = LaidOut::open(store.path(), &files("one")).expect("laid out");
        let new = LaidOut::open(store.path(), &files("two")).expect("laid out");
        assert_eq!((text(&old, "cases/a.toml"), text(&new, "cases/a.toml")), ("one".to_owned(), "two".to_owned()));
        assert_ne!(old.target(), new.target());
        let mut programs = files("one");
        programs[0].is_executable = true;
        assert_ne!(digest(&programs), digest(&files("one")), "a program is another file");
    }

    #[test]
    fn what_is_there_in_part_is_not_used() {
        let store = TempDir::new().expect("a folder");
        let root = LaidOut::open(store.path(), &files("one")).expect("laid out").root();
        let damage: [&dyn Fn(); 3] = [
            &|| fs::remove_file(root.join("cases/a.toml")).expect("removed"),
            &|| {
                set_mode(&root.join("cases/a.toml"), 0o644).expect("a mode");
                fs::write(root.join("cases/a.toml"), "").expect("emptied");
            },
            // A process that was killed while it laid the files out.
            &|| fs::rename(&root, root.with_file_name("staged")).expect("moved"),
        ];
        for damage in damage {
            damage();
            let project = LaidOut::open(store.path(), &files("one")).expect("laid out again");
            assert_eq!(text(&project, "cases/a.toml"), "one");
            assert!(!root.with_file_name("staged").exists());
        }
    }

    #[test]
    fn many_at_once_get_one_folder() {
        let store = TempDir::new().expect("a folder");
        let open = || LaidOut::open(store.path(), &files("one")).map(|project| text(&project, "cases/a.toml"));
        thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            for thread in threads {
                assert_eq!(thread.join().expect("it ends").expect("laid out"), "one");
            }
        });
        let names: Vec<_> = fs::read_dir(store.path().join(PROJECTS)).expect("a folder").collect();
        assert_eq!(names.len(), 2, "a folder and its lock: {names:?}");
    }

    #[test]
    fn a_store_that_cannot_be_written_is_named() {
        let store = TempDir::new().expect("a folder");
        let below_a_file = store.path().join("file/store");
        fs::write(store.path().join("file"), "").expect("a file");
        let error = LaidOut::open(&below_a_file, &files("one")).expect_err("no folder can be made there");
        let told = format!("{error:#}");
        assert!(told.contains(&format!("in the store {}", below_a_file.display())), "{told}");
        assert!(told.contains("set WASIP1_MATRIX_HOME"), "{told}");
    }
}
