;; Opens the named pipe `pipe` of the first folder, reads it without waiting, and exits with the errno of reading. There is
;; nothing to read, so that is 6 (again). If opening fails, 100 is added to its errno.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  ;; One buffer: its address and its length.
  (data (i32.const 0) "\80\00\00\00\10\00\00\00")
  (data (i32.const 64) "pipe")
  (func (export "_start") (local $errno i32)
    ;; With the rights to read it, to set its flags and to ask for its type, and without waiting.
    (local.set $errno (call $open
      (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4)
      (i32.const 0) (i64.const 0x20000a) (i64.const 0) (i32.const 4) (i32.const 16)))
    (if (local.get $errno) (then (call $exit (i32.add (i32.const 100) (local.get $errno)))))
    (call $exit (call $read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 20)))))
