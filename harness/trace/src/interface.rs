//! The functions of preview 1: their parameters, their results, and the types of both.
//!
//! `preview1.json` is derived from the official witx and never edited by hand; a test derives it again and compares.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The module that the functions of preview 1 are imported from.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// All of preview 1, as the official witx defines it.
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
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The results that it writes to memory if it succeeds, in order.
    pub results: Vec<Shape>,
    /// Whether it returns an errno. If not, it does not return at all.
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

/// A type: its size in memory and the meaning of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A type of the interface, by its name.
    Named(String),
    /// An unsigned number of this many bytes.
    Unsigned(usize),
    /// A signed number of this many bytes.
    Signed(usize),
    /// A file descriptor.
    Handle,
    /// The address of a value that the function writes.
    Pointer(Box<Shape>),
    /// The address of a value that the function only reads.
    ConstPointer(Box<Shape>),
    /// An address and a number of bytes of UTF-8.
    Text,
    /// An address and a number of elements.
    List(Box<Shape>),
    /// Named bits, the lowest first.
    #[serde(rename_all = "kebab-case")]
    Flags {
        /// Their size in bytes.
        bytes: usize,
        /// The names.
        names: Vec<String>,
    },
    /// One of several names, numbered from 0.
    #[serde(rename_all = "kebab-case")]
    Enum {
        /// Its size in bytes.
        bytes: usize,
        /// The names.
        names: Vec<String>,
    },
    /// Several values in sequence.
    #[serde(rename_all = "kebab-case")]
    Record {
        /// Its size in bytes.
        bytes: usize,
        /// The values.
        members: Vec<Member>,
    },
    /// One of several values, with a tag that says which.
    #[serde(rename_all = "kebab-case")]
    Union {
        /// Its size in bytes.
        bytes: usize,
        /// The size of the tag in bytes.
        tag: usize,
        /// The offset of the value in bytes.
        payload: usize,
        /// The possible values.
        members: Vec<Member>,
    },
}

/// A value within another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its offset in bytes. In a union, the offset within the value.
    pub offset: usize,
    /// Its type.
    pub shape: Shape,
}

/// The type of one value that a module passes.
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

    /// The size of a type in memory, in bytes.
    pub fn bytes(&self, shape: &Shape) -> usize {
        match self.resolve(shape) {
            Shape::Unsigned(bytes) | Shape::Signed(bytes) => *bytes,
            Shape::Flags { bytes, .. } | Shape::Enum { bytes, .. } => *bytes,
            Shape::Record { bytes, .. } | Shape::Union { bytes, .. } => *bytes,
            Shape::Text | Shape::List(_) => 8,
            Shape::Handle | Shape::Pointer(_) | Shape::ConstPointer(_) | Shape::Named(_) => 4,
        }
    }

    /// The values that a module passes for a parameter.
    pub fn core(&self, shape: &Shape) -> &'static [Core] {
        match self.resolve(shape) {
            Shape::Text | Shape::List(_) => &[Core::I32, Core::I32],
            Shape::Unsigned(8) | Shape::Signed(8) | Shape::Flags { bytes: 8, .. } => &[Core::I64],
            _ => &[Core::I32],
        }
    }

    /// The values that a module passes to a function: the parameters, then the addresses for the results.
    pub fn signature(&self, function: &Function) -> Vec<Core> {
        let parameters = function.parameters.iter().flat_map(|parameter| self.core(&parameter.shape));
        parameters.copied().chain(function.results.iter().map(|_| Core::I32)).collect()
    }
}

impl Shape {
    /// The type's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Shape::Named(name) => Some(name),
            _ => None,
        }
    }
}
