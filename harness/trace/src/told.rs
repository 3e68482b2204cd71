//! The parts of a call as they are shown, with their names kept apart: `fd=5`, `{dev=1, ino=2}`, `["a", "b"]`.

use std::fmt;

/// A value as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A number, a name, or bytes in quotes.
    Plain(String),
    /// Bytes that are shown only in part.
    Cut {
        /// The first ones in quotes, and how many there are.
        shown: String,
        /// The digest of all of them; `None` if the trace does not tell.
        digest: Option<u64>,
    },
    /// The members of a record, each with its name.
    Record(Vec<Part>),
    /// The member of a union that holds, and its value.
    Member(String, Box<Value>),
    /// Values in a row.
    List(Vec<Value>),
}

/// An argument, a result, or a member of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// Whether the name is shown. A path and a buffer need none.
    pub is_named: bool,
    /// Its value.
    pub value: Value,
}

impl Value {
    pub(crate) fn plain(text: impl Into<String>) -> Value {
        Value::Plain(text.into())
    }
}

impl Part {
    /// A part whose name is shown.
    pub(crate) fn named(name: &str, value: Value) -> Part {
        Part { name: name.to_owned(), is_named: true, value }
    }

    /// A part whose name is not shown.
    pub(crate) fn bare(name: &str, value: Value) -> Part {
        Part { name: name.to_owned(), is_named: false, value }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Plain(text) | Value::Cut { shown: text, .. } => f.write_str(text),
            Value::Record(parts) => write!(f, "{{{}}}", in_a_row(parts)),
            Value::Member(name, value) => write!(f, "{name}{value}"),
            Value::List(values) => write!(f, "[{}]", in_a_row(values)),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.is_named {
            true => write!(f, "{}={}", self.name, self.value),
            false => write!(f, "{}", self.value),
        }
    }
}

/// Things in a row, with commas between them.
pub fn in_a_row(things: &[impl fmt::Display]) -> String {
    things.iter().map(|thing| thing.to_string()).collect::<Vec<_>>().join(", ")
}
