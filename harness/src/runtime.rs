//! A runtime: a thing that runs a guest, and how the harness drives it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};

use regex::bytes::Regex;
use semver::Version;
use serde::Deserialize;

use crate::capability::Capability;
use crate::divergence::Divergence;
use crate::template::{Template, Values};

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
    /// What its guests are built for.
    pub target: Target,
    /// Where its executable comes from.
    pub install: Install,
    /// How its version is asked for; none where the guests themselves tell it.
    pub version: Option<VersionProbe>,
    /// How many times a case's deadline its cells may take: more than once where an engine computes so slowly that
    /// cells which end well come near it.
    pub deadline_factor: NonZeroU8,
    /// Its variations; the first is the default one and has no name.
    pub modes: Vec<Mode>,
    /// Known deviations.
    pub divergences: Vec<Divergence>,
    /// What the contract probe finds, and the adapter is not to blame for.
    pub known_faults: Vec<KnownFault>,
}

/// What guests are built for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// `GOOS=wasip1 GOARCH=wasm`: what every runtime runs.
    #[default]
    Wasip1,
    /// The machine itself, with nothing between the guest and its kernel. Such a column is no runtime's: it is the
    /// reference that the cases' own expectations are held against.
    Host,
}

impl Runtime {
    /// Whether it is the reference and no runtime at all.
    pub fn is_reference(&self) -> bool {
        self.target == Target::Host
    }
}

/// One entry of `probe.known`.
#[derive(Debug, Clone)]
pub struct KnownFault {
    /// The check's name.
    pub check: String,
    /// One true sentence.
    pub reason: String,
    /// The runtime's versions it holds for.
    pub versions: semver::VersionReq,
    /// The modes it holds in, the default one being `default`; none says all.
    pub modes: Option<BTreeSet<String>>,
}

impl KnownFault {
    /// Whether it speaks of a version in a mode.
    pub fn speaks_of(&self, version: &Version, mode: &str) -> bool {
        self.versions.matches(version) && self.modes.as_ref().is_none_or(|modes| modes.contains(mode))
    }
}

/// A named variation of a runtime's command.
#[derive(Debug, Clone)]
pub struct Mode {
    /// Its name; none for the default.
    pub name: Option<String>,
    /// The versions that have it.
    pub versions: semver::VersionReq,
    /// How the runtime is driven in it.
    pub adapter: Adapter,
    /// What that adapter cannot express.
    pub lacks: BTreeSet<Capability>,
}

/// How a runtime gets onto the machine.
#[derive(Debug, Clone)]
pub struct Install {
    /// Its executable, or the library that is the engine: a name in `bin/`, or a path under the installed folder.
    pub exe: Template,
    /// What `bin/<exe>` is made a symbolic link to.
    pub link: Option<Template>,
    /// Where it comes from.
    pub origin: Origin,
    /// Versions, the default first; at least one, unless the guests themselves tell it.
    pub pins: Vec<Version>,
    /// How a user gets it where the harness cannot.
    pub hint: String,
    /// Whether installing it takes minutes of compiling.
    pub slow: bool,
}

/// Where a runtime's executable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A cargo package in the runtime's folder, built by the harness.
    Crate(String),
    /// The `build` command in the runtime's folder and nothing else.
    Folder,
    /// Packages, put into the store by `install`; at least one.
    Packages(Vec<Package>),
    /// PATH, or what was put into the store.
    Found,
}

/// What `install` puts into a version's folder of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Package {
    /// A cargo package of this name, compiled.
    Cargo {
        /// The package.
        package: String,
        /// Its features, besides the default ones if those are on.
        features: Vec<String>,
        /// Whether the default ones are.
        default_features: bool,
    },
    /// A Go package of this path, compiled.
    Go(String),
    /// An npm package: `name@version`.
    Npm(Template),
    /// A Python package: `name==version`.
    Pip(Template),
    /// A Maven artifact and its dependencies: `group:artifact:version`.
    Maven(Template),
    /// Debian packages with all that they depend on.
    Debian {
        /// The suite by version; [`ALL_VERSIONS`] stands for all.
        suites: BTreeMap<String, String>,
        /// Their names.
        packages: Vec<String>,
    },
}

/// Stands for all versions among a Debian package's suites.
pub const ALL_VERSIONS: &str = "*";

/// What the default mode is called where modes are named.
pub const DEFAULT_MODE: &str = "default";

impl Mode {
    /// The command its cells run, or its host's program.
    pub fn command(&self) -> &Template {
        match &self.adapter {
            Adapter::Subprocess(command) => &command.run,
            Adapter::Host(host) => &host.program,
        }
    }

    /// Whether `{name}` stands anywhere in how it is driven.
    pub fn mentions(&self, name: &str) -> bool {
        let environment = match &self.adapter {
            Adapter::Subprocess(command) => &command.environment,
            Adapter::Host(host) => &host.environment,
        };
        let others = [self.command()].into_iter().chain(self.adapter.build());
        environment.values().chain(others).any(|template| template.mentions(name))
    }

    /// Its name, `default` for the one without.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(DEFAULT_MODE)
    }
}

impl Install {
    /// Where a version's executable is under the folder it is installed in.
    pub fn exe_path(&self, version: &Version) -> PathBuf {
        let exe = self.exe_name(version);
        if exe.contains('/') { PathBuf::from(exe) } else { Path::new("bin").join(exe) }
    }

    /// What the executable is called.
    pub fn exe_name(&self, version: &Version) -> String {
        self.exe.fill(&Values::default().value("version", version.to_string())).concat()
    }
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
    /// A program that obeys the host contract.
    Host(Host),
}

impl Adapter {
    /// What builds its program from the runtime's folder into `{built}`, if anything does.
    pub fn build(&self) -> Option<&Template> {
        match self {
            Adapter::Subprocess(command) => command.build.as_ref(),
            Adapter::Host(host) => host.build.as_ref(),
        }
    }
}

/// A program that obeys the host contract.
#[derive(Debug, Clone)]
pub struct Host {
    /// The program with its leading options.
    pub program: Template,
    /// The environment of its process, which is otherwise empty.
    pub environment: BTreeMap<String, Template>,
    /// Builds it from the runtime's folder into `{built}`.
    pub build: Option<Template>,
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
    /// Builds its program from the runtime's folder into `{built}`.
    pub build: Option<Template>,
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
