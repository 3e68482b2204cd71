//! Decides whose fault a bad check is, by the steps that the parent module lists.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::attempt::{Attempt, Inputs};
use super::checks::{self, Check, Item, Seen};
use super::{Blame, Probe};
use crate::classify_exit::HostFault;
use crate::plan::{CommandLine, PlacedDir, Plan, Rewrite};
use matrix_model::capability::Capability;
use matrix_model::installed::{Installed, program_values};
use matrix_model::matrix::{Column, Place};
use matrix_model::runtime::{Adapter, Command, Host, Origin};
use matrix_model::template::Values;
use matrix_provision::driver_build;

/// Another spelling of the same command line.
#[derive(Debug, Clone, Copy)]
enum Spelling {
    /// With `--` before the arguments, or without it if it is there.
    Dashes,
    /// Every flag and its value as one word, `--flag=value`.
    Joined,
    /// Every flag and its value as two words.
    Apart,
}

impl Probe<'_, '_> {
    /// Decides whose fault a bad check is, and why.
    ///
    /// # Errors
    /// If a process cannot be started.
    pub(super) fn blame(
        &self,
        column: usize,
        check: &Check,
        attempts: &[Attempt],
        seen: &Seen,
    ) -> Result<(Blame, String)> {
        if let Some(why) = &seen.adapter {
            return Ok((Blame::Adapter, why.clone()));
        }
        let adapter = &self.provisioner.columns()[column].mode.adapter;
        for (attempt, inputs) in attempts.iter().zip(&check.runs) {
            if let Some(what) = left_out(&attempt.plan, inputs) {
                let why = format!("{what}; mend runtime.toml, or add the capability to `lacks`");
                return Ok((Blame::Adapter, why));
            }
            match &attempt.end {
                Err(HostFault::Refused(_)) => {
                    return Ok((
                        Blame::Adapter,
                        "the host refuses what its runtime.toml does not list as a lack".into(),
                    ));
                }
                Err(HostFault::Broken(_)) => return Ok((Blame::Adapter, "the host breaks the contract".into())),
                Ok(_) => {}
            }
        }
        match adapter {
            Adapter::Subprocess(command) => self.blame_command(column, command, check, &attempts[0].plan),
            Adapter::Host(_) => self.blame_host(column, check, seen),
        }
    }

    /// Runs a check again, with its usual commands or with a different spelling.
    fn rerun(&self, column: usize, check: &Check, spelling: Option<(&Command, Spelling)>) -> Result<Seen> {
        let attempt = |inputs: &Inputs| {
            let respell = spelling.map(|(command, spelling)| spelling.of(command, inputs));
            self.attempt(column, inputs, respell.as_ref().map(|respell| respell as &Rewrite))
        };
        let attempts: Vec<_> = check.runs.iter().map(attempt).collect::<Result<_>>()?;
        Ok(check.judge(&attempts))
    }

    fn blame_command(&self, column: usize, command: &Command, check: &Check, plan: &Plan) -> Result<(Blame, String)> {
        let mut spoils = None;
        for spelling in [Spelling::Dashes, Spelling::Joined, Spelling::Apart] {
            let mut altered = CommandLine { argv: plan.argv.clone(), environment: plan.environment.clone() };
            spelling.of(command, &check.runs[0])(&mut altered, &plan.dirs);
            if altered.argv == plan.argv || !self.respelled(column, command, check, spelling)?.good {
                continue;
            }
            match self.spoilt(column, command, check, spelling)? {
                None => return Ok((Blame::Adapter, format!("it is well when the command is {:?}", altered.argv))),
                Some(name) => spoils = Some(format!("; {:?} would be well, and spoil {name}", altered.argv)),
            }
        }
        let spoils = spoils.unwrap_or_default();
        let Some(ours) = own_code(plan, &self.provisioner.columns()[column].runtime.folder) else {
            let why = format!("the runtime's own command line holds literally what was given{spoils}");
            return Ok((Blame::Runtime, why));
        };
        let ours = ours.display();
        let mut straight = Vec::new();
        for inputs in &check.runs {
            let Some(witnessed) = self.witness(column, inputs)? else {
                let why = format!("{ours} stands before the runtime, whose own process was not seen");
                return Ok((Blame::Unclear, why));
            };
            let started = |command: &mut CommandLine, _: &[PlacedDir]| command.argv = witnessed.argv.clone();
            let plan = self.attempt_plan(column, inputs, Some(&started))?;
            if let Some(what) = left_out(&plan, inputs) {
                return Ok((Blame::Adapter, format!("{ours} starts the runtime as {:?}: {what}", plan.argv)));
            }
            straight.push(witnessed);
        }
        let runs = check.runs.iter().zip(&straight);
        let attempts: Vec<_> = runs
            .map(|(inputs, witnessed)| {
                let replay = |command: &mut CommandLine, _: &[PlacedDir]| witnessed.replay(command);
                self.attempt(column, inputs, Some(&replay))
            })
            .collect::<Result<_>>()?;
        Ok(match check.judge(&attempts).good {
            true => (Blame::Adapter, format!("without {ours}, {:?} is well", attempts[0].plan.argv)),
            false => (Blame::Runtime, format!("it is the same without {ours}")),
        })
    }

    fn respelled(&self, column: usize, command: &Command, check: &Check, spelling: Spelling) -> Result<Seen> {
        self.rerun(column, check, Some((command, spelling)))
    }

    /// A check with the same guest that succeeds with the usual command and would fail in another spelling.
    fn spoilt(
        &self,
        column: usize,
        command: &Command,
        check: &Check,
        spelling: Spelling,
    ) -> Result<Option<&'static str>> {
        let guest = &check.runs[0].case.guest;
        for other in checks::all().into_iter().map(Item::whole) {
            let related = other.runs[0].case.guest == *guest && other.name != check.name && self.can(column, &other);
            if related
                && !self.respelled(column, command, &other, spelling)?.good
                && self.rerun(column, &other, None)?.good
            {
                return Ok(Some(other.name));
            }
        }
        Ok(None)
    }

    fn blame_host(&self, column: usize, check: &Check, seen: &Seen) -> Result<(Blame, String)> {
        let (mut same_host, mut same_engine, mut same_fault) = (None::<String>, None::<String>, None::<String>);
        for peer in 0..self.provisioner.columns().len() {
            let as_host = self.shares_host(column, peer);
            let is_peer = peer != column && (as_host || self.shares_engine(column, peer));
            let is_told = if as_host { same_host.is_some() } else { same_engine.is_some() && same_fault.is_some() };
            if !is_peer || is_told || !self.can(peer, check) || !self.is_here(peer) {
                continue;
            }
            // If the comparison fails, that is a problem of the other column.
            let Ok(theirs) = self.rerun(peer, check, None) else { continue };
            let found = match (as_host, theirs.good) {
                (true, true) => &mut same_host,
                (false, true) => &mut same_engine,
                (false, false) if theirs.text == seen.text => &mut same_fault,
                (_, false) => continue,
            };
            found.get_or_insert_with(|| self.provisioner.columns()[peer].to_string());
        }
        Ok(match (same_host, same_engine, same_fault) {
            (Some(host), None, _) => (Blame::Runtime, format!("the same host is well with {host}")),
            (None, Some(engine), None) => (Blame::Adapter, format!("the same engine is well as {engine}")),
            (None, None, Some(engine)) => (Blame::Runtime, format!("the same engine does the same as {engine}")),
            (Some(other), Some(engine), _) | (None, Some(engine), Some(other)) => {
                (Blame::Unclear, format!("{other} speaks for the host, and {engine} against it"))
            }
            (None, None, None) if check.proves.is_some_and(is_asked_for_by_a_field) => {
                let why = "`--fields` says that the host honours it; if the engine cannot, that is a lack to declare";
                (Blame::Adapter, why.to_owned())
            }
            (None, None, None) => {
                let why = "the request holds it, and no column that shares the host or the engine is here to compare";
                (Blame::Unclear, why.to_owned())
            }
        })
    }

    /// Whether a column can run at once. Nothing is built or installed for a comparison.
    fn is_here(&self, peer: usize) -> bool {
        let column = &self.provisioner.columns()[peer];
        let here = match (&column.place, &column.runtime.install.origin) {
            (Place::At(..), _) | (Place::ToBuild, Origin::Folder) => {
                driver_build::is_built(column, self.provisioner.places())
            }
            // The provisioner was asked to build these, and knows nothing more about them.
            (Place::ToBuild, _) => true,
            (Place::Checkout(_) | Place::ToInstall(_) | Place::Missing(_), _) => false,
        };
        here && self.provisioner.ready(peer).is_ok()
    }

    fn can(&self, peer: usize, check: &Check) -> bool {
        let lacks = self.provisioner.columns()[peer].lacks();
        check.runs.iter().all(|inputs| inputs.needs().is_disjoint(&lacks))
    }

    /// Whether the same program of ours drives two columns, in the same mode.
    fn shares_host(&self, column: usize, peer: usize) -> bool {
        let (a, b) = (&self.provisioner.columns()[column], &self.provisioner.columns()[peer]);
        a.mode.name == b.mode.name
            && match (&a.mode.adapter, &b.mode.adapter) {
                (Adapter::Host(_), Adapter::Host(_)) if a.runtime.id == b.runtime.id => true,
                (Adapter::Host(ours), Adapter::Host(theirs)) => {
                    !self.scripts(column, ours).is_disjoint(&self.scripts(peer, theirs))
                }
                _ => false,
            }
    }

    /// Whether two columns have the same engine, version and mode, but different adapters.
    fn shares_engine(&self, column: usize, peer: usize) -> bool {
        let (a, b): (&Column, &Column) = (&self.provisioner.columns()[column], &self.provisioner.columns()[peer]);
        a.runtime.id != b.runtime.id
            && a.runtime.url == b.runtime.url
            && a.version == b.version
            && a.mode.name == b.mode.name
    }

    /// The files in the runtimes' folders that a host's program names.
    fn scripts(&self, column: usize, host: &Host) -> BTreeSet<PathBuf> {
        let of = &self.provisioner.columns()[column];
        // Neither an engine nor build output is in the runtimes' folders.
        let nowhere = Installed { exe: PathBuf::new(), prefix: None, built: None, launcher: None };
        let runtimes = of.runtime.folder.parent().and_then(|folder| folder.canonicalize().ok());
        let words = host.program.fill(&program_values(of.runtime, &of.version, &nowhere));
        let files = words.iter().filter_map(|word| Path::new(word).canonicalize().ok());
        files.filter(|file| runtimes.as_ref().is_some_and(|runtimes| file.starts_with(runtimes))).collect()
    }
}

/// Whether an adapter promises a capability by not listing it as a lack. Duplicate names are different: each engine
/// decides how to treat them.
fn is_asked_for_by_a_field(capability: Capability) -> bool {
    capability.field().is_some() && !matches!(capability, Capability::DuplicateEnv | Capability::DuplicateDir)
}

/// Our first program or script that a command goes through before the runtime.
fn own_code(plan: &Plan, folder: &Path) -> Option<PathBuf> {
    let is_script = |path: &Path| fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"#!"));
    let first = Path::new(&plan.argv[0]);
    if is_script(first) {
        return Some(first.to_owned());
    }
    plan.argv.iter().map(PathBuf::from).find(|word| word.starts_with(folder) && word.is_file())
}

/// Describes what a plan leaves out of the inputs.
fn left_out(plan: &Plan, inputs: &Inputs) -> Option<String> {
    match &plan.request {
        None => left_out_of_command(plan, inputs),
        Some((_, request)) => {
            let case = &inputs.case;
            let dirs = request.dirs.iter().map(|dir| (dir.guest.as_str(), dir.read_only));
            let carried = request.argv.get(1..) == Some(case.args.as_slice())
                && request.env == case.env
                && dirs.eq(case.dirs.iter().map(|dir| (dir.guest.as_str(), dir.read_only)))
                && (request.limits, request.clock, request.random) == (case.limits, case.clock, case.random)
                && request.exports == case.exports;
            (!carried).then(|| "the harness's own request does not hold what was given".to_owned())
        }
    }
}

fn left_out_of_command(plan: &Plan, inputs: &Inputs) -> Option<String> {
    let (case, argv) = (&inputs.case, &plan.argv);
    if !case.args.is_empty() && place_of(&case.args, argv).is_none() {
        return Some("the command does not hold the arguments".to_owned());
    }
    let mut from = 0;
    for (name, value) in &case.env {
        let pair = format!("{name}={value}");
        match argv[from..].iter().position(|word| word.ends_with(&pair)) {
            Some(offset) => from += offset + 1,
            None => return Some(format!("the command does not hold the variable {pair:?} in its place")),
        }
    }
    for dir in &plan.dirs {
        let host = dir.host.display().to_string();
        let named = |words: &[String]| words.iter().any(|word| word.contains(&dir.guest));
        let near = |at: usize| named(&argv[at.saturating_sub(1)..argv.len().min(at + 2)]);
        if !argv.iter().enumerate().any(|(at, word)| word.contains(&host) && near(at)) {
            return Some(format!("the command does not hold the folder {:?} with its place on the host", dir.guest));
        }
    }
    let limits = case.limits;
    let numbers = [
        ("fuel", limits.fuel.map(|fuel| vec![fuel])),
        ("memory", limits.memory_bytes.map(|bytes| vec![bytes, bytes >> 16])),
        ("timeout", limits.wall_ms.map(|millis| vec![millis])),
    ];
    for (key, numbers) in numbers {
        let Some(numbers) = numbers else { continue };
        if !argv.iter().any(|word| numbers.iter().any(|number| word.contains(&number.to_string()))) {
            return Some(format!("the command does not hold the limit: [command] has no `{key}`"));
        }
    }
    if inputs.needs().iter().any(|need| Command::key(*need).is_none()) {
        return Some("a [command] has no key that could ask for it".to_owned());
    }
    None
}

/// The last place at which these words follow one another.
fn place_of(words: &[String], argv: &[String]) -> Option<usize> {
    // An empty list of words has no place.
    NonZero::new(words.len()).and_then(|count| argv.windows(count.get()).rposition(|window| window == words))
}

impl Spelling {
    /// A function that respells the command of a run.
    fn of(self, template: &Command, inputs: &Inputs) -> impl Fn(&mut CommandLine, &[PlacedDir]) {
        move |command, dirs| self.apply(template, inputs, command, dirs)
    }

    fn apply(self, template: &Command, inputs: &Inputs, command: &mut CommandLine, dirs: &[PlacedDir]) {
        let argv = &mut command.argv;
        match self {
            Spelling::Dashes => {
                let args = &inputs.case.args;
                // Without arguments, `--` goes to the end.
                let end = args.is_empty().then_some(argv.len());
                let Some(at) = place_of(args, argv).or(end) else { return };
                match argv[at - 1] == "--" {
                    true => drop(argv.remove(at - 1)),
                    false => argv.insert(at, "--".to_owned()),
                }
            }
            Spelling::Joined | Spelling::Apart => {
                let joined = matches!(self, Spelling::Joined);
                let variables = inputs.case.env.iter().map(|(name, value)| {
                    template.env.fill(&Values::default().value("name", name.as_str()).value("value", value.as_str()))
                });
                let folders = dirs.iter().map(|dir| {
                    let written = if dir.read_only { &template.dir_ro } else { &template.dir };
                    let host = dir.host.display().to_string();
                    written.fill(&Values::default().value("host", host).value("guest", dir.guest.as_str()))
                });
                let pieces: Vec<_> = variables.chain(folders).collect();
                for piece in pieces {
                    let Some(at) = place_of(&piece, argv) else { continue };
                    let other = match &piece[..] {
                        [flag, value] if joined && flag.starts_with('-') => vec![format!("{flag}={value}")],
                        [word] if !joined && word.starts_with('-') => match word.split_once('=') {
                            Some((flag, value)) => vec![flag.to_owned(), value.to_owned()],
                            None => continue,
                        },
                        _ => continue,
                    };
                    argv.splice(at..at + piece.len(), other);
                }
            }
        }
    }
}
