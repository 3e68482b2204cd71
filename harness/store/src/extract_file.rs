//! The extract of the committed results on disk.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use matrix_model::extract::{Extract, FORM};

use crate::json_lines;

/// The extract of the committed results, under the project's root.
pub const COMMITTED: &str = "reports/extract.json";

/// The part of an extract that every form has.
#[derive(Deserialize)]
struct Form {
    form: u32,
}

/// The text of an extract.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn text(extract: &Extract) -> Result<String> {
    json_lines::text(extract)
}

/// Reads an extract's text. `path` is where it comes from.
///
/// # Errors
/// If it is none, or one of another form.
pub fn parse(text: &str, path: &Path) -> Result<Extract> {
    let at = || path.display().to_string();
    let found: Form = serde_json::from_str(text).with_context(at)?;
    if found.form != FORM {
        bail!("{}: not an extract of form {FORM}; `wasip1-matrix extract` writes one", path.display());
    }
    serde_json::from_str(text).with_context(at)
}
