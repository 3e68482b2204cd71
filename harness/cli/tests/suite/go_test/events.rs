//! `test --json`: in each column, what `go test -json` writes.

use std::collections::BTreeSet;
use std::process::Command;

use matrix_model::go_test::TestReport;
use matrix_report::go_test::events::write;
use regex::Regex;
use serde_json::Value;

use super::module::Module;
use super::sample::{COLUMNS, STORE, report};

/// The events of an answer.
fn events(report: &TestReport) -> Vec<Value> {
    let mut out = Vec::new();
    write(report, &mut out).expect("events");
    let lines = String::from_utf8(out).expect("UTF-8");
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Those of a package in a column, without the field that Go does not know.
fn of(events: &[Value], column: &str, package: &str) -> Vec<Value> {
    let is_of = |event: &&Value| event["Column"] == column && event["Package"] == package;
    let mut own: Vec<_> = events.iter().filter(is_of).cloned().collect();
    own.iter_mut().for_each(|event| drop(event.as_object_mut().expect("an object").remove("Column")));
    own
}

fn text<'e>(event: &'e Value, field: &str) -> &'e str {
    event[field].as_str().unwrap_or_default()
}

#[test]
fn each_column_has_a_stream_of_its_own() {
    let all = events(&report(""));
    let columns: BTreeSet<_> = all.iter().map(|event| text(event, "Column")).collect();
    assert_eq!(columns, ["a@1.0.0", "b@2.0.0", "native"].into());
    let known: BTreeSet<_> = ["Column", "Action", "Package", "Test", "Elapsed", "Output"].into();
    for event in &all {
        assert!(event.as_object().expect("an object").keys().all(|key| known.contains(key.as_str())), "{event}");
    }
    for package in [STORE, "example.org/m/broken", "example.org/m/fine", "example.org/m/none"] {
        let stream = of(&all, COLUMNS[1], package);
        let (first, last) = (&stream[0], stream.last().expect("events"));
        assert_eq!((text(first, "Action"), last["Test"].is_null()), ("start", true), "{package}");
        assert!(last["Elapsed"].is_number(), "{package}: {last}");
        let expected = match package {
            "example.org/m/fine" => "pass",
            "example.org/m/none" => "skip",
            _ => "fail",
        };
        assert_eq!(text(last, "Action"), expected, "{package}");
    }
}

#[test]
fn a_test_is_written_around_its_subtests_and_ends_once() {
    let stream = of(&events(&report("")), COLUMNS[0], STORE);
    let mut open: Vec<&str> = Vec::new();
    let mut ended = BTreeSet::new();
    for event in stream.iter().filter(|event| event["Test"].is_string()) {
        let test = text(event, "Test");
        match text(event, "Action") {
            "run" => {
                assert!(open.last().is_none_or(|around| test.starts_with(&format!("{around}/"))), "{test} in {open:?}");
                open.push(test);
            }
            "output" => assert_eq!(open.last(), Some(&test)),
            _ => {
                assert_eq!(open.pop(), Some(test));
                assert!(ended.insert(test), "{test} ends twice");
            }
        }
    }
    assert!(open.is_empty() && ended.len() == 9, "{ended:?}");
    let said: Vec<_> = stream.iter().filter(|event| text(event, "Test") == "TestFails/sub").collect();
    let outputs: String = said.iter().map(|event| text(event, "Output")).collect();
    assert_eq!(
        outputs,
        "=== RUN   TestFails/sub\n    store_test.go:17: as it should\n--- FAIL: TestFails/sub (0.25s)\n"
    );
}

const TESTS: &str = r#"package a

import "testing"

func TestA(t *testing.T) { t.Log("log") }

func TestB(t *testing.T) {
	t.Run("x", func(t *testing.T) { t.Error("no") })
	t.Run("y", func(t *testing.T) { t.Skip("why") })
}
"#;

/// An event of a stream without what differs from run to run.
fn steady(event: &Value) -> Value {
    let time = Regex::new(r"[0-9.]+s").expect("a pattern");
    let mut event = event.clone();
    let fields = event.as_object_mut().expect("an object");
    fields.remove("Time");
    fields.entry("Elapsed").and_modify(|elapsed| *elapsed = Value::Bool(elapsed.is_number()));
    fields.entry("Output").and_modify(|output| {
        *output = time.replace_all(output.as_str().expect("text"), "…").into_owned().into();
    });
    event
}

#[test]
fn the_lines_of_a_column_are_what_go_test_writes() {
    let module = Module::new(&[("a/a_test.go", TESTS), ("none/none.go", "package none\n")]);
    let go = Command::new("go").args(["test", "-json", "./a"]).current_dir(module.path("")).output();
    let go = go.expect("go, which the tests of this project need");
    let said = module.run(&["--json", "--runtime", "wazero", "./..."], &[]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let read =
        |lines: &str| lines.lines().map(|line| serde_json::from_str(line).expect("an event")).collect::<Vec<_>>();
    let wanted: Vec<_> = read(&String::from_utf8_lossy(&go.stdout)).iter().map(steady).collect();
    assert!(wanted.len() > 20, "{wanted:?}");
    let (all, columns) = (read(&said.out), ["native", "wazero@"]);
    for column in columns {
        let name =
            all.iter().map(|event| text(event, "Column")).find(|name| name.starts_with(column)).expect("a column");
        let own: Vec<_> = of(&all, name, "example.org/m/a").iter().map(steady).collect();
        assert_eq!(own, wanted, "{name}");
    }
}
