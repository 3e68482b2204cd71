//! The JSON Schemas of what other programs read, generated from the types that are written and read.

mod closed;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::results_files::Document;
use crate::results_files::folder::{ColumnFile, RunFile};
use matrix_model::compared::Compared;
use matrix_model::go_test::TestReport;
use matrix_model::results::measured::Measurements;

/// What makes a schema.
pub type Make = fn() -> Value;

/// The schemas that are published, each with the name of its file in `reports/`.
pub const PUBLISHED: [(&str, Make); 3] =
    [("results.schema.json", of_results), ("compared.schema.json", of_compared), ("go-test.schema.json", of_go_test)];

/// The schema of a results document. The files of a results folder are under `$defs`, as `RunFile`, `ColumnFile` and
/// `Measurements`.
pub fn of_results() -> Value {
    let mut generator = SchemaSettings::default().into_generator();
    generator.subschema_for::<RunFile>();
    generator.subschema_for::<ColumnFile>();
    generator.subschema_for::<Measurements>();
    titled(generator.into_root_schema_for::<Document>().to_value(), "The results of a run of wasip1-matrix")
}

/// The schema of the answer of `compare`. It is only written, so it says what is written, and has no place for more.
pub fn of_compared() -> Value {
    titled(closed::closed(written::<Compared>()), "The answer of wasip1-matrix compare")
}

/// The schema of the answer of `test`, as `--report` writes it.
pub fn of_go_test() -> Value {
    titled(closed::closed(written::<TestReport>()), "The answer of wasip1-matrix test")
}

fn written<T: JsonSchema>() -> Value {
    SchemaSettings::default().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

fn titled(mut schema: Value, title: &str) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), json!(title));
    }
    schema
}
