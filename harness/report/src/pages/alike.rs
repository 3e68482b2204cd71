//! Cells that failed in the same way, whatever their case or runtime.

use std::collections::BTreeMap;

use serde::Serialize;

use matrix_model::expectation::Aspect;
use matrix_model::judge;
use matrix_model::record::Record;
use matrix_model::verdict::Failure;

use crate::pages::grid::Board;
use matrix_model::escape;

/// How many cases are listed by name.
const NAMED: usize = 8;

/// How many characters of the observed value are shown.
const SHOWN: usize = 120;

/// How a cell failed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    failure: Failure,
    /// In what respect first.
    of: Aspect,
    /// The first thing there that was observed and not expected.
    observed: String,
}

/// The failed cells by signature, each as the indices of its column and its case.
pub struct Alike {
    cells: BTreeMap<Signature, Vec<(usize, usize)>>,
}

/// The cells of other cases that failed in the same way as one cell.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Others {
    /// What was observed in all of them.
    observed: String,
    cells: usize,
    runtimes: usize,
    /// Those of the same runtime first.
    cases: Vec<Other>,
    /// How many cases are not listed.
    more: usize,
}

/// A case with such a cell.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Other {
    /// The cell's section, from the folder of all pages.
    href: String,
    case: String,
    runtime: String,
}

fn signature(record: &Record) -> Option<Signature> {
    let failure = record.verdict.failure().filter(|_| !record.is_withheld() && !record.is_as_expected())?;
    let first = record.differences.first()?;
    Some(Signature { failure, of: first.of.clone(), observed: judge::first_observed(first).to_owned() })
}

impl Alike {
    /// Groups the cells that are shown on pages.
    pub fn of(board: &Board) -> Alike {
        let mut cells: BTreeMap<Signature, Vec<(usize, usize)>> = BTreeMap::new();
        for column in 0..board.columns.len() {
            for case in 0..board.cases.len() {
                if let Some(signature) = board.shown(column, case).and_then(signature) {
                    cells.entry(signature).or_default().push((column, case));
                }
            }
        }
        Alike { cells }
    }

    /// The cells of other cases that failed in the same way. None if this cell did not fail, or no other failed so.
    pub fn others(&self, board: &Board, column: usize, case: usize) -> Option<Others> {
        let signature = signature(board.shown(column, case)?)?;
        let others = || self.cells[&signature].iter().copied().filter(|(_, other)| *other != case);
        let runtime = |column: usize| board.columns[column].runtime.as_str();
        let mut runtimes: Vec<_> = others().map(|(column, _)| runtime(column)).collect();
        let cells = runtimes.len();
        runtimes.sort_unstable();
        runtimes.dedup();
        // One cell stands for all cells that a runtime has of a case.
        let mut places: Vec<_> =
            others().map(|(of, case)| (runtime(of) != runtime(column), runtime(of), case, of)).collect();
        places.sort_unstable();
        places.dedup_by_key(|(_, runtime, case, _)| (*runtime, *case));
        let more = places.len().saturating_sub(NAMED);
        places.truncate(NAMED);
        let named = |(_, _, case, column): (bool, &str, usize, usize)| Other {
            href: board.cell_href(column, case),
            case: board.cases[case].id.clone(),
            runtime: board.columns[column].name.clone(),
        };
        (cells > 0).then(|| Others {
            observed: escape::short(&format!("{}: {}", signature.of, signature.observed), SHOWN),
            cells,
            runtimes: runtimes.len(),
            cases: places.into_iter().map(named).collect(),
            more,
        })
    }
}
