//! The versions of the results' schema that this program can read.

use serde::de::{Deserialize, Deserializer, Error};

use super::SCHEMA;

/// Accepts a version of the schema if its first number is one that this program can read.
///
/// # Errors
/// If the first number is another one.
pub fn readable_schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let schema = String::deserialize(deserializer)?;
    match schema.split('.').next() == SCHEMA.split('.').next() {
        true => Ok(schema),
        false => Err(Error::custom(format!("schema {schema:?}, this program reads {SCHEMA}"))),
    }
}
