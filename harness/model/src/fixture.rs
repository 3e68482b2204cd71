//! A fixture: the files, folders and symbolic links that a folder of a cell starts with.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The fixtures of a project, by name.
pub type Fixtures = BTreeMap<String, Fixture>;

/// All that a fixture holds, by its path in the fixture. A folder comes before what is in it.
///
/// This is what a sandbox makes and what a cell's key rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixture {
    /// What is at each path.
    pub entries: BTreeMap<PathBuf, Entry>,
}

/// What is at one path of a fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A folder.
    Folder,
    /// A copy of this file of the project.
    Copy(PathBuf),
    /// A file of these bytes.
    File(Vec<u8>),
    /// A symbolic link to this target. [`OUTSIDE`](crate::case::OUTSIDE) at its beginning stands for the folder of the
    /// case's `outside`.
    Link(String),
}
