//! Cases crossed with runtimes: cells, in a stable order, and filters over them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use semver::Version;

use crate::capability::Capability;
use crate::case::Case;
use crate::names::{ColumnName, column_of, parts_of_column};
use crate::runtime::{Mode, Runtime};
use crate::surrounding::Surrounded;

/// A column of the matrix: one version of a runtime in one mode with one Go, in the machine's own surroundings or others.
#[derive(Debug, Clone)]
pub struct Column<'s> {
    /// The runtime.
    pub runtime: &'s Runtime,
    /// The column's version; the first pin if nothing is installed.
    pub version: Version,
    /// The mode.
    pub mode: &'s Mode,
    /// The Go release that builds its guests, if `--go` asked for one.
    pub go: Option<String>,
    /// The surrounding that it is run in, unless that is the machine as it is.
    pub surrounded: Option<Surrounded<'s>>,
    /// Whether it represents its runtime: the default version in the default mode, on the machine as it is.
    pub primary: bool,
    /// Whether the user gave the path of its build.
    pub local: bool,
    /// Where its executable is, or will be.
    pub place: Place,
}

/// Where a column's executable is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At this path; the second value is the folder of the store it was installed into, if it is in the store.
    At(PathBuf, Option<PathBuf>),
    /// The harness builds it from the runtime's own folder.
    ToBuild,
    /// The harness builds it from the runtime's own folder, against the checkout of the engine in this folder.
    Checkout(PathBuf),
    /// The harness installs it into the store at this path.
    ToInstall(PathBuf),
    /// Nowhere. The text says how to get it.
    Missing(String),
}

impl Column<'_> {
    /// What its adapter cannot express.
    pub fn lacks(&self) -> BTreeSet<Capability> {
        self.mode.lacks(&self.version)
    }

    /// Its name.
    pub fn name(&self) -> ColumnName {
        ColumnName {
            runtime: self.runtime.id.clone(),
            version: self.version.clone(),
            mode: self.mode.name.clone(),
            surrounding: self.surrounding().map(str::to_owned),
            local: self.local,
            go: self.go.clone(),
        }
    }

    /// The name of the same column on the machine as it is.
    pub fn on_machine(&self) -> ColumnName {
        ColumnName { surrounding: None, ..self.name() }
    }

    /// The name of its surrounding, unless that is the machine as it is.
    pub fn surrounding(&self) -> Option<&str> {
        self.surrounded.as_ref().map(|surrounded| surrounded.surrounding.name.as_str())
    }

    /// Whether there is no executable to run, or this machine cannot make its surrounding.
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

/// Which columns are selected if no word names any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Breadth {
    /// Each runtime at its default version in its default mode.
    #[default]
    Primary,
    /// Every version and mode that is available.
    All,
    /// Every column that records may be of: those, and each build that the user has named by its path.
    Recorded,
}

/// Selects cells.
///
/// Every word must occur in the cell's name, with its version or without: both `wazero preopen` and `wazero/preopen`
/// select the preopen cases of wazero. A word with `@` or `+` in it names columns. It selects all columns whose names
/// contain it, whatever the breadth: `wazero@` is every version of wazero. A word with a place in it, such as `.data`,
/// selects every case there and not only the sample.
///
/// If surroundings are asked for, only columns in those are selected. If none is, a column in one is selected where it is
/// known to matter, with the cases that the surrounding is about; a word with its name in it selects all cases.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that must all occur in the name.
    pub words: Vec<String>,
    /// Words that must not occur in the name.
    pub skip: Vec<String>,
    /// Whether a word must be the whole name.
    pub exact: bool,
    /// Which columns are selected if no word names any.
    pub breadth: Breadth,
    /// Columns that are selected in addition, even if they are missing.
    pub columns: Vec<String>,
    /// If not empty, only these columns are selected. A runtime's id keeps those of its columns that would be selected
    /// anyway. A column's name selects that column.
    pub only: Vec<String>,
    /// If not empty, only columns in these surroundings are selected.
    pub surroundings: Vec<String>,
}

impl Filter {
    /// Whether the filter selects a cell.
    pub fn accepts(&self, column: &Column, case: &Case) -> bool {
        self.spans(column) && self.selects(&column.to_string(), column, case)
    }

    /// Whether the filter selects a case in a column that it spans, given the column's name.
    fn selects(&self, name: &str, column: &Column, case: &Case) -> bool {
        if let Some(surrounded) = &column.surrounded
            && !self.asks_for(name, surrounded)
            && !surrounded.surrounding.covers(case)
        {
            return false;
        }
        if self.words.is_empty() && self.skip.is_empty() {
            return self.places(case);
        }
        let full = format!("{name}/{}", case.id);
        let short = column.primary.then(|| format!("{}/{}", column.runtime.id, case.id));
        let found = |word: &String| {
            [Some(&full), short.as_ref()].into_iter().flatten().any(|name| match self.exact {
                true => name == word,
                false => name.contains(word.as_str()),
            })
        };
        // Exact names are alternatives, because a cell cannot be named by two of them.
        let meant = match self.exact && !self.words.is_empty() {
            true => self.words.iter().any(found),
            false => self.words.iter().all(found),
        };
        meant && self.places(case) && !self.skip.iter().any(found)
    }

    /// Whether the filter selects a case at the place where it is. Of the cases at another place than they are written
    /// for only a sample is selected, unless a word names the place.
    fn places(&self, case: &Case) -> bool {
        case.placement.as_ref().is_none_or(|placement| {
            placement.sampled || self.words.iter().any(|word| word.contains(&placement.suffix()))
        })
    }

    /// Whether the filter selects a column, before words and `skip` are applied to its cells.
    fn spans(&self, column: &Column) -> bool {
        let name = column.to_string();
        let surrounded = column.surrounded.as_ref();
        let on_machine = column.on_machine().to_string();
        let is_listed = |names: &[String]| names.contains(&name) || surrounded.is_some() && names.contains(&on_machine);
        if !self.only.is_empty() && !is_listed(&self.only) && !self.only.contains(&column.runtime.id) {
            return false;
        }
        match surrounded {
            None if !self.surroundings.is_empty() => return false,
            Some(surrounded) if !surrounded.by_default && !self.asks_for(&name, surrounded) => {
                return self.breadth == Breadth::Recorded && !column.is_missing();
            }
            Some(surrounded)
                if !self.surroundings.is_empty() && !self.surroundings.contains(&surrounded.surrounding.name) =>
            {
                return false;
            }
            _ => {}
        }
        // A missing runtime gets one column, whose cells report it as missing, unless more are asked for.
        // To run a build that was named by its path, its whole name or `+local` is needed.
        let is_release = !column.local;
        let is_broad = match self.breadth {
            Breadth::Primary => false,
            Breadth::All => !column.is_missing() && is_release,
            Breadth::Recorded => !column.is_missing(),
        };
        let spanned = column.primary || surrounded.is_some_and(|it| it.of_primary) || is_broad;
        spanned
            || is_listed(&self.columns)
            || is_listed(&self.only)
            || self.words.iter().filter(|word| word.contains(['@', '+'])).any(|word| {
                let word = column_of(word);
                match self.exact {
                    true => name == word,
                    false => name.contains(word) && (is_release || word.contains("+local")),
                }
            })
    }
}

impl Filter {
    /// Whether the filter names the surrounding of the column with this name.
    fn asks_for(&self, name: &str, surrounded: &Surrounded) -> bool {
        let surrounding = &surrounded.surrounding.name;
        let is_in = |word: &String| parts_of_column(word).any(|part| part == surrounding);
        self.surroundings.contains(surrounding)
            || self.words.iter().any(is_in)
            || [&self.only, &self.columns].into_iter().any(|names| names.iter().any(|listed| listed == name))
    }
}

/// All cells that a filter selects, by column and then by case.
pub fn cells<'s>(columns: &[Column<'s>], cases: &'s [Case], filter: &Filter) -> Vec<Cell<'s>> {
    let mut cells = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        if filter.spans(column) {
            let name = column.to_string();
            let meant = cases.iter().filter(|case| filter.selects(&name, column, case));
            cells.extend(meant.map(|case| Cell { column: index, case }));
        }
    }
    cells
}

/// A cell's name: `wazero@1.12.0/fs/rename/replaces-existing-file`.
pub fn name(column: &Column, case: &Case) -> String {
    format!("{column}/{}", case.id)
}
