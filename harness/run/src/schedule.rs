//! Judges cells. Decides which cells run side by side, which are run again, whose record is reused, and where each new
//! record goes. [`Schedule::judge`] takes one cell through all steps.

mod reference_runs;

use std::io;

use anyhow::Result;

use crate::cell_record;
use crate::classify_exit::classify;
use crate::cpu_slots::{CpuSlot, processors};
use crate::executor;
use crate::plan::PlanOptions;
use crate::planning::{self, Folders};
use crate::reuse::Reuse;
use crate::sandbox::Sandbox;
use crate::turns::{Pace, Turns};
use matrix_model::judge;
use matrix_model::matrix::{self, Cell, Column};
use matrix_model::record::Record;
use matrix_model::skip_reason::SkipReason;
use matrix_model::verdict::Verdict;
use matrix_provision::provisioner::{Provision, Provisioner};
use matrix_store::records;
use reference_runs::ReferenceRuns;

/// How cells are judged.
#[derive(Debug)]
pub struct ScheduleOptions {
    /// How many cells compute at once.
    pub jobs: usize,
    /// The maximum number of times that a red cell is run again. It is run until it is not red.
    pub retries: u32,
    /// Whether every cell's folder is kept as it was before the guest ran, not only a red cell's.
    pub keep_all: bool,
    /// Which records are reused instead of running their cells.
    pub reuse: Option<Reuse>,
}

/// As many cells at once as there are processors, each run once.
impl Default for ScheduleOptions {
    fn default() -> ScheduleOptions {
        ScheduleOptions { jobs: processors(), retries: 0, keep_all: false, reuse: None }
    }
}

/// Judges the cells of a provisioner's columns.
pub struct Schedule<'s> {
    provisioner: Provisioner<'s>,
    options: ScheduleOptions,
    turns: Turns,
    reference: ReferenceRuns,
}

impl<'s> Schedule<'s> {
    /// Judges cells with these options.
    pub fn new(provisioner: Provisioner<'s>, options: ScheduleOptions) -> Schedule<'s> {
        let turns = Turns::new(options.jobs);
        Schedule { provisioner, options, turns, reference: ReferenceRuns::default() }
    }

    /// The provisioner of the cells.
    pub fn provisioner(&self) -> &Provisioner<'s> {
        &self.provisioner
    }

    /// The column of a cell.
    pub fn column(&self, cell: &Cell) -> &Column<'s> {
        &self.provisioner.columns()[cell.column]
    }

    /// A cell's name.
    pub fn name(&self, cell: &Cell) -> String {
        matrix::name(self.column(cell), cell.case)
    }

    /// Judges a cell and writes its record. Reuses the cell's record if that is valid; otherwise runs the cell.
    ///
    /// # Errors
    /// Only if the record cannot be written. Any other failure of the harness becomes a verdict.
    pub fn judge(&self, cell: &Cell) -> io::Result<Record> {
        let record = self.record(cell).unwrap_or_else(|error| {
            let message = format!("{error:#}");
            cell_record::not_run(self.column(cell), cell.case, Verdict::HarnessError { message })
        });
        let places = self.provisioner.places();
        let record = records::portable(&record, places, &places.sandbox(&record.cell))?;
        records::write(&record, &places.records)?;
        Ok(record)
    }

    /// Takes a cell through its steps: provision, plan, execute, classify, judge, record.
    fn record(&self, cell: &Cell) -> Result<Record> {
        let (column, case) = (self.column(cell), cell.case);
        let places = self.provisioner.places();
        let reuse = self.options.reuse.as_ref();
        let earlier = reuse.and_then(|reuse| reuse.receipt_of_absent_runtime(column, case));
        let provision = self.provisioner.provision(cell.column, case, earlier)?;
        if let (Some(reuse), Some(key)) = (reuse, provision.key())
            && let Some(record) = reuse.find(&places.records, column, case, key)?
        {
            return Ok(record);
        }
        let provisioned = match provision {
            Provision::Skip { reason, .. } => return Ok(cell_record::not_run(column, case, reason.into())),
            Provision::Ready(provisioned) => provisioned,
        };
        if let Some(surrounding) = column.surrounding()
            && !self.reference.does_as_expected(self, cell)?
        {
            let reason = SkipReason::NotNatively(surrounding.to_owned());
            return Ok(cell_record::not_run(column, case, reason.into()));
        }
        let folders =
            Folders { sandbox: &places.sandbox(&self.name(cell)), fixtures: &self.provisioner.suite().fixtures };
        let compiled = self.provisioner.compiled();
        let plan = planning::plan(compiled, column, case, provisioned.provisioned, folders, PlanOptions::default())?;
        until_settled(self.options.retries, || {
            let sandbox = Sandbox::create(&plan)?;
            let execution = self.in_turn(cell, || executor::run(&plan, &sandbox))?;
            let outcome = classify(&plan, execution)?;
            let judgement = judge::judgement(column, case, &outcome);
            match self.options.keep_all || judgement.verdict.is_red() {
                true => sandbox.fill(&plan)?,
                false => sandbox.remove()?,
            }
            cell_record::of_run(column, case, &provisioned, &plan, &outcome, judgement)
        })
    }

    /// How a cell shares the machine with its neighbours.
    pub fn pace(&self, cell: &Cell) -> Pace {
        Pace::of(self.column(cell), cell.case)
    }

    /// Waits until a cell may compute, which it may while the slot is held. A cell that mostly waits needs no slot.
    pub fn wait_for_slot(&self, cell: &Cell) -> Option<CpuSlot<'_>> {
        self.turns.slot(self.pace(cell))
    }

    /// Does a cell's work when it is its turn. A cell that measures time has no neighbours meanwhile, and no host is
    /// being built.
    pub(crate) fn in_turn<R>(&self, cell: &Cell, work: impl FnOnce() -> R) -> R {
        let pace = self.pace(cell);
        if pace == Pace::Alone {
            self.provisioner.wait_for_hosts();
        }
        self.turns.take(pace, work)
    }
}

/// Attempts a cell, and repeats that while it is red. The first failing attempt is kept, because it is the one to
/// explain. An error of the harness itself is not retried.
fn until_settled(retries: u32, attempt: impl Fn() -> Result<Record>) -> Result<Record> {
    let first = attempt()?;
    let mut newest = first.verdict.clone();
    let mut attempts = 1;
    while newest.is_red() && attempts <= retries {
        attempts += 1;
        newest = attempt()?.verdict;
    }
    if newest.is_red() || attempts == 1 {
        return Ok(first);
    }
    let verdict = Verdict::Flaky { red: attempts - 1, attempts, failure: first.verdict.failure() };
    Ok(Record { verdict, ..first })
}
