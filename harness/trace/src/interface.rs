//! What preview 1 says of its functions: their parameters, their results, and the types of both.
//!
//! `preview1.json` is derived from the official witx and never edited by hand; a test derives it again and compares.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The module that the functions of preview 1 are imported from.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// All of preview 1, as the official witx has it.
pub static PREVIEW1: LazyLock<Interface> =
    LazyLock::new(|| serde_json::from_str(include_str!("preview1.json")).expect("a test derives it from the witx"));

/// Functions and the named types that they use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The types by name.
    pub types: BTreeMap<String, Shape>,
    /// The functions by name.
    pub functions: BTreeMap<String, Function>,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// What it is given, in order.
    pub parameters: Vec<Parameter>,
    /// What it writes to memory where it succeeds, in order.
    pub results: Vec<Shape>,
    /// Whether it returns an errno; otherwise it does not return.
    pub returns: bool,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub shape: Shape,
}

/// A type: how many bytes it has in memory and what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A type of the interface, by its name.
    Named(String),
    /// A number without a sign of so many bytes.
    Unsigned(usize),
    /// A number with a sign of so many bytes.
    Signed(usize),
    /// A file descriptor.
    Handle,
    /// An address of something that the function writes.
    Pointer(Box<Shape>),
    /// An address of something that it only reads.
    ConstPointer(Box<Shape>),
    /// An address and a number of bytes of UTF-8.
    Text,
    /// An address and a number of elements.
    List(Box<Shape>),
    /// Bits with names, the lowest first.
    #[serde(rename_all = "kebab-case")]
    Flags {
        /// How many bytes they have.
        bytes: usize,
        /// The names.
        names: Vec<String>,
    },
    /// One of some names, counted from 0.
    #[serde(rename_all = "kebab-case")]
    Enum {
        /// How many bytes it has.
        bytes: usize,
        /// The names.
        names: Vec<String>,
    },
    /// Several values one after the other.
    #[serde(rename_all = "kebab-case")]
    Record {
        /// How many bytes it has.
        bytes: usize,
        /// The values.
        members: Vec<Member>,
    },
    /// One of several values, and which.
    #[serde(rename_all = "kebab-case")]
    Union {
        /// How many bytes it has.
        bytes: usize,
        /// How many of them tell which.
        tag: usize,
        /// Where the value begins.
        payload: usize,
        /// What the value may be.
        members: Vec<Member>,
    },
}

/// A value within another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where it begins, in bytes; in a union, within the value.
    pub offset: usize,
    /// Its type.
    pub shape: Shape,
}

/// The types of a parameter that a module passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Core {
    /// 32 bits.
    I32,
    /// 64 bits.
    I64,
}

impl Interface {
    /// A type without its name.
    pub fn resolve<'s>(&'s self, shape: &'s Shape) -> &'s Shape {
        match shape {
            Shape::Named(name) => self.types.get(name).map_or(shape, |named| self.resolve(named)),
            other => other,
        }
    }

    /// How many bytes a type has in memory.
    pub fn bytes(&self, shape: &Shape) -> usize {
        match self.resolve(shape) {
            Shape::Unsigned(bytes) | Shape::Signed(bytes) => *bytes,
            Shape::Flags { bytes, .. } | Shape::Enum { bytes, .. } => *bytes,
            Shape::Record { bytes, .. } | Shape::Union { bytes, .. } => *bytes,
            Shape::Text | Shape::List(_) => 8,
            Shape::Handle | Shape::Pointer(_) | Shape::ConstPointer(_) | Shape::Named(_) => 4,
        }
    }

    /// How a module passes a parameter.
    pub fn core(&self, shape: &Shape) -> &'static [Core] {
        match self.resolve(shape) {
            Shape::Text | Shape::List(_) => &[Core::I32, Core::I32],
            Shape::Unsigned(8) | Shape::Signed(8) | Shape::Flags { bytes: 8, .. } => &[Core::I64],
            _ => &[Core::I32],
        }
    }

    /// What a module passes to a function: its parameters, then the addresses its results go to.
    pub fn signature(&self, function: &Function) -> Vec<Core> {
        let parameters = function.parameters.iter().flat_map(|parameter| self.core(&parameter.shape));
        parameters.copied().chain(function.results.iter().map(|_| Core::I32)).collect()
    }
}

impl Shape {
    /// The type's name, where it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Shape::Named(name) => Some(name),
            _ => None,
        }
    }
}
