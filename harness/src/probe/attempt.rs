//! One run of one of the probe's guests, through the same plan, sandbox and process as any cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use host_contract::EXIT_UNSUPPORTED;
use host_contract::report::Report;
use host_contract::request::{Call, Clock, Limits, Random, Value};

use super::Probe;
use crate::capability::Capability;
use crate::case::{Case, Location, Preopen, StdinKind, Step};
use crate::ending;
use crate::fixture::{Entry, Fixture, Fixtures};
use crate::outcome::{Exit, Outcome};
use crate::plan::Plan;
use crate::process;
use crate::runtime::Adapter;
use crate::sandbox::Sandbox;

/// When a run of the probe is given up: its guests take no time, but a machine may be busy.
const DEADLINE: Duration = Duration::from_secs(20);

/// What a guest is given.
#[derive(Debug, Clone)]
pub struct Inputs {
    pub case: Case,
}

impl Inputs {
    /// A guest that is given nothing.
    pub fn of(guest: &str) -> Inputs {
        let location = Location { file: "harness/src/probe".to_owned(), line: 1 };
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

    /// A preopen, with the folder of the probe's own that it starts as a copy of.
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

    /// Everything an adapter must be able to express to run this.
    pub fn needs(&self) -> BTreeSet<Capability> {
        self.case.needs()
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Attempt {
    /// What was run.
    pub plan: Plan,
    /// How it ended.
    pub end: End,
    /// The content of the file `made` in each preopen's folder, if it is there.
    pub made: Vec<Option<Vec<u8>>>,
    /// What a host says that the exports gave.
    pub returns: Vec<Vec<Value>>,
    /// When it began and when it had ended, since 1970.
    pub during: (Duration, Duration),
}

/// How a run ended.
#[derive(Debug)]
pub enum End {
    /// The guest was run.
    Ran(Box<Outcome>),
    /// A host says that it cannot do this, and did not start the guest.
    Refused(String),
    /// A host broke the contract; nothing is known of the guest.
    Broken(String),
}

impl Attempt {
    /// The outcome, if the guest was run.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.end {
            End::Ran(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// What the guest wrote to stdout, if it ended by itself with 0.
    pub fn output(&self) -> Option<&[u8]> {
        self.outcome().filter(|outcome| code(&outcome.exit) == Some(0)).map(|outcome| &*outcome.stdout)
    }

    /// What it wrote to stdout as strings that each have a NUL after them, if it ended by itself with 0.
    pub fn strings(&self) -> Option<Vec<&[u8]>> {
        let output = self.output()?;
        if output.is_empty() {
            return Some(Vec::new());
        }
        Some(output.strip_suffix(b"\0")?.split(|byte| *byte == 0).collect())
    }

    /// How it ended and what it wrote, in words.
    pub fn told(&self) -> String {
        match &self.end {
            End::Refused(why) => format!("refused: {why}"),
            End::Broken(why) => format!("no word of the guest: {why}"),
            End::Ran(outcome) => {
                let said = match outcome.stderr.is_empty() {
                    true => String::new(),
                    false => format!(", stderr {}", outcome.stderr),
                };
                format!("{}, stdout {}{said}", outcome.exit, outcome.stdout)
            }
        }
    }
}

/// The code of a guest that ended by itself.
pub fn code(exit: &Exit) -> Option<i32> {
    match exit {
        Exit::Code { code, .. } => Some(*code),
        _ => None,
    }
}

impl Probe<'_, '_> {
    /// Where a column's guests run, one after the other: plans then differ by their guest only.
    fn sandbox(&self, column: usize) -> PathBuf {
        self.folder.join("sandbox").join(self.session.columns[column].to_string()).join("run")
    }

    /// A run of a guest in a column, resolved.
    ///
    /// # Errors
    /// If the column cannot be had.
    pub(super) fn attempt_plan(&self, column: usize, inputs: &Inputs) -> Result<Plan> {
        let guest = &self.guests[inputs.case.guest.as_str()];
        self.session.plan(column, &inputs.case, guest, &self.sandbox(column), &self.fixtures)
    }

    /// Runs a guest in a column; `alter` may change the plan first.
    ///
    /// # Errors
    /// If the column cannot be had, or a process cannot be started.
    pub(super) fn attempt(&self, column: usize, inputs: &Inputs, alter: &dyn Fn(&mut Plan)) -> Result<Attempt> {
        let mut plan = self.attempt_plan(column, inputs)?;
        alter(&mut plan);
        let sandbox = Sandbox::create(&self.sandbox(column), &plan)?;
        let began = since_1970();
        let ended = process::run(&plan.spec()).with_context(|| format!("cannot start {}", plan.argv[0]))?;
        let during = (began, since_1970());
        let made = plan.dirs.iter().map(|dir| fs::read(dir.host.join("made")).ok()).collect();
        let adapter = &self.session.columns[column].mode.adapter;
        let is_host = matches!(adapter, Adapter::Host(_));
        let refused = is_host && ended.stopped.is_none() && ended.status.code() == Some(i32::from(EXIT_UNSUPPORTED));
        let end = match refused {
            true => End::Refused(String::from_utf8_lossy(&ended.stderr).trim().to_owned()),
            false => match ending::outcome(adapter, &inputs.case, &plan, ended, BTreeMap::new(), BTreeMap::new()) {
                Ok(outcome) => End::Ran(Box::new(outcome)),
                Err(error) => End::Broken(format!("{error:#}")),
            },
        };
        // A host that was killed leaves no report.
        let report = plan.report.as_ref().and_then(|path| fs::read(path).ok());
        let report = report.and_then(|bytes| serde_json::from_slice::<Report>(&bytes).ok());
        let returns = report.map_or_else(Vec::new, |report| report.returns);
        sandbox.remove()?;
        Ok(Attempt { plan, end, made, returns, during })
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The folders that preopens start as copies of, each with a file `given` that tells them apart.
pub fn fixtures() -> Fixtures {
    let fixture = |given: &str| Fixture { entries: [("given".into(), Entry::File(given.into()))].into() };
    [(ONE.to_owned(), fixture(GIVEN_ONE)), (OTHER.to_owned(), fixture(GIVEN_OTHER))].into()
}

/// A fixture.
pub const ONE: &str = "one";
/// Another one.
pub const OTHER: &str = "other";
/// What the file `given` holds in the one.
pub const GIVEN_ONE: &str = "the one";
/// What it holds in the other.
pub const GIVEN_OTHER: &str = "the other";
