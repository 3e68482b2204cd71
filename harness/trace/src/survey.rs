//! Collects the facts about a module that rewriting it requires.

use wasmparser::{
    CompositeInnerType, Encoding, ExternalKind, FuncType, MemoryType, Parser, Payload, TypeRef, Validator, WasmFeatures,
};

use super::interface::MODULE;
use super::refusal::Refusal;

/// The name of the export under which runtimes find a module's memory.
const MEMORY: &str = "memory";

/// The contents of a module.
#[derive(Debug, Default)]
pub struct Survey {
    /// The types, in order. `None` for a type that is not a plain function type.
    pub types: Vec<Option<FuncType>>,
    /// The imported functions, in order.
    pub imports: Vec<Imported>,
    /// The number of functions that the module defines itself.
    pub functions: u32,
    /// The number of globals, including imported ones.
    pub globals: u32,
    /// The ids of the sections.
    pub sections: Vec<u8>,
    /// The memories, and whether each is imported.
    memories: Vec<(MemoryType, bool)>,
    /// The index of the memory that runtimes use.
    exported: Option<u32>,
}

/// An imported function.
#[derive(Debug)]
pub struct Imported {
    /// The module that it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// Its type's index.
    pub kind: u32,
}

/// The memory that runtimes read and write.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Its index.
    pub index: u32,
    /// The base-2 logarithm of the page size in bytes.
    pub page_bits: u32,
}

impl Survey {
    /// Examines a module.
    ///
    /// # Errors
    /// If it is a component or not a valid module.
    pub fn of(module: &[u8]) -> Result<Survey, Refusal> {
        if matches!(module, [0, b'a', b's', b'm', _, _, 1, 0, ..]) {
            return Err(Refusal::Component);
        }
        Validator::new_with_features(WasmFeatures::all())
            .validate_all(module)
            .map_err(|error| Refusal::Invalid(error.to_string()))?;
        let mut survey = Survey::default();
        let invalid = |error: wasmparser::BinaryReaderError| Refusal::Invalid(error.to_string());
        for payload in Parser::new(0).parse_all(module) {
            survey.take(payload.map_err(invalid)?).map_err(invalid)??;
        }
        Ok(survey)
    }

    fn take(&mut self, payload: Payload) -> wasmparser::Result<Result<(), Refusal>> {
        if let Some((id, _)) = payload.as_section() {
            self.sections.push(id);
        }
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => return Ok(Err(Refusal::Component)),
            Payload::TypeSection(section) => {
                for group in section {
                    self.types.extend(group?.into_types().map(|kind| {
                        let plain = kind.is_final && kind.supertype_idxs.is_empty() && !kind.composite_type.shared;
                        match kind.composite_type.inner {
                            CompositeInnerType::Func(function) if plain => Some(function),
                            _ => None,
                        }
                    }));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(kind) => self.imports.push(Imported {
                            module: import.module.to_owned(),
                            name: import.name.to_owned(),
                            kind,
                        }),
                        // A function of an exact type. It counts for indices, but without a name it is never traced.
                        TypeRef::FuncExact(kind) => {
                            self.imports.push(Imported { module: String::new(), name: String::new(), kind });
                        }
                        TypeRef::Memory(memory) => self.memories.push((memory, true)),
                        TypeRef::Global(_) => self.globals += 1,
                        TypeRef::Table(_) | TypeRef::Tag(_) => {}
                    }
                }
            }
            Payload::FunctionSection(section) => self.functions = section.count(),
            Payload::GlobalSection(section) => self.globals += section.count(),
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push((memory?, false));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Memory && export.name == MEMORY {
                        self.exported = Some(export.index);
                    }
                }
            }
            Payload::CodeSectionStart { .. } => self.sections.push(wasm_encoder::SectionId::Code as u8),
            _ => {}
        }
        Ok(Ok(()))
    }

    /// Whether the module imports any function of preview 1.
    pub fn imports_preview1(&self) -> bool {
        self.imports.iter().any(|import| import.module == MODULE)
    }

    /// The memory that runtimes read and write, if a trace can use it.
    ///
    /// # Errors
    /// If a trace cannot use it. The [`Refusal`] says why.
    pub fn memory(&self) -> Result<Memory, Refusal> {
        let Some(index) = self.exported else { return Err(Refusal::NoMemory) };
        let (memory, imported) = self.memories[index as usize];
        let page_bits = memory.page_size_log2.unwrap_or(16);
        match memory {
            _ if imported => Err(Refusal::ImportedMemory),
            MemoryType { shared: true, .. } => Err(Refusal::SharedMemory),
            MemoryType { memory64: true, .. } => Err(Refusal::Memory64),
            _ => Ok(Memory { index, page_bits }),
        }
    }
}
