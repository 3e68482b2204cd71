//! How a runtime is driven: `[command]` and `[host]` of a `runtime.toml`.
//!
//! The structs are the tables as written. To add a key, add it here, give it a meaning in `plan`, and document it in
//! `runtimes/README.md`. The function that reads a key lists the placeholders that are allowed in it. Serde writes a
//! table as TOML has it and leaves out unused keys, so a new optional key changes nothing for runtimes without it.

use std::num::NonZeroU32;

use host_contract::request::Limits;
use regex::bytes::Regex;
use serde::{Deserialize, Deserializer, Serialize};

use crate::capability::Capability;
use crate::invalid::Invalid;
use crate::pattern;
use crate::template::{Environment, Placeholders, Template};

/// How a runtime is driven.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adapter {
    /// Its own command line.
    #[serde(rename = "command")]
    Subprocess(Box<Command>),
    /// A program that implements the host contract.
    Host(Host),
}

impl Adapter {
    /// The command that its cells run, or its host's program.
    pub fn program(&self) -> &Template {
        match self {
            Adapter::Subprocess(command) => &command.run,
            Adapter::Host(host) => &host.program,
        }
    }

    /// The environment of its process, which contains nothing else.
    pub fn environment(&self) -> &Environment {
        match self {
            Adapter::Subprocess(command) => &command.environment,
            Adapter::Host(host) => &host.environment,
        }
    }

    /// The command that builds its program from the runtime's folder into `{built}`, if there is one.
    pub fn build(&self) -> Option<&Template> {
        let build = match self {
            Adapter::Subprocess(command) => &command.build,
            Adapter::Host(host) => &host.build,
        };
        (!build.is_empty()).then_some(build)
    }

    /// When compiling a guest ahead is stopped, in seconds, if its table says so.
    pub fn prepare_deadline(&self) -> Option<NonZeroU32> {
        match self {
            Adapter::Subprocess(command) => command.prepare_deadline,
            Adapter::Host(host) => host.prepare_deadline,
        }
    }
}

/// `[command]`: how a runtime's own command line expresses what a case asks for. An empty list adds no arguments.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Command {
    /// The whole command of a cell.
    #[serde(deserialize_with = "run")]
    pub run: Template,
    /// Given once for each variable, in order.
    #[serde(deserialize_with = "variable", default, skip_serializing_if = "Template::is_empty")]
    pub env: Template,
    /// Given once for each preopen, in order.
    #[serde(deserialize_with = "folder", default, skip_serializing_if = "Template::is_empty")]
    pub dir: Template,
    /// Given once for each preopen that the guest may not change, at its position among the others.
    #[serde(deserialize_with = "folder", default, skip_serializing_if = "Template::is_empty")]
    pub dir_ro: Template,
    /// Given for a limit in the engine's own unit.
    #[serde(deserialize_with = "fuel", default, skip_serializing_if = "Template::is_empty")]
    pub fuel: Template,
    /// Given for a limit of the guest's linear memory, in bytes or in pages of 64 KiB, rounded up.
    #[serde(deserialize_with = "memory", default, skip_serializing_if = "Template::is_empty")]
    pub memory: Template,
    /// Given for a limit of wall time, in milliseconds.
    #[serde(deserialize_with = "timeout", default, skip_serializing_if = "Template::is_empty")]
    pub timeout: Template,
    /// Builds the program from the runtime's folder into `{built}`.
    #[serde(deserialize_with = "build", default, skip_serializing_if = "Template::is_empty")]
    pub build: Template,
    /// Compiles a guest into `{cache}` or to `{prepared}`, once for each guest and version.
    #[serde(deserialize_with = "prepare", default, skip_serializing_if = "Template::is_empty")]
    pub prepare: Template,
    /// After how many seconds `prepare` is stopped. It is not written: an outcome that rests on it is never reused.
    #[serde(default, skip_serializing)]
    pub prepare_deadline: Option<NonZeroU32>,
    /// The limits that code which was compiled ahead cannot have: a case with one of them runs the guest itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unprepared: Vec<LimitKey>,
    /// The environment of the runtime's own process, which contains nothing else.
    #[serde(deserialize_with = "environment", default, skip_serializing_if = "Environment::is_empty")]
    pub environment: Environment,
    /// Prints what the command line can be asked for. It is no part of how a guest is run, so it is not written.
    #[serde(deserialize_with = "program", default, skip_serializing)]
    pub help: Template,
    /// How to recognise a trap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trap: Option<Sign>,
    /// How to recognise a missing import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_import: Option<Sign>,
    /// How to recognise that a limit stopped the guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Sign>,
}

/// A limit, by the key of `[command]` that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKey {
    /// In the engine's own unit.
    Fuel,
    /// Of linear memory.
    Memory,
    /// Of wall time.
    Timeout,
}

impl LimitKey {
    /// Whether these limits hold one under this key.
    pub fn is_in(self, limits: &Limits) -> bool {
        match self {
            LimitKey::Fuel => limits.fuel.is_some(),
            LimitKey::Memory => limits.memory_bytes.is_some(),
            LimitKey::Timeout => limits.wall_ms.is_some(),
        }
    }
}

/// `[host]`: a program that implements the host contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Host {
    /// The program with its leading options.
    #[serde(deserialize_with = "program")]
    pub program: Template,
    /// The environment of its process, which contains nothing else.
    #[serde(deserialize_with = "environment", default, skip_serializing_if = "Environment::is_empty")]
    pub environment: Environment,
    /// Builds it from the runtime's folder into `{built}`.
    #[serde(deserialize_with = "build", default, skip_serializing_if = "Template::is_empty")]
    pub build: Template,
    /// After how many seconds `--prepare` is stopped. It is not written: an outcome that rests on it is never reused.
    #[serde(default, skip_serializing)]
    pub prepare_deadline: Option<NonZeroU32>,
}

/// `version = { command, pattern }`: the command whose output proves a runtime's version.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VersionProbe {
    /// The command; `{exe}` is the executable.
    #[serde(deserialize_with = "program")]
    pub command: Template,
    /// A pattern whose first group is the version.
    #[serde(serialize_with = "pattern::serialize", deserialize_with = "with_group")]
    pub pattern: Regex,
}

/// The placeholders that are allowed in any command of a runtime.
const PROGRAM: [&str; 5] = ["exe", "prefix", "folder", "built", "version"];

fn run<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    let values = &[&PROGRAM[..], &["module", "cache", "sandbox"]].concat();
    Template::read(from, Placeholders { values, splices: &["args", "env", "dirs", "limits"] })
}

fn prepare<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &[&PROGRAM[..], &["module", "cache", "prepared"]].concat())
}

fn program<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &PROGRAM)
}

fn build<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &["prefix", "folder", "built", "version"])
}

fn variable<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &["name", "value"])
}

fn folder<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &["host", "guest"])
}

fn fuel<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &["fuel"])
}

fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &["bytes", "pages"])
}

fn timeout<'de, D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
    values(from, &["millis"])
}

fn values<'de, D: Deserializer<'de>>(from: D, values: &[&str]) -> Result<Template, D::Error> {
    Template::read(from, Placeholders { values, splices: &[] })
}

fn environment<'de, D: Deserializer<'de>>(from: D) -> Result<Environment, D::Error> {
    let values = &[&PROGRAM[..], &["cache", "sandbox"]].concat();
    Environment::read(from, Placeholders { values, splices: &[] })
}

fn with_group<'de, D: Deserializer<'de>>(from: D) -> Result<Regex, D::Error> {
    pattern::deserialize_checked(from, |pattern| match pattern.captures_len() {
        0 | 1 => Err(Invalid {
            message: "the pattern needs a group: what it captures is the version".to_owned(),
            label: "no group".to_owned(),
            help: r"put the version in parentheses: 'v(\d+\.\d+\.\d+)'".to_owned(),
        }),
        _ => Ok(pattern),
    })
}

/// A key of `[command]` that asks for a capability.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it asks for.
    pub capability: Capability,
    /// The template under this key.
    pub template: fn(&Command) -> &Template,
    /// A pattern for words by which the help of a command line that has it can be told.
    pub in_help: &'static str,
}

impl Command {
    /// The keys that ask for a capability. If a mode's command has such a key, the mode can express the capability; if
    /// not, the mode must declare it in `lacks`.
    pub const KEYS: [Key; 6] = [
        Key { name: "env", capability: Capability::Env, template: |command| &command.env, in_help: r"--?env\b" },
        Key {
            name: "dir",
            capability: Capability::DirMap,
            template: |command| &command.dir,
            in_help: r"--?(map-?dir|mount|volume)\b",
        },
        Key {
            name: "dir-ro",
            capability: Capability::DirReadOnly,
            template: |command| &command.dir_ro,
            in_help: r"(?i)\bread-?only\b|\bro\b",
        },
        Key {
            name: "fuel",
            capability: Capability::Fuel,
            template: |command| &command.fuel,
            in_help: r"(?i)\b(fuel|gas)\b",
        },
        Key {
            name: "memory",
            capability: Capability::MemoryLimit,
            template: |command| &command.memory,
            in_help: r"(?i)\bmemory-(page-)?(size|limit)\b|\bmax-memory\b",
        },
        Key {
            name: "timeout",
            capability: Capability::WallLimit,
            template: |command| &command.timeout,
            in_help: r"(?i)\btime-?out\b|\btime-limit\b",
        },
    ];

    /// The capabilities that no command line can ask for. Every mode with a command declares them in `lacks`.
    pub const NEVER: [Capability; 3] = [Capability::FixedClock, Capability::SeededRandom, Capability::Reactor];

    /// The key that asks for a capability, if there is one. A duplicate variable or preopen uses the same key as a
    /// single one.
    pub fn key(capability: Capability) -> Option<Key> {
        let asked = match capability {
            Capability::DuplicateEnv => Capability::Env,
            Capability::DuplicateDir => Capability::DirMap,
            other => other,
        };
        Command::KEYS.into_iter().find(|key| key.capability == asked)
    }
}

/// What a command prints when it stopped the guest. The exit code alone is not enough.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sign {
    /// The exit code that comes with it, if there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// A pattern for a match anywhere in the stream. Its first group is the reason, or the whole match if it has no
    /// group.
    #[serde(with = "pattern")]
    pub says: Regex,
    /// The stream to search.
    #[serde(default, skip_serializing_if = "Stream::is_stderr")]
    pub on: Stream,
}

/// A stream that a runtime writes messages to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// The stream for diagnostics.
    #[default]
    Stderr,
    /// Some runtimes write diagnostics here, into the guest's own output.
    Stdout,
}

impl Stream {
    fn is_stderr(&self) -> bool {
        *self == Stream::Stderr
    }
}

impl Sign {
    /// The reason, if a process that ended this way shows this sign.
    pub fn reason(&self, code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Option<String> {
        if self.exit.is_some_and(|exit| code != Some(exit)) {
            return None;
        }
        let stream = match self.on {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        };
        let captures = self.says.captures(stream)?;
        let said = captures.get(1).or_else(|| captures.get(0))?;
        Some(String::from_utf8_lossy(said.as_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_used_is_not_written() {
        let command: Command = toml::from_str("run = ['{exe}', '{args...}']\nfuel = []\nenvironment = {}").unwrap();
        assert_eq!(serde_json::to_value(command).unwrap(), json!({ "run": ["{exe}", "{args...}"] }));
        let host: Host = toml::from_str("program = ['{exe}']").unwrap();
        assert_eq!(serde_json::to_value(host).unwrap(), json!({ "program": ["{exe}"] }));
        let sign: Sign = toml::from_str("says = 'trap: (.+)'").unwrap();
        assert_eq!(serde_json::to_value(sign).unwrap(), json!({ "says": "trap: (.+)" }));
    }

    #[test]
    fn a_table_is_written_as_it_was_read() {
        let written = "environment = { HOME = '{sandbox}/{version}' }\nprogram = ['{exe}', 'a={folder}/b']\n";
        let host: Host = toml::from_str(written).unwrap();
        assert_eq!(serde_json::to_value(host).unwrap(), toml::from_str::<serde_json::Value>(written).unwrap());
    }
}
