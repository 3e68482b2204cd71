//! The shape of `cases/<area>.toml`, as its README states it.

use host_contract::request::{Limits, Random, Value};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::forms::{Bytes, FileMatcher, Matcher, Returned, Text};
use matrix_model::capability::Capability;
use matrix_model::case::{Build, StdinKind, Tier};
use matrix_model::expectation::{Again, ExpectedExit};

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
    pub build: Option<Spanned<Build>>,
    /// The Go versions that every case which names none holds for.
    pub go: Option<Spanned<String>>,
    /// The cases.
    pub case: Vec<CaseEntry>,
}

/// One `[[case]]`: a guest, its inputs and what must be observed. `cases/README.md` says what each key means by default.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CaseEntry {
    /// Lower-case letters, digits and `-`; unique in its file.
    pub name: Spanned<String>,
    /// The promise, in one sentence.
    pub why: Spanned<String>,
    /// How binding the promise is.
    #[serde(default)]
    pub tier: Tier,
    /// The guest, where it is not the file's.
    pub guest: Option<Spanned<String>>,
    /// Where the promise comes from, where that is not the file's source.
    pub doc: Option<String>,
    /// Arguments after the guest's own name.
    #[serde(default)]
    pub args: Vec<Text>,
    /// How often the whole list of arguments is given.
    pub args_repeat: Option<usize>,
    /// Variables in order, duplicates kept.
    #[serde(default)]
    pub env: Vec<Spanned<EnvEntry>>,
    /// Preopens in order: fixtures by guest path.
    #[serde(default)]
    pub dirs: IndexMap<String, Spanned<DirEntry>>,
    /// Folders of the host that the guest is not given: fixtures by the name they have there.
    #[serde(default)]
    pub outside: IndexMap<Spanned<String>, Spanned<String>>,
    /// What the guest can read.
    #[serde(default)]
    pub stdin: Bytes,
    /// What its descriptor 0 is.
    #[serde(default)]
    pub stdin_kind: Option<Spanned<StdinKind>>,
    /// A timed conversation over a pipe, instead of `stdin`.
    #[serde(default)]
    pub step: Vec<Step>,
    /// What the runtime must stop the guest at: units of fuel, bytes of memory, milliseconds.
    #[serde(default)]
    pub limits: Limits,
    /// A clock that is not the machine's.
    pub clock: Option<FixedClock>,
    /// Where random bytes come from.
    #[serde(default)]
    pub random: Random,
    /// Exports of a reactor to call after `_initialize`, in order.
    #[serde(default)]
    pub exports: Vec<ExportCall>,
    /// Capabilities that do not follow from the other keys.
    #[serde(default)]
    pub needs: Vec<Capability>,
    /// Whether it measures time and runs without neighbours.
    #[serde(default)]
    pub alone: bool,
    /// When the harness gives up, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// The Go versions it holds for, a semver range.
    pub go: Option<Spanned<String>>,
    /// Why a program built for Linux itself does otherwise.
    pub native: Option<Spanned<String>>,
    /// What must be observed.
    #[serde(default)]
    pub expect: ExpectEntry,
}

/// `expect.…` of a case, or `instead.…` of a divergence; what is left out is as before.
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
    /// What the exports gave back, a list of values for each call that came back.
    pub returns: Option<Spanned<Vec<Returned>>>,
    /// How the stdout of a second run compares with that of the first.
    pub again: Option<Spanned<Again>>,
}

/// `clock = { start-ns = …, step-ns = … }`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedClock {
    /// The first reading, in nanoseconds since 1970.
    pub start_ns: u64,
    /// What each further reading adds, in nanoseconds.
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
    /// How often it is called in a row.
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
pub(crate) struct DetailedDir {
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
