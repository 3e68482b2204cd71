//! What is wrong with a value in one of the project's files, and what to write instead.
//!
//! A type that checks its own text while serde reads it reports an [`Invalid`] with [`serde::de::Error::custom`]. Serde
//! carries an error as one string, so an [`Invalid`] is written as three parts. The loader reads them back and adds the
//! file, the line and a caret.

use std::fmt;

/// Why a value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong.
    pub message: String,
    /// What the caret's label says.
    pub label: String,
    /// What to do about it.
    pub help: String,
}

const LABEL: &str = "\n  at the caret: ";
const HELP: &str = "\n  help: ";

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}{LABEL}{}{HELP}{}", self.message, self.label, self.help)
    }
}

impl std::error::Error for Invalid {}

impl Invalid {
    /// Reads an [`Invalid`] back from serde's error text; `None` for any other error.
    pub fn read(error: &str) -> Option<Invalid> {
        // Split from the end, because only the message can contain text of the file.
        let (rest, help) = error.rsplit_once(HELP)?;
        let (message, label) = rest.rsplit_once(LABEL)?;
        Some(Invalid { message: message.to_owned(), label: label.to_owned(), help: help.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_through_a_serde_error_whole() {
        let invalid = Invalid {
            message: "`\n  help: x` is unknown".to_owned(),
            label: "here".to_owned(),
            help: "write `y`".to_owned(),
        };
        let error = <toml::de::Error as serde::de::Error>::custom(&invalid);
        assert_eq!(Invalid::read(error.message()), Some(invalid));
        assert_eq!(Invalid::read("unknown field `x`"), None);
    }
}
