//! The latest record of each cell, judged again by the current project files.

use std::io;

use crate::dirs::Places;
use crate::records;
use matrix_model::judge::judged_again;
use matrix_model::matrix::{self, Cell, Column};
use matrix_model::record::Record;

/// A cell that was run, and its newest record.
#[derive(Debug, Clone)]
pub struct RecordedCell<'s> {
    /// The cell.
    pub cell: Cell<'s>,
    /// Its record, with the verdict by the current project files.
    pub record: Record,
}

/// The cells among these that have a record.
///
/// # Errors
/// If a record exists but cannot be read.
pub fn latest<'s>(columns: &[Column<'s>], cells: &[Cell<'s>], places: &Places) -> io::Result<Vec<RecordedCell<'s>>> {
    let mut run = Vec::new();
    for cell in cells {
        let column = &columns[cell.column];
        match records::read(&places.records, &matrix::name(column, cell.case)) {
            // If the record does not keep enough of the outcome, its own verdict is kept.
            Ok(record) => {
                let again = judged_again(&record, column, cell.case);
                run.push(RecordedCell { cell: *cell, record: again.unwrap_or(record) });
            }
            // Never run, or its record has another schema version.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::Unsupported) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(run)
}
