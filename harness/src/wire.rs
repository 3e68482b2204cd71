//! The shapes of the project's TOML files, exactly as written. No defaults beyond the format's own
//! and no checks across entries: `load` turns these into the domain's types and judges them there.

mod fixtures;
mod forms;

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_spanned::Spanned;

pub use fixtures::FixturesFile;
pub use forms::{Bytes, FileMatcher, Matcher, Returned, Text};

use crate::runtime::{Command, Host, VersionProbe};

/// `cases/<area>.toml`; the format is stated in `cases/README.md`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CaseFile {
    /// What the area is about, in one sentence.
    pub about: Option<Spanned<String>>,
    /// The guest of every case that names none.
    pub guest: Option<Spanned<String>>,
    /// The source of every case that names none.
    pub doc: Option<String>,
    /// The preview 1 functions the guest may import.
    pub imports: Option<Spanned<Vec<String>>>,
    /// How the file's guest is built.
    pub build: Option<Spanned<crate::case::Build>>,
    /// The Go versions that every case which names none holds for.
    pub go: Option<Spanned<String>>,
    /// The cases.
    pub case: Vec<CaseEntry>,
}

/// One `[[case]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CaseEntry {
    pub name: Spanned<String>,
    pub why: Spanned<String>,
    #[serde(default)]
    pub tier: crate::case::Tier,
    pub guest: Option<Spanned<String>>,
    pub doc: Option<String>,
    #[serde(default)]
    pub args: Vec<Text>,
    pub args_repeat: Option<usize>,
    #[serde(default)]
    pub env: Vec<Spanned<EnvEntry>>,
    #[serde(default)]
    pub dirs: IndexMap<String, Spanned<DirEntry>>,
    /// Fixtures by the name they have on the host.
    #[serde(default)]
    pub outside: IndexMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub stdin: Bytes,
    #[serde(default)]
    pub stdin_kind: Option<Spanned<crate::case::StdinKind>>,
    #[serde(default)]
    pub step: Vec<Step>,
    #[serde(default)]
    pub limits: host_contract::request::Limits,
    pub clock: Option<FixedClock>,
    #[serde(default)]
    pub random: host_contract::request::Random,
    #[serde(default)]
    pub exports: Vec<ExportCall>,
    #[serde(default)]
    pub needs: Vec<crate::capability::Capability>,
    #[serde(default)]
    pub alone: bool,
    pub deadline_ms: Option<u64>,
    pub go: Option<Spanned<String>>,
    /// Why a program built for Linux itself does otherwise.
    pub native: Option<Spanned<String>>,
    #[serde(default)]
    pub expect: ExpectEntry,
}

/// `expect.…` of a case, or `instead.…` of a divergence.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExpectEntry {
    pub exit: Option<Spanned<crate::expectation::ExpectedExit>>,
    pub stdout: Option<Spanned<Matcher>>,
    pub stderr: Option<Spanned<Matcher>>,
    pub files: Option<IndexMap<String, Spanned<FileMatcher>>>,
    pub outside: Option<IndexMap<String, Spanned<FileMatcher>>>,
    pub returns: Option<Spanned<Vec<Returned>>>,
    pub again: Option<Spanned<crate::expectation::Again>>,
}

/// `clock = { start-ns = …, step-ns = … }`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedClock {
    /// The first reading.
    pub start_ns: u64,
    /// What each reading adds.
    pub step_ns: u64,
}

/// `{ name = …, args = …, times = … }`: an export to call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportCall {
    /// The export's name.
    pub name: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<host_contract::request::Value>,
    /// How often it is called in a row.
    pub times: Option<usize>,
}

/// `runtimes/<id>/runtime.toml`; the format is stated in `runtimes/README.md`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuntimeFile {
    pub name: String,
    pub url: String,
    /// What its guests are built for.
    pub target: Option<Spanned<crate::runtime::Target>>,
    pub install: Install,
    /// How the version is asked for; a host has a way of its own.
    pub version: Option<VersionProbe>,
    /// How its own command line is used.
    pub command: Option<Spanned<Command>>,
    /// Instead: a program that obeys the host contract.
    pub host: Option<Spanned<Host>>,
    /// What its adapter cannot express.
    #[serde(default)]
    pub lacks: Vec<crate::capability::Capability>,
    /// How many times longer its cells may take.
    pub deadline_factor: Option<NonZeroU8>,
    /// Modes by name.
    #[serde(default)]
    pub mode: IndexMap<String, Spanned<ModeTable>>,
    #[serde(default)]
    pub probe: ProbeTable,
}

/// `[probe]`: what the contract probe finds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeTable {
    /// Faults that are not the adapter's, by check.
    #[serde(default)]
    pub known: IndexMap<String, Spanned<KnownFault>>,
}

/// `check = "why"`, or a table where that is not so of every version and mode.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a sentence or { reason = …, versions = …, modes = … }")]
pub enum KnownFault {
    /// Of every version in every mode.
    Everywhere(String),
    /// Of some.
    Somewhere(KnownFaultTable),
}

/// `{ reason = …, versions = …, modes = … }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFaultTable {
    pub reason: String,
    pub versions: Option<String>,
    pub modes: Option<Vec<String>>,
}

/// `[install]`: where a runtime's executable comes from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Install {
    /// The executable: a name on PATH and in `bin/`, or a path under the installed folder.
    pub exe: Spanned<String>,
    /// What `bin/<exe>` is made a symbolic link to.
    pub link: Option<Spanned<String>>,
    /// The cargo package in this folder that is the host.
    #[serde(rename = "crate")]
    pub crate_name: Option<Spanned<String>>,
    /// The cargo package that installs it.
    pub cargo: Option<CargoPackage>,
    /// The Go package that installs it.
    pub go: Option<Spanned<String>>,
    /// npm packages.
    #[serde(default)]
    pub npm: Tokens,
    /// Python packages.
    #[serde(default)]
    pub pip: Tokens,
    /// Maven artifacts, each with its dependencies.
    #[serde(default)]
    pub maven: Tokens,
    /// Debian packages.
    pub deb: Option<DebianPackages>,
    /// Versions, the default first; at least one, unless the guests themselves tell it.
    pub pins: Option<Spanned<Vec<Spanned<String>>>>,
    /// How a user gets it where the harness cannot.
    pub hint: String,
    /// Whether installing it takes minutes of compiling.
    #[serde(default)]
    pub slow: bool,
}

/// `cargo = { package, features, default-features }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CargoPackage {
    pub package: String,
    #[serde(default)]
    pub features: Vec<String>,
    #[serde(default = "yes")]
    pub default_features: bool,
}

fn yes() -> bool {
    true
}

/// `deb = { suite, packages }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebianPackages {
    pub suite: DebianSuite,
    pub packages: Vec<String>,
}

/// One suite for all versions, or one for each.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a suite's name or a table of them by version")]
pub enum DebianSuite {
    /// For all versions.
    One(String),
    /// By version.
    ByVersion(BTreeMap<String, String>),
}

/// Names of packages, with `{version}` in them.
pub type Tokens = Vec<Spanned<String>>;

/// `[mode.<name>]`, after `load::modes` has laid it over `[command]` or `[host]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModeTable {
    /// The versions that have the mode.
    pub versions: Option<Spanned<String>>,
    /// What its adapter cannot express, where that is not what the runtime's cannot.
    pub lacks: Option<Vec<crate::capability::Capability>>,
    /// The runtime's `[command]` with the mode's keys in it.
    pub command: Option<Command>,
    /// The runtime's `[host]` with the mode's keys in it.
    pub host: Option<Host>,
}

/// `runtimes/<id>/divergences.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DivergenceFile {
    #[serde(default)]
    pub divergence: Vec<DivergenceEntry>,
}

/// One `[[divergence]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DivergenceEntry {
    pub case: Spanned<String>,
    pub versions: Spanned<String>,
    /// The modes it holds in; none says all.
    pub modes: Option<Spanned<Vec<String>>>,
    /// The operating systems it holds on; none says all.
    pub os: Option<Spanned<Vec<String>>>,
    pub fault: crate::divergence::Fault,
    pub reason: Spanned<String>,
    pub url: Spanned<String>,
    #[serde(default)]
    pub sometimes: bool,
    #[serde(default)]
    pub security: bool,
    pub instead: Spanned<ExpectEntry>,
}

/// One variable: `"NAME=value"`, or a repeated value.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected \"NAME=value\" or { name = …, repeat = …, times = … }")]
pub enum EnvEntry {
    /// `"NAME=value"`.
    Pair(String),
    /// A value too long to write out.
    Repeated(RepeatedEnv),
}

/// `{ name = …, repeat = …, times = … }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatedEnv {
    /// The variable's name.
    pub name: String,
    /// What its value repeats.
    pub repeat: String,
    /// How often.
    pub times: usize,
}

/// A preopen's fixture.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a fixture's name or { fixture = …, read-only = true }")]
pub enum DirEntry {
    /// The fixture's name.
    Fixture(String),
    /// The fixture and how it is opened.
    Detailed(DetailedDir),
}

/// `{ fixture = …, read-only = … }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DetailedDir {
    /// The fixture's name.
    pub fixture: String,
    /// Whether the guest may change nothing below it.
    #[serde(default)]
    pub read_only: bool,
}

/// One step of a conversation over stdin.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Write these bytes.
    Write(Bytes),
    /// Wait so many milliseconds.
    WaitMs(u64),
    /// Wait until stdout has grown by these bytes.
    Read(Bytes),
    /// Close the write end: `{ close = true }`.
    Close(Always),
}

/// `true`, where saying so is all there is to say.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "bool")]
pub struct Always;

impl TryFrom<bool> for Always {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Always, &'static str> {
        if value { Ok(Always) } else { Err("this can only be true; leave it out instead") }
    }
}
