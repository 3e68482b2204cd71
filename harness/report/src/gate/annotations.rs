//! A gate's result as annotations of a GitHub workflow.

use super::Gate;
use crate::changes::Change;
use crate::github::{error, shown};
use matrix_model::verdict::Verdict;

/// An error for each cell that stops the candidate, as a line that GitHub reads. None names a file: the workflow runs in
/// the candidate's repository, and nothing says which of its lines is at fault.
pub fn of(gate: &Gate) -> String {
    shown(gate.stops().map(of_cell).collect(), "cell", "stop the candidate")
}

fn of_cell(change: &Change) -> String {
    let title = format!("{} {} in {}", change.case, change.kind, change.column);
    let mut lines = vec![
        format!("baseline {}: {}", change.old_column, in_words(change.old.as_ref(), true)),
        format!("candidate {}: {}", change.column, in_words(change.new.as_ref(), !change.observed.is_empty())),
    ];
    lines.extend(change.expected.iter().map(|expected| format!("expected {expected}")));
    if !change.observed.is_empty() {
        lines.push(format!("observed {}", change.observed));
    }
    error(None, &title, &lines.join("\n"))
}

/// A verdict; unless it is to be brief, with its reason.
fn in_words(verdict: Option<&Verdict>, brief: bool) -> String {
    match verdict {
        None => "not run".to_owned(),
        Some(verdict) if brief => verdict.with_failure(),
        Some(verdict) => verdict.to_string(),
    }
}
