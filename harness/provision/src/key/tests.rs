//! What a cell's key must notice, and what it must not.

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
    let keys =
        [key_of(&root, "shell", "plain"), key_of(&root, "host", "files"), key_of(&root, "host", "folders-and-limits")];
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
