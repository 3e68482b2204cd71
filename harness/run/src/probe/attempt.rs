//! Runs one of the probe's guests once, through the same executor as any cell.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use host_contract::request::{Call, Clock, Limits, Random, Value};

use super::Probe;
use crate::classify_exit::{HostFault, classify};
use crate::executor;
use crate::plan::{Plan, PlanOptions, Rewrite};
use crate::planning::{self, Folders};
use crate::sandbox::Sandbox;
use matrix_model::capability::Capability;
use matrix_model::case::{Case, Location, Preopen, Step};
use matrix_model::connection::StdinKind;
use matrix_model::fixture::{Entry, Fixture, Fixtures};
use matrix_model::outcome::{Exit, Found, Outcome};

/// The deadline of a run. The guests take no time, but the machine may be busy.
const DEADLINE: Duration = Duration::from_secs(20);

/// The inputs of a guest.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub case: Case,
}

impl Inputs {
    /// The inputs of a guest that is given nothing.
    pub fn of(guest: &str) -> Inputs {
        let location = Location { file: "harness/run/src/probe".to_owned(), line: 1 };
        let case = Case {
            stdin_kind: StdinKind::Null,
            deadline: DEADLINE,
            ..Case::of_module("probe", guest.to_owned(), location)
        };
        Inputs { case }
    }

    pub fn args(mut self, args: &[&str]) -> Inputs {
        self.case.args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self
    }

    pub fn env(mut self, env: &[(&str, &str)]) -> Inputs {
        self.case.env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self
    }

    /// Adds a preopen, which starts as a copy of a folder of the probe.
    pub fn dir(mut self, guest: &str, fixture: &str, read_only: bool) -> Inputs {
        self.case.dirs.push(Preopen { guest: guest.to_owned(), fixture: fixture.to_owned(), read_only });
        self
    }

    pub fn stdin(mut self, kind: StdinKind, bytes: &[u8]) -> Inputs {
        self.case.stdin_kind = kind;
        self.case.stdin = bytes.to_owned();
        self
    }

    pub fn steps(mut self, steps: Vec<Step>) -> Inputs {
        self.case.stdin_kind = StdinKind::Pipe;
        self.case.steps = steps;
        self
    }

    pub fn limits(mut self, limits: Limits) -> Inputs {
        self.case.limits = limits;
        self
    }

    pub fn clock(mut self, clock: Clock) -> Inputs {
        self.case.clock = clock;
        self
    }

    pub fn random(mut self, random: Random) -> Inputs {
        self.case.random = random;
        self
    }

    pub fn exports(mut self, exports: Vec<Call>) -> Inputs {
        self.case.exports = exports;
        self
    }

    pub fn deadline(mut self, deadline: Duration) -> Inputs {
        self.case.deadline = deadline;
        self
    }

    /// The capabilities that an adapter needs to run this.
    pub fn needs(&self) -> BTreeSet<Capability> {
        self.case.needs()
    }
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// What was run.
    pub plan: Plan,
    /// The guest's outcome, or why its host did not run it.
    pub end: Result<Outcome, HostFault>,
    /// The content of the file `made` in each preopen's folder, if it is there.
    pub made: Vec<Option<Vec<u8>>>,
    /// When it began and when it ended, since 1970.
    pub during: (Duration, Duration),
}

impl Attempt {
    /// The outcome, if the guest was run.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.end.as_ref().ok()
    }

    /// What the guest wrote to stdout, if it exited with 0.
    pub fn output(&self) -> Option<&[u8]> {
        self.outcome().filter(|outcome| code(&outcome.exit) == Some(0)).map(|outcome| &*outcome.stdout)
    }

    /// What the guest wrote to stdout, as NUL-terminated strings, if it exited with 0.
    pub fn strings(&self) -> Option<Vec<&[u8]>> {
        let output = self.output()?;
        if output.is_empty() {
            return Some(Vec::new());
        }
        Some(output.strip_suffix(b"\0")?.split(|byte| *byte == 0).collect())
    }

    /// The values that the exports returned, according to the host.
    pub fn returns(&self) -> &[Vec<Value>] {
        self.outcome().map_or(&[], |outcome| &outcome.returns)
    }

    /// How it ended and what it wrote, in words.
    pub fn told(&self) -> String {
        match &self.end {
            Err(HostFault::Refused(why)) => format!("refused: {why}"),
            Err(HostFault::Broken(why)) => format!("no word of the guest: {why}"),
            Ok(outcome) => {
                let said = match outcome.stderr.is_empty() {
                    true => String::new(),
                    false => format!(", stderr {}", outcome.stderr),
                };
                format!("{}, stdout {}{said}", outcome.exit, outcome.stdout)
            }
        }
    }
}

/// The exit code of a guest that exited by itself.
pub fn code(exit: &Exit) -> Option<i32> {
    match exit {
        Exit::Code { code, .. } => Some(*code),
        _ => None,
    }
}

impl Probe<'_, '_> {
    /// The folder in which a column's guests run, one after the other. Because it is shared, plans differ only in their
    /// guest.
    fn sandbox(&self, column: usize) -> PathBuf {
        self.folder.join("sandbox").join(self.provisioner.columns()[column].to_string()).join("run")
    }

    /// Plans a run of a guest in a column, with its usual command or a rewritten one.
    ///
    /// # Errors
    /// If the column cannot be provisioned.
    pub(super) fn attempt_plan(&self, column: usize, inputs: &Inputs, rewrite: Option<&Rewrite>) -> Result<Plan> {
        let guest = &self.guests[inputs.case.guest.as_str()];
        let provisioned = self.provisioner.provision_guest(column, guest)?;
        let folders = Folders { sandbox: &self.sandbox(column), fixtures: &self.fixtures };
        let options = PlanOptions { in_each_dir: Some(MADE), rewrite, ..PlanOptions::default() };
        let column = &self.provisioner.columns()[column];
        planning::plan(self.provisioner.compiled(), column, &inputs.case, provisioned, folders, options)
    }

    /// Runs a guest in a column, with its usual command or a rewritten one.
    ///
    /// # Errors
    /// If the column cannot be provisioned, or a process cannot be started.
    pub(super) fn attempt(&self, column: usize, inputs: &Inputs, rewrite: Option<&Rewrite>) -> Result<Attempt> {
        let plan = self.attempt_plan(column, inputs, rewrite)?;
        let sandbox = Sandbox::create(&plan)?;
        let mut execution = executor::run(&plan, &sandbox)?;
        sandbox.remove()?;
        let during = execution.first.during;
        let made = std::mem::take(&mut execution.first.in_each_dir).into_iter().map(content).collect();
        let end = classify(&plan, execution);
        Ok(Attempt { plan, end, made, during })
    }
}

/// The content of a file, if it is one.
fn content(found: Found) -> Option<Vec<u8>> {
    match found {
        Found::File(content) => content.whole().map(<[u8]>::to_owned),
        _ => None,
    }
}

/// The file that a guest makes in each of its preopens.
const MADE: &str = "made";

/// The folders that preopens start as copies of. Each has a file `given` that identifies it.
pub fn fixtures() -> Fixtures {
    let fixture = |given: &str| Fixture { entries: [("given".into(), Entry::File(given.into()))].into() };
    [(ONE.to_owned(), fixture(GIVEN_ONE)), (OTHER.to_owned(), fixture(GIVEN_OTHER))].into()
}

/// The name of a fixture.
pub const ONE: &str = "one";
/// The name of another fixture.
pub(crate) const OTHER: &str = "other";
/// The content of the file `given` in [`ONE`].
pub(crate) const GIVEN_ONE: &str = "the one";
/// The content of the file `given` in [`OTHER`].
pub(crate) const GIVEN_OTHER: &str = "the other";
