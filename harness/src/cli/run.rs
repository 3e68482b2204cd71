//! `run`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;
use wasip1_matrix::partition::Partition;
use wasip1_matrix::place::Places;
use wasip1_matrix::record::Record;
use wasip1_matrix::results::Results;
use wasip1_matrix::verdict::Verdict;

use super::choice::{choose, known};
use super::judging::{Manner, Reuse, judge_all};
use super::outputs::Outputs;
use super::{Project, Selection};

const AFTER: &str = "\
As a gate, with two pinned versions and a build of one's own:
  wasip1-matrix run --runtime wazero@1.12.0 --require wazero --retries 2
  wasip1-matrix run --runtime wazero@./wazero --max-failures 20 --json new.json
  wasip1-matrix run --runtime wazero@1.13.0=./wazero    it reports no version, or not this one

Spread over machines, and made one again:
  wasip1-matrix run --partition hash:2/5 --records part-2
  wasip1-matrix merge part-1 part-2 part-3 part-4 part-5 --into results.json

Exit codes: 0 all as expected, 1 something red or required and missing, 2 usage or configuration error.";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Run {
    #[command(flatten)]
    selection: Selection,
    /// Only these runtimes, by id, by column, or an executable by its path, which is not installed: wazero,
    /// wazero@1.9.0+interpreter, wazero@./build/wazero. None of them may be missing
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// Runtimes that may not be missing, by id, or by column: wazero@1.9.0
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    require: Vec<String>,
    /// How many cells compute at once [default: as many as processors]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Only one part of the cells, for one machine of several: slice:2/5 by their places, hash:2/5 by their names
    #[arg(long, value_name = "PART")]
    partition: Option<Partition>,
    /// Run a red cell again, so many times at most; one that is not red then is flaky
    #[arg(long, value_name = "N", default_value_t = 0, env = "WASIP1_MATRIX_RETRIES")]
    retries: u32,
    /// Flaky cells are red
    #[arg(long)]
    no_flaky: bool,
    /// Begin no more cells after so many red ones
    #[arg(long, value_name = "N")]
    max_failures: Option<usize>,
    /// Begin no more cells after a red one
    #[arg(long, conflicts_with = "max_failures")]
    fail_fast: bool,
    /// Keep each cell's folder as it was before the guest ran, not only a red one's
    #[arg(long)]
    keep: bool,
    /// Take the record of each cell of which nothing has changed since, instead of running it
    #[arg(long, conflicts_with = "resume")]
    changed: bool,
    /// As --changed, and take the record of a cell that has none here from this earlier results file
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    changed_since: Option<PathBuf>,
    /// Run what an interrupted run of the same words left, and keep what it had finished
    #[arg(long)]
    resume: bool,
    /// Keep the records in this folder instead of the checkout's own
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
    /// Write everything that was found to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    outputs: Outputs,
}

impl Run {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let records = self.records.as_ref().map(std::path::absolute).transpose().context("--records")?;
        let places = Places { records: records.unwrap_or(project.places.records.clone()), ..project.places.clone() };
        let mut columns = self.selection.columns(project)?;
        let mut filter = self.selection.filter();
        filter.only = choose(project, &mut columns, &self.runtime)?;
        for id in &self.require {
            known(project, id.split('@').next().unwrap_or(id)).with_context(|| format!("--require {id}"))?;
        }
        filter.columns = self.require.iter().filter(|id| id.contains('@')).cloned().collect();
        let manner = Manner {
            tell: true,
            keep: self.keep,
            jobs: self.jobs,
            standing: match (self.changed || self.changed_since.is_some(), self.resume) {
                (true, _) => Some(Reuse::Changed { earlier: self.changed_since.clone(), absent: false }),
                (_, true) => Some(Reuse::Resume),
                _ => None,
            },
            partition: self.partition,
            retries: self.retries,
            max_failures: if self.fail_fast { Some(1) } else { self.max_failures },
        };
        let quiet = self.outputs.begin();
        let results = judge_all(&project.suite, &places, columns, &filter, manner)?;
        if let Some(path) = &self.json {
            results.write(path)?;
        }
        let required: Vec<_> = self.require.iter().chain(&filter.only).collect();
        self.outputs.write(&results, &required, &project.places.root, quiet)?;
        Ok(match self.is_red(&results, &required)? {
            true => ExitCode::from(1),
            false => ExitCode::SUCCESS,
        })
    }

    /// Whether there is news, or something that had to be judged was not.
    fn is_red(&self, results: &Results, required: &[&String]) -> Result<bool> {
        let mut red = results.is_red();
        for name in required {
            let theirs = || results.records.iter().filter(|record| [&record.runtime, &record.column].contains(name));
            // A part of a run may have none, and a run that was cut short not yet.
            let whole = self.partition.is_none() && !red;
            ensure!(!whole || theirs().next().is_some(), "{name} is required, and none of its cells is meant");
            let missing = |record: &&Record| matches!(record.verdict, Verdict::Unavailable { .. });
            let columns: BTreeSet<_> = theirs().filter(missing).map(|record| &record.column).collect();
            for column in columns {
                eprintln!("red: {column} is required and not installed");
                red = true;
            }
        }
        let flaky = results.records.iter().filter(|record| matches!(record.verdict, Verdict::Flaky { .. })).count();
        if self.no_flaky && flaky > 0 {
            eprintln!("red: {flaky} cells are flaky");
            red = true;
        }
        Ok(red)
    }
}
