//! What no specification promises, and a runtime may promise in a document of its own.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::Capability;

/// A promise by its name in `promise` of a case and in `[promises]` of a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// A guest gets at no file of the host besides those that it is given.
    Sandbox,
    /// A guest changes nothing in a folder that it is given read-only.
    DirReadOnly,
    /// A guest is stopped when its fuel is used up.
    Fuel,
    /// A guest gets no more memory than its limit.
    MemoryLimit,
    /// A guest is stopped when its time is up.
    WallLimit,
    /// A guest sees the clock that it is given, and no other.
    FixedClock,
    /// A guest gets the random bytes that it is given, and no others.
    SeededRandom,
}

impl Promise {
    /// Every promise, in the order of the documentation.
    pub const ALL: [Promise; 7] = [
        Promise::Sandbox,
        Promise::DirReadOnly,
        Promise::Fuel,
        Promise::MemoryLimit,
        Promise::WallLimit,
        Promise::FixedClock,
        Promise::SeededRandom,
    ];

    /// What an adapter that uses the promise can express; `None` if every adapter uses it.
    pub fn capability(self) -> Option<Capability> {
        match self {
            Promise::Sandbox => None,
            Promise::DirReadOnly => Some(Capability::DirReadOnly),
            Promise::Fuel => Some(Capability::Fuel),
            Promise::MemoryLimit => Some(Capability::MemoryLimit),
            Promise::WallLimit => Some(Capability::WallLimit),
            Promise::FixedClock => Some(Capability::FixedClock),
            Promise::SeededRandom => Some(Capability::SeededRandom),
        }
    }

    /// The promise in words, to complete the sentence "the runtime promises that …".
    pub fn sentence(self) -> &'static str {
        match self {
            Promise::Sandbox => "a guest gets at no file of the host besides those that it is given",
            Promise::DirReadOnly => "a guest changes nothing in a folder that it is given read-only",
            Promise::Fuel => "a guest is stopped when its fuel is used up",
            Promise::MemoryLimit => "a guest gets no more memory than its limit",
            Promise::WallLimit => "a guest is stopped when its time is up",
            Promise::FixedClock => "a guest sees the clock that it is given",
            Promise::SeededRandom => "a guest gets the random bytes that it is given",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}
