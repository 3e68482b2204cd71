//! What the published results know of a cause: the cells of the same runtime that deviate for it.

use std::collections::BTreeMap;

use crate::explain::Explanation;
use matrix_model::compared::{Known, OnRecord, Sure};
use matrix_model::explanation::Explained;
use matrix_model::matrix::Column;
use matrix_model::names::ColumnName;

/// What follows the answer of the runtime in the words of a cause.
const INSTEAD: &str = ", and not with ";

/// Whether a column is of a runtime.
pub(super) fn is_of(column: &str, runtime: &str) -> bool {
    column.parse::<ColumnName>().is_ok_and(|name| name.runtime == runtime)
}

/// Looks up a cause among published explanations.
pub(super) fn look_up(published: &[Explained], column: &Column, explanation: &Explanation) -> Known {
    let Some(cause) = &explanation.cause else { return Known::NotYet };
    let theirs: Vec<_> = published.iter().filter(|explained| is_of(&explained.column, &column.runtime.id)).collect();
    let in_same_words: Vec<_> =
        theirs.iter().copied().filter(|explained| explained.cause.as_ref() == Some(cause)).collect();
    let name = column.to_string();
    let here: Vec<_> = in_same_words.iter().copied().filter(|explained| explained.column == name).collect();
    // Without a function, the words say only how the program ended.
    let is_call = explanation.function.is_some();
    let (sure, cells) = match (here.is_empty(), in_same_words.is_empty()) {
        (false, _) if is_call => (Sure::Certain, here),
        (true, false) if is_call => (Sure::Likely, in_same_words),
        (_, false) => (Sure::Perhaps, in_same_words),
        (_, true) => {
            let answered = |cause: &str| cause.split_once(INSTEAD).map(|(answer, _)| answer.to_owned());
            let Some(answer) = answered(cause) else { return Known::NotYet };
            let alike = |explained: &&Explained| {
                explained.function == explanation.function
                    && explained.cause.as_deref().and_then(answered).as_ref() == Some(&answer)
            };
            (Sure::Perhaps, theirs.iter().copied().filter(alike).collect())
        }
    };
    let Some(first) = cells.first() else { return Known::NotYet };
    let (reason, url) = recorded(&cells, column).unzip();
    Known::OnRecord(OnRecord {
        sure,
        cause: first.cause.clone().unwrap_or_default(),
        cells: cells.len(),
        cell: first.cell.clone(),
        reason,
        url,
    })
}

/// The reason and the address that are recorded most often about these cells.
fn recorded(cells: &[&Explained], column: &Column) -> Option<(String, String)> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for cell in cells {
        let Ok(name) = cell.column.parse::<ColumnName>() else { continue };
        let mode = name.mode.as_deref().unwrap_or(matrix_model::runtime::DEFAULT_MODE);
        let speaks = column.runtime.divergences.iter().filter(|divergence| {
            !divergence.security && !divergence.outside && divergence.speaks_of(&cell.case, &name.version, mode)
        });
        for divergence in speaks {
            *counts.entry((&divergence.reason, &divergence.url)).or_default() += 1;
        }
    }
    let (reason, url) = counts.into_iter().max_by_key(|(_, count)| *count)?.0;
    Some((reason.to_owned(), url.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_of_its_runtime_alone() {
        assert!(is_of("wasmedge@0.17.1+aot", "wasmedge"));
        assert!(!is_of("wasmedge-sdk@0.17.1", "wasmedge"));
    }
}
