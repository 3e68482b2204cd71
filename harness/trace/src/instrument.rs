//! Rewrites a module so that each preview 1 function that it imports goes through a wrapper that records the call.

use sha2::{Digest, Sha256};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, FunctionSection, GlobalSection, GlobalType, ImportSection, Module, SectionId,
    TypeSection, ValType,
};
use wasmparser::Parser;

use super::helpers::helpers as code_of_helpers;
use super::interface::{Core, MODULE, PREVIEW1};
use super::layout::{Helpers, Indices};
use super::line_format::{MARKER, PARAMETERS};
use super::refusal::Refusal;
use super::survey::Survey;
use super::wrapper::{Wrapped, wrapper};

/// The version of the trace format. Change it whenever traced modules write something different.
const FORM: &str = "2";

/// The maximum number of imports that a trace can distinguish.
const MOST: usize = 255;

/// A module that records its host calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The module.
    pub module: Vec<u8>,
    /// The text at the start of each piece of the trace on descriptor 2.
    pub marker: String,
    /// The recorded functions, in the order in which the trace numbers them.
    pub functions: Vec<String>,
    /// Imported functions of preview 1 that are not recorded, because their type is one that no function of preview 1
    /// has.
    pub left: Vec<String>,
}

/// Rewrites a module. `calls` is the number of calls that the trace records one by one.
///
/// # Errors
/// If the module cannot be traced. The [`Refusal`] says why.
pub fn instrument(module: &[u8], calls: u32) -> Result<Traced, Refusal> {
    let survey = Survey::of(module)?;
    let marker = marker(module, calls);
    if !survey.imports_preview1() {
        return Ok(Traced { module: module.to_owned(), marker, functions: Vec::new(), left: Vec::new() });
    }
    let memory = survey.memory()?;
    let imported = survey.imports.len() as u32;
    let mut wrapped = Vec::new();
    let mut left = Vec::new();
    let mut replaced = vec![None; survey.imports.len()];
    let mut write = None;
    for (index, import) in survey.imports.iter().enumerate().filter(|(_, import)| import.module == MODULE) {
        let kind = survey.types[import.kind as usize].as_ref();
        let types = kind.and_then(|kind| Some((numbers(kind.params())?, numbers(kind.results())?)));
        let known = PREVIEW1.functions.get(&import.name);
        match types {
            Some((parameters, results))
                if parameters.len() <= PARAMETERS && results.len() <= 1 && wrapped.len() < MOST =>
            {
                let expected = known.map(|function| PREVIEW1.signature(function));
                let as_core = |kind: &ValType| if *kind == ValType::I64 { Core::I64 } else { Core::I32 };
                let is_usual = expected.is_some_and(|expected| {
                    parameters.iter().map(as_core).eq(expected)
                        && results == known.map_or(vec![], |known| vec![ValType::I32; usize::from(known.returns)])
                });
                if import.name == "fd_write" && is_usual {
                    write.get_or_insert(index as u32);
                }
                replaced[index] = Some(wrapped.len() as u32);
                wrapped.push(Wrapped {
                    import: index as u32,
                    kind: import.kind,
                    name: import.name.clone(),
                    parameters,
                    results,
                    function: known.filter(|_| is_usual),
                });
            }
            _ => left.push(import.name.clone()),
        }
    }
    let shift = u32::from(write.is_none());
    let first_own = imported + shift + survey.functions;
    let helpers = Helpers::new(first_own, survey.types.len() as u32);
    let indices = Indices {
        write: write.unwrap_or(imported),
        count: survey.globals,
        silent: survey.globals + 1,
        memory,
        helpers,
        calls,
        marker: marker.as_bytes().try_into().expect("a marker has its length"),
    };
    let mut tracer =
        Tracer { survey: &survey, wrapped: &wrapped, replaced, imported, shift, indices, added: Vec::new() };
    let mut rewritten = Module::new();
    tracer
        .parse_core_module(&mut rewritten, Parser::new(0), module)
        .map_err(|error| Refusal::Unknown(error.to_string()))?;
    let functions = wrapped.into_iter().map(|wrapped| wrapped.name).collect();
    Ok(Traced { module: rewritten.finish(), marker, functions, left })
}

/// The text at the start of each piece of a trace. It is the same for the same input, so that compiled modules can be
/// cached.
fn marker(module: &[u8], calls: u32) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{FORM} {calls} "));
    hasher.update(module);
    let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("~call:{}", &digest[..MARKER - 6])
}

/// Converts types if all of them are integers.
fn numbers(types: &[wasmparser::ValType]) -> Option<Vec<ValType>> {
    let number = |kind: &wasmparser::ValType| match kind {
        wasmparser::ValType::I32 => Some(ValType::I32),
        wasmparser::ValType::I64 => Some(ValType::I64),
        _ => None,
    };
    types.iter().map(number).collect()
}

/// Re-encodes a module. What a trace needs is added at the end of each section, so that only function indices change.
struct Tracer<'a> {
    survey: &'a Survey,
    wrapped: &'a [Wrapped],
    /// The wrapper number of each imported function that has a wrapper.
    replaced: Vec<Option<u32>>,
    imported: u32,
    /// The number of added imports. They precede all of the module's own functions.
    shift: u32,
    indices: Indices,
    /// The sections that were added because the module does not have them.
    added: Vec<SectionId>,
}

/// The sections that a trace needs, in order.
const NEEDED: [SectionId; 3] = [SectionId::Function, SectionId::Global, SectionId::Code];

impl Tracer<'_> {
    fn add_functions(&self, section: &mut FunctionSection) {
        self.indices.helpers.types().for_each(|kind| {
            section.function(kind);
        });
        self.wrapped.iter().for_each(|wrapped| {
            section.function(wrapped.kind);
        });
    }

    fn add_globals(section: &mut GlobalSection) {
        let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        for _ in 0..2 {
            section.global(kind, &ConstExpr::i32_const(0));
        }
    }

    fn add_code(&self, section: &mut CodeSection) {
        for function in code_of_helpers(&self.indices) {
            section.function(&function);
        }
        for (number, wrapped) in self.wrapped.iter().enumerate() {
            section.function(&wrapper(&self.indices, number as u32, wrapped));
        }
    }

    fn add(&self, module: &mut Module, section: SectionId) {
        match section {
            SectionId::Function => {
                let mut functions = FunctionSection::new();
                self.add_functions(&mut functions);
                module.section(&functions);
            }
            SectionId::Global => {
                let mut globals = GlobalSection::new();
                Tracer::add_globals(&mut globals);
                module.section(&globals);
            }
            _ => {
                let mut codes = CodeSection::new();
                self.add_code(&mut codes);
                module.section(&codes);
            }
        }
    }
}

/// The position of a section in a module. Sections are not in the order of their ids.
fn place(section: SectionId) -> usize {
    use SectionId::{
        Code, Data, DataCount, Element, Export, Function, Global, Import, Memory, Start, Table, Tag, Type,
    };
    let order = [Type, Import, Function, Table, Memory, Tag, Global, Export, Start, Element, DataCount, Code, Data];
    order.iter().position(|known| *known as u8 == section as u8).unwrap_or(order.len())
}

type Done = Result<(), reencode::Error>;

impl Reencode for Tracer<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        Ok(match self.replaced.get(function as usize) {
            Some(Some(number)) => self.indices.helpers.first_wrapper() + number,
            Some(None) => function,
            None => function + self.shift,
        })
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Done {
        for section in NEEDED {
            let is_due = before.is_none_or(|before| place(section) < place(before));
            let is_there = |known: &[SectionId]| known.iter().any(|known| *known as u8 == section as u8);
            if is_due && !self.survey.sections.contains(&(section as u8)) && !is_there(&self.added) {
                self.added.push(section);
                self.add(module, section);
            }
        }
        Ok(())
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, section: wasmparser::TypeSectionReader<'_>) -> Done {
        utils::parse_type_section(self, types, section)?;
        self.indices.helpers.add_types(types);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Done {
        utils::parse_import_section(self, imports, section)?;
        if self.indices.write == self.imported {
            imports.import(MODULE, "fd_write", EntityType::Function(self.indices.helpers.write_type()));
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Done {
        utils::parse_function_section(self, functions, section)?;
        self.add_functions(functions);
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Done {
        utils::parse_global_section(self, globals, section)?;
        Tracer::add_globals(globals);
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: wasmparser::CodeSectionReader<'_>) -> Done {
        utils::parse_code_section(self, code, section)?;
        self.add_code(code);
        Ok(())
    }

    /// Drops sections that refer to positions in the code, and the function names if the indices have shifted. They are
    /// no longer valid.
    fn parse_custom_section(&mut self, module: &mut Module, section: wasmparser::CustomSectionReader<'_>) -> Done {
        let name = section.name();
        let of_places = name.starts_with("metadata.code.") || name.starts_with(".debug_") || name == "sourceMappingURL";
        let of_functions = self.shift > 0 && name == "name";
        if !of_places && !of_functions {
            module.section(&wasm_encoder::CustomSection { name: name.into(), data: section.data().into() });
        }
        Ok(())
    }
}
