//! As many results as the project may come to have, with a little of everything.

use matrix_model::capability::Capability;
use matrix_model::case::Tier;
use matrix_model::record::Record;
use matrix_model::results::day::Finished;
use matrix_model::results::{ColumnFacts, Results};
use matrix_model::verdict::{Failure, Need, Verdict};

use super::sample::{self, HOSTILE, case, column, difference, further, idle, known, ran, results};

/// Each runtime with its further versions and its further modes.
const RUNTIMES: [(&str, &[&str], &[&str]); 20] = [
    ("Bun", &[], &[]),
    ("Chicory", &[], &[]),
    ("Deno", &[], &[]),
    ("GraalWasm", &[], &[]),
    ("iwasm", &[], &[]),
    ("jco", &[], &[]),
    ("Node.js", &["20.20.2", "22.23.3", "24.18.1"], &[]),
    ("wasm3", &[], &[]),
    ("WasmEdge", &["0.14.1"], &["aot", "jit"]),
    ("WasmEdge SDK", &[], &[]),
    ("Wasmer", &[], &["singlepass"]),
    ("Wasmer embedded", &[], &["singlepass"]),
    ("wasmi", &[], &[]),
    ("wasmi embedded", &[], &[]),
    ("Wasmtime", &[], &[]),
    ("Wasmtime embedded", &[], &["component", "pulley", "winch"]),
    ("Wasmtime Python", &["9.0.1", "14.0.0", "22.0.0", "27.0.2", "36.0.2", "42.0.0"], &[]),
    ("wazero", &["1.3.1", "1.7.3", "1.9.0"], &["interpreter"]),
    ("wazero embedded", &[], &["interpreter"]),
    ("WAMR", &[], &[]),
];

/// Which columns there are.
#[derive(Clone, Copy)]
pub enum Breadth {
    /// Those of [`RUNTIMES`]: more than forty.
    Real,
    /// So many, each a runtime's only one.
    Primary(usize),
}

/// So many cases in these columns.
pub fn large(most: usize, breadth: Breadth) -> Results {
    let columns = match breadth {
        Breadth::Real => real(),
        Breadth::Primary(count) => {
            (0..count).map(|n| column(&format!("runtime-{n}"), &format!("Runtime {n}"), "48.1.0")).collect()
        }
    };
    let areas =
        ["args", "clock", "env", "exit", "fs/open", "fs/rename", "goroutine", "net", "preopen", "random", "stdio"];
    let names = [
        "a-duplicate-name-comes-once",
        "empty",
        "guest-path-differs-from-host-path",
        "hole-is-read-as-zeros",
        "is-refused-read-only",
    ];
    let mut cases = Vec::new();
    let mut records = Vec::new();
    for number in 0..most {
        let (area, number) = (areas[number % areas.len()], number / areas.len());
        let id = format!("{area}/{}-{number}", names[number % names.len()]);
        let tier = match number % 17 {
            3 => Tier::Observe,
            4 | 9 | 14 => Tier::Should,
            _ => Tier::Must,
        };
        cases.push(case(&id, tier));
        for (index, column) in columns.iter().enumerate() {
            // Most of what a runtime does it does in all of its versions.
            let runtime: usize = column.runtime.bytes().map(usize::from).sum();
            let alone = records.len().is_multiple_of(29) && !column.primary;
            let kind = if alone { records.len() } else { runtime + 11 * cases.len() };
            records.push(cell(column, &id, tier, kind, index));
        }
    }
    let mut results = results(columns, cases, records);
    results.columns[2].available = false;
    results.columns[2].hint = HINT.to_owned();
    results
}

/// The same a day before: now and then a cell was otherwise.
pub fn older(results: &Results) -> Results {
    let mut older = results.clone();
    older.finished = Finished::At(1_790_000_000 - 86_400);
    for record in older.records.iter_mut().step_by(211) {
        sample::wrote_something_else(record);
        record.verdict = match record.verdict {
            Verdict::Pass => Verdict::Fail { failure: Failure::WrongOutput },
            Verdict::Fail { .. } => Verdict::Pass,
            ref other => other.clone(),
        };
    }
    older
}

fn real() -> Vec<ColumnFacts> {
    let mut columns = Vec::new();
    for (name, versions, modes) in RUNTIMES {
        let primary = column(&name.to_lowercase().replace(' ', "-"), name, "48.1.0");
        for version in ["48.1.0"].iter().chain(versions) {
            columns.extend(modes.iter().map(|mode| further(&primary, version, Some(mode), None)));
        }
        columns.extend(versions.iter().map(|version| further(&primary, version, None, None)));
        columns.push(primary);
    }
    let wazero = columns.iter().find(|column| column.column == "wazero@48.1.0").unwrap().clone();
    columns.push(further(&wazero, "48.1.0", None, Some("1.21.13")));
    columns
}

const HINT: &str = "run `make runtimes`, or put it on PATH";

fn cell(column: &ColumnFacts, id: &str, tier: Tier, number: usize, index: usize) -> Record {
    let kinds = [b"character device\n".as_slice(), b"unknown\n", b"socket\n"];
    let failures = [Failure::WrongOutput, Failure::Trap, Failure::WrongFiles, Failure::MissingImport, Failure::Timeout];
    let mut record = match (index, number % 37) {
        (2, _) => {
            return idle(column, id, Verdict::Unavailable { hint: HINT.to_owned() });
        }
        _ if tier == Tier::Observe => {
            ran(column, id, Verdict::Observed, i32::from(index == 5), kinds[index % kinds.len()])
        }
        (_, 3) => ran(column, id, Verdict::Fail { failure: failures[number % failures.len()] }, 1, HOSTILE.as_bytes()),
        (_, 7 | 19) => {
            ran(column, id, Verdict::Known { failure: Failure::WrongExit }, 1, b"open /data/a: Bad file number\n")
        }
        (_, 23) if number.is_multiple_of(2) => ran(column, id, Verdict::Stale, 0, b"renamed\n"),
        (_, 11) => return idle(column, id, Verdict::Unsupported { needs: Need::Capability(Capability::SeededRandom) }),
        (_, 31) if number.is_multiple_of(3) => {
            return idle(column, id, Verdict::HarnessError { message: "no space left on device".to_owned() });
        }
        _ => ran(column, id, Verdict::Pass, 0, b"renamed\n"),
    };
    if record.verdict.failure().is_some() {
        record.differences.push(difference());
    }
    if matches!(record.verdict, Verdict::Known { .. } | Verdict::Stale) {
        record.divergence = Some(known());
    }
    if let (0 | 7 | 15..=20, Some(invocation)) = (index, &mut record.invocation) {
        invocation.request = Some(serde_json::json!({
            "contract": 1, "module": "$STATE/guests/fs.wasm", "argv": ["fs.wasm", "rename", "/data/a", "/data/b"], "env": [],
            "dirs": [{ "host": "$SANDBOX/dirs/0", "guest": "/data", "read-only": false }], "clock": "real", "random": "real",
        }));
    }
    record
}
