//! What is kept of a cell beside its record: one JSON file of a form of its own, which says which form that is.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::record::Record;
use crate::whole::write_whole;

/// Writes what is kept of a cell under a folder, whole or not at all.
///
/// # Errors
/// With the path in the message.
pub fn write(folder: &Path, cell: &str, kept: &impl Serialize) -> io::Result<()> {
    write_whole(&Record::path(folder, cell), &serde_json::to_vec_pretty(kept)?)
}

/// Reads what is kept of a cell under a folder; none if nothing is, or something of another form than this, which is to be
/// made again.
///
/// # Errors
/// If there is a file and it cannot be read; with the path in the message.
pub fn read<T: DeserializeOwned>(folder: &Path, cell: &str, form: u32) -> io::Result<Option<T>> {
    let path = Record::path(folder, cell);
    let at = |error: String| io::Error::other(format!("{}: {error}", path.display()));
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(error.to_string())),
    };
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| at(error.to_string()))?;
    if value["form"] != form {
        return Ok(None);
    }
    serde_json::from_value(value).map(Some).map_err(|error| at(error.to_string()))
}
