//! Modules that nobody would write: whatever comes of them, it is valid, or a refusal.

use arbitrary::Unstructured;
use wasip1_trace::instrument;
use wasm_smith::{Config, Module};
use wasmparser::{Validator, WasmFeatures};

/// How many modules are made of each kind.
const MODULES: u64 = 150;

/// How many random bytes a module is made of.
const BYTES: usize = 2048;

/// The imports that modules may take.
const IMPORTS: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "no_such" (func (param i64 i64) (result i64)))
    (import "wasi_snapshot_preview1" "no_such_either" (func (param f32)))
    (import "env" "another" (func (param i32 f64) (result f32)))
    (import "env" "global" (global i32)))"#;

/// What every second module exports.
const EXPORTS: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

#[test]
fn what_is_made_is_valid() {
    let parsed = |text: &str| wat::parse_str(text).expect("wat");
    let (mut traced, mut refused, mut as_it_was) = (0, 0, 0);
    for seed in 0..2 * MODULES {
        let bytes = random(seed);
        let config = Config {
            available_imports: Some(parsed(IMPORTS)),
            exports: (seed % 2 == 0).then(|| parsed(EXPORTS)),
            max_imports: 20,
            exceptions_enabled: seed % 3 == 0,
            gc_enabled: seed % 5 == 0,
            memory64_enabled: seed % 7 == 0,
            tail_call_enabled: true,
            threads_enabled: seed % 11 == 0,
            max_memories: 1 + (seed % 3) as usize,
            ..Config::default()
        };
        let Ok(module) = Module::new(config, &mut Unstructured::new(&bytes)) else { continue };
        let module = module.to_bytes();
        match instrument(&module, 10) {
            Err(refusal) => {
                assert!(!refusal.to_string().contains("valid") || seed > 2 * MODULES, "{seed}: {refusal}");
                refused += 1;
            }
            Ok(result) if result.functions.is_empty() => as_it_was += 1,
            Ok(result) => {
                let valid = Validator::new_with_features(WasmFeatures::all()).validate_all(&result.module);
                valid.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                traced += 1;
            }
        }
    }
    // Each of the ways is gone, or nothing is tested.
    assert!(traced > MODULES / 10 && refused > 5, "{traced} traced, {refused} refused, {as_it_was} as they were");
}

#[test]
fn bytes_that_are_no_module_are_refused() {
    for seed in 0..MODULES {
        let mut bytes = random(seed);
        bytes[..8].copy_from_slice(b"\0asm\x01\0\0\0");
        assert!(instrument(&bytes, 10).is_err(), "{seed}");
    }
    let whole = wat::parse_str(IMPORTS).expect("wat");
    for length in 0..whole.len() {
        // Without its last section it may be whole again.
        if let Ok(traced) = instrument(&whole[..length], 10) {
            let valid = Validator::new_with_features(WasmFeatures::all()).validate_all(&traced.module);
            valid.unwrap_or_else(|error| panic!("{length}: {error}"));
        }
    }
}

/// Bytes that are the same for the same seed.
fn random(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..BYTES).map(|_| next()).collect()
}
