//! What can be told of a guest's module without running it: it is valid, it imports what its case file says and exports
//! what its kind of module does, nothing runs before it is asked to, and its size is that of its Go.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;

use matrix_model::case::Build;
use matrix_model::runtime::Target;
use matrix_model::suite::Suite;
use matrix_provision::guests::Guests;
use matrix_run::probe;
use matrix_store::dirs::Places;
use wasmparser::{ExternalKind, Parser, Payload, TypeRef, Validator, WasmFeatures};

/// The features of the WebAssembly that Go emits: what was standard when preview 1 was, and what Go has required since.
const FEATURES: WasmFeatures = WasmFeatures::WASM2;

/// No guest is smaller: the run-time alone is a megabyte.
const SMALLEST: u64 = 1 << 20;

/// No guest is larger, with any Go so far: the largest has the network's packages in it.
const LARGEST: u64 = 16 << 20;

/// What the names of guests begin with that import something odd, because that is their topic.
const IMPORTS_ODDLY: &str = "import-";

/// What a module's sections say.
#[derive(Default)]
struct Facts {
    imports: BTreeSet<(String, String)>,
    /// Imports that are no functions.
    odd_imports: Vec<String>,
    exports: BTreeMap<String, ExternalKind>,
    has_start: bool,
    memories: u64,
}

fn facts(module: &[u8]) -> Facts {
    let mut facts = Facts::default();
    for payload in Parser::new(0).parse_all(module) {
        match payload.expect("a module that the validator took") {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.expect("an import");
                    if !matches!(import.ty, TypeRef::Func(_)) {
                        facts.odd_imports.push(format!("{}.{}", import.module, import.name));
                    }
                    facts.imports.insert((import.module.to_owned(), import.name.to_owned()));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.expect("an export");
                    facts.exports.insert(export.name.to_owned(), export.kind);
                }
            }
            Payload::StartSection { .. } => facts.has_start = true,
            Payload::MemorySection(section) => facts.memories += u64::from(section.count()),
            _ => {}
        }
    }
    facts
}

/// The functions that a reactor's cases call and that the guest does have.
fn called(suite: &Suite, guest: &str) -> BTreeSet<String> {
    let calls = suite.cases.iter().filter(|case| case.guest == guest).flat_map(|case| &case.exports);
    calls.map(|call| call.name.clone()).collect()
}

/// What is wrong with a module.
fn faults(suite: &Suite, name: &str, module: &[u8]) -> Vec<String> {
    if let Err(error) = Validator::new_with_features(FEATURES).validate_all(module) {
        return vec![format!("{name}: not valid: {error}")];
    }
    let facts = facts(module);
    let kind = suite.builds.get(name).copied().unwrap_or_default();
    let (begins, never) = match kind {
        Build::Command => ("_start", "_initialize"),
        Build::Reactor => ("_initialize", "_start"),
    };
    let functions: Vec<_> = facts.exports.iter().filter(|(_, kind)| **kind == ExternalKind::Func).collect();
    let others: Vec<_> = facts.exports.iter().filter(|(_, kind)| **kind != ExternalKind::Func).collect();
    let strange =
        !name.starts_with(IMPORTS_ODDLY) && facts.imports.iter().any(|(module, _)| module != "wasi_snapshot_preview1");
    let checks = [
        (strange, "imports from elsewhere than preview 1"),
        (!facts.odd_imports.is_empty(), "imports something that is no function"),
        (!facts.exports.contains_key(begins), "has no entry of its kind"),
        (facts.exports.contains_key(never), "has the entry of the other kind"),
        (
            others != [(&"memory".to_owned(), &ExternalKind::Memory)],
            "exports something beside functions and its one memory",
        ),
        (kind == Build::Command && functions.len() != 1, "is a command and exports more than _start"),
        (facts.has_start, "has a start section: something runs before the host asks for it"),
        (facts.memories != 1, "has not one memory"),
        (!(SMALLEST..LARGEST).contains(&(module.len() as u64)), "has a size that no Go has given it so far"),
    ];
    checks.into_iter().filter(|(is, _)| *is).map(|(_, fault)| format!("{name} {fault}")).collect()
}

#[test]
fn guests_are_modules_that_every_runtime_can_take() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root");
    let suite = matrix_load::suite(&root, None, &probe::names()).unwrap_or_else(|problems| panic!("{problems}"));
    let places = Places::of(&root, env::var_os("WASIP1_MATRIX_OFFLINE").is_some()).expect("folders");
    let guests = Guests::build(&places, &suite, None, Target::Wasip1, &|_| {}).and_then(Guests::whole);
    let guests = guests.unwrap_or_else(|error| panic!("{error:#}"));
    let mut faulty = Vec::new();
    for (name, guest) in &guests.by_name {
        faulty.extend(faults(&suite, name, &fs::read(&guest.module).expect("a guest that was just built")));
    }
    assert!(faulty.is_empty(), "{faulty:#?}");
    let reactors = suite.built_as(Build::Reactor);
    assert_eq!(
        guests.built_by().expect("a Go").builds_reactors(),
        reactors.iter().all(|name| guests.by_name.contains_key(*name))
    );
    for name in reactors.iter().filter(|name| guests.by_name.contains_key(**name)) {
        let module = fs::read(&guests.by_name[*name].module).expect("a guest that was just built");
        let exports = facts(&module).exports;
        let absent: Vec<_> = called(&suite, name).into_iter().filter(|call| !exports.contains_key(call)).collect();
        // One case calls what is not there.
        assert_eq!(absent, ["subtract"], "{name}: its cases call what it does not export");
    }
}

#[test]
fn every_guest_has_its_imports_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root");
    let suite = matrix_load::suite(&root, None, &probe::names()).unwrap_or_else(|problems| panic!("{problems}"));
    let is_unlisted = |name: &&str| !suite.imports.contains_key(*name) && !name.starts_with(IMPORTS_ODDLY);
    let unlisted: Vec<_> = suite.guests().into_iter().filter(is_unlisted).collect();
    assert!(unlisted.is_empty(), "no case file states `imports` for {unlisted:?}");
}
