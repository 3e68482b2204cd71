//! `runtimes/<id>/runtime.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;
use std::path::Path;

use rayon::prelude::*;
use regex::bytes::Regex;
use serde_spanned::Spanned;

use super::adapter;
use super::divergences::{carried_over, divergences};
use super::known_faults::known_faults;
use super::source::{Diagnostic, Source};
use super::{folders_with, install, is_name, modes, who_promises};
use crate::wire::RuntimeFile;
use matrix_model::capability::Capability;
use matrix_model::case::Case;
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::{Adapter, Command, Mode, Origin, Runtime, Target, VersionProbe};

/// The default pattern of a host's version.
const VERSION: &str = r"(\d+\.\d+\.\d+\S*)";

/// Reads the runtimes in a folder, or those of the named ids, with what is recorded about them on these cases. Without cases,
/// nothing of that is read.
pub fn load(
    root: &Path,
    folder: &Path,
    cases: Option<&[Case]>,
    named: Option<&BTreeSet<String>>,
    checks: &[&str],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Runtime> {
    let ids = folders_with(root, folder, Some("runtime.toml"), problems);
    // An unreadable case file is one problem. Do not also report every divergence that names its cases.
    let complete = problems.is_empty();
    let given = Given { root, ids: &ids, cases, complete, checks };
    let meant: Vec<_> = ids.iter().filter(|id| named.is_none_or(|named| named.contains(*id))).collect();
    let loaded: Vec<_> = meant.par_iter().map(|id| given.load(id, &folder.join(id))).collect();
    let mut runtimes = Vec::new();
    for (runtime, found) in loaded {
        runtimes.extend(runtime);
        problems.extend(found);
    }
    runtimes
}

/// What the folders of all runtimes are read with.
struct Given<'g> {
    root: &'g Path,
    ids: &'g BTreeSet<String>,
    cases: Option<&'g [Case]>,
    /// Whether all case files were readable.
    complete: bool,
    checks: &'g [&'g str],
}

impl Given<'_> {
    /// Reads one runtime's folder, and tells the problems in it. There is no runtime if its runtime.toml cannot be used.
    fn load(&self, id: &str, folder: &Path) -> (Option<Runtime>, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let loaded = Source::read(&folder.join("runtime.toml"), self.root).and_then(|source| {
            let mut table = source.table()?;
            modes::lay_over(table.get_mut(), &source)?;
            let file = source.fill::<RuntimeFile>(table)?;
            successor(&file, id, self.ids, &source)?;
            gowasiruntime(&file, &source)?;
            runtime(id, folder, file, self.checks, &source)
        });
        let mut runtime = match loaded {
            Ok(runtime) => runtime,
            Err(problem) => return (None, vec![problem]),
        };
        let Given { root, cases: Some(cases), complete, .. } = *self else { return (Some(runtime), problems) };
        runtime.divergences = divergences(root, folder, &runtime.modes, cases, complete, &mut problems);
        runtime.carried_over = carried_over(&runtime.divergences, cases, &mut problems);
        if let Some(divergence) = runtime.divergences.first().filter(|_| runtime.is_reference()) {
            let message = "the reference has no divergences: what native Linux does otherwise, and why, is for";
            let mend = "the case to say, as `native = \"…\"`";
            problems.push(Diagnostic::plain(format!("{}: {message} {mend}", divergence.location)));
        }
        (Some(runtime), problems)
    }
}

/// Checks that the runtime under whose name this one goes on is another one of these.
fn successor(file: &RuntimeFile, id: &str, ids: &BTreeSet<String>, source: &Source) -> Result<(), Diagnostic> {
    let Some(named) = &file.successor else { return Ok(()) };
    if named.get_ref() != id && ids.contains(named.get_ref()) {
        return Ok(());
    }
    let message = format!("there is no other runtime `{}`", named.get_ref());
    let meant = did_you_mean(named.get_ref(), ids.iter().map(String::as_str).filter(|other| *other != id));
    let help = format!("{meant}name the folder of the runtime under whose name this one goes on");
    Err(source.problem(named.span(), &message, "the successor", Some(&help)))
}

/// Checks that the name by which Go's own tests know the engine is one word.
fn gowasiruntime(file: &RuntimeFile, source: &Source) -> Result<(), Diagnostic> {
    match &file.gowasiruntime {
        Some(named) if !is_name(named.get_ref()) => {
            let message = format!("`{}` is no name of a runtime that Go knows", named.get_ref());
            let help = "write one word as in GOWASIRUNTIME, such as \"wasmtime\", or leave it out: it is then this folder's name";
            Err(source.problem(named.span(), &message, "the name", Some(help)))
        }
        _ => Ok(()),
    }
}

fn runtime(
    id: &str,
    folder: &Path,
    file: RuntimeFile,
    checks: &[&str],
    source: &Source,
) -> Result<Runtime, Diagnostic> {
    let top = |message: &str, help: &str| source.problem(0..0, message, "in this file", Some(help));
    let command_place = file.command.as_ref().map_or(0..0, Spanned::span);
    let target = file.target.as_ref().map_or_else(Target::default, |target| *target.get_ref());
    if let Some(written) = file.target.as_ref().filter(|_| target == Target::Host)
        && (file.host.is_some() || file.version.is_some())
    {
        let message = "guests built for the host are run by a [command], and tell their version themselves";
        let help = "leave out [host] and [version]; runtimes/native is one";
        return Err(source.problem(written.span(), message, "such guests", Some(help)));
    }
    let (adapter, version) = match (file.command, file.host) {
        (Some(command), None) => {
            let version = receipt(&command, file.version, target, source)?;
            (Adapter::Subprocess(Box::new(command.into_inner())), version)
        }
        (None, Some(host)) => {
            let host = host.into_inner();
            let version = file.version.unwrap_or_else(|| VersionProbe {
                command: host.program.with("--version"),
                pattern: Regex::new(VERSION).expect("a constant pattern"),
            });
            (Adapter::Host(host), Some(version))
        }
        (Some(_), Some(host)) => {
            let message = "a runtime has either a [command] or a [host], and not both";
            let help = "make two runtimes of it, each in a folder of its own";
            return Err(source.problem(host.span(), message, "the second one", Some(help)));
        }
        (None, None) => {
            return Err(top("a runtime has a [command] or a [host]", "runtimes/README.md says what each holds"));
        }
    };
    let install = install::install(&file.install, target, &adapter, source)?;
    let lacks = BTreeSet::from_iter(file.lacks);
    let range = |(capability, range): (Capability, Spanned<String>)| {
        Ok((capability, source.range(range.span(), range.get_ref())?))
    };
    let lacks_in = file.lacks_in.into_iter().map(range).collect::<Result<BTreeMap<_, _>, Diagnostic>>()?;
    let default = Mode { name: None, versions: semver::VersionReq::STAR, adapter, lacks, lacks_in };
    let mut places = vec![command_place];
    let mut modes = vec![default];
    for (name, table) in file.mode {
        places.push(table.span());
        modes.push(modes::mode(&name, table, &modes[0], source)?);
    }
    for (mode, at) in modes.iter().zip(places) {
        if let Some((message, help)) = adapter::disagreement(mode).or_else(|| adapter::missing_placeholder(mode)) {
            return Err(source.problem(at, &message, "in this command", Some(&help)));
        }
        if mode.mentions("built") && mode.adapter.build().is_none() {
            let help = "add `build = [\"go\", \"build\", \"-o\", \"{built}/host\", \".\"]` or the like to its table";
            return Err(top("`{built}` stands in a program, and nothing is built there", help));
        }
        if mode.mentions("prefix") && matches!(install.origin, Origin::Crate(_) | Origin::Folder) {
            let help = "`{prefix}` is where packages named in [install] are put";
            return Err(top("`{prefix}` stands in a command, and nothing is installed there", help));
        }
    }
    let known_faults = known_faults(&file.probe, &modes, checks, source)?;
    let promises = who_promises::of_runtime(file.promises, source)?;
    Ok(Runtime {
        id: id.to_owned(),
        name: file.name,
        url: file.url,
        note: file.note,
        successor: file.successor.map(Spanned::into_inner),
        folder: folder.to_owned(),
        target,
        gowasiruntime: file.gowasiruntime.map_or_else(|| id.to_owned(), Spanned::into_inner),
        install,
        version,
        deadline_factor: file.deadline_factor.unwrap_or(NonZeroU8::MIN),
        promises,
        modes,
        divergences: Vec::new(),
        carried_over: Vec::new(),
        known_faults,
    })
}

/// How to ask a runtime with a `[command]` for its version; `None` if its guests report it.
fn receipt(
    command: &Spanned<Command>,
    version: Option<VersionProbe>,
    target: Target,
    source: &Source,
) -> Result<Option<VersionProbe>, Diagnostic> {
    let problem = |message: &str, label: &str, help: &str| source.problem(command.span(), message, label, Some(help));
    match (target, version) {
        (Target::Host, _) if command.get_ref().build.is_empty() => {
            let message = "guests built for the host are run by a program of this folder's own";
            Err(problem(message, "no `build`", "add `build`: no machine has such a program until it is made"))
        }
        (Target::Host, _) => Ok(None),
        (Target::Wasip1, None) => {
            let message = "a runtime with a [command] needs a [version]: no version, no column";
            let help = "add `version = { command = [\"{exe}\", \"--version\"], pattern = '(\\d+\\.\\d+\\.\\d+)' }`";
            Err(problem(message, "in this runtime", help))
        }
        (Target::Wasip1, version) => Ok(version),
    }
}
