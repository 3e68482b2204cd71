//! Tells whether a file is a module that a runtime can run: a command of WASI preview 1.

use std::error::Error;
use std::fmt;

use wasip1_trace::facts::{self, NoModule};
use wasmparser::{ExternalKind, Parser, Payload};

/// The module name of preview 1.
const PREVIEW1: &str = "wasi_snapshot_preview1";

/// The function that runs a command.
const START: &str = "_start";

/// The function that prepares a reactor.
const INITIALIZE: &str = "_initialize";

/// The modules that Go's other WebAssembly port imports from.
const OF_JAVASCRIPT: [&str; 2] = ["gojs", "go"];

/// Why a file is no command of preview 1. Each message, which follows the file's name, says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCommand {
    /// It is no module.
    NoModule(NoModule),
    /// It ends early, or is damaged.
    Broken(String),
    /// It is a library.
    Reactor,
    /// It exports no function that runs it.
    NoStart,
    /// It was built for a browser.
    JavaScript(String),
    /// It needs something else than preview 1.
    Foreign(String),
}

impl fmt::Display for NoCommand {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            NoCommand::NoModule(what) => what.fmt(f),
            NoCommand::Broken(how) => write!(f, "is not a whole WebAssembly module: {how}"),
            NoCommand::Reactor => f.write_str(
                "is a reactor: it exports `_initialize` and no `_start`, so it has no main to run; build it as a command \
                 (with Go, without -buildmode=c-shared)",
            ),
            NoCommand::NoStart => {
                f.write_str("exports no function `_start`, so no runtime knows where it begins; build it as a command")
            }
            NoCommand::JavaScript(module) => {
                write!(f, "imports from `{module}`: it was built with GOOS=js; build it with GOOS=wasip1 GOARCH=wasm")
            }
            NoCommand::Foreign(import) => write!(
                f,
                "imports `{import}`, which is no part of WASI preview 1 (`{PREVIEW1}`), so the runtimes here would not \
                 start it"
            ),
        }
    }
}

impl Error for NoCommand {}

/// Checks that a module is a command of preview 1. Its code is not validated: what a runtime makes of it shows when it
/// is run.
///
/// # Errors
/// If it is not. The error says what it is instead.
pub fn check(module: &[u8]) -> Result<(), NoCommand> {
    facts::begins(module).map_err(NoCommand::NoModule)?;
    let broken = |error: wasmparser::BinaryReaderError| NoCommand::Broken(error.to_string());
    let (mut starts, mut initializes) = (false, false);
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(broken)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(broken)?;
                    match import.module {
                        PREVIEW1 => {}
                        from if OF_JAVASCRIPT.contains(&from) => {
                            return Err(NoCommand::JavaScript(from.to_owned()));
                        }
                        from => return Err(NoCommand::Foreign(format!("{from}.{}", import.name))),
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(broken)?;
                    let is_function = export.kind == ExternalKind::Func;
                    starts |= is_function && export.name == START;
                    initializes |= is_function && export.name == INITIALIZE;
                }
            }
            _ => {}
        }
    }
    match (starts, initializes) {
        (true, _) => Ok(()),
        (false, true) => Err(NoCommand::Reactor),
        (false, false) => Err(NoCommand::NoStart),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one function of no type's, exported under a name, and an import if there is one.
    fn module(export: &str, import: Option<(&str, &str)>) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        let mut section = |id: u8, content: &[u8]| {
            bytes.extend([id, content.len() as u8]);
            bytes.extend(content);
        };
        let name = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
        section(1, &[1, 0x60, 0, 0]);
        if let Some((from, function)) = import {
            section(2, &[&[1][..], &name(from), &name(function), &[0, 0]].concat());
        }
        section(3, &[1, 0]);
        section(7, &[&[1][..], &name(export), &[0, u8::from(import.is_some())]].concat());
        section(10, &[1, 2, 0, 0x0b]);
        bytes
    }

    #[test]
    fn a_command_is_taken() {
        assert_eq!(check(&module("_start", None)), Ok(()));
        assert_eq!(check(&module("_start", Some((PREVIEW1, "fd_write")))), Ok(()));
    }

    #[test]
    fn what_is_no_command_is_named() {
        assert_eq!(check(b""), Err(NoCommand::NoModule(NoModule::Empty)));
        assert_eq!(check(b"(module)"), Err(NoCommand::NoModule(NoModule::NotWasm("\"(module)\"".to_owned()))));
        assert_eq!(check(b"\0asm\x0d\0\x01\0"), Err(NoCommand::NoModule(NoModule::Component)));
        let whole = module("_start", None);
        for end in 4..whole.len() {
            let error = check(&whole[..end]).expect_err("it is cut");
            assert!(matches!(error, NoCommand::Broken(_) | NoCommand::NoStart), "{end}: {error}");
        }
        assert_eq!(check(&module("_initialize", None)), Err(NoCommand::Reactor));
        assert_eq!(check(&module("main", None)), Err(NoCommand::NoStart));
        let of = |from: &str| check(&module("_start", Some((from, "f"))));
        assert_eq!(of("gojs"), Err(NoCommand::JavaScript("gojs".to_owned())));
        assert_eq!(of("wasi_unstable"), Err(NoCommand::Foreign("wasi_unstable.f".to_owned())));
    }
}
