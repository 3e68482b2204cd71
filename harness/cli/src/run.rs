//! `run`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;
use matrix_model::matrix::{Column, Filter, Place, cells};
use matrix_model::names::id_and_rest;
use matrix_model::plural::counted;
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::verdict::Verdict;
use matrix_run::run_matrix::{ReuseFrom, RunOptions};
use matrix_store::partition::Partition;
use matrix_store::results_files::{self, Form};

use super::choice::{choose, known};
use super::outputs::{Outputs, Quiet};
use super::{Project, Selection, Within, bounds, matrix};

const AFTER: &str = "\
Judge a pinned version, or a build of your own:
  wasip1-matrix run --runtime wazero@1.12.0 --require wazero --retries 2
  wasip1-matrix run --runtime wazero@./wazero --max-failures 20 --json new.json
  wasip1-matrix run --runtime wazero@1.13.0=./wazero    if it reports another version
  wasip1-matrix run --runtime wazero-embedded@1.13.0-dev=../wazero    a checkout of the library

Judge in other surroundings, such as a Linux without openat2. Where one is known to matter, a run takes it by itself:
  wasip1-matrix run --in no-openat2 wasmtime-python@ escape
  wasip1-matrix run wasmtime-python@43.0.0+no-openat2 escape

Spread a run over several machines, and merge the parts:
  wasip1-matrix run --partition hash:2/5 --records part-2
  wasip1-matrix merge part-1 part-2 part-3 part-4 part-5 --into results.json

A runtime that is required and missing is red, and then nothing is run.";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Run {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    within: Within,
    /// Only these runtimes: an id (wazero), a column's name (wazero@1.9.0+interpreter), or a build that is not installed:
    /// an executable (wazero@./build/wazero), or the folder of a checkout of a library (wasmi-embedded@../wasmi). None
    /// of them may be missing
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// Runtimes that must not be missing: an id, or a column's name such as wazero@1.9.0
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    require: Vec<String>,
    /// How many cells compute at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    jobs: Option<usize>,
    /// Only one part of the cells, for one of several machines: slice:2/5 divides them by place, hash:2/5 by name
    #[arg(long, value_name = "PART")]
    partition: Option<Partition>,
    /// Run a red cell again, at most this many times; it is flaky if it is not red then
    #[arg(long, value_name = "N", default_value_t = 0, env = "WASIP1_MATRIX_RETRIES", value_parser = bounds::retries())]
    retries: u32,
    /// Count flaky cells as red
    #[arg(long)]
    no_flaky: bool,
    /// Start no more cells after this many red ones
    #[arg(long, value_name = "N", value_parser = bounds::failures())]
    max_failures: Option<usize>,
    /// Start no more cells after a red one
    #[arg(long, conflicts_with = "max_failures")]
    fail_fast: bool,
    /// Keep the folder of each cell as it was before the guest ran, not only the folders of red cells
    #[arg(long)]
    keep: bool,
    /// Run only the cells that something has changed for since their records, and take the records of the others
    #[arg(long, conflicts_with = "resume")]
    changed: bool,
    /// Like --changed; a cell that has no record here is taken from these earlier results, a file or a folder
    #[arg(long, value_name = "PATH", conflicts_with = "resume")]
    changed_since: Option<PathBuf>,
    /// Continue an interrupted run of the same words: run only the cells that it had not finished
    #[arg(long)]
    resume: bool,
    /// Write everything that was found to this file, which ends in .json or .gz, or else to this folder, with one file for
    /// each column
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    #[command(flatten)]
    outputs: Outputs,
}

impl Run {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let held = project.hold_records()?;
        let mut columns = self.within.columns(&self.selection, &self.runtime, project)?;
        let mut filter = self.within.filter(&self.selection);
        filter.only = choose(project, &mut columns, &self.runtime)?;
        for id in &self.require {
            known(&project.suite.runtimes, id_and_rest(id).0).with_context(|| format!("--require {id}"))?;
        }
        filter.columns = self.require.iter().filter(|id| id_and_rest(id).1.is_some()).cloned().collect();
        let options = RunOptions {
            keep: self.keep,
            jobs: self.jobs,
            reuse: match (self.changed || self.changed_since.is_some(), self.resume) {
                (true, _) => Some(ReuseFrom::Changed { earlier: self.changed_since.clone(), absent: false }),
                (_, true) => Some(ReuseFrom::Resume),
                _ => None,
            },
            partition: self.partition,
            retries: self.retries,
            max_failures: if self.fail_fast { Some(1) } else { self.max_failures },
        };
        if let Some(path) = &self.json {
            Form::of(path).context("--json")?;
        }
        let required: Vec<_> = self.require.iter().chain(&filter.only).collect();
        if self.is_missing(project, &columns, &filter, &required)? {
            return Ok(ExitCode::from(1));
        }
        let quiet = Quiet::begin();
        let results = matrix::run(project, &held, columns, &filter, options, true)?;
        if let Some(path) = &self.json {
            results_files::write(&results, path)?;
        }
        self.outputs.write(&results, &required, &project.suite.root, quiet)?;
        Ok(match self.is_red(&results, &required)? {
            true => ExitCode::from(1),
            false => ExitCode::SUCCESS,
        })
    }

    /// Whether a column that is required is not here. It is said before anything is run.
    ///
    /// # Errors
    /// If none of its cells is selected.
    fn is_missing(&self, project: &Project, columns: &[Column], filter: &Filter, required: &[&String]) -> Result<bool> {
        let meant: BTreeSet<_> = cells(columns, &project.suite.cases, filter).iter().map(|cell| cell.column).collect();
        let mut missing = BTreeSet::<usize>::new();
        for name in required {
            let is_named = |index: &&usize| {
                let column = &columns[**index];
                column.runtime.id == **name || column.to_string() == **name || column.on_machine().to_string() == **name
            };
            let theirs: Vec<_> = meant.iter().filter(is_named).collect();
            ensure!(!theirs.is_empty(), "{name} is required, but none of its cells is selected");
            missing.extend(theirs.into_iter().filter(|index| columns[**index].is_missing()));
        }
        for index in &missing {
            let Place::Missing(hint) = &columns[*index].place else { continue };
            eprintln!("red: {} is required and not installed: {hint}", columns[*index]);
        }
        Ok(!missing.is_empty())
    }

    /// Whether a cell is red, or one that is required was not judged.
    fn is_red(&self, results: &Results, required: &[&String]) -> Result<bool> {
        let mut red = results.is_red();
        for name in required {
            let theirs = || results.records.iter().filter(|record| [&record.runtime, &record.column].contains(name));
            let missing = |record: &&Record| matches!(record.verdict, Verdict::Unavailable { .. });
            let columns: BTreeSet<_> = theirs().filter(missing).map(|record| &record.column).collect();
            for column in columns {
                eprintln!("red: {column} is required and not installed");
                red = true;
            }
        }
        let flaky = results.records.iter().filter(|record| matches!(record.verdict, Verdict::Flaky { .. })).count();
        if self.no_flaky && flaky > 0 {
            eprintln!("red: flaky, {}", counted(flaky, "cell"));
            red = true;
        }
        Ok(red)
    }
}
