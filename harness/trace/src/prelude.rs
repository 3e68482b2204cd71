//! Rewrites a module so that it makes one more host call, before all others, and is unchanged apart from that. Running
//! it shows whether a guest's outcome under a runtime depends on the number of its calls.

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{CodeSection, ExportSection, Function, FunctionSection, Module, TypeSection};
use wasmparser::{ExternalKind, Parser};

use super::interface::MODULE;
use super::refusal::Refusal;
use super::survey::Survey;

/// The added call, on descriptor 2. Of the calls that every Go program makes, it asks for the least.
const ASKED: &str = "fd_fdstat_get";

/// The exports that a runtime calls to start a module.
const STARTS: [&str; 2] = ["_start", "_initialize"];

/// The address of the result, which takes 24 bytes. Go leaves the memory below its data, which starts at 12288, free.
const ANSWER: i32 = 4096;

/// Rewrites a Go guest so that it calls `fd_fdstat_get` first. `None` if the guest does not import that function or
/// exports no function that starts it.
///
/// # Errors
/// If the module cannot be rewritten. The [`Refusal`] says why.
pub fn asks_first(module: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let survey = Survey::of(module)?;
    let of_preview1 = survey.imports.iter().position(|import| import.module == MODULE && import.name == ASKED);
    let Some(asked) = of_preview1 else { return Ok(None) };
    let own = survey.imports.len() as u32 + survey.functions;
    let mut prelude = Prelude { asked: asked as u32, kind: survey.types.len() as u32, own, started: None };
    let mut rewritten = Module::new();
    prelude
        .parse_core_module(&mut rewritten, Parser::new(0), module)
        .map_err(|error| Refusal::Unknown(error.to_string()))?;
    Ok(prelude.started.map(|_| rewritten.finish()))
}

/// Adds a function at the end and exports it in place of the function that starts the module.
struct Prelude {
    /// The imported function to call first.
    asked: u32,
    /// The type of the added function: no parameters, no results.
    kind: u32,
    /// The added function.
    own: u32,
    /// The function that starts the module.
    started: Option<u32>,
}

type Done = Result<(), reencode::Error>;

impl Reencode for Prelude {
    type Error = std::convert::Infallible;

    fn parse_type_section(&mut self, types: &mut TypeSection, section: wasmparser::TypeSectionReader<'_>) -> Done {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Done {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.kind);
        Ok(())
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: wasmparser::Export<'_>) -> Done {
        if export.kind == ExternalKind::Func && STARTS.contains(&export.name) {
            self.started = Some(export.index);
            exports.export(export.name, wasm_encoder::ExportKind::Func, self.own);
            return Ok(());
        }
        utils::parse_export(self, exports, export)
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: wasmparser::CodeSectionReader<'_>) -> Done {
        utils::parse_code_section(self, code, section)?;
        let mut function = Function::new([]);
        let mut body = function.instructions();
        body.i32_const(2).i32_const(ANSWER).call(self.asked).drop();
        if let Some(started) = self.started {
            body.call(started);
        }
        body.end();
        code.function(&function);
        Ok(())
    }
}
