//! Starts a process, feeds it, limits it, accounts for it, and finds what it leaves behind. Nothing else in the
//! harness starts processes, and only this crate contains `unsafe` code.
//!
//! [`run`] takes a [`Spec`] (command, environment, working directory, [`Stdin`], [`Outputs`], deadline) and returns
//! an [`Ended`]: the exit status, both outputs, the [`Usage`] that the kernel counted, and each [`Leak`], which is a
//! process that was left behind and has been killed. The process has a group of its own, unless it reads this process's
//! terminal, and no variables but those of its [`Spec`]. [`run_passing_on`] hands on what it writes as it arrives.
//!
//! How data passes through: `unix::connect` makes what its descriptors are connected to; `unix::watch` lets a system start
//! the process, and watches it; `unix::stream` feeds stdin and drains both outputs without deadlock; `unix::beside` does
//! what [`Beside`] asks for; `unix::interrupt` ends all children when the harness is interrupted, and tells of SIGQUIT;
//! `unix::patience` leaves out of a deadline what a busy machine took.
//!
//! [`become_restricted`] makes a program out of this process that a [`Restriction`] denies something, for the launcher that
//! runs a cell in other surroundings.
//!
//! `unix::linux` starts processes on Linux and finds descendants that left the group. `unix::portable` is for macOS, and
//! finds none. On Windows no process is started. [`LACKS`] says in words what a system cannot do.

mod descriptors;
mod restriction;
#[cfg(unix)]
mod unix;
mod usage;
#[cfg(windows)]
mod windows;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use descriptors::{Beside, Left, Outputs, Sink};
pub use restriction::{Disk, Errno, Pair, Resource, Restriction, Syscall};
pub use system::{
    LACKS, end_children, end_children_on_interrupt, is_one_output, listen_for_quit, no_full_device, no_terminal,
    on_interrupt, own_cpu, run_passing_on, run_patiently, run_watched, sweep,
};
#[cfg(target_os = "linux")]
pub use unix::{attempt, become_restricted};
pub use usage::Usage;

/// The environment variable that identifies a cell's processes, in whatever group they are. Its value is the cell's
/// folder.
pub const MARKER: &str = "WASIP1_MATRIX_CELL";

/// A process to run.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working directory.
    pub cwd: PathBuf,
    /// Its descriptor 0.
    pub stdin: Stdin,
    /// The time after which it is stopped.
    pub deadline: Duration,
    /// The maximum number of bytes that it may write to stdout and stderr together.
    pub output_limit: usize,
    /// What its descriptors 1 and 2 are, and what is done with what it writes.
    pub outputs: Outputs,
    /// What another process does with the same descriptors.
    pub beside: Beside,
    /// Whether SIGQUIT to this process stops it, after a call of [`listen_for_quit`].
    pub ends_on_quit: bool,
}

/// One of a process's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Descriptor 1.
    Stdout,
    /// Descriptor 2.
    Stderr,
}

/// A process's descriptor 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stdin {
    /// `/dev/null`.
    Null,
    /// No descriptor 0.
    Closed,
    /// This file, opened for reading.
    File(PathBuf),
    /// A pipe fed by these steps. It stays open until the process ends, unless a step closes it.
    Pipe(Vec<Feed>),
    /// A Unix socket whose peer is fed in the same way.
    Socket(Vec<Feed>),
    /// A terminal at which these steps are typed. It hands on whole lines and echoes nothing. To close it is to type Ctrl-D.
    Terminal(Vec<Feed>),
    /// This process's own descriptor 0. If that is a terminal, the process is in the group of this one, because a terminal
    /// is read by one group.
    Inherited,
}

/// One step in feeding a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// Write these bytes.
    Write(Vec<u8>),
    /// Wait this long.
    Wait(Duration),
    /// Wait until these bytes appear on stdout, after those that earlier steps waited for.
    Read(Vec<u8>),
    /// Close the write end.
    Close,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit status that the kernel reports.
    pub status: ExitStatus,
    /// Why the harness stopped it, if it did.
    pub stopped: Option<Stopped>,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
    /// The resources that it used.
    pub usage: Usage,
    /// The processes that it left behind. They have been killed.
    pub leaked: Vec<Leak>,
    /// What it left of its descriptors, as far as [`Beside`] asks for it.
    pub left: Left,
}

impl Ended {
    /// The number of the signal that ended it. There are none on Windows.
    pub fn signal(&self) -> Option<i32> {
        system::signal(self.status)
    }
}

/// A process a cell left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Leak {
    /// Its process id at that time.
    pub pid: i32,
    /// Its command line, as the kernel shows it.
    pub command: String,
}

/// Why the harness stopped a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was still running at its deadline.
    Deadline,
    /// It wrote more than its limit.
    OutputLimit,
    /// Somebody sent SIGQUIT to this process.
    Quit,
}

/// Fails.
#[cfg(not(target_os = "linux"))]
pub fn become_restricted(_: &Restriction, _: &std::path::Path, _: &[OsString]) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "only Linux can deny a process something in this way")
}

/// Runs a process to its end.
///
/// # Errors
/// If it cannot be started: the program is missing or not executable, the system is out of resources, or it is Windows.
pub fn run(spec: &Spec) -> io::Result<Ended> {
    run_watched(spec, &mut |_| {})
}
