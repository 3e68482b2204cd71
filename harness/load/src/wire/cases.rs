//! The shape of `cases/<area>.toml`, as specified in its README.

use host_contract::request::{Limits, Random, Value};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::forms::{Bytes, FileMatcher, Matcher, Returned, Text};
use matrix_model::capability::Capability;
use matrix_model::case::{Build, Tier};
use matrix_model::connection::{After, Before, OutputKind, StdinKind};
use matrix_model::expectation::{Again, ExpectedExit};
use matrix_model::promise::Promise;

/// `cases/<area>.toml`; `cases/README.md` specifies the format.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CaseFile {
    /// What the area is about, in one sentence.
    pub about: Option<Spanned<String>>,
    /// The default guest of the file's cases.
    pub guest: Option<Spanned<String>>,
    /// The default source of the file's cases.
    pub doc: Option<Spanned<String>>,
    /// The runtime's own promise that the cases rest on which name no source of their own.
    pub promise: Option<Promise>,
    /// The preview 1 functions the guest may import.
    pub imports: Option<Spanned<Vec<String>>>,
    /// How the file's guest is built.
    pub build: Option<Spanned<Build>>,
    /// The default range of Go versions of the file's cases.
    pub go: Option<Spanned<String>>,
    /// The default control of the file's cases.
    pub control: Option<Spanned<String>>,
    /// The default checks of the file's cases.
    pub checks: Option<Spanned<IndexMap<String, String>>>,
    /// Further guest paths for what the file's cases map to `/`.
    #[serde(default)]
    pub placements: Vec<Spanned<String>>,
    /// The cases.
    pub case: Vec<CaseEntry>,
}

/// One `[[case]]`: a guest, its inputs and what must be observed. `cases/README.md` states the default of each key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CaseEntry {
    /// Lower-case letters, digits and `-`; unique in its file.
    pub name: Spanned<String>,
    /// The promise, in one sentence.
    pub why: Option<Spanned<String>>,
    /// How binding the promise is.
    #[serde(default)]
    pub tier: Tier,
    /// The guest, if it is not the file's.
    pub guest: Option<Spanned<String>>,
    /// The source of the promise, if it is not the file's.
    pub doc: Option<Spanned<String>>,
    /// The runtime's own promise that it rests on.
    pub promise: Option<Spanned<Promise>>,
    /// Arguments after the guest's own name.
    #[serde(default)]
    pub args: Vec<Spanned<Text>>,
    /// The number of times that the whole list of arguments is given.
    pub args_repeat: Option<usize>,
    /// Environment variables in order, including duplicates.
    #[serde(default)]
    pub env: Vec<Spanned<EnvEntry>>,
    /// Environment variables of the runtime's own process.
    #[serde(default)]
    pub host_env: Vec<Spanned<EnvEntry>>,
    /// Preopens in order: fixtures by guest path.
    #[serde(default)]
    pub dirs: IndexMap<String, Spanned<DirEntry>>,
    /// Folders of the host that the guest has no access to: fixtures by their names on the host.
    #[serde(default)]
    pub outside: IndexMap<Spanned<String>, Spanned<String>>,
    /// The bytes that the guest can read from stdin.
    #[serde(default)]
    pub stdin: Bytes,
    /// The kind of its descriptor 0.
    #[serde(default)]
    pub stdin_kind: Option<Spanned<StdinKind>>,
    /// The kind of its descriptor 1.
    pub stdout_kind: Option<Spanned<OutputKind>>,
    /// The kind of its descriptor 2.
    pub stderr_kind: Option<Spanned<OutputKind>>,
    /// What another process does with the same descriptors before.
    pub before: Option<Spanned<Before>>,
    /// What another process does with them afterwards.
    pub after: Option<Spanned<After>>,
    /// A timed conversation over a pipe, instead of `stdin`.
    #[serde(default)]
    pub step: Vec<Step>,
    /// The limits at which the runtime must stop the guest: units of fuel, bytes of memory, milliseconds.
    #[serde(default)]
    pub limits: Limits,
    /// A clock that replaces the machine's.
    pub clock: Option<FixedClock>,
    /// The source of random bytes.
    #[serde(default)]
    pub random: Random,
    /// Exports of a reactor to call after `_initialize`, in order.
    #[serde(default)]
    pub exports: Vec<ExportCall>,
    /// Capabilities that the other keys do not imply.
    #[serde(default)]
    pub needs: Vec<Capability>,
    /// Whether it measures time, and so must not run in parallel with other cells.
    #[serde(default)]
    pub alone: bool,
    /// The harness's deadline, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// The Go versions it holds for, a semver range.
    pub go: Option<Spanned<String>>,
    /// The reason why the same program, built for Linux, behaves differently.
    pub native: Option<Spanned<String>>,
    /// The first lines of stdout: what must hold before the promise can be judged.
    pub control: Option<Spanned<String>>,
    /// The lines of stdout that another case judges: how they begin, and that case.
    pub checks: Option<Spanned<IndexMap<String, String>>>,
    /// What stdout is like only if the guest read something outside of its folders, as a regular expression.
    pub got_out: Option<Spanned<String>>,
    /// What stdout is like only if the guest found out what there is outside, as a regular expression.
    pub found_out: Option<Spanned<String>>,
    /// One true sentence: why the case is about the mapping `/` itself, and is at no other place.
    pub only_at_root: Option<Spanned<String>>,
    /// What must be observed.
    #[serde(default)]
    pub expect: ExpectEntry,
}

/// `expect.…` of a case, or `instead.…` of a divergence. Keys that are left out change nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExpectEntry {
    /// How the guest ends: a code, or a name in quotes.
    pub exit: Option<Spanned<ExpectedExit>>,
    /// What it writes to stdout.
    pub stdout: Option<Spanned<Matcher>>,
    /// What it writes to stderr.
    pub stderr: Option<Spanned<Matcher>>,
    /// What is left on the host, by guest path.
    pub files: Option<IndexMap<String, Spanned<FileMatcher>>>,
    /// What is left in the folders `outside`, by name and path.
    pub outside: Option<IndexMap<String, Spanned<FileMatcher>>>,
    /// The values that the exports returned, as a list for each call that returned.
    pub returns: Option<Spanned<Vec<Returned>>>,
    /// How the stdout of a second run compares to that of the first.
    pub again: Option<Spanned<Again>>,
    /// What it leaves unread in stdin.
    pub stdin_rest: Option<Spanned<Matcher>>,
    /// What it leaves changed of its descriptors.
    pub changed_flags: Option<Spanned<Vec<String>>>,
}

/// `clock = { start-ns = …, step-ns = … }`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedClock {
    /// The first reading, in nanoseconds since 1970.
    pub start_ns: u64,
    /// The step between two readings, in nanoseconds.
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
    pub args: Vec<Value>,
    /// The number of consecutive calls.
    pub times: Option<usize>,
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
pub(crate) struct RepeatedEnv {
    /// The variable's name.
    pub name: String,
    /// The text that its value repeats.
    pub repeat: String,
    /// The number of repetitions.
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
pub(crate) struct DetailedDir {
    /// The fixture's name.
    pub fixture: String,
    /// Whether the guest must not change anything below it.
    #[serde(default)]
    pub read_only: bool,
}

/// One step of a conversation over stdin.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Write these bytes.
    Write(Bytes),
    /// Wait this many milliseconds.
    WaitMs(u64),
    /// Wait until these bytes have arrived on stdout.
    Read(Bytes),
    /// Close the write end: `{ close = true }`.
    Close(Always),
}

/// `true`, the only value that the key can have.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "bool")]
pub struct Always;

impl TryFrom<bool> for Always {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Always, &'static str> {
        if value { Ok(Always) } else { Err("this can only be true; leave it out instead") }
    }
}
