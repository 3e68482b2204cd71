//! What can be read off a module without running it: what it imports and needs, how it begins, and, if Go built it, from
//! what and which functions are in it.

mod data;
mod go;
mod proposals;

use std::collections::BTreeSet;

use serde::Serialize;
use thiserror::Error;
use wasmparser::{
    ExternalKind, KnownCustom, MemoryType, Name, NameSectionReader, Parser, Payload, ProducersSectionReader, TypeRef,
    Validator, WasmFeatures,
};

use crate::MODULE;
use data::Data;
use proposals::Proposals;

pub use go::{Dependency, GoProgram};

/// What a module begins with.
const MAGIC: &[u8] = b"\0asm";

/// How many bytes of another kind of file are shown.
const SHOWN: usize = 16;

/// The function that runs a command.
const START: &str = "_start";

/// The function that prepares a reactor.
const INITIALIZE: &str = "_initialize";

/// Why there is nothing to read in a file. Each message continues a sentence that begins with the file's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoModule {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It does not begin as a module does.
    #[error("is no WebAssembly module: it begins with {0}")]
    NotWasm(String),
    /// It is a component.
    #[error("is a component of WASI 0.2 or later, and no module of preview 1")]
    Component,
    /// It ends early, or breaks a rule of WebAssembly.
    #[error("is not a valid WebAssembly module: {0}")]
    Invalid(String),
}

/// How a module is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It has a `_start`, which runs its main.
    Command,
    /// It has an `_initialize`, and a host then calls its exports.
    Reactor,
    /// It has neither.
    Neither,
}

/// Something that a module imports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Import {
    /// The module that it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
}

impl Import {
    /// A function of preview 1 by its name alone, and anything else as `module.name`.
    pub fn named(&self) -> String {
        match self.module.as_str() {
            MODULE => self.name.clone(),
            other => format!("{other}.{}", self.name),
        }
    }
}

/// The size of a memory, in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pages {
    /// How many there are at the start.
    pub minimum: u64,
    /// How many there may become; none if the module sets no limit.
    pub maximum: Option<u64>,
    /// The size of one, in bytes.
    pub bytes: u64,
}

/// What ties a module to its surroundings: how it is run, and what it imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surface {
    /// How it is run.
    pub kind: Kind,
    /// What it imports.
    pub imports: BTreeSet<Import>,
}

impl Surface {
    /// Reads a module. Its code is not looked at.
    ///
    /// # Errors
    /// If it is no module, or ends early. The error says what it is instead.
    pub fn of(module: &[u8]) -> Result<Surface, NoModule> {
        begins(module)?;
        let invalid = |error: wasmparser::BinaryReaderError| NoModule::Invalid(error.to_string());
        let mut reader = SurfaceReader::default();
        for payload in Parser::new(0).parse_all(module) {
            reader.take(&payload.map_err(invalid)?).map_err(invalid)?;
        }
        Ok(reader.surface())
    }
}

/// What has been read of a surface so far.
#[derive(Default)]
struct SurfaceReader {
    imports: BTreeSet<Import>,
    starts: bool,
    initializes: bool,
}

impl SurfaceReader {
    fn take(&mut self, payload: &Payload) -> wasmparser::Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    self.imports.insert(Import { module: import.module.to_owned(), name: import.name.to_owned() });
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    let is_function = export.kind == ExternalKind::Func;
                    self.starts |= is_function && export.name == START;
                    self.initializes |= is_function && export.name == INITIALIZE;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn surface(self) -> Surface {
        let kind = match (self.starts, self.initializes) {
            (true, _) => Kind::Command,
            (false, true) => Kind::Reactor,
            (false, false) => Kind::Neither,
        };
        Surface { kind, imports: self.imports }
    }
}

/// What can be read off a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Facts {
    /// The module's length in bytes.
    pub bytes: usize,
    /// How it is run.
    pub kind: Kind,
    /// What it imports.
    pub imports: BTreeSet<Import>,
    /// Its first memory.
    pub memory: Option<Pages>,
    /// What it uses of WebAssembly beyond the first version, by the names of the proposals: `sign-extension`.
    pub proposals: BTreeSet<String>,
    /// Whether its name section names its functions. A linker can be told to leave it out: Go by `-ldflags=-s`.
    pub names: bool,
    /// What Go says of itself in it; none if Go did not build it.
    pub go: Option<GoProgram>,
    /// The functions in it, without type arguments: `os.(*File).Sync`. Of a Go program they are those of Go's own table,
    /// which has the inlined ones too and is never left out; of another one those of its name section.
    #[serde(skip)]
    pub functions: BTreeSet<String>,
}

impl Facts {
    /// Reads a module. It is validated first.
    ///
    /// # Errors
    /// If it is no valid module. The error says what it is instead.
    pub fn of(module: &[u8]) -> Result<Facts, NoModule> {
        begins(module)?;
        let invalid = |error: wasmparser::BinaryReaderError| NoModule::Invalid(error.to_string());
        Validator::new_with_features(WasmFeatures::all()).validate_all(module).map_err(invalid)?;
        let mut reader = Reader::default();
        for payload in Parser::new(0).parse_all(module) {
            reader.take(&payload.map_err(invalid)?).map_err(invalid)?;
        }
        Ok(reader.facts(module.len()))
    }
}

/// Checks that a file begins as a module does.
///
/// # Errors
/// If it does not. The error says what it is instead.
fn begins(file: &[u8]) -> Result<(), NoModule> {
    if file.is_empty() {
        return Err(NoModule::Empty);
    }
    if !file.starts_with(MAGIC) {
        let shown = file[..file.len().min(SHOWN)].escape_ascii().to_string();
        return Err(NoModule::NotWasm(format!("\"{shown}\"")));
    }
    match file {
        [_, _, _, _, _, _, 1, 0, ..] => Err(NoModule::Component),
        _ => Ok(()),
    }
}

/// What has been read of a module so far.
#[derive(Default)]
struct Reader<'m> {
    surface: SurfaceReader,
    memories: Vec<MemoryType>,
    proposals: Proposals,
    data: Data<'m>,
    /// The version of the Go that says that it produced the module.
    go: Option<String>,
    names: BTreeSet<String>,
}

impl<'m> Reader<'m> {
    fn take(&mut self, payload: &Payload<'m>) -> wasmparser::Result<()> {
        self.surface.take(payload)?;
        self.proposals.take(payload)?;
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    if let TypeRef::Memory(memory) = import?.ty {
                        self.memories.push(memory);
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.memories.push(memory?);
                }
            }
            Payload::DataSection(section) => {
                for piece in section.clone() {
                    self.data.add(&piece?)?;
                }
            }
            // What stands in a custom section cannot make a module invalid.
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Producers(producers) => self.go = language(producers, "Go").unwrap_or_default(),
                KnownCustom::Name(names) => self.names = functions(names),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn facts(self, bytes: usize) -> Facts {
        let Surface { kind, imports } = self.surface.surface();
        let go = self.go.map(|version| GoProgram::of(version, &self.data));
        let of_go = go.as_ref().and_then(|_| go::functions(&self.data));
        Facts {
            bytes,
            kind,
            imports,
            memory: self.memories.first().map(|memory| Pages {
                minimum: memory.initial,
                maximum: memory.maximum,
                bytes: 1 << memory.page_size_log2.unwrap_or(16),
            }),
            proposals: self.proposals.names(),
            names: !self.names.is_empty(),
            go,
            functions: of_go.unwrap_or(self.names),
        }
    }
}

/// The version of a language among those that say that they produced a module; `None` if it is not among them.
fn language(producers: ProducersSectionReader, name: &str) -> wasmparser::Result<Option<String>> {
    for field in producers {
        let field = field?;
        for value in field.values {
            let value = value?;
            if field.name == "language" && value.name == name {
                return Ok(Some(value.version.to_owned()));
            }
        }
    }
    Ok(None)
}

/// The names of functions in a name section, as far as it can be read.
fn functions(section: NameSectionReader) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in section.flatten() {
        if let Name::Function(functions) = part {
            names.extend(functions.into_iter().flatten().map(|function| function.name.to_owned()));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_module_is_named() {
        assert_eq!(Facts::of(b""), Err(NoModule::Empty));
        assert_eq!(Facts::of(b"(module)"), Err(NoModule::NotWasm("\"(module)\"".to_owned())));
        assert_eq!(Facts::of(b"\0asm\x0d\0\x01\0"), Err(NoModule::Component));
        let whole = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0";
        for end in MAGIC.len()..whole.len() {
            let read = Facts::of(&whole[..end]);
            assert!(end == 8 || matches!(read, Err(NoModule::Invalid(_))), "{end}: {read:?}");
        }
        assert!(Facts::of(whole).is_ok());
    }

    #[test]
    fn a_module_without_anything_is_neither_a_command_nor_a_reactor() {
        let facts = Facts::of(b"\0asm\x01\0\0\0").expect("a module");
        assert_eq!((facts.kind, facts.memory, facts.go, facts.names), (Kind::Neither, None, None, false));
        assert!(facts.imports.is_empty() && facts.proposals.is_empty() && facts.functions.is_empty());
    }
}
