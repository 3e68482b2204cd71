//! A module with a passing, a failing, a panicking and a hanging test, and everything else that tests have.

use std::fs;
use std::time::Instant;

use serde_json::Value;

use super::module::{Module, verdicts};
use crate::fake::holds;

const SOURCE: &str = r#"package store

import "os"

func Read(path string) (string, error) {
	data, err := os.ReadFile(path)
	return string(data), err
}
"#;

/// Natively, nothing hangs: the tests after it would have no time.
const TESTS: &str = r#"package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReads(t *testing.T) {
	if text, err := Read("testdata/a.txt"); err != nil || text != "hello\n" {
		t.Fatal(text, err)
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+"y"); err != nil {
		t.Fatal(err)
	}
}

func TestFails(t *testing.T) {
	t.Run("sub", func(t *testing.T) { t.Error("as it should") })
	t.Run("fine", func(t *testing.T) {})
}

func TestPanics(t *testing.T) {
	var none map[string]int
	none["a"] = 1
}

func TestHangs(t *testing.T) {
	if os.Getenv("GOWASIRUNTIME") != "" {
		select {}
	}
}

func TestStarts(t *testing.T) {
	process, err := os.StartProcess("/bin/true", nil, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	process.Wait()
}

func TestSkips(t *testing.T) { t.Skip("everywhere") }

func TestLast(t *testing.T) {}

func FuzzRead(f *testing.F) {
	f.Add("testdata/a.txt")
	f.Fuzz(func(t *testing.T, path string) { Read(path) })
}
"#;

/// Go runs no benchmarks of a package in which a test fails.
const FINE: &str = r#"package fine

import "testing"

func TestA(t *testing.T) {}

func BenchmarkNothing(b *testing.B) {
	for i := 0; i < b.N; i++ {
	}
}
"#;

const KNOWN: &str = r#"[[failure]]
package = "example.org/m/store"
tests = ["TestFails"]
says = "as it should"
reason = "It is there to fail."
url = "unreported"

[[failure]]
package = "example.org/m/store"
tests = ["TestPanics"]
says = "assignment to entry in nil map"
reason = "It is there to panic."
url = "unreported"

[[failure]]
package = "example.org/m/store"
tests = ["TestHangs"]
runtimes = ["wazero"]
says = "test timed out"
reason = "It is there to hang."
url = "unreported"

[[failure]]
package = "example.org/m/store"
tests = ["TestStarts"]
says = "Not implemented on wasip1"
reason = "Go starts no process under wasip1."
url = "https://go.dev/issue/58141"
"#;

fn module() -> Module {
    let corpus = "go test fuzz v1\nstring(\"testdata/none\")\n";
    Module::new(&[
        ("store/store.go", SOURCE),
        ("store/store_test.go", TESTS),
        ("store/testdata/a.txt", "hello\n"),
        ("store/testdata/fuzz/FuzzRead/seed", corpus),
        ("broken/broken_test.go", "package broken\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) { undefined() }\n"),
        ("fine/fine_test.go", FINE),
        ("none/none.go", "package none\n"),
    ])
}

#[test]
fn each_row_is_right_and_the_exit_code_is_that_of_go_test() {
    let module = module();
    let (said, report) = module.test(&["./...", "-bench=.", "-timeout=5s", "-v"]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert_eq!(
        verdicts(&report, "example.org/m/store"),
        ["TestFails/sub fails-natively", "TestHangs fails-here", "TestPanics fails-natively", "TestStarts fails-in-go"],
        "{}",
        said.out
    );
    assert_eq!(verdicts(&report, "example.org/m/broken"), ["- not-built"]);
    assert_eq!(verdicts(&report, "example.org/m/fine"), Vec::<String>::new());
    assert_eq!(report["without-tests"], serde_json::json!(["example.org/m/none"]));
    let store = one_column(&report["packages"][2]);
    for (test, end) in [
        ("TestReads", "passed"),
        ("TestLast", "passed"),
        ("TestSkips", "skipped"),
        ("FuzzRead", "passed"),
        ("FuzzRead/seed#0", "passed"),
        ("FuzzRead/seed", "passed"),
        ("TestFails/fine", "passed"),
        ("TestHangs", "unfinished"),
    ] {
        assert_eq!(store["tests"][test]["end"], end, "{test}: {store:#}");
    }
    holds(
        &said.out,
        &[
            "FAIL  example.org/m/store",
            "ok    example.org/m/fine",
            "?     example.org/m/none  no tests for wasip1",
            "store_test.go:23: as it should",
            "panic: assignment to entry in nil map",
            "goroutine ",
            "undefined: undefined",
            "--- PASS: TestReads",
            "--- PASS: BenchmarkNothing",
            "ns/op",
        ],
    );
    let store = said.out.split("FAIL  example.org/m/store").nth(1).expect("the package");
    let (rows, verbose) = store.split_once("  under wazero@").expect("what -v shows");
    assert!(verbose.contains("testing.tRunner") && !rows.contains("testing.tRunner"), "only its own frames: {rows}");
    holds(&said.err, &["example.org/m/fine, wazero@", "example.org/m/fine, native@", " s\n"]);
}

fn one_column(package: &Value) -> &Value {
    package["columns"].as_object().expect("columns").values().next().expect("a column")
}

#[test]
fn what_is_known_is_not_red_and_what_is_stale_is() {
    let module = module();
    module.write("wasip1-known-failures.toml", KNOWN);
    let (said, report) = module.test(&["./store", "-timeout=5s"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(verdicts(&report, "example.org/m/store").iter().all(|verdict| verdict.ends_with(" known")), "{report:#}");
    holds(&said.out, &["  TestPanics  ", ": known: It is there to panic. (unreported)\n"]);
    let stale = "\n[[failure]]\npackage = \"example.org/m/store\"\ntests = [\"TestReads\"]\nsays = \"no\"\nreason = \"x\"\n\
                 url = \"unreported\"\n";
    module.write("wasip1-known-failures.toml", &format!("{KNOWN}{stale}"));
    let (said, report) = module.test(&["./store", "-timeout=5s", "-run=Reads|Last"]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert_eq!(report["stale"].as_array().map(Vec::len), Some(1), "{report:#}");
    holds(&said.out, &["stale: ", "TestReads passes under wazero@"]);
}

#[test]
fn a_second_run_takes_the_results_of_the_first() {
    let slow = tempfile::NamedTempFile::new().expect("a temporary file");
    let tests = format!(
        "package slow\n\nimport (\n\t\"os\"\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestSlow(t *testing.T) {{\n\
         \tif _, err := os.Stat({:?}); err == nil && os.Getenv(\"GOWASIRUNTIME\") != \"\" {{\n\
         \t\ttime.Sleep(30 * time.Second)\n\t}}\n}}\n",
        slow.path()
    );
    let module = Module::new(&[("slow_test.go", &tests)]);
    let timed = |arguments: &[&str]| {
        let begun = Instant::now();
        let (said, report) = module.test(arguments);
        assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
        let run = one_column(&report["packages"][0]);
        (begun.elapsed(), run["from-cache"] == true, said.out)
    };
    let (first, cached, out) = timed(&[]);
    assert!(!cached && !out.contains("cached"), "{out}");
    let (second, cached, out) = timed(&[]);
    assert!(cached, "{out}");
    holds(&out, &["ok    example.org/m  1 test, 1 column and natively (cached)"]);
    assert!(second * 3 < first, "{second:?} after {first:?}");
    // The file is no part of the module, so the result still holds.
    slow.close().expect("it is removed");
    assert!(timed(&[]).1);
    assert!(!timed(&["-no-cache"]).1);
    assert!(!timed(&["-short"]).1, "other flags");
    fs::write(module.path("other_test.go"), "package slow\n").expect("a file");
    assert!(!timed(&[]).1, "the package has changed");
}
