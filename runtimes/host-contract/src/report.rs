//! What a host answers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::CONTRACT;
use crate::request::Value;

/// Bytes of an engine's words that a report keeps.
const MESSAGE_LIMIT: usize = 4096;

/// How a run went. Written even when the guest traps; absent only when the host itself died.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Report {
    /// The contract's version, [`crate::CONTRACT`].
    pub contract: u32,
    /// The engine's own version.
    pub engine: String,
    /// How the guest ended.
    pub exit: Exit,
    /// What each export called gave back, in the order of the request.
    #[serde(default)]
    pub returns: Vec<Vec<Value>>,
    /// Where the compiled code came from.
    pub code: Code,
    /// Nanoseconds to compile or to load compiled code.
    pub compile_ns: u64,
    /// Nanoseconds to link and instantiate.
    pub instantiate_ns: u64,
    /// Nanoseconds in the guest.
    pub run_ns: u64,
    /// Fuel used, where it was asked to be counted.
    #[serde(default)]
    pub fuel_used: Option<u64>,
    /// Peak bytes of linear memory, where the engine tells.
    #[serde(default)]
    pub peak_memory_bytes: Option<u64>,
    /// What the engine said, in its own words, cut after a few kilobytes; empty when the guest exited by
    /// itself.
    #[serde(default)]
    pub message: String,
    /// How the guest met the fault that the host was started with; nothing from a host as it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Met>,
}

/// A fault that a host was started with, and what the guest met of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Met {
    /// The fault's name, `none` for the control.
    pub name: String,
    /// How often it changed something.
    pub times: u64,
    /// The preview 1 functions that the guest called.
    pub called: BTreeSet<String>,
}

/// A fault that a host can be started with, as its `--faults` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// Its name, lower case with `-`.
    pub name: String,
    /// What the host then does, in one sentence.
    pub what: String,
    /// The preview 1 functions that show it: a guest that calls none of them cannot notice.
    pub functions: Vec<String>,
}

impl Report {
    /// A report to fill in: no time spent, and an exit that says the host has not told how the guest ended.
    pub fn unfinished(engine: &str) -> Report {
        Report {
            contract: CONTRACT,
            engine: engine.to_owned(),
            exit: Exit::Trap(Trap::Other),
            returns: Vec::new(),
            code: Code::NotKept,
            compile_ns: 0,
            instantiate_ns: 0,
            run_ns: 0,
            fuel_used: None,
            peak_memory_bytes: None,
            message: "the host did not say how the guest ended".to_owned(),
            fault: None,
        }
    }

    /// Records that the guest exited by itself.
    pub fn exited(&mut self, code: i32) {
        self.exit = Exit::Code(code);
        self.message.clear();
    }

    /// Records that the engine stopped the guest, or never started it, and the start of what it said:
    /// a backtrace of an endless recursion can take megabytes.
    pub fn stop(&mut self, trap: Trap, message: impl Into<String>) {
        self.exit = Exit::Trap(trap);
        self.message = message.into();
        if self.message.len() > MESSAGE_LIMIT {
            let left_out = self.message.len() - MESSAGE_LIMIT;
            self.message.truncate(self.message.floor_char_boundary(MESSAGE_LIMIT));
            self.message.push_str(&format!(" … and {left_out} bytes more"));
        }
    }
}

/// How a guest ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// The guest's own exit code, all 32 bits of `proc_exit`.
    Code(i32),
    /// The engine stopped it.
    Trap(Trap),
}

/// Why an engine stopped a guest, or never started it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trap {
    /// The `unreachable` instruction: Go's own abort.
    Unreachable,
    /// A memory access outside linear memory.
    OutOfBounds,
    /// The engine's call stack ran out.
    StackOverflow,
    /// `limits.fuel` ran out.
    OutOfFuel,
    /// `limits.memory-bytes` was reached, or no memory could be had.
    OutOfMemory,
    /// `limits.wall-ms` passed.
    Timeout,
    /// An import the runtime does not provide.
    MissingImport {
        /// The module imported from.
        module: String,
        /// The function imported.
        name: String,
    },
    /// The engine refuses the module.
    InvalidModule,
    /// Anything else; `message` says what.
    Other,
}

/// Where the compiled code of a run came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// Compiled in this run.
    Compiled,
    /// Taken from the cache.
    Cached,
    /// The engine keeps no compiled code: interpreted, or its own cache is out of the host's sight.
    NotKept,
}
