//! Makes the records of cells, both those that were run and those that were not.

use anyhow::Result;

use crate::plan::Plan;
use matrix_model::case::Case;
use matrix_model::connection::StdinKind;
use matrix_model::difference::differences;
use matrix_model::matrix::{self, Column};
use matrix_model::outcome::Outcome;
use matrix_model::record::{Invocation, Known, Measured, Record, SCHEMA};
use matrix_model::recorded_outcome::Observed;
use matrix_model::surrounding::LAUNCHER;
use matrix_model::verdict::{Judgement, Verdict};
use matrix_provision::provisioner::ProvisionedCell;
use matrix_store::clock;

/// The record of a cell that was not run.
pub(crate) fn not_run(column: &Column, case: &Case, verdict: Verdict) -> Record {
    Record {
        schema: SCHEMA.to_owned(),
        cell: matrix::name(column, case),
        runtime: column.runtime.id.clone(),
        version: column.version.to_string(),
        mode: column.mode.name.clone(),
        go: column.go.clone(),
        surrounding: column.surrounding().map(str::to_owned),
        column: column.to_string(),
        reference: column.runtime.is_reference(),
        case: case.id.clone(),
        verdict,
        differences: Vec::new(),
        checks: Vec::new(),
        divergence: None,
        receipt: None,
        executable_sha256: None,
        key: None,
        measured: None,
        reused: false,
        invocation: None,
        outcome: None,
    }
}

/// A command with the launcher of its surrounding as users call it. Where this command is on one machine is no part of a
/// record.
fn by_name(column: &Column, argv: &[String]) -> Vec<String> {
    let mut argv = argv.to_vec();
    if column.surrounded.is_some()
        && let Some(launcher) = argv.first_mut()
    {
        LAUNCHER.clone_into(launcher);
    }
    argv
}

/// The record of a cell that was just run. A record that must be withheld is withheld here, where it is made, so that
/// nothing that shows records can reveal it.
///
/// # Errors
/// If a request cannot be written as JSON, which would be a mistake in its type.
pub fn of_run(
    column: &Column,
    case: &Case,
    provisioned: &ProvisionedCell,
    plan: &Plan,
    outcome: &Outcome,
    judgement: Judgement,
) -> Result<Record> {
    let not_run = not_run(column, case, judgement.verdict);
    let request = plan.request.as_ref().map(|(_, request)| serde_json::to_value(request)).transpose()?;
    let record = Record {
        differences: differences(case, outcome, &judgement.mismatches),
        checks: differences(case, outcome, &judgement.checks),
        divergence: judgement.divergence.map(Known::from),
        receipt: Some(provisioned.receipt.clone()),
        executable_sha256: Some(provisioned.provisioned.ready.executable_sha256.clone()),
        key: Some(provisioned.key.clone()),
        measured: Some(Measured { ran: clock::now(), usage: outcome.usage, engine: outcome.engine_ns }),
        invocation: Some(Invocation {
            argv: by_name(column, &plan.argv),
            environment: plan.environment.clone(),
            stdin: if plan.not_run().is_some() { StdinKind::Null } else { case.stdin_kind },
            stdout: case.stdout_kind.clone(),
            stderr: case.stderr_kind.clone(),
            request,
        }),
        outcome: Some(Observed::of(outcome, case.expect.member(outcome))),
        ..not_run
    };
    Ok(if judgement.withheld { record.withheld() } else { record })
}
