//! Short sequences of instructions that both the wrappers and their helpers need.

use wasm_encoder::InstructionSink;

use super::line_format::PARAMETERS;

/// The smaller of two numbers without a sign; both are computed twice.
pub fn smaller(code: &mut InstructionSink, one: impl Fn(&mut InstructionSink), other: impl Fn(&mut InstructionSink)) {
    one(code);
    other(code);
    one(code);
    other(code);
    code.i32_lt_u().select();
}

/// The values that are not passed, after so many that are.
pub fn nothing_passed(code: &mut InstructionSink, passed: usize) {
    for _ in passed..PARAMETERS {
        code.i64_const(0);
    }
}
