//! The JSON Schema of results, generated from the types that are written and read.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::results_files::Document;
use crate::results_files::folder::{ColumnFile, RunFile};
use matrix_model::results::measured::Measurements;

/// The schema of a results document. The files of a results folder are under `$defs`, as `RunFile`, `ColumnFile` and
/// `Measurements`.
pub fn of_results() -> Value {
    let mut generator = SchemaSettings::default().into_generator();
    generator.subschema_for::<RunFile>();
    generator.subschema_for::<ColumnFile>();
    generator.subschema_for::<Measurements>();
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), json!("The results of a run of wasip1-matrix"));
    }
    schema
}
