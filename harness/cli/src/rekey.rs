//! `rekey`: a one-off, not listed among the commands.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use matrix_run::rekey::{Counts, carried_over};
use matrix_store::results_files;

use super::Project;

#[derive(Args)]
pub struct Rekey {
    /// A results file of the older schema, compressed
    old: PathBuf,
    /// The results file to write
    new: PathBuf,
    /// The names of the cells whose old key holds, one a line
    #[arg(long, value_name = "FILE")]
    verified: PathBuf,
}

impl Rekey {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let verified = fs_err::read_to_string(&self.verified)?;
        let verified = verified.lines().map(str::to_owned).collect();
        let (results, Counts { kept, lost }) = carried_over(&self.old, &project.suite, &verified)?;
        results_files::write(&results, &self.new)?;
        println!("{kept} records have their new key; {lost} had one and have none any more");
        Ok(ExitCode::SUCCESS)
    }
}
