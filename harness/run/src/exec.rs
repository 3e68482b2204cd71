//! Runs a program where Go's wrapper would run it, under any column: what `go test -exec` and `go run -exec` start.
//!
//! ```text
//! HostWorld ──prepare──▶ Prepared ──▶ Exec::first      its output is passed on as it comes, its exit code is the answer
//!                            │
//!                            ├──────▶ Exec::beside     another column, of which nothing is shown; model::go_output compares
//!                            ├──────▶ Exec::last_call  once more, traced, after it was stopped by SIGQUIT
//!                            ╰──────▶ Exec::preopens   what the runtime tells a program of its folders
//! ```

mod redirected;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::executor::PassOn;
use crate::host_world::HostWorld;
use crate::module_input::Prepared;
use crate::traced_run::{Process, TracedRuns};
use matrix_model::digest::sha256;
use matrix_model::outcome::{Exit, Outcome};
use matrix_model::runtime::Adapter;
use matrix_model::skip_reason::{SkipReason, before_guests};
use matrix_model::verdict::Verdict;
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_store::atomic_write::write_whole;
use matrix_supervise::{Outputs, Stdin, Stopped};
use redirected::redirected;
use wasip1_trace::line;

/// When a program is stopped that `go` does not stop: never, as far as anybody will see.
const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How many host calls of a program that was stopped are recorded one by one.
const CALLS: u32 = 50_000;

/// When a module of a few instructions is stopped.
const SOON: Duration = Duration::from_secs(10);

/// The exit code of a shell for a process that SIGQUIT ended.
pub const QUIT: i32 = 131;

/// The exit code of a host's guest that trapped, as `abort` has it and wasmtime's command line.
const TRAPPED: i32 = 134;

/// Prints the names of the preopens, each with a NUL after it, as Go's own start reads them.
const PREOPENS: &str = include_str!("exec/preopens.wat");

/// A program that is run as Go's wrapper would run it.
pub struct Exec<'a, 's> {
    provisioner: &'a Provisioner<'s>,
    runs: TracedRuns<'a, 's>,
    folder: PathBuf,
    guest: Guest,
    world: HostWorld,
    args: Vec<String>,
    stdin: Stdin,
    together: bool,
}

/// How a program is run.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Its arguments after its own name.
    pub args: Vec<String>,
    /// Its stdin.
    pub stdin: Stdin,
    /// Whether its stderr is the same as its stdout, so that the order of what it writes is kept.
    pub together: bool,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code that Go's wrapper would give.
    pub code: i32,
    /// The outcome.
    pub outcome: Outcome,
    /// Whether SIGQUIT stopped it.
    pub is_quit: bool,
    /// What is to be told of its end, if nothing that it wrote tells that.
    pub said: Option<String>,
}

/// What a traced run of a program that was stopped has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastCall {
    /// This call did not return.
    NotReturned(String),
    /// This is the last call. The program then computed, and called no more.
    Returned(String),
    /// It makes no host call.
    None,
    /// It made more calls than are recorded, and none of the later ones was still at work.
    TooMany,
    /// The program ended before it was stopped.
    EndedBefore,
}

impl<'a, 's> Exec<'a, 's> {
    /// A program in its world. What is needed while it runs is in `folder`.
    ///
    /// # Errors
    /// If the module cannot be read.
    pub fn new(
        provisioner: &'a Provisioner<'s>,
        folder: &Path,
        module: &Path,
        world: HostWorld,
        manner: Manner,
    ) -> Result<Exec<'a, 's>> {
        let Manner { args, stdin, together } = manner;
        Ok(Exec {
            runs: TracedRuns::new(provisioner, CALLS).within(folder),
            folder: folder.to_owned(),
            guest: Guest::of_module(module)?,
            provisioner,
            world,
            args,
            stdin,
            together,
        })
    }

    /// Runs it in a column, and passes on what it writes. The arguments for the runtime's own command stand before the
    /// module.
    ///
    /// # Errors
    /// If the runtime cannot be made ready or started, or a host breaks the contract.
    pub fn first(&self, column: usize, runtime_args: &[String], on_output: &mut PassOn) -> Result<Ended> {
        let mut prepared = self.prepared(column, &self.args, NEVER)?;
        if let Some(on_host) = &mut prepared.on_host {
            on_host.runtime_args = runtime_args.to_vec();
            on_host.stdin = self.stdin.clone();
            on_host.outputs = Outputs { together: self.together, endless: true, ..Outputs::default() };
            on_host.ends_on_quit = true;
        }
        self.ended(column, &prepared, on_output)
    }

    /// Runs it in another column. What it would write beside its output, such as a profile, goes into a folder that nobody
    /// reads. If this process's own stdin is given to the first column, it is empty here.
    ///
    /// # Errors
    /// As [`Exec::first`].
    pub fn beside(&self, column: usize) -> Result<Ended> {
        let mut prepared = self.prepared(column, &self.redirected()?, NEVER)?;
        if let Some(on_host) = &mut prepared.on_host {
            on_host.stdin = self.repeatable_stdin();
            on_host.outputs = Outputs { together: self.together, endless: true, ..Outputs::default() };
            on_host.ends_on_quit = true;
        }
        self.ended(column, &prepared, &mut |_, _| true)
    }

    /// Runs it once more, traced, stops it at the deadline, and finds the call in which it was.
    ///
    /// # Errors
    /// As [`Exec::first`]; also if the module cannot be traced.
    pub fn last_call(&self, column: usize, deadline: Duration) -> Result<LastCall> {
        let mut prepared = self.prepared(column, &self.redirected()?, deadline)?;
        if let Some(on_host) = &mut prepared.on_host {
            on_host.stdin = self.repeatable_stdin();
        }
        let run = self.runs.prepared_traced(column, &self.guest, &prepared, None)?;
        if run.outcome.exit != Exit::Timeout {
            return Ok(LastCall::EndedBefore);
        }
        Ok(match run.trace.calls.last() {
            None => LastCall::None,
            Some(call) if call.returned.is_none() => LastCall::NotReturned(line(call)),
            Some(_) if run.trace.untold.is_some() => LastCall::TooMany,
            Some(call) => LastCall::Returned(line(call)),
        })
    }

    /// The names of the folders that the program is given, as the runtime tells them.
    ///
    /// # Errors
    /// As [`Exec::first`].
    pub fn preopens(&self, column: usize) -> Result<Vec<String>> {
        let bytes = wat::parse_str(PREOPENS)?;
        let module = self.folder.join("preopens.wasm");
        write_whole(&module, &bytes)?;
        let guest = Guest { module, sha256: sha256(&bytes), imports: BTreeSet::new() };
        let outcome = self.runs.prepared(column, &guest, &self.prepared(column, &[], SOON)?, None)?;
        let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
        Ok(text.split_terminator('\0').map(str::to_owned).collect())
    }

    /// The world that it runs in.
    pub fn world(&self) -> &HostWorld {
        &self.world
    }

    fn prepared(&self, column: usize, args: &[String], deadline: Duration) -> Result<Prepared> {
        let name = self.guest.module.file_name().context("a program without a name")?.to_string_lossy();
        let column = &self.provisioner.columns()[column];
        let prepared = self.world.prepare(&name, args, deadline, column)?;
        match before_guests(column, &prepared.case) {
            None => Ok(prepared),
            Some(SkipReason::Lacks(capability)) => {
                bail!(
                    "{column} cannot run a Go test as Go's wrapper does: its adapter cannot {}",
                    capability.sentence()
                )
            }
            Some(reason) => bail!("{column}: {}", Verdict::from(reason)),
        }
    }

    /// Its arguments, with what it would write to files going into a folder of its own.
    fn redirected(&self) -> Result<Vec<String>> {
        redirected(&self.args, &self.folder.join("written"))
    }

    fn repeatable_stdin(&self) -> Stdin {
        if self.stdin == Stdin::Inherited { Stdin::Null } else { self.stdin.clone() }
    }

    fn ended(&self, column: usize, prepared: &Prepared, on_output: &mut PassOn) -> Result<Ended> {
        let (outcome, process) = self.runs.prepared_passing_on(column, &self.guest, prepared, on_output)?;
        let column = &self.provisioner.columns()[column];
        let is_host = matches!(column.mode.adapter, Adapter::Host(_));
        let is_quit = process.stopped == Some(Stopped::Quit);
        Ok(Ended {
            code: if is_quit { QUIT } else { code(&outcome.exit, process, is_host) },
            said: told(&outcome, is_host).filter(|_| !is_quit),
            is_quit,
            outcome,
        })
    }
}

/// The exit code of a program that ended like this. What a runtime's own command has for its code, Go's wrapper has too.
fn code(exit: &Exit, process: Process, is_host: bool) -> i32 {
    match exit {
        // A shell sees no more of it.
        Exit::Code { code, .. } => code & 0xff,
        Exit::Trap { .. } if is_host => TRAPPED,
        Exit::NotCompiled { .. } => 1,
        _ if is_host => 1,
        _ => process.shell_code.unwrap_or(1),
    }
}

/// What is to be told of an end, if the runtime itself did not write that.
fn told(outcome: &Outcome, is_host: bool) -> Option<String> {
    match &outcome.exit {
        Exit::Code { .. } => None,
        Exit::NotCompiled { .. } => Some(outcome.exit.to_string()),
        exit if is_host => Some(exit.to_string()),
        Exit::Signal { .. } => Some(outcome.exit.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(exit: Exit, shell_code: i32, is_host: bool) -> i32 {
        code(&exit, Process { shell_code: Some(shell_code), stopped: None }, is_host)
    }

    #[test]
    fn an_exit_code_is_the_programs_or_the_runtimes() {
        for value in 0..256 {
            assert_eq!(of(Exit::Code { code: value, whole: false }, value, false), value);
        }
        assert_eq!(of(Exit::Code { code: 0x1_0007, whole: true }, 0, true), 7);
        let trap = || Exit::Trap { reason: "unreachable".to_owned() };
        assert_eq!((of(trap(), 134, false), of(trap(), 1, false), of(trap(), 0, true)), (134, 1, 134));
        let missing = || Exit::MissingImport { import: "env.f".to_owned() };
        assert_eq!((of(missing(), 1, false), of(missing(), 0, true)), (1, 1));
        assert_eq!(of(Exit::Signal { signal: 11 }, 139, false), 139);
    }
}
