//! `run` and `report`.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use wasip1_matrix::column;
use wasip1_matrix::foundry;
use wasip1_matrix::matrix::{Breadth, Cell, Filter, cells};
use wasip1_matrix::record::{Record, SCHEMA, write_whole};
use wasip1_matrix::report;
use wasip1_matrix::results::{CaseFacts, ColumnFacts, Results};
use wasip1_matrix::session::Session;
use wasip1_matrix::summary;
use wasip1_matrix::text::{self, Replay};
use wasip1_matrix::toolchain::releases;
use wasip1_matrix::verdict::{Colour, Verdict};

use super::{Project, Selection};

/// How often a run without a terminal says where it is.
const PROGRESS: Duration = Duration::from_secs(10);

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
    /// Write everything that was found to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Args)]
pub struct Report {
    /// Words that must all be found in a cell's name; none takes every cell
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Only each runtime's default version in its default mode, not every column that is installed
    #[arg(long, env = "WASIP1_MATRIX_PRIMARY", value_parser = clap::builder::FalseyValueParser::new())]
    primary: bool,
    /// Build the guests with these Go releases, each of which makes columns of its own: 1.24, or 1.24.3
    #[arg(long, value_name = "RELEASE,…", value_delimiter = ',')]
    go: Vec<String>,
    /// Make the page from this results file instead of running the cells
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = "reports/out")]
    out: PathBuf,
}

#[derive(Args)]
pub struct Summary {
    /// The results file
    #[arg(long, value_name = "FILE", default_value = "reports/results.json")]
    from: PathBuf,
    /// The document to write into; none prints the matrix
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

impl Summary {
    pub fn run(&self) -> Result<ExitCode> {
        let summary = summary::markdown(&Results::read(&self.from)?);
        let Some(path) = &self.into else {
            print!("{summary}");
            return Ok(ExitCode::SUCCESS);
        };
        let document = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let Some(document) = summary::replaced(&document, &summary) else {
            bail!(
                "{}: lacks a mark; put `{}` and `{}` where the matrix belongs",
                path.display(),
                summary::BEGIN,
                summary::END
            );
        };
        write_whole(path, document.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
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
        let results = judge_all(project, &gos, &filter, self.jobs, Manner { tell: true, keep: self.keep })?;
        if let Some(path) = &self.json {
            results.write(path)?;
        }
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

impl Report {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let results = match &self.from {
            Some(path) => Results::read(path)?,
            None => {
                let breadth = if self.primary { Breadth::Primary } else { Breadth::All };
                let filter = Filter { words: self.words.clone(), breadth, ..Filter::default() };
                let gos = releases(&self.go, &project.places.root)?;
                judge_all(project, &gos, &filter, None, Manner { tell: false, keep: false })?
            }
        };
        results.write(&self.out.join("results.json"))?;
        let page = report::write(&results, &project.places.root.join("reports"), &self.out)?;
        println!("{}", page.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// What is done besides judging.
#[derive(Clone, Copy)]
struct Manner {
    /// Whether each red cell is told of as it comes.
    tell: bool,
    /// Whether each cell's folder is kept.
    keep: bool,
}

/// Runs every cell the filter means.
fn judge_all(
    project: &Project,
    gos: &[String],
    filter: &Filter,
    jobs: Option<usize>,
    manner: Manner,
) -> Result<Results> {
    let Project { suite, places, .. } = project;
    let columns = column::find(&suite.runtimes, gos, places);
    let mut cells = cells(&columns, &suite.cases, filter);
    if cells.is_empty() {
        bail!(
            "no cell has all of these words in its name: {}; `wasip1-matrix list` lists them",
            filter.words.join(" ")
        );
    }
    // Cells whose runtime is there already go first; the hosts are being built meanwhile.
    cells.sort_by_key(|cell| (foundry::turn(&columns[cell.column]), cell.column, &cell.case.id));
    let jobs = jobs.unwrap_or_else(cores);
    let session = Session::start(suite, places.clone(), columns, &cells, jobs);
    let session = if manner.keep { session.keep_all() } else { session };
    session.build_guests(&cells)?;
    // Twice as many as may compute: cells that wait must not keep a processor idle.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2 * jobs).build().context("--jobs")?;
    let progress = Progress::new(cells.len() as u64, "cells");
    let (alone, beside): (Vec<_>, Vec<_>) = cells.into_iter().partition(|cell| cell.case.alone);
    let judge = |cell: &Cell| -> Result<Record> {
        let record = session.judge(cell)?;
        let told = (manner.tell && record.verdict.colour() == Colour::Red).then(|| {
            let sandbox = session.sandbox(&record.cell);
            let replay = Replay { sandbox: &sandbox, state: &places.state, store: &places.store, root: &places.root };
            text::cell(&record, cell.case, &replay)
        });
        progress.step(told.as_deref());
        Ok(record)
    };
    // Taken in order by whichever thread is free: a slow column must not keep a fast one waiting.
    let beside: Result<Vec<_>> = pool.install(|| beside.iter().par_bridge().map(judge).collect());
    let alone: Result<Vec<_>> = alone.iter().map(judge).collect();
    progress.finish();
    let mut records = beside?;
    records.extend(alone?);
    // In the order of the columns: a runtime's default one first.
    let place = |name: &str| session.columns.iter().position(|column| column.to_string() == name);
    records.sort_by(|a, b| (place(&a.column), &a.case).cmp(&(place(&b.column), &b.case)));
    let mut cases: Vec<_> = records.iter().map(|record| record.case.as_str()).collect();
    cases.sort_unstable();
    cases.dedup();
    let results = Results {
        schema: SCHEMA.to_owned(),
        finished: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
        go: session.gos(),
        platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
        columns: session
            .columns
            .iter()
            .map(ColumnFacts::from)
            .filter(|column| records.iter().any(|record| record.runtime == column.runtime))
            .collect(),
        cases: suite
            .cases
            .iter()
            .filter(|case| cases.binary_search(&case.id.as_str()).is_ok())
            .map(CaseFacts::from)
            .collect(),
        records,
    };
    let told = |tally: BTreeMap<&str, usize>| {
        let parts: Vec<_> = tally.iter().map(|(word, count)| format!("{count} {word}")).collect();
        format!("{} cells: {}", tally.values().sum::<usize>(), parts.join(", "))
    };
    let (of_runtimes, of_reference) = (results.tally(), results.tally_of_reference());
    if !of_runtimes.is_empty() || of_reference.is_empty() {
        println!("{}; {} guests compiled", told(of_runtimes), session.compiles());
    }
    if !of_reference.is_empty() {
        println!("the reference, {}", told(of_reference));
    }
    Ok(results)
}

/// How many processors there are to compute with.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A bar on a terminal, a line now and then elsewhere.
pub struct Progress {
    /// What is counted.
    of: &'static str,
    bar: ProgressBar,
    said: Mutex<Instant>,
}

impl Progress {
    /// So many of these to go.
    pub fn new(count: u64, of: &'static str) -> Progress {
        let terminal = io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(count), target);
        let style =
            ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {of}, {{elapsed}}, {{eta}} to go"));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { of, bar, said: Mutex::new(Instant::now()) }
    }

    /// One is done; what there is to tell of it.
    pub fn step(&self, told: Option<&str>) {
        self.bar.inc(1);
        if let Some(told) = told {
            // A reader that has gone away is no reason to lose the run.
            self.bar.suspend(|| io::stdout().write_all(format!("{told}\n").as_bytes())).ok();
        }
        let mut said = self.said.lock().expect("no thread panics with the lock held");
        if self.bar.is_hidden() && said.elapsed() >= PROGRESS {
            eprintln!("{}/{} {}", self.bar.position(), self.bar.length().unwrap_or(0), self.of);
            *said = Instant::now();
        }
    }

    /// All are done.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
