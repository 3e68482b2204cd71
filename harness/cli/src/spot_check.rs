//! `spot-check`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_run::spot_check::{SpotCheck, choose};

use super::Project;

#[derive(Args)]
pub struct Choose {
    /// The digest of the change, for example its commit
    #[arg(value_name = "DIGEST")]
    digest: String,
}

impl Choose {
    /// Prints the chosen column and the part of its cells, as `run --runtime` and `run --partition` take them, and the
    /// part of the faults, as `mutants --partition` takes it.
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let runtimes = &project.suite.runtimes;
        let Some(SpotCheck { runtime, part, faults }) = choose(&self.digest, runtimes) else {
            bail!("no runtime is installed from packages within minutes");
        };
        println!("{}@{} {part} {faults}", runtime.id, runtime.install.pins[0]);
        Ok(ExitCode::SUCCESS)
    }
}
