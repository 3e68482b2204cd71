//! The digests that a traced module computes of the bytes that its trace records only in part.

use std::fs;

use matrix_run::module_input::ModuleInput;
use matrix_run::probe;
use matrix_run::traced_run::TracedRuns;
use wasip1_trace::{Call, Data};

use super::modules::wat;
use super::{root, with_wazero};

/// Writes 101 bytes from two places, then with another last byte, then as five and as six buffers with another last byte,
/// then beyond the end of memory.
const WRITES: &str = r#"(module %write %memory
    (func $writes (param i32 i32)
        (drop (call $fd_write (i32.const 1) (local.get 0) (local.get 1) (i32.const 80))))
    (func $buffer (param $at i32) (param $address i32) (param $length i32)
        (i32.store (local.get $at) (local.get $address))
        (i32.store offset=4 (local.get $at) (local.get $length)))
    (func (export "_start") (local $at i32)
        (memory.fill (i32.const 20000) (i32.const 97) (i32.const 101))
        (memory.fill (i32.const 30003) (i32.const 97) (i32.const 101))
        (call $buffer (i32.const 96) (i32.const 20000) (i32.const 101))
        (call $writes (i32.const 96) (i32.const 1))
        (call $buffer (i32.const 96) (i32.const 30003) (i32.const 101))
        (call $writes (i32.const 96) (i32.const 1))
        (i32.store8 (i32.const 30103) (i32.const 98))
        (call $writes (i32.const 96) (i32.const 1))
        (loop (call $buffer (i32.add (i32.const 200) (local.get $at)) (i32.const 30101) (i32.const 2))
            (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 48))))
        (call $writes (i32.const 200) (i32.const 5))
        (call $writes (i32.const 200) (i32.const 6))
        (call $buffer (i32.const 240) (i32.const 30102) (i32.const 2))
        (call $writes (i32.const 200) (i32.const 6))
        (call $buffer (i32.const 96) (i32.const 65530) (i32.const 101))
        (call $writes (i32.const 96) (i32.const 1))))"#;

/// The bytes that a call wrote and that the trace does not record.
fn cut(call: &Call) -> Vec<&Data> {
    call.data.iter().filter(|data| data.bytes.len() < data.total as usize).collect()
}

#[test]
fn a_digest_tells_of_all_bytes() {
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = folder.path().join("writes.wasm");
    fs::write(&path, wat::parse_str(wat(WRITES)).expect("wat")).expect("a file");
    with_wazero(&suite, |provisioner, column| {
        let seen = TracedRuns::new(provisioner, 50).module(column, &path, &ModuleInput::default())?;
        assert_eq!((seen.trace.calls.len(), seen.trace.broken), (7, 0));
        let all: Vec<Vec<&Data>> = seen.trace.calls.iter().map(cut).collect();
        let digest = |call: usize| all[call][0].digest.expect("a digest");
        assert!(all.iter().all(|cut| cut.len() == 1), "{all:?}");
        assert_eq!((all[0][0].total, all[0][0].bytes.len()), (101, 64));
        assert_eq!(digest(0), digest(1), "the same bytes in another place");
        assert_ne!(digest(0), digest(2), "another last byte");
        let whole = |bytes: &[u8]| {
            Data { piece: 0, buffer: 0, total: bytes.len() as u32, bytes: bytes.to_vec(), digest: None }.whole()
        };
        let mut bytes = vec![b'a'; 101];
        assert_eq!(whole(&bytes), Some(digest(0)), "a module and the reader of its trace agree");
        bytes[100] = b'b';
        assert_eq!(whole(&bytes), Some(digest(2)));
        assert_eq!([all[3][0], all[4][0], all[5][0]].map(|data| data.total), [2, 4, 4], "what follows four buffers");
        assert_eq!(whole(b"aa"), Some(digest(3)), "{all:?}");
        assert_ne!(digest(4), digest(5), "the sixth buffer holds another byte");
        assert_eq!(whole(&[0; 6]), Some(digest(6)), "memory ends there");
        Ok(())
    });
}
