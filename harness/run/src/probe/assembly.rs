//! Builds small modules: preview 1 imports, one memory, a few functions.

use wasip1_trace::MODULE;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, InstructionSink, MemArg, MemArgTarget, MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// The address of a `ciovec` with one buffer.
const BUFFER: i32 = 0;

/// The address at which preview 1 stores how many bytes it wrote.
const WRITTEN: i32 = 8;

/// A preview 1 function by its name. All of them return an errno, except `proc_exit`.
#[derive(Clone, Copy)]
pub struct Import {
    pub name: &'static str,
    pub parameters: &'static [ValType],
}

/// The imports of every guest: `write` needs the first and `fail` the second.
const BASIC: [Import; 2] = [
    Import { name: "fd_write", parameters: &[ValType::I32; 4] },
    Import { name: PROC_EXIT, parameters: &[ValType::I32] },
];

const PROC_EXIT: &str = "proc_exit";

/// A module under construction.
pub(crate) struct Assembly {
    names: Vec<&'static str>,
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    exports: ExportSection,
    codes: CodeSection,
    data: DataSection,
}

impl Assembly {
    /// A module with these imports and the basic ones. Its first two functions are `fail` and `write`.
    pub fn new(imports: &[Import]) -> Assembly {
        Assembly::importing(imports, MODULE)
    }

    /// The same, with the imports from a module of this name instead of preview 1's. The basic ones stay preview 1's.
    pub fn importing(imports: &[Import], from: &str) -> Assembly {
        let mut assembly = Assembly {
            names: Vec::new(),
            types: TypeSection::new(),
            imports: ImportSection::new(),
            functions: FunctionSection::new(),
            exports: ExportSection::new(),
            codes: CodeSection::new(),
            data: DataSection::new(),
        };
        let basic = BASIC.iter().map(|import| (MODULE, import));
        for (from, import) in basic.chain(imports.iter().map(|import| (from, import))) {
            let results = if import.name == PROC_EXIT { &[][..] } else { &[ValType::I32] };
            let kind = assembly.kind(import.parameters, results);
            assembly.imports.import(from, import.name, EntityType::Function(kind));
            assembly.names.push(import.name);
        }
        assembly.exports.export("memory", ExportKind::Memory, 0);
        assembly.add_fail();
        assembly.add_write();
        assembly
    }

    /// A function's index, by its name.
    pub fn index(&self, name: &str) -> u32 {
        let position = self.names.iter().position(|known| *known == name);
        position.unwrap_or_else(|| panic!("no function {name}")) as u32
    }

    /// Adds a function with this many locals of type i32 after its parameters.
    pub fn function(
        &mut self,
        name: &'static str,
        parameters: &[ValType],
        results: &[ValType],
        locals: u32,
        body: impl FnOnce(&Assembly, &mut InstructionSink),
    ) {
        let kind = self.kind(parameters, results);
        self.functions.function(kind);
        self.names.push(name);
        let mut function = Function::new([(locals, ValType::I32)]);
        let mut code = function.instructions();
        body(self, &mut code);
        code.end();
        self.codes.function(&function);
    }

    /// Adds a function without parameters and exports it under its name.
    pub fn entry(&mut self, name: &'static str, locals: u32, body: impl FnOnce(&Assembly, &mut InstructionSink)) {
        self.function(name, &[], &[], locals, body);
        self.export(name);
    }

    /// Exports a function under its name.
    pub fn export(&mut self, name: &'static str) {
        self.exports.export(name, ExportKind::Func, self.index(name));
    }

    /// Puts bytes into memory.
    pub fn bytes(&mut self, at: i32, bytes: &[u8]) {
        self.data.active(0, &ConstExpr::i32_const(at), bytes.iter().copied());
    }

    /// The module.
    pub fn finish(self) -> Vec<u8> {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 2, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions).section(&memories);
        module.section(&self.exports).section(&self.codes).section(&self.data);
        module.finish()
    }

    fn kind(&mut self, parameters: &[ValType], results: &[ValType]) -> u32 {
        self.types.ty().function(parameters.iter().copied(), results.iter().copied());
        self.types.len() - 1
    }

    /// `fail(errno)`: ends the guest with the errno as its exit code, unless the errno is 0.
    fn add_fail(&mut self) {
        self.function("fail", &[ValType::I32], &[], 0, |assembly, code| {
            code.local_get(0).if_(BlockType::Empty);
            code.local_get(0).call(assembly.index(PROC_EXIT)).unreachable();
            code.end();
        });
    }

    /// `write(descriptor, from, length)`: writes all bytes, however many calls that takes.
    fn add_write(&mut self) {
        const DESCRIPTOR: u32 = 0;
        const FROM: u32 = 1;
        const LENGTH: u32 = 2;
        self.function("write", &[ValType::I32; 3], &[], 0, |assembly, code| {
            code.block(BlockType::Empty).loop_(BlockType::Empty);
            code.local_get(LENGTH).i32_eqz().br_if(1);
            code.i32_const(BUFFER).local_get(FROM).i32_store(word());
            code.i32_const(BUFFER + 4).local_get(LENGTH).i32_store(word());
            code.local_get(DESCRIPTOR).i32_const(BUFFER).i32_const(1).i32_const(WRITTEN);
            code.call(assembly.index("fd_write")).call(assembly.index("fail"));
            code.local_get(FROM).i32_const(WRITTEN).i32_load(word()).i32_add().local_set(FROM);
            code.local_get(LENGTH).i32_const(WRITTEN).i32_load(word()).i32_sub().local_set(LENGTH);
            code.br(0).end().end();
        });
    }
}

/// Four bytes at the address on the stack.
pub fn word() -> MemArg {
    at_aligned(2)
}

/// One byte at the address on the stack.
pub fn byte() -> MemArg {
    at_aligned(0)
}

fn at_aligned(align: u32) -> MemArg {
    MemArg { offset: 0, align, target: MemArgTarget::Memory(0), ordering: None }
}
