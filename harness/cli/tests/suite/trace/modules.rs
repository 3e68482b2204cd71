//! The modules, in wat, and what is to be told of each.

/// What is told of a module.
pub enum Told {
    /// These calls.
    Calls(&'static [&'static str]),
    /// Whatever it is; what the module does is the same.
    Alike,
    /// So many calls are not told of.
    Untold(u32),
    /// Nothing, because of this.
    Refused(&'static str),
}

use Told::{Alike, Calls, Refused, Untold};

/// A whole module: words that begin with `%` stand for what most of them have.
pub fn wat(text: &str) -> String {
    let import =
        |name: &str, kind: &str| format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} {kind}))");
    let words = [
        ("%write", import("fd_write", "(param i32 i32 i32 i32) (result i32)")),
        ("%read", import("fd_read", "(param i32 i32 i32 i32) (result i32)")),
        ("%exit", import("proc_exit", "(param i32)")),
        ("%yield", import("sched_yield", "(result i32)")),
        ("%close", import("fd_close", "(param i32) (result i32)")),
        ("%renumber", import("fd_renumber", "(param i32 i32) (result i32)")),
        ("%prestat", import("fd_prestat_get", "(param i32 i32) (result i32)")),
        ("%sizes", import("args_sizes_get", "(param i32 i32) (result i32)")),
        ("%args", import("args_get", "(param i32 i32) (result i32)")),
        ("%open", import("path_open", "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)")),
        ("%poll", import("poll_oneoff", "(param i32 i32 i32 i32) (result i32)")),
        ("%random", import("random_get", "(param i32 i32) (result i32)")),
        ("%memory", "(memory (export \"memory\") 1)".to_owned()),
        // Says "hi\n" on the stream of this number.
        (
            "%hi",
            "(data (i32.const 64) \"\\48\\00\\00\\00\\03\\00\\00\\00hi\\0a\")
             (func $hi (param i32) (drop (call $fd_write (local.get 0) (i32.const 64) (i32.const 1) (i32.const 80))))"
                .to_owned(),
        ),
    ];
    words.iter().fold(text.to_owned(), |text, (word, meaning)| text.replace(word, meaning))
}

const HI: &str = r#"fd_write(fd=1, ["hi\n"]) = 0, size=3"#;

/// The modules: a name, the wat, what is told.
pub const MODULES: &[(&str, &str, Told)] = &[
    ("hello", r#"(module %write %memory %hi (func (export "_start") (call $hi (i32.const 1))))"#, Calls(&[HI])),
    (
        "exits",
        r#"(module %exit %memory (func (export "_start") (call $proc_exit (i32.const 42))))"#,
        Calls(&["proc_exit(rval=42)"]),
    ),
    ("no-imports", r#"(module (memory (export "memory") 1) (func (export "_start")))"#, Calls(&[])),
    ("no-imports-no-memory", r#"(module (func (export "_start")))"#, Calls(&[])),
    ("nothing-at-all", "(module)", Calls(&[])),
    ("other-module", r#"(module (import "env" "f" (func)) %memory (func (export "_start") (call 0)))"#, Alike),
    (
        "unstable",
        r#"(module (import "wasi_unstable" "proc_exit" (func (param i32))) %memory
            (func (export "_start") (call 0 (i32.const 3))))"#,
        Alike,
    ),
    ("no-memory", r#"(module %exit (func (export "_start") (call 0 (i32.const 3))))"#, Refused("no memory named")),
    (
        "memory-not-exported",
        r#"(module %exit (memory 1) (func (export "_start") (call 0 (i32.const 3))))"#,
        Refused("no memory named"),
    ),
    (
        "memory-imported",
        r#"(module %exit (import "env" "m" (memory 1)) (export "memory" (memory 0)) (func (export "_start")))"#,
        Refused("memory is imported"),
    ),
    (
        "memory-shared",
        r#"(module %exit (memory (export "memory") 1 2 shared) (func (export "_start")))"#,
        Refused("memory is shared"),
    ),
    (
        "memory-64",
        r#"(module %exit (memory (export "memory") i64 1) (func (export "_start")))"#,
        Refused("64-bit addresses"),
    ),
    (
        "two-memories",
        r#"(module %write (memory 1) (memory (export "memory") 1) (data (memory 1) (i32.const 8) "x")
            (func (export "_start")
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 80)))))"#,
        Alike,
    ),
    (
        "start-function",
        r#"(module %write %memory %hi (func $s (call $hi (i32.const 1))) (start $s)
            (func (export "_start") (call $hi (i32.const 2))))"#,
        Calls(&[HI, r#"fd_write(fd=2, ["hi\n"]) = 0, size=3"#]),
    ),
    (
        "an-import-is-the-start-function",
        r#"(module (import "wasi_snapshot_preview1" "no_such" (func $s)) %memory (start $s))"#,
        Alike,
    ),
    // What the trace borrows is data of the module's, and is still there when it is written.
    (
        "data-at-low-addresses",
        r#"(module %write %yield %memory
            (func $fill (local i32)
                (loop (i32.store8 (local.get 0) (i32.rem_u (local.get 0) (i32.const 93)))
                    (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 16384)))))
            (func (export "_start") (call $fill) (drop (call $sched_yield))
                (i32.store (i32.const 20000) (i32.const 0)) (i32.store (i32.const 20004) (i32.const 16384))
                (drop (call $fd_write (i32.const 1) (i32.const 20000) (i32.const 1) (i32.const 20008)))))"#,
        Alike,
    ),
    (
        "a-buffer-where-the-trace-borrows",
        r#"(module %write %memory (data (i32.const 1024) "\08\04\00\00\04\00\00\00four")
            (func (export "_start")
                (drop (call $fd_write (i32.const 1) (i32.const 1024) (i32.const 1) (i32.const 1100)))
                (drop (call $fd_write (i32.const 1) (i32.const 1024) (i32.const 1) (i32.const 2048)))))"#,
        Calls(&[r#"fd_write(fd=1, ["four"]) = 0, size=4"#, r#"fd_write(fd=1, ["four"]) = 0, size=4"#]),
    ),
    (
        "functions-are-counted-anew",
        r#"(module %sizes %exit %memory (table funcref (elem $g $proc_exit $f)) (global $r funcref (ref.func $f))
            (func $f (call $proc_exit (i32.const 5))) (func $g) (export "f" (func $f)) (start $g)
            (func (export "_start") (drop (call $args_sizes_get (i32.const 8) (i32.const 12)))
                (call_indirect (i32.const 0)) (call_indirect (i32.const 2))))"#,
        Calls(&["args_sizes_get() = 0, size=2, size=36", "proc_exit(rval=5)"]),
    ),
    (
        "an-import-through-a-table",
        r#"(module %exit %memory (table funcref (elem $proc_exit))
            (func (export "_start") (call_indirect (param i32) (i32.const 6) (i32.const 0))))"#,
        Calls(&["proc_exit(rval=6)"]),
    ),
    (
        "an-import-is-exported",
        r#"(module %yield %memory (export "again" (func $sched_yield))
            (func (export "_start") (drop (call $sched_yield))))"#,
        Calls(&["sched_yield() = 0"]),
    ),
    (
        "imported-twice",
        r#"(module %yield (import "wasi_snapshot_preview1" "sched_yield" (func $other (result i32))) %memory
            (func (export "_start") (drop (call $other)) (drop (call $sched_yield))))"#,
        Calls(&["sched_yield() = 0", "sched_yield() = 0"]),
    ),
    (
        "of-another-type",
        r#"(module (import "wasi_snapshot_preview1" "fd_close" (func $c (param i64) (result i64))) %memory
            (func (export "_start") (drop (call $c (i64.const 9)))))"#,
        Alike,
    ),
    (
        "of-an-odd-type",
        r#"(module (import "wasi_snapshot_preview1" "fd_close" (func $c (param f64))) %memory
            (func (export "_start") (call $c (f64.const 9))))"#,
        Alike,
    ),
    (
        "fd-write-of-another-type",
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $c (param i32))) %memory
            (func (export "_start") (call $c (i32.const 9))))"#,
        Alike,
    ),
    (
        "no-such-function",
        r#"(module (import "wasi_snapshot_preview1" "no_such" (func $c)) %memory (func (export "_start") (call $c)))"#,
        Alike,
    ),
    (
        "empty-memory",
        r#"(module %yield %exit (memory (export "memory") 0)
            (func (export "_start") (drop (call $sched_yield)) (call $proc_exit (i32.const 1))))"#,
        Calls(&[]),
    ),
    (
        "memory-that-grows",
        r#"(module %write %memory %hi (func (export "_start") (call $hi (i32.const 1))
            (drop (memory.grow (i32.const 1)))
            (i32.store (i32.const 70000) (i32.const 72)) (i32.store (i32.const 70004) (i32.const 3))
            (drop (call $fd_write (i32.const 1) (i32.const 70000) (i32.const 1) (i32.const 70008)))
            (drop (call $fd_write (i32.const 1) (i32.const 70000) (i32.const 1) (i32.const 131068)))))"#,
        Calls(&[HI, HI, HI]),
    ),
    (
        "traps-after-a-call",
        r#"(module %write %memory %hi (func (export "_start") (call $hi (i32.const 1)) (unreachable)))"#,
        Calls(&[HI]),
    ),
    (
        "addresses-beyond-the-end",
        r#"(module %write %random %memory
            (func (export "_start")
                (drop (call $random_get (i32.const 65530) (i32.const 100)))
                (drop (call $fd_write (i32.const 1) (i32.const 65535) (i32.const 2) (i32.const -4)))))"#,
        Calls(&["random_get(buf_len=100) = 21 fault", "fd_write(fd=1, […]) = 21 fault"]),
    ),
    (
        "closes-stderr",
        r#"(module %write %close %yield %memory %hi (func (export "_start")
            (call $hi (i32.const 2)) (drop (call $fd_close (i32.const 2)))
            (drop (call $sched_yield)) (call $hi (i32.const 1))))"#,
        Calls(&[r#"fd_write(fd=2, ["hi\n"]) = 0, size=3"#, "fd_close(fd=2) = …"]),
    ),
    (
        "replaces-stderr",
        r#"(module %write %renumber %yield %memory %hi (func (export "_start")
            (drop (call $fd_renumber (i32.const 1) (i32.const 2)))
            (drop (call $sched_yield)) (call $hi (i32.const 1)) (call $hi (i32.const 2))))"#,
        Alike,
    ),
    (
        "half-lines-on-stderr",
        r#"(module %write %memory (data (i32.const 64) "\48\00\00\00\03\00\00\00one")
            (func $w (drop (call $fd_write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 80))))
            (func (export "_start") (call $w) (call $w) (call $w)))"#,
        Alike,
    ),
    (
        "many-calls",
        r#"(module %yield %exit %memory (func (export "_start") (local i32)
            (loop (drop (call $sched_yield))
                (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 300))))
            (call $proc_exit (i32.const 2))))"#,
        Untold(250),
    ),
    (
        "a-long-path",
        r#"(module %open %memory (func (export "_start")
            (memory.fill (i32.const 4000) (i32.const 97) (i32.const 9000))
            (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 4000) (i32.const 9000) (i32.const 9)
                (i64.const 2) (i64.const 0) (i32.const 4) (i32.const 16)))))"#,
        Alike,
    ),
    (
        "opens",
        r#"(module %open %prestat %read %memory (data (i32.const 300) "a.txt")
            (data (i32.const 320) "\00\10\00\00\04\00\00\00\00\20\00\00\20\00\00\00")
            (func (export "_start")
            (drop (call $fd_prestat_get (i32.const 3) (i32.const 0)))
            (drop (call $path_open (i32.const 3) (i32.const 1) (i32.const 300) (i32.const 5) (i32.const 0)
                (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
            (drop (call $fd_read (i32.load (i32.const 16)) (i32.const 320) (i32.const 2) (i32.const 20)))
            (drop (call $path_open (i32.const 3) (i32.const 1) (i32.const 300) (i32.const 4) (i32.const 0)
                (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))))"#,
        Calls(&[
            "fd_prestat_get(fd=3) = 0, prestat=dir{pr_name_len=5}",
            "path_open(fd=3, symlink_follow, \"a.txt\", oflags=0, rights_base=fd_read, rights_inheriting=0, fdflags=0) \
             = 0, fd=4",
            "fd_read(fd=4, [4, 32]) = 0, size=6, \"hell\", \"o\\n\"",
            "path_open(fd=3, symlink_follow, \"a.tx\", oflags=0, rights_base=fd_read, rights_inheriting=0, fdflags=0) \
             = 44 noent",
        ]),
    ),
    (
        "several-buffers",
        r#"(module %write %memory (data (i32.const 0) "\60\00\00\00\01\00\00\00\60\00\00\00\00\00\00\00\61\00\00\00\02")
            (data (i32.const 96) "a\62\0a") (func (export "_start")
            (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 3) (i32.const 80)))
            (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 80)))))"#,
        Calls(&[r#"fd_write(fd=1, ["a", "", "b\n"]) = 0, size=3"#, "fd_write(fd=1, []) = 0, size=0"]),
    ),
    (
        "polls",
        r#"(module %poll %memory (data (i32.const 0) "\07") (func (export "_start")
            (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 1000000))
            (drop (call $poll_oneoff (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))"#,
        Calls(&["poll_oneoff([{userdata=7, u=clock{id=monotonic, timeout=1000000, precision=0, flags=0}}], \
             nsubscriptions=1) = 0, size=1, [{userdata=7, error=success, type=clock, fd_readwrite={nbytes=0, flags=0}}]"]),
    ),
    (
        "deep-recursion",
        r#"(module %yield %memory (func $f (param i32)
            (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))) (drop (call $sched_yield)))))
            (func (export "_start") (call $f (i32.const 40))))"#,
        Alike,
    ),
    ("tail-calls", r#"(module %exit %memory (func (export "_start") (return_call $proc_exit (i32.const 3))))"#, Alike),
    (
        "vectors",
        r#"(module %write %memory %hi (func (export "_start")
            (v128.store (i32.const 512) (i8x16.splat (i32.const 65))) (call $hi (i32.const 1))))"#,
        Calls(&[HI]),
    ),
    (
        "passive-data",
        r#"(module %write %memory %hi (data $p "yo\0a") (func (export "_start")
            (memory.init $p (i32.const 72) (i32.const 0) (i32.const 3)) (data.drop $p) (call $hi (i32.const 1))))"#,
        Calls(&[r#"fd_write(fd=1, ["yo\n"]) = 0, size=3"#]),
    ),
    (
        "globals",
        r#"(module %exit %memory (global $a (mut i32) (i32.const 3)) (global $b (mut i64) (i64.const 4))
            (export "a" (global $a)) (func (export "_start")
            (global.set $a (i32.const 11)) (call $proc_exit (global.get $a))))"#,
        Calls(&["proc_exit(rval=11)"]),
    ),
    ("exports-no-start", r#"(module %write %memory %hi (func (export "other") (call $hi (i32.const 1))))"#, Alike),
    ("a-reactor", r#"(module %write %memory %hi (func (export "_initialize") (call $hi (i32.const 1))))"#, Alike),
];
