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

/// A cause to look up.
#[derive(Clone, Copy)]
struct Cause<'c> {
    words: &'c str,
    function: Option<&'c str>,
}

/// Looks up a cause among published explanations.
pub(super) fn look_up(published: &[Explained], column: &Column, explanation: &Explanation) -> Known {
    let Some(words) = &explanation.cause else { return Known::NotYet };
    let cause = Cause { words, function: explanation.function.as_deref() };
    let Some((sure, cells)) = among(published, &column.to_string(), &column.runtime.id, cause) else {
        return Known::NotYet;
    };
    let (reason, url) = recorded(&cells, column).unzip();
    Known::OnRecord(OnRecord {
        sure,
        cause: cells[0].cause.clone().unwrap_or_default(),
        cells: cells.len(),
        cell: cells[0].cell.clone(),
        reason,
        url,
    })
}

/// The explained cells of a runtime that have a cause, at least one, and how sure it is that it is the same.
fn among<'e>(
    published: &'e [Explained],
    column: &str,
    runtime: &str,
    cause: Cause,
) -> Option<(Sure, Vec<&'e Explained>)> {
    let theirs = || published.iter().filter(|explained| is_of(&explained.column, runtime));
    let in_same_words: Vec<_> = theirs().filter(|explained| explained.cause.as_deref() == Some(cause.words)).collect();
    let here: Vec<_> = in_same_words.iter().copied().filter(|explained| explained.column == column).collect();
    let answer = answer_in(cause.words);
    let alike = |explained: &&Explained| {
        answer.is_some()
            && explained.function.as_deref() == cause.function
            && explained.cause.as_deref().and_then(answer_in) == answer
    };
    // Without a function, the words say only how the program ended.
    let (sure, cells) = match (cause.function.is_some(), here.is_empty(), in_same_words.is_empty()) {
        (true, false, _) => (Sure::Certain, here),
        (true, true, false) => (Sure::Likely, in_same_words),
        (false, _, false) => (Sure::Perhaps, in_same_words),
        (_, _, true) => (Sure::Perhaps, theirs().filter(alike).collect()),
    };
    (!cells.is_empty()).then_some((sure, cells))
}

/// What the runtime answered, in the words of a cause that names two answers.
fn answer_in(words: &str) -> Option<&str> {
    words.split_once(INSTEAD).map(|(answer, _)| answer)
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

    /// Explanations of cells, each with its column, its function and the words of its cause.
    fn published(cells: &[(&str, &str, &str)]) -> Vec<Explained> {
        let one = |(index, (column, function, cause)): (usize, &(&str, &str, &str))| {
            let value = serde_json::json!({
                "form": 1, "cell": format!("{column}/a/{index}"), "column": column, "case": format!("a/{index}"),
                "key": "k", "failure": "trap", "sentence": "s", "cause": cause, "function": function,
            });
            serde_json::from_value(value).expect("an explanation")
        };
        cells.iter().enumerate().map(one).collect()
    }

    fn sure(known: &[Explained], column: &str, function: Option<&str>, cause: &str) -> Option<(Sure, usize, String)> {
        let found = Cause { words: cause, function };
        among(known, column, "wasmedge", found).map(|(sure, cells)| (sure, cells.len(), cells[0].cell.clone()))
    }

    #[test]
    fn a_cause_is_as_sure_as_what_it_shares_with_a_cell() {
        let slash = "It names preopens without the `/` that they were given.";
        let name = "fd_prestat_dir_name";
        let notdir = "It answers path_open with notdir, and not with noent.";
        let known = published(&[
            ("wasmedge@0.14.1", name, slash),
            ("wasmedge@0.17.1", name, slash),
            ("wasmedge@0.17.1", name, slash),
            ("wasmedge@0.17.1", "path_open", notdir),
            ("wasmedge-sdk@0.17.1", "fd_read", "It does not come back from fd_read."),
        ]);
        let cell = |text: &str| text.to_owned();
        let here = sure(&known, "wasmedge@0.17.1", Some(name), slash);
        assert_eq!(here, Some((Sure::Certain, 2, cell("wasmedge@0.17.1/a/1"))), "the cells of this column are counted");
        let elsewhere = sure(&known, "wasmedge@0.17.1+aot", Some(name), slash);
        assert_eq!(elsewhere, Some((Sure::Likely, 3, cell("wasmedge@0.14.1/a/0"))));
        let same_answer = "It answers path_open with notdir, and not with success.";
        let perhaps = sure(&known, "wasmedge@0.17.1", Some("path_open"), same_answer);
        assert_eq!(perhaps, Some((Sure::Perhaps, 1, cell("wasmedge@0.17.1/a/3"))));
        let no_call = sure(&known, "wasmedge@0.17.1", None, slash).map(|(sure, ..)| sure);
        assert_eq!(no_call, Some(Sure::Perhaps), "words without a call say only how the program ended");
    }

    #[test]
    fn another_answer_or_another_runtime_is_no_known_cause() {
        let known = published(&[
            ("wasmedge@0.17.1", "path_open", "It answers path_open with notdir, and not with noent."),
            ("wasmedge-sdk@0.17.1", "fd_read", "It does not come back from fd_read."),
        ]);
        let column = "wasmedge@0.17.1";
        let other = "It answers path_open with acces, and not with noent.";
        assert_eq!(sure(&known, column, Some("path_open"), other), None);
        let of_sdk = "It does not come back from fd_read.";
        assert_eq!(sure(&known, column, Some("fd_read"), of_sdk), None, "the SDK is another runtime");
    }
}
