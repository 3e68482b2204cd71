//! What changed from one version of a runtime to the next.

use serde::Serialize;

use matrix_model::answer::Answer;
use matrix_model::record::Record;

use super::mark::Mark;
use crate::pages::grid::Board;

/// Two successive versions of a runtime, in the same mode and with guests built by the same Go.
#[derive(Serialize)]
pub struct Change {
    mode: Option<String>,
    go: Option<String>,
    from: String,
    to: String,
    /// Cases that work now.
    fixed: Vec<ChangedCase>,
    /// Cases that no longer work.
    broke: Vec<ChangedCase>,
    /// Cases that differed before and differ now, but not in the same way.
    otherwise: Vec<ChangedCase>,
}

/// A case, with its answer before and after.
#[derive(Serialize)]
struct ChangedCase {
    /// The section of the later cell.
    href: String,
    case: String,
    before: Mark,
    after: Mark,
}

/// The changes between successive columns, which are ordered by mode and from old to new.
pub fn changes(board: &Board, columns: &[usize]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, to) in columns.iter().enumerate() {
        let new = board.columns[*to];
        let same = |column: &&usize| {
            let old = board.columns[**column];
            (&old.mode, &old.go, &old.surrounding) == (&new.mode, &new.go, &new.surrounding)
        };
        if let Some(from) = columns[..index].iter().rev().find(same) {
            changes.push(Change::of(board, *from, *to));
        }
    }
    changes
}

impl Change {
    fn of(board: &Board, from: usize, to: usize) -> Change {
        let (old, new) = (board.columns[from], board.columns[to]);
        let mut change = Change {
            mode: new.variation(),
            go: new.go.clone(),
            from: old.version.clone(),
            to: new.version.clone(),
            fixed: Vec::new(),
            broke: Vec::new(),
            otherwise: Vec::new(),
        };
        for case in 0..board.cases.len() {
            let cell = |column: usize| Some((board.record(column, case)?, board.answer(column, case)?));
            let (Some((before, was)), Some((after, is))) = (cell(from), cell(to)) else { continue };
            let list = match (was, is) {
                (was, Answer::Works) if was.is_otherwise() => &mut change.fixed,
                (Answer::Works, is) if is.is_otherwise() => &mut change.broke,
                (was, is) if was != is && was.is_otherwise() && is.is_otherwise() => &mut change.otherwise,
                _ => continue,
            };
            let mark = |record: &Record, answer: Answer| Mark::of(record, board.tier(to, case), answer);
            let (was, is) = (mark(before, was), mark(after, is));
            let href = board.cell_href(to, case);
            list.push(ChangedCase { href, case: board.cases[case].id.clone(), before: was, after: is });
        }
        change
    }
}
