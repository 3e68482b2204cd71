//! The probe's guests: modules of a few dozen instructions. They need no toolchain, so that no language, Go included,
//! influences what they see. Each ends with the errno of the first call that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_encoder::{BlockType, InstructionSink, ValType};

use super::assembly::{Assembly, Import, byte, word};
use matrix_model::digest::sha256;
use matrix_provision::guests::Guest;
use matrix_store::atomic_write::write_whole;

const I32: ValType = ValType::I32;
const I64: ValType = ValType::I64;

const PAIR: &[ValType] = &[I32; 2];
const READ: Import = Import { name: "fd_read", parameters: &[I32; 4] };
const ARGS: [Import; 2] =
    [Import { name: "args_sizes_get", parameters: PAIR }, Import { name: "args_get", parameters: PAIR }];
const ENVIRON: [Import; 2] =
    [Import { name: "environ_sizes_get", parameters: PAIR }, Import { name: "environ_get", parameters: PAIR }];

/// The address of a single number that a call returns.
const NUMBER: i32 = 16;

/// The address of pointers to strings.
const POINTERS: i32 = 1 << 10;

/// The address of bytes of any length.
const BYTES: i32 = 16 << 10;

/// How many bytes fit there.
const ROOM: i32 = 32 << 10;

/// The guest that prints its arguments, each with a NUL after it.
pub(crate) const PRINTS_ARGS: &str = "probe-args";
/// The guest that prints its environment, each variable with a NUL after it.
pub(crate) const PRINTS_ENVIRONMENT: &str = "probe-environment";
/// The guest that copies stdin to stdout after one byte that says what descriptor 0 is: `0` plus the file type, or `?`.
pub(crate) const COPIES_STDIN: &str = "probe-stdin";
/// The guest that prints three strings for each preopen: its name, the content of the file `given` in it, and the errno
/// of making a file `made`. Each has a NUL after it. The new file holds the preopen's name.
pub(crate) const LOOKS_AT_PREOPENS: &str = "probe-preopens";
/// The guest that writes [`SAYS_OUT`] and [`SAYS_ERR`] and exits with its first argument.
pub(crate) const EXITS: &str = "probe-exit";
/// The guest that grows its memory until it has [`MOST_PAGES`] or may not grow, and prints its number of pages before
/// and after, four bytes each.
pub(crate) const GROWS: &str = "probe-memory";
/// The guest that never ends.
pub(crate) const LOOPS: &str = "probe-loop";
/// The guest that prints two readings of the realtime and two of the monotonic clock, eight bytes each, and 32 random
/// bytes.
pub(crate) const LOOKS_AROUND: &str = "probe-surroundings";
/// The guest that is called through its exports: `say` writes a byte and returns the next one, `add` adds three
/// numbers.
pub(crate) const REACTS: &str = "probe-reactor";
/// The guest that imports a function from a module that no runtime has, and does not call it.
pub(crate) const LACKS_AN_IMPORT: &str = "probe-import";

/// What [`EXITS`] writes to stdout.
pub(crate) const SAYS_OUT: &[u8] = b"out\0\xff\r\nout";
/// What [`EXITS`] writes to stderr.
pub(crate) const SAYS_ERR: &[u8] = b"err\0\xfe\r\nerr";

/// The number of pages at which [`GROWS`] stops.
pub(crate) const MOST_PAGES: u32 = 256;

/// Writes every guest's module into a folder.
///
/// # Errors
/// If the folder cannot be written.
pub fn write_all(folder: &Path) -> Result<BTreeMap<&'static str, Guest>> {
    let guests = [
        (PRINTS_ARGS, strings(ARGS)),
        (PRINTS_ENVIRONMENT, strings(ENVIRON)),
        (COPIES_STDIN, stdin()),
        (LOOKS_AT_PREOPENS, preopens()),
        (EXITS, exit()),
        (GROWS, memory()),
        (LOOPS, endless()),
        (LOOKS_AROUND, surroundings()),
        (REACTS, reactor()),
        (LACKS_AN_IMPORT, absent()),
    ];
    let mut written = BTreeMap::new();
    for (name, bytes) in guests {
        let module = folder.join(format!("{name}.wasm"));
        if !fs::read(&module).is_ok_and(|there| there == bytes) {
            write_whole(&module, &bytes).context("a guest of the probe")?;
        }
        written.insert(name, Guest { module, sha256: sha256(&bytes), imports: BTreeSet::new() });
    }
    Ok(written)
}

/// Loads the count and the strings of one of the two lists into memory.
fn fetch(assembly: &Assembly, code: &mut InstructionSink, [sizes, get]: [Import; 2]) {
    code.i32_const(NUMBER).i32_const(NUMBER + 4).call(assembly.index(sizes.name)).call(assembly.index("fail"));
    code.i32_const(POINTERS).i32_const(BYTES).call(assembly.index(get.name)).call(assembly.index("fail"));
}

fn print(assembly: &Assembly, code: &mut InstructionSink, from: i32, length: i32) {
    code.i32_const(1).i32_const(from).i32_const(length).call(assembly.index("write"));
}

fn strings(list: [Import; 2]) -> Vec<u8> {
    const LEFT: u32 = 0;
    const POINTER: u32 = 1;
    const END: u32 = 2;
    let mut assembly = Assembly::new(&list);
    assembly.entry("_start", 3, |assembly, code| {
        fetch(assembly, code, list);
        code.i32_const(NUMBER).i32_load(word()).local_set(LEFT);
        code.i32_const(POINTERS).local_set(POINTER);
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        code.local_get(LEFT).i32_eqz().br_if(1);
        code.local_get(POINTER).i32_load(word()).local_set(END);
        code.loop_(BlockType::Empty);
        code.local_get(END).i32_load8_u(byte());
        code.local_get(END).i32_const(1).i32_add().local_set(END);
        code.br_if(0).end();
        code.i32_const(1).local_get(POINTER).i32_load(word());
        code.local_get(END).local_get(POINTER).i32_load(word()).i32_sub().call(assembly.index("write"));
        code.local_get(POINTER).i32_const(4).i32_add().local_set(POINTER);
        code.local_get(LEFT).i32_const(1).i32_sub().local_set(LEFT);
        code.br(0).end().end();
    });
    assembly.finish()
}

/// Reads once from a descriptor into [`BYTES`]. Leaves the errno on the stack and the count in [`NUMBER`].
fn read(assembly: &Assembly, code: &mut InstructionSink, descriptor: impl FnOnce(&mut InstructionSink)) {
    code.i32_const(0).i32_const(BYTES).i32_store(word());
    code.i32_const(4).i32_const(ROOM).i32_store(word());
    descriptor(code);
    code.i32_const(0).i32_const(1).i32_const(NUMBER).call(assembly.index(READ.name));
}

fn stdin() -> Vec<u8> {
    let mut assembly = Assembly::new(&[Import { name: "fd_fdstat_get", parameters: PAIR }, READ]);
    assembly.entry("_start", 0, |assembly, code| {
        code.i32_const(0).i32_const(POINTERS).call(assembly.index("fd_fdstat_get")).if_(BlockType::Empty);
        code.i32_const(POINTERS).i32_const(i32::from(b'?')).i32_store8(byte()).else_();
        code.i32_const(POINTERS).i32_const(POINTERS).i32_load8_u(byte()).i32_const(i32::from(b'0')).i32_add();
        code.i32_store8(byte()).end();
        print(assembly, code, POINTERS, 1);
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        read(assembly, code, |code| {
            code.i32_const(0);
        });
        code.call(assembly.index("fail"));
        code.i32_const(NUMBER).i32_load(word()).i32_eqz().br_if(1);
        code.i32_const(1).i32_const(BYTES).i32_const(NUMBER).i32_load(word()).call(assembly.index("write"));
        code.br(0).end().end();
    });
    assembly.finish()
}

fn preopens() -> Vec<u8> {
    const PREOPEN: u32 = 0;
    const ERRNO: u32 = 1;
    const NUL: i32 = 32;
    const DIGITS: i32 = 36;
    const GIVEN: i32 = 40;
    const MADE: i32 = 48;
    const OPENED: i32 = 24;
    const CREATE_AND_TRUNCATE: i32 = 1 | 8;
    const MAY_READ: i64 = 1 << 1;
    const MAY_WRITE: i64 = 1 << 6;
    let mut assembly = Assembly::new(&[
        Import { name: "fd_prestat_get", parameters: PAIR },
        Import { name: "fd_prestat_dir_name", parameters: &[I32; 3] },
        Import { name: "path_open", parameters: &[I32, I32, I32, I32, I32, I64, I64, I32, I32] },
        READ,
        Import { name: "fd_close", parameters: &[I32] },
    ]);
    assembly.bytes(GIVEN, b"given");
    assembly.bytes(MADE, b"made");
    assembly.function("open", &[I32, I32, I32, I32, I64], &[I32], 0, |assembly, code| {
        code.local_get(0).i32_const(0).local_get(1).local_get(2).local_get(3).local_get(4).i64_const(0);
        code.i32_const(0).i32_const(OPENED).call(assembly.index("path_open"));
    });
    assembly.function("print_errno", &[I32], &[], 0, |assembly, code| {
        for (place, tens) in [(DIGITS, true), (DIGITS + 1, false)] {
            code.i32_const(place).local_get(0).i32_const(10);
            if tens {
                code.i32_div_u()
            } else {
                code.i32_rem_u()
            };
            code.i32_const(i32::from(b'0')).i32_add().i32_store8(byte());
        }
        print(assembly, code, DIGITS, 2);
    });
    let opened = |code: &mut InstructionSink| {
        code.i32_const(OPENED).i32_load(word());
    };
    assembly.entry("_start", 2, |assembly, code| {
        code.i32_const(3).local_set(PREOPEN);
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        // There is no descriptor after the last preopen.
        code.local_get(PREOPEN).i32_const(NUMBER).call(assembly.index("fd_prestat_get")).br_if(1);
        code.local_get(PREOPEN).i32_const(POINTERS).i32_const(NUMBER + 4).i32_load(word());
        code.call(assembly.index("fd_prestat_dir_name")).call(assembly.index("fail"));
        let name = |code: &mut InstructionSink| {
            code.i32_const(POINTERS).i32_const(NUMBER + 4).i32_load(word()).call(assembly.index("write"));
        };
        code.i32_const(1);
        name(code);
        print(assembly, code, NUL, 1);

        code.local_get(PREOPEN).i32_const(GIVEN).i32_const(5).i32_const(0).i64_const(MAY_READ);
        code.call(assembly.index("open")).local_tee(ERRNO).if_(BlockType::Empty);
        code.local_get(ERRNO).call(assembly.index("print_errno")).else_();
        // The count overwrites the preopen's tag, not the length of its name, which is still needed.
        read(assembly, code, opened);
        code.call(assembly.index("fail"));
        code.i32_const(1).i32_const(BYTES).i32_const(NUMBER).i32_load(word()).call(assembly.index("write"));
        opened(code);
        code.call(assembly.index("fd_close")).call(assembly.index("fail")).end();
        print(assembly, code, NUL, 1);

        code.local_get(PREOPEN).i32_const(MADE).i32_const(4).i32_const(CREATE_AND_TRUNCATE).i64_const(MAY_WRITE);
        code.call(assembly.index("open")).local_tee(ERRNO).i32_eqz().if_(BlockType::Empty);
        opened(code);
        name(code);
        opened(code);
        code.call(assembly.index("fd_close")).call(assembly.index("fail")).end();
        code.local_get(ERRNO).call(assembly.index("print_errno"));
        print(assembly, code, NUL, 1);

        code.local_get(PREOPEN).i32_const(1).i32_add().local_set(PREOPEN).br(0).end().end();
    });
    assembly.finish()
}

fn exit() -> Vec<u8> {
    const DIGIT: u32 = 0;
    const CODE: u32 = 1;
    const ERR: i32 = 128;
    const OUT: i32 = 64;
    let mut assembly = Assembly::new(&ARGS);
    assembly.bytes(OUT, SAYS_OUT);
    assembly.bytes(ERR, SAYS_ERR);
    assembly.entry("_start", 2, |assembly, code| {
        print(assembly, code, OUT, SAYS_OUT.len() as i32);
        code.i32_const(2).i32_const(ERR).i32_const(SAYS_ERR.len() as i32).call(assembly.index("write"));
        fetch(assembly, code, ARGS);
        code.i32_const(POINTERS + 4).i32_load(word()).local_set(DIGIT);
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        code.local_get(DIGIT).i32_load8_u(byte()).i32_eqz().br_if(1);
        code.local_get(CODE).i32_const(10).i32_mul().local_get(DIGIT).i32_load8_u(byte()).i32_add();
        code.i32_const(i32::from(b'0')).i32_sub().local_set(CODE);
        code.local_get(DIGIT).i32_const(1).i32_add().local_set(DIGIT).br(0).end().end();
        code.local_get(CODE).call(assembly.index("proc_exit")).unreachable();
    });
    assembly.finish()
}

fn memory() -> Vec<u8> {
    let mut assembly = Assembly::new(&[]);
    assembly.entry("_start", 0, |assembly, code| {
        let print_size = |code: &mut InstructionSink| {
            code.i32_const(NUMBER).memory_size(0).i32_store(word());
            print(assembly, code, NUMBER, 4);
        };
        // This first call must come before memory is used up: the code that makes a component of a guest takes some of
        // the guest's memory at its first call.
        print_size(code);
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        code.memory_size(0).i32_const(MOST_PAGES as i32).i32_ge_u().br_if(1);
        code.i32_const(1).memory_grow(0).i32_const(-1).i32_eq().br_if(1);
        code.br(0).end().end();
        print_size(code);
    });
    assembly.finish()
}

fn endless() -> Vec<u8> {
    let mut assembly = Assembly::new(&[]);
    assembly.entry("_start", 1, |_, code| {
        // The loop does some work, because an engine may treat an empty loop as a special case.
        code.loop_(BlockType::Empty).local_get(0).i32_const(1).i32_add().local_set(0).br(0).end();
    });
    assembly.finish()
}

fn surroundings() -> Vec<u8> {
    let mut assembly = Assembly::new(&[
        Import { name: "clock_time_get", parameters: &[I32, I64, I32] },
        Import { name: "random_get", parameters: PAIR },
    ]);
    assembly.entry("_start", 0, |assembly, code| {
        for (reading, clock) in [0, 0, 1, 1].into_iter().enumerate() {
            code.i32_const(clock).i64_const(1).i32_const(BYTES + 8 * reading as i32);
            code.call(assembly.index("clock_time_get")).call(assembly.index("fail"));
        }
        code.i32_const(BYTES + 32).i32_const(32).call(assembly.index("random_get")).call(assembly.index("fail"));
        print(assembly, code, BYTES, 64);
    });
    assembly.finish()
}

fn absent() -> Vec<u8> {
    let mut assembly = Assembly::importing(&[Import { name: "absent", parameters: &[] }], "probe");
    assembly.entry("_start", 0, |_, _| {});
    assembly.finish()
}

fn reactor() -> Vec<u8> {
    let mut assembly = Assembly::new(&[]);
    assembly.bytes(NUMBER, b"i");
    assembly.entry("_initialize", 0, |assembly, code| print(assembly, code, NUMBER, 1));
    assembly.function("say", &[I32], &[I32], 0, |assembly, code| {
        code.i32_const(BYTES).local_get(0).i32_store8(byte());
        print(assembly, code, BYTES, 1);
        code.local_get(0).i32_const(1).i32_add();
    });
    assembly.export("say");
    assembly.function("add", &[I32, I64, ValType::F64], &[ValType::F64], 0, |_, code| {
        code.local_get(0).f64_convert_i32_s().local_get(1).f64_convert_i64_s().f64_add().local_get(2).f64_add();
    });
    assembly.export("add");
    assembly.finish()
}
