use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use matrix_model::fixture::Special;
use tempfile::NamedTempFile;

use super::Identity;

pub(super) use std::os::unix::fs::symlink;

pub(super) fn open_to_lock(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub(super) fn identity(facts: &Metadata) -> Option<Identity> {
    Some(Identity {
        numbers: [facts.dev(), facts.ino(), facts.size(), facts.mode().into()],
        times: [facts.mtime(), facts.mtime_nsec(), facts.ctime(), facts.ctime_nsec()],
    })
}

pub(super) fn temporary_file_in(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(folder)
}

pub(super) fn mode(facts: &Metadata) -> u32 {
    facts.mode()
}

pub(super) fn set_mode(file: &Path, mode: u32) -> io::Result<()> {
    fs_err::set_permissions(file, Permissions::from_mode(mode))
}

/// By mknod: a path that a socket is bound to may not be longer than 107 bytes.
#[cfg(target_os = "linux")]
pub(super) fn make_special(path: &Path, special: Special) -> io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let kind = match special {
        Special::Fifo => FileType::Fifo,
        Special::Socket => FileType::Socket,
    };
    mknodat(CWD, path, kind, Mode::empty(), 0)?;
    set_mode(path, 0o666)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn make_special(_: &Path, _: Special) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "special files are made on Linux only"))
}
