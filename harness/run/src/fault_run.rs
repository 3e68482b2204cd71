//! Runs a cell whose host is broken on purpose. The results are not part of the matrix.

use std::time::Duration;

use anyhow::{Result, bail};
use host_contract::report::{Met, Report};

use crate::classify_exit::classify;
use crate::executor;
use crate::plan::PlanOptions;
use crate::planning::{self, Folders};
use crate::sandbox::Sandbox;
use crate::schedule::Schedule;
use matrix_model::judge;
use matrix_model::matrix::Cell;
use matrix_model::outcome::Exit;
use matrix_model::verdict::Verdict;

/// The result of such a run.
#[derive(Debug, Clone)]
pub(crate) struct FaultRun {
    /// The judgement.
    pub verdict: Verdict,
    /// What the host reports about the fault that it was started with.
    pub met: Option<Met>,
    /// How long the host ran.
    pub wall: Duration,
}

/// Runs a cell with its host unchanged, or broken by one of the host's faults, and judges it. Stops at `deadline` if
/// that is before the case's own. Keeps no record and no folder.
///
/// # Errors
/// If nothing is known about the guest, or the host ignores the fault.
pub fn run(schedule: &Schedule, cell: &Cell, fault: Option<&str>, deadline: Duration) -> Result<FaultRun> {
    let (provisioner, column, case) = (schedule.provisioner(), schedule.column(cell), cell.case);
    let guest = provisioner.guests(cell.column)?.named(&case.guest)?;
    let provisioned = provisioner.provision_guest(cell.column, guest)?;
    let name = schedule.name(cell);
    let folders = Folders {
        sandbox: &provisioner.places().state.join("mutants").join(fault.unwrap_or("unbroken")).join(&name),
        fixtures: &provisioner.suite().fixtures,
    };
    let options = PlanOptions { fault, deadline: Some(deadline), ..PlanOptions::default() };
    let plan = planning::plan(provisioner.compiled(), column, case, provisioned, folders, options)?;
    if plan.report().is_none() {
        bail!("{column} has no host");
    }
    let sandbox = Sandbox::create(&plan)?;
    let execution = schedule.in_turn(cell, || executor::run(&plan, &sandbox))?;
    let report = execution.last().report.clone();
    let outcome = classify(&plan, execution)?;
    // A host that was stopped has left no report.
    let met = match report {
        Ok(report) => serde_json::from_slice::<Report>(&report)?.fault,
        Err(_) => None,
    };
    sandbox.remove()?;
    if let (Some(fault), Exit::Code { .. }) = (fault, &outcome.exit)
        && met.as_ref().is_none_or(|met| met.name != fault)
    {
        bail!("{name}: the host was started with `--fault {fault}` and reports nothing of it");
    }
    let verdict = judge::judgement(column, case, &outcome).verdict;
    Ok(FaultRun { verdict, met, wall: outcome.usage.wall })
}
