//! What another process does with the descriptors of a process, before and after. This process does it, on copies of the
//! same open files: offsets and flags belong to those, and not to a process.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::connect::{copy_of, modes_of};
use crate::{Beside, Left};

/// The flags that a process can change on an open file.
const FLAGS: [(OFlags, &str); 2] = [(OFlags::NONBLOCK, "O_NONBLOCK"), (OFlags::APPEND, "O_APPEND")];

/// The copies of a process's descriptors, and what they were like when it started.
pub(super) struct Kept {
    copies: [Option<OwnedFd>; 3],
    before: [Option<Like>; 3],
}

/// What belongs to an open file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Like {
    flags: OFlags,
    modes: Option<[u64; 4]>,
}

impl Kept {
    /// Does what is asked for before, and keeps copies if anything is asked for.
    ///
    /// # Errors
    /// If stdin has too few bytes, or stdout takes too few.
    pub(super) fn begin(beside: &Beside, theirs: &[Option<OwnedFd>; 3]) -> io::Result<Option<Kept>> {
        if *beside == Beside::default() {
            return Ok(None);
        }
        let [stdin, stdout, stderr] = theirs;
        let copies = [copy_of(stdin.as_ref())?, copy_of(stdout.as_ref())?, copy_of(stderr.as_ref())?];
        if let Some(stdin) = copy_of(stdin.as_ref())? {
            File::from(stdin).read_exact(&mut vec![0; beside.reads])?;
        }
        write(copies[1].as_ref(), &beside.writes)?;
        for descriptor in &beside.nonblocking {
            if let Some(open) = copies.get(usize::from(*descriptor)).and_then(Option::as_ref) {
                fcntl_setfl(open, fcntl_getfl(open)? | OFlags::NONBLOCK)?;
            }
        }
        let before = copies.each_ref().map(|copy| copy.as_ref().and_then(|copy| like(copy.as_fd())));
        Ok(Some(Kept { copies, before }))
    }

    /// Does what is asked for after the process has ended, and closes the copies. `unfed` was not yet written to stdin.
    ///
    /// # Errors
    /// If stdin cannot be read, or stdout not be written.
    pub(super) fn end(self, beside: &Beside, unfed: Vec<u8>) -> io::Result<Left> {
        let changed_flags = beside.looks_at_flags.then(|| self.changed());
        let [stdin, stdout, _] = self.copies;
        write(stdout.as_ref(), &beside.writes_after)?;
        let stdin_rest = match (stdin, beside.reads_rest) {
            (Some(stdin), true) => Some([rest(stdin)?, unfed].concat()),
            (None, true) => Some(Vec::new()),
            (_, false) => None,
        };
        Ok(Left { stdin_rest, changed_flags })
    }

    /// What is no longer as it was, each like `stdin: +O_NONBLOCK`.
    fn changed(&self) -> Vec<String> {
        let mut changed = Vec::new();
        for (name, (copy, before)) in ["stdin", "stdout", "stderr"].iter().zip(self.copies.iter().zip(self.before)) {
            let Some((before, after)) = before.zip(copy.as_ref().and_then(|copy| like(copy.as_fd()))) else { continue };
            for (flag, word) in FLAGS {
                match (before.flags.contains(flag), after.flags.contains(flag)) {
                    (false, true) => changed.push(format!("{name}: +{word}")),
                    (true, false) => changed.push(format!("{name}: -{word}")),
                    _ => {}
                }
            }
            if before.modes != after.modes {
                changed.push(format!("{name}: modes of the terminal"));
            }
        }
        changed
    }
}

fn like(descriptor: BorrowedFd) -> Option<Like> {
    Some(Like { flags: fcntl_getfl(descriptor).ok()?, modes: modes_of(descriptor) })
}

fn write(descriptor: Option<&OwnedFd>, bytes: &[u8]) -> io::Result<()> {
    match copy_of(descriptor.filter(|_| !bytes.is_empty()))? {
        Some(descriptor) => File::from(descriptor).write_all(bytes),
        None => Ok(()),
    }
}

/// What can be read without waiting. Of a terminal, a line that has no end yet cannot be.
fn rest(stdin: OwnedFd) -> io::Result<Vec<u8>> {
    rustix::io::ioctl_fionbio(&stdin, true)?;
    let mut bytes = Vec::new();
    match File::from(stdin).read_to_end(&mut bytes) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(bytes),
    }
}
