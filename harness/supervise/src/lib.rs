//! Starts a process, feeds it, limits it, accounts for it, and finds what it leaves behind. Nothing else in the
//! harness starts processes, and only this crate contains `unsafe` code.
//!
//! [`run`] takes a [`Spec`] (command, environment, working directory, [`Stdin`], deadline, output limit) and returns
//! an [`Ended`]: the exit status, both outputs, the [`Usage`] that the kernel counted, and each [`Leak`], which is a
//! process that was left behind and has been killed. The process has a group of its own and an empty environment.
//!
//! How data passes through: `spawn` starts the process; `stream` feeds stdin and drains both outputs without deadlock;
//! `leak` finds descendants that left the group; `interrupt` ends all children when the harness is interrupted.

mod interrupt;
mod leak;
mod spawn;
mod stream;
mod usage;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use spawn::{Spawned, spawn};
use stream::{Feeder, Lines, Pipe};

pub use interrupt::{end_children_on_interrupt, on_interrupt};
pub use leak::{Leak, sweep};
pub use usage::Usage;

/// Runs `act` in a child process, which then ends without executing a program.
///
/// # Errors
/// If `act` fails or the process cannot be started.
pub fn attempt(act: fn() -> io::Result<()>) -> io::Result<()> {
    const DONE: i32 = libc::ECANCELED;
    let mut command = Command::new("/");
    let tried = move || act().and_then(|()| Err(io::Error::from_raw_os_error(DONE)));
    // SAFETY: the author of `act` is responsible for what it does between fork and exec.
    let ended = unsafe { command.pre_exec(tried) }.spawn();
    match ended {
        Err(error) if error.raw_os_error() == Some(DONE) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::other("a folder was executed")),
    }
}

/// How long a process may take to end after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);

/// How long pipes may stay open after the process and all that it left behind are gone.
const DRAIN: Duration = Duration::from_millis(500);

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
}

/// Why the harness stopped a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was still running at its deadline.
    Deadline,
    /// It wrote more than its limit.
    OutputLimit,
}

/// Runs a process to its end.
///
/// # Errors
/// If it cannot be started: the program is missing or not executable, or the system is out of resources.
pub fn run(spec: &Spec) -> io::Result<Ended> {
    run_watched(spec, &mut |_| {})
}

/// Runs a process to its end and passes each complete line of its stdout to `on_line` as it arrives.
///
/// # Errors
/// The same as for [`run`].
pub fn run_watched(spec: &Spec, on_line: &mut dyn FnMut(&[u8])) -> io::Result<Ended> {
    leak::adopt_orphans()?;
    let started = Instant::now();
    interrupt::stay_if_interrupted();
    let spawned = spawn(spec)?;
    let ended = Watch::new(spawned, spec, started)?.finish(on_line);
    interrupt::stay_if_interrupted();
    ended
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

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
}

/// One running process and its pipes.
struct Watch<'a> {
    spec: &'a Spec,
    pid: Pid,
    pidfd: OwnedFd,
    started: Instant,
    stdout: Pipe,
    stderr: Pipe,
    /// How many more bytes of both outputs together are kept.
    room: usize,
    /// Whether the process wrote more than that.
    over: bool,
    feeder: Option<Feeder>,
    stopped: Option<Stopped>,
    /// When the next signal is sent.
    next_signal: Instant,
    ended: Option<(ExitStatus, Usage)>,
}

impl<'a> Watch<'a> {
    fn new(spawned: Spawned, spec: &'a Spec, started: Instant) -> io::Result<Watch<'a>> {
        let pid = spawned.pid;
        let feeder = match (&spec.stdin, spawned.stdin) {
            (Stdin::Pipe(feeds), Some(stdin)) => Some(Feeder::new(stdin, feeds)?),
            _ => None,
        };
        Ok(Watch {
            spec,
            pid,
            pidfd: pidfd_open(pid, PidfdFlags::empty())?,
            started,
            stdout: Pipe::new(spawned.stdout)?,
            stderr: Pipe::new(spawned.stderr)?,
            room: spec.output_limit,
            over: false,
            feeder,
            stopped: None,
            next_signal: started + spec.deadline,
            ended: None,
        })
    }

    fn finish(mut self, on_line: &mut dyn FnMut(&[u8])) -> io::Result<Ended> {
        let mut lines = Lines::default();
        while self.ended.is_none() {
            self.turn(self.next_signal)?;
            lines.hand_on(&self.stdout.bytes, on_line);
            self.enforce()?;
        }
        let leaked = leak::kill_all(self.pid, self.cell());
        let give_up = Instant::now() + DRAIN;
        while (self.stdout.read.is_some() || self.stderr.read.is_some()) && Instant::now() < give_up {
            self.turn(give_up)?;
        }
        lines.hand_on(&self.stdout.bytes, on_line);
        if self.over {
            self.stopped.get_or_insert(Stopped::OutputLimit);
        }
        let (status, usage) = self.ended.expect("the loop above ends with it");
        Ok(Ended { status, stopped: self.stopped, stdout: self.stdout.bytes, stderr: self.stderr.bytes, usage, leaked })
    }

    /// The folder of the process's cell, if it has one.
    fn cell(&self) -> Option<&'a OsStr> {
        let marker = self.spec.environment.iter().find(|(name, _)| name == MARKER);
        marker.map(|(_, folder)| folder.as_os_str())
    }

    /// Waits for the next event, at most until `until`, and handles it.
    fn turn(&mut self, until: Instant) -> io::Result<()> {
        let now = Instant::now();
        let wakeup = self.feeder.as_mut().and_then(|feeder| feeder.step(&self.stdout.bytes, now));
        let until = wakeup.map_or(until, |wakeup| wakeup.min(until));
        let timeout = until.saturating_duration_since(now);
        let timeout = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: i64::from(timeout.subsec_nanos()) };

        let mut fds = Vec::with_capacity(4);
        if self.ended.is_none() {
            fds.push(PollFd::new(&self.pidfd, PollFlags::IN));
        }
        fds.extend(self.stdout.read.iter().chain(&self.stderr.read).map(|fd| PollFd::new(fd, PollFlags::IN)));
        if let Some(write) = self.feeder.as_ref().and_then(Feeder::wants_to_write) {
            fds.push(PollFd::new(write, PollFlags::OUT));
        }
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for pipe in [&mut self.stdout, &mut self.stderr] {
            self.over |= pipe.drain(&mut self.room)?;
        }
        if let Some(feeder) = &mut self.feeder {
            feeder.write();
        }
        self.reap()
    }

    fn reap(&mut self) -> io::Result<()> {
        if self.ended.is_some() {
            return Ok(());
        }
        let mut status = 0;
        // SAFETY: rusage is plain data, for which all zeroes is a valid value. Both pointers are valid for the call.
        let (reaped, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            (libc::wait4(self.pid.as_raw_nonzero().get(), &mut status, libc::WNOHANG, &mut usage), usage)
        };
        match reaped {
            0 => Ok(()),
            -1 => Err(io::Error::last_os_error()),
            _ => {
                let usage = Usage {
                    wall: self.started.elapsed(),
                    cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
                    max_rss_bytes: usage.ru_maxrss as u64 * 1024,
                };
                self.ended = Some((ExitStatus::from_raw(status), usage));
                Ok(())
            }
        }
    }

    /// Sends TERM at the deadline or the output limit, and KILL after the grace period.
    fn enforce(&mut self) -> io::Result<()> {
        if self.ended.is_some() {
            return Ok(());
        }
        let now = Instant::now();
        let signal = match self.stopped {
            None if self.over => {
                self.stopped = Some(Stopped::OutputLimit);
                Signal::TERM
            }
            None if now >= self.next_signal => {
                self.stopped = Some(Stopped::Deadline);
                Signal::TERM
            }
            Some(_) if now >= self.next_signal => Signal::KILL,
            _ => return Ok(()),
        };
        self.next_signal = now + GRACE;
        match kill_process_group(self.pid, signal) {
            // `SRCH`: it ended in the meantime, and the next turn reaps it.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
