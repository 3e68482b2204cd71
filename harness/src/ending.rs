//! Reads how a guest ended off how its runtime's process ended.

use std::collections::BTreeMap;
use std::fs;
use std::mem;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use host_contract::report::{self, Report, Trap};
use host_contract::{CONTRACT, EXIT_UNSUPPORTED};

use crate::case::Case;
use crate::expectation::Found;
use crate::outcome::{EngineTimes, Exit, Outcome};
use crate::plan::Plan;
use crate::process::{Ended, Stopped};
use crate::runtime::{Adapter, Command};

/// The outcome of a cell whose process has ended.
///
/// # Errors
/// If a host broke the contract: nothing is known of the guest then.
pub fn outcome(
    adapter: &Adapter,
    case: &Case,
    plan: &Plan,
    ended: Ended,
    files: BTreeMap<String, Found>,
    outside: BTreeMap<String, Found>,
) -> Result<Outcome> {
    let mut engine_ns = None;
    let mut returns = Vec::new();
    let exit = match (ended.stopped, adapter) {
        (Some(Stopped::Deadline), _) => Exit::Timeout,
        (Some(Stopped::OutputLimit), _) => Exit::OutputLimit,
        (None, Adapter::Subprocess(command)) => of_command(command, &ended),
        (None, Adapter::Host(_)) => match (ended.status.signal(), &plan.report) {
            (Some(signal), _) => Exit::Signal { signal },
            (None, Some(path)) => {
                let mut report = read(path, &ended)?;
                returns = mem::take(&mut report.returns);
                engine_ns = Some(EngineTimes {
                    compile_ns: report.compile_ns,
                    instantiate_ns: report.instantiate_ns,
                    run_ns: report.run_ns,
                });
                of_report(report, case)
            }
            (None, None) => bail!("a host was planned without a report"),
        },
    };
    Ok(Outcome {
        exit,
        stdout: ended.stdout.into(),
        stderr: ended.stderr.into(),
        files,
        outside,
        returns,
        again: None,
        usage: ended.usage,
        leaked: ended.leaked,
        engine_ns,
    })
}

fn of_command(command: &Command, ended: &Ended) -> Exit {
    // A shell would show a signal as 128 and its number, and so do the runtimes' own documents.
    let code = ended.status.code().or(ended.status.signal().map(|signal| 128 + signal));
    let sign = |sign: &Option<crate::runtime::Sign>| sign.as_ref()?.reason(code, &ended.stdout, &ended.stderr);
    if let Some(import) = sign(&command.missing_import) {
        return Exit::MissingImport { import };
    }
    if let Some(reason) = sign(&command.limit) {
        return Exit::Limit { reason };
    }
    if let Some(reason) = sign(&command.trap) {
        return Exit::Trap { reason };
    }
    match (ended.status.code(), ended.status.signal()) {
        (Some(code), _) => Exit::Code { code, whole: false },
        (None, signal) => Exit::Signal { signal: signal.unwrap_or(0) },
    }
}

fn read(path: &Path, ended: &Ended) -> Result<Report> {
    let said = || String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    match ended.status.code() {
        Some(0) => {}
        Some(code) if code == i32::from(EXIT_UNSUPPORTED) => {
            bail!("the host says it cannot do what its runtime.toml does not list under `lacks`: {}", said())
        }
        _ => bail!("the host ended with {} and no report: {}", ended.status, said()),
    }
    let bytes =
        fs::read(path).with_context(|| format!("the host exited 0 and left no report at {}", path.display()))?;
    let report: Report =
        serde_json::from_slice(&bytes).with_context(|| format!("the host's report: {}", path.display()))?;
    if report.contract != CONTRACT {
        bail!("the host's report speaks contract {}, this harness {CONTRACT}", report.contract);
    }
    Ok(report)
}

fn of_report(report: Report, case: &Case) -> Exit {
    let trap = match report.exit {
        report::Exit::Code(code) => return Exit::Code { code, whole: true },
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
        Trap::OutOfMemory if case.limits.memory_bytes.is_some() => Exit::Limit { reason: named("out-of-memory") },
        Trap::OutOfMemory => Exit::Trap { reason: named("out-of-memory") },
        Trap::Unreachable => Exit::Trap { reason: named("unreachable") },
        Trap::OutOfBounds => Exit::Trap { reason: named("out-of-bounds") },
        Trap::StackOverflow => Exit::Trap { reason: named("stack-overflow") },
        Trap::InvalidModule => Exit::Trap { reason: named("invalid-module") },
        Trap::Other => Exit::Trap { reason: named("other") },
    }
}
