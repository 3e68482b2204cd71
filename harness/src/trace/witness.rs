//! Runs a traced module in a column, through the same plan, sandbox and process as any cell.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use anyhow::{Context, Error, Result};
use regex::bytes::Regex;

use super::frames::Trace;
use super::instrument::{Traced, instrument};
use super::prelude::asks_first;
use crate::case::{Case, Location, Preopen, StdinKind, Tier};
use crate::digest::sha256;
use crate::ending;
use crate::expectation::quoted;
use crate::fixture::Fixtures;
use crate::guests::Guest;
use crate::outcome::{Exit, Outcome, SecondRun};
use crate::plan::Plan;
use crate::process::{self, Ended};
use crate::sandbox::Sandbox;
use crate::session::Session;
use crate::whole::write_whole;

/// How many bytes of a trace one call may take: more than its parts come to.
const ROOM: usize = 8 << 10;

/// When a module that was given by its path is stopped, unless its user says otherwise.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many bytes of a stream are told where two runs differ in it.
const SHOWN: usize = 300;

/// What a module that is no guest of the project's is given.
#[derive(Debug, Clone, Default)]
pub struct Input {
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

/// Runs of modules that tell of their host calls.
pub struct Traces<'a, 's> {
    session: &'a Session<'s>,
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
pub struct Witnessed {
    /// What happened, without what the trace added to it.
    pub outcome: Outcome,
    /// The calls.
    pub trace: Trace,
    /// The functions that are not told of.
    pub left: Vec<String>,
}

impl<'a, 's> Traces<'a, 's> {
    /// Runs in a session, of whose calls so many are told of.
    pub fn new(session: &'a Session<'s>, calls: u32) -> Traces<'a, 's> {
        Traces { session, folder: session.places.state.join("trace"), calls, made: Mutex::default() }
    }

    /// Where the code that is compiled of traced modules is kept.
    pub fn compiled(places: &crate::place::Places) -> PathBuf {
        places.state.join("trace").join("compiled")
    }

    /// Runs a cell's guest traced.
    ///
    /// # Errors
    /// If the column cannot be had, the guest cannot be traced, or a process cannot be started.
    pub fn cell(&self, column: usize, case: &Case) -> Result<Witnessed> {
        let guest = self.session.guests(column)?.named(&case.guest)?.clone();
        self.run(column, case, &guest, &self.session.suite.fixtures, true)
    }

    /// Where a case is run in a column; two of its runs there must not be at once.
    pub fn sandbox(&self, column: usize, case: &Case) -> PathBuf {
        self.folder.join("sandbox").join(self.session.columns[column].to_string()).join(&case.id)
    }

    /// Runs a cell's guest as it is, in the same way.
    ///
    /// # Errors
    /// As [`Traces::cell`].
    pub fn cell_untraced(&self, column: usize, case: &Case) -> Result<Outcome> {
        let guest = self.session.guests(column)?.named(&case.guest)?.clone();
        let (outcome, _) = self.observe(column, case, &guest, &Traced::none(), &self.session.suite.fixtures, true)?;
        Ok(outcome)
    }

    /// Runs a module, given as text, in the place of a case's guest, as it is: with the same arguments, in folders
    /// filled the same.
    ///
    /// # Errors
    /// As [`Traces::cell`]; and if the text is no module.
    pub fn alone(&self, column: usize, case: &Case, text: &str) -> Result<Outcome> {
        let guest = self.guest(&wat::parse_str(text)?, OsStr::new("alone.wasm"))?;
        let (outcome, _) = self.observe(column, case, &guest, &Traced::none(), &self.session.suite.fixtures, true)?;
        Ok(outcome)
    }

    /// Whether a cell comes to something else than it did, untraced, as soon as its guest makes one host call more before
    /// all others: then no trace, which makes some of its own, can come to the same.
    ///
    /// # Errors
    /// As [`Traces::cell`].
    pub fn moves(&self, column: usize, case: &Case, untraced: &Outcome) -> Result<bool> {
        let guest = self.session.guests(column)?.named(&case.guest)?;
        let at = || guest.module.display().to_string();
        let bytes = fs::read(&guest.module).with_context(at)?;
        let Some(asking) = asks_first(&bytes).map_err(Error::new).with_context(at)? else { return Ok(false) };
        let asking = self.guest(&asking, guest.module.file_name().with_context(at)?)?;
        let (outcome, _) = self.observe(column, case, &asking, &Traced::none(), &self.session.suite.fixtures, true)?;
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
    /// As [`Traces::cell`]; and if there is no such file or folder.
    pub fn module(&self, column: usize, module: &Path, input: &Input) -> Result<Witnessed> {
        let bytes = fs::read(module).with_context(|| module.display().to_string())?;
        let case = case(module, input)?;
        let guest = Guest { module: module.to_owned(), sha256: sha256(&bytes), imports: BTreeSet::new() };
        self.run(column, &case, &guest, &Fixtures::new(), false)
    }

    /// Runs a module as it is, in the same way.
    ///
    /// # Errors
    /// As [`Traces::module`].
    pub fn module_untraced(&self, column: usize, module: &Path, input: &Input) -> Result<Outcome> {
        let bytes = fs::read(module).with_context(|| module.display().to_string())?;
        let guest = Guest { module: module.to_owned(), sha256: sha256(&bytes), imports: BTreeSet::new() };
        let (outcome, _) =
            self.observe(column, &case(module, input)?, &guest, &Traced::none(), &Fixtures::new(), false)?;
        Ok(outcome)
    }

    fn run(&self, column: usize, case: &Case, guest: &Guest, fixtures: &Fixtures, copies: bool) -> Result<Witnessed> {
        let made = self.made(guest)?;
        let (outcome, trace) = self.observe(column, case, &made.guest, &made.traced, fixtures, copies)?;
        Ok(Witnessed { outcome, trace, left: made.traced.left.clone() })
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
    /// As [`Traces::cell`].
    pub fn tells_of_its_own_file(
        &self,
        column: usize,
        case: &Case,
        untraced: &Outcome,
        traced: &Outcome,
    ) -> Result<bool> {
        let guest = self.session.guests(column)?.named(&case.guest)?;
        let (path, fixtures) = (self.sandbox(column, case), &self.session.suite.fixtures);
        let told = |outcome: &Outcome, guest: &Guest| -> Result<[bool; 2]> {
            let module = self.session.plan(column, case, guest, &path, fixtures)?.module;
            let length = fs::metadata(&module).with_context(|| module.display().to_string())?.len();
            let stdout = String::from_utf8_lossy(&outcome.stdout);
            Ok([stdout.contains(&*module.to_string_lossy()), stdout.contains(&length.to_string())])
        };
        let (untraced, traced) = (told(untraced, guest)?, told(traced, &self.made(guest)?.guest)?);
        Ok(untraced.iter().zip(traced).any(|(untraced, traced)| *untraced && traced))
    }

    fn observe(
        &self,
        column: usize,
        case: &Case,
        guest: &Guest,
        traced: &Traced,
        fixtures: &Fixtures,
        copies: bool,
    ) -> Result<(Outcome, Trace)> {
        let path = self.sandbox(column, case);
        let mut plan = self.session.plan(column, case, guest, &path, fixtures)?;
        if !copies {
            // They are the user's own: nothing is copied there.
            plan.dirs.clear();
        }
        let sandbox = Sandbox::create(&path, &plan)?;
        let (mut outcome, trace) = self.observe_once(column, case, &plan, &sandbox, traced)?;
        if case.expect.again.is_some() {
            sandbox.fill(&plan)?;
            let (second, _) = self.observe_once(column, case, &plan, &sandbox, traced)?;
            outcome.again = Some(SecondRun { exit: second.exit, stdout: second.stdout });
        }
        sandbox.remove()?;
        Ok((outcome, trace))
    }

    fn observe_once(
        &self,
        column: usize,
        case: &Case,
        plan: &Plan,
        sandbox: &Sandbox,
        traced: &Traced,
    ) -> Result<(Outcome, Trace)> {
        let mut spec = plan.spec();
        let mut trace = Trace::default();
        let is_traced = !traced.functions.is_empty();
        if is_traced {
            spec.output_limit += ROOM * (self.calls as usize + 2);
        }
        let ended = process::run(&spec).with_context(|| format!("cannot start {}", plan.argv[0]))?;
        let ended = match is_traced {
            false => ended,
            true => {
                let (told, stderr) = Trace::take(traced, &ended.stderr);
                trace = told;
                Ended { stderr, ..ended }
            }
        };
        let files = sandbox.find(plan, case.expect.files.keys());
        let outside = sandbox.find_outside(plan, case.expect.outside.keys());
        let adapter = &self.session.columns[column].mode.adapter;
        Ok((ending::outcome(adapter, case, plan, ended, files, outside)?, trace))
    }
}

/// A case of a module that is no guest.
fn case(module: &Path, input: &Input) -> Result<Case> {
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

/// How two runs of a cell of which one was traced may differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// As two untraced runs do, or may where a race is recorded.
    Varies,
    /// Because each run tells of its own module's file, and a traced one is another: some runtimes open that file as
    /// descriptor 0 where there is no stdin, and some hand the guest its path.
    OwnFile,
    /// In figures alone, and both are judged the same: what was measured, or when.
    Figures,
    /// As an untraced guest differs from itself that makes one host call more before all others.
    Moves,
    /// Because of the trace; in what, in words.
    Traced(String),
}

/// Whether two outcomes of a case ended in the same way, left the same behind, are judged the same, and say the same but
/// for figures.
pub fn differ_in_figures_alone(case: &Case, one: &Outcome, other: &Outcome) -> bool {
    let words = |bytes: &[u8]| bytes.iter().copied().filter(|byte| !byte.is_ascii_digit()).collect::<Vec<_>>();
    let said = |outcome: &Outcome| Outcome {
        stdout: words(&outcome.stdout).into(),
        stderr: words(&outcome.stderr).into(),
        ..outcome.clone()
    };
    let judged = |outcome: &Outcome| case.expect.mismatches(outcome);
    judged(one) == judged(other) && difference(case, &said(one), &said(other)).is_none()
}

/// What a runtime says without where in the code it was, and without the digest that the folder of the guest's file is called
/// by: a traced guest has others, and frames of its own.
fn without_places(said: &[u8]) -> Vec<u8> {
    static FRAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("(?m)^ *[0-9]+: +0x[0-9a-f]+ - [^\n]*\n").expect("a pattern"));
    static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new("0x[0-9a-f]+|[0-9a-f]{16}").expect("a pattern"));
    PLACE.replace_all(&FRAME.replace_all(said, &b""[..]), &b"#"[..]).into_owned()
}

/// In what two outcomes of a case differ, in words; none if in nothing that a guest or a user can see.
pub fn difference(case: &Case, one: &Outcome, other: &Outcome) -> Option<String> {
    // An engine says where in the code it was; that is another place in a traced module.
    let ended = |outcome: &Outcome| match &outcome.exit {
        Exit::Trap { reason } => format!("a trap: {}", reason.split([':', '\n']).next().unwrap_or(reason)),
        // One that breaks down does so in another place, and by another signal.
        Exit::Signal { .. } => "killed by a signal".to_owned(),
        other => other.to_string(),
    };
    let by_itself = |outcome: &Outcome| matches!(outcome.exit, Exit::Code { .. });
    let mismatches = |outcome: &Outcome| case.expect.mismatches(outcome);
    if ended(one) != ended(other) {
        return Some(format!("untraced {}, traced {}", one.exit, other.exit));
    }
    if matches!(one.exit, Exit::OutputLimit) {
        return None;
    }
    let streams = [("stdout", &one.stdout, &other.stdout), ("stderr", &one.stderr, &other.stderr)];
    for (stream, one_bytes, other_bytes) in streams {
        let same =
            one_bytes == other_bytes || stream == "stderr" && without_places(one_bytes) == without_places(other_bytes);
        if !same && (stream == "stdout" || by_itself(one)) {
            let excerpt = |bytes: &[u8]| quoted(&bytes[..bytes.len().min(SHOWN)]);
            return Some(format!("{stream} untraced {}, traced {}", excerpt(one_bytes), excerpt(other_bytes)));
        }
    }
    if (&one.files, &one.outside) != (&other.files, &other.outside) {
        return Some(format!("left behind untraced {:?}, traced {:?}", one.files, other.files));
    }
    if mismatches(one) != mismatches(other) {
        return Some(format!("mismatches untraced {:?}, traced {:?}", mismatches(one), mismatches(other)));
    }
    None
}
