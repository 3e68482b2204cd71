//! Makes a cell's own folder: freshly made fixtures, an empty working directory, and the request.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::plan::Plan;
use matrix_model::case::OUTSIDE;
use matrix_model::content::Content;
use matrix_model::fixture::{Entry, Fixture};
use matrix_model::observation::{Ignored, KEPT};
use matrix_model::outcome::Found;
use matrix_store::file_digest::sha256_file;
use matrix_store::file_system::{make_special, symlink};

/// A file that stands in for an empty folder in the repository and is not copied.
pub(crate) const KEEP: &str = ".keep";

/// The largest file left on the host that is read. No case describes a larger one.
const LARGEST: u64 = 32 << 20;

/// A cell's folder, for as long as the cell runs.
pub struct Sandbox {
    path: PathBuf,
    /// Held so that a second harness waits instead of sharing the folder.
    _lock: File,
}

impl Sandbox {
    /// Makes the folder as the plan describes it. Removes what an earlier run left there.
    ///
    /// # Errors
    /// If the disk is full, a folder cannot be written, or a fixture is missing. The error names the path.
    pub fn create(plan: &Plan) -> io::Result<Sandbox> {
        let path = plan.sandbox.as_path();
        let parent = path.parent().expect("a sandbox stands in the state folder");
        fs::create_dir_all(parent).map_err(|error| at(parent, error))?;
        let lock = path.with_extension("lock");
        let lock = File::create(&lock).and_then(|file| file.lock().map(|()| file)).map_err(|error| at(&lock, error))?;
        if path.exists() {
            matrix_supervise::sweep(path.as_os_str());
        }
        let sandbox = Sandbox { path: path.to_owned(), _lock: lock };
        sandbox.fill(plan)?;
        Ok(sandbox)
    }

    /// Restores everything to the state before the guest ran, so that its command can be run again by hand.
    ///
    /// # Errors
    /// Same as [`Sandbox::create`].
    pub fn fill(&self, plan: &Plan) -> io::Result<()> {
        remove(&self.path)?;
        let made = if plan.own_cwd { &self.path } else { &plan.cwd };
        fs::create_dir_all(made).map_err(|error| at(made, error))?;
        for dir in &plan.dirs {
            if let Some(fixture) = &dir.fixture {
                lay_out(fixture, &dir.host, &plan.outside_folder)?;
            }
        }
        for folder in &plan.outside {
            lay_out(&folder.fixture, &folder.host, &plan.outside_folder)?;
        }
        if let Some(bytes) = &plan.stdin_file {
            let path = self.path.join("stdin");
            fs::write(&path, bytes).map_err(|error| at(&path, error))?;
        }
        if let Some((path, request)) = &plan.request {
            let json = serde_json::to_vec_pretty(request)?;
            fs::write(path, json).map_err(|error| at(path, error))?;
        }
        Ok(())
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// If the folder cannot be removed. The error names the path.
    pub fn remove(self) -> io::Result<()> {
        // The lock file stays: a second harness may be waiting for it at this moment.
        remove(&self.path)
    }
}

/// What is at a path of the host now.
pub fn look(path: &Path) -> Found {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
        Err(error) => Found::Other(error.to_string()),
        Ok(metadata) if metadata.is_file() && metadata.len() > LARGEST => Found::Large(metadata.len()),
        Ok(metadata) if metadata.is_file() => match fs::read(path) {
            Ok(content) => Found::File(content.into()),
            Err(error) => Found::Other(error.to_string()),
        },
        Ok(metadata) if metadata.is_dir() => Found::Folder,
        Ok(metadata) if metadata.is_symlink() => match fs::read_link(path) {
            Ok(target) => Found::Link(target.into_os_string().into_encoded_bytes().into()),
            Err(error) => Found::Other(error.to_string()),
        },
        Ok(_) => Found::Other("not a regular file".to_owned()),
    }
}

/// How what is left in folders is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Left<'l> {
    /// What is ignored in files.
    pub ignored: &'l Ignored,
    /// What was there before. Of a file that is still the same, only the digest is kept.
    pub given: &'l BTreeMap<String, Found>,
}

/// Everything that is in folders now, by the path that a guest knows. Each folder comes with the guest's name for it.
pub(crate) fn left_in<'d>(dirs: impl IntoIterator<Item = (&'d str, &'d Path)>, left: Left) -> BTreeMap<String, Found> {
    let mut all = BTreeMap::new();
    for (guest, host) in dirs {
        for entry in WalkDir::new(host).min_depth(1) {
            let (path, found) = match &entry {
                Ok(entry) => (entry.path(), look_and_keep(entry.path(), left.ignored)),
                Err(error) => (error.path().unwrap_or(host), Found::Other(error.to_string())),
            };
            let inside = path.strip_prefix(host).unwrap_or(path).to_string_lossy();
            let name = format!("{}/{inside}", guest.trim_end_matches('/'));
            let found = match found {
                Found::File(content) if left.given.get(&name) == Some(&Found::File(content.clone())) => {
                    Found::File(Content::cut(Vec::new(), content.len(), content.sha256()))
                }
                other => other,
            };
            all.insert(name, found);
        }
    }
    all
}

/// What is at a path now. Of a file, as much is kept as is needed to compare it.
fn look_and_keep(path: &Path, ignored: &Ignored) -> Found {
    match look(path) {
        Found::File(content) => Found::File(ignored.kept(content.to_vec())),
        Found::Large(len) => match kept_of_large(path, len) {
            Ok(content) => Found::File(content),
            Err(error) => Found::Other(error.to_string()),
        },
        other => other,
    }
}

/// The beginning and the digest of a file that is too large to be read into memory.
fn kept_of_large(path: &Path, len: u64) -> io::Result<Content> {
    let mut beginning = Vec::new();
    File::open(path)?.take(KEPT as u64).read_to_end(&mut beginning)?;
    Ok(Content::cut(beginning, len as usize, Some(sha256_file(path)?)))
}

/// Makes a fixture's contents in a folder. `outside` is the folder that replaces [`OUTSIDE`] in a link's target.
///
/// # Errors
/// If something cannot be made. The error names the path.
pub fn lay_out(fixture: &Fixture, folder: &Path, outside: &Path) -> io::Result<()> {
    fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    for (path, entry) in &fixture.entries {
        let to = folder.join(path);
        // If all of a folder's entries are lines of TOML, the project does not have the folder itself.
        let above = to.parent().unwrap_or(folder);
        fs::create_dir_all(above).map_err(|error| at(above, error))?;
        match entry {
            Entry::Folder => fs::create_dir_all(&to),
            Entry::Copy(file) if file.ends_with(KEEP) => Ok(()),
            // Not its permissions: nobody may write the project's own file where there is no checkout.
            Entry::Copy(file) => fs::read(file).and_then(|bytes| fs::write(&to, bytes)),
            Entry::Exact(file) => copy_exactly(file, &to),
            Entry::File(bytes) => fs::write(&to, bytes),
            Entry::Sparse(size) => File::create(&to).and_then(|file| file.set_len(*size)),
            Entry::Many(count) => make_many(&to, *count),
            Entry::Special(special) => make_special(&to, *special),
            Entry::Link(target) => symlink(&target_with(outside, target), &to),
        }
        .map_err(|error| at(&to, error))?;
    }
    Ok(())
}

/// Makes a folder with many names of one empty file: numbers from zero. To make a file for each name takes much longer.
fn make_many(folder: &Path, count: u32) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let Some(others) = count.checked_sub(1) else { return Ok(()) };
    let first = folder.join("0");
    File::create(&first)?;
    (1..=others).try_for_each(|number| fs::hard_link(&first, folder.join(number.to_string())))
}

/// Copies a file with its permissions and its time of modification.
fn copy_exactly(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    match File::options().write(true).open(to) {
        Ok(file) => file.set_modified(modified),
        // The copy of a file that nobody may write has a time of its own, which the guest can only read.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

/// A link's target, with the path of the folder outside filled in.
fn target_with(outside: &Path, target: &str) -> PathBuf {
    match Path::new(target).strip_prefix(OUTSIDE) {
        Ok(rest) => outside.join(rest),
        Err(_) => PathBuf::from(target),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(path, error)),
    }
}

fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
