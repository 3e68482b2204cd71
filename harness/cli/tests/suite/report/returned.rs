//! What runtimes returned from each function, and which returned something else than most.

use std::collections::BTreeMap;

use matrix_model::beside_record::BesideRecord;
use matrix_model::call_counts::{Called, Likeness};
use matrix_model::case::Tier;
use matrix_model::results::Results;
use matrix_model::verdict::{Failure, Verdict};
use matrix_store::records;
use matrix_store::sidecar;

use super::{pages, sample};

type Errnos<'e> = &'e [(&'e str, u64)];

/// Runtimes `a` to `e`, of which each but `e` ran a case traced and called `path_rename` there with these answers.
fn counted(answers: [Errnos; 4]) -> Results {
    let names = ["a", "b", "c", "d", "e"];
    let columns: Vec<_> = names.iter().map(|name| sample::column(name, &name.to_uppercase(), "1.0.0")).collect();
    let cases = vec![sample::case("fs/rename", Tier::Must)];
    let mut records = Vec::new();
    for column in &columns {
        let verdict =
            if column.runtime == "d" { Verdict::Fail { failure: Failure::WrongOutput } } else { Verdict::Pass };
        let mut record = sample::ran(column, "fs/rename", verdict, 0, b"");
        record.key = Some(format!("key of {}", record.cell));
        records.push(record);
    }
    let mut results = sample::results(columns, cases, records);
    for (errnos, record) in answers.iter().zip(&results.records) {
        let errnos: BTreeMap<_, _> = errnos.iter().map(|(errno, count)| ((*errno).to_owned(), *count)).collect();
        let answers = if errnos.is_empty() { BTreeMap::new() } else { [("path_rename".to_owned(), errnos)].into() };
        let (cell, key) = (record.cell.clone(), record.key.clone().unwrap());
        results.called.push(Called { form: Called::FORM, cell, key, traced: Likeness::Same, answers, cut: false });
    }
    results
}

const WELL: Errnos = &[("success", 2)];

/// The row of a function in the index.
fn row(results: &Results, function: &str) -> String {
    let page = pages(results).remove("functions.html").unwrap();
    let table = page.split_once("id=\"returned\"").expect("what was returned is there").1;
    let row = table.split("<tr>").find(|row| row.contains(&format!(">{function}</a>"))).expect("a row");
    row.split_once("</tr>").unwrap().0.to_owned()
}

#[test]
fn one_that_answers_otherwise_than_most_is_apart() {
    let results = counted([WELL, WELL, WELL, &[("badf", 1), ("success", 1), ("77", 3)]]);
    let index = row(&results, "path_rename");
    assert!(index.contains("<small>11 calls</small>"), "{index}");
    let cells: Vec<_> = index.split("<td").skip(1).collect();
    assert!(cells[..3].iter().all(|cell| cell.contains("alike")), "{index}");
    assert!(cells[3].contains("function/path_rename.html#apart\">1</a> <span>apart</span>"), "{index}");
    assert!(cells[4].contains("not counted"), "{index}");
    assert!(row(&results, "path_link").contains("not called"));
    let page = &pages(&results)["function/path_rename.html"];
    let said = "D returned 77, not an errno and badf and success, where most runtimes returned success.";
    assert!(page.contains(said), "{page}");
    assert!(page.contains("1 cell, of which 0 are as expected nevertheless."), "{page}");
    assert!(page.contains("<td>5</td><td>1</td><td>77, not an errno 3; badf 1</td><td>1</td>"), "{page}");
    assert!(!pages(&results)["function/path_link.html"].contains("What the runtimes returned"));
}

#[test]
fn a_few_are_no_majority_and_who_was_not_called_has_no_voice() {
    let badf: Errnos = &[("badf", 1)];
    let apart = |answers| row(&counted(answers), "path_rename").contains("apart");
    assert!(apart([WELL, WELL, WELL, badf]));
    assert!(!apart([WELL, WELL, badf, badf]), "as many as there are others");
    assert!(!apart([WELL, badf, &[], &[]]));
    assert!(apart([WELL, WELL, badf, &[]]));
    let mut cut = counted([WELL, WELL, WELL, badf]);
    cut.called[3].cut = true;
    assert!(!row(&cut, "path_rename").contains("apart"), "not all of its calls are known");
    // Four versions of one runtime are one voice.
    let mut versions = counted([WELL, WELL, WELL, badf]);
    versions.columns.iter_mut().take(2).for_each(|column| column.primary = false);
    assert!(!row(&versions, "path_rename").contains("apart"));
}

#[test]
fn what_was_counted_is_shown_for_no_other_outcome() {
    let shown = |change: &dyn Fn(&mut Results)| {
        let mut results = counted([WELL; 4]);
        change(&mut results);
        pages(&results).values().any(|page| page.contains("What the runtimes returned"))
    };
    assert!(shown(&|_| {}));
    assert!(!shown(&|results| results.records.iter_mut().for_each(|record| record.key = Some("another".to_owned()))));
    assert!(!shown(&|results| results.called.iter_mut().for_each(|called| called.form = Called::FORM + 1)));
    assert!(!shown(&|results| results.called.clear()));
    assert!(!shown(&|results| {
        let withheld = matrix_model::record::Known { withheld: true, ..sample::known() };
        results.records.iter_mut().for_each(|record| record.divergence = Some(withheld.clone()));
    }));
}

#[test]
fn what_is_kept_is_read_for_its_form_alone() {
    let folder = tempfile::TempDir::new().unwrap();
    let results = counted([WELL; 4]);
    let called = &results.called[0];
    assert_eq!(sidecar::read::<Called>(folder.path(), &called.cell).unwrap(), None);
    sidecar::write(folder.path(), called).unwrap();
    assert_eq!(sidecar::read::<Called>(folder.path(), &called.cell).unwrap().as_ref(), Some(called));
    let path = records::path(folder.path(), &called.cell);
    std::fs::write(&path, format!("{{\"form\": {}}}", Called::FORM + 1)).unwrap();
    assert_eq!(sidecar::read::<Called>(folder.path(), &called.cell).unwrap(), None);
    std::fs::write(&path, "{").unwrap();
    let error = sidecar::read::<Called>(folder.path(), &called.cell).unwrap_err().to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
}
