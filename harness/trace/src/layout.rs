//! The indices of functions, globals and types in the rewritten module.

use wasm_encoder::{InstructionSink, MemArg, MemArgTarget, TypeSection, ValType};

use super::line_format::{MARKER, PARAMETERS};
use super::survey::Memory;

/// The number of functions that the wrappers share.
pub const HELPERS: u32 = 7;

/// The indices that the wrappers and helpers use in the rewritten module.
pub struct Indices {
    /// The function that writes the trace.
    pub write: u32,
    /// The global that counts calls.
    pub count: u32,
    /// The global that says that nothing can be recorded any more (1), or that a record is being written (2).
    pub silent: u32,
    /// The memory that runtimes use.
    pub memory: Memory,
    /// The functions that the wrappers share.
    pub helpers: Helpers,
    /// The number of calls that the trace records one by one.
    pub calls: u32,
    /// The marker.
    pub marker: [u8; MARKER],
}

/// The functions that the wrappers share, and their types. Their indices precede those of the wrappers.
#[derive(Debug, Clone, Copy)]
pub struct Helpers {
    first: u32,
    first_type: u32,
}

impl Helpers {
    /// Helpers whose functions and types start at these indices.
    pub fn new(first: u32, first_type: u32) -> Helpers {
        Helpers { first, first_type }
    }

    /// The types of the helpers, in order.
    pub fn types(self) -> impl Iterator<Item = u32> {
        self.first_type..self.first_type + HELPERS
    }

    /// The type of `fd_write`.
    pub fn write_type(self) -> u32 {
        self.first_type + HELPERS
    }

    /// Adds the types.
    pub fn add_types(self, types: &mut TypeSection) {
        let i32s = |count: usize| std::iter::repeat_n(ValType::I32, count);
        types.ty().function(i32s(2), []);
        types.ty().function(i32s(1), [ValType::I32]);
        let told: Vec<_> = i32s(6).chain(std::iter::repeat_n(ValType::I64, PARAMETERS)).collect();
        types.ty().function(told, []);
        types.ty().function(i32s(5), []);
        types.ty().function(i32s(5), []);
        types.ty().function([ValType::I64, ValType::I32, ValType::I32], [ValType::I64]);
        types.ty().function(i32s(4), []);
        types.ty().function(i32s(4), [ValType::I32]);
    }

    pub fn hex(self) -> u32 {
        self.first
    }
    pub fn peek(self) -> u32 {
        self.first + 1
    }
    pub fn tell(self) -> u32 {
        self.first + 2
    }
    pub fn more(self) -> u32 {
        self.first + 3
    }
    pub fn buffers(self) -> u32 {
        self.first + 4
    }
    pub fn extended(self) -> u32 {
        self.first + 5
    }
    pub fn digest(self) -> u32 {
        self.first + 6
    }

    /// The first wrapper's index.
    pub fn first_wrapper(self) -> u32 {
        self.first + HELPERS
    }
}

impl Indices {
    /// The memory at `offset` bytes after the address on the stack.
    pub fn at(&self, offset: u64, align: u32) -> MemArg {
        MemArg { offset, align, target: MemArgTarget::Memory(self.memory.index), ordering: None }
    }

    /// Puts the size of the memory in bytes on the stack.
    pub fn end_of_memory(&self, code: &mut InstructionSink) {
        code.memory_size(self.memory.index).i64_extend_i32_u();
        code.i64_const(i64::from(self.memory.page_bits)).i64_shl();
    }
}
