//! Cells of a case that ended alike, set side by side.

use anyhow::Result;
use serde::Serialize;

use crate::record::Record;
use crate::results::ColumnFacts;
use crate::verdict::Verdict;

use super::anchor::id;
use super::explanation;
use super::mark::Mark;

/// The columns in which a case had one and the same end.
#[derive(Serialize)]
pub struct Group {
    #[serde(flatten)]
    mark: Mark,
    detail: Option<String>,
    columns: Vec<Member>,
}

#[derive(Serialize)]
struct Member {
    href: String,
    name: String,
    version: String,
}

/// Groups the cells of a case, in the order of the legend.
///
/// # Errors
/// If a record is broken.
pub fn alike<'r>(cells: impl Iterator<Item = (&'r Record, &'r ColumnFacts)>) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for (record, column) in cells {
        let detail = match &record.verdict {
            Verdict::Fail { .. } | Verdict::Known { .. } | Verdict::Observed => explanation::in_short(record)?,
            Verdict::Unsupported { needs } => Some(needs.to_string()),
            Verdict::Pass | Verdict::Stale | Verdict::Unavailable { .. } | Verdict::HarnessError { .. } => None,
        };
        let mark = Mark::of(&record.verdict);
        let member = Member { href: id("cell", &record.cell), name: column.name.clone(), version: column.label() };
        match groups.iter_mut().find(|group| group.mark == mark && group.detail == detail) {
            Some(group) => group.columns.push(member),
            None => groups.push(Group { mark, detail, columns: vec![member] }),
        }
    }
    groups.sort_by_key(|group| group.mark.rank());
    Ok(groups)
}
