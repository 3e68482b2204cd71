//! `badge`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_report::badge;
use matrix_store::atomic_write::write_whole;
use matrix_store::results_files;

use super::ResultsToRead;

#[derive(Args)]
pub struct Badge {
    /// Runtimes, by id, or columns, by name: wazero, wazero@1.11.0
    #[arg(value_name = "RUNTIME", required = true)]
    names: Vec<String>,
    /// The results, a file or a folder [default: those that the project publishes]
    #[arg(long, value_name = "PATH")]
    pub from: Option<PathBuf>,
    /// The folder to write RUNTIME.svg and RUNTIME.json to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Badge {
    pub fn run(&self, results: &ResultsToRead) -> Result<ExitCode> {
        let results = results_files::read(&results.path)?;
        for name in &self.names {
            // It becomes a file's name.
            if name.contains(['/', '\\']) {
                bail!("{name}: name a runtime or a column, without a case");
            }
            let badge = badge::Badge::of(&results, name)?;
            for (ending, text) in [("svg", badge.svg()), ("json", format!("{:#}\n", badge.endpoint()))] {
                let path = self.out.join(format!("{name}.{ending}"));
                write_whole(&path, text.as_bytes())?;
                println!("{}", path.display());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
