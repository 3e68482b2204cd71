use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{symlink_dir, symlink_file};
use std::path::Path;

use matrix_model::fixture::Special;
use tempfile::NamedTempFile;

use super::Identity;

pub(super) fn open_to_lock(path: &Path) -> io::Result<File> {
    match path.is_dir() {
        true => OpenOptions::new().create(true).truncate(false).write(true).open(path.join(".lock")),
        false => File::open(path),
    }
}

pub(super) fn identity(_: &Metadata) -> Option<Identity> {
    None
}

pub(super) fn temporary_file_in(folder: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

pub(super) fn mode(_: &Metadata) -> u32 {
    0o777
}

pub(super) fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

pub(super) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    // A link's target is relative to the link's own folder.
    match link.parent().is_some_and(|folder| folder.join(target).is_dir()) {
        true => symlink_dir(target, link),
        false => symlink_file(target, link),
    }
}

pub(super) fn make_special(_: &Path, _: Special) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "special files are made on Linux only"))
}
