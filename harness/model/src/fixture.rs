//! A fixture: the files, folders and symbolic links that a cell's folder starts with.

use std::collections::BTreeMap;
use std::path::PathBuf;

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
    /// A symbolic link to this target. [`OUTSIDE`](crate::case::OUTSIDE) at its beginning stands for the folder of the
    /// case's `outside`.
    Link(String),
}
