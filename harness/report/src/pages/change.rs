//! What changed from one version of a runtime to the next.

use serde::Serialize;

use super::mark::Mark;
use crate::pages::grid::Board;

/// Two successive versions of a runtime, in the same mode and with guests built by the same Go.
#[derive(Serialize)]
pub struct Change {
    mode: Option<String>,
    go: Option<String>,
    from: String,
    to: String,
    /// Cases that now pass.
    fixed: Vec<ChangedCase>,
    /// Cases that no longer pass.
    broke: Vec<ChangedCase>,
    /// Cases that passed neither before nor now, but changed.
    otherwise: Vec<ChangedCase>,
}

/// A case, with its verdict before and after.
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
            (&old.mode, &old.go) == (&new.mode, &new.go)
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
            mode: new.mode.clone(),
            go: new.go.clone(),
            from: old.version.clone(),
            to: new.version.clone(),
            fixed: Vec::new(),
            broke: Vec::new(),
            otherwise: Vec::new(),
        };
        for case in 0..board.cases.len() {
            let (Some(before), Some(after)) = (board.record(from, case), board.record(to, case)) else { continue };
            let (was, is) = (Mark::of(&before.verdict), Mark::of(&after.verdict));
            let list = match (before.verdict.is_as_expected(), after.verdict.is_as_expected()) {
                (false, true) => &mut change.fixed,
                (true, false) => &mut change.broke,
                (false, false) if was != is => &mut change.otherwise,
                _ => continue,
            };
            let href = board.cell_href(to, case);
            list.push(ChangedCase { href, case: board.cases[case].id.clone(), before: was, after: is });
        }
        change
    }
}
