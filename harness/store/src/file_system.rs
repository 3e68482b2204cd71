//! What Unix and Windows do differently with files.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use matrix_model::fixture::Special;
use tempfile::NamedTempFile;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// What shows that a file has changed.
pub(crate) struct Identity {
    /// The device, the inode, the size and the mode.
    pub numbers: [u64; 4],
    /// When the content and when the inode last changed, each in seconds since 1970 and nanoseconds.
    pub times: [i64; 4],
}

/// What shows that a file has changed. `None` on Windows: a program can set back every time that it tells.
pub(crate) fn identity(facts: &Metadata) -> Option<Identity> {
    system::identity(facts)
}

/// Creates a temporary file that every user may read once it has a name of its own, like any other file.
pub(crate) fn temporary_file_in(folder: &Path) -> io::Result<NamedTempFile> {
    system::temporary_file_in(folder)
}

/// A file's permission bits. Windows has none, so all are set there.
pub fn mode(facts: &Metadata) -> u32 {
    system::mode(facts)
}

/// Sets a file's permission bits. It does nothing on Windows.
///
/// # Errors
/// If there is no such file, or it is another user's. The error names the path.
pub fn set_mode(file: &Path, mode: u32) -> io::Result<()> {
    system::set_mode(file, mode)
}

/// Opens what stands for a file or a folder while it is locked: itself, or on Windows, which locks no folders, a file
/// in it.
pub(crate) fn open_to_lock(path: &Path) -> io::Result<File> {
    system::open_to_lock(path)
}

/// Makes a symbolic link.
///
/// # Errors
/// If there is something at `link`, or the folder cannot be written. On Windows also if the user may not make links.
pub fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    system::symlink(target, link)
}

/// Makes a special file that every user may read and write.
///
/// # Errors
/// If there is something at `path`, or the folder cannot be written. The file system may have no such files, and no other
/// system than Linux makes them here.
pub fn make_special(path: &Path, special: Special) -> io::Result<()> {
    system::make_special(path, special)
}
