//! JSON objects with one line for each item of their lists, so that a change of one item is a change of one line.

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::Value;

/// The text of a document that is an object.
///
/// # Errors
/// If it is none, or cannot be written as JSON.
pub fn text(document: &impl Serialize) -> Result<String> {
    let Value::Object(members) = serde_json::to_value(document)? else { bail!("no object") };
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
