//! All cells that a filter means, run and judged: what `run` and `report` have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use wasip1_matrix::foundry;
use wasip1_matrix::matrix::{Cell, Column, Filter, cells, name};
use wasip1_matrix::moment;
use wasip1_matrix::origin;
use wasip1_matrix::partition::Partition;
use wasip1_matrix::place::Places;
use wasip1_matrix::record::Record;
use wasip1_matrix::results::{CaseFacts, ColumnFacts, Results, SCHEMA};
use wasip1_matrix::session::{Session, Standing};
use wasip1_matrix::shard::Shard;
use wasip1_matrix::suite::Suite;
use wasip1_matrix::text::{self, Replay};
use wasip1_matrix::verdict::Colour;

use super::side_by_side::{self, Done};

/// What is done besides judging.
#[derive(Default)]
pub struct Manner {
    /// Whether each red cell is told of as it comes.
    pub tell: bool,
    /// Whether each cell's folder is kept.
    pub keep: bool,
    /// How many cells compute at once; none says as many as there are processors.
    pub jobs: Option<usize>,
    /// Which records are taken instead of running their cells.
    pub standing: Option<Reuse>,
    /// Which part of the cells is meant, if not all.
    pub partition: Option<Partition>,
    /// How many times a red cell is run again.
    pub retries: u32,
    /// After how many red cells no more are begun.
    pub max_failures: Option<usize>,
}

/// Which records are taken instead of running their cells, as a user says it.
pub enum Reuse {
    /// All that stand.
    Changed {
        /// The results file whose records are taken where none of the checkout's own stands.
        earlier: Option<PathBuf>,
        /// Whether they are taken also of runtimes that are not here: for a page, and not for a run that must be able to
        /// fail.
        absent: bool,
    },
    /// Those of a run that did not end.
    Resume,
}

/// Runs every cell the filter means.
///
/// # Errors
/// If it means none, a guest does not build, nothing was interrupted that could be resumed, or a record cannot be
/// written.
pub fn judge_all(
    suite: &Suite,
    places: &Places,
    columns: Vec<Column>,
    filter: &Filter,
    manner: Manner,
) -> Result<Results> {
    let cells = cells(&columns, &suite.cases, filter);
    if cells.is_empty() {
        bail!(
            "no cell has all of these words in its name: {}; `wasip1-matrix list` lists them",
            filter.words.join(" ")
        );
    }
    let names: Vec<_> = cells.iter().map(|cell| name(&columns[cell.column], cell.case)).collect();
    let mut shard = Shard::new(head(suite, places, &columns, &cells), &names, manner.partition);
    let mut mine = shard.cells.iter().peekable();
    let mut named: Vec<_> = cells.into_iter().zip(&names).collect();
    named.retain(|(_, name)| mine.next_if_eq(name).is_some());
    let mut cells: Vec<_> = named.into_iter().map(|(cell, _)| cell).collect();
    if cells.is_empty() {
        bail!("--partition: no cell is in this part; there are {} in all", names.len());
    }
    let (mut explanations, mut called) = (Vec::new(), Vec::new());
    let standing = match manner.standing {
        Some(Reuse::Resume) => Some(Standing::Since(shard.interrupted(&places.records)?)),
        Some(Reuse::Changed { earlier, absent }) => {
            let earlier = earlier.map(|path| Results::read(&path)).transpose().context("--changed-since")?;
            let mut records = Vec::new();
            if let Some(run) = earlier {
                (records, explanations, called) = (run.records, run.explanations, run.called);
            }
            shard.write(&places.records)?;
            let earlier = records.into_iter().map(|record| (record.cell.clone(), record)).collect();
            Some(Standing::Unchanged { earlier, absent })
        }
        None => {
            shard.write(&places.records)?;
            None
        }
    };
    // Cells whose runtime is there already go first; the hosts are being built meanwhile.
    cells.sort_by_key(|cell| (foundry::turn(&columns[cell.column]), cell.column, &cell.case.id));
    let jobs = manner.jobs.unwrap_or_else(cores);
    let session = Session::start(suite, places.clone(), columns, &cells, jobs).retry(manner.retries);
    let session = if manner.keep { session.keep_all() } else { session };
    let session = match standing {
        Some(standing) => session.reuse(standing),
        None => session,
    };
    session.build_guests(&cells)?;
    let red = AtomicUsize::new(0);
    let enough = || manner.max_failures.is_some_and(|most| red.load(Ordering::Relaxed) >= most);
    let judge = |cell: &Cell| -> Done<Record> {
        if enough() {
            return Ok(None);
        }
        let record = session.judge(cell)?;
        let is_red = record.verdict.colour() == Colour::Red;
        red.fetch_add(usize::from(is_red), Ordering::Relaxed);
        let told = (manner.tell && is_red).then(|| {
            let sandbox = session.sandbox(&record.cell);
            let replay = Replay { sandbox: &sandbox, state: &places.state, store: &places.store, root: &places.root };
            text::cell(&record, cell.case, &replay)
        });
        Ok(Some((record, told)))
    };
    let interrupted = |done, of| {
        format!("interrupted: {done} of {of} cells have their records, {} have none; --resume runs those", of - done)
    };
    let mut records = side_by_side::each(&cells, jobs, |cell| session.pace(cell), interrupted, judge)?;
    // In the order of the columns: a runtime's default one first.
    let place = |name: &str| session.columns.iter().position(|column| column.to_string() == name);
    records.sort_by(|a, b| (place(&a.column), &a.case).cmp(&(place(&b.column), &b.case)));
    shard.run.go = session.gos();
    let left = shard.cells.len() - records.len();
    if left == 0 {
        shard.run.finished = moment::now();
        shard.write(&places.records)?;
    }
    let mut results = Results { records, ..shard.run };
    results.show_what_was_run();
    results.add_kept(places)?;
    results.add_earlier(explanations, called);
    tell(&results, session.compiles());
    if left > 0 {
        println!("{left} cells were not run after {} red ones; --resume runs them", red.load(Ordering::Relaxed));
    }
    Ok(results)
}

/// A run of these cells, before any has a record.
fn head(suite: &Suite, places: &Places, columns: &[Column], cells: &[Cell]) -> Results {
    let runtimes: BTreeSet<_> = cells.iter().map(|cell| &columns[cell.column].runtime.id).collect();
    let cases: BTreeSet<_> = cells.iter().map(|cell| &cell.case.id).collect();
    Results {
        schema: SCHEMA.to_owned(),
        finished: 0,
        go: Vec::new(),
        platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
        machine: origin::machine(),
        commit: origin::commit(&places.root),
        columns: columns.iter().filter(|column| runtimes.contains(&column.runtime.id)).map(ColumnFacts::from).collect(),
        cases: suite.cases.iter().filter(|case| cases.contains(&case.id)).map(CaseFacts::from).collect(),
        records: Vec::new(),
        explanations: Vec::new(),
        called: Vec::new(),
    }
}

/// How many cells came out how.
fn tell(results: &Results, compiled: usize) {
    let told = |tally: BTreeMap<&str, usize>| {
        let parts: Vec<_> = tally.iter().map(|(word, count)| format!("{count} {word}")).collect();
        format!("{} cells: {}", tally.values().sum::<usize>(), parts.join(", "))
    };
    let (of_runtimes, of_reference) = (results.tally(), results.tally_of_reference());
    if !of_runtimes.is_empty() || of_reference.is_empty() {
        println!("{}; {compiled} guests compiled", told(of_runtimes));
        let reused = results.records.iter().filter(|record| record.reused).count();
        if reused > 0 {
            println!("{reused} of them were not run: nothing they rest on has changed since their records were made");
        }
    }
    if !of_reference.is_empty() {
        println!("the reference, {}", told(of_reference));
    }
}

/// How many processors there are to compute with.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
