//! The JSON Schema of results, made from the types that are written and read; and documents held against it.

use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use schemars::schema_for;
use serde_json::{Value, json};

use crate::results::Results;

/// How many violations are told; the rest are most often the same again.
const TOLD: usize = 3;

/// The schema of a results document.
pub fn of_results() -> Value {
    let mut schema = schema_for!(Results).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), json!("The results of a run of wasip1-matrix"));
    }
    schema
}

/// Says in what a document violates the schema, each with a JSON pointer; none where it does not.
pub fn violations(document: &Value) -> Option<String> {
    static DOCUMENT: OnceLock<Validator> = OnceLock::new();
    told(DOCUMENT.get_or_init(|| validator(&of_results())), document, "")
}

/// As [`violations`] for a record alone, which stands at this pointer in its document.
pub fn violations_of_record(record: &Value, pointer: &str) -> Option<String> {
    static RECORD: OnceLock<Validator> = OnceLock::new();
    let of_record = || {
        let whole = of_results();
        validator(&json!({ "$schema": whole["$schema"], "$defs": whole["$defs"], "$ref": "#/$defs/Record" }))
    };
    told(RECORD.get_or_init(of_record), record, pointer)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).expect("what schemars makes is a schema")
}

fn told(validator: &Validator, instance: &Value, pointer: &str) -> Option<String> {
    // Most documents are as they should be, and this is the quick way to know it.
    if validator.is_valid(instance) {
        return None;
    }
    let told: Vec<_> = validator
        .iter_errors(instance)
        .take(TOLD)
        .map(|error| {
            let error = meant(&error);
            let at = format!("{pointer}{}", error.instance_path());
            let at = if at.is_empty() { "/".to_owned() } else { at };
            // The value itself may be a megabyte.
            format!("{at}: {}", error.masked())
        })
        .collect();
    Some(told.join("; "))
}

/// What is there or is not there may be two things to a schema. Where it is neither, what is wrong with it further in
/// says more.
fn meant<'e>(error: &'e ValidationError<'e>) -> &'e ValidationError<'e> {
    let ValidationErrorKind::AnyOf { context } = error.kind() else { return error };
    let depth = |error: &ValidationError| error.instance_path().as_str().len();
    let deepest = context.iter().flatten().map(|error| meant(error)).max_by_key(|error| depth(error));
    deepest.filter(|inner| depth(inner) > depth(error)).unwrap_or(error)
}
