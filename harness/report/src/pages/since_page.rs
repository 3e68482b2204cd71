//! The page that lists what changed since an older run.

use std::collections::HashMap;

use serde::Serialize;

use crate::changes::{CASE_CHANGED, Change, Changes, Kind};
use matrix_model::timestamp::Moment;
use matrix_model::verdict::Verdict;

use crate::pages::grid::Board;

/// The page that lists the changes.
#[derive(Serialize)]
pub(crate) struct SincePage {
    old: Told,
    new: Told,
    unchanged: usize,
    /// The kinds of change, in order of attention.
    kinds: Vec<OfKind>,
    compared: Vec<Compared>,
    /// Columns and cases that only one of the runs has, under a heading.
    alone: Vec<(&'static str, Vec<String>)>,
}

/// A run.
#[derive(Serialize)]
struct Told {
    file: String,
    finished: Moment,
    go: String,
    platform: String,
}

/// The cells that changed in one way.
#[derive(Serialize)]
struct OfKind {
    kind: String,
    cells: Vec<ChangedCell>,
}

/// A cell that changed.
#[derive(Serialize)]
struct ChangedCell {
    /// The section of the newer cell; none if the newer run has no such cell.
    href: Option<String>,
    cell: String,
    /// The older column, if it has another name.
    old: Option<String>,
    /// The verdicts in words: a comparison asks what is news.
    before: Option<String>,
    after: Option<String>,
    observed: String,
    reason: Option<String>,
    /// What is said if the case itself changed.
    case_changed: Option<&'static str>,
}

/// Two columns that were compared and differ.
#[derive(Serialize)]
struct Compared {
    old: String,
    new: String,
    /// What differs, its old value, and its new value.
    changed: Vec<(String, String, String)>,
}

/// The page.
pub fn page(changes: &Changes, board: &Board) -> SincePage {
    let Changes { old, new, compared, unchanged, .. } = changes;
    let told = |run: &crate::changes::RunFacts| Told {
        file: run.file.clone(),
        finished: run.finished.moment(),
        go: run.go.join(", "),
        platform: run.platform.clone(),
    };
    let columns: HashMap<_, _> = (0..).zip(&board.columns).map(|(at, facts)| (facts.column.as_str(), at)).collect();
    let cases: HashMap<_, _> = (0..).zip(&board.cases).map(|(at, case)| (case.id.as_str(), at)).collect();
    let changed_cell = |change: &Change| {
        let place = columns.get(change.column.as_str()).copied().zip(cases.get(change.case.as_str()).copied());
        let place = place.filter(|(column, case)| board.shown(*column, *case).is_some());
        ChangedCell {
            href: place.map(|(column, case)| board.cell_href(column, case)),
            cell: format!("{}/{}", change.column, change.case),
            old: (change.old_column != change.column).then(|| change.old_column.clone()),
            before: change.old.as_ref().map(Verdict::with_failure),
            after: change.new.as_ref().map(Verdict::with_failure),
            observed: change.observed.clone(),
            reason: change.reason.clone(),
            case_changed: change.case_changed.then_some(CASE_CHANGED),
        }
    };
    let of_kind = |kind: Kind| {
        let cells: Vec<_> = changes.of(kind).map(changed_cell).collect();
        (!cells.is_empty()).then(|| OfKind { kind: kind.to_string(), cells })
    };
    let others = compared.iter().filter(|pair| pair.old != pair.new || !pair.changed.is_empty());
    SincePage {
        old: told(old),
        new: told(new),
        unchanged: *unchanged,
        kinds: Kind::ALL.into_iter().filter_map(of_kind).collect(),
        compared: others
            .map(|pair| Compared { old: pair.old.clone(), new: pair.new.clone(), changed: pair.changed.clone() })
            .collect(),
        alone: changes.added_and_removed().map(|(what, names)| (what, names.to_vec())).collect(),
    }
}
