//! The digest of a part of memory that a trace records only in part. It tells whether two parts are the same in all bytes.
//!
//! It is FNV-1a over words of eight bytes, and over single bytes at the end. After each step the upper half is mixed into
//! the lower one, because a multiplication carries nothing downwards.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

use super::emit::nothing_passed;
use super::layout::Indices;

/// The digest of no bytes.
pub const START: u64 = 0xcbf2_9ce4_8422_2325;

/// What each step multiplies by.
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The digest of these bytes.
pub fn digest_of(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words.chain(rest.iter().map(|byte| u64::from(*byte))).fold(START, |digest, next| {
        let product = (digest ^ next).wrapping_mul(PRIME);
        product ^ product >> 32
    })
}

/// `extended(digest, address, length)`: the digest of the bytes so far and of `length` more, without those beyond the end
/// of memory.
pub fn extended(indices: &Indices) -> Function {
    const DIGEST: u32 = 0;
    const ADDRESS: u32 = 1;
    const LENGTH: u32 = 2;
    const LEFT: u32 = 3;
    let mut function = Function::new([(1, ValType::I64)]);
    let mut code = function.instructions();
    indices.end_of_memory(&mut code);
    code.local_get(ADDRESS).i64_extend_i32_u().i64_sub().local_tee(LEFT);
    code.i64_const(0).i64_lt_s().if_(BlockType::Empty).local_get(DIGEST).return_().end();
    code.local_get(LENGTH).i64_extend_i32_u().local_get(LEFT).i64_gt_u().if_(BlockType::Empty);
    code.local_get(LEFT).i32_wrap_i64().local_set(LENGTH).end();
    let step = |code: &mut InstructionSink, bytes: i32| {
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        code.local_get(LENGTH).i32_const(bytes).i32_lt_u().br_if(1);
        code.local_get(DIGEST).local_get(ADDRESS);
        match bytes {
            8 => code.i64_load(indices.at(0, 0)),
            _ => code.i64_load8_u(indices.at(0, 0)),
        };
        code.i64_xor().i64_const(PRIME.cast_signed()).i64_mul().local_tee(DIGEST);
        code.local_get(DIGEST).i64_const(32).i64_shr_u().i64_xor().local_set(DIGEST);
        code.local_get(ADDRESS).i32_const(bytes).i32_add().local_set(ADDRESS);
        code.local_get(LENGTH).i32_const(bytes).i32_sub().local_set(LENGTH);
        code.br(0).end().end();
    };
    step(&mut code, 8);
    step(&mut code, 1);
    code.local_get(DIGEST).end();
    function
}

/// `digest(head, number, address, total)`: writes the digest of a part of memory.
pub fn digest(indices: &Indices) -> Function {
    let [head, number, address, total] = [0, 1, 2, 3];
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.global_get(indices.silent).if_(BlockType::Empty).return_().end();
    code.local_get(head).local_get(number).i32_const(1).i32_const(0).local_get(total).i32_const(0);
    code.i64_const(START.cast_signed()).local_get(address).local_get(total).call(indices.helpers.extended());
    nothing_passed(&mut code, 1);
    code.call(indices.helpers.tell()).end();
    function
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_and_the_order_count() {
        let bytes: Vec<u8> = (0..=99).collect();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                assert_ne!(digest_of(&other), digest_of(&bytes), "byte {at}, bit {bit}");
            }
        }
        let mut high = bytes.clone();
        high[7] ^= 0x80;
        high[15] ^= 0x80;
        assert_ne!(digest_of(&high), digest_of(&bytes), "the highest bits of two words");
        let swapped: Vec<u8> = bytes[8..16].iter().chain(&bytes[..8]).copied().collect();
        assert_ne!(digest_of(&swapped), digest_of(&bytes[..16]));
        assert_ne!(digest_of(&bytes[..9]), digest_of(&bytes[..8]));
    }
}
