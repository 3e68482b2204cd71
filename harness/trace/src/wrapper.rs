//! The code of the wrappers.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

use super::emit::{nothing_passed, smaller};
use super::interface::{self, PREVIEW1};
use super::layout::Indices;
use super::line_format::{CALL, CHUNK, DATA, DIGEST, FULL, NO_PIECE, RETURN, STDERR};
use crate::memory_regions::{Extent, Piece, When, pieces};

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
    /// Its preview 1 definition, if its type is the one that preview 1 specifies.
    pub function: Option<&'static interface::Function>,
}

/// The wrapper of a function: records the call, makes it, and records its result.
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
    // A function that does not return is always recorded, because its number is the number of calls.
    if !wrapped.results.is_empty() {
        code.local_get(number).i32_const(indices.calls as i32).i32_gt_u().if_(BlockType::Empty);
        code.local_get(number).i32_const(indices.calls.wrapping_add(1) as i32).i32_eq().if_(BlockType::Empty);
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

/// The part of memory that is recorded together with a call or its return.
fn first(all: &[Piece], when: When) -> Option<(u32, &Piece)> {
    let index = all.iter().position(|piece| piece.when == when)?;
    let is_whole = !matches!(all[index].extent, Extent::Buffers { .. });
    is_whole.then(|| (index as u32, &all[index]))
}

/// Records a call or its return, with values and the first bytes of a part of memory.
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

/// Ends the trace once descriptor 2 is closed or refers to another file.
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

/// Records parts of memory, without the bytes that are already recorded.
fn tell_pieces(indices: &Indices, code: &mut InstructionSink, (place, number): (u32, u32), all: &[Piece], when: When) {
    let helpers = indices.helpers;
    let told = first(all, when).map(|(index, _)| index);
    for (index, piece) in (0..).zip(all).filter(|(_, piece)| piece.when == when) {
        let (count, within) = match piece.extent {
            Extent::Buffers { count, within } => (count, within),
            // The piece that is already recorded contains all of it.
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
                if piece.is_of_bytes() {
                    total(indices, code, piece);
                    code.i32_const(piece.limit as i32).i32_gt_u().if_(BlockType::Empty);
                    code.i32_const(head(DIGEST, place, index)).local_get(number).local_get(piece.address);
                    total(indices, code, piece);
                    code.call(helpers.digest()).end();
                }
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

fn head(kind: u32, place: u32, piece: u32) -> i32 {
    (kind | place << 8 | piece << 16) as i32
}
