//! A case: a guest, its inputs, and what must be observed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use host_contract::request::{Call, Clock, Limits, Random};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::Capability;
use crate::connection::{After, Before, OutputKind, StdinKind};
use crate::expectation::Expectation;
use crate::promise::Promise;

/// How binding a case's expectation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The specification or Go promises it, or the runtime itself.
    #[default]
    Must,
    /// Every Go program assumes it.
    Should,
    /// Left open: shown side by side, never failed.
    Observe,
}

/// How a guest is built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Build {
    /// A program: its `_start` runs `main`.
    #[default]
    Command,
    /// A library (`-buildmode=c-shared`, since Go 1.24): after `_initialize` its exports can be called.
    Reactor,
}

/// One step of a conversation over stdin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Write these bytes.
    Write(Vec<u8>),
    /// Wait.
    Wait(Duration),
    /// Wait until stdout has grown by these bytes.
    Read(Vec<u8>),
    /// Close the write end.
    Close,
}

/// A preopen of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preopen {
    /// The name the guest sees.
    pub guest: String,
    /// The fixture it starts as a copy of.
    pub fixture: String,
    /// Whether the guest may change nothing below it.
    pub read_only: bool,
}

/// The placeholder, in arguments, variables and links of fixtures, for the folder that holds a case's `outside`.
pub const OUTSIDE: &str = "{outside}";

/// The rest of a guest path below a preopen's name; `None` if the path is not below it. `/data` does not contain
/// `/database`.
pub fn below<'p>(preopen: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(preopen)?;
    let apart = rest.is_empty() || rest.starts_with('/') || preopen.ends_with('/');
    apart.then(|| rest.trim_start_matches('/'))
}

/// Where a case is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Path from the project's root, with `/`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Area and name: `fs/rename/replaces-existing-file`.
    pub id: String,
    /// The area: the id without its last part.
    pub area: String,
    /// Where it is written.
    pub location: Location,
    /// The promise, in one sentence. A case of one's own may leave it empty.
    pub why: String,
    /// Where the promise comes from. A case of one's own may leave it empty.
    pub doc: String,
    /// How binding it is. If it has a `promise`, that holds for the runtimes that make the promise.
    pub tier: Tier,
    /// What the runtime itself must promise for the tier to hold; `None` if the source promises it for all.
    pub promise: Option<Promise>,
    /// The guest: its name under `go-guests/`, or its path from the folder of a suite of one's own.
    pub guest: String,
    /// Arguments after the guest's own name.
    pub args: Vec<String>,
    /// Variables in order, duplicates kept.
    pub env: Vec<(String, String)>,
    /// Variables of the runtime's own process, which the guest must not see.
    pub host_env: Vec<(String, String)>,
    /// Preopens in order.
    pub dirs: Vec<Preopen>,
    /// Folders of the host that the guest is not given: the name of each, with its fixture.
    pub outside: BTreeMap<String, String>,
    /// What the guest can read.
    pub stdin: Vec<u8>,
    /// What its descriptor 0 is.
    pub stdin_kind: StdinKind,
    /// What its descriptor 1 is.
    pub stdout_kind: OutputKind,
    /// What its descriptor 2 is.
    pub stderr_kind: OutputKind,
    /// What another process does with the same descriptors before.
    pub before: Before,
    /// What another process does with them afterwards.
    pub after: After,
    /// A conversation; empty unless a case needs one.
    pub steps: Vec<Step>,
    /// The limits at which the runtime must stop the guest.
    pub limits: Limits,
    /// Where the guest's clocks come from.
    pub clock: Clock,
    /// Where its random bytes come from.
    pub random: Random,
    /// The exports to call after `_initialize`; empty if the guest is a command.
    pub exports: Vec<Call>,
    /// Capabilities that the case names; [`Case::needs`] adds those that follow from its inputs.
    pub named_needs: BTreeSet<Capability>,
    /// Whether it measures time and must run without neighbours.
    pub alone: bool,
    /// How long the guest may run before the harness stops it.
    pub deadline: Duration,
    /// The Go versions it holds for.
    pub go: Option<semver::VersionReq>,
    /// Why a program built for Linux itself behaves differently, in one sentence; `None` if it does not.
    pub native: Option<String>,
    /// What stdout is like only if the guest read something outside of its folders, as a regular expression.
    pub got_out: Option<String>,
    /// What stdout is like only if the guest found out what there is outside of its folders, as a regular expression.
    pub found_out: Option<String>,
    /// What must be observed.
    pub expect: Expectation,
    /// Where it is, if it was not written for there.
    pub placement: Option<Placement>,
}

/// Where a case is, if not where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The guest path that takes the place of `/`.
    pub at: String,
    /// Whether the case is run without being asked for.
    pub sampled: bool,
}

impl Placement {
    /// What is added to an area's name: `.data` for `/data`. No area or case that is written has a `.` in its name.
    pub fn suffix(&self) -> String {
        self.at.replace('/', ".")
    }
}

impl Case {
    /// The case for a module that is not a guest: it gets no inputs, writes nothing and exits with code 0.
    pub fn of_module(area: &str, guest: String, location: Location) -> Case {
        Case {
            id: format!("{area}/{guest}"),
            area: area.to_owned(),
            location,
            why: String::new(),
            doc: String::new(),
            tier: Tier::default(),
            promise: None,
            guest,
            args: Vec::new(),
            env: Vec::new(),
            host_env: Vec::new(),
            dirs: Vec::new(),
            outside: BTreeMap::new(),
            stdin: Vec::new(),
            stdin_kind: StdinKind::default(),
            stdout_kind: OutputKind::default(),
            stderr_kind: OutputKind::default(),
            before: Before::default(),
            after: After::default(),
            steps: Vec::new(),
            limits: Limits::default(),
            clock: Clock::Real,
            random: Random::Real,
            exports: Vec::new(),
            named_needs: BTreeSet::new(),
            alone: false,
            deadline: Duration::ZERO,
            go: None,
            native: None,
            got_out: None,
            found_out: None,
            expect: Expectation::silent_success(),
            placement: None,
        }
    }

    /// The names of all fixtures it uses, inside its preopens and outside them.
    pub fn fixtures(&self) -> impl Iterator<Item = &String> {
        self.dirs.iter().map(|dir| &dir.fixture).chain(self.outside.values())
    }

    /// Everything an adapter must be able to express to run this case.
    pub fn needs(&self) -> BTreeSet<Capability> {
        let repeated = |names: Vec<&String>| names.iter().collect::<BTreeSet<_>>().len() < names.len();
        let derived = [
            (Capability::Env, !self.env.is_empty()),
            (Capability::DuplicateEnv, repeated(self.env.iter().map(|(name, _)| name).collect())),
            (Capability::DirMap, !self.dirs.is_empty()),
            (Capability::DirReadOnly, self.dirs.iter().any(|dir| dir.read_only)),
            (Capability::DuplicateDir, repeated(self.dirs.iter().map(|dir| &dir.guest).collect())),
            (Capability::Fuel, self.limits.fuel.is_some()),
            (Capability::MemoryLimit, self.limits.memory_bytes.is_some()),
            (Capability::WallLimit, self.limits.wall_ms.is_some()),
            (Capability::FixedClock, self.clock != Clock::Real),
            (Capability::SeededRandom, self.random != Random::Real),
            (Capability::Reactor, !self.exports.is_empty()),
        ];
        let derived = derived.into_iter().filter_map(|(capability, needed)| needed.then_some(capability));
        self.named_needs.iter().copied().chain(derived).collect()
    }
}
