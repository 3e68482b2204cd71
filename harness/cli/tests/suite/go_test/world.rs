//! What a test is given by `test`, and what a kept result depends on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use matrix_run::probe;

use super::module::{Module, verdicts};

const WORLD: &str = r#"package store

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWorld(t *testing.T) {
	here, err := os.Getwd()
	if err != nil || here != filepath.Join(os.Getenv("MODULE"), "store") || here != os.Getenv("PWD") {
		t.Error(here, os.Getenv("PWD"), err)
	}
	if err := os.WriteFile(filepath.Join(os.Getenv("TMPDIR"), "x"), nil, 0o600); err != nil || os.TempDir() != os.Getenv("TMPDIR") {
		t.Error(os.TempDir(), err)
	}
	if _, err := os.Stat(filepath.Join(runtime.GOROOT(), "VERSION")); err != nil {
		t.Error(err)
	}
	names := map[string]string{"TZ": "Asia/Tokyo", "GODEBUG": "http2client=0", "XDG_DATA_HOME": "/xdg"}
	if runtime.GOOS == "wasip1" {
		names["GOWASIRUNTIME"] = "wazero"
	}
	for name, value := range names {
		if os.Getenv(name) != value {
			t.Errorf("%s is %q", name, os.Getenv(name))
		}
	}
	if line, err := bufio.NewReader(os.Stdin).ReadString('\n'); err == nil {
		t.Error("stdin has a line", line)
	}
}
"#;

#[test]
fn a_test_gets_the_world_that_go_test_gives_it() {
    let module = Module::new(&[("store/store_test.go", WORLD)]);
    let folder = module.path("").canonicalize().expect("a folder");
    let variables = [
        ("MODULE", &*folder),
        ("TZ", Path::new("Asia/Tokyo")),
        ("GODEBUG", Path::new("http2client=0")),
        ("XDG_DATA_HOME", Path::new("/xdg")),
    ];
    let run = |arguments: &[&str]| module.run(arguments, &variables);
    let (said, report) = module.test_with(&["--runtime", "wazero", "./store"], run);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert_eq!(verdicts(&report, "example.org/m/store"), Vec::<String>::new());
    let native = &report["packages"][0]["native"]["tests"]["TestWorld"];
    assert_eq!(native["end"], "passed", "{native:#}");
}

/// Go's own tests know four runtimes. What embeds one of them is that one for them.
#[test]
fn a_runtime_that_embeds_another_has_its_name_for_go() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let suite = matrix_load::suite(&root, None, &probe::names()).unwrap_or_else(|rejected| panic!("{rejected}"));
    let names: BTreeMap<_, _> =
        suite.runtimes.iter().map(|runtime| (runtime.id.as_str(), runtime.gowasiruntime.as_str())).collect();
    for known in ["wasmedge", "wasmer", "wasmtime", "wazero"] {
        assert_eq!(names.get(known), Some(&known));
        let embeds = format!("{known}-");
        let embedding: Vec<_> = names.iter().filter(|(id, _)| id.starts_with(&embeds)).collect();
        assert!(!embedding.is_empty(), "nothing embeds {known}");
        assert!(embedding.iter().all(|(_, name)| **name == known), "{embedding:?}");
    }
}

const OTHER: &str = "package other\n\nconst Value = 1\n";

const READS: &str = r#"package m

import (
	"os"
	"testing"

	"example.org/m/other"
)

func TestReads(t *testing.T) {
	text, err := os.ReadFile("data/a.txt")
	t.Log(os.Getenv("CHOICE"), string(text), err, other.Value)
}
"#;

#[test]
fn a_result_holds_for_one_column_and_for_what_the_test_reads() {
    let files = [("m_test.go", READS), ("other/other.go", OTHER), ("data/a.txt", "1\n"), ("testdata/b.txt", "1\n")];
    let module = Module::new(&files);
    // Whether each column's result is of an earlier run.
    let cached = |column: &str, choice: &str| -> Vec<bool> {
        let run = |arguments: &[&str]| module.run(arguments, &[("CHOICE", Path::new(choice))]);
        let (said, report) = module.test_with(&["--runtime", column], run);
        assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
        let columns = report["packages"][0]["columns"].as_object().expect("columns");
        columns.values().map(|run| run["from-cache"] == true).collect()
    };
    assert_eq!(cached("wazero", "1"), [false]);
    assert_eq!(cached("wazero", "1"), [true]);
    assert_eq!(cached("wazero,wazero+interpreter", "1"), [true, false], "each column has results of its own");
    assert_eq!(cached("wazero", "2"), [false], "it reads the variable");
    assert_eq!(cached("wazero", "2"), [true]);
    for file in ["data/a.txt", "testdata/b.txt", "other/other.go"] {
        fs::write(module.path(file), "package other\n\nconst Value = 2\n").expect("a file");
        assert_eq!(cached("wazero", "2"), [false], "{file} has changed");
        assert_eq!(cached("wazero", "2"), [true]);
    }
}

/// Go can stamp a program with the commit that it is built from. Such a program is another one after each commit.
#[test]
fn a_commit_does_not_make_results_old() {
    let module = Module::new(&[("m_test.go", READS), ("other/other.go", OTHER)]);
    let commit = |words: &[&str]| {
        let me = ["-c", "user.name=me", "-c", "user.email=me@example.org"];
        let done = Command::new("git").args(me).args(words).current_dir(module.path("")).output();
        let done = done.expect("git, which the tests of this project need");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let is_cached = || module.test(&[]).0.out.contains("(cached)");
    commit(&["init", "-q"]);
    commit(&["commit", "-q", "--allow-empty", "-m", "one"]);
    assert!(!is_cached());
    commit(&["commit", "-q", "--allow-empty", "-m", "two"]);
    assert!(is_cached());
}
