//! The recorded divergences of a runtime, each with its cells.

use std::collections::BTreeMap;

use serde::Serialize;

use super::explanation::Recorded;
use crate::pages::grid::Board;

/// A divergence, and the cases that it is about.
#[derive(Serialize)]
pub struct Entry {
    #[serde(flatten)]
    recorded: Recorded,
    cases: Vec<CaseInColumns>,
}

/// A case, and the columns in which something is true of it.
#[derive(Serialize)]
pub(crate) struct CaseInColumns {
    /// The section of its first cell.
    href: String,
    case: String,
    columns: Vec<String>,
}

/// The divergences of the cells in these columns, by reason. The reason with the most cases comes first.
pub fn entries(board: &Board, columns: &[usize]) -> Vec<Entry> {
    let mut found: BTreeMap<Recorded, Vec<(usize, usize)>> = BTreeMap::new();
    for case in 0..board.cases.len() {
        for column in columns {
            let Some(record) = board.shown(*column, case) else { continue };
            let Some(known) = record.divergence.as_ref() else { continue };
            if record.verdict.kind().skipped {
                continue;
            }
            found.entry(Recorded::of(known).anywhere()).or_default().push((*column, case));
        }
    }
    let entry = |(recorded, cells): (Recorded, Vec<_>)| Entry { recorded, cases: members(board, &cells) };
    let mut entries: Vec<_> = found.into_iter().map(entry).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.cases.len()));
    entries
}

/// Groups cells, each given as its column and its case, by case.
pub fn members(board: &Board, cells: &[(usize, usize)]) -> Vec<CaseInColumns> {
    let mut by_case: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (column, case) in cells {
        by_case.entry(*case).or_default().push(*column);
    }
    let member = |(case, columns): (usize, Vec<usize>)| CaseInColumns {
        href: board.cell_href(columns[0], case),
        case: board.cases[case].id.clone(),
        columns: columns.iter().map(|column| board.columns[*column].label()).collect(),
    };
    by_case.into_iter().map(member).collect()
}
