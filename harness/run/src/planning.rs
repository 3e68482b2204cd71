//! Makes a plan from what was provisioned.

use std::path::Path;

use anyhow::Result;

use crate::plan::{Plan, PlanContext, PlanOptions};
use matrix_model::case::Case;
use matrix_model::fixture::Fixtures;
use matrix_model::matrix::Column;
use matrix_provision::compile_ahead::CompiledGuests;
use matrix_provision::provisioner::Provisioned;

/// The folders of one run.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'f> {
    /// The run's own folder.
    pub sandbox: &'f Path,
    /// The initial contents of a case's folders.
    pub fixtures: &'f Fixtures,
}

/// Plans a case in a column. Compiles the guest ahead first, so that a run measures the guest and not the compiler.
///
/// # Errors
/// If the guest cannot be compiled ahead.
pub fn plan(
    compiled: &CompiledGuests,
    column: &Column,
    case: &Case,
    provisioned: Provisioned,
    folders: Folders,
    options: PlanOptions,
) -> Result<Plan> {
    let Provisioned { guest, ready } = provisioned;
    let prepared = compiled.artifact(column, &case.guest, guest, ready)?;
    let context = PlanContext {
        installed: &ready.installed,
        module: &guest.module,
        prepared: prepared.as_deref(),
        cache: &ready.cache,
        sandbox: folders.sandbox,
        fixtures: folders.fixtures,
    };
    Ok(Plan::new(column, case, context, options))
}
