//! A fixture: the files, folders, links and special files that a cell's folder starts with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The fixtures of a project, by name.
pub type Fixtures = BTreeMap<String, Fixture>;

/// The contents of a fixture, by path inside it. A folder comes before what is in it.
///
/// A sandbox is created from it, and a cell's key depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixture {
    /// The entry at each path.
    pub entries: BTreeMap<PathBuf, Entry>,
}

/// One entry of a fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A folder.
    Folder,
    /// A copy of this file of the project.
    Copy(PathBuf),
    /// A copy of this file of the user's, with its permissions and its time of modification.
    Exact(PathBuf),
    /// A file with these bytes.
    File(Vec<u8>),
    /// A file of this many bytes, of which none is stored.
    Sparse(u64),
    /// A folder with this many names of one empty file. The names are numbers from zero.
    Many(u32),
    /// What is no file, no folder and no link.
    Special(Special),
    /// A symbolic link to this target. [`OUTSIDE`](crate::case::OUTSIDE) at its beginning stands for the folder of the
    /// case's `outside`.
    Link(String),
}

/// An entry of a folder that no program can make under preview 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Special {
    /// A pipe with a name.
    Fifo,
    /// A socket that nobody listens at.
    Socket,
}
