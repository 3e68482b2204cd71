//! `gate`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use fs_err as fs;
use matrix_model::case::Case;
use matrix_model::matrix::{Breadth, Column, Filter, Place};
use matrix_model::names::id_and_rest;
use matrix_model::results::Results;
use matrix_report::changes::{Between, Changes, CondensedResults};
use matrix_report::gate::{Gate as Held, Policy, annotations, show};
use matrix_run::run_matrix::{ReuseFrom, RunOptions};
use matrix_store::atomic_write::write_whole;
use matrix_store::folder_lock::FolderLock;
use matrix_store::results_files::{self, Form};

use super::choice::{choose, known};
use super::outputs::{Quiet, append_to_step_summary, is_github, say};
use super::{Project, Selection, bounds, matrix};

const AFTER: &str = "\
Only what the baseline does better is red: a cell that is newly broken, or no longer judged. A fix is green. A cell that \
deviates on both sides is green. Where both do exactly the same, it does not matter what is on record.

A build of your own against a release, and the same if the build's version matters:
  wasip1-matrix gate --baseline wazero@1.12.0 --candidate wazero@./wazero
  wasip1-matrix gate --baseline wazero@1.12.0 --candidate wazero@1.13.0-dev=./wazero

A checkout of a library:
  wasip1-matrix gate --baseline wasmi-embedded@2.0.0 --candidate wasmi-embedded@../wasmi

Only the cases of fs/, against results of an earlier run:
  wasip1-matrix gate --baseline last-night.json --candidate wazero@./wazero fs/

A release against the results that this project publishes:
  wasip1-matrix gate --baseline committed --candidate wazero@1.12.0

On GitHub Actions, each cell that stops the candidate is an annotation of the run.";

/// Holds a candidate against a baseline.
#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Gate {
    #[command(flatten)]
    selection: Selection,
    /// What the candidate is held against: an installed column (wazero@1.12.0), a build by its path (wazero@./old), a
    /// results file or folder, or `committed` for the results that this project publishes
    #[arg(long, value_name = "BASELINE")]
    baseline: String,
    /// What is judged: an installed column (wazero@1.13.0) or a build by its path (wazero@./wazero). If the runtime is a
    /// library, the path is the folder of a checkout, and its host is built against that. A build stands for the version
    /// that it reports; if it reports none, write wazero@1.13.0-dev=./wazero
    #[arg(long, value_name = "CANDIDATE")]
    candidate: String,
    /// The column of the baseline's results to compare with [default: the runtime's default column,
    /// or its only one]
    #[arg(long, value_name = "COLUMN")]
    baseline_column: Option<String>,
    /// The cases that the candidate need not judge any more: a file with one case a line; `#` begins a comment
    #[arg(long, value_name = "FILE")]
    may_lose: Option<PathBuf>,
    /// Also stop at a cell that is flaky and was not
    #[arg(long)]
    no_flaky: bool,
    /// Run a red cell again, at most this many times; it is flaky if it is not red then
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = bounds::retries())]
    retries: u32,
    /// How many cells compute at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    jobs: Option<usize>,
    /// Write everything that was found to this file or folder; it can be the next gate's baseline
    #[arg(long, value_name = "PATH")]
    results: Option<PathBuf>,
    /// Write the result to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the result to this file, as Markdown [default: append it to $GITHUB_STEP_SUMMARY, if set]
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
}

impl Gate {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        if let Some(path) = &self.results {
            Form::of(path).context("--results")?;
        }
        let policy = Policy { may_lose: self.may_lose(&project.suite.cases)?, flaky: self.no_flaky };
        let (id, rest) = id_and_rest(&self.candidate);
        known(&project.suite.runtimes, id).with_context(|| format!("--candidate {}", self.candidate))?;
        ensure!(rest.is_some(), "--candidate {id}: say which: {id}@1.2.3 or {id}@./path/to/executable");
        let earlier = self.earlier(project)?;
        ensure!(
            earlier.is_some() || self.baseline_column.is_none(),
            "--baseline-column: {} is a column, and has no others; leave it out",
            self.baseline
        );
        let held = project.hold_records()?;
        let mut columns = self.selection.columns(project)?;
        let chosen: Vec<_> = match earlier {
            Some(_) => vec![self.candidate.clone()],
            None => vec![self.baseline.clone(), self.candidate.clone()],
        };
        let only = choose(project, &mut columns, &chosen)?;
        ensure!(
            only.iter().collect::<BTreeSet<_>>().len() == only.len(),
            "baseline and candidate are both {}",
            only[0]
        );
        for name in &only {
            let column = columns.iter().find(|column| column.to_string() == *name);
            if let Some(Column { place: Place::Missing(why), .. }) = column {
                bail!("{name} cannot be judged: {why}");
            }
        }
        let new = only.last().expect("the candidate").clone();
        let filter = Filter { only: only.clone(), breadth: Breadth::All, ..self.selection.filter() };
        let quiet = Quiet::begin();
        let results = self.judge(project, &held, columns, &filter)?;
        if let Some(path) = &self.results {
            results_files::write(&results, path)?;
        }
        let judged = CondensedResults::of(&results, &self.candidate)?;
        let changes = match earlier {
            Some(path) => {
                let mut old = CondensedResults::read(&path)?;
                // What was not asked for is not lost.
                old.retain(&results.records.iter().map(|record| record.case.clone()).collect());
                let column = self.baseline_column.clone().unwrap_or_else(|| id.to_owned());
                Changes::between(&old, &judged, &Between::Named { old: column, new })?
            }
            None => {
                let both = CondensedResults::of(&results, &self.baseline)?;
                Changes::between(&both, &judged, &Between::Named { old: only[0].clone(), new })?
            }
        };
        let gate = Held::hold(changes, &policy)?;
        self.tell(&gate, quiet)?;
        Ok(if gate.is_red() { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    /// The results that are the baseline; none if the baseline is a column that is to be run.
    fn earlier(&self, project: &Project) -> Result<Option<PathBuf>> {
        if self.baseline == "committed" {
            let committed = project.committed();
            ensure!(
                committed.is_some(),
                "--baseline committed: what the project publishes is of its own cases, and not of this suite's; write a path, \
                 or a column such as wazero@1.12.0"
            );
            return Ok(committed);
        }
        let path = Path::new(&self.baseline);
        if path.exists() {
            return Ok(Some(path.to_owned()));
        }
        let (id, rest) = id_and_rest(&self.baseline);
        if rest.is_none() || !project.suite.runtimes.iter().any(|runtime| runtime.id == id) {
            bail!(
                "--baseline {}: neither a results file nor a column; write a path, `committed`, or {id}@1.2.3",
                self.baseline
            );
        }
        Ok(None)
    }

    fn may_lose(&self, cases: &[Case]) -> Result<BTreeSet<String>> {
        let Some(path) = &self.may_lose else { return Ok(BTreeSet::new()) };
        let text = fs::read_to_string(path)?;
        let mut named = BTreeSet::new();
        for (line, text) in text.lines().enumerate() {
            let id = text.split('#').next().unwrap_or_default().trim();
            let is_known = id.is_empty() || cases.iter().any(|case| case.id == id);
            ensure!(
                is_known,
                "{}:{}: there is no case `{id}`; `wasip1-matrix list` shows them",
                path.display(),
                line + 1
            );
            named.extend((!id.is_empty()).then(|| id.to_owned()));
        }
        Ok(named)
    }

    fn judge(&self, project: &Project, held: &FolderLock, columns: Vec<Column>, filter: &Filter) -> Result<Results> {
        let options = RunOptions {
            keep: false,
            jobs: self.jobs,
            // A release that was judged before, by the same files, need not run again.
            reuse: Some(ReuseFrom::Changed { earlier: None, absent: false }),
            partition: None,
            retries: self.retries,
            max_failures: None,
        };
        matrix::run(project, held, columns, filter, options, false)
    }

    fn tell(&self, gate: &Held, quiet: Quiet) -> Result<()> {
        say(&show::terminal(gate));
        drop(quiet);
        if is_github() {
            say(&annotations::of(gate));
        }
        if let Some(path) = &self.json {
            write_whole(path, format!("{}\n", serde_json::to_string_pretty(gate)?).as_bytes())?;
        }
        if let Some(path) = &self.summary {
            write_whole(path, show::markdown(gate).as_bytes())?;
            return Ok(());
        }
        append_to_step_summary(|| show::markdown(gate))
    }
}
