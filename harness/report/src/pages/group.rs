//! The cells of a case in groups with the same result, side by side.

use anyhow::Result;
use matrix_model::plural::counted;
use serde::Serialize;

use matrix_model::record::Record;
use matrix_model::verdict::Verdict;

use super::explanation;
use super::mark::Mark;
use crate::pages::grid::Board;

/// The columns in which a case had the same result.
#[derive(Serialize)]
pub struct Group {
    #[serde(flatten)]
    mark: Mark,
    detail: Option<String>,
    runtimes: Vec<RuntimeColumns>,
}

/// Those of them that belong to one runtime.
#[derive(Serialize)]
struct RuntimeColumns {
    name: String,
    /// Whether these are all of the runtime's columns, and more than one.
    all: bool,
    columns: Vec<ColumnLink>,
}

#[derive(Serialize)]
struct ColumnLink {
    label: String,
    /// The id of its cell on the page.
    fragment: String,
}

/// Groups the cells of a case, in the order of the legend.
///
/// # Errors
/// If a record is broken.
pub fn alike(board: &Board, case: usize) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for runtime in board.runtimes() {
        let shown: Vec<_> = runtime.into_iter().filter(|column| board.is_shown(*column)).collect();
        for column in &shown {
            let Some(record) = board.record(*column, case) else { continue };
            let Some(answer) = board.answer(*column, case) else { continue };
            let (mark, detail) = (Mark::of(record, board.tier(*column, case), answer), detail(record)?);
            let known = groups.iter().position(|group| group.mark == mark && group.detail == detail);
            let group = match known {
                Some(index) => &mut groups[index],
                None => {
                    groups.push(Group { mark, detail, runtimes: Vec::new() });
                    groups.last_mut().expect("one was just pushed")
                }
            };
            let facts = board.columns[*column];
            let member = ColumnLink { label: facts.label(), fragment: board.fragments[*column].clone() };
            match group.runtimes.last_mut().filter(|members| members.name == facts.name) {
                Some(members) => members.columns.push(member),
                None => {
                    group.runtimes.push(RuntimeColumns { name: facts.name.clone(), all: false, columns: vec![member] });
                }
            }
        }
        for members in groups.iter_mut().filter_map(|group| group.runtimes.last_mut()) {
            let is_this = shown.first().is_some_and(|first| members.name == board.columns[*first].name);
            members.all |= is_this && shown.len() > 1 && members.columns.len() == shown.len();
        }
    }
    groups.sort_by_key(|group| group.mark.rank());
    Ok(groups)
}

/// What distinguishes cells that have the same mark.
fn detail(record: &Record) -> Result<Option<String>> {
    Ok(match &record.verdict {
        Verdict::Fail { .. } | Verdict::Known { .. } | Verdict::Observed => explanation::in_short(record)?,
        Verdict::Unsupported { needs } => Some(needs.to_string()),
        Verdict::Pass => {
            let member = record.outcome.as_ref().and_then(|outcome| outcome.member);
            let beside = record.checks.iter().map(|check| format!("but not the {}", check.of));
            let member = member.map(|member| format!("member {member} of the accepted set"));
            let details: Vec<_> = member.into_iter().chain(beside).collect();
            (!details.is_empty()).then(|| details.join("\n"))
        }
        Verdict::Flaky { red, attempts, .. } => {
            Some(format!("red in {red} of {}", counted(*attempts as usize, "attempt")))
        }
        _ => None,
    })
}
