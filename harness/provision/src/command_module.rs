//! Tells whether a file is a module that a runtime can run: a command of WASI preview 1.

use std::error::Error;
use std::fmt;

use wasip1_trace::MODULE as PREVIEW1;
use wasip1_trace::facts::{Kind, NoModule, Surface};

/// The modules that Go's other WebAssembly port imports from.
const OF_JAVASCRIPT: [&str; 2] = ["gojs", "go"];

/// Why a file is no command of preview 1. Each message, which follows the file's name, says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCommand {
    /// It is no module.
    NoModule(NoModule),
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
            NoCommand::NoModule(what @ NoModule::NotWasm(_)) => {
                write!(f, "{what}; give a .wasm file, or a Go package such as ./cmd/app")
            }
            NoCommand::NoModule(what @ NoModule::Component) => {
                write!(f, "{what}; give the module that it was made from")
            }
            NoCommand::NoModule(what) => what.fmt(f),
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
    let Surface { kind, imports } = Surface::of(module).map_err(NoCommand::NoModule)?;
    if let Some(import) = imports.iter().find(|import| OF_JAVASCRIPT.contains(&import.module.as_str())) {
        return Err(NoCommand::JavaScript(import.module.clone()));
    }
    if let Some(import) = imports.iter().find(|import| import.module != PREVIEW1) {
        return Err(NoCommand::Foreign(format!("{}.{}", import.module, import.name)));
    }
    match kind {
        Kind::Command => Ok(()),
        Kind::Reactor => Err(NoCommand::Reactor),
        Kind::Neither => Err(NoCommand::NoStart),
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
            let is_cut = matches!(error, NoCommand::NoModule(NoModule::Invalid(_)) | NoCommand::NoStart);
            assert!(is_cut, "{end}: {error}");
        }
        assert_eq!(check(&module("_initialize", None)), Err(NoCommand::Reactor));
        assert_eq!(check(&module("main", None)), Err(NoCommand::NoStart));
        let of = |from: &str| check(&module("_start", Some((from, "f"))));
        assert_eq!(of("gojs"), Err(NoCommand::JavaScript("gojs".to_owned())));
        assert_eq!(of("wasi_unstable"), Err(NoCommand::Foreign("wasi_unstable.f".to_owned())));
    }
}
