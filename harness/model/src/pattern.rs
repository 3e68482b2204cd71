//! A regular expression as written in TOML files, for `#[serde(with = "pattern")]`.

use std::fmt;

use regex::bytes::Regex;
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use crate::invalid::Invalid;

/// Compiles a pattern.
///
/// # Errors
/// If it is not a regular expression.
pub fn parse(text: &str) -> Result<Regex, Invalid> {
    Regex::new(text).map_err(|error| {
        // The last line says what is wrong; the lines before it repeat the pattern.
        let error = error.to_string();
        let error = error.lines().last().map_or("", |line| line.trim_start_matches("error: "));
        Invalid {
            message: format!("not a regular expression: {error}"),
            label: "this pattern".to_owned(),
            help: "the syntax is that of https://docs.rs/regex".to_owned(),
        }
    })
}

/// Reads a pattern.
///
/// # Errors
/// If it is not a string, or not a regular expression.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
    deserialize_checked(deserializer, Ok)
}

/// Reads a pattern that must pass an additional check.
///
/// # Errors
/// If it is not a string, is not a regular expression, or does not pass the check.
pub(crate) fn deserialize_checked<'de, D: Deserializer<'de>>(
    deserializer: D,
    check: fn(Regex) -> Result<Regex, Invalid>,
) -> Result<Regex, D::Error> {
    struct Text(fn(Regex) -> Result<Regex, Invalid>);
    impl Visitor<'_> for Text {
        type Value = Regex;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a string")
        }
        // Checked here and not after reading, because only a visitor's errors carry the position of the value.
        fn visit_str<E: Error>(self, text: &str) -> Result<Regex, E> {
            parse(text).and_then(self.0).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Text(check))
}

/// Writes a pattern as it was read.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(pattern: &Regex, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(pattern.as_str())
}
