//! `summary`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use matrix_report::summary;
use matrix_store::atomic_write::write_whole;
use matrix_store::results_files;

use super::ResultsToRead;

#[derive(Args)]
pub struct Summary {
    /// The results, a file or a folder [default: those that the project publishes]
    #[arg(long, value_name = "PATH")]
    pub from: Option<PathBuf>,
    /// Update the matrix of this document, between its two marks, instead of printing it; may be repeated. The first
    /// mark names the runtimes of a short matrix
    #[arg(long, value_name = "FILE")]
    into: Vec<PathBuf>,
    /// Print a short matrix of these runtimes, with one figure for each area [default: all runtimes, and every verdict
    /// counted]
    #[arg(long, value_name = "ID,…", value_delimiter = ',', conflicts_with = "into")]
    only: Vec<String>,
}

impl Summary {
    pub fn run(&self, results: &ResultsToRead) -> Result<ExitCode> {
        let results = results_files::read(&results.path)?;
        if self.into.is_empty() {
            let text = match self.only.is_empty() {
                true => summary::markdown(&results),
                false => summary::short(&results, &self.only).context("--only")?,
            };
            print!("{text}");
            return Ok(ExitCode::SUCCESS);
        }
        for path in &self.into {
            let document = fs_err::read_to_string(path)?;
            let updated = summary::update(&document, &results).with_context(|| path.display().to_string())?;
            write_whole(path, updated.as_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
