//! Runs a module in a column with its host calls traced, through the same executor as any cell.

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Error, Result, bail};

use crate::classify_exit::classify;
use crate::executor::{self, Execution, PassOn};
use crate::module_input::{Dirs, ModuleInput, Prepared};
use crate::plan::{OnHost, Plan, PlanOptions};
use crate::planning::{self, Folders};
use crate::sandbox::{Left, Sandbox, left_in};
use matrix_model::case::Case;
use matrix_model::digest::sha256;
use matrix_model::fixture::Fixtures;
use matrix_model::outcome::Outcome;
use matrix_model::skip_reason::{SkipReason, before_guests};
use matrix_model::verdict::Verdict;
use matrix_provision::guests::Guest;
use matrix_provision::not_compiled::HowFailed;
use matrix_provision::provisioner::Provisioner;
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;
use matrix_supervise::Stopped;
use wasip1_trace::{Refusal, Trace, Traced, asks_first, instrument};

pub use compare::{Difference, differ_in_figures_alone, difference};

/// How many bytes of a trace one call may take. The parts of a call add up to less.
const ROOM: usize = 8 << 10;

/// Runs modules with their host calls traced.
pub struct TracedRuns<'a, 's> {
    provisioner: &'a Provisioner<'s>,
    folder: PathBuf,
    calls: u32,
    /// The fault that each host is started with.
    fault: Option<String>,
    /// By the sha256 of the modules they were made from.
    made: Mutex<BTreeMap<String, Arc<Made>>>,
}

/// What is run: a guest, with the inputs of a case.
#[derive(Clone, Copy)]
struct Subject<'a> {
    case: &'a Case,
    guest: &'a Guest,
    /// The initial contents of the case's folders.
    fixtures: &'a Fixtures,
    /// Whether the guest gets the folders themselves.
    own_dirs: bool,
    /// How it is started where the user is, if it is.
    on_host: Option<&'a OnHost>,
    /// If all that is left in the folders is part of the outcome: how it is looked at.
    left: Option<Left<'a>>,
}

/// A guest rewritten to trace its calls.
struct Made {
    guest: Guest,
    traced: Traced,
}

/// How the process of a runtime ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    /// Its exit code as a shell shows it: 128 plus its number for a signal. `None` if it was not started.
    pub shell_code: Option<i32>,
    /// Why it was stopped, if it was.
    pub stopped: Option<Stopped>,
}

/// The result of a traced run.
#[derive(Debug)]
pub struct TracedRun {
    /// The outcome, without what the trace added to it.
    pub outcome: Outcome,
    /// The calls.
    pub trace: Trace,
    /// The functions that are not traced.
    pub left: Vec<String>,
}

impl<'a, 's> TracedRuns<'a, 's> {
    /// Runs in a provisioner's columns. `calls` is the number of calls that each trace records one by one.
    pub fn new(provisioner: &'a Provisioner<'s>, calls: u32) -> TracedRuns<'a, 's> {
        let folder = provisioner.places().state.join("trace");
        TracedRuns { provisioner, folder, calls, fault: None, made: Mutex::default() }
    }

    /// Runs everything in another folder.
    #[must_use]
    pub fn within(self, folder: &Path) -> TracedRuns<'a, 's> {
        TracedRuns { folder: folder.to_owned(), ..self }
    }

    /// Starts each host with one of its faults.
    #[must_use]
    pub fn with_fault(self, fault: Option<String>) -> TracedRuns<'a, 's> {
        TracedRuns { fault, ..self }
    }

    /// Where code compiled from traced modules is kept.
    pub fn compiled(places: &Places) -> PathBuf {
        places.state.join("trace").join("compiled")
    }

    /// Runs a cell's guest traced.
    ///
    /// # Errors
    /// If the column cannot be provisioned, the guest cannot be traced, or a process cannot be started.
    pub fn cell(&self, column: usize, case: &Case) -> Result<TracedRun> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        self.traced(column, self.of_case(case, guest))
    }

    /// A guest with the inputs of a case of the project.
    fn of_case<'c>(&'c self, case: &'c Case, guest: &'c Guest) -> Subject<'c> {
        Subject {
            case,
            guest,
            fixtures: &self.provisioner.suite().fixtures,
            own_dirs: false,
            on_host: None,
            left: None,
        }
    }

    /// Where a case is run in a column. Two runs of one case in one column must not overlap.
    pub fn sandbox(&self, column: usize, case: &Case) -> PathBuf {
        self.folder.join("sandbox").join(self.provisioner.columns()[column].to_string()).join(&case.id)
    }

    /// Runs a cell's guest untraced, in the same way.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub fn cell_untraced(&self, column: usize, case: &Case) -> Result<Outcome> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        self.untraced(column, self.of_case(case, guest))
    }

    /// Runs a module, given as text, untraced in place of a case's guest: with the same arguments, in folders filled in
    /// the same way.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`]; also if the text is not a module.
    pub fn alone(&self, column: usize, case: &Case, text: &str) -> Result<Outcome> {
        let guest = self.guest(&wat::parse_str(text)?, OsStr::new("alone.wasm"))?;
        self.untraced(column, self.of_case(case, &guest))
    }

    /// Runs a module in text form as it is, which some runtimes refuse.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub fn alone_as_text(&self, column: usize, case: &Case, text: &str) -> Result<Outcome> {
        let guest = self.guest(text.as_bytes(), OsStr::new("alone.wat"))?;
        self.untraced(column, self.of_case(case, &guest))
    }

    /// The plan by which [`TracedRuns::alone`] runs a module.
    ///
    /// # Errors
    /// Same as [`TracedRuns::alone`].
    pub fn plan_alone(&self, column: usize, case: &Case, text: &str) -> Result<Plan> {
        let guest = self.guest(&wat::parse_str(text)?, OsStr::new("alone.wasm"))?;
        self.plan(column, self.of_case(case, &guest), 0)
    }

    /// The plan by which [`TracedRuns::cell_untraced`] runs a cell.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub fn plan_of_cell(&self, column: usize, case: &Case) -> Result<Plan> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        self.plan(column, self.of_case(case, guest), 0)
    }

    /// Whether a cell's outcome changes from `untraced` as soon as its guest makes one more host call before all
    /// others. If so, no trace can have the same outcome, because a trace makes host calls of its own.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub fn moves(&self, column: usize, case: &Case, untraced: &Outcome) -> Result<bool> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        let at = || guest.module.display().to_string();
        let bytes = fs::read(&guest.module).with_context(at)?;
        let Some(asking) = asks_first(&bytes).map_err(Error::new).with_context(at)? else { return Ok(false) };
        let asking = self.guest(&asking, guest.module.file_name().with_context(at)?)?;
        let outcome = self.untraced(column, self.of_case(case, &asking))?;
        Ok(difference(case, untraced, &outcome).is_some())
    }

    /// Writes a module as a guest with this name.
    fn guest(&self, bytes: &[u8], name: &OsStr) -> Result<Guest> {
        let sha256 = sha256(bytes);
        let module = self.folder.join("modules").join(&sha256[..16]).join(name);
        write_whole(&module, bytes)?;
        Ok(Guest { module, sha256, imports: BTreeSet::new() })
    }

    /// Traces a module that is given by its path. It gets the folders themselves, and not copies.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`]; also if a file or folder does not exist, or the column's adapter cannot express one of
    /// the inputs.
    pub fn module(&self, column: usize, module: &Path, input: &ModuleInput) -> Result<TracedRun> {
        let prepared = input.prepare("trace", module, Dirs::Own)?;
        match before_guests(&self.provisioner.columns()[column], &prepared.case) {
            None => self.prepared_traced(column, &Guest::of_module(module)?, &prepared, None),
            Some(SkipReason::Lacks(capability)) => bail!("its adapter cannot {}", capability.sentence()),
            Some(reason) => bail!("{}", Verdict::from(reason)),
        }
    }

    /// Runs a module untraced, in the same way.
    ///
    /// # Errors
    /// Same as [`TracedRuns::module`].
    pub fn module_untraced(&self, column: usize, module: &Path, input: &ModuleInput) -> Result<Outcome> {
        let prepared = input.prepare("trace", module, Dirs::Own)?;
        self.prepared(column, &Guest::of_module(module)?, &prepared, None)
    }

    /// Runs a program of the user's. With `left`, the outcome's files are all that it left in its folders.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub fn prepared(&self, column: usize, guest: &Guest, prepared: &Prepared, left: Option<Left>) -> Result<Outcome> {
        self.untraced(column, of_user(guest, prepared, left))
    }

    /// Runs a program of the user's, and passes on what it writes as it arrives.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub(crate) fn prepared_passing_on(
        &self,
        column: usize,
        guest: &Guest,
        prepared: &Prepared,
        on_output: &mut PassOn,
    ) -> Result<(Outcome, Process)> {
        let subject = of_user(guest, prepared, None);
        let mut process = Process { shell_code: None, stopped: None };
        let plan = self.plan(column, subject, 0)?;
        let outcome = carry_out(&plan, subject, on_output, |execution| {
            let ended = &execution.first.ended;
            let shell_code = ended.status.code().or(ended.signal().map(|signal| 128 + signal));
            process = Process { shell_code, stopped: ended.stopped };
        })?;
        if plan.not_run().is_some_and(|why| why.how == HowFailed::Quit) {
            process.stopped = Some(Stopped::Quit);
        }
        Ok((outcome, process))
    }

    /// Runs a program of the user's traced, in the same way.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub fn prepared_traced(
        &self,
        column: usize,
        guest: &Guest,
        prepared: &Prepared,
        left: Option<Left>,
    ) -> Result<TracedRun> {
        self.traced(column, of_user(guest, prepared, left))
    }

    /// A guest rewritten to trace its calls. It is made once.
    fn made(&self, guest: &Guest) -> Result<Arc<Made>> {
        let mut all = self.made.lock().expect("no thread panics with the lock held");
        if let Some(made) = all.get(&guest.sha256) {
            return Ok(Arc::clone(made));
        }
        let at = || guest.module.display().to_string();
        let bytes = fs::read(&guest.module).with_context(at)?;
        let traced = instrument(&bytes, self.calls).map_err(Error::new).with_context(at)?;
        // The module keeps its file name, because a guest is told that name.
        let name = guest.module.file_name().with_context(at)?;
        let made = Arc::new(Made { guest: self.guest(&traced.module, name)?, traced });
        all.insert(guest.sha256.clone(), Arc::clone(&made));
        Ok(made)
    }

    /// Whether an untraced and a traced outcome of a case differ because the guest reports its own module's file: its
    /// path or its length.
    ///
    /// # Errors
    /// Same as [`TracedRuns::cell`].
    pub fn tells_of_its_own_file(
        &self,
        column: usize,
        case: &Case,
        untraced: &Outcome,
        traced: &Outcome,
    ) -> Result<bool> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        let told = |outcome: &Outcome, guest: &Guest| -> Result<[bool; 2]> {
            let module = self.plan(column, self.of_case(case, guest), 0)?.module;
            let length = fs::metadata(&module).with_context(|| module.display().to_string())?.len();
            let stdout = String::from_utf8_lossy(&outcome.stdout);
            Ok([stdout.contains(&*module.to_string_lossy()), stdout.contains(&length.to_string())])
        };
        let (untraced, traced) = (told(untraced, guest)?, told(traced, &self.made(guest)?.guest)?);
        Ok(untraced.iter().zip(traced).any(|(untraced, traced)| *untraced && traced))
    }

    /// Runs a guest untraced.
    fn untraced(&self, column: usize, subject: Subject) -> Result<Outcome> {
        carry_out(&self.plan(column, subject, 0)?, subject, &mut |_, _| true, |_| ())
    }

    /// Runs a guest rewritten to trace its calls. Returns the trace of the first run. Every trace is removed from
    /// stderr before the outcome is classified.
    fn traced(&self, column: usize, subject: Subject) -> Result<TracedRun> {
        let stderr = &subject.case.stderr_kind;
        if !stderr.is_a_stream_of_its_own() {
            bail!(Refusal::Unheard(stderr.to_string()));
        }
        let made = self.made(subject.guest)?;
        // A module that calls nothing writes no trace.
        let tells = !made.traced.functions.is_empty();
        let more_output = if tells { ROOM * (self.calls as usize + 2) } else { 0 };
        let subject = Subject { guest: &made.guest, ..subject };
        let plan = self.plan(column, subject, more_output)?;
        let mut traces = Vec::new();
        let outcome = carry_out(&plan, subject, &mut |_, _| true, |execution| {
            for ran in execution.runs_mut().filter(|_| tells) {
                let (trace, stderr) = Trace::take(&made.traced, &mem::take(&mut ran.ended.stderr));
                ran.ended.stderr = stderr;
                traces.push(trace);
            }
        })?;
        let trace = traces.into_iter().next().unwrap_or_default();
        Ok(TracedRun { outcome, trace, left: made.traced.left.clone() })
    }

    /// Plans a run that may write so many bytes more than usual.
    fn plan(&self, column: usize, subject: Subject, more_output: usize) -> Result<Plan> {
        let Subject { case, guest, fixtures, own_dirs, on_host, .. } = subject;
        let folders = Folders { sandbox: &self.sandbox(column, case), fixtures };
        let fault = self.fault.as_deref();
        let options = PlanOptions { fault, own_dirs, more_output, on_host, ..PlanOptions::default() };
        if on_host.is_some() && self.provisioner.columns()[column].runtime.is_reference() {
            return Ok(Plan::of_program(&guest.module, case, folders.sandbox, options));
        }
        let provisioned = self.provisioner.provision_guest(column, guest)?;
        let column = &self.provisioner.columns()[column];
        planning::plan(self.provisioner.compiled(), column, case, provisioned, folders, options)
    }
}

/// Carries out a plan, and passes on what its process writes. `take` may take from the execution what is not the guest's.
fn carry_out(
    plan: &Plan,
    subject: Subject,
    on_output: &mut PassOn,
    take: impl FnOnce(&mut Execution),
) -> Result<Outcome> {
    let sandbox = Sandbox::create(plan)?;
    let mut execution = executor::run_passing_on(plan, &sandbox, on_output)?;
    take(&mut execution);
    let mut outcome = classify(plan, execution)?;
    if let Some(left) = subject.left {
        outcome.files = left_in(plan.dirs.iter().map(|dir| (dir.guest.as_str(), dir.host.as_path())), left);
    }
    sandbox.remove()?;
    Ok(outcome)
}

/// A program of the user's with its inputs.
fn of_user<'a>(guest: &'a Guest, prepared: &'a Prepared, left: Option<Left<'a>>) -> Subject<'a> {
    let Prepared { case, fixtures, own_dirs, on_host } = prepared;
    Subject { case, guest, fixtures, own_dirs: *own_dirs, on_host: on_host.as_ref(), left }
}
