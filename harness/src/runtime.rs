//! A runtime: a thing that runs a guest, and how the harness drives it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use regex::bytes::Regex;
use serde::Deserialize;

use crate::capability::Capability;
use crate::divergence::Divergence;
use crate::template::Template;

/// One folder under `runtimes/`.
#[derive(Debug, Clone)]
pub struct Runtime {
    /// The folder's name.
    pub id: String,
    /// The name people know it by.
    pub name: String,
    /// Its home page.
    pub url: String,
    /// The folder itself.
    pub folder: PathBuf,
    /// Where its executable comes from.
    pub origin: Origin,
    /// The executable's name on PATH and in the store.
    pub exe: String,
    /// Versions, the default first; at least one.
    pub pins: Vec<semver::Version>,
    /// How a user gets it where the harness cannot.
    pub hint: String,
    /// How its version is asked for.
    pub version: VersionProbe,
    /// How it is driven.
    pub adapter: Adapter,
    /// What its adapter cannot express.
    pub lacks: BTreeSet<Capability>,
    /// Known deviations.
    pub divergences: Vec<Divergence>,
}

/// Where a runtime's executable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A cargo package in the runtime's folder, built by the harness.
    Crate(String),
    /// A Go package, installed by the harness at the pinned version.
    Go(String),
    /// PATH, or what was put into the store.
    Found,
}

/// The command whose output is the receipt for a runtime's version.
#[derive(Debug, Clone)]
pub struct VersionProbe {
    /// The command; `{exe}` is the executable.
    pub command: Template,
    /// Its first group is the version.
    pub pattern: Regex,
}

/// How a runtime is driven.
#[derive(Debug, Clone)]
pub enum Adapter {
    /// Its own command line.
    Subprocess(Box<Command>),
    /// A program that obeys the host contract; `{exe}` and `{folder}` may stand in it.
    Host(Template),
}

/// How a runtime's own command line says what a case asks for.
#[derive(Debug, Clone)]
pub struct Command {
    /// The whole command.
    pub run: Template,
    /// Once for each variable.
    pub env: Template,
    /// Once for each preopen.
    pub dir: Template,
    /// Once for each preopen the guest may not change.
    pub dir_ro: Template,
    /// For a fuel limit.
    pub fuel: Template,
    /// For a memory limit.
    pub memory: Template,
    /// For a wall time limit.
    pub timeout: Template,
    /// Compiles a guest into the cache, once for each guest and version.
    pub prepare: Option<Template>,
    /// The environment of the runtime's own process, which is otherwise empty.
    pub environment: BTreeMap<String, Template>,
    /// How a trap shows.
    pub trap: Option<Sign>,
    /// How a missing import shows.
    pub missing_import: Option<Sign>,
    /// How a limit that stopped the guest shows.
    pub limit: Option<Sign>,
}

/// What a command says when it stopped the guest.
#[derive(Debug, Clone)]
pub struct Sign {
    /// The exit code that goes with it, if only one does.
    pub exit: Option<i32>,
    /// Somewhere on the stream; its first group, or else the whole match, is the reason.
    pub says: Regex,
    /// Where it says so.
    pub on: Stream,
}

/// A stream a runtime speaks on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Where diagnostics belong.
    #[default]
    Stderr,
    /// Where some runtimes write them, into the guest's own output.
    Stdout,
}

impl Sign {
    /// The reason, if a process that ended so shows this sign.
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
