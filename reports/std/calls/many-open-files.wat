;; Opens the first folder 250 times, then lists it, and exits with the errno of the listing: 0 if it succeeds. Opening may
;; fail; what is asked is whether a folder that is open can still be listed.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $list (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) ".")
  (func (export "_start") (local $left i32)
    (local.set $left (i32.const 250))
    (loop $next
      ;; A directory, with the right to list it.
      (drop (call $open
        (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1)
        (i32.const 2) (i64.const 0x4000) (i64.const 0x4000) (i32.const 0) (i32.const 16)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $exit (call $list (i32.const 3) (i32.const 1024) (i32.const 1024) (i64.const 0) (i32.const 16)))))
