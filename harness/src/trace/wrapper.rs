//! The code of the wrappers, and what they share.
//!
//! One piece of a trace is a line: the marker, then in hexadecimal the head (four bytes: what kind of piece, which
//! function, which part of memory, which buffer of it or how many values were passed), the call's number (four bytes), what the module passed (eight
//! bytes each) or got back, how long the part of memory is (four bytes), and its first bytes or the next of them.

use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, MemArgTarget, TypeSection, ValType};

use super::instrument::PARAMETERS;
use super::interface::{self, PREVIEW1};
use super::pieces::{BUFFERS, Extent, Piece, When, pieces};
use super::survey::Memory;

/// How long a marker is.
pub const MARKER: usize = 16;

/// A call begins.
pub const CALL: u32 = 1;
/// A part of memory that belongs to it, or the next bytes of one.
pub const DATA: u32 = 2;
/// A call has returned.
pub const RETURN: u32 = 3;
/// From here on calls are not told of.
pub const FULL: u32 = 4;

/// The part of memory of a piece that has none.
pub const NO_PIECE: u32 = 0xff;

/// How many bytes of memory a piece of a trace carries at most.
const CHUNK: i32 = 128;

/// Where the borrowed memory begins: not at 0, which some runtimes take for no address.
const BORROWED: i32 = 1024;

/// Where it begins instead if what is told stands there.
const BORROWED_INSTEAD: i32 = 2048;

/// Where the text stands in it, after what `fd_write` is given.
const TEXT: i32 = 16;

/// How many words of eight bytes are borrowed: the longest text, and what `fd_write` is given.
const WORDS: u32 = {
    let text = MARKER + 2 * (8 + 8 * PARAMETERS + 4 + CHUNK as usize) + 1;
    (TEXT as usize + text).div_ceil(8) as u32
};

/// A memory smaller than this is left alone.
const SMALLEST: i64 = 4096;

/// How often a stream that is not ready is tried again.
const TRIES: i32 = 1 << 20;

/// Descriptor 2.
const STDERR: i32 = 2;

/// Errnos of preview 1 after which writing is tried again.
const AGAIN: [&str; 2] = ["again", "intr"];

/// A function that gets a wrapper.
pub struct Wrapped {
    /// The imported function's index.
    pub import: u32,
    /// Its type's index.
    pub kind: u32,
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub parameters: Vec<ValType>,
    /// Its result, if it has one.
    pub results: Vec<ValType>,
    /// What preview 1 says of it, if it has the type that preview 1 says.
    pub function: Option<&'static interface::Function>,
}

/// Where things are in the module that is made.
pub struct Indices {
    /// The function that writes the trace.
    pub write: u32,
    /// The global that counts calls.
    pub count: u32,
    /// The global that says that nothing can be told (1), or that something is being told (2).
    pub silent: u32,
    /// The memory that runtimes use.
    pub memory: Memory,
    /// What the wrappers share.
    pub helpers: Helpers,
    /// How many calls are told of.
    pub calls: u32,
    /// The marker.
    pub marker: [u8; MARKER],
}

/// The functions that wrappers share, which stand before them, and their types.
#[derive(Debug, Clone, Copy)]
pub struct Helpers {
    first: u32,
    first_type: u32,
}

impl Helpers {
    /// Helpers that begin at this function and have types from this one on.
    pub fn new(first: u32, first_type: u32) -> Helpers {
        Helpers { first, first_type }
    }

    /// The types of the helpers, in their order.
    pub fn types(self) -> impl Iterator<Item = u32> {
        self.first_type..self.first_type + 5
    }

    /// The type of `fd_write`.
    pub fn write_type(self) -> u32 {
        self.first_type + 5
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
        types.ty().function(i32s(4), [ValType::I32]);
    }

    fn hex(self) -> u32 {
        self.first
    }
    fn peek(self) -> u32 {
        self.first + 1
    }
    fn tell(self) -> u32 {
        self.first + 2
    }
    fn more(self) -> u32 {
        self.first + 3
    }
    fn buffers(self) -> u32 {
        self.first + 4
    }

    /// The first wrapper's index.
    pub fn first_wrapper(self) -> u32 {
        self.first + 5
    }
}

/// The code of the helpers, in their order.
pub fn helpers(indices: &Indices) -> [Function; 5] {
    [hex(indices), peek(indices), tell(indices), more(indices), buffers(indices)]
}

/// `hex(at, word)`: writes eight digits, the lowest byte's first.
fn hex(indices: &Indices) -> Function {
    const AT: u32 = 0;
    const WORD: u32 = 1;
    const X: u32 = 2;
    let mut function = Function::new([(1, ValType::I64)]);
    let mut code = function.instructions();
    // Each byte into two, each half of a byte into one.
    code.local_get(WORD).i64_extend_i32_u().local_tee(X);
    code.local_get(X).i64_const(16).i64_shl().i64_or().i64_const(0x0000_ffff_0000_ffff).i64_and().local_tee(X);
    code.local_get(X).i64_const(8).i64_shl().i64_or().i64_const(0x00ff_00ff_00ff_00ff).i64_and().local_set(X);
    code.local_get(X).i64_const(4).i64_shr_u().i64_const(0x000f_000f_000f_000f).i64_and();
    code.local_get(X).i64_const(0x000f_000f_000f_000f).i64_and().i64_const(8).i64_shl().i64_or().local_set(X);
    // Digits from ten on are letters, 39 further on than they would be.
    code.local_get(AT);
    code.local_get(X).i64_const(0x3030_3030_3030_3030).i64_add();
    code.local_get(X).i64_const(0x0606_0606_0606_0606).i64_add().i64_const(4).i64_shr_u();
    code.i64_const(0x0101_0101_0101_0101).i64_and().i64_const(39).i64_mul().i64_add();
    code.i64_store(indices.at(0, 0));
    code.end();
    function
}

/// `peek(address)`: the word there, or 0 where there is no memory.
fn peek(indices: &Indices) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(0).i64_extend_i32_u().i64_const(4).i64_add();
    indices.end_of_memory(&mut code);
    code.i64_gt_u().if_(BlockType::Result(ValType::I32)).i32_const(0);
    code.else_().local_get(0).i32_load(indices.at(0, 0)).end();
    code.end();
    function
}

/// `tell(head, number, passed, address, total, length, passed values…)`: writes one piece of the trace.
fn tell(indices: &Indices) -> Function {
    const HEAD: u32 = 0;
    const NUMBER: u32 = 1;
    const PASSED: u32 = 2;
    const ADDRESS: u32 = 3;
    const TOTAL: u32 = 4;
    const LENGTH: u32 = 5;
    const VALUES: u32 = 6;
    const BASE: u32 = VALUES + PARAMETERS as u32;
    const AT: u32 = BASE + 1;
    const FROM: u32 = BASE + 2;
    const TRIED: u32 = BASE + 3;
    const ERRNO: u32 = BASE + 4;
    const WRITTEN: u32 = BASE + 5;
    const END: u32 = BASE + 6;
    const KEPT: u32 = BASE + 7;
    let helpers = indices.helpers;
    let mut function = Function::new([(6, ValType::I32), (1 + WORDS, ValType::I64)]);
    let mut code = function.instructions();
    code.global_get(indices.silent).if_(BlockType::Empty).return_().end();
    indices.end_of_memory(&mut code);
    code.local_tee(END).i64_const(SMALLEST).i64_lt_u().if_(BlockType::Empty).return_().end();
    // Nothing beyond the end is read.
    code.local_get(ADDRESS).i64_extend_i32_u().local_get(END).i64_ge_u().if_(BlockType::Empty);
    code.i32_const(0).local_set(LENGTH);
    code.else_();
    code.local_get(END).local_get(ADDRESS).i64_extend_i32_u().i64_sub().local_get(LENGTH).i64_extend_i32_u();
    code.i64_lt_u().if_(BlockType::Empty);
    code.local_get(END).i32_wrap_i64().local_get(ADDRESS).i32_sub().local_set(LENGTH);
    code.end().end();
    // What is told may stand where the text would go.
    code.i32_const(BORROWED_INSTEAD).i32_const(BORROWED);
    code.local_get(ADDRESS).i32_const(BORROWED + 8 * WORDS as i32).i32_lt_u().select().local_set(BASE);
    for word in 0..WORDS {
        code.local_get(BASE).i64_load(indices.at(u64::from(word) * 8, 0)).local_set(KEPT + word);
    }
    for (half, bytes) in indices.marker.as_chunks::<8>().0.iter().enumerate() {
        code.local_get(BASE).i64_const(i64::from_le_bytes(*bytes));
        code.i64_store(indices.at(TEXT as u64 + 8 * half as u64, 0));
    }
    code.local_get(BASE).i32_const(TEXT + MARKER as i32).i32_add().local_set(AT);
    let digits = |code: &mut InstructionSink| {
        code.call(helpers.hex());
        code.local_get(AT).i32_const(8).i32_add().local_set(AT);
    };
    for word in [HEAD, NUMBER] {
        code.local_get(AT).local_get(word);
        digits(&mut code);
    }
    code.block(BlockType::Empty);
    for value in 0..PARAMETERS as u32 {
        code.local_get(PASSED).i32_const(value as i32).i32_le_u().br_if(0);
        code.local_get(AT).local_get(VALUES + value).i32_wrap_i64();
        digits(&mut code);
        code.local_get(AT).local_get(VALUES + value).i64_const(32).i64_shr_u().i32_wrap_i64();
        digits(&mut code);
    }
    code.end();
    code.local_get(AT).local_get(TOTAL);
    digits(&mut code);
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(LENGTH).i32_const(4).i32_lt_u().br_if(1);
    code.local_get(AT).local_get(ADDRESS).i32_load(indices.at(0, 0));
    digits(&mut code);
    code.local_get(ADDRESS).i32_const(4).i32_add().local_set(ADDRESS);
    code.local_get(LENGTH).i32_const(4).i32_sub().local_set(LENGTH);
    code.br(0).end().end();
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(LENGTH).i32_eqz().br_if(1);
    code.local_get(AT).local_get(ADDRESS).i32_load8_u(indices.at(0, 0)).call(helpers.hex());
    code.local_get(AT).i32_const(2).i32_add().local_set(AT);
    code.local_get(ADDRESS).i32_const(1).i32_add().local_set(ADDRESS);
    code.local_get(LENGTH).i32_const(1).i32_sub().local_set(LENGTH);
    code.br(0).end().end();
    code.local_get(AT).i32_const(i32::from(b'\n')).i32_store8(indices.at(0, 0));
    code.local_get(AT).i32_const(1).i32_add().local_set(AT);
    code.local_get(BASE).i32_const(TEXT).i32_add().local_set(FROM);
    code.i32_const(2).global_set(indices.silent);
    // As often as it takes: a stream may take less than it is given.
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(BASE).local_get(FROM).i32_store(indices.at(0, 2));
    code.local_get(BASE).local_get(AT).local_get(FROM).i32_sub().i32_store(indices.at(4, 2));
    code.local_get(BASE).i32_const(0).i32_store(indices.at(8, 2));
    code.i32_const(STDERR).local_get(BASE).i32_const(1).local_get(BASE).i32_const(8).i32_add();
    code.call(indices.write).local_tee(ERRNO).i32_eqz().if_(BlockType::Empty);
    code.local_get(BASE).i32_load(indices.at(8, 2)).local_tee(WRITTEN);
    code.local_get(AT).local_get(FROM).i32_sub().i32_ge_u();
    // Everything is written.
    code.if_(BlockType::Empty).i32_const(0).global_set(indices.silent).br(3).end();
    code.local_get(FROM).local_get(WRITTEN).i32_add().local_set(FROM);
    code.else_();
    for (index, name) in AGAIN.iter().enumerate() {
        code.local_get(ERRNO).i32_const(errno(name)).i32_ne();
        if index > 0 {
            code.i32_and();
        }
    }
    code.if_(BlockType::Empty).i32_const(1).global_set(indices.silent).br(3).end();
    code.end();
    code.local_get(TRIED).i32_const(1).i32_add().local_tee(TRIED).i32_const(TRIES).i32_lt_u().br_if(0);
    code.i32_const(1).global_set(indices.silent);
    code.end().end();
    for word in 0..WORDS {
        code.local_get(BASE).local_get(KEPT + word).i64_store(indices.at(u64::from(word) * 8, 0));
    }
    code.end();
    function
}

/// `more(head, number, address, total, length)`: so many bytes of memory, in as many pieces as it takes.
fn more(indices: &Indices) -> Function {
    let [head, number, address, total, length] = [0, 1, 2, 3, 4];
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(length).i32_eqz().br_if(1);
    code.local_get(head).local_get(number).i32_const(0).local_get(address).local_get(total);
    smaller(
        &mut code,
        |code| {
            code.local_get(length);
        },
        |code| {
            code.i32_const(CHUNK);
        },
    );
    nothing_passed(&mut code, 0);
    code.call(indices.helpers.tell());
    code.local_get(length).i32_const(CHUNK).i32_le_u().br_if(1);
    code.local_get(address).i32_const(CHUNK).i32_add().local_set(address);
    code.local_get(length).i32_const(CHUNK).i32_sub().local_set(length);
    code.br(0).end().end();
    code.end();
    function
}

/// `buffers(head, number, array, count, filled)`: the first bytes of each of the first buffers, as far as so many bytes
/// fill them.
fn buffers(indices: &Indices) -> Function {
    let [head, number, array, count, filled] = [0, 1, 2, 3, 4];
    let [index, address, length] = [5, 6, 7];
    let helpers = indices.helpers;
    let mut function = Function::new([(3, ValType::I32)]);
    let mut code = function.instructions();
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(index).local_get(count).i32_ge_u().br_if(1);
    code.local_get(index).i32_const(BUFFERS as i32).i32_ge_u().br_if(1);
    code.local_get(filled).i32_eqz().br_if(1);
    let element = |code: &mut InstructionSink, offset: i32| {
        code.local_get(array).local_get(index).i32_const(8).i32_mul().i32_add().i32_const(offset).i32_add();
        code.call(helpers.peek());
    };
    element(&mut code, 0);
    code.local_set(address);
    element(&mut code, 4);
    code.local_set(length);
    smaller(
        &mut code,
        |code| {
            code.local_get(length);
        },
        |code| {
            code.local_get(filled);
        },
    );
    code.local_set(length);
    code.local_get(filled).local_get(length).i32_sub().local_set(filled);
    code.local_get(head).local_get(index).i32_const(24).i32_shl().i32_or();
    code.local_get(number).i32_const(0).local_get(address).local_get(length);
    smaller(
        &mut code,
        |code| {
            code.local_get(length);
        },
        |code| {
            code.i32_const(super::pieces::FIRST as i32);
        },
    );
    nothing_passed(&mut code, 0);
    code.call(helpers.tell());
    code.local_get(index).i32_const(1).i32_add().local_set(index);
    code.br(0).end().end();
    code.end();
    function
}

/// The wrapper of a function: tells of the call, makes it, tells what came of it.
pub fn wrapper(indices: &Indices, place: u32, wrapped: &Wrapped) -> Function {
    let passed = wrapped.parameters.len() as u32;
    let (number, result) = (passed, passed + 1);
    let mut locals = vec![(1, ValType::I32)];
    locals.extend(wrapped.results.iter().map(|kind| (1, *kind)));
    let mut function = Function::new(locals);
    let mut code = function.instructions();
    let all = wrapped.function.map_or_else(Vec::new, |function| pieces(&PREVIEW1, function));
    let call = |code: &mut InstructionSink| {
        for index in 0..passed {
            code.local_get(index);
        }
        code.call(wrapped.import);
    };
    code.global_get(indices.count).i32_const(1).i32_add().local_tee(number).global_set(indices.count);
    // What does not return is told of in any case: its number is how many calls there were.
    if !wrapped.results.is_empty() {
        code.local_get(number).i32_const(indices.calls as i32).i32_gt_u().if_(BlockType::Empty);
        code.local_get(number).i32_const(indices.calls as i32 + 1).i32_eq().if_(BlockType::Empty);
        code.i32_const(head(FULL, place, NO_PIECE)).local_get(number).i32_const(0);
        code.i32_const(0).i32_const(0).i32_const(0);
        nothing_passed(&mut code, 0);
        code.call(indices.helpers.tell()).end();
        call(&mut code);
        code.return_().end();
    }
    let values: Vec<_> = wrapped.parameters.iter().enumerate().map(|(index, kind)| (index as u32, *kind)).collect();
    tell_with_first(indices, &mut code, (CALL, place, number), &values, first(&all, When::Before));
    tell_pieces(indices, &mut code, (place, number), &all, When::Before);
    call(&mut code);
    let Some(kind) = wrapped.results.first() else {
        code.end();
        return function;
    };
    code.local_set(result);
    fall_silent(indices, &mut code, wrapped, result);
    let values = [(result, *kind)];
    if all.iter().any(|piece| piece.when == When::After) {
        code.local_get(result).i32_eqz().if_(BlockType::Empty);
        tell_with_first(indices, &mut code, (RETURN, place, number), &values, first(&all, When::After));
        tell_pieces(indices, &mut code, (place, number), &all, When::After);
        code.local_get(result).return_().end();
    }
    tell_with_first(indices, &mut code, (RETURN, place, number), &values, None);
    code.local_get(result).end();
    function
}

/// The part of memory that is told together with a call or its return.
fn first(all: &[Piece], when: When) -> Option<(u32, &Piece)> {
    let index = all.iter().position(|piece| piece.when == when)?;
    let is_whole = !matches!(all[index].extent, Extent::Buffers { .. });
    is_whole.then(|| (index as u32, &all[index]))
}

/// A call or its return, with values and the first bytes of a part of memory.
fn tell_with_first(
    indices: &Indices,
    code: &mut InstructionSink,
    (kind, place, number): (u32, u32, u32),
    values: &[(u32, ValType)],
    piece: Option<(u32, &Piece)>,
) {
    let index = piece.map_or(NO_PIECE, |(index, _)| index);
    code.i32_const(head(kind, place, index) | (values.len() as i32) << 24);
    code.local_get(number).i32_const(values.len() as i32);
    match piece {
        None => {
            code.i32_const(0).i32_const(0).i32_const(0);
        }
        Some((_, piece)) => {
            code.local_get(piece.address);
            total(indices, code, piece);
            smaller(
                code,
                |code| total(indices, code, piece),
                |code| {
                    code.i32_const(CHUNK);
                },
            );
        }
    }
    for (value, kind) in values {
        code.local_get(*value);
        if *kind == ValType::I32 {
            code.i64_extend_i32_u();
        }
    }
    nothing_passed(code, values.len());
    code.call(indices.helpers.tell());
}

/// Once descriptor 2 is closed or is another one, nothing more is written there.
fn fall_silent(indices: &Indices, code: &mut InstructionSink, wrapped: &Wrapped, result: u32) {
    let descriptors = match (wrapped.function.is_some(), wrapped.name.as_str()) {
        (true, "fd_close") => 1,
        (true, "fd_renumber") => 2,
        _ => return,
    };
    for descriptor in 0..descriptors {
        code.local_get(descriptor).i32_const(STDERR).i32_eq();
    }
    if descriptors == 2 {
        code.i32_or();
    }
    code.local_get(result).i32_eqz().i32_and().if_(BlockType::Empty);
    code.i32_const(1).global_set(indices.silent).end();
}

/// Parts of memory, without the bytes that are told already.
fn tell_pieces(indices: &Indices, code: &mut InstructionSink, (place, number): (u32, u32), all: &[Piece], when: When) {
    let helpers = indices.helpers;
    let told = first(all, when).map(|(index, _)| index);
    for (index, piece) in (0..).zip(all).filter(|(_, piece)| piece.when == when) {
        let (count, within) = match piece.extent {
            Extent::Buffers { count, within } => (count, within),
            // All of it is in the piece that is told already.
            Extent::Fixed(bytes) if Some(index) == told && bytes <= CHUNK as u32 => continue,
            _ => {
                let skipped = if Some(index) == told { CHUNK } else { 0 };
                let recorded = |code: &mut InstructionSink| {
                    let limit = |code: &mut InstructionSink| {
                        code.i32_const(piece.limit as i32);
                    };
                    smaller(code, |code| total(indices, code, piece), limit);
                };
                recorded(code);
                code.i32_const(skipped).i32_gt_u().if_(BlockType::Empty);
                code.i32_const(head(DATA, place, index)).local_get(number);
                code.local_get(piece.address).i32_const(skipped).i32_add();
                total(indices, code, piece);
                recorded(code);
                code.i32_const(skipped).i32_sub().call(helpers.more()).end();
                continue;
            }
        };
        code.i32_const(head(DATA, place, index)).local_get(number).local_get(piece.address).local_get(count);
        match within {
            Some(within) => code.local_get(within).call(helpers.peek()),
            None => code.i32_const(-1),
        };
        code.call(helpers.buffers());
    }
}

/// Puts the length of a part of memory on the stack.
fn total(indices: &Indices, code: &mut InstructionSink, piece: &Piece) {
    match piece.extent {
        Extent::Fixed(bytes) => {
            code.i32_const(bytes as i32);
        }
        Extent::Counted { count, each, within } => {
            match within {
                None => {
                    code.local_get(count);
                }
                Some(within) => smaller(
                    code,
                    |code| {
                        code.local_get(count);
                    },
                    |code| {
                        code.local_get(within).call(indices.helpers.peek());
                    },
                ),
            }
            code.i32_const(each as i32).i32_mul();
        }
        Extent::Unsaid | Extent::Buffers { .. } => {
            code.i32_const(piece.limit as i32);
        }
    }
}

/// The smaller of two numbers without a sign; both are computed twice.
fn smaller(code: &mut InstructionSink, one: impl Fn(&mut InstructionSink), other: impl Fn(&mut InstructionSink)) {
    one(code);
    other(code);
    one(code);
    other(code);
    code.i32_lt_u().select();
}

/// The values that are not passed, after so many that are.
fn nothing_passed(code: &mut InstructionSink, passed: usize) {
    for _ in passed..PARAMETERS {
        code.i64_const(0);
    }
}

fn head(kind: u32, place: u32, piece: u32) -> i32 {
    (kind | place << 8 | piece << 16) as i32
}

fn errno(name: &str) -> i32 {
    let Some(interface::Shape::Enum { names, .. }) = PREVIEW1.types.get("errno") else { return -1 };
    names.iter().position(|known| known == name).map_or(-1, |errno| errno as i32)
}

impl Indices {
    fn at(&self, offset: u64, align: u32) -> MemArg {
        MemArg { offset, align, target: MemArgTarget::Memory(self.memory.index), ordering: None }
    }

    /// Puts the number of the memory's bytes on the stack.
    fn end_of_memory(&self, code: &mut InstructionSink) {
        code.memory_size(self.memory.index).i64_extend_i32_u();
        code.i64_const(i64::from(self.memory.page_bits)).i64_shl();
    }
}
