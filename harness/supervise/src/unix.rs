//! Runs a process on a Unix.

mod beside;
mod connect;
mod interrupt;
mod limits;
#[cfg(target_os = "linux")]
mod linux;
mod patience;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
mod stream;
#[cfg(test)]
mod tests;
mod watch;

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use super::{Ended, Output, Spec};
use watch::{Listeners, System};

#[cfg(target_os = "linux")]
use linux::Linux as Own;
#[cfg(not(target_os = "linux"))]
use portable::Portable as Own;

pub use connect::{no_full_device, no_terminal};
pub use interrupt::{listen_for_quit, on_interrupt};
#[cfg(target_os = "linux")]
pub use linux::{attempt, become_restricted};

/// What this system cannot do that Linux can, each as a sentence.
pub const LACKS: &[&str] = Own::LACKS;

/// Runs a process to its end and passes each complete line of its stdout to `on_line` as it arrives.
///
/// # Errors
/// The same as for [`run`](super::run).
pub fn run_watched(spec: &Spec, on_line: &mut dyn FnMut(&[u8])) -> io::Result<Ended> {
    watch::run::<Own>(spec, Listeners { on_line: Some(on_line), ..Listeners::default() })
}

/// Runs a process to its end and passes on what it writes as it arrives. If `on_output` returns false, nobody reads that
/// output any more: the process's next write to it fails.
///
/// # Errors
/// The same as for [`run`](super::run).
pub fn run_passing_on(spec: &Spec, on_output: &mut dyn FnMut(Output, &[u8]) -> bool) -> io::Result<Ended> {
    watch::run::<Own>(spec, Listeners { on_output: Some(on_output), ..Listeners::default() })
}

/// Whether this process's stdout and stderr are one: what is written to them arrives in the order in which it is written.
pub fn is_one_output() -> bool {
    match (rustix::fs::fstat(io::stdout()), rustix::fs::fstat(io::stderr())) {
        (Ok(out), Ok(err)) => (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino),
        _ => false,
    }
}

/// Runs a process to its end. Time in which it wants a processor and gets none does not count for its deadline, if this
/// system tells of such time. `on_look` is told about once a second how much time counts so far.
///
/// # Errors
/// The same as for [`run`](super::run).
pub fn run_patiently(spec: &Spec, on_look: &mut dyn FnMut(Duration)) -> io::Result<Ended> {
    watch::run::<Own>(spec, Listeners { on_look: Some(on_look), ..Listeners::default() })
}

/// Kills the processes of a cell that a killed harness left running, if this system can find them. On Linux the
/// harness's children ended with it, but the processes that they had started did not.
pub fn sweep(cell: &OsStr) {
    Own::sweep(cell);
}

/// Makes SIGINT, SIGTERM and SIGHUP end this process's children, each with its whole group, and then this process.
/// Without this call they end this process and its children, but not the processes that the children have started.
///
/// # Errors
/// If the pipe cannot be created or a handler cannot be installed.
pub fn end_children_on_interrupt() -> io::Result<()> {
    interrupt::on_signal(Own::end_children)
}

/// Kills this process's children, each with its whole group.
pub fn end_children() {
    Own::end_children();
}

/// The number of the signal that ended a process.
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// The processor time that this process itself has used, user and system, without its children.
pub fn own_cpu() -> Duration {
    // SAFETY: rusage is plain data, for which all zeroes is a valid value. The pointer is valid for the call, which
    // cannot fail for RUSAGE_SELF.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    duration(usage.ru_utime) + duration(usage.ru_stime)
}

/// A time as the kernel counts it.
fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
}
