//! Watches a process until it ends: feeds it, drains it and stops it in time.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::beside::Kept;
use super::connect::{Connected, connect};
use super::patience::{Patience, Threads};
use super::stream::{Feeder, Lines, Pipe};
use super::{duration, interrupt};
use crate::{Ended, Leak, MARKER, Output, Sink, Spec, Stdin, Stopped, Usage};

/// How long a process may take to end after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);

/// How long pipes may stay open after the process and all that it left behind are gone.
const DRAIN: Duration = Duration::from_millis(500);

/// The interval between two looks at whether a process has ended, if nothing tells of its end.
const GLANCE: Duration = Duration::from_millis(5);

/// What one Unix does differently from another.
pub(super) trait System {
    /// What this system cannot do that Linux can, each as a sentence.
    const LACKS: &[&str];

    /// How many bytes are one unit of the peak memory that the kernel reports.
    const RSS_UNIT: u64;

    /// Starts a process as `spec` describes, in its own group, with these descriptors.
    ///
    /// # Errors
    /// If it cannot be started: the program is missing or not executable, or the system is out of resources.
    fn start(spec: &Spec, descriptors: [Option<OwnedFd>; 3]) -> io::Result<Pid>;

    /// A descriptor that becomes readable when the process ends. `None` if this system has no such descriptors.
    ///
    /// # Errors
    /// If the process does not exist.
    fn end_of(pid: Pid) -> io::Result<Option<OwnedFd>>;

    /// Kills what an ended process left behind, and names what was found. `cell` is the folder of its cell.
    fn kill_rest(leader: Pid, cell: Option<&OsStr>) -> Vec<Leak>;

    /// What the scheduler tells of the threads of a process group; nothing if this system does not tell.
    fn threads_of(leader: Pid) -> Threads;

    /// Kills the processes of a cell that a killed harness left running.
    fn sweep(cell: &OsStr);

    /// Kills all children of this process, and any that is just starting.
    fn end_children();
}

/// A started process and the harness's ends of what it is connected to.
struct Started {
    pid: Pid,
    /// Where its stdin is fed.
    stdin: Option<OwnedFd>,
    /// Where its outputs are read.
    outputs: [Option<OwnedFd>; 2],
    /// Copies of its descriptors, if something is done with them.
    kept: Option<Kept>,
}

/// Whether a process with this stdin gets a group of its own. A terminal stops whoever reads it from another group than
/// the one in its foreground.
pub(super) fn leads_group(stdin: &Stdin) -> bool {
    *stdin != Stdin::Inherited || !io::stdin().is_terminal()
}

/// Gets each complete line of a process's stdout as it arrives.
type OnLine<'r> = &'r mut dyn FnMut(&[u8]);

/// Gets what a process writes as it arrives. Returns whether somebody still reads that output.
type OnOutput<'r> = &'r mut dyn FnMut(Output, &[u8]) -> bool;

/// Who is told what a process does.
#[derive(Default)]
pub(super) struct Listeners<'r> {
    pub(super) on_line: Option<OnLine<'r>>,
    pub(super) on_output: Option<OnOutput<'r>>,
    /// Gets the time that counts so far. Time in which the process wants a processor and gets none then does not count for its
    /// deadline.
    pub(super) on_look: Option<&'r mut dyn FnMut(Duration)>,
}

/// Runs a process to its end.
///
/// # Errors
/// If it cannot be started, or the system is out of resources.
pub(super) fn run<'r, S: System>(spec: &'r Spec, listeners: Listeners<'r>) -> io::Result<Ended> {
    let started = Instant::now();
    interrupt::stay_if_interrupted();
    let Listeners { on_line, on_output, on_look } = listeners;
    let process = start::<S>(spec)?;
    let patience = on_look.map(|on_look| Patience::new(process.pid, S::threads_of, on_look));
    let ended = Watch::new::<S>(process, spec, started, patience, on_output)?.finish::<S>(on_line);
    interrupt::stay_if_interrupted();
    ended
}

fn start<S: System>(spec: &Spec) -> io::Result<Started> {
    let Connected { theirs, stdin, outputs } = connect(spec)?;
    let kept = Kept::begin(&spec.beside, &theirs)?;
    Ok(Started { pid: S::start(spec, theirs)?, stdin, outputs, kept })
}

/// One running process and its pipes.
struct Watch<'a> {
    spec: &'a Spec,
    pid: Pid,
    /// Becomes readable when the process ends.
    end: Option<OwnedFd>,
    /// How many bytes are one unit of the peak memory that the kernel reports.
    rss_unit: u64,
    started: Instant,
    stdout: Pipe,
    stderr: Pipe,
    /// Copies of its descriptors, if something is done with them.
    kept: Option<Kept>,
    /// How many more bytes of both outputs together are kept.
    room: usize,
    /// Whether the process wrote more than that.
    over: bool,
    feeder: Option<Feeder>,
    /// Gets what the process writes as it arrives.
    on_output: Option<OnOutput<'a>>,
    stopped: Option<Stopped>,
    /// When the next signal is sent.
    next_signal: Instant,
    /// Counts the time for the deadline; `None` if all time counts.
    patience: Option<Patience<'a>>,
    ended: Option<(ExitStatus, Usage)>,
}

impl<'a> Watch<'a> {
    fn new<S: System>(
        process: Started,
        spec: &'a Spec,
        started: Instant,
        patience: Option<Patience<'a>>,
        on_output: Option<OnOutput<'a>>,
    ) -> io::Result<Watch<'a>> {
        let pid = process.pid;
        let feeder = match (&spec.stdin, process.stdin) {
            (Stdin::Pipe(feeds) | Stdin::Socket(feeds), Some(stdin)) => Some(Feeder::new(stdin, feeds)?),
            (Stdin::Terminal(feeds), Some(terminal)) => Some(Feeder::typing(terminal, feeds)?),
            _ => None,
        };
        let [stdout, stderr] = process.outputs;
        Ok(Watch {
            spec,
            pid,
            end: S::end_of(pid)?,
            rss_unit: S::RSS_UNIT,
            started,
            stdout: Pipe::new(stdout, &spec.outputs.stdout)?,
            stderr: Pipe::new(stderr, &spec.outputs.stderr)?,
            kept: process.kept,
            room: spec.output_limit,
            over: false,
            feeder,
            on_output,
            stopped: None,
            next_signal: started + spec.deadline,
            patience,
            ended: None,
        })
    }

    fn finish<S: System>(mut self, on_line: Option<OnLine>) -> io::Result<Ended> {
        let mut lines = on_line.map(Lines::new);
        while self.ended.is_none() {
            let next_look = self.patience.as_ref().map(Patience::next_look);
            self.turn(next_look.map_or(self.next_signal, |look| look.min(self.next_signal)))?;
            self.wait_longer();
            lines.iter_mut().for_each(|lines| lines.hand_on(&self.stdout.bytes));
            self.enforce()?;
        }
        let leaked = S::kill_rest(self.pid, self.cell());
        self.stdout.hurry();
        self.stderr.hurry();
        if self.kept.is_some() {
            // A full pipe would have no room for what is written after.
            self.turn(Instant::now())?;
        }
        let unfed = self.feeder.as_ref().map(Feeder::unwritten).unwrap_or_default();
        // The copies are closed here: as long as they are open, no output ends.
        let left = self.kept.take().map(|kept| kept.end(&self.spec.beside, unfed)).transpose()?.unwrap_or_default();
        let give_up = Instant::now() + DRAIN;
        while (self.stdout.read.is_some() || self.stderr.read.is_some()) && Instant::now() < give_up {
            self.turn(give_up)?;
        }
        lines.iter_mut().for_each(|lines| lines.hand_on(&self.stdout.bytes));
        if self.over {
            self.stopped.get_or_insert(Stopped::OutputLimit);
        }
        let (status, usage) = self.ended.expect("the loop above ends with it");
        let outputs = &self.spec.outputs;
        let [stdout, stderr] = [(&outputs.stdout, self.stdout.bytes), (&outputs.stderr, self.stderr.bytes)]
            .map(|(sink, read)| written(sink, read, self.spec.output_limit));
        Ok(Ended { status, stopped: self.stopped, stdout: stdout?, stderr: stderr?, usage, leaked, left })
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
        let slow = [self.stdout.next_read(), self.stderr.next_read()];
        let glance = (self.ended.is_none() && self.end.is_none()).then(|| now + GLANCE);
        let until = [wakeup, glance].into_iter().chain(slow).flatten().fold(until, Instant::min);
        let timeout = until.saturating_duration_since(now);
        let timeout = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: i64::from(timeout.subsec_nanos()) };

        let mut fds = Vec::with_capacity(5);
        if self.ended.is_none() {
            fds.extend(self.end.iter().map(|end| PollFd::new(end, PollFlags::IN)));
        }
        let hears_quit = self.spec.ends_on_quit && self.stopped.is_none() && self.ended.is_none();
        let quit = interrupt::quit_pipe().filter(|_| hears_quit);
        fds.extend(quit.map(|quit| PollFd::new(quit, PollFlags::IN)));
        let outputs = [&self.stdout, &self.stderr].into_iter().filter_map(Pipe::reads_at_once);
        fds.extend(outputs.map(|fd| PollFd::new(fd, PollFlags::IN)));
        if let Some(write) = self.feeder.as_ref().and_then(Feeder::wants_to_write) {
            fds.push(PollFd::new(write, PollFlags::OUT));
        }
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for (output, pipe) in [(Output::Stdout, &mut self.stdout), (Output::Stderr, &mut self.stderr)] {
            let on_output = &mut self.on_output;
            let mut pass_on = |bytes: &[u8]| on_output.as_mut().is_none_or(|on_output| on_output(output, bytes));
            self.over |= pipe.drain(&mut self.room, &mut pass_on)? && !self.spec.outputs.endless;
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
                    max_rss_bytes: usage.ru_maxrss as u64 * self.rss_unit,
                };
                self.ended = Some((ExitStatus::from_raw(status), usage));
                Ok(())
            }
        }
    }

    /// Moves the deadline by the time that does not count.
    fn wait_longer(&mut self) {
        let (Some(patience), None, None) = (&mut self.patience, self.stopped, self.ended) else { return };
        let now = Instant::now();
        if now >= self.next_signal.min(patience.next_look()) {
            self.next_signal += patience.look(now);
        }
    }

    /// Sends TERM at the deadline, at the output limit and at SIGQUIT, and KILL after the grace period.
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
            None if self.spec.ends_on_quit && interrupt::take_quit() => {
                self.stopped = Some(Stopped::Quit);
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
        let sent = match kill_process_group(self.pid, signal) {
            // A process that reads this process's terminal leads no group.
            Err(rustix::io::Errno::SRCH) => kill_process(self.pid, signal),
            sent => sent,
        };
        match sent {
            // `SRCH`: it ended in the meantime, and the next turn reaps it.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a process wrote to an output: what was `read` there, or what is in its file now, as far as it is kept.
fn written(sink: &Sink, read: Vec<u8>, limit: usize) -> io::Result<Vec<u8>> {
    let Some(path) = sink.file() else { return Ok(read) };
    let mut bytes = Vec::new();
    File::open(path)?.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
