//! Files kept beside a cell's record: one JSON file for each cell, with the number of its form.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::atomic_write::write_whole;
use crate::dirs::Places;
use crate::records;
use matrix_model::beside_record::BesideRecord;
use matrix_model::record::Record;

/// The folder of a checkout that holds all files of one kind.
pub fn folder<T: BesideRecord>(places: &Places) -> PathBuf {
    places.state.join(T::FOLDER)
}

/// Writes one file under a folder, whole or not at all.
///
/// # Errors
/// The error names the path.
pub fn write<T: BesideRecord + Serialize>(folder: &Path, kept: &T) -> io::Result<()> {
    write_whole(&records::path(folder, kept.cell()), &serde_json::to_vec_pretty(kept)?)
}

/// Reads a cell's file; `None` if there is none, or if it has another form and must be made again.
///
/// # Errors
/// If the file exists but cannot be read. The error names the path.
pub fn read<T: BesideRecord + DeserializeOwned>(folder: &Path, cell: &str) -> io::Result<Option<T>> {
    let path = records::path(folder, cell);
    let at = |error: serde_json::Error| io::Error::other(format!("{}: {error}", path.display()));
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let value: Value = serde_json::from_slice(&bytes).map_err(at)?;
    if value["form"] != T::FORM {
        return Ok(None);
    }
    serde_json::from_value(value).map(Some).map_err(at)
}

/// Reads the file that belongs to a record; `None` if there is none.
///
/// # Errors
/// As [`read`].
pub fn read_of<T: BesideRecord + DeserializeOwned>(folder: &Path, record: &Record) -> io::Result<Option<T>> {
    Ok(read(folder, &record.cell)?.filter(|kept: &T| kept.belongs_to(record)))
}

/// Reads the files that belong to these records, in their order.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_all<T: BesideRecord + DeserializeOwned>(folder: &Path, records: &[Record]) -> io::Result<Vec<T>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for record in records.iter().filter(|record| T::is_wanted(record)) {
        all.extend(read_of(folder, record)?);
    }
    Ok(all)
}
