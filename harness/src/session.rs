//! One run: makes what cells need the first time one needs it, and turns cells into records.

mod pace;
mod prepare;
mod receipt;
mod standing;
mod trial;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use anyhow::{Context, Result, anyhow};

use crate::capability::Capability;
use crate::case::Case;
use crate::difference::differences;
use crate::divergence::Divergence;
use crate::ending;
use crate::fixture::Fixtures;
use crate::foundry::Foundry;
use crate::guests::{Guest, Guests};
use crate::matrix::{self, Cell, Column, Place};
use crate::moment;
use crate::observed::Observed;
use crate::outcome::{Exit, Outcome, SecondRun};
use crate::place::Places;
use crate::plan::{Plan, Setting};
use crate::process::{self, Usage};
use crate::ready::{self, Ready};
use crate::record::{Invocation, Known, Measured, Record, SCHEMA};
use crate::red;
use crate::runtime::{Origin, Runtime, Target};
use crate::sandbox::Sandbox;
use crate::suite::Suite;
use crate::turns::Turns;
use crate::verdict::{Colour, Need, Verdict};

pub use pace::Pace;
use prepare::Prepared;
pub use standing::Standing;
pub use trial::Trial;

/// A column's index and a guest's sha256: two guests may have one name, where one is made of the other.
type ColumnAndGuest = (usize, String);

/// A failure that several cells share, kept as text because each of them reports it.
type Shared<T> = OnceLock<Result<T, String>>;

/// One run over a suite.
pub struct Session<'s> {
    /// What is run.
    pub suite: &'s Suite,
    /// Where things are.
    pub places: Places,
    /// The columns, by index of [`Cell::column`].
    pub columns: Vec<Column<'s>>,
    /// By the Go release asked for, and what they are built for.
    guests: BTreeMap<(Option<String>, Target), Shared<Guests>>,
    ready: Vec<Shared<Ready>>,
    prepared: Mutex<HashMap<ColumnAndGuest, Arc<Shared<Prepared>>>>,
    foundry: Foundry,
    turns: Turns,
    /// Where compiled code is kept.
    compiled: PathBuf,
    keep: bool,
    standing: Option<Standing>,
    retries: u32,
    /// Cells that measure time hold it alone.
    neighbours: RwLock<()>,
    compiles: AtomicUsize,
}

/// Everything one cell runs with.
struct Bench {
    plan: Plan,
    sandbox: Sandbox,
}

impl<'s> Session<'s> {
    /// Starts a run over these cells of these columns, of which so many compute at once; hosts that the cells need
    /// begin to build.
    pub fn start(
        suite: &'s Suite,
        places: Places,
        columns: Vec<Column<'s>>,
        cells: &[Cell],
        jobs: usize,
    ) -> Session<'s> {
        let crate_of = |runtime: &Runtime| match &runtime.install.origin {
            Origin::Crate(package) => Some(package.clone()),
            _ => None,
        };
        let crates: Vec<_> =
            suite.runtimes.iter().filter_map(|runtime| Some((crate_of(runtime)?, runtime.folder.clone()))).collect();
        let wanted: BTreeSet<_> = cells.iter().filter_map(|cell| crate_of(columns[cell.column].runtime)).collect();
        Session {
            foundry: Foundry::start(&crates, &wanted, &places),
            ready: columns.iter().map(|_| OnceLock::new()).collect(),
            suite,
            compiled: places.store.join("cache"),
            places,
            guests: columns.iter().map(|column| (guests_of(column), OnceLock::new())).collect(),
            columns,
            prepared: Mutex::default(),
            turns: Turns::new(jobs),
            keep: false,
            standing: None,
            retries: 0,
            neighbours: RwLock::default(),
            compiles: AtomicUsize::new(0),
        }
    }

    /// Keeps each cell's folder as it was before the guest ran, not only a red one's.
    pub fn keep_all(mut self) -> Session<'s> {
        self.keep = true;
        self
    }

    /// Runs a red cell again, so many times at most and until it is not red.
    pub fn retry(mut self, times: u32) -> Session<'s> {
        self.retries = times;
        self
    }

    /// Keeps compiled code in this folder, and not in the store: it is of modules that no other run has.
    pub fn compile_into(mut self, folder: PathBuf) -> Session<'s> {
        self.compiled = folder;
        self
    }

    /// Takes records that stand for what a run of today would find, instead of running their cells.
    pub fn reuse(mut self, standing: Standing) -> Session<'s> {
        self.standing = Some(standing);
        self
    }

    /// The guests that a column runs, built when first asked for.
    ///
    /// # Errors
    /// As [`Guests::build`].
    pub fn guests(&self, column: usize) -> Result<&Guests> {
        let wanted = guests_of(&self.columns[column]);
        let (release, target) = &wanted;
        let build = || Guests::build(&self.places, self.suite, release.as_deref(), *target).map_err(in_words);
        self.guests[&wanted].get_or_init(build).as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// Builds all guests that these cells run: one that does not build is an error of the project, and no cell
    /// may look judged.
    ///
    /// # Errors
    /// As [`Guests::build`].
    pub fn build_guests(&self, cells: &[Cell]) -> Result<()> {
        cells.iter().try_for_each(|cell| self.guests(cell.column).map(drop))
    }

    /// The versions of Go that built the guests so far, as they report themselves.
    pub fn gos(&self) -> Vec<String> {
        let built = self.guests.values().filter_map(|guests| guests.get()?.as_ref().ok());
        let versions: BTreeSet<_> = built.map(|guests| guests.go.version.clone()).collect();
        versions.into_iter().collect()
    }

    /// A column made ready, when first asked for.
    ///
    /// # Errors
    /// As [`ready::make_ready`].
    pub fn ready(&self, index: usize) -> Result<&Ready> {
        let column = &self.columns[index];
        let make = || -> Result<Ready> {
            let mut ready = ready::make_ready(column, &self.places, &self.foundry)?;
            if column.runtime.version.is_none() {
                ready.reported = self.guests(index)?.prove(&column.version)?;
            }
            Ok(ready)
        };
        self.ready[index].get_or_init(|| make().map_err(in_words)).as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// How many times a guest was compiled ahead of its cells in this run.
    pub fn compiles(&self) -> usize {
        self.compiles.load(Ordering::Relaxed)
    }

    /// A cell's name.
    pub fn name(&self, cell: &Cell) -> String {
        matrix::name(&self.columns[cell.column], cell.case)
    }

    /// Where a cell runs; kept after a red one.
    pub fn sandbox(&self, name: &str) -> PathBuf {
        self.places.state.join("sandbox").join(name)
    }

    /// Runs a cell, unless its record stands, judges it and keeps its record.
    ///
    /// # Errors
    /// Only if the record cannot be written. Whatever else the harness cannot do is a verdict.
    pub fn judge(&self, cell: &Cell) -> io::Result<Record> {
        let record = match self.foregone(cell) {
            Some(verdict @ Verdict::Unavailable { .. }) => self
                .remembered(cell)
                .map(|remembered| remembered.unwrap_or_else(|| self.blank(cell, verdict)))
                .unwrap_or_else(|error| self.blank(cell, Verdict::HarnessError { message: in_words(error) })),
            Some(verdict) => self.blank(cell, verdict),
            None => self
                .standing(cell)
                .and_then(|standing| standing.map_or_else(|| self.run_until_settled(cell), Ok))
                .unwrap_or_else(|error| self.blank(cell, Verdict::HarnessError { message: in_words(error) })),
        };
        let record = record.portable(&self.places, &self.sandbox(&self.name(cell)))?;
        record.write(&self.places.records)?;
        Ok(record)
    }

    /// Makes ready all that a cell needs and does not run it.
    ///
    /// # Errors
    /// If something cannot be had.
    pub fn warm_up(&self, cell: &Cell) -> Result<()> {
        Ok(self.set_up(cell)?.sandbox.remove()?)
    }

    /// Runs a cell's process and nothing else: no verdict, no record.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn bare(&self, cell: &Cell) -> Result<Usage> {
        let bench = self.set_up(cell)?;
        let usage = self.observe(cell, &bench)?.usage;
        bench.sandbox.remove()?;
        Ok(usage)
    }

    /// The verdict of a cell that is not run at all. Which Go the guests are built by is known once they are built.
    pub fn foregone(&self, cell: &Cell) -> Option<Verdict> {
        let column = &self.columns[cell.column];
        let lacking = |capability: &Capability| column.mode.lacks.contains(capability);
        if let Some(capability) = cell.case.needs().into_iter().find(lacking) {
            return Some(Verdict::Unsupported { needs: Need::Capability(capability) });
        }
        if let (Some(range), Some(Ok(guests))) = (&cell.case.go, self.guests[&guests_of(column)].get())
            && !guests.go.semver().is_some_and(|version| range.matches(&version))
        {
            return Some(Verdict::Unsupported { needs: Need::Go(range.to_string()) });
        }
        match &column.place {
            Place::Missing(hint) => Some(Verdict::Unavailable { hint: hint.clone() }),
            _ => None,
        }
    }

    fn blank(&self, cell: &Cell, verdict: Verdict) -> Record {
        let column = &self.columns[cell.column];
        Record {
            schema: SCHEMA.to_owned(),
            cell: self.name(cell),
            runtime: column.runtime.id.clone(),
            version: column.version.to_string(),
            mode: column.mode.name.clone(),
            go: column.go.clone(),
            column: column.to_string(),
            reference: column.runtime.is_reference(),
            case: cell.case.id.clone(),
            verdict,
            differences: Vec::new(),
            divergence: None,
            receipt: None,
            key: None,
            measured: None,
            reused: false,
            invocation: None,
            outcome: None,
        }
    }

    /// Runs a cell, and again while it is red. What is kept of a flaky one is its first attempt: that is what there is
    /// to explain. An error of the harness's own is never tried away.
    fn run_until_settled(&self, cell: &Cell) -> Result<Record> {
        let first = self.run(cell)?;
        let mut newest = first.verdict.clone();
        let mut attempts = 1;
        while newest.colour() == Colour::Red && attempts <= self.retries {
            attempts += 1;
            newest = self.run(cell)?.verdict;
        }
        if newest.colour() == Colour::Red || attempts == 1 {
            return Ok(first);
        }
        let verdict = Verdict::Flaky { red: attempts - 1, attempts, failure: first.verdict.failure() };
        Ok(Record { verdict, ..first })
    }

    fn run(&self, cell: &Cell) -> Result<Record> {
        let bench = self.set_up(cell)?;
        let outcome = self.in_turn(cell, &bench)?;
        let record = self.record(cell, &bench, &outcome)?;
        match self.keep || record.verdict.colour() == Colour::Red {
            true => bench.sandbox.fill(&bench.plan)?,
            false => bench.sandbox.remove()?,
        }
        Ok(record)
    }

    /// The divergences recorded for a cell's runtime, version and case.
    fn divergences(&self, cell: &Cell) -> Vec<&'s Divergence> {
        red::spoken_of(&self.columns[cell.column], &cell.case.id)
    }

    fn set_up(&self, cell: &Cell) -> Result<Bench> {
        self.set_up_in(cell, &self.sandbox(&self.name(cell)))
    }

    fn set_up_in(&self, cell: &Cell, path: &Path) -> Result<Bench> {
        let guests = self.guests(cell.column)?;
        let guest = guests.named(&cell.case.guest)?;
        let plan = self.plan(cell.column, cell.case, guest, path, &self.suite.fixtures)?;
        let sandbox = Sandbox::create(path, &plan)?;
        Ok(Bench { plan, sandbox })
    }

    /// Resolves a case in a column; the guest is compiled ahead first.
    ///
    /// # Errors
    /// If the column cannot be had.
    pub fn plan(&self, column: usize, case: &Case, guest: &Guest, sandbox: &Path, fixtures: &Fixtures) -> Result<Plan> {
        let ready = self.ready(column)?;
        let prepared = self.prepare(column, &case.guest, guest, ready)?;
        let setting = Setting {
            installed: &ready.installed,
            module: &guest.module,
            prepared: prepared.artifact.as_deref(),
            cache: &self.cache(&self.columns[column], ready),
            sandbox,
            fixtures,
        };
        Ok(Plan::new(&self.columns[column], case, setting))
    }

    /// Runs a cell's process, twice where the case compares two runs.
    fn observe(&self, cell: &Cell, bench: &Bench) -> Result<Outcome> {
        let mut outcome = self.observe_once(cell, bench)?;
        let stopped = matches!(outcome.exit, Exit::Timeout | Exit::OutputLimit);
        if cell.case.expect.again.is_some() && !stopped {
            bench.sandbox.fill(&bench.plan)?;
            let second = self.observe_once(cell, bench)?;
            outcome.usage = outcome.usage.and(second.usage);
            outcome.leaked.extend(second.leaked);
            outcome.again = Some(SecondRun { exit: second.exit, stdout: second.stdout });
        }
        Ok(outcome)
    }

    fn observe_once(&self, cell: &Cell, bench: &Bench) -> Result<Outcome> {
        let plan = &bench.plan;
        let ended = process::run(&plan.spec()).with_context(|| format!("cannot start {}", plan.argv[0]))?;
        let files = bench.sandbox.find(plan, cell.case.expect.files.keys());
        let outside = bench.sandbox.find_outside(plan, cell.case.expect.outside.keys());
        ending::outcome(&self.columns[cell.column].mode.adapter, cell.case, plan, ended, files, outside)
    }

    /// What exactly a cell is run with.
    fn record(&self, cell: &Cell, bench: &Bench, outcome: &Outcome) -> Result<Record> {
        let judgement = red::judgement(&self.columns[cell.column], cell.case, outcome);
        let withheld = judgement.withheld;
        let receipt = self.receipt(cell)?;
        let record = Record {
            verdict: judgement.verdict,
            differences: differences(cell.case, outcome, &judgement.mismatches),
            divergence: judgement.divergence.map(Known::from),
            key: Some(self.key_with(cell, &receipt)?),
            receipt: Some(receipt),
            measured: Some(Measured { ran: moment::now(), usage: outcome.usage, engine: outcome.engine_ns }),
            invocation: Some(Invocation {
                argv: bench.plan.argv.clone(),
                environment: bench.plan.environment.clone(),
                stdin: cell.case.stdin_kind,
                request: bench.plan.request.as_ref().map(|(_, request)| serde_json::to_value(request)).transpose()?,
            }),
            outcome: Some(Observed::of(outcome, cell.case.expect.member(outcome))),
            ..self.blank(cell, Verdict::Pass)
        };
        // Here, where a record is made: whatever shows records has nothing to show.
        Ok(if withheld { record.withheld() } else { record })
    }
}

/// Which guests a column runs.
fn guests_of(column: &Column) -> (Option<String>, Target) {
    (column.go.clone(), column.runtime.target)
}

/// An error with all its causes on one line each.
fn in_words(error: anyhow::Error) -> String {
    format!("{error:#}")
}
