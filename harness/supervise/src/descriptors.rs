//! What a process's descriptors 1 and 2 are connected to, and what another process does with all three.

use std::path::PathBuf;

/// What is done with what a process writes. By default its two outputs are pipes of their own, and it is stopped at its
/// limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// What descriptor 1 is.
    pub stdout: Sink,
    /// What descriptor 2 is, unless it is the same as descriptor 1.
    pub stderr: Sink,
    /// Whether descriptor 2 is the same as descriptor 1, so that the order of all that it writes is kept. Everything then
    /// counts as stdout.
    pub together: bool,
    /// Whether it may write more than its limit. What is more is then not kept.
    pub endless: bool,
}

/// What an output of a process is connected to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sink {
    /// A pipe that is read as soon as something is in it.
    #[default]
    Pipe,
    /// A pipe whose reader closes it after this many bytes. After none it is closed before the process starts.
    EarlyReader(usize),
    /// A small pipe that is read only when it is full.
    SlowReader,
    /// A Unix socket.
    Socket,
    /// A terminal, the same as stdin if that is one. It changes no byte.
    Terminal,
    /// This file, which is made or cut to nothing.
    File(PathBuf),
    /// This file, opened for appending, with this content.
    Append(PathBuf, Vec<u8>),
    /// `/dev/null`.
    Null,
    /// `/dev/full`, a device without room.
    Full,
    /// No descriptor.
    Closed,
}

impl Sink {
    /// The file whose content is what the process wrote.
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Sink::File(path) | Sink::Append(path, _) => Some(path),
            _ => None,
        }
    }
}

/// What another process does with the same three descriptors, before and after. By default there is none, and this
/// process keeps none of them while the process runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// How many bytes it reads from stdin before. They must be there: stdin is a file.
    pub reads: usize,
    /// What it writes to stdout before.
    pub writes: Vec<u8>,
    /// The descriptors on which it sets `O_NONBLOCK` before.
    pub nonblocking: Vec<u8>,
    /// What it writes to stdout after the process has ended.
    pub writes_after: Vec<u8>,
    /// Whether it reads the rest of stdin afterwards.
    pub reads_rest: bool,
    /// Whether it compares the flags of the open files, and the modes of a terminal, with those before.
    pub looks_at_flags: bool,
}

/// What a process left of its descriptors. Each is `None` if nobody asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// What it had not read of stdin, and what was not yet written to that.
    pub stdin_rest: Option<Vec<u8>>,
    /// What is no longer as it was, each like `stdin: +O_NONBLOCK`.
    pub changed_flags: Option<Vec<String>>,
}
