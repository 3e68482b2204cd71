//! All cells that a filter means, run and judged: what `run` and `report` have in common.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use wasip1_matrix::column;
use wasip1_matrix::foundry;
use wasip1_matrix::matrix::{Cell, Filter, cells};
use wasip1_matrix::origin;
use wasip1_matrix::record::{Record, SCHEMA};
use wasip1_matrix::results::{CaseFacts, ColumnFacts, Results};
use wasip1_matrix::session::{Session, Standing};
use wasip1_matrix::text::{self, Replay};
use wasip1_matrix::verdict::Colour;

use super::Project;
use super::progress::Progress;
use super::unfinished::Unfinished;

/// What is done besides judging.
#[derive(Clone, Copy, Default)]
pub struct Manner {
    /// Whether each red cell is told of as it comes.
    pub tell: bool,
    /// Whether each cell's folder is kept.
    pub keep: bool,
    /// How many cells compute at once; none says as many as there are processors.
    pub jobs: Option<usize>,
    /// Which records are taken instead of running their cells.
    pub standing: Option<Reuse>,
}

/// Which records are taken instead of running their cells, as a user says it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// All that stand.
    Changed,
    /// Those of a run that did not end.
    Resume,
}

/// Runs every cell the filter means.
///
/// # Errors
/// If it means none, a guest does not build, nothing was interrupted that could be resumed, or a record cannot be
/// written.
pub fn judge_all(project: &Project, gos: &[String], filter: &Filter, manner: Manner) -> Result<Results> {
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
    let jobs = manner.jobs.unwrap_or_else(cores);
    let unfinished = Unfinished::begin(places, manner.standing == Some(Reuse::Resume))?;
    let session = Session::start(suite, places.clone(), columns, &cells, jobs);
    let session = if manner.keep { session.keep_all() } else { session };
    let session = match manner.standing {
        Some(Reuse::Changed) => session.reuse(Standing::Unchanged),
        Some(Reuse::Resume) => session.reuse(Standing::Since(unfinished.began)),
        None => session,
    };
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
    unfinished.end()?;
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
        machine: origin::machine(),
        commit: origin::commit(&places.root),
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
        let reused = results.records.iter().filter(|record| record.reused).count();
        if reused > 0 {
            println!("{reused} of them were not run: nothing they rest on has changed since their records were made");
        }
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
