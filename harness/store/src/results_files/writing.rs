//! Writes results in the form that a path asks for.

use std::path::Path;

use anyhow::Result;
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;

use super::folder;
use crate::atomic_write::write_whole;
use matrix_model::answer::{self, CellAnswer};
use matrix_model::results::Results;

/// A results document: the results, and what is derived from them for readers. It is made anew each time results are
/// written as a document, so what a document has of it is ignored when it is read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Document<'r> {
    /// The results.
    #[serde(flatten)]
    results: &'r Results,
    /// What the runtime does in each cell, in the order of the records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    answers: Vec<CellAnswer>,
}

impl<'r> Document<'r> {
    /// The document of these results.
    pub fn of(results: &'r Results) -> Document<'r> {
        Document { results, answers: answer::told(results) }
    }
}

/// The forms that results have on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One document: `results.json`.
    Document,
    /// One document, compressed: `results.json.gz`.
    Packed,
    /// A folder with one file for each column: `results`.
    Folder,
}

impl Form {
    /// The form that a path asks for: by its ending, or because it is a folder.
    ///
    /// # Errors
    /// If it has another ending.
    pub fn of(path: &Path) -> Result<Form> {
        if path.is_dir() {
            return Ok(Form::Folder);
        }
        match path.extension().map(|extension| extension.as_encoded_bytes()) {
            Some(b"json") => Ok(Form::Document),
            Some(b"gz") => Ok(Form::Packed),
            None => Ok(Form::Folder),
            Some(_) => bail!(
                "{}: results are written to a file that ends in .json or .gz, or to a folder without such an ending",
                path.display()
            ),
        }
    }
}

/// Writes results in the form that the path asks for: a document, whole or not at all, or the files of a folder.
///
/// # Errors
/// Those of [`Form::of`]. If a file cannot be written, the error names the path.
pub fn write(results: &Results, path: &Path) -> Result<()> {
    match Form::of(path)? {
        Form::Document => Ok(write_whole(path, &serde_json::to_vec(&Document::of(results))?)?),
        Form::Packed => Ok(write_whole(path, &folder::packed(&serde_json::to_vec(&Document::of(results))?)?)?),
        Form::Folder => folder::write(results, path),
    }
}
