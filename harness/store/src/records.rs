//! Records on disk: one JSON file for each cell, written whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::atomic_write::write_whole;
use crate::dirs::{Places, written_by_name};
use matrix_model::record::{Record, SCHEMA};

/// The path of a cell's record under a folder.
pub fn path(folder: &Path, cell: &str) -> PathBuf {
    folder.join(format!("{cell}.json"))
}

/// Writes the record, whole or not at all.
///
/// # Errors
/// The error names the path.
pub fn write(record: &Record, folder: &Path) -> io::Result<()> {
    write_whole(&path(folder, &record.cell), &serde_json::to_vec_pretty(record)?)
}

/// Reads the record of a cell.
///
/// # Errors
/// If there is none (*not found*), it has another version (*unsupported*), or it is not a record. The error names the
/// path.
pub fn read(folder: &Path, cell: &str) -> io::Result<Record> {
    let path = path(folder, cell);
    let at = |error: String| io::Error::other(format!("{}: {error}", path.display()));
    let bytes = fs::read(&path)?;
    let record: Record = serde_json::from_slice(&bytes).map_err(|error| at(error.to_string()))?;
    match record.schema == SCHEMA {
        true => Ok(record),
        false => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            at(format!("schema {}, this program reads {SCHEMA}; run the cell again", record.schema)),
        )),
    }
}

/// The same record with folders of this machine replaced by their names.
///
/// # Errors
/// If a record cannot be converted to JSON and back, which would be a bug in its type.
pub fn portable(record: &Record, places: &Places, sandbox: &Path) -> io::Result<Record> {
    let mut value = serde_json::to_value(record)?;
    let folders = places.named(sandbox);
    name_folders(&mut value, &|text| written_by_name(text, &folders));
    Ok(serde_json::from_value(value)?)
}

fn name_folders(value: &mut serde_json::Value, portable: &dyn Fn(&str) -> String) {
    match value {
        serde_json::Value::String(text) => *text = portable(text),
        serde_json::Value::Array(values) => values.iter_mut().for_each(|value| name_folders(value, portable)),
        serde_json::Value::Object(values) => values.values_mut().for_each(|value| name_folders(value, portable)),
        _ => {}
    }
}
