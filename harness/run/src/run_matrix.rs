//! Runs the matrix: judges all cells that a filter selects, and makes one results document.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};

use crate::cpu_slots::processors;
use crate::reuse::Reuse;
use crate::schedule::{Schedule, ScheduleOptions};
use crate::workers;
use matrix_model::call_counts::Called;
use matrix_model::explanation::Explained;
use matrix_model::matrix::{Cell, Column, Filter, cells, name};
use matrix_model::plural::counted;
use matrix_model::record::Record;
use matrix_model::results::day::{Days, Finished};
use matrix_model::results::{CaseFacts, ColumnFacts, Results, SCHEMA};
use matrix_model::suite::Suite;
use matrix_provision::host_builder;
use matrix_provision::notice::Notify;
use matrix_provision::origin;
use matrix_provision::provisioner::Provisioner;
use matrix_store::clock;
use matrix_store::dirs::Places;
use matrix_store::folder_lock::FolderLock;
use matrix_store::latest_records;
use matrix_store::partition::Partition;
use matrix_store::results_files;
use matrix_store::shard::{Resumed, Shard};

/// How the matrix is run.
#[derive(Debug, Default)]
pub struct RunOptions {
    /// Whether each cell's folder is kept.
    pub keep: bool,
    /// How many cells compute at once; `None` means as many as there are processors.
    pub jobs: Option<usize>,
    /// Which records are reused instead of running their cells.
    pub reuse: Option<ReuseFrom>,
    /// The part of the cells to run, if not all.
    pub partition: Option<Partition>,
    /// How many times a red cell is run again.
    pub retries: u32,
    /// The number of red cells after which no more are started.
    pub max_failures: Option<usize>,
}

/// Which records are reused instead of running their cells, as a user says it.
#[derive(Debug)]
pub enum ReuseFrom {
    /// All that are still valid.
    Changed {
        /// A results file whose records are reused if the checkout has no valid record of its own.
        earlier: Option<PathBuf>,
        /// Whether records of runtimes that are not here are reused too. That suits a page, but not a run that must be
        /// able to fail.
        absent: bool,
    },
    /// Those of a run that was interrupted.
    Resume,
}

/// An event during a run.
#[derive(Debug, Clone, Copy)]
pub enum RunEvent<'e> {
    /// Everything that is built beforehand is built, and the first cell is about to start.
    Began {
        /// How many cells there are.
        cells: usize,
    },
    /// A cell has its record.
    Judged {
        /// The cell.
        cell: &'e Cell<'e>,
        /// Its record.
        record: &'e Record,
    },
    /// No further cell will get a record.
    Ended,
}

/// Receives each event, on the thread that judges the cell.
pub type Observe<'o> = dyn Fn(RunEvent) + Sync + 'o;

/// The result of a run.
#[derive(Debug)]
pub struct MatrixRun {
    /// Every record.
    pub results: Results,
    /// How many guests were compiled ahead of their cells.
    pub compiled: usize,
    /// How many cells were red when they were judged.
    pub red: usize,
    /// How many cells were not started because of the limit on red cells.
    pub not_begun: usize,
    /// Whether it had come to its end before it was resumed, so that nothing was run now.
    pub had_ended: bool,
}

/// What is about to be run.
pub struct Selection<'s> {
    suite: &'s Suite,
    places: Places,
    columns: Vec<Column<'s>>,
    /// In the order in which they start.
    cells: Vec<Cell<'s>>,
    /// How many cells the filter selects, in all parts.
    all: usize,
    shard: Shard,
    options: RunOptions,
}

/// How a run begins.
enum Beginning {
    /// Its cells are run, unless a record is reused.
    Cells(Option<Reuse>, Earlier),
    /// It is resumed, and had come to its end. These are its results without their records.
    Ended(Box<Results>),
}

/// What is known from earlier results.
#[derive(Default)]
struct Earlier {
    explanations: Vec<Explained>,
    called: Vec<Called>,
    /// The days on which a column's cells were run, by the column's name.
    days: HashMap<String, Days>,
}

impl<'s> Selection<'s> {
    /// Selects the cells that match the filter and are in the part that the options name. A part may have none.
    ///
    /// # Errors
    /// If no cell matches the filter.
    pub fn new(
        suite: &'s Suite,
        places: &Places,
        columns: Vec<Column<'s>>,
        filter: &Filter,
        options: RunOptions,
    ) -> Result<Selection<'s>> {
        let all = cells(&columns, &suite.cases, filter);
        if all.is_empty() {
            bail!(
                "no cell has all of these words in its name: {}; `wasip1-matrix list` lists them",
                filter.words.join(" ")
            );
        }
        let names: Vec<_> = all.iter().map(|cell| name(&columns[cell.column], cell.case)).collect();
        if filter.exact {
            every_word_is_a_cell(&columns, suite, filter)?;
        }
        let shard = Shard::new(head(suite, places, &columns, &all), &names, options.partition);
        let mut mine = shard.cells.iter().peekable();
        let in_part = |name: &String| mine.next_if_eq(&name).is_some();
        let in_part: Vec<bool> = names.iter().map(in_part).collect();
        let mut cells: Vec<_> =
            all.into_iter().zip(in_part).filter_map(|(cell, is_in)| is_in.then_some(cell)).collect();
        // Cells whose runtime is ready go first, while the hosts are built.
        cells.sort_by_key(|cell| (host_builder::turn(&columns[cell.column]), cell.column, &cell.case.id));
        Ok(Selection { suite, places: places.clone(), columns, cells, all: names.len(), shard, options })
    }

    /// The part and the number of all cells, if none of the cells is in the part.
    pub fn empty_part(&self) -> Option<(Partition, usize)> {
        self.options.partition.filter(|_| self.cells.is_empty()).map(|part| (part, self.all))
    }

    /// Runs them. `notify` receives the notices of provisioning; `_held` shows that no other command writes into the
    /// folder of records.
    ///
    /// # Errors
    /// If no guest builds, no interrupted run is there to be resumed, or a record cannot be written.
    pub fn run(mut self, _held: &FolderLock, notify: Arc<Notify>, observe: &Observe) -> Result<MatrixRun> {
        let (reuse, earlier) = match self.begin()? {
            Beginning::Cells(reuse, earlier) => (reuse, earlier),
            Beginning::Ended(run) => return self.ended(*run),
        };
        let Selection { suite, places, columns, cells, mut shard, options, .. } = self;
        let jobs = options.jobs.unwrap_or_else(processors);
        let needed = || cells.iter().map(|cell| cell.column);
        let provisioner = Provisioner::new(suite, places.clone(), columns, needed(), notify);
        provisioner.build_guests(needed())?;
        let with = ScheduleOptions { jobs, retries: options.retries, keep_all: options.keep, reuse };
        let schedule = Schedule::new(provisioner, with);
        observe(RunEvent::Began { cells: cells.len() });
        let red = AtomicUsize::new(0);
        let judge = |cell: &Cell| -> Result<Option<Record>> {
            if options.max_failures.is_some_and(|most| red.load(Ordering::Relaxed) >= most) {
                return Ok(None);
            }
            let record = schedule.judge(cell)?;
            red.fetch_add(usize::from(record.verdict.is_red()), Ordering::Relaxed);
            observe(RunEvent::Judged { cell, record: &record });
            Ok(Some(record))
        };
        let records = workers::each(&cells, jobs, |cell| schedule.pace(cell), judge);
        observe(RunEvent::Ended);
        let provisioner = schedule.provisioner();
        let records = sorted(records?, provisioner.columns());
        shard.run.go = provisioner.gos();
        let not_begun = shard.cells.len() - records.len();
        if not_begun == 0 {
            shard.run.finished = Finished::At(clock::now());
            shard.write(&places.records)?;
        }
        let mut results = Results { records, ..shard.run };
        // A record reused from results without times does not say when it was run.
        results.columns.iter_mut().for_each(|facts| facts.days = earlier.days.get(&facts.column).cloned());
        results.show_what_was_run();
        results_files::add_kept(&mut results, &places)?;
        results.add_earlier(earlier.explanations, earlier.called);
        Ok(MatrixRun {
            results,
            compiled: provisioner.compiled().fresh(),
            red: red.into_inner(),
            not_begun,
            had_ended: false,
        })
    }

    /// Writes to the folder of records what is to be run, unless an interrupted run is resumed, which has written it.
    fn begin(&mut self) -> Result<Beginning> {
        let records = &self.places.records;
        let (reuse, earlier) = match self.options.reuse.take() {
            Some(ReuseFrom::Resume) => {
                return Ok(match self.shard.resumed(records)? {
                    Resumed::Interrupted(began) => Beginning::Cells(Some(Reuse::Since(began)), Earlier::default()),
                    Resumed::Finished(run) => Beginning::Ended(run),
                });
            }
            Some(ReuseFrom::Changed { earlier, absent }) => {
                let run = earlier.map(|path| results_files::read(&path)).transpose().context("--changed-since")?;
                let (records, earlier) = run.map_or_else(Default::default, |run| {
                    let days = run.columns.iter().filter_map(|facts| Some((facts.column.clone(), run.days_of(facts)?)));
                    let days = days.collect();
                    (run.records, Earlier { explanations: run.explanations, called: run.called, days })
                });
                let records: HashMap<_, _> = records.into_iter().map(|record| (record.cell.clone(), record)).collect();
                (Some(Reuse::Unchanged { earlier: records, absent }), earlier)
            }
            None => (None, Earlier::default()),
        };
        self.shard.write(records)?;
        Ok(Beginning::Cells(reuse, earlier))
    }

    /// The results of a run that had come to its end, from its records.
    fn ended(self, run: Results) -> Result<MatrixRun> {
        let recorded = latest_records::latest(&self.columns, &self.cells, &self.places)?;
        let missing = self.cells.len() - recorded.len();
        if missing > 0 {
            bail!("--resume: of {} of the last run the record is gone; run without it", counted(missing, "cell"));
        }
        let records: Vec<_> = recorded.into_iter().map(|run| run.record).collect();
        let red = records.iter().filter(|record| record.verdict.is_red()).count();
        let mut results = Results { records: sorted(records, &self.columns), ..run };
        results_files::add_kept(&mut results, &self.places)?;
        Ok(MatrixRun { results, compiled: 0, red, not_begun: 0, had_ended: true })
    }
}

/// Checks that each of the whole names in a filter is a cell's.
fn every_word_is_a_cell(columns: &[Column], suite: &Suite, filter: &Filter) -> Result<()> {
    for word in &filter.words {
        let alone = Filter { words: vec![word.clone()], ..filter.clone() };
        if cells(columns, &suite.cases, &alone).is_empty() {
            bail!("--exact: there is no cell `{word}`; `wasip1-matrix list` lists them");
        }
    }
    Ok(())
}

/// Sorts records by column; a runtime's default column comes first.
fn sorted(mut records: Vec<Record>, columns: &[Column]) -> Vec<Record> {
    let names = columns.iter().map(Column::to_string);
    let places: HashMap<_, _> = names.enumerate().map(|(place, name)| (name, place)).collect();
    records.sort_by(|a, b| (places.get(&a.column), &a.case).cmp(&(places.get(&b.column), &b.case)));
    records
}

/// The results of a run of these cells before any has a record.
fn head(suite: &Suite, places: &Places, columns: &[Column], cells: &[Cell]) -> Results {
    let runtimes: BTreeSet<_> = cells.iter().map(|cell| &columns[cell.column].runtime.id).collect();
    let cases: BTreeSet<_> = cells.iter().map(|cell| &cell.case.id).collect();
    // A build that a user has named once is known from then on, and so is a surrounding. Neither is part of a run that does
    // not take its column.
    let run: BTreeSet<_> = cells.iter().map(|cell| cell.column).collect();
    let is_shown = |(index, column): &(usize, &Column)| {
        let is_extra = column.local || column.surrounded.is_some();
        runtimes.contains(&column.runtime.id) && (!is_extra || run.contains(index))
    };
    Results {
        schema: SCHEMA.to_owned(),
        finished: Finished::NOT_YET,
        go: Vec::new(),
        platform: origin::platform(),
        machine: origin::machine(),
        commit: origin::commit(&places.root),
        suite: suite.name(),
        columns: columns.iter().enumerate().filter(is_shown).map(|(_, column)| ColumnFacts::from(column)).collect(),
        cases: suite.cases.iter().filter(|case| cases.contains(&case.id)).map(CaseFacts::from).collect(),
        records: Vec::new(),
        explanations: Vec::new(),
        called: Vec::new(),
    }
}
