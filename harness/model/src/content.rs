//! Observed bytes: all of them while a cell runs, or the part that a record keeps.

use std::fmt;
use std::ops::Deref;

use crate::digest::sha256;

/// How many bytes are shown before the rest is cut.
const SHOWN: usize = 200;

/// Bytes that a guest wrote, or left in a file. Derefs to the bytes that are kept.
#[derive(Debug, Clone)]
pub struct Content {
    kept: Vec<u8>,
    cut: Option<Cut>,
}

/// What is known about bytes if only their beginning is kept.
#[derive(Debug, Clone)]
struct Cut {
    len: usize,
    sha256: Option<String>,
}

impl Content {
    /// Content of which only the beginning is kept. `len` is the full length; `sha256` is the digest of all the bytes,
    /// if it is known.
    pub fn cut(beginning: Vec<u8>, len: usize, sha256: Option<String>) -> Content {
        Content { kept: beginning, cut: Some(Cut { len, sha256 }) }
    }

    /// How many bytes there were.
    pub fn len(&self) -> usize {
        self.cut.as_ref().map_or(self.kept.len(), |cut| cut.len)
    }

    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All the bytes; `None` if not all are kept.
    pub fn whole(&self) -> Option<&[u8]> {
        self.cut.is_none().then_some(&self.kept)
    }

    /// The sha256 of all the bytes, if it is known.
    pub fn sha256(&self) -> Option<String> {
        match &self.cut {
            None => Some(sha256(&self.kept)),
            Some(cut) => cut.sha256.clone(),
        }
    }

    /// Whether the content equals these bytes; `None` if too little is kept to tell.
    pub fn is(&self, bytes: &[u8]) -> Option<bool> {
        match &self.cut {
            None => Some(self.kept == bytes),
            Some(cut) if cut.len != bytes.len() => Some(false),
            Some(cut) => cut.sha256.as_ref().map(|known| *known == sha256(bytes)),
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Content {
        Content { kept: bytes, cut: None }
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.kept
    }
}

/// Contents of which too little is known are not equal to any other.
impl PartialEq for Content {
    fn eq(&self, other: &Content) -> bool {
        match (self.whole(), other.whole()) {
            (Some(bytes), Some(others)) => bytes == others,
            _ => self.len() == other.len() && self.sha256().is_some_and(|sha256| Some(sha256) == other.sha256()),
        }
    }
}

/// As a quoted literal that says how much is left out.
impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.cut {
            None => f.write_str(&quoted(&self.kept)),
            Some(cut) => {
                let shown = &self.kept[..self.kept.len().min(SHOWN)];
                write!(f, "{} and {} more bytes", quoted(shown), cut.len.saturating_sub(shown.len()))
            }
        }
    }
}

/// Bytes as a quoted literal, with unprintable characters escaped, cut after 200 bytes.
pub fn quoted(bytes: &[u8]) -> String {
    const SHOWN: usize = 200;
    let cut = &bytes[..bytes.len().min(SHOWN)];
    let rest = bytes.len() - cut.len();
    let mut text = String::from("\"");
    for chunk in cut.utf8_chunks() {
        text.extend(chunk.valid().chars().flat_map(char::escape_debug));
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text.push('"');
    if rest > 0 {
        text.push_str(&format!(" and {rest} more bytes"));
    }
    text
}
