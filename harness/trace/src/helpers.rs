//! The functions that the wrappers share. They borrow memory, write a piece of the trace there, and restore the memory.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

use super::digest::{START, digest, extended};
use super::emit::{nothing_passed, smaller};
use super::interface::{PREVIEW1, Shape};
use super::layout::{HELPERS, Indices};
use super::line_format::{CHUNK, DATA, DIGEST, MARKER, PARAMETERS, STDERR};
use crate::memory_regions::{BUFFERS, COUNTED_BUFFERS, FIRST};

/// The address of the borrowed memory. It is not 0, which some runtimes treat as a null pointer.
const BORROWED: i32 = 1024;

/// The address to use instead if the data to record is there.
const BORROWED_INSTEAD: i32 = 2048;

/// The offset of the text, after the data that `fd_write` needs.
const TEXT: i32 = 16;

/// The number of eight-byte words to borrow, for the longest text and the data that `fd_write` needs.
const WORDS: u32 = {
    let text = MARKER + 2 * (8 + 8 * PARAMETERS + 4 + CHUNK as usize) + 1;
    (TEXT as usize + text).div_ceil(8) as u32
};

/// The smallest memory, in bytes, that the helpers borrow from. With less, nothing is recorded.
const SMALLEST: i64 = 4096;

/// How often writing to a stream that is not ready is tried.
const TRIES: i32 = 1 << 20;

/// The errnos of preview 1 after which a write is retried.
const AGAIN: [&str; 2] = ["again", "intr"];

/// The code of the helpers, in the order of their indices.
pub fn helpers(indices: &Indices) -> [Function; HELPERS as usize] {
    [hex(indices), peek(indices), tell(indices), more(indices), buffers(indices), extended(indices), digest(indices)]
}

/// `hex(at, word)`: writes eight hexadecimal digits, the lowest byte first.
fn hex(indices: &Indices) -> Function {
    const AT: u32 = 0;
    const WORD: u32 = 1;
    const X: u32 = 2;
    let mut function = Function::new([(1, ValType::I64)]);
    let mut code = function.instructions();
    // Spread the bytes, then the halves of each byte, so that each half has its own byte.
    code.local_get(WORD).i64_extend_i32_u().local_tee(X);
    code.local_get(X).i64_const(16).i64_shl().i64_or().i64_const(0x0000_ffff_0000_ffff).i64_and().local_tee(X);
    code.local_get(X).i64_const(8).i64_shl().i64_or().i64_const(0x00ff_00ff_00ff_00ff).i64_and().local_set(X);
    code.local_get(X).i64_const(4).i64_shr_u().i64_const(0x000f_000f_000f_000f).i64_and();
    code.local_get(X).i64_const(0x000f_000f_000f_000f).i64_and().i64_const(8).i64_shl().i64_or().local_set(X);
    // Digits from ten on are letters, whose codes are higher by 39.
    code.local_get(AT);
    code.local_get(X).i64_const(0x3030_3030_3030_3030).i64_add();
    code.local_get(X).i64_const(0x0606_0606_0606_0606).i64_add().i64_const(4).i64_shr_u();
    code.i64_const(0x0101_0101_0101_0101).i64_and().i64_const(39).i64_mul().i64_add();
    code.i64_store(indices.at(0, 0));
    code.end();
    function
}

/// `peek(address)`: reads the word at the address, or returns 0 if it is beyond the end of memory.
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
    // Do not read beyond the end of memory.
    code.local_get(ADDRESS).i64_extend_i32_u().local_get(END).i64_ge_u().if_(BlockType::Empty);
    code.i32_const(0).local_set(LENGTH);
    code.else_();
    code.local_get(END).local_get(ADDRESS).i64_extend_i32_u().i64_sub().local_get(LENGTH).i64_extend_i32_u();
    code.i64_lt_u().if_(BlockType::Empty);
    code.local_get(END).i32_wrap_i64().local_get(ADDRESS).i32_sub().local_set(LENGTH);
    code.end().end();
    // The data to record may be where the text would go.
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
    // Repeat, because a stream may accept fewer bytes than it is given.
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

/// `more(head, number, address, total, length)`: writes `length` bytes of memory, in as many pieces as needed.
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

/// `buffers(head, number, array, count, filled)`: writes the first bytes of each of the first buffers, as far as
/// `filled` bytes reach, and the digest of each that has more. One digest stands for all later buffers.
fn buffers(indices: &Indices) -> Function {
    let [head, number, array, count, filled] = [0, 1, 2, 3, 4];
    let [index, address, length, later, of_later] = [5, 6, 7, 8, 9];
    let helpers = indices.helpers;
    let mut function = Function::new([(4, ValType::I32), (1, ValType::I64)]);
    let mut code = function.instructions();
    let digest_head = |code: &mut InstructionSink| {
        code.local_get(head).i32_const((DIGEST - DATA) as i32).i32_add();
    };
    code.i64_const(START.cast_signed()).local_set(of_later);
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(index).local_get(count).i32_ge_u().br_if(1);
    code.local_get(index).i32_const(COUNTED_BUFFERS as i32).i32_ge_u().br_if(1);
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
    code.local_get(index).i32_const(BUFFERS as i32).i32_lt_u().if_(BlockType::Empty);
    let of_buffer = |code: &mut InstructionSink| {
        code.local_get(index).i32_const(24).i32_shl().i32_or().local_get(number);
    };
    code.local_get(head);
    of_buffer(&mut code);
    code.i32_const(0).local_get(address).local_get(length);
    smaller(
        &mut code,
        |code| {
            code.local_get(length);
        },
        |code| {
            code.i32_const(FIRST as i32);
        },
    );
    nothing_passed(&mut code, 0);
    code.call(helpers.tell());
    code.local_get(length).i32_const(FIRST as i32).i32_gt_u().if_(BlockType::Empty);
    digest_head(&mut code);
    of_buffer(&mut code);
    code.local_get(address).local_get(length).call(helpers.digest()).end();
    code.else_();
    code.local_get(of_later).local_get(address).local_get(length).call(helpers.extended()).local_set(of_later);
    code.local_get(later).local_get(length).i32_add().local_set(later);
    code.end();
    code.local_get(index).i32_const(1).i32_add().local_set(index);
    code.br(0).end().end();
    code.local_get(later).if_(BlockType::Empty);
    digest_head(&mut code);
    code.i32_const((BUFFERS << 24).cast_signed()).i32_or();
    code.local_get(number).i32_const(1).i32_const(0).local_get(later).i32_const(0).local_get(of_later);
    nothing_passed(&mut code, 1);
    code.call(helpers.tell()).end();
    code.end();
    function
}

fn errno(name: &str) -> i32 {
    let Some(Shape::Enum { names, .. }) = PREVIEW1.types.get("errno") else { return -1 };
    names.iter().position(|known| known == name).map_or(-1, |errno| errno as i32)
}
