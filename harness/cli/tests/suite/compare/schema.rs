//! The answer of `compare --json` is as its published schema says, and the schema has no place for anything else.

use std::collections::BTreeSet;
use std::fs;

use host_contract::request;
use matrix_model::compared::{
    Because, ColumnRun, Compared, FirstCall, Group, Known, NotRun, OnRecord, Program, Reason, Reference, SCHEMA, Sure,
};
use matrix_model::difference::{DiffLine, Difference, Side};
use matrix_model::expectation::Aspect;
use matrix_model::explanation::Lines;
use matrix_model::outcome::Exit;
use matrix_model::recorded_outcome::{Excerpt, Observed, ObservedAgain, ObservedFile, There};
use matrix_supervise::Leak;
use serde_json::{Value, json};

use super::{answer, project};
use crate::gate::schema::{COMPARED, violations};

const NONE: Vec<String> = Vec::new();

#[test]
fn a_real_answer_is_as_the_schema_says() {
    let script =
        "echo hello >/dev/stdout; [ $name = other ] && { echo wrong >&2; echo x > $folder/x; exit 1; }; exit 0";
    let project = project(&[("go", script)]);
    fs::remove_dir_all(project.path("store/third")).expect("a runtime to remove");
    for arguments in [&["--", "go"][..], &["--reference", "fake", "--repeat", "2", "--env", "A=b", "--", "go"]] {
        let (code, answer) = answer(&project, arguments);
        assert_eq!(code, Some(1), "{answer:#}");
        let reason = &answer["groups"][1]["reason"];
        assert!(reason.is_object() && answer["not-run"].is_array(), "{answer:#}");
        assert_eq!(violations(COMPARED, &answer), NONE, "{answer:#}");
    }
}

/// How a program can end.
fn exits() -> Vec<Exit> {
    let words = || "words".to_owned();
    vec![
        Exit::Code { code: 3, whole: true },
        Exit::Trap { reason: words() },
        Exit::Limit { reason: words() },
        Exit::MissingImport { import: words() },
        Exit::NotCompiled { message: words(), at_deadline: true },
        Exit::Signal { signal: 9 },
        Exit::Timeout,
        Exit::OutputLimit,
    ]
}

fn aspects() -> Vec<Aspect> {
    let path = || "/a".to_owned();
    use Aspect::*;
    vec![
        Exit,
        Control,
        Stdout,
        Check(path()),
        Stderr,
        File(path()),
        Outside(path()),
        Returns,
        Again,
        StdinRest,
        ChangedFlags,
    ]
}

fn observed(exit: Exit) -> Observed {
    let [text, binary, long] = [Excerpt::of(b"a\n"), Excerpt::of(&[0xff]), Excerpt::of(&[b'a'; 10_000])];
    let left = [
        There::File(binary),
        There::LargeFile { len: 1 << 40 },
        There::Link(text.clone()),
        There::Folder,
        There::Nothing,
        There::Other { what: "a pipe".to_owned() },
    ];
    let file = |is| ObservedFile { path: "/a".to_owned(), outside: true, is };
    Observed {
        again: Some(ObservedAgain { exit: exit.clone(), stdout: text.clone() }),
        stdin_rest: Some(text.clone()),
        changed_flags: Some(vec!["stdin: +O_NONBLOCK".to_owned()]),
        exit,
        stdout: text,
        stderr: long,
        files: left.map(file).to_vec(),
        returns: vec![vec![request::Value::I32(1), request::Value::I64(2), request::Value::F64(0.5)]],
        member: Some(1),
        leaked: vec![Leak { pid: 7, command: "sleep".to_owned() }],
    }
}

/// What was found of a group: each kind of line of two traces, and each kind of knowledge.
fn reasons() -> Vec<Reason> {
    let words = || "words".to_owned();
    let on_record = |sure| {
        Known::OnRecord(OnRecord {
            sure,
            cause: words(),
            cells: 3,
            cell: words(),
            reason: Some(words()),
            url: Some(words()),
        })
    };
    let known = [Known::NotYet, Known::NotLookedUp(words())].into_iter();
    let known = known.chain([Sure::Perhaps, Sure::Likely, Sure::Certain].map(on_record));
    let call = |known| {
        Reason::Call(Box::new(FirstCall {
            column: words(),
            beside: Some(words()),
            sentence: words(),
            function: Some(words()),
            call: Some(words()),
            excerpt: vec![
                Lines::Both(words()),
                Lines::Own(words()),
                Lines::Reference(words()),
                Lines::Differ { own: words(), reference: words() },
            ],
            known,
        }))
    };
    known.map(call).chain([Reason::Untold(words()), Reason::PathNotCovered(words())]).collect()
}

/// A made-up answer for each reason of a reference, which together have every variant of every type.
fn made_up() -> Vec<Value> {
    let line = |side| DiffLine { side, text: "a\\n".to_owned() };
    let difference = |of| Difference {
        of,
        expected: "a".to_owned(),
        observed: "b".to_owned(),
        diff: [Side::Both, Side::Expected, Side::Observed].map(line).to_vec(),
    };
    let group = |exit, reason| Group {
        columns: vec!["a@1".to_owned()],
        agrees: false,
        observed: observed(exit),
        varies: aspects(),
        differences: aspects().into_iter().map(difference).collect(),
        reason,
    };
    let groups = exits().into_iter().zip(reasons().into_iter().map(Some).chain(std::iter::repeat(None)));
    let groups: Vec<_> = groups.map(|(exit, reason)| group(exit, reason)).collect();
    let run = |exit| ColumnRun { column: "a@1".to_owned(), agrees: true, exit, wall_ms: 1, cpu_ms: 1 };
    let answer = |because| Compared {
        schema: SCHEMA.to_owned(),
        program: Program { name: "app".to_owned(), sha256: "0".repeat(64), bytes: 1, go: Some("go1.26.8".to_owned()) },
        inputs: vec![("arguments".to_owned(), "-v".to_owned())],
        runs: 2,
        reference: Reference { column: "a@1".to_owned(), because },
        unsettled: aspects(),
        groups: groups.clone(),
        columns: exits().into_iter().map(run).collect(),
        not_run: vec![NotRun { column: "b@1".to_owned(), why: "not installed".to_owned(), failed: true }],
    };
    let all = [Because::Native, Because::Named, Because::Largest].map(answer);
    all.map(|answer| serde_json::to_value(answer).expect("JSON")).to_vec()
}

#[test]
fn an_answer_with_all_variants_is_as_the_schema_says() {
    let answers = made_up();
    for answer in &answers {
        assert_eq!(violations(COMPARED, answer), NONE);
    }
    let mut seen = BTreeSet::new();
    answers.iter().for_each(|answer| words(answer, &mut seen));
    let schema = matrix_store::schema::of_compared();
    let mut named = BTreeSet::new();
    names(&schema, &mut named);
    assert!(named.len() > 60, "{named:?}");
    assert_eq!(named.difference(&seen).collect::<Vec<_>>(), Vec::<&String>::new(), "the made-up answers have no such");
}

/// The members and the texts of a document.
fn words(document: &Value, seen: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            seen.insert(name.clone());
            words(value, seen);
        }),
        Value::Array(items) => items.iter().for_each(|item| words(item, seen)),
        Value::String(text) => _ = seen.insert(text.clone()),
        _ => {}
    }
}

/// The members and the fixed texts that a schema names.
fn names(schema: &Value, named: &mut BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        named.extend(properties.keys().cloned());
    }
    named.extend(schema["const"].as_str().map(str::to_owned));
    named.extend(schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    match schema {
        Value::Object(keywords) => keywords.values().for_each(|inner| names(inner, named)),
        Value::Array(items) => items.iter().for_each(|inner| names(inner, named)),
        _ => {}
    }
}

#[test]
fn a_field_that_the_schema_does_not_name_is_refused_wherever_it_is() {
    let mut places = BTreeSet::new();
    for answer in made_up() {
        objects(&answer, "", &mut places);
        for place in &places {
            let mut spoilt = answer.clone();
            let object = spoilt.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
            object.insert("made-up".to_owned(), json!(1));
            assert_ne!(violations(COMPARED, &spoilt), NONE, "{place}");
        }
    }
    assert!(places.len() > 50, "{places:?}");
}

/// The pointers of all objects of a document.
fn objects(document: &Value, at: &str, places: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => {
            places.insert(at.to_owned());
            members.iter().for_each(|(name, value)| objects(value, &format!("{at}/{name}"), places));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| objects(item, &format!("{at}/{place}"), places));
        }
        _ => {}
    }
}
