//! Which versions of the results' schema this program reads.

use serde::de::{Deserialize, Deserializer, Error};

use super::SCHEMA;

/// Takes a version of the schema if its first number says that this program knows what the rest means.
///
/// # Errors
/// If it does not.
pub fn readable_schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let schema = String::deserialize(deserializer)?;
    match schema.split('.').next() == SCHEMA.split('.').next() {
        true => Ok(schema),
        false => Err(Error::custom(format!("schema {schema:?}, this program reads {SCHEMA}"))),
    }
}
