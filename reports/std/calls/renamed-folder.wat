;; Opens the folder `old` of the first folder, gives it the name `new`, opens the file `file` below the open folder, and
;; exits with the errno of that: 0 if it succeeds. If something fails before, 100 is added to its errno.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "old" "new" "file")
  (func $must (param $errno i32)
    (if (local.get $errno) (then (call $exit (i32.add (i32.const 100) (local.get $errno))))))
  (func (export "_start")
    ;; A directory, with the rights to open in it and to read what is opened.
    (call $must (call $open
      (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 3)
      (i32.const 2) (i64.const 0x2002) (i64.const 0x2002) (i32.const 0) (i32.const 16)))
    (call $must (call $rename
      (i32.const 3) (i32.const 64) (i32.const 3) (i32.const 3) (i32.const 67) (i32.const 3)))
    (call $exit (call $open
      (i32.load (i32.const 16)) (i32.const 0) (i32.const 70) (i32.const 4)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 20)))))
