//! What the reference does in a surrounding. If native Linux does not do there what a case expects, no runtime can be held
//! to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Result, anyhow};

use super::Schedule;
use crate::classify_exit::classify;
use crate::executor;
use crate::plan::PlanOptions;
use crate::planning::{self, Folders};
use crate::sandbox::Sandbox;
use matrix_model::case::Tier;
use matrix_model::matrix::{Cell, Column};
use matrix_model::skip_reason::SkipReason;
use matrix_provision::provisioner::Provision;

/// Whether the reference does as expected, or why that is not known.
type Answer = Arc<OnceLock<Result<bool, String>>>;

/// The reference's runs, each made once: by its column, and by the case.
#[derive(Default)]
pub(crate) struct ReferenceRuns {
    answers: Mutex<HashMap<(usize, String), Answer>>,
}

impl ReferenceRuns {
    /// Whether the reference does what a case expects in the surrounding of a cell's column. If it is not here, it does not.
    ///
    /// # Errors
    /// If the harness cannot run it.
    pub(crate) fn does_as_expected(&self, schedule: &Schedule, cell: &Cell) -> Result<bool> {
        let column = schedule.column(cell);
        if column.runtime.is_reference() || cell.case.tier == Tier::Observe {
            return Ok(true);
        }
        let is_its = |other: &Column| {
            other.runtime.is_reference() && other.surrounding() == column.surrounding() && other.go == column.go
        };
        let Some(reference) = schedule.provisioner().columns().iter().position(is_its) else { return Ok(false) };
        let answer = {
            let mut answers = self.answers.lock().expect("no thread panics with the lock held");
            Arc::clone(answers.entry((reference, cell.case.id.clone())).or_default())
        };
        let ran = answer.get_or_init(|| run(schedule, reference, cell).map_err(|error| format!("{error:#}")));
        ran.clone().map_err(|error| anyhow!("the reference in this surrounding: {error}"))
    }
}

/// Whether nothing is missing in a column's surrounding but system calls.
fn lacks_only_calls(column: &Column) -> bool {
    let restriction = column.surrounded.as_ref().map(|surrounded| &surrounded.surrounding.restriction);
    restriction.is_some_and(|restriction| restriction.limit.is_empty() && restriction.disk.is_none())
}

/// Runs the reference in the folder of the cell that asks: no other run is in it meanwhile.
fn run(schedule: &Schedule, reference: usize, asking: &Cell) -> Result<bool> {
    let (provisioner, case) = (schedule.provisioner(), asking.case);
    let places = provisioner.places();
    let provisioned = match provisioner.provision(reference, case, None)? {
        Provision::Ready(provisioned) => provisioned.provisioned,
        // What native Linux has no words for is judged where nothing but system calls is missing: there is another way then.
        Provision::Skip { reason: SkipReason::Lacks(_), .. } => return Ok(lacks_only_calls(schedule.column(asking))),
        Provision::Skip { .. } => return Ok(false),
    };
    let folders = Folders { sandbox: &places.sandbox(&schedule.name(asking)), fixtures: &provisioner.suite().fixtures };
    let column = &provisioner.columns()[reference];
    let plan = planning::plan(provisioner.compiled(), column, case, provisioned, folders, PlanOptions::default())?;
    let sandbox = Sandbox::create(&plan)?;
    let native = Cell { column: reference, case };
    let execution = schedule.in_turn(&native, || executor::run(&plan, &sandbox))?;
    let outcome = classify(&plan, execution)?;
    sandbox.remove()?;
    Ok(case.expect.mismatches(&outcome).is_empty())
}
