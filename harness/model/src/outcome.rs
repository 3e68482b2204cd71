//! What happened in a cell.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;

use host_contract::request::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::content::Content;
use matrix_supervise::{Leak, Usage};

/// What happened in a cell, before it is judged.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How the guest ended.
    pub exit: Exit,
    /// What it wrote to stdout; cut if the output limit was reached.
    pub stdout: Content,
    /// What it, or the runtime, wrote to stderr. If the guest was not compiled: the end of what the compiler said.
    pub stderr: Content,
    /// What was found at the paths the case asks about.
    pub files: BTreeMap<String, Found>,
    /// What was found at the paths outside all preopens that the case asks about.
    pub outside: BTreeMap<String, Found>,
    /// The values that the called exports returned: one list for each call that returned.
    pub returns: Vec<Vec<Value>>,
    /// The result of a second run, if the case compares the two.
    pub again: Option<SecondRun>,
    /// What it left unread in stdin, if that is judged.
    pub stdin_rest: Option<Content>,
    /// What it left changed of its descriptors, if that is judged: each like `stdin: +O_NONBLOCK`.
    pub changed_flags: Option<Vec<String>>,
    /// The resources it used.
    pub usage: Usage,
    /// Processes it left behind. They have been killed.
    pub leaked: Vec<Leak>,
    /// Nanoseconds inside the engine, if a host reports them.
    pub engine_ns: Option<EngineTimes>,
}

/// What was found at a path after the guest ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A regular file with this content.
    File(Content),
    /// A regular file of this many bytes, more than the harness reads.
    Large(u64),
    /// A symbolic link to this target.
    Link(Content),
    /// A folder.
    Folder,
    /// Nothing.
    Nothing,
    /// Something else, described in words.
    Other(String),
}

/// Describes in words what was found. Long content is cut.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Found::File(content) => content.fmt(f),
            Found::Large(bytes) => write!(f, "a file of {bytes} bytes, more than the harness looks at"),
            Found::Link(target) => write!(f, "a symbolic link to {target}"),
            Found::Folder => f.write_str("a folder"),
            Found::Nothing => f.write_str("nothing of that name"),
            Found::Other(what) => f.write_str(what),
        }
    }
}

/// The result of a second run of the same process.
#[derive(Debug, Clone)]
pub struct SecondRun {
    /// How the guest ended.
    pub exit: Exit,
    /// What it wrote to stdout.
    pub stdout: Content,
}

/// How a guest ended, as far as the adapter can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Exit {
    /// With a code.
    Code {
        /// The code.
        code: i32,
        /// Whether these are all 32 bits the guest gave; a command line carries the low byte only.
        whole: bool,
    },
    /// The engine stopped it for something it did.
    Trap {
        /// The named reason, or the engine's own words.
        reason: String,
    },
    /// The engine stopped it because a limit of the case was reached.
    Limit {
        /// Which.
        reason: String,
    },
    /// It was not started, because the runtime does not provide an import.
    MissingImport {
        /// Which, as the runtime names it.
        import: String,
    },
    /// It was not started, because the runtime's compiler did not compile it beforehand.
    NotCompiled {
        /// How the compiler ended, and the beginning of what it said.
        message: String,
        /// Whether the harness stopped the compiler at its deadline.
        #[serde(default, rename = "at-deadline", skip_serializing_if = "std::ops::Not::not")]
        at_deadline: bool,
    },
    /// The runtime's process died by a signal.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// The harness stopped it at its deadline.
    Timeout,
    /// The harness stopped it because it wrote too much.
    OutputLimit,
}

impl Exit {
    /// Whether two guests ended in the same way. The engine's wording and the signal may differ.
    pub fn is_like(&self, other: &Exit) -> bool {
        match (self, other) {
            (Exit::Code { code: one, .. }, Exit::Code { code: other, .. }) => one == other,
            (one, other) => mem::discriminant(one) == mem::discriminant(other),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Exit::Code { code, .. } => write!(f, "exit {code}"),
            Exit::Trap { reason } => write!(f, "a trap: {reason}"),
            Exit::Limit { reason } => write!(f, "stopped by the runtime: {reason}"),
            Exit::MissingImport { import } => write!(f, "not started: missing import {import}"),
            Exit::NotCompiled { message, .. } => write!(f, "not started: not compiled: {message}"),
            Exit::Signal { signal } => write!(f, "killed by signal {signal}"),
            Exit::Timeout => f.write_str("no end before the deadline"),
            Exit::OutputLimit => f.write_str("stopped for writing too much"),
        }
    }
}

/// Nanoseconds inside the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EngineTimes {
    /// To compile, or to load compiled code.
    pub compile_ns: u64,
    /// To link and instantiate.
    pub instantiate_ns: u64,
    /// In the guest.
    pub run_ns: u64,
}
