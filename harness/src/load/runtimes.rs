//! `runtimes/<id>/runtime.toml` and `runtimes/<id>/divergences.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::bytes::Regex;
use serde_spanned::Spanned;

use super::cases::overlay;
use super::folders_with;
use super::source::{Diagnostic, Source};
use crate::case::{Case, Tier};
use crate::divergence::Divergence;
use crate::runtime::{Adapter, Command, Origin, Runtime, Sign, VersionProbe};
use crate::template::Template;
use crate::wire::{self, CommandTable, DivergenceFile, RuntimeFile, Tokens};

/// What a host's version looks like, unless its file says otherwise.
const VERSION: &str = r"(\d+\.\d+\.\d+\S*)";

pub fn load(root: &Path, folder: &Path, cases: &[Case], problems: &mut Vec<Diagnostic>) -> Vec<Runtime> {
    let ids = folders_with(root, folder, Some("runtime.toml"), problems);
    // A case file that cannot be read is one problem, and not also one of each divergence that names its cases.
    let complete = problems.is_empty();
    let mut runtimes = Vec::new();
    for id in ids {
        let folder = folder.join(&id);
        let loaded = Source::read(&folder.join("runtime.toml"), root).and_then(|source| {
            let file = source.parse::<RuntimeFile>()?;
            runtime(&id, &folder, file, &source)
        });
        match loaded {
            Ok(mut runtime) => {
                runtime.divergences = divergences(root, &folder, cases, complete, problems);
                runtimes.push(runtime);
            }
            Err(problem) => problems.push(problem),
        }
    }
    runtimes
}

fn runtime(id: &str, folder: &Path, file: RuntimeFile, source: &Source) -> Result<Runtime, Diagnostic> {
    let top = |message: &str, help: &str| source.problem(0..0, message, "in this file", Some(help));
    let (adapter, version) = match (&file.command, &file.host) {
        (Some(command), None) => {
            let probe = file.version.as_ref().ok_or_else(|| {
                let message = "a runtime with a [command] needs a [version]: no version, no column";
                let help = "add `version = { command = [\"{exe}\", \"--version\"], pattern = '(\\d+\\.\\d+\\.\\d+)' }`";
                source.problem(command.span(), message, "in this runtime", Some(help))
            })?;
            let adapter = Adapter::Subprocess(Box::new(self::command(command.get_ref(), source)?));
            (adapter, version_probe(probe, source)?)
        }
        (None, Some(host)) => {
            let program = template(&host.get_ref().program, &["exe", "folder"], &[], source)?;
            let version = match &file.version {
                Some(probe) => version_probe(probe, source)?,
                None => VersionProbe {
                    command: program.with("--version"),
                    pattern: Regex::new(VERSION).expect("a constant pattern"),
                },
            };
            (Adapter::Host(program), version)
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
    let origin = match (&file.install.crate_name, &file.install.go) {
        (Some(name), None) => Origin::Crate(name.clone()),
        (None, Some(package)) => Origin::Go(package.get_ref().clone()),
        (None, None) => Origin::Found,
        (Some(_), Some(package)) => {
            let message = "[install] names both a `crate` and a `go` package";
            return Err(source.problem(package.span(), message, "the second one", Some("leave one of them out")));
        }
    };
    let pins = &file.install.pins;
    if pins.get_ref().is_empty() {
        let help = "name at least one version, the one that stands for the runtime where none is installed";
        return Err(source.problem(pins.span(), "[install] names no version", "empty", Some(help)));
    }
    let pin = |pin: &Spanned<String>| {
        semver::Version::parse(pin.get_ref()).map_err(|error| {
            let message = format!("not a version: {error}");
            source.problem(pin.span(), &message, "this pin", Some("write it like \"1.2.3\""))
        })
    };
    Ok(Runtime {
        id: id.to_owned(),
        name: file.name,
        url: file.url,
        folder: folder.to_owned(),
        origin,
        exe: file.install.exe,
        pins: pins.get_ref().iter().map(pin).collect::<Result<_, _>>()?,
        hint: file.install.hint,
        version,
        adapter,
        lacks: file.lacks.into_iter().collect(),
        divergences: Vec::new(),
    })
}

fn version_probe(probe: &wire::VersionProbe, source: &Source) -> Result<VersionProbe, Diagnostic> {
    let pattern = source.regex(probe.pattern.span(), probe.pattern.get_ref())?;
    if pattern.captures_len() < 2 {
        let message = "the pattern needs a group: what it captures is the version";
        let help = r"put the version in parentheses: 'v(\d+\.\d+\.\d+)'";
        return Err(source.problem(probe.pattern.span(), message, "no group", Some(help)));
    }
    Ok(VersionProbe { command: template(&probe.command, &["exe", "folder"], &[], source)?, pattern })
}

fn command(table: &CommandTable, source: &Source) -> Result<Command, Diagnostic> {
    let part = |tokens: &Tokens, values: &[&str]| template(tokens, values, &[], source);
    let sign = |sign: &Option<wire::Sign>| match sign {
        None => Ok(None),
        Some(sign) => {
            let says = source.regex(sign.says.span(), sign.says.get_ref())?;
            Ok(Some(Sign { exit: sign.exit, says, on: sign.on }))
        }
    };
    let environment = table.environment.iter().map(|(name, value)| {
        let value = template(std::slice::from_ref(value), &["cache", "sandbox", "folder"], &[], source)?;
        Ok((name.clone(), value))
    });
    Ok(Command {
        run: template(
            &table.run,
            &["exe", "folder", "module", "cache", "sandbox"],
            &["args", "env", "dirs", "limits"],
            source,
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
        environment: environment.collect::<Result<BTreeMap<_, _>, Diagnostic>>()?,
        trap: sign(&table.trap)?,
        missing_import: sign(&table.missing_import)?,
        limit: sign(&table.limit)?,
    })
}

/// Parses each token by itself, so that a problem is shown where it stands.
fn template(
    tokens: &[Spanned<String>],
    values: &[&str],
    splices: &[&str],
    source: &Source,
) -> Result<Template, Diagnostic> {
    let mut template = Template::default();
    for token in tokens {
        let parsed = Template::parse(std::slice::from_ref(token.get_ref()), values, splices);
        template
            .extend(parsed.map_err(|wrong| source.problem(token.span(), &wrong.message, "here", Some(&wrong.help)))?);
    }
    Ok(template)
}

fn divergences(
    root: &Path,
    folder: &Path,
    cases: &[Case],
    complete: bool,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Divergence> {
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
            let help = "delete the entry, or correct the case's id; `wasip1-matrix list` shows them all";
            let problem =
                || source.problem(entry.case.span(), &format!("there is no case `{name}`"), "no such case", Some(help));
            problems.extend(complete.then(problem));
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
            problems.push(source.problem(
                entry.url.span(),
                message,
                "neither",
                Some("report it upstream, or write \"unreported\""),
            ));
        }
        if entry.reason.get_ref().trim().is_empty() {
            problems.push(source.problem(
                entry.reason.span(),
                "a divergence has a reason",
                "empty",
                Some("say in one true sentence why the runtime deviates"),
            ));
        }
        let versions = source.range(entry.versions.span(), entry.versions.get_ref());
        let instead = overlay(&case.expect, entry.instead.get_ref(), &source);
        if instead.as_ref().is_ok_and(|instead| *instead == case.expect) {
            let message = "a divergence says what is observed instead; this is what the case expects anyway";
            let help = "write down what the runtime does, as `instead.stdout`, `instead.exit` or the like";
            problems.push(source.problem(entry.instead.span(), message, "no deviation", Some(help)));
        }
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
            (versions, instead) => problems.extend([versions.err(), instead.err()].into_iter().flatten()),
        }
    }
    divergences
}
