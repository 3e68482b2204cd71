//! Finds the column that a cell is compared with: one that does what the case expects. The case is run there now,
//! because a record may be older than the case.

use std::path::Path;
use std::sync::Arc;

use crate::traced_run::TracedRun;
use matrix_model::case::Case;
use matrix_model::judge;
use matrix_model::matrix::{self, Cell, Column, Place};
use matrix_model::verdict::Verdict;
use matrix_store::records;

/// The runtimes that are asked first if no record says which one passes.
const FIRST: [&str; 2] = ["wazero", "node"];

/// The result of asking columns for a run that is as expected.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The first column that passes, and its run.
    pub right: Option<(usize, Arc<TracedRun>)>,
    /// The columns that did not pass, each with its verdict and its run.
    pub wrong: Vec<(usize, Verdict, Arc<TracedRun>)>,
    /// The columns in which the case could not be run, each with the reason.
    pub failed: Vec<(usize, String)>,
}

/// The columns that a cell may be compared with, in the order in which they are asked: the default columns of runtimes
/// that are here and can run the case, with the same Go. Those whose newest record of the case passes come first.
pub fn candidates(columns: &[Column], cell: &Cell, records: &Path) -> Vec<usize> {
    let may = |index: &usize| {
        let column = &columns[*index];
        let is_here = matches!(column.place, Place::At(..) | Place::ToInstall(_));
        let is_alike = column.go == columns[cell.column].go && !column.runtime.is_reference();
        let is_able = cell.case.needs().is_disjoint(&column.lacks());
        column.primary && is_here && is_alike && is_able && *index != cell.column
    };
    let passes = |index: usize| {
        let record = records::read(records, &matrix::name(&columns[index], cell.case));
        record.is_ok_and(|record| record.verdict == Verdict::Pass)
    };
    let place = |index: usize| FIRST.iter().position(|id| columns[index].runtime.id == *id).unwrap_or(FIRST.len());
    let mut candidates: Vec<_> = (0..columns.len()).filter(may).collect();
    candidates.sort_by_cached_key(|index| (!passes(*index), place(*index)));
    candidates
}

/// Asks columns one after another until one passes. `run` runs the case in a column, or gives the reason why not.
pub fn compare(
    columns: &[Column],
    case: &Case,
    candidates: &[usize],
    run: impl Fn(usize) -> Result<Arc<TracedRun>, String>,
) -> Comparison {
    let mut comparison = Comparison::default();
    for index in candidates {
        match run(*index) {
            Err(why) => comparison.failed.push((*index, why)),
            Ok(seen) => match judge::judgement(&columns[*index], case, &seen.outcome).verdict {
                Verdict::Pass => {
                    comparison.right = Some((*index, seen));
                    break;
                }
                verdict => comparison.wrong.push((*index, verdict, seen)),
            },
        }
    }
    comparison
}
