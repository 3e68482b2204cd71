//! `run`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use wasip1_matrix::record::Record;
use wasip1_matrix::verdict::Verdict;

use super::judging::{Manner, Reuse, judge_all};
use super::outputs::Outputs;
use super::{Project, Selection};

#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    selection: Selection,
    /// Runtimes that may not be missing, by id, or by column: wazero@1.9.0
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    require: Vec<String>,
    /// How many cells compute at once [default: as many as processors]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Keep each cell's folder as it was before the guest ran, not only a red one's
    #[arg(long)]
    keep: bool,
    /// Take the record of each cell of which nothing has changed since, instead of running it
    #[arg(long, conflicts_with = "resume")]
    changed: bool,
    /// Run what an interrupted run of the same words left, and keep what it had finished
    #[arg(long)]
    resume: bool,
    /// Write everything that was found to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    outputs: Outputs,
}

impl Run {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        for id in &self.require {
            let named = id.split('@').next().unwrap_or(id);
            if !project.suite.runtimes.iter().any(|runtime| runtime.id == named) {
                let known: Vec<_> = project.suite.runtimes.iter().map(|runtime| runtime.id.as_str()).collect();
                bail!("--require {id}: no such runtime; there are {}", known.join(", "));
            }
        }
        let mut filter = self.selection.filter();
        filter.columns = self.require.iter().filter(|id| id.contains('@')).cloned().collect();
        let gos = self.selection.gos(project)?;
        let standing = match (self.changed, self.resume) {
            (true, _) => Some(Reuse::Changed),
            (_, true) => Some(Reuse::Resume),
            _ => None,
        };
        let manner = Manner { tell: true, keep: self.keep, jobs: self.jobs, standing };
        let quiet = self.outputs.begin();
        let results = judge_all(project, &gos, &filter, manner)?;
        if let Some(path) = &self.json {
            results.write(path)?;
        }
        let required: Vec<_> = self.require.iter().collect();
        self.outputs.write(&results, &required, &project.places.root, quiet)?;
        let missing = |record: &&Record| {
            let required = self.require.contains(&record.runtime) || self.require.contains(&record.column);
            matches!(record.verdict, Verdict::Unavailable { .. }) && required
        };
        let mut absent: Vec<_> = results.records.iter().filter(missing).map(|record| &record.column).collect();
        absent.dedup();
        for id in &absent {
            eprintln!("red: {id} is required and not installed");
        }
        Ok(if results.is_red() || !absent.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}
