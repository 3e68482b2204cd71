//! Lays a disk of a kind over a folder, for this process and all that it starts. No other process sees it.

use std::ffi::CString;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::ptr;

use super::at;
use crate::restriction::Disk;

/// The room of a full disk beside what is on it, in bytes, before it is filled.
const ROOM: u64 = 1 << 20;

/// The size of a block, in bytes, in which a file system in memory counts.
const BLOCK: u64 = 4096;

/// The file that takes the rest of a full disk. It is beside the folders that a guest is given, and in none of them.
const FILLER: &str = ".full";

/// Lays a disk of this kind over a folder, with all that is in the folder on it.
///
/// # Errors
/// If the kernel, or whoever confines this process already, does not allow it; if something cannot be copied.
pub(super) fn lay(disk: Disk, folder: &Path) -> io::Result<()> {
    own_mounts().map_err(|error| at("a mount namespace", error))?;
    let laid = match disk {
        Disk::ReadOnly => read_only(folder),
        Disk::Full => full(folder),
    };
    laid.map_err(|error| at(&folder.display().to_string(), error))
}

/// Leaves the machine's table of mounts, and stays who one is.
fn own_mounts() -> io::Result<()> {
    // SAFETY: these calls read nothing but their arguments.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    let unshare = |flags| check(unsafe { libc::unshare(flags) });
    // Without root's rights, a user namespace gives them, over itself alone.
    if unshare(libc::CLONE_NEWNS).is_err() {
        unshare(libc::CLONE_NEWNS | libc::CLONE_NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    }
    mount(None, Path::new("/"), None, libc::MS_REC | libc::MS_PRIVATE, "")
}

fn read_only(folder: &Path) -> io::Result<()> {
    mount(Some(folder), folder, None, libc::MS_BIND | libc::MS_REC, "")?;
    let kept = mount_flags(folder)?;
    mount(None, folder, None, libc::MS_REMOUNT | libc::MS_BIND | libc::MS_RDONLY | kept, "")
}

/// The flags of a mount that a namespace of a user's own must not take away.
fn mount_flags(folder: &Path) -> io::Result<libc::c_ulong> {
    let flags = rustix::fs::statvfs(folder)?.f_flag.bits();
    let pairs = [
        (libc::ST_NOSUID, libc::MS_NOSUID),
        (libc::ST_NODEV, libc::MS_NODEV),
        (libc::ST_NOEXEC, libc::MS_NOEXEC),
        (libc::ST_NOATIME, libc::MS_NOATIME),
        (libc::ST_NODIRATIME, libc::MS_NODIRATIME),
        (libc::ST_RELATIME, libc::MS_RELATIME),
    ];
    Ok(pairs.iter().filter(|(has, _)| flags & *has != 0).fold(0, |all, (_, flag)| all | flag))
}

fn full(folder: &Path) -> io::Result<()> {
    // What is below the new disk stays reachable by this descriptor.
    let below = File::open(folder)?;
    let below = PathBuf::from(format!("/proc/self/fd/{}", below.as_raw_fd()));
    let size = blocks(&below)? * BLOCK + ROOM;
    mount(None, folder, Some("tmpfs"), libc::MS_NOSUID | libc::MS_NODEV, &format!("size={size},mode=755"))?;
    copy(&below, folder)?;
    let mut filler = File::create_new(folder.join(FILLER))?;
    let block = [0; BLOCK as usize];
    loop {
        match filler.write(&block) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// How many blocks the files below a folder take.
fn blocks(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let facts = entry.metadata()?;
        sum += match facts.is_dir() {
            true => 1 + blocks(&entry.path())?,
            false => 1 + facts.len().div_ceil(BLOCK),
        };
    }
    Ok(sum)
}

/// Copies what is in a folder into another one.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, copied, facts) = (entry.path(), to.join(entry.file_name()), entry.metadata()?);
        copy_one(&source, &copied, &facts).map_err(|error| at(&copied.display().to_string(), error))?;
    }
    Ok(())
}

fn copy_one(source: &Path, copied: &Path, facts: &Metadata) -> io::Result<()> {
    let kind = facts.file_type();
    if kind.is_symlink() {
        return symlink(fs::read_link(source)?, copied);
    }
    if kind.is_dir() {
        fs::create_dir(copied)?;
        copy(source, copied)?;
    } else if kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device() {
        let path = CString::new(copied.as_os_str().as_bytes())?;
        // SAFETY: the path is a string that outlives the call.
        check(unsafe { libc::mknod(path.as_ptr(), facts.mode(), facts.rdev()) })?;
    } else {
        fs::copy(source, copied)?;
        let times = fs::FileTimes::new().set_accessed(facts.accessed()?).set_modified(facts.modified()?);
        // A file that its owner may not write to can still be given times.
        File::open(copied).and_then(|file| file.set_times(times))?;
    }
    fs::set_permissions(copied, facts.permissions())
}

fn mount(from: Option<&Path>, to: &Path, kind: Option<&str>, flags: libc::c_ulong, options: &str) -> io::Result<()> {
    let from = from.map(|path| CString::new(path.as_os_str().as_bytes())).transpose()?;
    let to = CString::new(to.as_os_str().as_bytes())?;
    let kind = kind.map(CString::new).transpose()?;
    let options = CString::new(options)?;
    let pointer = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    // SAFETY: each argument is null or a string that outlives the call.
    check(unsafe { libc::mount(pointer(&from), to.as_ptr(), pointer(&kind), flags, options.as_ptr().cast()) })
}

fn check(returned: libc::c_int) -> io::Result<()> {
    if returned == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
