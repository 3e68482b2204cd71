//! Makes a plan from what was provisioned.

use std::path::Path;

use anyhow::Result;

use crate::plan::{Plan, PlanContext, PlanOptions, needs_preparation, work};
use matrix_model::case::Case;
use matrix_model::fixture::Fixtures;
use matrix_model::matrix::Column;
use matrix_provision::compile_ahead::{Compiled, CompiledGuests, preparation};
use matrix_provision::provisioner::Provisioned;

/// The folders of one run.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'f> {
    /// The run's own folder.
    pub sandbox: &'f Path,
    /// The initial contents of a case's folders.
    pub fixtures: &'f Fixtures,
}

/// Plans a case in a column. Compiles the guest ahead first, so that a run measures the guest and not the compiler. If
/// the compiler fails, the plan says so, and its guest is not run.
///
/// # Errors
/// If the compiler cannot be started, or a host breaks the contract.
pub fn plan(
    compiled: &CompiledGuests,
    column: &Column,
    case: &Case,
    provisioned: Provisioned,
    folders: Folders,
    options: PlanOptions,
) -> Result<Plan> {
    let Provisioned { guest, ready } = provisioned;
    // A case that runs the guest itself does not depend on the compiler.
    let compiled = match needs_preparation(column, case) {
        true => compiled.compiled(column, guest, ready)?,
        false => Compiled::Done(None),
    };
    let prepared = match &compiled {
        Compiled::Done(artifact) => artifact.clone(),
        Compiled::Failed(_) => None,
    };
    let context = PlanContext {
        installed: &ready.installed,
        module: &guest.module,
        prepared: prepared.as_deref(),
        cache: &ready.cache,
        sandbox: folders.sandbox,
        fixtures: folders.fixtures,
    };
    let plan = Plan::new(column, case, context, options);
    let Compiled::Failed(why) = compiled else { return Ok(plan) };
    // The compiler's own folder is gone. Whoever repeats the command has the cell's folder.
    let made = work(folders.sandbox).join(guest.compiled_name());
    let command = preparation(column, &ready.installed, &guest.module, &ready.cache, &made);
    Ok(plan.not_compiled(why, command))
}
