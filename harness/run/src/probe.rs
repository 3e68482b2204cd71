//! The contract probe. It checks whether a column's adapter passes on what it is given, byte for byte, and if not,
//! whose fault that is.
//!
//! Its guests are modules of a few instructions each, made here, so that neither Go nor Go's demands on a runtime can
//! influence the result. They use the same plan, sandbox, process and classification as any cell. Every check ends in
//! one of these:
//!
//! - *ok*: the guest sees what was given.
//! - *lacks*: the capability is declared as a lack, and it is indeed missing: a host refuses the request, or a
//!   `[command]` has no key for it. If the runtime's help is named there, the help must not speak of it either.
//! - *the adapter's*: our side changes or drops what was given.
//! - *the runtime's*: our side passes it on literally, and the guest sees something else.
//! - *unclear*: the evidence does not decide. It counts as red like the other two.
//!
//! # The rule
//!
//! For any column, the fault is the **adapter's** if the plan does not contain what was given, if a declared lack works
//! or the host does not refuse it, if the runtime stops a guest as asked and the adapter does not recognise it, or if a
//! host breaks its contract.
//!
//! For a command line, these steps follow:
//!
//! 1. The same command is tried in its other usual spellings: `--` before the arguments, `--flag=value` for
//!    `--flag value`, and the reverse. If one of them works, and breaks nothing else, the fault is the **adapter's**.
//! 2. If nothing of ours is between the plan and the runtime, it is the **runtime's**.
//! 3. If a script is (in the runtime's folder, or as its executable in the store), the kernel is asked what the script
//!    starts. If that no longer contains what was given, or works when started without the script, it is the
//!    **adapter's**; if it fails in the same way, the **runtime's**; if it cannot be seen, *unclear*.
//!
//! For a host, only the request can be read, and these steps follow:
//!
//! 1. The same check is run in columns of the same mode that share the host (another version, or another runtime that
//!    the same script drives) or the engine (the same home page and version under another adapter). If the same host
//!    works elsewhere, or the same engine gives exactly the same result elsewhere, the fault is the **runtime's**; if
//!    the same engine works elsewhere, the **adapter's**; if they contradict each other, *unclear*.
//! 2. Otherwise, a capability that `--fields` promises and that does not work is the **adapter's**: it must declare
//!    what an engine cannot do.
//! 3. Otherwise *unclear*.
//!
//! A fault that is not the adapter's can be accounted for in `runtime.toml`, in a sentence under `probe.known`. An
//! entry whose check succeeds is itself red.

mod assembly;
mod attempt;
mod blame;
mod checks;
mod guests;
mod witness;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use anyhow::Result;
use regex::Regex;

use crate::classify_exit::HostFault;
use attempt::{Attempt, Inputs};
use checks::{Check, Item, Seen};
use matrix_model::capability::Capability;
use matrix_model::fixture::Fixtures;
use matrix_model::matrix::{Column, Place};
use matrix_model::runtime::{Adapter, Command, Key, KnownFault};
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::version_probe;

pub use checks::names;

/// Probes any of a provisioner's columns.
pub struct Probe<'a, 's> {
    provisioner: &'a Provisioner<'s>,
    guests: BTreeMap<&'static str, Guest>,
    folder: PathBuf,
    fixtures: Fixtures,
}

/// The result of one check in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// What the adapter was given, in words.
    pub given: String,
    /// What was seen, in words.
    pub seen: String,
    /// The standing of the result.
    pub standing: Standing,
    /// Why it is so, and how it was run; empty if all is well.
    pub why: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The guest saw what was given.
    Good,
    /// The adapter declares that it lacks the capability, and it does.
    Lacks,
    /// Shown but not judged.
    Observed,
    /// Bad, and accounted for in `probe.known`.
    Known,
    /// Bad, and not accounted for.
    Fault(Blame),
    /// Accounted for, but not bad.
    Stale,
}

/// Whose fault a bad check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The adapter's, so ours.
    Adapter,
    /// The runtime's.
    Runtime,
    /// The evidence does not decide.
    Unclear,
}

impl Standing {
    /// Whether it must be fixed or accounted for.
    pub fn is_red(self) -> bool {
        matches!(self, Standing::Fault(_) | Standing::Stale)
    }

    /// The standing in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Good => "ok",
            Standing::Lacks => "lacks",
            Standing::Observed => "observed",
            Standing::Known => "known",
            Standing::Fault(Blame::Adapter) => "adapter's",
            Standing::Fault(Blame::Runtime) => "runtime's",
            Standing::Fault(Blame::Unclear) => "unclear",
            Standing::Stale => "stale",
        }
    }
}

/// One or more lines for a terminal.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Finding { check, given, seen, .. } = self;
        write!(f, "{:<9} {check:<21} given {given}; ", self.standing.word())?;
        match given == seen {
            true => f.write_str("seen the same")?,
            false => write!(f, "seen {seen}")?,
        }
        match self.why.as_str() {
            "" => Ok(()),
            why => write!(f, "\n{:31} {why}", ""),
        }
    }
}

/// Counts the findings by standing, in words.
pub fn tally(findings: &[Finding]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for finding in findings {
        let word = finding.standing.word();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// A case that asks an adapter for nothing.
pub fn nothing() -> matrix_model::case::Case {
    Inputs::of(guests::PRINTS_ARGS).case
}

/// Why a column cannot be probed, if it cannot.
pub fn exempt(column: &Column) -> Option<&'static str> {
    let says = "the probe's guests are WebAssembly modules, and here guests are programs of the machine's own";
    column.runtime.is_reference().then_some(says)
}

/// The columns that a name selects. A runtime's id selects its default column, and a column's name that column. A part
/// of a name with `@` or `+` selects all columns that contain it. `all` selects every column that is here; those that
/// must be built first only if `build` is set.
pub fn named(columns: &[Column], name: &str, build: bool) -> Vec<usize> {
    let chosen = |accepts: &dyn Fn(&Column) -> bool| -> Vec<usize> {
        columns.iter().enumerate().filter(|(_, column)| accepts(column)).map(|(index, _)| index).collect()
    };
    if name == "all" {
        return chosen(&|column| match column.place {
            Place::At(..) => true,
            Place::ToBuild | Place::Checkout(_) => build,
            Place::ToInstall(_) | Place::Missing(_) => false,
        });
    }
    match chosen(&|column| (column.primary && column.runtime.id == name) || column.to_string() == name) {
        exact if !exact.is_empty() => exact,
        _ if name.contains(['@', '+']) => chosen(&|column| !column.is_missing() && column.to_string().contains(name)),
        none => none,
    }
}

impl<'a, 's> Probe<'a, 's> {
    /// Writes the guests to the state folder.
    ///
    /// # Errors
    /// If the state folder cannot be written.
    pub fn new(provisioner: &'a Provisioner<'s>) -> Result<Probe<'a, 's>> {
        let folder = provisioner.places().state.join("probe");
        let guests = guests::write_all(&folder.join("guests"))?;
        Ok(Probe { provisioner, guests, folder, fixtures: attempt::fixtures() })
    }

    /// Runs every check in a column.
    ///
    /// # Errors
    /// If the column cannot be provisioned, or the harness cannot run something.
    pub fn column(&self, index: usize) -> Result<Vec<Finding>> {
        self.provisioner.ready(index)?;
        let mut findings = Vec::new();
        for item in checks::all() {
            match item {
                Item::One(check) => findings.push(self.look(index, &check)?),
                Item::Together { all, each } => findings.extend(self.look_at_all(index, &all, &each)?),
            }
        }
        findings.extend(self.unused(index, &findings));
        Ok(findings)
    }

    fn look_at_all(&self, index: usize, all: &Check, each: &[Check]) -> Result<Vec<Finding>> {
        if !self.lacked(index, all).is_empty() {
            return Ok(vec![self.look(index, all)?]);
        }
        let seen = all.judge(&self.attempts(index, all)?);
        if seen.good {
            let given = |check: &Check| Seen { good: true, text: check.given.clone(), adapter: None };
            let mut findings: Vec<_> = each.iter().map(|check| self.well(index, check, given(check))).collect();
            findings.push(self.well(index, all, given(all)));
            return Ok(findings);
        }
        let mut findings: Vec<_> = each.iter().map(|check| self.look(index, check)).collect::<Result<_>>()?;
        if findings.iter().all(|finding| matches!(finding.standing, Standing::Good | Standing::Stale)) {
            findings.push(self.look(index, all)?);
        }
        Ok(findings)
    }

    fn look(&self, index: usize, check: &Check) -> Result<Finding> {
        let lacked = self.lacked(index, check);
        match check.proves.filter(|capability| lacked.contains(capability)) {
            Some(capability) => return self.look_at_lack(index, check, capability),
            None if !lacked.is_empty() => {
                let lacked: Vec<_> = lacked.iter().map(ToString::to_string).collect();
                let seen = format!("nothing, because it needs {}", lacked.join(" and "));
                return Ok(finding(check, seen, Standing::Lacks, String::new()));
            }
            None => {}
        }
        let attempts = self.attempts(index, check)?;
        let seen = check.judge(&attempts);
        if seen.good {
            return Ok(self.well(index, check, seen));
        }
        if check.observes {
            return Ok(finding(check, seen.text, Standing::Observed, String::new()));
        }
        let (blame, why) = self.blame(index, check, &attempts, &seen)?;
        let known = self.known(index).find(|known| known.check == check.name);
        match known.filter(|_| blame != Blame::Adapter) {
            Some(known) => Ok(finding(check, seen.text, Standing::Known, known.reason.clone())),
            None => {
                let why = format!("{why}\n{:31} run as {}", "", how(&attempts[0]));
                Ok(finding(check, seen.text, Standing::Fault(blame), why))
            }
        }
    }

    /// The capabilities that a check needs and a column's adapter lacks.
    fn lacked(&self, index: usize, check: &Check) -> Vec<Capability> {
        let needs: BTreeSet<_> = check.runs.iter().flat_map(Inputs::needs).collect();
        needs.intersection(&self.provisioner.columns()[index].lacks()).copied().collect()
    }

    fn attempts(&self, index: usize, check: &Check) -> Result<Vec<Attempt>> {
        check.runs.iter().map(|inputs| self.attempt(index, inputs, None)).collect()
    }

    /// Checks that a declared lack is one.
    fn look_at_lack(&self, index: usize, check: &Check, capability: Capability) -> Result<Finding> {
        let lacks = |seen: String| Ok(finding(check, seen, Standing::Lacks, String::new()));
        let refuses = match &self.provisioner.columns()[index].mode.adapter {
            Adapter::Subprocess(command) => match Command::key(capability) {
                None => return lacks("no key of [command] could ask for it".to_owned()),
                Some(key) if (key.template)(command).is_empty() => {
                    return self.look_into_help(index, check, key);
                }
                Some(_) => false,
            },
            Adapter::Host(_) => capability.field().is_some(),
        };
        let attempts = self.attempts(index, check)?;
        if attempts.iter().all(|attempt| matches!(attempt.end, Err(HostFault::Refused(_)))) {
            return lacks(attempts[0].told());
        }
        let seen = check.judge(&attempts);
        let mend = match (refuses, seen.good) {
            (false, false) => return lacks(seen.text),
            (_, true) => format!("`lacks` lists {capability}, and it works: delete it there"),
            (true, false) => format!("`lacks` lists {capability}, and the host does not refuse it with exit code 64"),
        };
        let why = format!("{mend}\n{:31} run as {}", "", how(&attempts[0]));
        Ok(finding(check, seen.text, Standing::Fault(Blame::Adapter), why))
    }

    /// Checks that a command line without a word for something does not speak of it in its help.
    fn look_into_help(&self, index: usize, check: &Check, key: Key) -> Result<Finding> {
        let name = key.name;
        let column = &self.provisioner.columns()[index];
        let Some(help) = version_probe::help(column, &self.provisioner.ready(index)?.installed)? else {
            let seen = format!("no `{name}` in [command]; whether the runtime could is not known here");
            return Ok(finding(check, seen, Standing::Lacks, String::new()));
        };
        let speaks = Regex::new(key.in_help).expect("a constant pattern");
        let Some(line) = help.lines().find(|line| speaks.is_match(line)) else {
            let seen = format!("no `{name}` in [command], and nothing of the kind in the runtime's help");
            return Ok(finding(check, seen, Standing::Lacks, String::new()));
        };
        let seen = format!("no `{name}` in [command], and in the runtime's help: {}", line.trim());
        if let Some(known) = self.known(index).find(|known| known.check == check.name) {
            return Ok(finding(check, seen, Standing::Known, known.reason.clone()));
        }
        let mend = format!("ask for it as `{name}` in [command], or say under `probe.known` why that cannot be");
        Ok(finding(check, seen, Standing::Fault(Blame::Unclear), mend))
    }

    fn well(&self, index: usize, check: &Check, seen: Seen) -> Finding {
        match self.known(index).any(|known| known.check == check.name) {
            true => finding(check, seen.text, Standing::Stale, stale(check.name)),
            false => finding(check, seen.text, Standing::Good, String::new()),
        }
    }

    fn known(&self, index: usize) -> impl Iterator<Item = &KnownFault> {
        let column = &self.provisioner.columns()[index];
        column.runtime.known_faults.iter().filter(|known| known.speaks_of(&column.version, column.mode.name()))
    }

    /// Reports the entries of `probe.known` that no check of this column confirms.
    fn unused(&self, index: usize, findings: &[Finding]) -> Vec<Finding> {
        let settled = |name: &str| {
            let finding = findings.iter().find(|finding| finding.check == name);
            finding.is_some_and(|finding| finding.standing.is_red() || finding.standing == Standing::Known)
        };
        let unused = self.known(index).filter(|known| !settled(&known.check));
        let name = |known: &KnownFault| names().into_iter().find(|name| *name == known.check);
        let stale = |check| Finding {
            check,
            given: "nothing".to_owned(),
            seen: "nothing that is not well".to_owned(),
            standing: Standing::Stale,
            why: stale(check),
        };
        unused.filter_map(name).map(stale).collect()
    }
}

fn finding(check: &Check, seen: String, standing: Standing, why: String) -> Finding {
    Finding { check: check.name, given: check.given.clone(), seen, standing, why }
}

fn stale(check: &str) -> String {
    format!("delete `{check}` from `probe.known` in runtime.toml, or say there which versions or modes it is about")
}

/// Describes how something was run, so that it can be run again.
fn how(attempt: &Attempt) -> String {
    match &attempt.plan.request {
        None => format!("{:?}", attempt.plan.argv),
        Some((_, request)) => match serde_json::to_string(request) {
            Ok(request) => format!("{:?} with the request {request}", attempt.plan.argv),
            Err(error) => error.to_string(),
        },
    }
}
