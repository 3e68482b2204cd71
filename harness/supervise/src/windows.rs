//! Windows: no process is started. Commands that only read and write files work.

use std::ffi::OsStr;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use super::{Ended, Output, Spec};

/// Why nothing runs.
const WHY: &str = "no process is started on Windows: cells, installs and builds need Linux or macOS";

/// What this system cannot do that Linux can, each as a sentence.
pub const LACKS: &[&str] = &[WHY, "only commands that read results work, such as `diff` and `report --from`"];

/// Starts nothing.
///
/// # Errors
/// Always. The error says that this is Windows.
pub fn run_watched(_: &Spec, _: &mut dyn FnMut(&[u8])) -> io::Result<Ended> {
    Err(io::Error::new(io::ErrorKind::Unsupported, WHY))
}

/// Starts nothing.
///
/// # Errors
/// Always. The error says that this is Windows.
pub fn run_patiently(_: &Spec, _: &mut dyn FnMut(Duration)) -> io::Result<Ended> {
    Err(io::Error::new(io::ErrorKind::Unsupported, WHY))
}

/// Starts nothing.
///
/// # Errors
/// Always. The error says that this is Windows.
pub fn run_passing_on(_: &Spec, _: &mut dyn FnMut(Output, &[u8]) -> bool) -> io::Result<Ended> {
    Err(io::Error::new(io::ErrorKind::Unsupported, WHY))
}

/// There is none, and no process that could be connected to it.
pub fn no_terminal() -> Option<&'static str> {
    Some(WHY)
}

/// There is none, and no process that could be connected to it.
pub fn no_full_device() -> Option<&'static str> {
    Some(WHY)
}

/// It is not known here.
pub fn is_one_output() -> bool {
    false
}

/// Does nothing, because there is no such signal.
///
/// # Errors
/// Never.
pub fn listen_for_quit() -> io::Result<()> {
    Ok(())
}

/// Does nothing, because no process was started.
pub fn end_children() {}

/// Does nothing, because no process was started.
pub fn sweep(_: &OsStr) {}

/// Does nothing, because no process is started.
pub fn on_interrupt(_: impl Fn() + Send + 'static) {}

/// Does nothing, because no process is started.
///
/// # Errors
/// Never.
pub fn end_children_on_interrupt() -> io::Result<()> {
    Ok(())
}

/// Nothing: only a benchmark asks, and it fails before.
pub fn own_cpu() -> Duration {
    Duration::ZERO
}

/// A process on Windows is not ended by a signal.
pub(crate) fn signal(_: ExitStatus) -> Option<i32> {
    None
}
