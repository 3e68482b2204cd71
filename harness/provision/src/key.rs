//! One digest of everything that a cell's outcome depends on. If a record's key equals today's key, the record holds
//! what a run today would show: the same runtime, driven the same way, got the same guest and the same inputs.
//!
//! The files of a case and a runtime say more than that: why the case exists, what it expects, what is known about the
//! runtime. None of that is in the key, because it does not change what happens. An outcome is always judged by the
//! current files.
//!
//! The names in the encoding are those of the TOML files. They stay the same when a field of a struct is renamed, so
//! records stay valid. Unused optional keys are not encoded, so that a new optional key in the files does not change
//! the key of any record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use host_contract::CONTRACT;
use host_contract::request::{Call, Clock, Limits, Random};
use serde::Serialize;

use matrix_model::case::{Case, Preopen, Step};
use matrix_model::connection::{After, Before, OutputKind, StdinKind};
use matrix_model::digest::{Encoder, hex_of};
use matrix_model::fixture::{Entry, Fixture, Fixtures};
use matrix_model::matrix::Column;
use matrix_model::record::Receipt;
use matrix_model::runtime::Adapter;

/// The version of the encoding. A new version invalidates every existing record. Raise it if the harness reads a
/// different outcome from the same process.
const VERSION: u32 = 1;

/// The key of a case in a column with this receipt. `sources` are those of the column's host.
///
/// # Errors
/// If a fixture cannot be read.
pub(crate) fn key(
    column: &Column,
    sources: &Encoder,
    case: &Case,
    receipt: &Receipt,
    fixtures: &Fixtures,
) -> Result<String> {
    let mut encoder = Encoder::new("record", VERSION);
    encoder.value("receipt", receipt)?;
    encoder.value("column", &column.to_string())?;
    encode_adapter(column, sources, &mut encoder)?;
    encode_surrounding(column, &mut encoder)?;
    let deadline = case.deadline * u32::from(column.runtime.deadline_factor.get());
    encoder.value("deadline-ms", &deadline.as_millis())?;
    encode_case(case, &mut encoder)?;
    for name in case.fixtures().collect::<BTreeSet<_>>() {
        let fixture = fixtures.get(name).with_context(|| format!("there is no fixture `{name}`"))?;
        encoder.bytes("fixture", name.as_bytes());
        encode_fixture(fixture, &mut encoder)?;
    }
    Ok(encoder.finish())
}

/// The content of a fixture: the path of each entry, and its bytes or its target.
fn encode_fixture(fixture: &Fixture, encoder: &mut Encoder) -> Result<()> {
    for (path, entry) in &fixture.entries {
        encoder.bytes("path", path.as_os_str().as_encoded_bytes());
        match entry {
            Entry::Folder => encoder.bytes("folder", &[]),
            Entry::Copy(file) | Entry::Exact(file) => {
                encoder.bytes("file", &fs::read(file).with_context(|| file.display().to_string())?);
            }
            Entry::File(bytes) => encoder.bytes("file", bytes),
            Entry::Link(target) => encoder.bytes("link", target.as_bytes()),
        }
    }
    Ok(())
}

/// Which runtime a column has, and how it is driven, as part of a digest.
///
/// # Errors
/// If a value cannot be encoded.
pub(crate) fn runtime_part(column: &Column, sources: &Encoder, sha256: &str) -> Result<Encoder> {
    let mut part = Encoder::part();
    part.value("column", &column.to_string())?;
    part.value("runtime-sha256", &sha256)?;
    encode_adapter(column, sources, &mut part)?;
    encode_surrounding(column, &mut part)?;
    Ok(part)
}

/// How the runtime is driven, and our sources that drive it.
fn encode_adapter(column: &Column, sources: &Encoder, encoder: &mut Encoder) -> Result<()> {
    let adapter = &column.mode.adapter;
    encoder.value("adapter", adapter)?;
    if let Adapter::Host(_) = adapter {
        encoder.value("contract", &CONTRACT)?;
    }
    if matches!(adapter, Adapter::Host(_)) || column.mode.mentions("folder") || column.mode.mentions("built") {
        encoder.append(sources);
    }
    Ok(())
}

/// What the column's surrounding denies. Of a column on the machine as it is, nothing is encoded.
fn encode_surrounding(column: &Column, encoder: &mut Encoder) -> Result<()> {
    match &column.surrounded {
        Some(surrounded) => Ok(encoder.value("surrounding", &surrounded.surrounding.restriction)?),
        None => Ok(()),
    }
}

/// The inputs that a case gives its guest, and what is checked afterwards, named as in `cases/README.md`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Given<'c> {
    guest: &'c str,
    args: &'c [String],
    env: &'c [(String, String)],
    #[serde(skip_serializing_if = "is_default")]
    host_env: &'c [(String, String)],
    dirs: Vec<Dir<'c>>,
    outside: &'c BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    stdin_kind: StdinKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    stdout_kind: Option<&'c OutputKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stderr_kind: Option<&'c OutputKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'c Before>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'c After>,
    step: Vec<GivenStep>,
    limits: Limits,
    #[serde(skip_serializing_if = "is_default")]
    clock: Clock,
    #[serde(skip_serializing_if = "is_default")]
    random: Random,
    exports: &'c [Call],
    alone: bool,
    looked_at: LookedAt<'c>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Dir<'c> {
    guest: &'c str,
    fixture: &'c str,
    read_only: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum GivenStep {
    /// In hexadecimal, like all bytes here.
    Write(String),
    WaitMs(u128),
    Read(String),
    Close,
}

/// What the harness looks at after the guest has ended. The findings themselves are judged again each time.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct LookedAt<'c> {
    files: Vec<&'c String>,
    outside: Vec<&'c String>,
    /// Whether the guest is run a second time.
    again: bool,
    /// Whether the rest of stdin is read.
    #[serde(skip_serializing_if = "is_default")]
    stdin_rest: bool,
    /// Whether the flags of its descriptors are compared with those before.
    #[serde(skip_serializing_if = "is_default")]
    changed_flags: bool,
}

fn unless_default<T: Default + PartialEq>(value: &T) -> Option<&T> {
    Some(value).filter(|value| !is_default(*value))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Every field of a case is listed, so that adding a field requires deciding whether an outcome depends on it.
fn encode_case(case: &Case, encoder: &mut Encoder) -> Result<()> {
    let Case {
        guest,
        args,
        env,
        host_env,
        dirs,
        outside,
        stdin,
        stdin_kind,
        stdout_kind,
        stderr_kind,
        before,
        after,
        steps,
        limits,
        clock,
        random,
        exports,
        alone,
        expect,
        // The column affects it too.
        deadline: _,
        // Descriptions of the case.
        id: _,
        area: _,
        location: _,
        why: _,
        doc: _,
        // Conditions for running it at all. They are evaluated again each time.
        named_needs: _,
        go: _,
        // How the outcome is judged.
        tier: _,
        promise: _,
        native: _,
        got_out: _,
        found_out: _,
        placement: _,
    } = case;
    let given = Given {
        guest,
        args,
        env,
        host_env,
        dirs: dirs.iter().map(dir).collect(),
        outside,
        stdin_kind: *stdin_kind,
        stdout_kind: unless_default(stdout_kind),
        stderr_kind: unless_default(stderr_kind),
        before: unless_default(before),
        after: unless_default(after),
        step: steps.iter().map(step).collect(),
        limits: *limits,
        clock: *clock,
        random: *random,
        exports,
        alone: *alone,
        looked_at: LookedAt {
            files: expect.files.keys().collect(),
            outside: expect.outside.keys().collect(),
            again: expect.again.is_some(),
            stdin_rest: expect.stdin_rest.is_some(),
            changed_flags: expect.changed_flags.is_some(),
        },
    };
    encoder.value("case", &given)?;
    encoder.bytes("stdin", stdin);
    Ok(())
}

fn dir(preopen: &Preopen) -> Dir<'_> {
    let Preopen { guest, fixture, read_only } = preopen;
    Dir { guest, fixture, read_only: *read_only }
}

fn step(step: &Step) -> GivenStep {
    match step {
        Step::Write(bytes) => GivenStep::Write(hex_of(bytes)),
        Step::Wait(duration) => GivenStep::WaitMs(duration.as_millis()),
        Step::Read(bytes) => GivenStep::Read(hex_of(bytes)),
        Step::Close => GivenStep::Close,
    }
}

#[cfg(test)]
mod tests {
    use semver::Version;
    use tempfile::TempDir;

    use super::*;
    use crate::host_sources;
    use matrix_model::matrix::Place;
    use matrix_model::runtime::Runtime;

    const PINNED: [&str; 3] = [
        "4a7425a6bd37784825b39d2f018ddd0ab638406370b2f9b4bbc1486a008eca21",
        "bfe17c55a2e1ad7ce82d6a9f780f5356bf294a4dbd6cd18a2b819d6a92b62da2",
        "18d03d1318b879eb6950723c20321a544dad53293a284684a3daa71fa6c639f2",
    ];

    const CASES: &str = r#"
guest = "hello"
doc = "https://example.org"

[[case]]
name = "plain"
why = "A guest is run."
args = ["two words"]
expect.stdout = "hello\n"

[[case]]
name = "folders-and-limits"
why = "A guest is given all that a case can give."
args = ["a", ""]
env = ["B=2", "A=1", "A="]
dirs = { "/data" = "tree", "/fixed" = { fixture = "tree", read-only = true } }
outside = { secret = "other" }
step = [{ read = "?" }, { write = { hex = "00 ff" } }, { wait-ms = 5 }, { close = true }]
limits = { fuel = 1000, memory-bytes = 65536, wall-ms = 50 }
clock = { start-ns = 1, step-ns = 2 }
random = { seed = 3 }
alone = true
deadline-ms = 500
needs = ["preview1"]
go = ">=1.21"
expect.files = { "/data/new" = "made", "/data/a.txt" = { absent = true } }
expect.outside = { "secret/b.txt" = "b" }
expect.stdout = { matches = "^[0-9]" }
expect.again = "same"

[[case]]
name = "files"
why = "Its stdin is a file."
stdin = "in"
stdin-kind = "file"
"#;

    const COMMAND: &str = r#"
name = "Shell"
url = "https://example.org"
lacks = ["dir-read-only", "fuel", "memory-limit", "wall-limit", "fixed-clock", "seeded-random", "reactor"]
install = { exe = "shell", pins = ["1.2.3"], hint = "there is none" }
version = { command = ["{exe}", "--version"], pattern = '(\d+\.\d+\.\d+)' }

[command]
run = ["{exe}", "{env...}", "{dirs...}", "{module}", "{args...}"]
env = ["--env", "{name}={value}"]
dir = ["--dir={host}::{guest}"]
environment = { HOME = "{sandbox}/home" }
trap = { exit = 134, says = 'trap: (.+)' }
missing-import = { says = 'no import (\S+)', on = "stdout" }
"#;

    const HOST: &str = r#"
name = "Host"
url = "https://example.org"
deadline-factor = 2
install = { exe = "host", pins = ["1.2.3"], hint = "there is none" }
version = { command = ["{exe}", "--version"], pattern = '(\d+\.\d+\.\d+)' }

[host]
program = ["{exe}", "{folder}/host.sh"]
"#;

    /// Makes a project with two runtimes in a folder of its own.
    fn project() -> TempDir {
        let root = TempDir::new().expect("a temporary folder");
        let files = [
            ("cases/area.toml", CASES),
            ("cases/fixtures/tree/a.txt", "a"),
            ("cases/fixtures/other/b.txt", "b"),
            ("go-guests/hello/main.go", "package main"),
            ("runtimes/shell/runtime.toml", COMMAND),
            ("runtimes/host/runtime.toml", HOST),
            ("runtimes/host/host.sh", "exit 1"),
        ];
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        root
    }

    /// The key of a cell of that project.
    fn key_of(root: &TempDir, runtime: &str, case: &str) -> String {
        let suite = matrix_load::suite(root.path(), None, &[]).unwrap_or_else(|rejected| panic!("{rejected}"));
        let runtime: &Runtime = suite.runtimes.iter().find(|known| known.id == runtime).expect("a runtime");
        let case = suite.cases.iter().find(|known| known.id == format!("area/{case}")).expect("a case");
        let column = Column {
            runtime,
            version: Version::new(1, 2, 3),
            mode: &runtime.modes[0],
            go: None,
            surrounded: None,
            primary: true,
            local: false,
            place: Place::ToBuild,
        };
        let receipt = Receipt {
            reported_version: "shell 1.2.3".to_owned(),
            runtime_sha256: "r".repeat(64),
            go: "go1.24.1".to_owned(),
            guest_sha256: "g".repeat(64),
            platform: "linux/x86_64".to_owned(),
        };
        let sources = host_sources::encoded(&runtime.folder).expect("all is readable");
        key(&column, &sources, case, &receipt, &suite.fixtures).expect("all is readable")
    }

    #[test]
    fn keys_stay_what_they_are() {
        let root = project();
        let keys = [
            key_of(&root, "shell", "plain"),
            key_of(&root, "host", "files"),
            key_of(&root, "host", "folders-and-limits"),
        ];
        assert_eq!(
            keys, PINNED,
            "these keys are other ones, and with them those of all records that are kept. \
             A renamed field: give it the name that it had with #[serde(rename = \"…\")]. \
             A new field: leave it out where it is not used (a list, a table, an Option or a bool is). \
             If the same process now has another outcome: raise VERSION and pin the new keys here"
        );
    }

    /// Whether replacing a text in a file changes the cell's key.
    fn notices(runtime: &str, case: &str, file: &str, was: &str, is: &str) -> bool {
        let root = project();
        let before = key_of(&root, runtime, case);
        let path = root.path().join(file);
        let text = fs::read_to_string(&path).expect("a file of the project");
        assert!(text.contains(was), "{file}: no {was}");
        fs::write(&path, text.replace(was, is)).expect("a file");
        before != key_of(&root, runtime, case)
    }

    #[test]
    fn what_a_run_rests_on_is_in_the_key() {
        let case = |was, is| notices("host", "folders-and-limits", "cases/area.toml", was, is);
        let changes = [
            ("\"a\", \"\"", "\"a\""),
            ("\"A=1\", \"A=\"", "\"A=\", \"A=1\""),
            (", read-only = true", ""),
            ("secret = \"other\"", "secret = \"other\", more = \"other\""),
            ("00 ff", "00 fe"),
            ("wait-ms = 5", "wait-ms = 6"),
            ("fuel = 1000", "fuel = 1001"),
            ("start-ns = 1", "start-ns = 2"),
            ("seed = 3", "seed = 4"),
            ("alone = true", "alone = false"),
            ("deadline-ms = 500", "deadline-ms = 501"),
            (", \"/data/a.txt\" = { absent = true }", ""),
            ("expect.again = \"same\"", ""),
            ("seed = 3 }", "seed = 3 }\nhost-env = [\"A=1\"]"),
        ];
        for (was, is) in changes {
            assert!(case(was, is), "{was}");
        }
        assert!(notices("host", "files", "cases/area.toml", "stdin = \"in\"", "stdin = \"out\""));
        for more in [
            "stdout-kind = \"file\"",
            "stdout-kind = { append = \"a\" }",
            "stderr-kind = \"file\"",
            "before = { reads = 1 }",
            "expect.stdin-rest = \"\"",
            "expect.changed-flags = []",
        ] {
            let is = format!("stdin = \"in\"\n{more}");
            assert!(notices("host", "files", "cases/area.toml", "stdin = \"in\"", &is), "{more}");
        }
        assert!(notices("host", "folders-and-limits", "cases/fixtures/tree/a.txt", "a", "b"));
        assert!(notices("host", "plain", "runtimes/host/host.sh", "1", "2"));
        assert!(notices("host", "plain", "runtimes/host/runtime.toml", "factor = 2", "factor = 3"));
        assert!(notices("shell", "plain", "runtimes/shell/runtime.toml", "--env", "-e"));
        assert!(notices("shell", "plain", "runtimes/shell/runtime.toml", "exit = 134, ", ""));
        assert!(notices("shell", "plain", "runtimes/shell/runtime.toml", "/home", "/other"));
    }

    #[test]
    fn what_is_said_or_expected_is_not_in_the_key() {
        let case = |was, is| notices("host", "folders-and-limits", "cases/area.toml", was, is);
        let changes = [
            ("A guest is given all", "It is given all"),
            ("https://example.org", "https://example.com"),
            ("\"/data/new\" = \"made\"", "\"/data/new\" = \"otherwise\""),
            ("expect.again = \"same\"", "expect.again = \"different\""),
            ("needs = [\"preview1\"]", ""),
            ("seed = 3 }", "seed = 3 }\npromise = \"fuel\""),
            ("go = \">=1.21\"", ""),
            ("deadline-ms = 500", "native = \"Linux does otherwise.\"\ndeadline-ms = 500"),
        ];
        for (was, is) in changes {
            assert!(!case(was, is), "{was}");
        }
        let runtime = |was, is| notices("host", "plain", "runtimes/host/runtime.toml", was, is);
        assert!(!runtime("https://example.org", "https://example.com"));
        assert!(!runtime("there is none", "look for it"));
        assert!(!notices("host", "plain", "cases/fixtures/tree/a.txt", "a", "b"), "the case has no folder");
    }
}
