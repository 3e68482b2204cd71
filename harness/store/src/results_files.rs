//! Results on disk: one document, which may be compressed, or a folder with one file for each column. The path decides
//! the form. One reader and one writer handle all forms.

pub mod folder;
mod reading;
mod writing;

use std::path::Path;

use anyhow::Result;

use crate::dirs::Places;
use crate::sidecar;
use matrix_model::call_counts::Called;
use matrix_model::explanation::Explained;
use matrix_model::record::Record;
use matrix_model::results::Results;

pub use writing::{Document, Form, write};

/// Where the project keeps the results that it publishes, from its root.
pub const COMMITTED: &str = "reports/results";

/// Reads a document or a folder.
///
/// # Errors
/// As [`read_each`].
pub fn read(path: &Path) -> Result<Results> {
    let mut records = Vec::new();
    let results = read_each(path, |record| records.push(record))?;
    Ok(Results { records, ..results })
}

/// Reads a document or a folder and passes each record to `keep` as it is read. The returned results have no records.
///
/// # Errors
/// If it does not exist, is not JSON, has a schema that this program does not read, or does not have the expected
/// shape. The error names the file and the JSON pointer. A folder must have the file of each of its columns.
pub fn read_each(path: &Path, mut keep: impl FnMut(Record)) -> Result<Results> {
    match path.is_dir() {
        true => folder::read_each(path, &mut keep),
        false => reading::read_document(path, &mut keep),
    }
}

/// Reads the explanations in a folder of results, of those columns only that `wanted` accepts by name. Nothing else is
/// read.
///
/// # Errors
/// As [`read_each`].
pub fn explanations(folder: &Path, wanted: impl Fn(&str) -> bool + Sync) -> Result<Vec<Explained>> {
    folder::explanations(folder, &wanted)
}

/// Adds to results the explanations and counted calls that a checkout keeps beside their records. Existing ones are
/// kept.
///
/// # Errors
/// If a kept file cannot be read.
pub fn add_kept(results: &mut Results, places: &Places) -> Result<()> {
    let explanations = sidecar::read_all(&sidecar::folder::<Explained>(places), &results.records)?;
    let called = sidecar::read_all(&sidecar::folder::<Called>(places), &results.records)?;
    results.add_earlier(explanations, called);
    Ok(())
}
