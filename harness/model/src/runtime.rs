//! A runtime: something that runs a guest, and how the harness drives it.

mod adapter;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

pub use adapter::{Adapter, Command, Host, Key, LimitKey, Sign, Stream, VersionProbe};

use crate::capability::Capability;
use crate::divergence::Divergence;
use crate::promise::Promise;
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
    /// What its developers say of themselves and a reader of its results must know.
    pub note: Option<Note>,
    /// The runtime under whose name it goes on. All its own columns are the past, and none of them is primary.
    pub successor: Option<String>,
    /// The folder itself.
    pub folder: PathBuf,
    /// What its guests are built for.
    pub target: Target,
    /// What `GOWASIRUNTIME` is for a Go test under it: the name by which Go's own tests know the engine.
    pub gowasiruntime: String,
    /// Where its executable comes from.
    pub install: Install,
    /// How to ask for its version; `None` if the guests themselves report it.
    pub version: Option<VersionProbe>,
    /// The factor by which a case's deadline is extended for its cells. It is above 1 if the engine computes so slowly
    /// that cells which end well come close to the deadline.
    pub deadline_factor: NonZeroU8,
    /// What its own documents promise: the address of each document.
    pub promises: BTreeMap<Promise, String>,
    /// Its variations; the first is the default one and has no name.
    pub modes: Vec<Mode>,
    /// Known deviations.
    pub divergences: Vec<Divergence>,
    /// The same deviations of the same cases at other places than `/`.
    pub carried_over: Vec<Divergence>,
    /// Faults that the contract probe finds and that are not the adapter's.
    pub known_faults: Vec<KnownFault>,
}

/// A statement of a runtime's developers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What they say, and what it means for the results here.
    pub text: String,
    /// Where they say it.
    pub url: String,
}

/// What guests are built for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// `GOOS=wasip1 GOARCH=wasm`: what every runtime runs.
    #[default]
    Wasip1,
    /// The machine itself, with nothing between the guest and its kernel. This column does not belong to a runtime. It
    /// is the reference that the cases' own expectations are compared with.
    Host,
}

impl Runtime {
    /// Whether it is the reference and not a runtime.
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
    /// The modes it holds in; the default mode is called `default`. `None` means all modes.
    pub modes: Option<BTreeSet<String>>,
}

impl KnownFault {
    /// Whether it applies to a version in a mode.
    pub fn speaks_of(&self, version: &Version, mode: &str) -> bool {
        self.versions.matches(version) && self.modes.as_ref().is_none_or(|modes| modes.contains(mode))
    }
}

/// A named variation of a runtime's command.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mode {
    /// Its name; `None` for the default mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The versions that have it.
    #[serde(skip_serializing_if = "is_any")]
    pub versions: semver::VersionReq,
    /// How the runtime is driven in it.
    pub adapter: Adapter,
    /// What that adapter cannot express in any version.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub lacks: BTreeSet<Capability>,
    /// What that adapter cannot express in these versions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lacks_in: BTreeMap<Capability, semver::VersionReq>,
}

fn is_any(versions: &semver::VersionReq) -> bool {
    *versions == semver::VersionReq::STAR
}

/// How a runtime gets onto the machine.
#[derive(Debug, Clone)]
pub struct Install {
    /// Its executable, or the library that is the engine: a name in `bin/`, or a path under the installed folder.
    pub exe: Template,
    /// The target of the symbolic link that `bin/<exe>` becomes.
    pub link: Option<Template>,
    /// Where it comes from.
    pub origin: Origin,
    /// Versions, the default first. There is at least one, unless the guests themselves report the version.
    pub pins: Vec<Version>,
    /// The package that is the engine of a host built here; its versions are those of the pins.
    pub engine: Option<Package>,
    /// The release line that its developers support longest, if there is one. The default version is of that line.
    pub lts: Option<semver::VersionReq>,
    /// How a user can get it if the harness cannot install it.
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
    /// An executable on PATH, or one that was put into the store.
    Found,
}

/// What `install` puts into a version's folder of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Package {
    /// A cargo package of this name, compiled.
    Cargo {
        /// The package.
        package: String,
        /// Its features, in addition to the default features if those are enabled.
        features: Vec<String>,
        /// Whether the default features are enabled.
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
    /// Debian packages with all their dependencies.
    Debian {
        /// The suite for each version; [`ALL_VERSIONS`] stands for all versions.
        suites: BTreeMap<String, String>,
        /// The names of the packages.
        packages: Vec<String>,
    },
}

/// Stands for all versions among a Debian package's suites.
pub const ALL_VERSIONS: &str = "*";

/// The name of the default mode, wherever modes are named.
pub const DEFAULT_MODE: &str = "default";

impl Mode {
    /// The command that its cells run, or its host's program.
    pub fn command(&self) -> &Template {
        self.adapter.program()
    }

    /// What its adapter cannot express in a version.
    pub fn lacks(&self, version: &Version) -> BTreeSet<Capability> {
        let some = self.lacks_in.iter().filter(|(_, versions)| versions.matches(version));
        self.lacks.iter().chain(some.map(|(capability, _)| capability)).copied().collect()
    }

    /// Whether `{name}` occurs anywhere in how it is driven.
    pub fn mentions(&self, name: &str) -> bool {
        let others = [self.command()].into_iter().chain(self.adapter.build());
        self.adapter.environment().mentions(name) || others.into_iter().any(|template| template.mentions(name))
    }

    /// Its name; `default` for the mode without a name.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(DEFAULT_MODE)
    }
}

impl Install {
    /// The package whose versions are those of the pins; `None` if no package manager is known to have the runtime.
    pub fn package(&self) -> Option<&Package> {
        let is_of_the_version = |package: &&Package| match package {
            Package::Npm(name) | Package::Pip(name) | Package::Maven(name) => name.mentions("version"),
            Package::Cargo { .. } | Package::Go(_) | Package::Debian { .. } => true,
        };
        let packages = if let Origin::Packages(packages) = &self.origin { packages.as_slice() } else { &[] };
        self.engine.as_ref().or_else(|| packages.iter().find(is_of_the_version))
    }

    /// The path of a version's executable, relative to the folder it is installed in.
    pub fn exe_path(&self, version: &Version) -> PathBuf {
        let exe = self.exe_name(version);
        if exe.contains('/') { PathBuf::from(exe) } else { Path::new("bin").join(exe) }
    }

    /// The file name of the executable.
    pub fn exe_name(&self, version: &Version) -> String {
        self.exe.fill(&Values::default().value("version", version.to_string())).concat()
    }
}
