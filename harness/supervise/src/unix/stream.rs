//! The other ends of a process's descriptors: keeps what it writes and feeds its stdin step by step.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use crate::{Feed, Sink};

/// How much a slow reader reads at once, and how long it then waits.
const SLOWLY: (usize, Duration) = (4 << 10, Duration::from_millis(1));

/// What Ctrl-D is to a terminal.
const END_OF_INPUT: u8 = 4;

/// The end of a pipe, or of what is like one, that the harness reads.
pub(super) struct Pipe {
    /// `None` after end of file.
    pub(super) read: Option<File>,
    /// The bytes read so far, up to the limit.
    pub(super) bytes: Vec<u8>,
    /// How many more bytes are read before it is closed; `None` if it is read to its end.
    leaves_after: Option<usize>,
    /// When a slow reader reads next; `None` if it is read as soon as something is there.
    next_read: Option<Instant>,
}

/// Passes on the lines of an output.
pub(super) struct Lines<'l> {
    on_line: &'l mut dyn FnMut(&[u8]),
    handed_on: usize,
    searched: usize,
}

/// The end of stdin that the harness writes, and the steps that remain.
pub(super) struct Feeder {
    write: Option<File>,
    feeds: VecDeque<Feed>,
    written: usize,
    /// How many bytes of stdout earlier steps have matched.
    read: usize,
    wait_until: Option<Instant>,
}

impl Pipe {
    /// The reader of an output; `None` if it has nothing to read.
    pub(super) fn new(fd: Option<OwnedFd>, sink: &Sink) -> io::Result<Pipe> {
        fd.iter().try_for_each(|fd| rustix::io::ioctl_fionbio(fd, true))?;
        let leaves_after = if let Sink::EarlyReader(bytes) = sink { Some(*bytes) } else { None };
        let next_read = (*sink == Sink::SlowReader).then(Instant::now);
        Ok(Pipe { read: fd.map(File::from), bytes: Vec::new(), leaves_after, next_read })
    }

    /// When it is read next, if it is read slowly.
    pub(super) fn next_read(&self) -> Option<Instant> {
        self.next_read.filter(|_| self.read.is_some())
    }

    /// What tells that there is something to read; `None` if it is read slowly, or no more.
    pub(super) fn reads_at_once(&self) -> Option<&File> {
        self.read.as_ref().filter(|_| self.next_read.is_none())
    }

    /// From now on it is read as soon as something is there.
    pub(super) fn hurry(&mut self) {
        self.next_read = None;
    }

    /// Reads what is available, passes it on, and keeps what fits into `room`. Discards the rest, so a flood costs no
    /// memory. Returns whether anything was discarded. If `pass_on` returns false, nothing more is read.
    pub(super) fn drain(&mut self, room: &mut usize, pass_on: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<bool> {
        let Some(file) = &mut self.read else { return Ok(false) };
        let (mut at_once, mut times) = (64 << 10, 16);
        if let Some(next_read) = &mut self.next_read {
            let now = Instant::now();
            if now < *next_read {
                return Ok(false);
            }
            let (bytes, pause) = SLOWLY;
            (at_once, times, *next_read) = (bytes, 1, now + pause);
        }
        let mut over = false;
        let mut buffer = [0; 64 << 10];
        // Only a few buffers per turn, so that a flooding writer cannot delay the deadline check.
        for _ in 0..times {
            let wanted = self.leaves_after.map_or(at_once, |left| left.min(at_once));
            match file.read(&mut buffer[..wanted]) {
                Ok(0) => {
                    self.read = None;
                    break;
                }
                Ok(n) => {
                    if let Some(left) = &mut self.leaves_after {
                        *left -= n;
                    }
                    let kept = n.min(*room);
                    self.bytes.extend_from_slice(&buffer[..kept]);
                    *room -= kept;
                    over |= kept < n;
                    if !pass_on(&buffer[..n]) || self.leaves_after == Some(0) {
                        self.read = None;
                        break;
                    }
                }
                // The process's side of a terminal is closed.
                Err(error) if error.raw_os_error() == Some(libc::EIO) => {
                    self.read = None;
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(over)
    }
}

impl<'l> Lines<'l> {
    pub(super) fn new(on_line: &'l mut dyn FnMut(&[u8])) -> Lines<'l> {
        Lines { on_line, handed_on: 0, searched: 0 }
    }

    /// Passes on each complete line once.
    pub(super) fn hand_on(&mut self, bytes: &[u8]) {
        while let Some(length) = bytes[self.searched..].iter().position(|byte| *byte == b'\n') {
            let end = self.searched + length;
            (self.on_line)(&bytes[self.handed_on..end]);
            self.searched = end + 1;
            self.handed_on = self.searched;
        }
        self.searched = bytes.len();
    }
}

impl Feeder {
    pub(super) fn new(write: OwnedFd, feeds: &[Feed]) -> io::Result<Feeder> {
        rustix::io::ioctl_fionbio(&write, true)?;
        let feeds = feeds.iter().cloned().collect();
        Ok(Feeder { write: Some(File::from(write)), feeds, written: 0, read: 0, wait_until: None })
    }

    /// One who types at a terminal.
    pub(super) fn typing(terminal: OwnedFd, feeds: &[Feed]) -> io::Result<Feeder> {
        let typed = |feed: &Feed| match feed {
            Feed::Close => Feed::Write(vec![END_OF_INPUT]),
            feed => feed.clone(),
        };
        Feeder::new(terminal, &feeds.iter().map(typed).collect::<Vec<_>>())
    }

    /// What it has not written yet.
    pub(super) fn unwritten(&self) -> Vec<u8> {
        let written = |feed: &Feed| if let Feed::Write(bytes) = feed { bytes.clone() } else { Vec::new() };
        self.feeds.iter().flat_map(written).skip(self.written).collect()
    }

    /// Removes every finished step. Returns when to check again, if the current step waits for a time.
    pub(super) fn step(&mut self, stdout: &[u8], now: Instant) -> Option<Instant> {
        while let Some(feed) = self.feeds.front() {
            match feed {
                Feed::Write(bytes) if self.written < bytes.len() => return None,
                Feed::Write(_) => self.written = 0,
                Feed::Wait(duration) => {
                    let until = *self.wait_until.get_or_insert(now + *duration);
                    if now < until {
                        return Some(until);
                    }
                    self.wait_until = None;
                }
                Feed::Read(bytes) => {
                    let grown = stdout.get(self.read..)?;
                    let at = grown.windows(bytes.len().max(1)).position(|window| window == bytes)?;
                    self.read += at + bytes.len();
                }
                Feed::Close => self.write = None,
            }
            self.feeds.pop_front();
        }
        None
    }

    pub(super) fn wants_to_write(&self) -> Option<&File> {
        match self.feeds.front() {
            Some(Feed::Write(_)) => self.write.as_ref(),
            _ => None,
        }
    }

    pub(super) fn write(&mut self) {
        let (Some(Feed::Write(bytes)), Some(write)) = (self.feeds.front(), &mut self.write) else { return };
        match write.write(&bytes[self.written..]) {
            Ok(n) => self.written += n,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            // The guest closed its end or is gone. Unread input is not an error.
            Err(_) => {
                self.write = None;
                self.feeds.clear();
            }
        }
    }
}
