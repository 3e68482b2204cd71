//! The resource limits of a process.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// No core file, few descriptors, and no file that fills a disk.
const LIMITS: [(Resource, u64); 3] = [(Resource::Core, 0), (Resource::Nofile, 1024), (Resource::Fsize, 8 << 30)];

/// Sets the limits of the calling process. It only makes system calls, so it may be called between fork and exec.
///
/// # Errors
/// If the process may not have such a limit.
pub(super) fn set_limits() -> io::Result<()> {
    for (resource, value) in LIMITS {
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?;
    }
    Ok(())
}
