//! Finds cargo, and reads the messages that it writes while it builds.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use serde::Deserialize;

/// Makes cargo write a message for each artifact to stdout, and its diagnostics to stderr as usual.
pub(crate) const MESSAGES: &str = "--message-format=json-render-diagnostics";

/// A crate that cargo has built or found up to date.
#[derive(Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The name of the library or the program.
    pub name: String,
    /// The executable, if it is one.
    pub executable: Option<PathBuf>,
    /// Whether it was up to date and not built again.
    pub fresh: bool,
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The cargo that runs this program, or else the one on PATH.
pub fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The artifact that a line of cargo's [messages](MESSAGES) describes; `None` if the line describes something else.
pub fn artifact(line: &[u8]) -> Option<Artifact> {
    let Message { reason, target, executable, fresh } = serde_json::from_slice(line).ok()?;
    (reason == "compiler-artifact").then_some(Artifact { name: target?.name, executable, fresh })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_artifacts_are_read() {
        let line = br#"{"reason":"compiler-artifact","target":{"name":"a"},"executable":"/t/a","fresh":true}"#;
        let expected = Artifact { name: "a".to_owned(), executable: Some("/t/a".into()), fresh: true };
        assert_eq!(artifact(line), Some(expected));
        assert_eq!(artifact(br#"{"reason":"build-script-executed","target":{"name":"a"}}"#), None);
        assert_eq!(artifact(b"   Compiling a v0.1.0"), None);
    }
}
