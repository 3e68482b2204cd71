//! Modules that Go did not make, traced under one runtime: they do what they do untraced, and are told of.

use std::fs;

use matrix_run::module_input::{MappedDir, ModuleInput};
use matrix_run::probe;
use matrix_run::traced_run::{TracedRuns, difference};
use wasip1_trace::{instrument, line, repro};
use wasmparser::{Validator, WasmFeatures};

use super::modules::{MODULES, Told, wat};
use super::{root, with_wazero};

/// How many calls are told of: fewer than one of the modules makes.
const CALLS: u32 = 50;

#[test]
fn modules_do_what_they_do_untraced() {
    assert!(MODULES.len() >= 30);
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    fs::create_dir(&data).and_then(|()| fs::write(data.join("a.txt"), "hello\n")).expect("a folder");
    let input = ModuleInput {
        args: vec!["one".to_owned()],
        env: vec![("A".to_owned(), "b".to_owned())],
        dirs: vec![MappedDir { host: data, guest: "/data".to_owned(), read_only: false }],
        ..ModuleInput::default()
    };
    let case = probe::nothing();
    with_wazero(&suite, |provisioner, column| {
        let traces = TracedRuns::new(provisioner, CALLS);
        let mut failures = Vec::new();
        for (name, text, told) in MODULES {
            let bytes = wat::parse_str(wat(text)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let path = folder.path().join(format!("{name}.wasm"));
            fs::write(&path, &bytes)?;
            let traced = match (instrument(&bytes, CALLS), told) {
                (Err(refusal), Told::Refused(words)) => {
                    assert!(refusal.to_string().contains(words), "{name}: {refusal}");
                    continue;
                }
                (Err(refusal), _) => panic!("{name}: {refusal}"),
                (Ok(_), Told::Refused(words)) => panic!("{name}: not refused because of {words}"),
                (Ok(traced), _) => traced,
            };
            let valid = Validator::new_with_features(WasmFeatures::all()).validate_all(&traced.module);
            valid.unwrap_or_else(|error| panic!("{name}: {error}"));
            let untraced = traces.module_untraced(column, &path, &input)?;
            let witnessed = traces.module(column, &path, &input)?;
            let lines: Vec<_> = witnessed.trace.calls.iter().map(line).collect();
            if let Some(how) = difference(&case, &untraced, &witnessed.outcome) {
                failures.push(format!("{name}: {how}; told {lines:?}"));
            }
            let is_as_told = match told {
                Told::Calls(calls) => lines == *calls,
                Told::Untold(untold) => witnessed.trace.untold == Some(*untold),
                Told::Alike | Told::Refused(_) => true,
            };
            if !is_as_told || witnessed.trace.broken > 0 {
                let (exit, untold) = (&witnessed.outcome.exit, witnessed.trace.untold);
                failures.push(format!("{name}: {exit}, {untold:?} untold, told {lines:#?}"));
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        Ok(())
    });
}

#[test]
fn a_call_alone_is_answered_the_same() {
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("a.txt"), "hello\n").expect("a file");
    let dir = MappedDir { host: folder.path().to_owned(), guest: "/data".to_owned(), read_only: false };
    let input = ModuleInput { dirs: vec![dir], ..ModuleInput::default() };
    let (_, text, _) = MODULES.iter().find(|(name, ..)| *name == "opens").expect("a module that opens files");
    let path = folder.path().join("opens.wasm");
    fs::write(&path, wat::parse_str(wat(text)).expect("wat")).expect("a file");
    with_wazero(&suite, |provisioner, column| {
        let traces = TracedRuns::new(provisioner, CALLS);
        let calls = traces.module(column, &path, &input)?.trace.calls;
        let alone = |index: usize| -> anyhow::Result<String> {
            let text = repro(&calls, index).map_err(anyhow::Error::msg)?;
            let path = folder.path().join(format!("alone-{index}.wasm"));
            fs::write(&path, wat::parse_str(&text)?)?;
            Ok(String::from_utf8(traces.module_untraced(column, &path, &input)?.stdout.to_vec())?)
        };
        assert_eq!(alone(0)?, "fd_prestat_get: errno 0, prestat tag=0, pr_name_len=5\n");
        assert_eq!(alone(3)?, "path_open: errno 44\n");
        // What it reads from is opened first.
        assert_eq!(alone(2)?, "path_open: errno 0\nfd_read: errno 0, size=6\n");
        Ok(())
    });
}

#[test]
fn components_are_refused() {
    assert!(instrument(b"\0asm\x0d\0\x01\0", 1).expect_err("a component").to_string().contains("component"));
}
