//! The published schema is the one of today's types, and results are as it says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use matrix_store::results_files;
use matrix_store::schema;
use serde_json::{Value, json};

use super::folder::unpacked;
use super::surroundings::Files;
use crate::report::{large, sample};

fn reports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports")
}

/// A published schema, by the name of its file.
fn published(file: &str) -> Value {
    let text = fs::read_to_string(reports().join(file)).expect("a published schema");
    serde_json::from_str(&text).expect("JSON")
}

/// The schema of results, and those of the answers of `compare` and `test`.
const RESULTS: &str = "results.schema.json";
pub const COMPARED: &str = "compared.schema.json";
pub const GO_TEST: &str = "go-test.schema.json";

/// In what a document is not as the published schema in this file says.
pub fn violations(file: &str, document: &Value) -> Vec<String> {
    violations_by(&published(file), document)
}

/// In what a document is not as the schema of results says of the type of this name.
pub fn violations_of(name: &str, document: &Value) -> Vec<String> {
    let all = published(RESULTS);
    let schema = json!({ "$schema": all["$schema"], "$defs": all["$defs"], "$ref": format!("#/$defs/{name}") });
    violations_by(&schema, document)
}

fn violations_by(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("a schema");
    validator.iter_errors(document).take(5).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    for (file, of_types) in schema::PUBLISHED {
        let path = reports().join(file);
        let text = format!("{}\n", serde_json::to_string_pretty(&of_types()).unwrap());
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "reports/{file} is not up to date: UPDATE_GOLDEN=1 cargo test -p wasip1-matrix --test suite gate::; and raise \
             `SCHEMA` in results.rs, compared.rs or go_test.rs, its first number where a reader must change, and that of record.rs if \
             records did"
        );
    }
    let names = fs::read_dir(reports()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let files: BTreeSet<_> = names.filter(|name| name.ends_with(".schema.json")).collect();
    let published = schema::PUBLISHED.map(|(file, _)| file.to_owned()).into();
    assert_eq!(files, published, "a schema of which no type is known");
}

#[test]
fn the_committed_results_are_as_the_schema_says() {
    let folder = reports().join("results");
    let run: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    assert_eq!(violations_of("RunFile", &run), Vec::<String>::new());
    let columns: Vec<_> = run["cells"].as_object().unwrap().keys().collect();
    assert!(!columns.is_empty());
    for column in columns {
        let file = unpacked(&folder.join(format!("{column}.json.gz")));
        assert_eq!(violations_of("ColumnFile", &file), Vec::<String>::new(), "{column}");
    }
}

#[test]
fn what_is_written_is_as_the_schema_says() {
    for results in [sample::small(), sample::with_reference(), large::large(300, large::Breadth::Real)] {
        assert_eq!(violations(RESULTS, &serde_json::to_value(results).unwrap()), Vec::<String>::new());
    }
}

#[test]
fn what_is_not_as_the_schema_says_is_refused_with_file_and_pointer() {
    let files = Files::new();
    let good = serde_json::to_value(sample::small()).unwrap();
    let changed = |pointer: &str, value: Value| {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        document
    };
    let mut without = good.clone();
    without["records"][3].as_object_mut().unwrap().remove("column");
    let mut headless = good.clone();
    headless.as_object_mut().unwrap().remove("platform");
    for (document, said) in [
        (
            changed("/records/2/verdict/is", json!("splendid")),
            "bad.json: not a results file: /records/2/verdict/is: unknown variant `splendid`",
        ),
        (
            changed("/records/0/outcome/stdout/len", json!(-1)),
            "bad.json: not a results file: /records/0/outcome/stdout/len: ",
        ),
        (changed("/columns/1/primary", json!("yes")), "bad.json: not a results file: /columns/1/primary: "),
        (without, "bad.json: not a results file: /records/3: missing field `column`"),
        (headless, "bad.json: not a results file: /: missing field `platform`"),
        (changed("/schema", json!("4.0")), "/schema: schema \"4.0\", this program reads 3."),
        (changed("/records", json!(7)), "/records: invalid type: integer `7`, expected a list of records"),
        (json!([1]), "expected an object with `schema` and `records`"),
        (json!({}), "bad.json: not a results file: /: missing field `schema`"),
    ] {
        fs::write(files.path("bad.json"), document.to_string()).unwrap();
        let error = results_files::read(&files.path("bad.json")).expect_err(said);
        assert!(format!("{error:#}").contains(said), "{error:#}\n{said}");
    }
    let and_more = format!("{good} {{}}");
    for (text, said) in [("", "EOF"), ("{\"schema\":\"3.0\",", "EOF"), (&and_more, "trailing characters")] {
        fs::write(files.path("bad.json"), text).unwrap();
        let error = format!("{:#}", results_files::read(&files.path("bad.json")).expect_err(said));
        assert!(error.contains("bad.json: ") && error.contains(said), "{error}");
    }
}

#[test]
fn a_file_of_a_later_minor_schema_is_read() {
    let files = Files::new();
    let mut later = serde_json::to_value(sample::small()).unwrap();
    later["schema"] = json!("3.99");
    later["something-new"] = json!([1, 2]);
    later["records"][0]["something-new"] = json!({ "a": 1 });
    fs::write(files.path("later.json"), later.to_string()).unwrap();
    let read = results_files::read(&files.path("later.json")).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(read.records.len(), sample::small().records.len());
}
