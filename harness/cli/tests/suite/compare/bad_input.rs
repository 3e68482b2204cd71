//! What is no program gets a sentence, and nothing is run.

use super::{MODULE, is_clean, project};
use crate::fake::run_command;

#[test]
fn what_is_no_program_is_named() {
    let project = project(&[]);
    let module = |text: &str| wat::parse_str(text).expect("a module");
    let whole = module(MODULE);
    let files: [(&str, Vec<u8>, &str); 9] = [
        ("empty.wasm", Vec::new(), "is empty"),
        ("text.wasm", b"hello".to_vec(), "is no WebAssembly module: it begins with \"hello\""),
        ("app.wat", MODULE.into(), "is no WebAssembly module: it begins with \"(module"),
        ("cut.wasm", whole[..whole.len() - 1].to_vec(), "is not a valid WebAssembly module: unexpected end"),
        ("component.wasm", b"\0asm\x0d\0\x01\0".to_vec(), "is a component of WASI 0.2"),
        ("reactor.wasm", module("(module (func (export \"_initialize\")))"), "is a reactor"),
        ("library.wasm", module("(module (func (export \"add\")))"), "exports no function `_start`"),
        (
            "env.wasm",
            module("(module (import \"env\" \"f\" (func)) (func (export \"_start\")))"),
            "imports `env.f`, which is no part of WASI preview 1",
        ),
        (
            "js.wasm",
            module("(module (import \"gojs\" \"f\" (func)) (func (export \"_start\")))"),
            "it was built with GOOS=js; build it with GOOS=wasip1",
        ),
    ];
    for (name, bytes, said) in files {
        project.write(name, bytes);
        let (code, output) = run_command(&project, &["compare", name]);
        assert!(output.starts_with(&format!("{name} ")) && output.contains(said), "{said:?} is not in {output}");
        assert_eq!(code, Some(2), "{name}: {output}");
        assert_eq!(output.lines().count(), 1, "one sentence: {output}");
    }
    for name in ["nothing.wasm", "./nothing", "../x.go"] {
        let (code, output) = run_command(&project, &["compare", name]);
        assert!(output.contains(&format!("{name}: no such file or folder")), "{output}");
        assert_eq!(code, Some(2), "{name}: {output}");
    }
    assert!(is_clean(&project));
}
