//! Results as a folder: the same as the document, byte for byte the same where nothing but times changed, and an error
//! that names the file where one is missing or broken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use matrix_model::beside_record::BesideRecord;
use matrix_model::call_counts::{self, Called, Likeness};
use matrix_model::explanation::{self, Explained};
use matrix_model::results::Results;
use matrix_model::results::day::Finished;
use matrix_model::verdict::{Failure, Verdict};
use matrix_store::results_files;
use serde_json::{Value, json};

use super::schema::violations_of;
use super::surroundings::Files;
use crate::report::sample;

const MEASUREMENTS: &str = "measurements.json.gz";
const COLUMN: &str = "second@2.0.0.json.gz";
const RAN: u64 = 1_790_000_000;

/// Results of which each cell that was run has a key and a time, with an explanation and counted calls.
fn whole() -> Results {
    let mut results = sample::with_reference();
    for (index, record) in results.records.iter_mut().enumerate().filter(|(_, record)| record.receipt.is_some()) {
        record.key = Some(format!("{index:064x}"));
        record.reused = index % 3 == 0;
    }
    let failing = results.records.iter().find(|record| record.cell == "second@2.0.0/fs/fail").expect("a cell").clone();
    let key = failing.key.expect("a key");
    results.called.push(Called {
        form: call_counts::Called::FORM,
        cell: failing.cell.clone(),
        key: key.clone(),
        traced: Likeness::Same,
        answers: [("fd_write".to_owned(), [("success".to_owned(), 2)].into())].into(),
        cut: false,
    });
    results.explanations.push(Explained {
        form: explanation::Explained::FORM,
        cell: failing.cell,
        column: failing.column,
        case: failing.case,
        key,
        failure: Failure::WrongOutput,
        sentence: "It says so.".to_owned(),
        pattern: None,
        cause: None,
        function: None,
        answers: None,
        call: None,
        reference: None,
        excerpt: Vec::new(),
    });
    results
}

/// The same, run on another day in other times.
fn run_again(results: &Results) -> Results {
    let mut again = results.clone();
    again.finished = Finished::At(RAN + 200_000);
    for record in &mut again.records {
        record.reused = false;
        if let Some(measured) = &mut record.measured {
            measured.ran += 100_000;
            measured.usage.wall += Duration::from_secs(1);
        }
    }
    again
}

/// Results as a value in which the order of records says nothing.
fn value(mut results: Results) -> Value {
    results.records.sort_by(|a, b| a.cell.cmp(&b.cell));
    let mut value = serde_json::to_value(results).unwrap();
    // Each record says when it was run; and where none does, there is nothing to compare.
    value["columns"].as_array_mut().unwrap().iter_mut().for_each(|facts| {
        facts.as_object_mut().unwrap().remove("days");
    });
    value
}

fn without_measurements(results: &Results) -> Value {
    let mut value = value(results.clone());
    value["finished"] = Value::Null;
    for record in value["records"].as_array_mut().unwrap() {
        record.as_object_mut().unwrap().retain(|name, _| !["measured", "reused"].contains(&name.as_str()));
    }
    value
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// The names of the files that differ between two folders.
fn differing(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) -> BTreeSet<String> {
    let names = one.keys().chain(other.keys());
    names.filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

pub fn unpacked(path: &Path) -> Value {
    serde_json::from_reader(GzDecoder::new(fs::File::open(path).unwrap())).unwrap()
}

fn pack(path: &Path, value: &Value) {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(value.to_string().as_bytes()).unwrap();
    fs::write(path, packed.finish().unwrap()).unwrap();
}

#[track_caller]
fn refuses(folder: &Path, wanted: &[&str]) {
    let error = format!("{:#}", results_files::read(folder).expect_err("it must be refused"));
    for words in wanted {
        assert!(error.contains(words), "{words:?} is not in: {error}");
    }
}

#[test]
fn a_folder_holds_all_that_the_document_does() {
    let files = Files::new();
    let results = whole();
    let folder = files.write("results", &results);
    assert_eq!(value(results_files::read(&folder).unwrap()), value(results.clone()));
    fs::remove_file(folder.join(MEASUREMENTS)).unwrap();
    let read = results_files::read(&folder).unwrap();
    assert_eq!(serde_json::to_value(&read.finished).unwrap(), json!("2026-09-21"));
    assert_eq!(without_measurements(&read), without_measurements(&results));
    assert!(read.records.iter().all(|record| record.measured.is_none()), "no time without measurements");
}

#[test]
fn another_run_with_the_same_outcome_is_the_same_bytes() {
    let files = Files::new();
    let results = whole();
    let mut shuffled = run_again(&results);
    shuffled.records.reverse();
    let one = bytes_of(&files.write("one", &results));
    let other = bytes_of(&files.write("other", &shuffled));
    assert_eq!(differing(&one, &other), ["run.json".to_owned(), MEASUREMENTS.to_owned()].into());
    let days = |run: &[u8]| serde_json::from_slice::<Value>(run).unwrap()["columns"][0]["days"].clone();
    assert_eq!(days(&one["run.json"]), json!({ "first": "2026-09-21", "last": "2026-09-21" }));
    assert_eq!(days(&other["run.json"]), json!({ "first": "2026-09-22", "last": "2026-09-22" }));
    for (name, packed) in one.iter().filter(|(name, _)| name.ends_with(".gz")) {
        assert_eq!(packed[4..8], [0; 4], "{name} has a time in it");
    }
}

#[test]
fn what_was_written_by_another_compressor_is_left_as_it_is() {
    let files = Files::new();
    let folder = files.write("results", &whole());
    pack(&folder.join(COLUMN), &unpacked(&folder.join(COLUMN)));
    let before = bytes_of(&folder);
    files.write("results", &whole());
    assert_eq!(differing(&before, &bytes_of(&folder)), BTreeSet::new());
}

#[test]
fn a_new_run_of_one_column_changes_its_file_and_the_head() {
    let files = Files::new();
    let results = whole();
    let folder = files.write("results", &results);
    fs::remove_file(folder.join(MEASUREMENTS)).unwrap();
    let before = bytes_of(&folder);
    let mut newer = run_again(&results);
    newer.records.retain(|record| record.column == "second@2.0.0");
    newer.records.iter_mut().find(|record| record.case == "fs/fail").unwrap().verdict = Verdict::Pass;
    (newer.explanations, newer.called) = (Vec::new(), Vec::new());
    files.write("newer.json", &newer);
    let said = files.command(&["merge", "results", "newer.json", "--into", "results"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mut changed = differing(&before, &bytes_of(&folder));
    assert!(changed.remove(MEASUREMENTS), "of the new run there are measurements");
    assert_eq!(changed, [COLUMN.to_owned(), "run.json".to_owned()].into());

    let read = results_files::read(&folder).unwrap();
    assert_eq!(read.records.len(), results.records.len());
    let cell = |cell: &str| read.records.iter().find(|record| record.cell == cell).unwrap();
    assert_eq!(cell("second@2.0.0/fs/fail").verdict, Verdict::Pass);
    assert!(cell("second@2.0.0/fs/fail").measured.is_some() && cell("linux@1.27.1/fs/fail").measured.is_none());
    assert_eq!(read.called.len(), 1, "the calls were counted of a record with the same key");
    assert!(read.explanations.is_empty(), "what passes has no explanation");
    let run: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    let days = |column: &str| {
        let facts = run["columns"].as_array().unwrap().iter().find(|facts| facts["column"] == column);
        facts.unwrap_or_else(|| panic!("{column}"))["days"].clone()
    };
    assert_eq!(days("second@2.0.0"), json!({ "first": "2026-09-22", "last": "2026-09-22" }));
    assert_eq!(days("second@1.9.0"), json!({ "first": "2026-09-21", "last": "2026-09-21" }));
}

#[test]
fn of_a_column_that_is_run_in_part_the_other_cells_stay() {
    let mut results = whole();
    let mut newer = run_again(&results);
    newer.records.retain(|record| record.cell == "second@2.0.0/fs/known");
    newer.columns.retain(|facts| facts.column == "second@2.0.0");
    let cells = results.records.len();
    results.lay_over(newer).unwrap();
    assert_eq!(results.records.len(), cells);
    let facts = results.columns.iter().find(|facts| facts.column == "second@2.0.0").unwrap();
    let days = serde_json::to_value(results.days_of(facts)).unwrap();
    assert_eq!(days, json!({ "first": "2026-09-21", "last": "2026-09-22" }));

    let mut other = whole();
    other.cases[0].why = "Another promise.".to_owned();
    let error = results.lay_over(other).unwrap_err().to_string();
    assert!(error.contains("is not the same in both"), "{error}");
}

#[test]
fn a_column_that_is_gone_takes_its_file_along() {
    let files = Files::new();
    let mut results = whole();
    let folder = files.write("results", &results);
    assert!(folder.join("second@1.9.0.json.gz").exists());
    results.records.retain(|record| record.column != "second@1.9.0");
    files.write("results", &results);
    assert!(!folder.join("second@1.9.0.json.gz").exists());
    assert_eq!(results_files::read(&folder).unwrap().records.len(), results.records.len());
}

#[test]
fn a_missing_or_broken_file_is_named() {
    let files = Files::new();
    let folder = files.write("results", &whole());
    let path = folder.join(COLUMN);
    let good = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    refuses(&folder, &["results/second@2.0.0.json.gz: the file of a column that run.json names", "No such file"]);
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    refuses(&folder, &["results/second@2.0.0.json.gz: "]);
    fs::write(&path, "{\"column\":\"second@2.0.0\",").unwrap();
    refuses(&folder, &["results/second@2.0.0.json.gz: not a results file: EOF"]);

    fs::write(&path, &good).unwrap();
    let mut column = unpacked(&path);
    column["records"][2]["verdict"]["is"] = json!("splendid");
    pack(&path, &column);
    refuses(&folder, &["second@2.0.0.json.gz: not a results file: /records/2/verdict/is: unknown variant `splendid`"]);
    fs::copy(folder.join("second@1.9.0.json.gz"), &path).unwrap();
    refuses(&folder, &["second@2.0.0.json.gz: not a results file: /column: second@1.9.0, and not second@2.0.0"]);
    fs::write(&path, &good).unwrap();
    let mut column = unpacked(&path);
    column["records"].as_array_mut().unwrap().pop();
    pack(&path, &column);
    refuses(&folder, &["second@2.0.0.json.gz: 7 records, and run.json says 8"]);
    fs::write(&path, &good).unwrap();

    let run = fs::read_to_string(folder.join("run.json")).unwrap();
    let later = run.replacen("\"schema\": \"3.", "\"schema\": \"9.", 1);
    assert_ne!(run, later);
    fs::write(folder.join("run.json"), later).unwrap();
    refuses(&folder, &["results/run.json: not a results file: /schema: schema \"9."]);
    fs::write(folder.join("run.json"), run.replace("second@2.0.0\"", "../second@2.0.0\"")).unwrap();
    refuses(&folder, &["\"../second@2.0.0\" is no name for a column's file"]);
    fs::remove_file(folder.join("run.json")).unwrap();
    refuses(&folder, &["results: no folder of results: there is no run.json in it"]);
    fs::write(folder.join("run.json"), "{\"whole\":\"\",\"cells\":[]}").unwrap();
    refuses(&folder, &["results: the records of a run and no results; `wasip1-matrix merge "]);
}

#[test]
fn only_a_folder_of_results_is_written_into() {
    let files = Files::new();
    fs::create_dir(files.path("other")).unwrap();
    fs::write(files.path("other/precious"), "").unwrap();
    let error = format!("{:#}", results_files::write(&whole(), &files.path("other")).unwrap_err());
    assert!(error.contains("into a folder of results, or into a new one"), "{error}");
    let error = format!("{:#}", results_files::write(&whole(), &files.path("results.xml")).unwrap_err());
    assert!(error.contains("results.xml: results are written to"), "{error}");
    let mut results = whole();
    results.columns[0].column = "../second".to_owned();
    results.records.iter_mut().for_each(|record| record.column = "../second".to_owned());
    let error = format!("{:#}", results_files::write(&results, &files.path("new")).unwrap_err());
    assert!(error.contains("\"../second\" is no name for a column's file"), "{error}");
}

#[test]
fn measurements_of_another_outcome_are_shown_for_none() {
    let files = Files::new();
    let folder = files.write("results", &whole());
    let mut column = unpacked(&folder.join(COLUMN));
    column["records"][0]["verdict"] = json!({ "is": "pass" });
    pack(&folder.join(COLUMN), &column);
    let read = results_files::read(&folder).unwrap();
    let has_time = |record: &&matrix_model::record::Record| record.measured.is_some();
    let columns: BTreeSet<_> = read.records.iter().filter(has_time).map(|record| record.column.as_str()).collect();
    assert!(columns.contains("second@1.9.0") && !columns.contains("second@2.0.0"), "{columns:?}");
}

#[test]
fn each_file_is_as_the_published_schema_says() {
    let files = Files::new();
    let folder = files.write("results", &whole());
    let run: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    assert_eq!(violations_of("RunFile", &run), Vec::<String>::new());
    assert_eq!(violations_of("Measurements", &unpacked(&folder.join(MEASUREMENTS))), Vec::<String>::new());
    let columns: Vec<_> = bytes_of(&folder).into_keys().filter(|name| name.contains('@')).collect();
    assert!(columns.len() > 4, "{columns:?}");
    for column in columns {
        assert_eq!(violations_of("ColumnFile", &unpacked(&folder.join(&column))), Vec::<String>::new(), "{column}");
    }
    assert_ne!(violations_of("RunFile", &json!({})), Vec::<String>::new());
}

#[test]
fn each_command_reads_either_form() {
    let files = Files::new();
    files.write("results.json", &whole());
    for form in ["results.json.gz", "results"] {
        let said = files.command(&["merge", "results.json", "--into", form]);
        assert_eq!((said.code, said.out.contains("of 1 results document in ")), (Some(0), true), "{}", said.err);
        let said = files.command(&["diff", "results.json", form]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        let nothing =
            "0 newly broken, 0 newly flaky, 0 broken otherwise, 0 no longer judged, 0 newly judged, 0 fixed, ";
        assert!(said.out.contains(nothing), "{}", said.out);
        let summary = |from: &str| files.command(&["summary", "--from", from]).out;
        assert!(summary(form).contains("second") && summary(form) == summary("results.json"), "{}", summary(form));
        let said = files.command(&["badge", "--from", form, "second"]);
        assert_eq!(said.code, Some(0), "{}", said.err);
    }
    let said = files.command(&["merge", "results", "--into", "back.json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(value(results_files::read(&files.path("back.json")).unwrap()), value(whole()));
    let mut packed = String::new();
    GzDecoder::new(fs::File::open(files.path("results.json.gz")).unwrap()).read_to_string(&mut packed).unwrap();
    assert_eq!(value(serde_json::from_str(&packed).unwrap()), value(whole()));
}
