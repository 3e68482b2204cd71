//! Runs a cell's process without a verdict or a record. `bench` compares the harness with it.

use anyhow::{Result, bail};

use crate::classify_exit::classify;
use crate::executor;
use crate::plan::{Plan, PlanOptions};
use crate::planning::{self, Folders};
use crate::sandbox::Sandbox;
use matrix_model::matrix::{self, Cell};
use matrix_provision::provisioner::Provisioner;
use matrix_supervise::Usage;

/// Prepares everything that a cell needs, but does not run it.
///
/// # Errors
/// If something that the cell needs cannot be provisioned, or the runtime's compiler fails.
pub fn warm_up(provisioner: &Provisioner, cell: &Cell) -> Result<()> {
    Ok(Sandbox::create(&plan(provisioner, cell)?)?.remove()?)
}

/// Runs a cell's process and nothing else.
///
/// # Errors
/// If it cannot be started, or a host breaks the contract.
pub fn run(provisioner: &Provisioner, cell: &Cell) -> Result<Usage> {
    let plan = plan(provisioner, cell)?;
    let sandbox = Sandbox::create(&plan)?;
    let execution = executor::run(&plan, &sandbox)?;
    let usage = classify(&plan, execution)?.usage;
    sandbox.remove()?;
    Ok(usage)
}

fn plan(provisioner: &Provisioner, cell: &Cell) -> Result<Plan> {
    let guest = provisioner.guests(cell.column)?.named(&cell.case.guest)?;
    let provisioned = provisioner.provision_guest(cell.column, guest)?;
    let column = &provisioner.columns()[cell.column];
    let sandbox = provisioner.places().sandbox(&matrix::name(column, cell.case));
    let folders = Folders { sandbox: &sandbox, fixtures: &provisioner.suite().fixtures };
    let plan = planning::plan(provisioner.compiled(), column, cell.case, provisioned, folders, PlanOptions::default())?;
    match plan.not_run() {
        Some(why) => bail!("{}: its guest was not compiled: {}", matrix::name(column, cell.case), why.message()),
        None => Ok(plan),
    }
}
