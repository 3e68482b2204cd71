//! What changed since an older run, as tables mark it.

use std::collections::HashMap;

use crate::changes::{Change, Changes, Kind};
use matrix_model::timestamp::Moment;

/// The changes since an older run, by cell.
pub struct Since<'c> {
    changes: &'c Changes,
    /// By column and case of the newer run.
    cells: HashMap<(&'c str, &'c str), Kind>,
}

impl<'c> Since<'c> {
    /// Takes the changes between two runs.
    pub fn of(changes: &'c Changes) -> Since<'c> {
        let by_cell = |change: &'c Change| ((change.column.as_str(), change.case.as_str()), change.kind);
        Since { changes, cells: changes.cells.iter().map(by_cell).collect() }
    }

    /// All changes.
    pub fn changes(&self) -> &'c Changes {
        self.changes
    }

    /// When the older run ended.
    pub fn when(&self) -> Moment {
        self.changes.old.finished.moment()
    }

    /// How many cells changed.
    pub fn count(&self) -> usize {
        self.changes.cells.len()
    }

    /// Whether a cell of the newer run changed.
    pub fn has(&self, column: &str, case: &str) -> bool {
        self.cells.contains_key(&(column, case))
    }
}
