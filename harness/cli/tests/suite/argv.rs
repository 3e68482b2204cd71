//! The exact command, environment and request that every runtime in `runtimes/` is given for a handful of
//! cases, in each mode, as a golden file for each: a change of a `runtime.toml` shows what it changes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use matrix_model::case::Case;
use matrix_model::fixture::Fixtures;
use matrix_model::installed::{Installed, program_values};
use matrix_model::matrix::{Column, Place};
use matrix_provision::compile_ahead::{preparation, runs_prepared};
use matrix_run::plan::{Plan, PlanContext, PlanOptions};
use matrix_run::probe;

use crate::golden::assert_golden;
use crate::project::Project;

const CASES: &str = r#"
guest = "guest"
doc   = "https://example.org"

[[case]]
name = "a-nothing"
why  = "No input at all."

[[case]]
name = "b-args"
why  = "Arguments that a shell would spoil."
args = ["plain", "two words", "", "line\nbreak", "--help", "-", "$HOME", "quo\"te", "{module}", "ünïcode"]

[[case]]
name = "c-env"
why  = "Variables in order, empty ones too."
env  = ["B=2", "A=1", "EMPTY=", "EQUALS=a=b", "SPACE=a b"]

[[case]]
name = "d-env-twice"
why  = "One name twice."
env  = ["A=1", "A=2"]

[[case]]
name = "e-dirs"
why  = "Two preopens, and an argument that looks like an option."
args = ["-x", "/data/a"]
dirs = { "/data" = "tree", "/" = "other" }

[[case]]
name = "f-dir-read-only"
why  = "One preopen that may not be changed, after one that may."
dirs = { "/rw" = "tree", "/ro" = { fixture = "other", read-only = true } }

[[case]]
name = "g-fuel"
why  = "A limit in the engine's own unit."
limits = { fuel = 1000000 }

[[case]]
name = "h-memory"
why  = "A limit in bytes, not a whole number of pages."
limits = { memory-bytes = 16777217 }

[[case]]
name = "i-wall"
why  = "A limit in milliseconds."
limits = { wall-ms = 1500 }

[[case]]
name = "j-everything"
why  = "All that every runtime can express, in one."
args = ["x"]
env  = ["A=1"]
dirs = { "/data" = "tree" }
"#;

#[test]
fn every_runtime() {
    let project = Project::new();
    project.guest("guest");
    project.write("cases/t.toml", CASES);
    project.write("cases/fixtures/tree/a", "");
    project.write("cases/fixtures/other/a", "");
    // Without their divergences, which name the real cases.
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtimes");
    for entry in fs::read_dir(&real).expect("the runtimes").map(|entry| entry.expect("a readable folder")) {
        if let Ok(toml) = fs::read(entry.path().join("runtime.toml")) {
            project.write(&format!("runtimes/{}/runtime.toml", entry.file_name().display()), toml);
        }
    }
    let suite =
        matrix_load::suite(project.root(), None, &probe::names()).unwrap_or_else(|rejected| panic!("{rejected}"));
    assert!(suite.runtimes.len() >= 8, "only {} runtimes found", suite.runtimes.len());
    let mut texts = BTreeMap::new();
    for mut runtime in suite.runtimes.iter().cloned() {
        runtime.folder = Path::new("/runtimes").join(&runtime.id);
        // The reference pins none: its guests' Go is its version.
        let of_go = semver::Version::new(1, 26, 8);
        let version = runtime.install.pins.first().unwrap_or(&of_go);
        for mode in runtime.modes.iter().filter(|mode| mode.versions.matches(version)) {
            let name = [Some(runtime.id.as_str()), mode.name.as_deref()].into_iter().flatten().collect::<Vec<_>>();
            let (version, runtime, go) = (version.clone(), &runtime, None);
            let place = Place::ToBuild;
            let column = Column { runtime, version, mode, go, surrounded: None, primary: true, local: false, place };
            texts.insert(name.join("+"), told(&column, &suite.cases));
        }
    }
    assert_golden("argv", &texts);
}

/// Everything that a column is started with.
fn told(column: &Column, cases: &[Case]) -> String {
    let runtime = column.runtime;
    let installed = Installed {
        exe: Path::new("/exe").join(&runtime.id),
        prefix: Some(PathBuf::from("/prefix")),
        built: Some(PathBuf::from("/built")),
        launcher: column.mode.command().launcher().map(|name| Path::new("/on-path").join(name)),
    };
    let (module, cache, prepared) = (Path::new("/guest.wasm"), Path::new("/cache"), PathBuf::from("/prepared.wasm"));
    let runs_prepared = runs_prepared(&column.mode.adapter);
    let mut text = String::new();
    let values = program_values(runtime, &column.version, &installed);
    if let Some(version) = &runtime.version {
        push(&mut text, "version", &version.command.fill(&values), &[]);
    }
    if let Some(preparation) = preparation(column, &installed, module, cache, &prepared) {
        push(&mut text, "prepare", &preparation.argv, &preparation.environment);
    }
    for case in cases {
        let lacks = column.lacks();
        let lacking = case.needs().into_iter().find(|capability| lacks.contains(capability));
        if let Some(capability) = lacking {
            writeln!(text, "{}: {}\n    unsupported: {capability}\n", case.id, case.why).expect("a string takes it");
            continue;
        }
        let context = PlanContext {
            installed: &installed,
            module,
            prepared: runs_prepared.then_some(prepared.as_path()),
            cache,
            sandbox: Path::new("/sandbox"),
            fixtures: &Fixtures::new(),
        };
        let plan = Plan::new(column, case, context, PlanOptions::default());
        push(&mut text, &format!("{}: {}", case.id, case.why), &plan.argv, &plan.environment);
        if let Some((_, request)) = &plan.request {
            let json = serde_json::to_string(request).expect("a request is JSON");
            writeln!(text, "    request {json}\n").expect("a string takes it");
        }
    }
    text
}

/// One word a line, quoted: no word can look like two.
fn push(text: &mut String, label: &str, argv: &[String], environment: &[(String, String)]) {
    writeln!(text, "{label}").expect("a string takes it");
    for (name, value) in environment {
        writeln!(text, "    env {name}={value:?}").expect("a string takes it");
    }
    for word in argv {
        writeln!(text, "    {word:?}").expect("a string takes it");
    }
    text.push('\n');
}
