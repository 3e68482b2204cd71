//! What a case needs that an adapter may be unable to express.

use std::fmt;

use host_contract::request::Field;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A capability, by its name in `needs` and `lacks`.
///
/// It is about the *adapter*: a runtime that accepts the request and then gets it wrong has a
/// failure, not a lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Give the guest environment variables.
    Env,
    /// Give the guest the same variable twice.
    DuplicateEnv,
    /// Give the guest a preopen under a name that is not its path on the host.
    DirMap,
    /// Give the guest a preopen it may not change.
    DirReadOnly,
    /// Give the guest the same preopen name twice.
    DuplicateDir,
    /// Stop the guest after so many units of the engine's fuel.
    Fuel,
    /// Cap the guest's linear memory.
    MemoryLimit,
    /// Stop the guest after so many milliseconds.
    WallLimit,
    /// Give the guest a clock that is not the host's.
    FixedClock,
    /// Give the guest reproducible random bytes.
    SeededRandom,
    /// Call a guest's exports after `_initialize`.
    Reactor,
    /// Call an export with fewer arguments than it has parameters.
    ArgumentCount,
    /// Call an export with arguments that carry a type of their own.
    ArgumentTypes,
    /// Give the guest a listening socket as a descriptor.
    TcpListener,
    /// Give the guest preview 1 itself: modules, imports, host functions. Only native Linux cannot.
    Preview1,
}

impl Capability {
    /// Every capability, in the order of the documentation.
    pub const ALL: [Capability; 15] = [
        Capability::Env,
        Capability::DuplicateEnv,
        Capability::DirMap,
        Capability::DirReadOnly,
        Capability::DuplicateDir,
        Capability::Fuel,
        Capability::MemoryLimit,
        Capability::WallLimit,
        Capability::FixedClock,
        Capability::SeededRandom,
        Capability::Reactor,
        Capability::ArgumentCount,
        Capability::ArgumentTypes,
        Capability::TcpListener,
        Capability::Preview1,
    ];

    /// What it means, to complete the sentence "its adapter cannot …".
    pub fn sentence(self) -> &'static str {
        match self {
            Capability::Env => "give the guest environment variables",
            Capability::DuplicateEnv => "give the guest the same variable twice",
            Capability::DirMap => "give the guest a folder under a name that is not its path on the host",
            Capability::DirReadOnly => "give the guest a folder it may not change",
            Capability::DuplicateDir => "give the guest two folders under one name",
            Capability::Fuel => "stop the guest by fuel",
            Capability::MemoryLimit => "cap the guest's memory",
            Capability::WallLimit => "stop the guest after a given time",
            Capability::FixedClock => "give the guest a clock of its own",
            Capability::SeededRandom => "give the guest reproducible random bytes",
            Capability::Reactor => "call the guest's exports",
            Capability::ArgumentCount => "call an export with fewer arguments than it has parameters",
            Capability::ArgumentTypes => "call an export with arguments that carry a type of their own",
            Capability::TcpListener => "give the guest a listening socket",
            Capability::Preview1 => "give the guest a module's own imports and host functions",
        }
    }

    /// The field of a host's request that expresses it, if there is one.
    pub fn field(self) -> Option<Field> {
        match self {
            Capability::Env
            | Capability::DirMap
            | Capability::ArgumentCount
            | Capability::ArgumentTypes
            | Capability::TcpListener
            | Capability::Preview1 => None,
            Capability::DuplicateEnv => Some(Field::DuplicateEnv),
            Capability::DuplicateDir => Some(Field::DuplicateDir),
            Capability::DirReadOnly => Some(Field::DirReadOnly),
            Capability::Fuel => Some(Field::Fuel),
            Capability::MemoryLimit => Some(Field::MemoryLimit),
            Capability::WallLimit => Some(Field::WallLimit),
            Capability::FixedClock => Some(Field::FixedClock),
            Capability::SeededRandom => Some(Field::SeededRandom),
            Capability::Reactor => Some(Field::Reactor),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}
