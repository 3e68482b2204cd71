//! The pipes of a process: keeps what it writes and feeds its stdin step by step.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::time::Instant;

use crate::Feed;

/// The end of a pipe that the harness reads.
pub(super) struct Pipe {
    /// `None` after end of file.
    pub(super) read: Option<File>,
    /// The bytes read so far, up to the limit.
    pub(super) bytes: Vec<u8>,
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
    /// A pipe that there may be none of.
    pub(super) fn new(fd: Option<OwnedFd>) -> io::Result<Pipe> {
        fd.iter().try_for_each(|fd| rustix::io::ioctl_fionbio(fd, true))?;
        Ok(Pipe { read: fd.map(File::from), bytes: Vec::new() })
    }

    /// Reads what is available, passes it on, and keeps what fits into `room`. Discards the rest, so a flood costs no
    /// memory. Returns whether anything was discarded. If `pass_on` returns false, nothing more is read.
    pub(super) fn drain(&mut self, room: &mut usize, pass_on: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<bool> {
        let Some(file) = &mut self.read else { return Ok(false) };
        let mut over = false;
        let mut buffer = [0; 64 << 10];
        // Only a few buffers per turn, so that a flooding writer cannot delay the deadline check.
        for _ in 0..16 {
            match file.read(&mut buffer) {
                Ok(0) => {
                    self.read = None;
                    break;
                }
                Ok(n) => {
                    let kept = n.min(*room);
                    self.bytes.extend_from_slice(&buffer[..kept]);
                    *room -= kept;
                    over |= kept < n;
                    if !pass_on(&buffer[..n]) {
                        self.read = None;
                        break;
                    }
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
