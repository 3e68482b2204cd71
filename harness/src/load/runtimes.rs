//! `runtimes/<id>/runtime.toml` and `runtimes/<id>/divergences.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::bytes::Regex;
use serde_spanned::Spanned;

use super::cases::overlay;
use super::source::{Diagnostic, Source};
use super::folders_with;
use crate::case::{Case, Tier};
use crate::divergence::Divergence;
use crate::runtime::{Adapter, Command, Origin, Runtime, Sign, VersionProbe};
use crate::template::Template;
use crate::wire::{self, CommandTable, DivergenceFile, RuntimeFile};

/// What a host's version looks like, unless its file says otherwise.
const VERSION: &str = r"(\d+\.\d+\.\d+\S*)";

pub fn load(root: &Path, folder: &Path, cases: &[Case], problems: &mut Vec<Diagnostic>) -> Vec<Runtime> {
    let ids = folders_with(folder, Some("runtime.toml"), problems);
    let mut runtimes = Vec::new();
    for id in ids {
        let folder = folder.join(&id);
        let loaded = Source::read(&folder.join("runtime.toml"), root).and_then(|source| {
            let file = source.parse::<RuntimeFile>()?;
            runtime(&id, &folder, file, &source)
        });
        match loaded {
            Ok(mut runtime) => {
                runtime.divergences = divergences(root, &folder, cases, problems);
                runtimes.push(runtime);
            }
            Err(problem) => problems.push(problem),
        }
    }
    runtimes
}

fn runtime(id: &str, folder: &Path, file: RuntimeFile, source: &Source) -> Result<Runtime, Diagnostic> {
    let top = |message: String| Diagnostic::plain(format!("{}: {message}", source.name));
    let (adapter, version) = match (&file.command, &file.host) {
        (Some(command), None) => {
            let at = |message: String| source.problem(command.span(), &message, "in this table", None);
            let probe = file.version.as_ref().ok_or_else(|| {
                top("a runtime with a [command] needs `version = { command = […], pattern = '…' }`".to_owned())
            })?;
            let adapter = Adapter::Subprocess(Box::new(self::command(command.get_ref(), source).map_err(at)?));
            (adapter, version_probe(probe, source)?)
        }
        (None, Some(host)) => {
            let at = |message: String| source.problem(host.span(), &message, "in this table", None);
            let parse = |tokens: &[String]| Template::parse(tokens, &["exe", "folder"], &[]).map_err(at);
            let program = parse(&host.get_ref().program)?;
            let version = match &file.version {
                Some(probe) => version_probe(probe, source)?,
                None => VersionProbe {
                    command: parse(&[&host.get_ref().program[..], &["--version".to_owned()]].concat())?,
                    pattern: Regex::new(VERSION).expect("a constant pattern"),
                },
            };
            (Adapter::Host(program), version)
        }
        _ => return Err(top("a runtime has either a [command] or a [host] table, and not both".to_owned())),
    };
    let origin = match (&file.install.crate_name, &file.install.go) {
        (Some(name), None) => Origin::Crate(name.clone()),
        (None, Some(package)) => Origin::Go(package.clone()),
        (None, None) => Origin::Found,
        (Some(_), Some(_)) => return Err(top("[install] names both a `crate` and a `go` package".to_owned())),
    };
    if file.install.pins.is_empty() && origin != Origin::Found {
        return Err(top("[install] needs `pins`: what the harness installs, it installs at a version".to_owned()));
    }
    let pin = |pin: &String| semver::Version::parse(pin).map_err(|error| top(format!("pin `{pin}`: {error}")));
    Ok(Runtime {
        id: id.to_owned(),
        name: file.name,
        url: file.url,
        folder: folder.to_owned(),
        origin,
        exe: file.install.exe,
        pins: file.install.pins.iter().map(pin).collect::<Result<_, _>>()?,
        hint: file.install.hint,
        version,
        adapter,
        lacks: file.lacks.into_iter().collect(),
        divergences: Vec::new(),
    })
}

fn version_probe(probe: &wire::VersionProbe, source: &Source) -> Result<VersionProbe, Diagnostic> {
    let at = |message: String| source.problem(probe.pattern.span(), &message, "in this probe", None);
    let pattern = regex(&probe.pattern, source)?;
    if pattern.captures_len() < 2 {
        return Err(at("the pattern needs a group: what it captures is the version".to_owned()));
    }
    Ok(VersionProbe { command: Template::parse(&probe.command, &["exe", "folder"], &[]).map_err(at)?, pattern })
}

fn command(table: &CommandTable, source: &Source) -> Result<Command, String> {
    let part = |tokens: &[String], values: &[&str]| Template::parse(tokens, values, &[]);
    let sign = |sign: &Option<wire::Sign>| match sign {
        None => Ok(None),
        Some(sign) => regex(&sign.says, source)
            .map(|says| Some(Sign { exit: sign.exit, says, on: sign.on }))
            .map_err(|_| format!("`{}` is not a regular expression", sign.says.get_ref())),
    };
    let environment = table.environment.iter().map(|(name, value)| {
        let value = part(std::slice::from_ref(value), &["cache", "sandbox", "folder"])?;
        Ok((name.clone(), value))
    });
    Ok(Command {
        run: Template::parse(
            &table.run,
            &["exe", "folder", "module", "cache", "sandbox"],
            &["args", "env", "dirs", "limits"],
        )?,
        env: part(&table.env, &["name", "value"])?,
        dir: part(&table.dir, &["host", "guest"])?,
        dir_ro: part(&table.dir_ro, &["host", "guest"])?,
        fuel: part(&table.fuel, &["fuel"])?,
        memory: part(&table.memory, &["bytes", "pages"])?,
        timeout: part(&table.timeout, &["millis"])?,
        prepare: match &table.prepare {
            Some(prepare) => Some(part(prepare, &["exe", "folder", "module", "cache", "prepared"])?),
            None => None,
        },
        environment: environment.collect::<Result<BTreeMap<_, _>, String>>()?,
        trap: sign(&table.trap)?,
        missing_import: sign(&table.missing_import)?,
        limit: sign(&table.limit)?,
    })
}

fn divergences(root: &Path, folder: &Path, cases: &[Case], problems: &mut Vec<Diagnostic>) -> Vec<Divergence> {
    let path = folder.join("divergences.toml");
    if !path.exists() {
        return Vec::new();
    }
    let read = Source::read(&path, root).and_then(|source| source.parse::<DivergenceFile>().map(|file| (source, file)));
    let (source, file) = match read {
        Ok(read) => read,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let mut seen = BTreeSet::new();
    let mut divergences = Vec::new();
    for entry in file.divergence {
        let name = entry.case.get_ref();
        let Some(case) = cases.iter().find(|case| case.id == *name) else {
            let help = "delete the entry, or correct the case's id";
            problems.push(source.problem(entry.case.span(), &format!("there is no case `{name}`"), "no such case", Some(help)));
            continue;
        };
        if case.tier == Tier::Observe {
            let message = format!("`{name}` is of tier `observe`: nothing can deviate from it");
            problems.push(source.problem(entry.case.span(), &message, "judges nothing", Some("delete the entry")));
        }
        if !seen.insert((name.clone(), entry.versions.get_ref().clone())) {
            let message = format!("`{name}` is recorded twice for these versions");
            problems.push(source.problem(entry.case.span(), &message, "second entry", Some("merge the two")));
        }
        let url = entry.url.get_ref();
        if url != "unreported" && !url.starts_with("https://") {
            let message = "`url` is an upstream issue (https://…) or \"unreported\"";
            problems.push(source.problem(entry.url.span(), message, "neither", None));
        }
        if entry.reason.get_ref().trim().is_empty() {
            problems.push(source.problem(entry.reason.span(), "a divergence has a reason", "empty", None));
        }
        let versions = semver::VersionReq::parse(entry.versions.get_ref());
        let instead = overlay(&case.expect, entry.instead.get_ref());
        match (versions, instead) {
            (Ok(versions), Ok(instead)) => divergences.push(Divergence {
                location: source.location(&entry.case.span()),
                case: name.clone(),
                versions,
                fault: entry.fault,
                reason: entry.reason.get_ref().clone(),
                url: url.clone(),
                sometimes: entry.sometimes,
                instead,
            }),
            (Err(error), _) => problems.push(source.problem(entry.versions.span(), &error.to_string(), "this range", None)),
            (_, Err(error)) => problems.push(source.problem(entry.instead.span(), &error, "in this table", None)),
        }
    }
    divergences
}

fn regex(pattern: &Spanned<String>, source: &Source) -> Result<Regex, Diagnostic> {
    Regex::new(pattern.get_ref()).map_err(|error| {
        let message = format!("not a regular expression: {error}");
        source.problem(pattern.span(), &message, "this pattern", None)
    })
}
