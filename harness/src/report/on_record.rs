//! The divergences that a runtime's cells rest on, each with its cells.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::verdict::Verdict;

use super::board::Board;
use super::explanation::Recorded;

/// A reason, and what it is the reason of.
#[derive(Serialize)]
pub struct Entry {
    #[serde(flatten)]
    recorded: Recorded,
    cases: Vec<Member>,
}

/// A case, and in which columns it is so.
#[derive(Serialize)]
struct Member {
    /// Where the first of its cells is told of.
    href: String,
    case: String,
    columns: Vec<String>,
}

/// What is on record of cells in these columns, by reason; the reason of most cases first.
pub fn entries(board: &Board, columns: &[usize]) -> Vec<Entry> {
    let mut found: BTreeMap<Recorded, Vec<Member>> = BTreeMap::new();
    for case in 0..board.cases.len() {
        for column in columns {
            let Some(record) = board.shown(*column, case) else { continue };
            let Some(known) = record.divergence.as_ref() else { continue };
            if matches!(record.verdict, Verdict::Unsupported { .. } | Verdict::Unavailable { .. }) {
                continue;
            }
            let members = found.entry(Recorded::of(known).anywhere()).or_default();
            let label = board.columns[*column].label();
            let id = &board.cases[case].id;
            match members.last_mut().filter(|last| last.case == *id) {
                Some(last) => last.columns.push(label),
                None => {
                    let href = board.cell_href(*column, case);
                    members.push(Member { href, case: id.clone(), columns: vec![label] });
                }
            }
        }
    }
    let mut entries: Vec<_> = found.into_iter().map(|(recorded, cases)| Entry { recorded, cases }).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.cases.len()));
    entries
}
