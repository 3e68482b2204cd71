//! How a runtime is driven: `[command]`, `[host]`, and what each `[mode.<name>]` lays over it.

use std::collections::BTreeMap;

use serde_spanned::Spanned;

use super::source::{Diagnostic, Source};
use crate::capability::Capability;
use crate::runtime::{Adapter, Command, DEFAULT_MODE, Host, Mode, Sign};
use crate::template::Template;
use crate::wire::{self, CommandTable, HostTable, ModeTable, RuntimeFile, Tokens, Variables};

/// What may stand in any command of a runtime's.
pub const PROGRAM: &[&str] = &["exe", "prefix", "folder", "built", "version"];

pub fn host(table: &HostTable, source: &Source) -> Result<Host, Diagnostic> {
    Ok(Host {
        program: template(&table.program, PROGRAM, &[], source)?,
        environment: environment(&table.environment, source)?,
        build: build(&table.build, source)?,
    })
}

fn build(tokens: &Option<Tokens>, source: &Source) -> Result<Option<Template>, Diagnostic> {
    let values = ["prefix", "folder", "built", "version"];
    tokens.as_ref().map(|tokens| template(tokens, &values, &[], source)).transpose()
}

pub fn command(table: &CommandTable, source: &Source) -> Result<Command, Diagnostic> {
    let part = |tokens: &Tokens, values: &[&str]| template(tokens, values, &[], source);
    let sign = |sign: &Option<wire::Sign>| match sign {
        None => Ok(None),
        Some(sign) => {
            let says = source.regex(sign.says.span(), sign.says.get_ref())?;
            Ok(Some(Sign { exit: sign.exit, says, on: sign.on }))
        }
    };
    let guest = |names: &[&'static str]| [PROGRAM, names].concat();
    let splices = ["args", "env", "dirs", "limits"];
    let prepare = table.prepare.iter().filter(|tokens| !tokens.is_empty());
    let prepare = prepare.map(|tokens| part(tokens, &guest(&["module", "cache", "prepared"]))).next();
    Ok(Command {
        run: template(&table.run, &guest(&["module", "cache", "sandbox"]), &splices, source)?,
        env: part(&table.env, &["name", "value"])?,
        dir: part(&table.dir, &["host", "guest"])?,
        dir_ro: part(&table.dir_ro, &["host", "guest"])?,
        fuel: part(&table.fuel, &["fuel"])?,
        memory: part(&table.memory, &["bytes", "pages"])?,
        timeout: part(&table.timeout, &["millis"])?,
        build: build(&table.build, source)?,
        prepare: prepare.transpose()?,
        environment: environment(&table.environment, source)?,
        trap: sign(&table.trap)?,
        missing_import: sign(&table.missing_import)?,
        limit: sign(&table.limit)?,
    })
}

/// Compares what a command line has words for with what it is said to lack: neither may be found out by a cell.
///
/// # Errors
/// In words, and what to do.
pub fn disagreement(mode: &Mode) -> Option<(String, String)> {
    let Adapter::Subprocess(command) = &mode.adapter else { return None };
    // Nothing in a [command] has words for the last three.
    let never = Template::default();
    let parts = [
        (Capability::Env, "env", &command.env),
        (Capability::DirMap, "dir", &command.dir),
        (Capability::DirReadOnly, "dir-ro", &command.dir_ro),
        (Capability::Fuel, "fuel", &command.fuel),
        (Capability::MemoryLimit, "memory", &command.memory),
        (Capability::WallLimit, "timeout", &command.timeout),
        (Capability::FixedClock, "", &never),
        (Capability::SeededRandom, "", &never),
        (Capability::Reactor, "", &never),
    ];
    let undeclared: Vec<_> = parts
        .iter()
        .filter(|(capability, _, template)| template.is_empty() && !mode.lacks.contains(capability))
        .map(|(capability, ..)| format!("\"{capability}\""))
        .collect();
    if !undeclared.is_empty() {
        let list = undeclared.join(", ");
        let message = format!("[command] has no words for what `lacks` does not name: {list}");
        return Some((message, format!("add {list} to `lacks`, or say in [command] how it is asked for")));
    }
    let (capability, key, _) =
        parts.iter().find(|(capability, _, template)| !template.is_empty() && mode.lacks.contains(capability))?;
    let message = format!("`lacks` names \"{capability}\", and [command] has `{key}`");
    Some((message, format!("leave out `{key}`, or delete \"{capability}\" from `lacks`")))
}

/// A mode: the runtime's own adapter with the mode's keys laid over it.
pub fn mode(name: &str, table: &Spanned<ModeTable>, file: &RuntimeFile, source: &Source) -> Result<Mode, Diagnostic> {
    let at = table.span();
    let table = table.get_ref();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name == DEFAULT_MODE || name.is_empty() || !name.chars().all(plain) {
        let help = "use lower-case letters, digits and `-`; `default` is what the mode without a table is called";
        return Err(source.problem(at, &format!("`{name}` cannot be a mode's name"), "this mode", Some(help)));
    }
    let adapter = match (&file.command, &file.host) {
        (Some(base), _) => {
            if let Some(program) = &table.program {
                let help = "a runtime with a [command] is varied by `run` and the other keys of [command]";
                return Err(source.problem(program.span(), "`program` belongs to a [host]", "here", Some(help)));
            }
            Adapter::Subprocess(Box::new(command(&overlaid(base.get_ref(), table), source)?))
        }
        (None, Some(base)) => {
            if let Some(run) = &table.run {
                let help = "a runtime with a [host] is varied by `program`";
                return Err(source.problem(run.span(), "`run` belongs to a [command]", "here", Some(help)));
            }
            let mut host = host(base.get_ref(), source)?;
            if let Some(program) = &table.program {
                host.program = template(program.get_ref(), PROGRAM, &[], source)?;
            }
            if let Some(variables) = &table.environment {
                host.environment = environment(variables, source)?;
            }
            Adapter::Host(host)
        }
        (None, None) => {
            let help = "runtimes/README.md says what each holds";
            return Err(source.problem(at, "a mode varies a [command] or a [host]", "this mode", Some(help)));
        }
    };
    let versions = match &table.versions {
        Some(range) => source.range(range.span(), range.get_ref())?,
        None => semver::VersionReq::STAR,
    };
    let lacks = table.lacks.as_ref().unwrap_or(&file.lacks).iter().copied().collect();
    Ok(Mode { name: Some(name.to_owned()), versions, adapter, lacks })
}

fn overlaid(base: &CommandTable, mode: &ModeTable) -> CommandTable {
    let tokens = |mode: &Option<Tokens>, base: &Tokens| mode.as_ref().unwrap_or(base).clone();
    let sign = |mode: &Option<wire::Sign>, base: &Option<wire::Sign>| mode.as_ref().or(base.as_ref()).cloned();
    CommandTable {
        run: mode.run.as_ref().map_or_else(|| base.run.clone(), |run| run.get_ref().clone()),
        env: tokens(&mode.env, &base.env),
        dir: tokens(&mode.dir, &base.dir),
        dir_ro: tokens(&mode.dir_ro, &base.dir_ro),
        fuel: tokens(&mode.fuel, &base.fuel),
        memory: tokens(&mode.memory, &base.memory),
        timeout: tokens(&mode.timeout, &base.timeout),
        build: base.build.clone(),
        prepare: mode.prepare.as_ref().or(base.prepare.as_ref()).cloned(),
        environment: mode.environment.as_ref().unwrap_or(&base.environment).clone(),
        trap: sign(&mode.trap, &base.trap),
        missing_import: sign(&mode.missing_import, &base.missing_import),
        limit: sign(&mode.limit, &base.limit),
    }
}

fn environment(variables: &Variables, source: &Source) -> Result<BTreeMap<String, Template>, Diagnostic> {
    let valid = [PROGRAM, &["cache", "sandbox"]].concat();
    let filled = variables
        .iter()
        .map(|(name, value)| Ok((name.clone(), template(std::slice::from_ref(value), &valid, &[], source)?)));
    filled.collect()
}

/// Parses each token by itself, so that a problem is shown where it stands.
pub fn template(
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
