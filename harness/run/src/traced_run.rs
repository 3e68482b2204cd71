//! Runs a module in a column so that it tells of its host calls, through the same executor as any cell.

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Error, Result};

use crate::classify_exit::classify;
use crate::executor;
use crate::plan::{Plan, PlanOptions};
use crate::planning::{self, Folders};
use crate::sandbox::Sandbox;
use matrix_model::case::{Case, Location, Preopen, StdinKind, Tier};
use matrix_model::digest::sha256;
use matrix_model::dirs::Places;
use matrix_model::outcome::Outcome;
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_store::atomic_write::write_whole;
use wasip1_trace::{Trace, Traced, asks_first, instrument};

pub use compare::{Difference, differ_in_figures_alone, difference};

/// How many bytes of a trace one call may take: more than its parts come to.
const ROOM: usize = 8 << 10;

/// When a module that was given by its path is stopped, unless its user says otherwise.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a module that is no guest of the project's is given.
#[derive(Debug, Clone, Default)]
pub struct ModuleInput {
    /// Arguments after its own name.
    pub args: Vec<String>,
    /// Variables.
    pub env: Vec<(String, String)>,
    /// Folders of the machine's and the names by which it sees them; it gets the folders themselves, no copies.
    pub dirs: Vec<(PathBuf, String)>,
    /// What it reads; none is an empty stream.
    pub stdin: Option<Vec<u8>>,
    /// When it is stopped.
    pub deadline: Option<Duration>,
}

/// Runs modules so that they tell of their host calls.
pub struct TracedRuns<'a, 's> {
    provisioner: &'a Provisioner<'s>,
    folder: PathBuf,
    calls: u32,
    /// By the sha256 of what they were made of.
    made: Mutex<BTreeMap<String, Arc<Made>>>,
}

/// A module that tells of its calls.
struct Made {
    guest: Guest,
    traced: Traced,
}

/// What came of a run.
#[derive(Debug)]
pub struct TracedRun {
    /// What happened, without what the trace added to it.
    pub outcome: Outcome,
    /// The calls.
    pub trace: Trace,
    /// The functions that are not told of.
    pub left: Vec<String>,
}

impl<'a, 's> TracedRuns<'a, 's> {
    /// Runs in a provisioner's columns, of whose calls so many are told of.
    pub fn new(provisioner: &'a Provisioner<'s>, calls: u32) -> TracedRuns<'a, 's> {
        let folder = provisioner.places().state.join("trace");
        TracedRuns { provisioner, folder, calls, made: Mutex::default() }
    }

    /// Where the code that is compiled of traced modules is kept.
    pub fn compiled(places: &Places) -> PathBuf {
        places.state.join("trace").join("compiled")
    }

    /// Runs a cell's guest traced.
    ///
    /// # Errors
    /// If the column cannot be had, the guest cannot be traced, or a process cannot be started.
    pub fn cell(&self, column: usize, case: &Case) -> Result<TracedRun> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        self.traced(column, case, guest, false)
    }

    /// Where a case is run in a column; two of its runs there must not be at once.
    pub fn sandbox(&self, column: usize, case: &Case) -> PathBuf {
        self.folder.join("sandbox").join(self.provisioner.columns()[column].to_string()).join(&case.id)
    }

    /// Runs a cell's guest as it is, in the same way.
    ///
    /// # Errors
    /// As [`TracedRuns::cell`].
    pub fn cell_untraced(&self, column: usize, case: &Case) -> Result<Outcome> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        self.untraced(column, case, guest, false)
    }

    /// Runs a module, given as text, in the place of a case's guest, as it is: with the same arguments, in folders
    /// filled the same.
    ///
    /// # Errors
    /// As [`TracedRuns::cell`]; and if the text is no module.
    pub fn alone(&self, column: usize, case: &Case, text: &str) -> Result<Outcome> {
        let guest = self.guest(&wat::parse_str(text)?, OsStr::new("alone.wasm"))?;
        self.untraced(column, case, &guest, false)
    }

    /// Whether a cell comes to something else than it did, untraced, as soon as its guest makes one host call more before
    /// all others: then no trace, which makes some of its own, can come to the same.
    ///
    /// # Errors
    /// As [`TracedRuns::cell`].
    pub fn moves(&self, column: usize, case: &Case, untraced: &Outcome) -> Result<bool> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        let at = || guest.module.display().to_string();
        let bytes = fs::read(&guest.module).with_context(at)?;
        let Some(asking) = asks_first(&bytes).map_err(Error::new).with_context(at)? else { return Ok(false) };
        let asking = self.guest(&asking, guest.module.file_name().with_context(at)?)?;
        let outcome = self.untraced(column, case, &asking, false)?;
        Ok(difference(case, untraced, &outcome).is_some())
    }

    /// A module as a guest of this name.
    fn guest(&self, bytes: &[u8], name: &OsStr) -> Result<Guest> {
        let sha256 = sha256(bytes);
        let module = self.folder.join("modules").join(&sha256[..16]).join(name);
        write_whole(&module, bytes)?;
        Ok(Guest { module, sha256, imports: BTreeSet::new() })
    }

    /// Runs a module, given by its path, traced.
    ///
    /// # Errors
    /// As [`TracedRuns::cell`]; and if there is no such file or folder.
    pub fn module(&self, column: usize, module: &Path, input: &ModuleInput) -> Result<TracedRun> {
        self.traced(column, &case(module, input)?, &foreign(module)?, true)
    }

    /// Runs a module as it is, in the same way.
    ///
    /// # Errors
    /// As [`TracedRuns::module`].
    pub fn module_untraced(&self, column: usize, module: &Path, input: &ModuleInput) -> Result<Outcome> {
        self.untraced(column, &case(module, input)?, &foreign(module)?, true)
    }

    /// A module that tells of its calls, made of a guest once.
    fn made(&self, guest: &Guest) -> Result<Arc<Made>> {
        let mut all = self.made.lock().expect("no thread panics with the lock held");
        if let Some(made) = all.get(&guest.sha256) {
            return Ok(Arc::clone(made));
        }
        let at = || guest.module.display().to_string();
        let bytes = fs::read(&guest.module).with_context(at)?;
        let traced = instrument(&bytes, self.calls).map_err(Error::new).with_context(at)?;
        // Under the name that it had: a guest is told that name.
        let name = guest.module.file_name().with_context(at)?;
        let made = Arc::new(Made { guest: self.guest(&traced.module, name)?, traced });
        all.insert(guest.sha256.clone(), Arc::clone(&made));
        Ok(made)
    }

    /// Whether two outcomes of a case of which the second was traced differ because the guest tells of its own module's
    /// file: each says where its own is, or how long.
    ///
    /// # Errors
    /// As [`TracedRuns::cell`].
    pub fn tells_of_its_own_file(
        &self,
        column: usize,
        case: &Case,
        untraced: &Outcome,
        traced: &Outcome,
    ) -> Result<bool> {
        let guest = self.provisioner.guests(column)?.named(&case.guest)?;
        let told = |outcome: &Outcome, guest: &Guest| -> Result<[bool; 2]> {
            let module = self.plan(column, case, guest, PlanOptions::default())?.module;
            let length = fs::metadata(&module).with_context(|| module.display().to_string())?.len();
            let stdout = String::from_utf8_lossy(&outcome.stdout);
            Ok([stdout.contains(&*module.to_string_lossy()), stdout.contains(&length.to_string())])
        };
        let (untraced, traced) = (told(untraced, guest)?, told(traced, &self.made(guest)?.guest)?);
        Ok(untraced.iter().zip(traced).any(|(untraced, traced)| *untraced && traced))
    }

    /// Runs a guest as it is.
    fn untraced(&self, column: usize, case: &Case, guest: &Guest, own_dirs: bool) -> Result<Outcome> {
        let plan = self.plan(column, case, guest, PlanOptions { own_dirs, ..PlanOptions::default() })?;
        let sandbox = Sandbox::create(&plan)?;
        let outcome = classify(&plan, executor::run(&plan, &sandbox)?)?;
        sandbox.remove()?;
        Ok(outcome)
    }

    /// Runs what is made of a guest so that it tells of its calls. The trace is that of the first run, and is taken out
    /// of what was written before anybody reads that.
    fn traced(&self, column: usize, case: &Case, guest: &Guest, own_dirs: bool) -> Result<TracedRun> {
        let made = self.made(guest)?;
        // A module that calls nothing tells nothing.
        let tells = !made.traced.functions.is_empty();
        let more_output = if tells { ROOM * (self.calls as usize + 2) } else { 0 };
        let plan =
            self.plan(column, case, &made.guest, PlanOptions { own_dirs, more_output, ..PlanOptions::default() })?;
        let sandbox = Sandbox::create(&plan)?;
        let mut execution = executor::run(&plan, &sandbox)?;
        let mut traces = Vec::new();
        for ran in execution.runs_mut().filter(|_| tells) {
            let (trace, stderr) = Trace::take(&made.traced, &mem::take(&mut ran.ended.stderr));
            ran.ended.stderr = stderr;
            traces.push(trace);
        }
        let outcome = classify(&plan, execution)?;
        sandbox.remove()?;
        let trace = traces.into_iter().next().unwrap_or_default();
        Ok(TracedRun { outcome, trace, left: made.traced.left.clone() })
    }

    fn plan(&self, column: usize, case: &Case, guest: &Guest, options: PlanOptions) -> Result<Plan> {
        let provisioned = self.provisioner.provision_guest(column, guest)?;
        let folders = Folders { sandbox: &self.sandbox(column, case), fixtures: &self.provisioner.suite().fixtures };
        planning::plan(self.provisioner, column, case, &provisioned, folders, options)
    }
}

/// A module that is no guest of the project's.
fn foreign(module: &Path) -> Result<Guest> {
    let bytes = fs::read(module).with_context(|| module.display().to_string())?;
    Ok(Guest { module: module.to_owned(), sha256: sha256(&bytes), imports: BTreeSet::new() })
}

/// Its case.
fn case(module: &Path, input: &ModuleInput) -> Result<Case> {
    let name = module.file_stem().with_context(|| module.display().to_string())?.to_string_lossy().into_owned();
    let mut dirs = Vec::new();
    for (host, guest) in &input.dirs {
        let host = host.canonicalize().with_context(|| host.display().to_string())?;
        // A path from the root stays what it is, wherever it is looked for.
        let fixture = host.to_str().with_context(|| format!("{}: not UTF-8", host.display()))?.to_owned();
        dirs.push(Preopen { guest: guest.clone(), fixture, read_only: false });
    }
    let location = Location { file: module.display().to_string(), line: 1 };
    Ok(Case {
        tier: Tier::Observe,
        args: input.args.clone(),
        env: input.env.clone(),
        dirs,
        stdin: input.stdin.clone().unwrap_or_default(),
        stdin_kind: if input.stdin.is_some() { StdinKind::File } else { StdinKind::Pipe },
        deadline: input.deadline.unwrap_or(DEADLINE),
        ..Case::of_module("trace", name, location)
    })
}
