//! The extract of the committed results on disk: JSON with one line for each column, function, cause and case, so that a
//! change of one is a change of one line.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use matrix_model::extract::{Extract, FORM};

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
    let Value::Object(members) = serde_json::to_value(extract)? else { bail!("an extract is no object") };
    let member = |(name, value): (&String, &Value)| -> Result<String> {
        let text = match value {
            Value::Array(items) => {
                let lines: Vec<_> = items.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
                format!("[\n{}\n]", lines.join(",\n"))
            }
            other => serde_json::to_string(other)?,
        };
        Ok(format!("{}: {text}", serde_json::to_string(name)?))
    };
    let members: Vec<_> = members.iter().map(member).collect::<Result<_>>()?;
    Ok(format!("{{\n{}\n}}\n", members.join(",\n")))
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
