//! Cases crossed with runtimes: cells, in a stable order, and filters over them.

use std::fmt;
use std::path::PathBuf;

use semver::Version;

use crate::case::Case;
use crate::names::ColumnName;
use crate::runtime::{Mode, Runtime};

/// A runtime at one version in one mode with one Go: a column of the matrix.
#[derive(Debug, Clone)]
pub struct Column<'s> {
    /// The runtime.
    pub runtime: &'s Runtime,
    /// The version this column stands for; the first pin where nothing is installed.
    pub version: Version,
    /// The mode.
    pub mode: &'s Mode,
    /// The Go release whose guests it runs, if one was asked for by `--go`.
    pub go: Option<String>,
    /// Whether it stands for its runtime: the default version in the default mode.
    pub primary: bool,
    /// Whether its executable is one that the user named by its path.
    pub local: bool,
    /// Where its executable is, or will be.
    pub place: Place,
}

/// Where a column's executable is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Here, and the folder of the store it was installed in, if it is there.
    At(PathBuf, Option<PathBuf>),
    /// The harness builds it from the runtime's own folder.
    ToBuild,
    /// The harness installs it into the store at this path.
    ToInstall(PathBuf),
    /// Nowhere, and how to get it.
    Missing(String),
}

impl Column<'_> {
    /// Its name.
    pub fn name(&self) -> ColumnName {
        ColumnName {
            runtime: self.runtime.id.clone(),
            version: self.version.clone(),
            mode: self.mode.name.clone(),
            local: self.local,
            go: self.go.clone(),
        }
    }

    /// Whether there is nothing to run.
    pub fn is_missing(&self) -> bool {
        matches!(self.place, Place::Missing(_))
    }
}

/// Its name.
impl fmt::Display for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.name().fmt(f)
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

/// Which columns a user means, where no word says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Breadth {
    /// Each runtime at its default version in its default mode.
    #[default]
    Primary,
    /// Every version and mode that is there.
    All,
}

/// Which cells a user means.
///
/// Every word must be found in the cell's name, with its version or without: `wazero preopen` and
/// `wazero/preopen` both mean the preopen cases of wazero. A word with `@` or `+` in it names columns, and then
/// those are meant that it is found in, whatever the breadth: `wazero@` is every version of wazero.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that must all be found.
    pub words: Vec<String>,
    /// Words of which none may be found.
    pub skip: Vec<String>,
    /// Whether a word must be the whole name.
    pub exact: bool,
    /// Which columns are meant where no word names any.
    pub breadth: Breadth,
    /// Columns that are meant in any case, also where they are missing.
    pub columns: Vec<String>,
    /// The only columns that are meant, if any are named here: by a runtime's id all of its columns that would be meant
    /// without it, or by a column's own name.
    pub only: Vec<String>,
}

impl Filter {
    /// Whether a cell is meant.
    pub fn accepts(&self, column: &Column, case: &Case) -> bool {
        let full = name(column, case);
        let short = column.primary.then(|| format!("{}/{}", column.runtime.id, case.id));
        let found = |word: &String| {
            [Some(&full), short.as_ref()].into_iter().flatten().any(|name| match self.exact {
                true => name == word,
                false => name.contains(word.as_str()),
            })
        };
        // Exact names are alternatives: no cell has two.
        let meant = match self.exact && !self.words.is_empty() {
            true => self.words.iter().any(found),
            false => self.words.iter().all(found),
        };
        meant && self.spans(column) && !self.skip.iter().any(found)
    }

    /// Whether a column is one of those that are meant at all.
    fn spans(&self, column: &Column) -> bool {
        let name = column.to_string();
        if !self.only.is_empty() && !self.only.contains(&name) && !self.only.contains(&column.runtime.id) {
            return false;
        }
        // What is missing has one column of cells that say so, and no more unless it is asked for.
        let spanned = column.primary || (self.breadth == Breadth::All && !column.is_missing());
        spanned
            || self.columns.contains(&name)
            || self.only.contains(&name)
            || self.words.iter().filter(|word| word.contains(['@', '+'])).any(|word| {
                let word = word.split('/').next().unwrap_or(word);
                if self.exact { name == word } else { name.contains(word) }
            })
    }
}

/// All cells a filter means, by column and then by case.
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
