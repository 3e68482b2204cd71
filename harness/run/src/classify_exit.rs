//! Derives how a guest ended from how its runtime's process, or its compiler, ended. Pure: the host's report has already been read.

use std::path::Path;

use host_contract::report::{self, Report, Trap};
use host_contract::{CONTRACT, EXIT_UNSUPPORTED};
use thiserror::Error;

use crate::executor::{Execution, Ran};
use crate::plan::{ExitSigns, Plan};
use matrix_model::outcome::{EngineTimes, Exit, Outcome, SecondRun};
use matrix_model::runtime::Sign;
use matrix_provision::not_compiled::{HowFailed, NotCompiled};
use matrix_supervise::{Ended, Stopped};

/// How the reason begins where a host reports that its engine refuses the module.
const INVALID_MODULE: &str = "invalid-module";

/// The number of the signal by which `go test` asks a test for its goroutines.
const SIGQUIT: i32 = 3;

/// Why nothing is known about a guest: its host did not do its part.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum HostFault {
    /// The host says that it cannot do what it was asked to do. It did not start the guest.
    #[error("the host says it cannot do what its runtime.toml does not list under `lacks`: {0}")]
    Refused(String),
    /// The host broke the contract.
    #[error("{0}")]
    Broken(String),
}

/// The outcome of an executed plan: that of the first run, with what the second run adds.
///
/// # Errors
/// If a host refused or broke the contract. Nothing is known about the guest then.
pub(crate) fn classify(plan: &Plan, execution: Execution) -> Result<Outcome, HostFault> {
    if let Some(why) = plan.not_run() {
        let exit = of_compiler(&plan.exit_signs, why);
        return Ok(of_process(execution.first, exit));
    }
    let outcome = outcome(&plan.exit_signs, execution.first)?;
    if let Some(why) = &plan.not_compiled
        && was_started(&outcome.exit)
    {
        let message = format!("{}; a run compiled it all the same", why.message());
        return Ok(Outcome { exit: Exit::NotCompiled { message, at_deadline: false }, ..outcome });
    }
    let Some(second) = execution.second else { return Ok(outcome) };
    let second = self::outcome(&plan.exit_signs, second)?;
    Ok(Outcome {
        usage: outcome.usage.and(second.usage),
        leaked: [outcome.leaked, second.leaked].concat(),
        again: Some(SecondRun { exit: second.exit, stdout: second.stdout }),
        ..outcome
    })
}

fn outcome(signs: &ExitSigns, ran: Ran) -> Result<Outcome, HostFault> {
    let Ran { ended, report, .. } = &ran;
    let (mut engine_ns, mut returns) = (None, Vec::new());
    let exit = match (ended.stopped, signs, ended.signal()) {
        (Some(Stopped::Deadline), ..) => Exit::Timeout,
        (Some(Stopped::OutputLimit), ..) => Exit::OutputLimit,
        (Some(Stopped::Quit), ..) => Exit::Signal { signal: SIGQUIT },
        (None, ExitSigns::Command { missing_import, limit, trap }, _) => {
            of_command([missing_import, limit, trap], ended)
        }
        (None, ExitSigns::Report { .. }, Some(signal)) => Exit::Signal { signal },
        (None, ExitSigns::Report { path, limits_memory }, None) => {
            let report = contract_report(report, path, ended)?;
            engine_ns = Some(EngineTimes {
                compile_ns: report.compile_ns,
                instantiate_ns: report.instantiate_ns,
                run_ns: report.run_ns,
            });
            let exit = of_report(&report, *limits_memory);
            returns = report.returns;
            exit
        }
    };
    Ok(Outcome { returns, engine_ns, ..of_process(ran, exit) })
}

/// The outcome of a process whose guest ended like this.
fn of_process(ran: Ran, exit: Exit) -> Outcome {
    let Ran { ended, files, outside, .. } = ran;
    Outcome {
        exit,
        stdout: ended.stdout.into(),
        stderr: ended.stderr.into(),
        files,
        outside,
        returns: Vec::new(),
        again: None,
        stdin_rest: ended.left.stdin_rest.map(Into::into),
        changed_flags: ended.left.changed_flags,
        usage: ended.usage,
        leaked: ended.leaked,
        engine_ns: None,
    }
}

/// How a guest ended that was not compiled. Some compilers link, and report a missing import as a run would.
fn of_compiler(signs: &ExitSigns, why: &NotCompiled) -> Exit {
    if let ExitSigns::Command { missing_import: Some(sign), .. } = signs
        && let HowFailed::Exit(code) = why.how
        && let Some(import) = sign.reason(Some(code), &why.stdout, &why.stderr)
    {
        return Exit::MissingImport { import };
    }
    Exit::NotCompiled { message: why.message(), at_deadline: why.is_at_deadline() }
}

/// Whether a guest that ended like this had been started, so that it must have been compiled.
fn was_started(exit: &Exit) -> bool {
    match exit {
        Exit::Code { .. } | Exit::Limit { .. } => true,
        Exit::Trap { reason } => !reason.starts_with(INVALID_MODULE),
        _ => false,
    }
}

fn of_command([missing_import, limit, trap]: [&Option<Sign>; 3], ended: &Ended) -> Exit {
    // A shell shows a signal as 128 plus its number, and so does the runtimes' documentation.
    let code = ended.status.code().or(ended.signal().map(|signal| 128 + signal));
    let reason = |sign: &Option<Sign>| sign.as_ref()?.reason(code, &ended.stdout, &ended.stderr);
    if let Some(import) = reason(missing_import) {
        return Exit::MissingImport { import };
    }
    if let Some(reason) = reason(limit) {
        return Exit::Limit { reason };
    }
    if let Some(reason) = reason(trap) {
        return Exit::Trap { reason };
    }
    match (ended.status.code(), ended.signal()) {
        (Some(code), _) => Exit::Code { code, whole: false },
        (None, signal) => Exit::Signal { signal: signal.unwrap_or(0) },
    }
}

/// The report of a host that exited by itself.
fn contract_report(report: &Result<Vec<u8>, String>, path: &Path, ended: &Ended) -> Result<Report, HostFault> {
    let said = || String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    match ended.status.code() {
        Some(0) => {}
        Some(code) if code == i32::from(EXIT_UNSUPPORTED) => return Err(HostFault::Refused(said())),
        _ => return Err(HostFault::Broken(format!("the host ended with {} and no report: {}", ended.status, said()))),
    }
    let bytes = report
        .as_ref()
        .map_err(|error| HostFault::Broken(format!("the host exited 0 and left no report at {error}")))?;
    let report: Report = serde_json::from_slice(bytes)
        .map_err(|error| HostFault::Broken(format!("the host's report: {}: {error}", path.display())))?;
    match report.contract == CONTRACT {
        true => Ok(report),
        false => {
            let contract = report.contract;
            let why = format!("the host's report speaks contract {contract}, this harness {CONTRACT}");
            Err(HostFault::Broken(why))
        }
    }
}

fn of_report(report: &Report, limits_memory: bool) -> Exit {
    let trap = match &report.exit {
        report::Exit::Code(code) => return Exit::Code { code: *code, whole: true },
        report::Exit::Trap(trap) => trap,
    };
    // What follows the first line is a backtrace.
    let named = |name: &str| match report.message.lines().next() {
        None => name.to_owned(),
        Some(cause) => format!("{name}: {cause}"),
    };
    match trap {
        Trap::MissingImport { module, name } => Exit::MissingImport { import: format!("{module}.{name}") },
        Trap::OutOfFuel => Exit::Limit { reason: named("out-of-fuel") },
        Trap::Timeout => Exit::Limit { reason: named("timeout") },
        Trap::OutOfMemory if limits_memory => Exit::Limit { reason: named("out-of-memory") },
        Trap::OutOfMemory => Exit::Trap { reason: named("out-of-memory") },
        Trap::Unreachable => Exit::Trap { reason: named("unreachable") },
        Trap::OutOfBounds => Exit::Trap { reason: named("out-of-bounds") },
        Trap::StackOverflow => Exit::Trap { reason: named("stack-overflow") },
        Trap::InvalidModule => Exit::Trap { reason: named(INVALID_MODULE) },
        Trap::Other => Exit::Trap { reason: named("other") },
    }
}
