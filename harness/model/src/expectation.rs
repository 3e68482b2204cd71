//! What must be observed, and how it is compared. Pure: bytes in, mismatches out.

mod expected_exit;
mod lines;
mod matcher;

use std::collections::BTreeMap;
use std::fmt;

use host_contract::request::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use expected_exit::ExpectedExit;
pub use lines::FailedCheck;
pub use matcher::{FileMatcher, Matcher};

use crate::outcome::{Exit, Found, Outcome, SecondRun};

/// What a case or a divergence expects to be observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// How the guest ends.
    pub exit: ExpectedExit,
    /// What it writes to stdout: all of it, with the control and the checks.
    pub stdout: Matcher,
    /// What stdout begins with if the promise can be judged at all: whole lines. Empty if there is no control.
    pub control: Vec<u8>,
    /// The lines of stdout that are another case's promise: how they begin, and that case's id.
    pub checks: BTreeMap<String, String>,
    /// What it writes to stderr, if that is judged.
    pub stderr: Option<Matcher>,
    /// What is left on the host, by guest path.
    pub files: BTreeMap<String, FileMatcher>,
    /// What is left in the folders outside, by a path that begins with the folder's name.
    pub outside: BTreeMap<String, FileMatcher>,
    /// The values that the called exports return, if they are judged.
    pub returns: Option<Vec<Vec<Value>>>,
    /// How a second run compares with the first, if that is judged.
    pub again: Option<Again>,
    /// What it leaves unread in stdin, if that is judged.
    pub stdin_rest: Option<Matcher>,
    /// What it leaves changed of its descriptors, if that is judged.
    pub changed_flags: Option<Vec<String>>,
}

/// How the stdout of a second run of the same process compares with that of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// Byte for byte the same.
    Same,
    /// Not the same.
    Different,
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Again::Same => "a second run writes the same bytes",
            Again::Different => "a second run writes other bytes",
        })
    }
}

/// One respect in which an outcome may not be as expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The guest ended otherwise.
    Exit,
    /// Stdout does not begin with the control.
    Control,
    /// Stdout differs; where the control failed, in what follows it.
    Stdout,
    /// Of stdout only lines differ that this case judges.
    Check(String),
    /// Stderr differs.
    Stderr,
    /// This guest path differs on the host.
    File(String),
    /// This path outside of every preopen differs.
    Outside(String),
    /// The exports that were called gave other values.
    Returns,
    /// The second run did not compare with the first as it should.
    Again,
    /// Something else was left unread in stdin.
    StdinRest,
    /// Other flags of open files, or modes of a terminal, were left changed.
    ChangedFlags,
}

/// In words for people.
impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Aspect::Exit => f.write_str("exit"),
            Aspect::Control => f.write_str("control"),
            Aspect::Stdout => f.write_str("stdout"),
            Aspect::Check(by) => write!(f, "check of {by}"),
            Aspect::Stderr => f.write_str("stderr"),
            Aspect::File(path) => f.write_str(path),
            Aspect::Outside(path) => write!(f, "outside/{path}"),
            Aspect::Returns => f.write_str("returns"),
            Aspect::Again => f.write_str("again"),
            Aspect::StdinRest => f.write_str("stdin-rest"),
            Aspect::ChangedFlags => f.write_str("changed-flags"),
        }
    }
}

impl Expectation {
    /// The guest exits with code 0 and writes nothing to stdout. Nothing else is judged.
    pub fn silent_success() -> Expectation {
        Expectation {
            exit: ExpectedExit::Code(0),
            stdout: Matcher::Exact(Vec::new()),
            control: Vec::new(),
            checks: BTreeMap::new(),
            stderr: None,
            files: BTreeMap::new(),
            outside: BTreeMap::new(),
            returns: None,
            again: None,
            stdin_rest: None,
            changed_flags: None,
        }
    }

    /// Every respect in which the outcome differs from the expectation; empty if there is none.
    pub fn mismatches(&self, outcome: &Outcome) -> Vec<Aspect> {
        let mut mismatches = Vec::new();
        if !self.exit.accepts(&outcome.exit) {
            mismatches.push(Aspect::Exit);
        }
        mismatches.extend(self.stdout_mismatches(&outcome.stdout));
        if self.stderr.as_ref().is_some_and(|matcher| !matcher.accepts(&outcome.stderr)) {
            mismatches.push(Aspect::Stderr);
        }
        let otherwise =
            |matcher: &FileMatcher, found: Option<&Found>| !found.is_some_and(|found| matcher.accepts(found));
        for (path, matcher) in &self.files {
            if otherwise(matcher, outcome.files.get(path)) {
                mismatches.push(Aspect::File(path.clone()));
            }
        }
        for (path, matcher) in &self.outside {
            if otherwise(matcher, outcome.outside.get(path)) {
                mismatches.push(Aspect::Outside(path.clone()));
            }
        }
        if self.returns.as_ref().is_some_and(|returns| *returns != outcome.returns) {
            mismatches.push(Aspect::Returns);
        }
        // A guest that the harness had to stop, or that was not compiled, is not run again. The mismatch of its exit says
        // enough.
        let once = matches!(outcome.exit, Exit::Timeout | Exit::OutputLimit | Exit::NotCompiled { .. });
        if self.again.is_some_and(|again| !once && !self.compares(again, outcome)) {
            mismatches.push(Aspect::Again);
        }
        let rest = |matcher: &Matcher| outcome.stdin_rest.as_ref().is_some_and(|rest| matcher.accepts(rest));
        if self.stdin_rest.as_ref().is_some_and(|matcher| !rest(matcher)) {
            mismatches.push(Aspect::StdinRest);
        }
        if self.changed_flags.is_some() && self.changed_flags != outcome.changed_flags {
            mismatches.push(Aspect::ChangedFlags);
        }
        mismatches
    }

    /// Which member of an accepted set stdout matched, from 1; `None` if there is no set or no member matched.
    pub fn member(&self, outcome: &Outcome) -> Option<usize> {
        self.stdout.member(&outcome.stdout).map(|index| index + 1)
    }

    /// Whether enough of the outcome is kept to find every mismatch.
    pub fn decides(&self, outcome: &Outcome) -> bool {
        let known = |matcher: &FileMatcher, found: Option<&Found>| found.is_none_or(|found| matcher.decides(found));
        let second = outcome.again.as_ref().filter(|_| self.again.is_some());
        let rest = self.stdin_rest.as_ref().zip(outcome.stdin_rest.as_ref());
        self.stdout.decides(&outcome.stdout)
            && self.stderr.as_ref().is_none_or(|matcher| matcher.decides(&outcome.stderr))
            && self.files.iter().all(|(path, matcher)| known(matcher, outcome.files.get(path)))
            && self.outside.iter().all(|(path, matcher)| known(matcher, outcome.outside.get(path)))
            && second.is_none_or(|second| self.stdout.decides(&second.stdout))
            && rest.is_none_or(|(matcher, rest)| matcher.decides(rest))
    }

    fn compares(&self, again: Again, outcome: &Outcome) -> bool {
        outcome.again.as_ref().is_some_and(|SecondRun { exit, stdout }| {
            let same = *stdout == outcome.stdout;
            self.exit.accepts(exit) && self.stdout.accepts(stdout) && same == (again == Again::Same)
        })
    }
}
