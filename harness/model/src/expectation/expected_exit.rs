//! How a guest is expected to end.

use std::fmt;

use serde::Deserialize;

use crate::content::quoted;
use crate::outcome::Exit;

/// How a guest is expected to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedExit {
    /// With this code.
    Code(i32),
    /// Stopped by the engine for something the guest did. If there are words, the engine says them.
    Trap(Option<String>),
    /// Stopped by the engine because a limit of the case was reached.
    Limit,
    /// Not started: an import is missing. If there is a name, it is the import's.
    MissingImport(Option<String>),
    /// Not started: the runtime's compiler did not compile it, and says these words; only a divergence may say so.
    NotCompiled(String),
    /// With any failure of the guest: with a code other than 0, by a trap, at a limit, or because an import is missing.
    Failed,
    /// Stopped by the harness at its deadline; only a divergence may say so.
    Timeout,
    /// The runtime's process died by one of these signals; only a divergence may say so.
    Crash(Vec<i32>),
}

/// A code, a name, or a table with the details of a name.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected an exit code, a name in quotes, or a table like { trap = \"…\" }")]
enum Written {
    Code(i32),
    Name(String),
    Detailed(Detailed),
}

/// `{ trap = … }`, `{ missing-import = … }`, `{ not-compiled = … }` or `{ crash = … }`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Detailed {
    Trap(String),
    MissingImport(String),
    NotCompiled(String),
    Crash(Vec<i32>),
}

impl<'de> Deserialize<'de> for ExpectedExit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ExpectedExit, D::Error> {
        let name = match Written::deserialize(deserializer)? {
            Written::Code(code) => return Ok(ExpectedExit::Code(code)),
            Written::Detailed(Detailed::Trap(words)) => return Ok(ExpectedExit::Trap(Some(words))),
            Written::Detailed(Detailed::MissingImport(name)) => return Ok(ExpectedExit::MissingImport(Some(name))),
            Written::Detailed(Detailed::NotCompiled(words)) => return Ok(ExpectedExit::NotCompiled(words)),
            Written::Detailed(Detailed::Crash(signals)) => return Ok(ExpectedExit::Crash(signals)),
            Written::Name(name) => name,
        };
        match name.as_str() {
            "trap" => Ok(ExpectedExit::Trap(None)),
            "limit" => Ok(ExpectedExit::Limit),
            "missing-import" => Ok(ExpectedExit::MissingImport(None)),
            "failed" => Ok(ExpectedExit::Failed),
            "timeout" => Ok(ExpectedExit::Timeout),
            "crash" => Ok(ExpectedExit::Crash(Vec::new())),
            other => Err(serde::de::Error::custom(format!(
                "unknown exit `{other}`, expected a number, \"trap\", \"limit\", \"missing-import\", \"failed\", \"timeout\" or \"crash\""
            ))),
        }
    }
}

impl fmt::Display for ExpectedExit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ExpectedExit::Code(code) => write!(f, "exit {code}"),
            ExpectedExit::Trap(None) => f.write_str("a trap"),
            ExpectedExit::Trap(Some(words)) => write!(f, "a trap: something with {} in it", quoted(words.as_bytes())),
            ExpectedExit::Limit => f.write_str("stopped at the limit by the runtime"),
            ExpectedExit::MissingImport(None) => f.write_str("not started: a missing import"),
            ExpectedExit::MissingImport(Some(name)) => write!(f, "not started: missing import {name}"),
            ExpectedExit::NotCompiled(words) => {
                write!(f, "not started: not compiled: something with {} in it", quoted(words.as_bytes()))
            }
            ExpectedExit::Failed => f.write_str("any end but a good one"),
            ExpectedExit::Timeout => f.write_str("no end before the deadline"),
            ExpectedExit::Crash(signals) => {
                f.write_str("the runtime killed by ")?;
                match signals.iter().map(i32::to_string).collect::<Vec<_>>() {
                    signals if signals.is_empty() => f.write_str("a signal"),
                    signals => write!(f, "signal {}", signals.join(" or ")),
                }
            }
        }
    }
}

impl ExpectedExit {
    /// Whether this way of ending is the expected one.
    pub fn accepts(&self, exit: &Exit) -> bool {
        match (self, exit) {
            (ExpectedExit::Code(expected), Exit::Code { code, whole: true }) => expected == code,
            (ExpectedExit::Code(expected), Exit::Code { code, whole: false }) => expected & 0xff == *code,
            (ExpectedExit::Trap(words), Exit::Trap { reason }) => {
                words.as_ref().is_none_or(|words| reason.contains(words))
            }
            (ExpectedExit::Limit, Exit::Limit { .. }) => true,
            (ExpectedExit::MissingImport(name), Exit::MissingImport { import }) => {
                name.as_ref().is_none_or(|name| name == import)
            }
            (ExpectedExit::NotCompiled(words), Exit::NotCompiled { message, .. }) => message.contains(words),
            (ExpectedExit::Failed, Exit::MissingImport { .. } | Exit::Trap { .. } | Exit::Limit { .. }) => true,
            (ExpectedExit::Failed, Exit::Code { code, .. }) => *code != 0,
            (ExpectedExit::Timeout, Exit::Timeout) => true,
            (ExpectedExit::Crash(signals), Exit::Signal { signal }) => signals.is_empty() || signals.contains(signal),
            _ => false,
        }
    }

    /// Whether it tells one breakage from another, as far as an adapter can: a trap by the engine's words, a missing
    /// import by its name, a refusal to compile by the compiler's words, a crash by its signal.
    pub fn is_specific(&self) -> bool {
        match self {
            ExpectedExit::Trap(detail) | ExpectedExit::MissingImport(detail) => {
                detail.as_ref().is_some_and(|detail| !detail.trim().is_empty())
            }
            ExpectedExit::NotCompiled(words) => !words.trim().is_empty(),
            ExpectedExit::Crash(signals) => !signals.is_empty(),
            ExpectedExit::Failed => false,
            ExpectedExit::Code(_) | ExpectedExit::Limit | ExpectedExit::Timeout => true,
        }
    }

    /// Whether a guest or its runtime that ends like this says on stderr why.
    pub fn is_explained_on_stderr(&self) -> bool {
        match self {
            ExpectedExit::Trap(_) | ExpectedExit::Failed | ExpectedExit::Crash(_) => true,
            ExpectedExit::Code(code) => *code != 0,
            ExpectedExit::Limit
            | ExpectedExit::MissingImport(_)
            | ExpectedExit::NotCompiled(_)
            | ExpectedExit::Timeout => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trap(reason: &str) -> Exit {
        Exit::Trap { reason: reason.to_owned() }
    }

    #[test]
    fn a_trap_is_told_from_another_by_the_engines_words() {
        let unreachable = ExpectedExit::Trap(Some("wasm `unreachable` instruction executed".to_owned()));
        assert!(unreachable.accepts(&trap("unreachable: wasm trap: wasm `unreachable` instruction executed")));
        assert!(!unreachable.accepts(&trap("invalid-module: failed to parse WebAssembly module")));
        assert!(ExpectedExit::Trap(None).accepts(&trap("invalid-module: failed to parse WebAssembly module")));
    }

    #[test]
    fn a_missing_import_is_told_by_its_name_and_a_crash_by_its_signal() {
        let missing = |name: &str| Exit::MissingImport { import: name.to_owned() };
        let accept = ExpectedExit::MissingImport(Some("wasi_snapshot_preview1.sock_accept".to_owned()));
        assert!(accept.accepts(&missing("wasi_snapshot_preview1.sock_accept")));
        assert!(!accept.accepts(&missing("wasi_snapshot_preview1.fd_write")));
        let abort = ExpectedExit::Crash(vec![6]);
        assert!(abort.accepts(&Exit::Signal { signal: 6 }) && !abort.accepts(&Exit::Signal { signal: 11 }));
    }

    #[test]
    fn a_guest_that_was_not_compiled_is_told_by_the_compilers_words_and_is_no_failure_of_the_guest() {
        let refused = Exit::NotCompiled { message: "exit 1: bad magic".to_owned(), at_deadline: false };
        assert!(ExpectedExit::NotCompiled("bad magic".to_owned()).accepts(&refused));
        let others = [
            ExpectedExit::NotCompiled("no memory".to_owned()),
            ExpectedExit::Failed,
            ExpectedExit::Trap(None),
            ExpectedExit::MissingImport(None),
            ExpectedExit::Timeout,
            ExpectedExit::Code(1),
        ];
        assert!(others.iter().all(|exit| !exit.accepts(&refused)));
    }

    #[test]
    fn an_exit_without_its_details_is_not_specific() {
        let vague = [
            ExpectedExit::Trap(None),
            ExpectedExit::Trap(Some(" ".to_owned())),
            ExpectedExit::MissingImport(None),
            ExpectedExit::Crash(Vec::new()),
            ExpectedExit::Failed,
            ExpectedExit::NotCompiled(String::new()),
        ];
        assert!(vague.iter().all(|exit| !exit.is_specific()));
        assert!(ExpectedExit::Trap(Some("out of bounds".to_owned())).is_specific());
    }
}
