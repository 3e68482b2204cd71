//! Whether this machine can make the namespaces that the reference's guests run in.

use std::io;

/// Makes namespaces in a process of its own, which then ends.
///
/// # Errors
/// If the kernel does not allow it.
#[cfg(target_os = "linux")]
pub(crate) fn attempt() -> io::Result<()> {
    matrix_supervise::attempt(confine::leave)
}

/// Fails.
///
/// # Errors
/// Always: only Linux has them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn attempt() -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "only Linux has them"))
}
