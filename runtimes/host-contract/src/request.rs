//! What a host is asked to do.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One guest to run, with everything it may see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// The contract's version, [`crate::CONTRACT`].
    pub contract: u32,
    /// The `.wasm` file on the host.
    pub module: PathBuf,
    /// The guest's arguments, its own name first.
    pub argv: Vec<String>,
    /// The guest's environment in order, duplicates kept.
    pub env: Vec<(String, String)>,
    /// The guest's preopens in order.
    pub dirs: Vec<Dir>,
    /// What the runtime must stop the guest at.
    #[serde(default)]
    pub limits: Limits,
    /// Where the guest's clocks come from.
    #[serde(default)]
    pub clock: Clock,
    /// Where the guest's random bytes come from.
    #[serde(default)]
    pub random: Random,
    /// Functions to call after `_initialize`, in order. Empty: the guest is a command, run `_start`.
    #[serde(default)]
    pub exports: Vec<Call>,
    /// A folder for compiled code, shared by all runs. None: compile afresh.
    #[serde(default)]
    pub cache: Option<PathBuf>,
}

/// One preopen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dir {
    /// The folder on the host.
    pub host: PathBuf,
    /// The name the guest sees.
    pub guest: String,
    /// Whether the guest may change nothing below it.
    #[serde(default)]
    pub read_only: bool,
}

/// Limits the *runtime* enforces; the harness has its own deadline besides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// Units of the engine's own fuel or gas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Bytes of linear memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Milliseconds of wall time from the guest's start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
}

/// Where the guest's clocks come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Clock {
    /// The host's own clocks.
    #[default]
    Real,
    /// Both clocks start at `start_ns` (nanoseconds since 1970) and advance by `step_ns` at each reading.
    Fixed {
        /// The first reading.
        start_ns: u64,
        /// What each reading adds.
        step_ns: u64,
    },
}

/// Where the guest's random bytes come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Random {
    /// The host's own source.
    #[default]
    Real,
    /// A generator seeded with this number: the same seed gives the same bytes.
    Seed(u64),
}

/// One exported function to call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Call {
    /// The export's name.
    pub name: String,
    /// Its arguments, in order.
    #[serde(default)]
    pub args: Vec<Value>,
}

/// A WebAssembly number, written `{"i32": 7}`, `{"i64": 7}` or `{"f64": 0.5}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 64-bit float; NaN and the infinities have no JSON form and are not part of the contract.
    F64(f64),
}

/// A part of a request that a host may be unable to honour, by its name in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// `dirs` with `read-only`.
    DirReadOnly,
    /// `limits.fuel`.
    Fuel,
    /// `limits.memory-bytes`.
    MemoryLimit,
    /// `limits.wall-ms`.
    WallLimit,
    /// `clock.fixed`.
    FixedClock,
    /// `random.seed`.
    SeededRandom,
    /// `exports`.
    Reactor,
    /// `env` with one name more than once.
    DuplicateEnv,
    /// `dirs` with one guest name more than once.
    DuplicateDir,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Request {
    /// The optional fields this request makes use of.
    pub fn fields(&self) -> Vec<Field> {
        let asked = [
            (Field::DirReadOnly, self.dirs.iter().any(|dir| dir.read_only)),
            (Field::Fuel, self.limits.fuel.is_some()),
            (Field::MemoryLimit, self.limits.memory_bytes.is_some()),
            (Field::WallLimit, self.limits.wall_ms.is_some()),
            (Field::FixedClock, self.clock != Clock::Real),
            (Field::SeededRandom, self.random != Random::Real),
            (Field::Reactor, !self.exports.is_empty()),
            (Field::DuplicateEnv, repeats(self.env.iter().map(|(name, _)| name))),
            (Field::DuplicateDir, repeats(self.dirs.iter().map(|dir| &dir.guest))),
        ];
        asked.into_iter().filter_map(|(field, used)| used.then_some(field)).collect()
    }
}

fn repeats<'a>(names: impl Iterator<Item = &'a String>) -> bool {
    let mut seen = BTreeSet::new();
    names.into_iter().any(|name| !seen.insert(name))
}
