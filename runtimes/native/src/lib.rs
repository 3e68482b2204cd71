//! A world for a native program like the one a WASI runtime makes: the folders it is given, each under a name, and
//! nothing else of the machine. No other file, no other network.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change, mount_remount};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// A folder of the machine's under a name of the program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub host: PathBuf,
    /// What the program calls it.
    pub guest: String,
    /// Whether the program may change nothing below it.
    pub read_only: bool,
}

/// Leaves the machine's mounts and network behind. Allocates nothing, so that it may be called between `fork` and
/// `exec`.
///
/// # Errors
/// If the kernel, or whoever confines this process already, does not allow it.
pub fn leave() -> io::Result<()> {
    let own = UnshareFlags::NEWNS | UnshareFlags::NEWNET;
    // SAFETY: what may not be shared with other threads is the table of descriptors, and it stays shared.
    unsafe {
        // Without root's rights, or where root has none, a user namespace gives them, over itself alone.
        unshare_unsafe(own).or_else(|_| unshare_unsafe(own | UnshareFlags::NEWUSER))?;
    }
    // Where a distribution forbids it (AppArmor's profile for user namespaces), this is what fails.
    Ok(mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?)
}

/// Leaves the machine and stays who one is.
///
/// # Errors
/// As [`leave`].
pub fn leave_as_oneself() -> io::Result<()> {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let before = fs::read_link("/proc/self/ns/user")?;
    leave()?;
    if fs::read_link("/proc/self/ns/user")? != before {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    }
    raise_loopback()
}

/// Go's own network for wasip1 is one that a program has with itself; natively that is the loopback.
fn raise_loopback() -> io::Result<()> {
    // SAFETY: the structure is the one that the call takes, and outlives it.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        let mut request: libc::ifreq = std::mem::zeroed();
        for (place, byte) in request.ifr_name.iter_mut().zip(b"lo") {
            *place = *byte as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let raised = libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &raw const request);
        let error = io::Error::last_os_error();
        libc::close(socket);
        if raised == 0 { Ok(()) } else { Err(error) }
    }
}

/// Makes a root at an empty folder that holds the given folders alone, and `/dev/null` if asked for.
///
/// # Errors
/// With the folder in the message.
pub fn furnish(root: &Path, folders: &[Folder], dev_null: bool) -> io::Result<()> {
    mount("none", root, "tmpfs", MountFlags::NOSUID, None).map_err(|error| at(root, error.into()))?;
    let mut placed: Vec<_> = folders.iter().map(|folder| (place(root, &folder.guest), folder)).collect();
    // A folder inside of another is mounted after it, whichever was given first.
    placed.sort_by_key(|(place, _)| place.components().count());
    let is_root = placed.first().is_some_and(|(place, _)| place == root);
    for (place, folder) in &placed {
        fs::create_dir_all(place).map_err(|error| at(place, error))?;
        mount_bind(&folder.host, place).map_err(|error| at(&folder.host, error.into()))?;
    }
    if dev_null {
        let place = root.join("dev/null");
        fs::create_dir_all(root.join("dev")).and_then(|()| fs::write(&place, "")).map_err(|error| at(&place, error))?;
        mount_bind("/dev/null", &place).map_err(|error| at(&place, error.into()))?;
    }
    for (place, _) in placed.iter().filter(|(_, folder)| folder.read_only) {
        seal(place)?;
    }
    // What holds the folders is no folder of the program's.
    if is_root { Ok(()) } else { seal(root) }
}

/// Where a name of the program's is under its root: `..` and `.` lead nowhere else.
fn place(root: &Path, guest: &str) -> PathBuf {
    let mut place = root.to_owned();
    for component in Path::new(guest).components() {
        if let Component::Normal(name) = component {
            place.push(name);
        }
    }
    place
}

/// Forbids to change what is mounted at a place, and lifts nothing that is forbidden there already: in a user
/// namespace that is not allowed.
fn seal(place: &Path) -> io::Result<()> {
    let sealed = || -> io::Result<()> {
        let kept = rustix::fs::statvfs(place)?.f_flag.bits();
        let known = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        let times = [
            (libc::ST_NOATIME, MountFlags::NOATIME),
            (libc::ST_NODIRATIME, MountFlags::NODIRATIME),
            (libc::ST_RELATIME, MountFlags::RELATIME),
        ];
        // These three have the same bits as a mount's flags and as a file system's.
        let mut flags = MountFlags::from_bits_truncate(kept as u32) & known;
        for (bit, flag) in times {
            flags.set(flag, kept & bit != 0);
        }
        Ok(mount_remount(place, flags | MountFlags::BIND | MountFlags::RDONLY, "")?)
    };
    sealed().map_err(|error| at(place, error))
}

fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::place;
    use std::path::Path;

    #[test]
    fn a_name_stays_under_the_root() {
        let root = Path::new("/root");
        for (guest, expected) in
            [("/data", "/root/data"), ("/", "/root"), ("data/", "/root/data"), (".", "/root"), ("/../../x", "/root/x")]
        {
            assert_eq!(place(root, guest), Path::new(expected), "{guest}");
        }
    }
}
