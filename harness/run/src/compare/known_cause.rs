//! What the published results know of a cause: the cells of the same runtime that deviate for it.

use std::collections::BTreeMap;

use crate::explain::Explanation;
use matrix_model::compared::{Known, OnRecord, Sure};
use matrix_model::explanation::Explained;
use matrix_model::explanation::answers::{Answers, is_same_cause};
use matrix_model::matrix::Column;
use matrix_model::names::ColumnName;

/// Whether a column is of a runtime.
pub(super) fn is_of(column: &str, runtime: &str) -> bool {
    column.parse::<ColumnName>().is_ok_and(|name| name.runtime == runtime)
}

/// A cause to look up.
#[derive(Clone, Copy)]
struct Cause<'c> {
    words: &'c str,
    function: Option<&'c str>,
    answers: Option<&'c Answers>,
}

/// Looks up a cause among published explanations.
pub(super) fn look_up(published: &[Explained], column: &Column, explanation: &Explanation) -> Known {
    let Some(words) = &explanation.cause else { return Known::NotYet };
    let (function, answers) = (explanation.function.as_deref(), explanation.answers.as_ref());
    let cause = Cause { words, function, answers };
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
    let is_same =
        |explained: &&Explained| explained.cause.as_ref().is_some_and(|words| is_same_cause(words, cause.words));
    let same: Vec<_> = theirs().filter(is_same).collect();
    let here: Vec<_> = same.iter().copied().filter(|explained| explained.column == column).collect();
    let alike = |explained: &&Explained| {
        let own = |answers: &Answers| Some(&answers.own) == cause.answers.map(|answers| &answers.own);
        explained.function.as_deref() == cause.function && explained.answers().as_ref().is_some_and(own)
    };
    // Without a function, the words say only how the program ended.
    let (sure, cells) = match (cause.function.is_some(), here.is_empty(), same.is_empty()) {
        (true, false, _) => (Sure::Certain, here),
        (true, true, false) => (Sure::Likely, same),
        (false, _, false) => (Sure::Perhaps, same),
        (_, _, true) => (Sure::Perhaps, theirs().filter(alike).collect()),
    };
    (!cells.is_empty()).then_some((sure, cells))
}

/// The reason and the address that are recorded most often about these cells.
fn recorded(cells: &[&Explained], column: &Column) -> Option<(String, String)> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for cell in cells {
        let Ok(name) = cell.column.parse::<ColumnName>() else { continue };
        let mode = name.mode.as_deref().unwrap_or(matrix_model::runtime::DEFAULT_MODE);
        let surrounding = name.surrounding.as_deref();
        let speaks = column.runtime.divergences.iter().filter(|divergence| {
            let speaks = divergence.speaks_of(&cell.case, &name.version, mode, surrounding);
            speaks && !divergence.security && !divergence.outside
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

    fn sure(
        known: &[Explained],
        column: &str,
        function: Option<&str>,
        cause: &str,
        answers: Option<&Answers>,
    ) -> Option<(Sure, usize, String)> {
        let found = Cause { words: cause, function, answers };
        among(known, column, "wasmedge", found).map(|(sure, cells)| (sure, cells.len(), cells[0].cell.clone()))
    }

    fn errnos(own: &str, reference: &str) -> Answers {
        Answers { own: own.to_owned(), reference: reference.to_owned() }
    }

    #[test]
    fn a_cause_is_as_sure_as_what_it_shares_with_a_cell() {
        let slash = "It names preopens without the `/` that they were given.";
        let name = "fd_prestat_dir_name";
        let notdir = errnos("notdir", "noent").cause("path_open");
        let known = published(&[
            ("wasmedge@0.14.1", name, slash),
            ("wasmedge@0.17.1", name, slash),
            ("wasmedge@0.17.1", name, slash),
            ("wasmedge@0.17.1", "path_open", &notdir),
            ("wasmedge-sdk@0.17.1", "fd_read", "It does not come back from fd_read."),
        ]);
        let cell = |text: &str| text.to_owned();
        let here = sure(&known, "wasmedge@0.17.1", Some(name), slash, None);
        assert_eq!(here, Some((Sure::Certain, 2, cell("wasmedge@0.17.1/a/1"))), "the cells of this column are counted");
        let elsewhere = sure(&known, "wasmedge@0.17.1+aot", Some(name), slash, None);
        assert_eq!(elsewhere, Some((Sure::Likely, 3, cell("wasmedge@0.14.1/a/0"))));
        let no_call = sure(&known, "wasmedge@0.17.1", None, slash, None).map(|(sure, ..)| sure);
        assert_eq!(no_call, Some(Sure::Perhaps), "words without a call say only how the program ended");
    }

    #[test]
    fn the_same_answer_is_found_by_what_it_is_and_not_by_words() {
        let column = "wasmedge@0.17.1";
        let mut known = published(&[(column, "path_open", &errnos("notdir", "noent").cause("path_open"))]);
        let instead = errnos("notdir", "success");
        let perhaps = Some((Sure::Perhaps, 1, format!("{column}/a/0")));
        let found = |known: &[Explained]| sure(known, column, Some("path_open"), "Today's words.", Some(&instead));
        assert_eq!(found(&known), perhaps, "an explanation of an earlier version has only words");
        known[0].cause = Some("Tomorrow's words.".to_owned());
        assert_eq!(found(&known), None);
        known[0].answers = Some(errnos("notdir", "noent"));
        assert_eq!(found(&known), perhaps);
        let earlier = published(&[(column, "fd_read", "It answers fd_read otherwise: other bytes.")]);
        let today = "It answers fd_read differently: other bytes.";
        let certain = sure(&earlier, column, Some("fd_read"), today, None).map(|(sure, ..)| sure);
        assert_eq!(certain, Some(Sure::Certain), "it was published in earlier words");
    }

    #[test]
    fn another_answer_or_another_runtime_is_no_known_cause() {
        let known = published(&[
            ("wasmedge@0.17.1", "path_open", "It answers path_open with notdir, and not with noent."),
            ("wasmedge-sdk@0.17.1", "fd_read", "It does not come back from fd_read."),
        ]);
        let column = "wasmedge@0.17.1";
        let other = errnos("acces", "noent");
        assert_eq!(sure(&known, column, Some("path_open"), &other.cause("path_open"), Some(&other)), None);
        let of_sdk = "It does not come back from fd_read.";
        assert_eq!(sure(&known, column, Some("fd_read"), of_sdk, None), None, "the SDK is another runtime");
    }
}
