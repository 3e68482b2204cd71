//! `merge`: makes one of the parts of a run, each recorded on its own machine, or lays newer results over older ones.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_model::plural::counted;
use matrix_store::results_files::{self, Form, folder};
use matrix_store::shard;

const AFTER: &str = "\
The parts of a run that several machines recorded:
  wasip1-matrix merge part-1 part-2 part-3 --into results.json

A new run of some columns, laid over the results of all:
  wasip1-matrix report wazero@1.12.0/ --out new
  wasip1-matrix merge reports/results new/results.json --into reports/results

Results in another form:
  wasip1-matrix merge reports/results --into results.json.gz";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Merge {
    /// The folders that `run --partition … --records DIR` wrote; or results, each of which replaces cells of the ones
    /// before it
    #[arg(value_name = "PATH", required = true)]
    parts: Vec<PathBuf>,
    /// The results to write: a file that ends in .json or .gz, or a folder with one file for each column
    #[arg(long, value_name = "PATH")]
    into: PathBuf,
}

impl Merge {
    pub fn run(&self) -> Result<ExitCode> {
        Form::of(&self.into)?;
        let is_results = |path: &&PathBuf| path.is_file() || folder::is_in(path);
        let (cells, parts) = match self.parts.iter().find(is_results) {
            None => (self.merge_parts()?, "folder"),
            Some(_) if self.parts.iter().all(|path| is_results(&path)) => (self.lay_over()?, "results document"),
            Some(results) => {
                bail!("{}: results, and the others are parts of a run: merge those first", results.display())
            }
        };
        let [cells, parts] = [counted(cells, "cell"), counted(self.parts.len(), parts)];
        println!("{cells} of {parts} in {}", self.into.display());
        Ok(ExitCode::SUCCESS)
    }

    fn merge_parts(&self) -> Result<usize> {
        let staging = tempfile::tempdir()?;
        let document = staging.path().join("results.json");
        let (_, cells) = shard::merge(&self.parts, &document)?;
        results_files::write(&results_files::read(&document)?, &self.into)?;
        Ok(cells)
    }

    fn lay_over(&self) -> Result<usize> {
        let mut parts = self.parts.iter().map(|path| results_files::read(path));
        let Some(first) = parts.next() else { return Ok(0) };
        let mut results = first?;
        for newer in parts {
            results.lay_over(newer?)?;
        }
        results_files::write(&results, &self.into)?;
        Ok(results.records.len())
    }
}
