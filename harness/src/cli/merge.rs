//! `merge`: merges the parts of a run, each recorded on its own machine, into one results file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use wasip1_matrix::shard;

#[derive(Args)]
pub struct Merge {
    /// The folders that `run --partition … --records DIR` wrote
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// The results file to write
    #[arg(long, value_name = "FILE")]
    into: PathBuf,
}

impl Merge {
    pub fn run(&self) -> Result<ExitCode> {
        let (_, records) = shard::merge(&self.folders, &self.into)?;
        println!("{records} cells of {} folders in {}", self.folders.len(), self.into.display());
        Ok(ExitCode::SUCCESS)
    }
}
