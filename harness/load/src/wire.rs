//! The shapes of the project's TOML files, exactly as written. There are no defaults beyond the format's own, and no
//! checks across entries: `load` turns the shapes into the domain's types and checks them.

mod cases;
mod fixtures;
mod forms;
mod go_tests;

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_spanned::Spanned;

pub use cases::{Always, CaseEntry, CaseFile, DirEntry, EnvEntry, ExpectEntry, ExportCall, Step};
pub use fixtures::FixturesFile;
pub use forms::{FileMatcher, Matcher, Returned};
pub(crate) use go_tests::{
    CauseWire, ClaimWire, KnownFailureEntry, KnownFailureFile, ListEntryWire, ShownByEntry, ShownByFile, TestListFile,
    TestListWire,
};

use matrix_model::promise::Promise;
use matrix_model::runtime::{Command, Host, Note, VersionProbe};

/// `runtimes/<id>/runtime.toml`; `runtimes/README.md` specifies the format.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RuntimeFile {
    /// Its common name.
    pub name: String,
    /// Its home page.
    pub url: String,
    /// What its developers say of themselves and a reader of its results must know.
    pub note: Option<Note>,
    /// The runtime under whose name it goes on.
    pub successor: Option<Spanned<String>>,
    /// The target that its guests are built for.
    pub target: Option<Spanned<matrix_model::runtime::Target>>,
    /// The value of `GOWASIRUNTIME` for a Go test under it.
    pub gowasiruntime: Option<Spanned<String>>,
    /// Where its executable comes from.
    pub install: Install,
    /// How to ask for the version; a host has its own way.
    pub version: Option<VersionProbe>,
    /// How to use its own command line.
    pub command: Option<Spanned<Command>>,
    /// Used instead of `command`: a program that implements the host contract.
    pub host: Option<Spanned<Host>>,
    /// What its adapter cannot express.
    #[serde(default)]
    pub lacks: Vec<matrix_model::capability::Capability>,
    /// What its adapter cannot express in some versions: a range of them for each capability.
    #[serde(default)]
    pub lacks_in: BTreeMap<matrix_model::capability::Capability, Spanned<String>>,
    /// The factor by which its cells' deadlines are multiplied.
    pub deadline_factor: Option<NonZeroU8>,
    /// The documents in which the runtime promises something, by promise.
    #[serde(default)]
    pub promises: BTreeMap<Promise, Spanned<String>>,
    /// Modes by name.
    #[serde(default)]
    pub mode: IndexMap<String, Spanned<ModeTable>>,
    /// The known results of the contract probe.
    #[serde(default)]
    pub probe: ProbeTable,
}

/// One table of `runtimes/surroundings.toml`; `runtimes/README.md` specifies the format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SurroundingTable {
    /// Which real machines are like that.
    pub why: Spanned<String>,
    /// A document of what is denied.
    pub doc: Spanned<String>,
    /// System calls, and the errno that each fails with.
    #[serde(default)]
    pub refuse: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Limits, by resource.
    #[serde(default)]
    pub limit: BTreeMap<Spanned<String>, u64>,
    /// What the disk is like.
    pub disk: Option<Spanned<String>>,
    /// The topics whose cases are run by default where it matters.
    #[serde(default)]
    pub areas: Vec<Spanned<String>>,
    /// The runtimes for which it is known to matter.
    #[serde(default)]
    pub matters: Vec<MattersTable>,
}

/// One entry of `matters`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MattersTable {
    /// The runtime's id.
    pub runtime: Spanned<String>,
    /// The runtime's versions, a semver range; `None` means all.
    pub versions: Option<Spanned<String>>,
    /// One true sentence.
    pub reason: Spanned<String>,
}

/// `[probe]`: the known results of the contract probe.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProbeTable {
    /// Faults that are not the adapter's, by check.
    #[serde(default)]
    pub known: IndexMap<String, Spanned<KnownFault>>,
}

/// `check = "why"`, or a table if the fault does not occur in every version and mode.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a sentence or { reason = …, versions = …, modes = … }")]
pub enum KnownFault {
    /// In every version and every mode.
    Everywhere(String),
    /// In some versions or modes.
    Somewhere(KnownFaultTable),
}

/// `{ reason = …, versions = …, modes = … }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownFaultTable {
    /// One true sentence.
    pub reason: String,
    /// The versions it holds for, a semver range; `None` means all.
    pub versions: Option<String>,
    /// The modes it holds in; `None` means all.
    pub modes: Option<Vec<String>>,
}

/// `[install]`: where a runtime's executable comes from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Install {
    /// The executable: a name on PATH and in `bin/`, or a path under the installed folder.
    pub exe: Spanned<String>,
    /// The target of `bin/<exe>`, which becomes a symbolic link.
    pub link: Option<Spanned<String>>,
    /// The cargo package in this folder that builds the host.
    #[serde(rename = "crate")]
    pub crate_name: Option<Spanned<String>>,
    /// The cargo package that installs it.
    pub cargo: Option<CargoPackage>,
    /// The Go package that installs it.
    pub go: Option<Spanned<String>>,
    /// npm packages.
    #[serde(default)]
    pub npm: Tokens,
    /// The package that is the engine of a host built from this folder.
    pub engine: Option<Spanned<EnginePackage>>,
    /// The release line with long-term support, a semver range.
    pub lts: Option<Spanned<String>>,
    /// Python packages.
    #[serde(default)]
    pub pip: Tokens,
    /// Maven artifacts, each with its dependencies.
    #[serde(default)]
    pub maven: Tokens,
    /// Debian packages.
    pub deb: Option<DebianPackages>,
    /// The versions, the default first. At least one is required, unless the guests themselves report it.
    pub pins: Option<Spanned<Vec<Spanned<String>>>>,
    /// How a user can get it if the harness cannot install it.
    pub hint: String,
    /// Whether installing it takes minutes of compiling.
    #[serde(default)]
    pub slow: bool,
}

/// `engine = { cargo = … }` or `{ go = … }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum EnginePackage {
    /// A cargo package.
    Cargo(String),
    /// A Go module.
    Go(String),
}

/// `cargo = { package, features, default-features }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CargoPackage {
    /// The package's name.
    pub package: String,
    /// Features in addition to the default ones.
    #[serde(default)]
    pub features: Vec<String>,
    /// Whether the default features are enabled.
    #[serde(default = "yes")]
    pub default_features: bool,
}

fn yes() -> bool {
    true
}

/// `deb = { suite, packages }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DebianPackages {
    /// The suite that contains them.
    pub suite: DebianSuite,
    /// Their names.
    pub packages: Vec<String>,
}

/// One suite for all versions, or one for each version.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a suite's name or a table of them by version")]
pub(crate) enum DebianSuite {
    /// For all versions.
    One(String),
    /// By version.
    ByVersion(BTreeMap<String, String>),
}

/// Package names that contain `{version}`.
pub type Tokens = Vec<Spanned<String>>;

/// `[mode.<name>]`, after `matrix_load::modes` has applied it to `[command]` or `[host]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ModeTable {
    /// The versions that have the mode.
    pub versions: Option<Spanned<String>>,
    /// What its adapter cannot express, if that differs from the runtime's.
    pub lacks: Option<Vec<matrix_model::capability::Capability>>,
    /// The runtime's `[command]` with the mode's keys applied.
    pub command: Option<Command>,
    /// The runtime's `[host]` with the mode's keys applied.
    pub host: Option<Host>,
}

/// `runtimes/<id>/divergences.toml`, or `runtimes/<id>/divergences/<area>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DivergenceFile {
    /// The entries.
    #[serde(default)]
    pub divergence: Vec<DivergenceEntry>,
}

/// One `[[divergence]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct DivergenceEntry {
    /// The case's id.
    pub case: Spanned<String>,
    /// The versions it holds for, a semver range.
    pub versions: Spanned<String>,
    /// The modes it holds in; `None` means all.
    pub modes: Option<Spanned<Vec<String>>>,
    /// The surroundings it holds in; `None` means the machine as it is.
    pub surroundings: Option<Spanned<Vec<String>>>,
    /// The operating systems it holds on; `None` means all.
    pub os: Option<Spanned<Vec<String>>>,
    /// Whose fault it is.
    pub fault: matrix_model::divergence::Fault,
    /// One true sentence.
    pub reason: Spanned<String>,
    /// The upstream issue, or `unreported`.
    pub url: Spanned<String>,
    /// Whether it is a race, which occurs only sometimes.
    #[serde(default)]
    pub sometimes: bool,
    /// Whether its cells are withheld.
    #[serde(default)]
    pub security: bool,
    /// Whether the guest stays inside of what it was given, in a case that asks whether it gets out.
    #[serde(default)]
    pub stays_inside: bool,
    /// What is observed instead of what the case expects.
    pub instead: Spanned<ExpectEntry>,
}

/// `runtimes/advisories.toml`; `runtimes/README.md` specifies the format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdvisoryFile {
    /// The entries.
    #[serde(default)]
    pub advisory: Vec<AdvisoryEntry>,
}

/// One `[[advisory]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdvisoryEntry {
    /// Its id.
    pub id: Spanned<String>,
    /// Its address.
    pub url: Spanned<String>,
    /// One sentence.
    pub about: Spanned<String>,
    /// The software and its affected versions.
    pub affected: Spanned<String>,
    /// The first mended versions.
    pub mended: Spanned<String>,
    /// The case that shows it.
    pub case: Option<Spanned<String>>,
    /// The columns in which it shows.
    #[serde(default)]
    pub red: Vec<Spanned<String>>,
    /// The columns in which it does not.
    #[serde(default)]
    pub green: Vec<Spanned<String>>,
    /// Why it cannot be seen.
    pub unseen: Option<Spanned<String>>,
}
