//! The note that a run is under way, left behind by one that does not come to its end.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use wasip1_matrix::place::Places;
use wasip1_matrix::record::write_whole;

/// A run that has begun.
pub struct Unfinished {
    path: PathBuf,
    /// When.
    pub began: SystemTime,
}

impl Unfinished {
    /// Notes that a run begins; or finds the note of one that did not end, which is to be resumed.
    ///
    /// # Errors
    /// If there is nothing to resume, or the note cannot be written.
    pub fn begin(places: &Places, resume: bool) -> Result<Unfinished> {
        let path = places.state.join("unfinished");
        if !resume {
            write_whole(&path, b"A run began and has not ended: `--resume` runs what it left.\n")?;
        }
        let began = match fs::metadata(&path).and_then(|metadata| metadata.modified()) {
            Ok(began) => began,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("--resume: the last run came to its end; run without it")
            }
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        Ok(Unfinished { path, began })
    }

    /// Notes that it has ended.
    ///
    /// # Errors
    /// If the note cannot be removed.
    pub fn end(self) -> Result<()> {
        fs::remove_file(&self.path).with_context(|| self.path.display().to_string())
    }
}
