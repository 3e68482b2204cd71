//! The operations that a sequence is made of. Their text is what the guest `replay` reads.

use std::fmt;

/// One operation on files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Opens a file under the name of a handle.
    Open { handle: Handle, how: OpenFlags, path: String },
    /// Closes a handle.
    Close(Handle),
    /// Asks what an open file is.
    Fstat(Handle),
    /// Has a file written to the disk.
    Sync(Handle),
    /// Sets the length of an open file.
    Ftruncate(Handle, u64),
    /// Reads so many bytes.
    Read(Handle, u64),
    /// Reads so many bytes at an offset.
    Pread(Handle, u64, u64),
    /// Writes so many letters, from this one on.
    Write(Handle, u64, char),
    /// Writes so many letters at an offset.
    Pwrite(Handle, u64, u64, char),
    /// Sets the offset.
    Seek(Handle, i64, Whence),
    /// Makes a folder.
    Mkdir(String),
    /// Removes a file or an empty folder, as `os.Remove`.
    Remove(String),
    /// Removes a file.
    Unlink(String),
    /// Removes an empty folder.
    Rmdir(String),
    /// Gives something another name.
    Rename(String, String),
    /// Gives a file a second name.
    Link(String, String),
    /// Makes a symbolic link.
    Symlink { target: String, path: String },
    /// Asks for a link's target.
    Readlink(String),
    /// Asks what a path leads to.
    Stat(String),
    /// Asks what is at a path.
    Lstat(String),
    /// Sets both times.
    Chtimes(String, u64),
    /// Sets the length of a file.
    Truncate(String, u64),
    /// Lists a folder.
    List(String),
    /// Lists a folder, and after some entries removes or creates a file.
    Pieces { dir: String, first: u64, removes: bool, path: String },
}

/// The number of a handle.
pub type Handle = usize;

/// How many handles a sequence has.
pub const HANDLES: usize = 4;

/// How a file is opened, in the words of the guest, separated by commas.
pub type OpenFlags = &'static str;

/// Where an offset counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whence {
    /// The file's start.
    Start,
    /// The present offset.
    Current,
    /// The file's end.
    End,
}

/// An operation of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number in the sequence as it was generated.
    pub number: usize,
    /// The folder that an `os.Root` is opened in for it, if it has one. Its paths begin there.
    pub root: Option<String>,
    /// The operation.
    pub operation: Operation,
}

impl Operation {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Operation::Open { .. } => "open",
            Operation::Close(_) => "close",
            Operation::Fstat(_) => "fstat",
            Operation::Sync(_) => "sync",
            Operation::Ftruncate(..) => "ftruncate",
            Operation::Read(..) => "read",
            Operation::Pread(..) => "pread",
            Operation::Write(..) => "write",
            Operation::Pwrite(..) => "pwrite",
            Operation::Seek(..) => "seek",
            Operation::Mkdir(_) => "mkdir",
            Operation::Remove(_) => "remove",
            Operation::Unlink(_) => "unlink",
            Operation::Rmdir(_) => "rmdir",
            Operation::Rename(..) => "rename",
            Operation::Link(..) => "link",
            Operation::Symlink { .. } => "symlink",
            Operation::Readlink(_) => "readlink",
            Operation::Stat(_) => "stat",
            Operation::Lstat(_) => "lstat",
            Operation::Chtimes(..) => "chtimes",
            Operation::Truncate(..) => "truncate",
            Operation::List(_) => "list",
            Operation::Pieces { .. } => "pieces",
        }
    }

    /// Whether it changes nothing that a later operation could see: no file, no offset, no handle.
    pub(crate) fn only_looks(&self) -> bool {
        use Operation::{Fstat, List, Lstat, Pread, Readlink, Stat, Sync};
        matches!(self, Stat(_) | Lstat(_) | Fstat(_) | Readlink(_) | List(_) | Pread(..) | Sync(_))
    }
}

impl Step {
    /// The operation's word, with that of an `os.Root` if it is done in one.
    pub fn word(&self) -> String {
        let word = self.operation.word();
        if self.root.is_some() { format!("root-{word}") } else { word.to_owned() }
    }
}

impl fmt::Display for Whence {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Whence::Start => "start",
            Whence::Current => "current",
            Whence::End => "end",
        })
    }
}

/// The line that the guest reads.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let word = self.word();
        match self {
            Operation::Open { handle, how, path } => write!(f, "{word} h{handle} {how} {path}"),
            Operation::Close(handle) | Operation::Fstat(handle) | Operation::Sync(handle) => {
                write!(f, "{word} h{handle}")
            }
            Operation::Ftruncate(handle, size) | Operation::Read(handle, size) => write!(f, "{word} h{handle} {size}"),
            Operation::Pread(handle, size, offset) => write!(f, "{word} h{handle} {size} {offset}"),
            Operation::Write(handle, size, letter) => write!(f, "{word} h{handle} {size} {letter}"),
            Operation::Pwrite(handle, size, offset, letter) => {
                write!(f, "{word} h{handle} {size} {offset} {letter}")
            }
            Operation::Seek(handle, offset, whence) => write!(f, "{word} h{handle} {offset} {whence}"),
            Operation::Mkdir(path)
            | Operation::Remove(path)
            | Operation::Unlink(path)
            | Operation::Rmdir(path)
            | Operation::Readlink(path)
            | Operation::Stat(path)
            | Operation::Lstat(path)
            | Operation::List(path) => write!(f, "{word} {path}"),
            Operation::Rename(from, to) | Operation::Link(from, to) => write!(f, "{word} {from} {to}"),
            Operation::Symlink { target, path } => write!(f, "{word} {target} {path}"),
            Operation::Chtimes(path, number) | Operation::Truncate(path, number) => {
                write!(f, "{word} {path} {number}")
            }
            Operation::Pieces { dir, first, removes, path } => {
                write!(f, "{word} {dir} {first} {} {path}", if *removes { "remove" } else { "create" })
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(root) = &self.root {
            write!(f, "in {root} ")?;
        }
        self.operation.fmt(f)
    }
}
