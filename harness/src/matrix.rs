//! Cases crossed with runtimes: cells, in a stable order, and filters over them.

use std::fmt;
use std::path::PathBuf;

use semver::Version;

use crate::case::Case;
use crate::runtime::Runtime;

/// A runtime at one version: a column of the matrix.
#[derive(Debug, Clone)]
pub struct Column<'s> {
    /// The runtime.
    pub runtime: &'s Runtime,
    /// The version this column stands for; the first pin where nothing is installed.
    pub version: Version,
    /// Where its executable is, or will be.
    pub place: Place,
}

/// Where a column's executable is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Here.
    At(PathBuf),
    /// The harness builds it from the runtime's own folder.
    ToBuild,
    /// The harness installs it into the store at this path.
    ToInstall(PathBuf),
    /// Nowhere; the runtime's hint says how to get it.
    Missing,
}

impl fmt::Display for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}@{}", self.runtime.id, self.version)
    }
}

/// One case in one column.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'s> {
    /// The column, as an index into the matrix's columns.
    pub column: usize,
    /// The case.
    pub case: &'s Case,
}

/// Which cells a user means.
///
/// Every word must be found in the cell's name, with its version or without: `wazero preopen` and
/// `wazero/preopen` both mean the preopen cases of wazero.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that must all be found.
    pub words: Vec<String>,
    /// Words of which none may be found.
    pub skip: Vec<String>,
    /// Whether a word must be the whole name.
    pub exact: bool,
}

impl Filter {
    /// Whether a cell is meant.
    pub fn accepts(&self, column: &Column, case: &Case) -> bool {
        let names = [format!("{column}/{}", case.id), format!("{}/{}", column.runtime.id, case.id)];
        let found = |word: &String| {
            names.iter().any(|name| if self.exact { name == word } else { name.contains(word.as_str()) })
        };
        // Exact names are alternatives: no cell has two.
        let meant = match self.exact && !self.words.is_empty() {
            true => self.words.iter().any(found),
            false => self.words.iter().all(found),
        };
        meant && !self.skip.iter().any(found)
    }
}

/// All cells a filter means, by runtime and then by case.
pub fn cells<'s>(columns: &[Column<'s>], cases: &'s [Case], filter: &Filter) -> Vec<Cell<'s>> {
    let mut cells = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let meant = cases.iter().filter(|case| filter.accepts(column, case));
        cells.extend(meant.map(|case| Cell { column: index, case }));
    }
    cells
}

/// A cell's name: `wazero@1.12.0/fs/rename/replaces-existing-file`.
pub fn name(column: &Column, case: &Case) -> String {
    format!("{column}/{}", case.id)
}
