//! Short instruction sequences that both the wrappers and their helpers use.

use wasm_encoder::InstructionSink;

use super::line_format::PARAMETERS;

/// Puts the smaller of two unsigned 32-bit numbers on the stack. Both are computed twice.
pub fn smaller(code: &mut InstructionSink, one: impl Fn(&mut InstructionSink), other: impl Fn(&mut InstructionSink)) {
    one(code);
    other(code);
    one(code);
    other(code);
    code.i32_lt_u().select();
}

/// Fills the remaining parameters with zeros, after `passed` values.
pub fn nothing_passed(code: &mut InstructionSink, passed: usize) {
    for _ in passed..PARAMETERS {
        code.i64_const(0);
    }
}
