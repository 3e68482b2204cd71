//! Results made by hand: a small set with every verdict and every hostile thing, and a large one.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wasip1_matrix::capability::Capability;
use wasip1_matrix::case::{Location, StdinKind, Tier};
use wasip1_matrix::difference::{DiffLine, Difference, Side};
use wasip1_matrix::divergence::Fault;
use wasip1_matrix::outcome::{EngineTimes, Exit, Leak, Usage};
use wasip1_matrix::record::{Excerpt, Invocation, Known, Observed, Receipt, Record, SCHEMA};
use wasip1_matrix::results::{CaseFacts, ColumnFacts, Results};
use wasip1_matrix::verdict::{Failure, Need, Verdict};

/// What a guest prints who wishes the page ill.
pub const HOSTILE: &str = "<script>alert(1)</script>]]>\"'\u{202e}txt.\u{1b}[31m\0 {{ page.go }}\n</style></pre>\n";

pub fn column(runtime: &str, name: &str, version: &str) -> ColumnFacts {
    ColumnFacts {
        runtime: runtime.to_owned(),
        name: name.to_owned(),
        url: format!("https://{runtime}.example"),
        version: version.to_owned(),
        mode: None,
        go: None,
        column: format!("{runtime}@{version}"),
        primary: true,
        available: true,
        hint: String::new(),
        lacks: vec!["fuel".to_owned(), "reactor".to_owned()],
    }
}

pub fn case(id: &str, tier: Tier) -> CaseFacts {
    let line = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    CaseFacts {
        id: id.to_owned(),
        area: id.rsplit_once('/').map_or("", |(area, _)| area).to_owned(),
        why: "A file that is renamed over another takes its place at once.".to_owned(),
        doc: "https://pkg.go.dev/os#Rename".to_owned(),
        tier,
        guest: "fs".to_owned(),
        location: Location { file: "cases/fs.toml".to_owned(), line: 12 },
        inputs: vec![
            line("args", "\"rename\" \"/data/a\" \"/data/b\""),
            line("dir", "\"/data\" = fixture tree"),
            line("stdin", "pipe (empty)"),
        ],
        expected: match tier {
            Tier::Observe => Vec::new(),
            _ => {
                vec![line("exit", "exit 0"), line("stdout", "exactly \"renamed\\n\""), line("/data/b", "exactly \"a\"")]
            }
        },
    }
}

/// A cell that was run and ended with this code and this on stdout.
pub fn ran(column: &ColumnFacts, case: &str, verdict: Verdict, code: i32, stdout: &[u8]) -> Record {
    let (runtime, version) = (&column.runtime, &column.version);
    let text = |text: &str| text.to_owned();
    Record {
        receipt: Some(Receipt {
            reported_version: format!("{runtime} version {version}"),
            runtime_sha256: "3f".repeat(32),
            go: text("go1.27.1"),
            guest_sha256: "a9".repeat(32),
            platform: text("linux/x86_64"),
        }),
        invocation: Some(Invocation {
            argv: vec![
                format!("$STORE/{runtime}/{version}/{runtime}"),
                text("run"),
                text("--dir=$SANDBOX/dirs/0:/data"),
                text("$STATE/guests/fs.wasm"),
                text("rename"),
                text("it's; $(here)"),
            ],
            environment: vec![(text("HOME"), text("$SANDBOX/home")), (text("PATH"), text("/usr/bin"))],
            stdin: StdinKind::Pipe,
            request: None,
        }),
        outcome: Some(Observed {
            exit: Exit::Code { code, whole: true },
            stdout: Excerpt::of(stdout),
            stderr: Excerpt::of(if code == 0 { b"" } else { b"rename /data/a /data/b: Bad file number\n" }),
            files: vec![(text("/data/b"), text("\"a\""))],
            member: None,
            usage: Usage {
                wall: Duration::from_micros(41_230),
                cpu: Duration::from_micros(38_004),
                max_rss_bytes: 34 << 20,
            },
            engine: None,
            leaked: Vec::new(),
        }),
        ..idle(column, case, verdict)
    }
}

/// A cell that was not run.
pub fn idle(column: &ColumnFacts, case: &str, verdict: Verdict) -> Record {
    Record {
        schema: SCHEMA.to_owned(),
        cell: format!("{}/{case}", column.column),
        runtime: column.runtime.clone(),
        version: column.version.clone(),
        mode: column.mode.clone(),
        go: column.go.clone(),
        column: column.column.clone(),
        case: case.to_owned(),
        verdict,
        differences: Vec::new(),
        divergence: None,
        receipt: None,
        invocation: None,
        outcome: None,
    }
}

pub fn known() -> Known {
    Known {
        fault: Fault::Runtime,
        reason: "It strips the leading / of the guest's name, so that no absolute path is found.".to_owned(),
        url: "https://github.com/example/runtime/issues/7".to_owned(),
        versions: ">=0.14".to_owned(),
        modes: None,
        location: Location { file: "runtimes/second/divergences.toml".to_owned(), line: 3 },
    }
}

pub fn difference() -> Difference {
    let line = |side, text: &str| DiffLine { side, text: text.to_owned() };
    Difference {
        of: "stdout".to_owned(),
        expected: "exactly \"renamed\\n\"".to_owned(),
        observed: "\"<b>no</b>\\n\"".to_owned(),
        diff: vec![
            line(Side::Both, "first\\n"),
            line(Side::Expected, "renamed\\n"),
            line(Side::Observed, "<b>no</b>\\n"),
        ],
    }
}

fn results(columns: Vec<ColumnFacts>, cases: Vec<CaseFacts>, records: Vec<Record>) -> Results {
    let (go, platform) = (vec!["go1.27.1".to_owned()], "linux/x86_64".to_owned());
    Results { schema: SCHEMA.to_owned(), finished: 1_790_000_000, go, platform, columns, cases, records }
}

/// Two columns, and a case for each verdict. Nothing comes in the order the page shows it in.
pub fn small() -> Results {
    let second = column("second", "Second", "2.0.0");
    let mut first = ColumnFacts { available: false, ..column("first", "first & only", "1.0.0") };
    first.hint = "apt-get install <first>".to_owned();
    let missing = Verdict::Unavailable { hint: first.hint.clone() };

    let mut fail = ran(&second, "fs/fail", Verdict::Fail { failure: Failure::WrongOutput }, 0, HOSTILE.as_bytes());
    fail.differences.push(difference());
    if let Some(outcome) = &mut fail.outcome {
        outcome.leaked.push(Leak { pid: 7, command: "sleep\0<60>".to_owned() });
    }
    let mut known_cell = ran(&second, "fs/known", Verdict::Known { failure: Failure::WrongExit }, 1, b"");
    known_cell.divergence = Some(known());
    let mut stale = ran(&second, "fs/stale", Verdict::Stale, 0, b"renamed\n");
    stale.divergence = Some(Known { url: "javascript:alert(2)".to_owned(), ..known() });
    let mut binary = ran(&second, "fs/rename/pass", Verdict::Pass, 0, b"");
    if let Some(outcome) = &mut binary.outcome {
        outcome.stdout = Excerpt {
            len: 9000,
            sha256: Some("00".repeat(32)),
            text: None,
            base64: Some(STANDARD.encode(b"ok\xff\xfe\n")),
        };
        outcome.engine = Some(EngineTimes { compile_ns: 12_000_000, instantiate_ns: 90_000, run_ns: 1_500_000_000 });
    }
    if let Some(invocation) = &mut binary.invocation {
        invocation.request = Some(serde_json::json!({ "contract": 1, "argv": ["fs.wasm", "</pre><b>"] }));
    }
    let hostile_id = "z z\"><img src=x onerror=alert(3)>/\u{202e}x";
    let mut hostile = case(hostile_id, Tier::Must);
    hostile.doc = "javascript:alert(4)".to_owned();
    hostile.why = "</article><script>alert(5)</script>".to_owned();

    let mut records = vec![
        ran(&second, "fs/observed", Verdict::Observed, 0, b"character device <tty>\n"),
        idle(&second, "fs/unsupported", Verdict::Unsupported { needs: Need::Capability(Capability::Fuel) }),
        idle(&second, "fs/error", Verdict::HarnessError { message: "no <space> left".to_owned() }),
        ran(&second, hostile_id, Verdict::Pass, 0, b"renamed\n"),
        fail,
        known_cell,
        stale,
        binary,
    ];
    let ids: Vec<_> = records.iter().map(|record| record.case.clone()).collect();
    // One cell is left out altogether.
    records.extend(ids.iter().filter(|id| *id != "fs/stale").map(|id| idle(&first, id, missing.clone())));
    let facts = |id: &String| match id.as_str() {
        "fs/observed" => case(id, Tier::Observe),
        "fs/unsupported" => case(id, Tier::Should),
        id if id == hostile_id => hostile.clone(),
        id => case(id, Tier::Must),
    };
    results(vec![second, first], ids.iter().map(facts).collect(), records)
}

/// As many cells as the project has, with a little of everything.
pub fn large() -> Results {
    let names = [
        "Node.js",
        "WasmEdge",
        "Wasmer",
        "Wasmer embedded",
        "wasmi",
        "wasmi embedded",
        "Wasmtime",
        "Wasmtime embedded",
        "wazero",
    ];
    let columns: Vec<_> =
        names.iter().map(|name| column(&name.to_lowercase().replace(' ', "-"), name, "1.12.0")).collect();
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
    for area in areas {
        for number in 0..10 {
            let id = format!("{area}/{}-{number}", names[number % names.len()]);
            let tier = [Tier::Must, Tier::Must, Tier::Must, Tier::Observe, Tier::Should][number % 5];
            cases.push(case(&id, tier));
            for (index, column) in columns.iter().enumerate() {
                records.push(cell_of_large(column, &id, tier, records.len(), index));
            }
        }
    }
    let mut results = results(columns, cases, records);
    results.columns[2].available = false;
    results.columns[2].hint = "run `make runtimes`, or put a wasmer on PATH".to_owned();
    results
}

fn cell_of_large(column: &ColumnFacts, id: &str, tier: Tier, number: usize, index: usize) -> Record {
    let kinds = [b"character device\n".as_slice(), b"unknown\n", b"socket\n"];
    let failures = [Failure::WrongOutput, Failure::Trap, Failure::WrongFiles, Failure::MissingImport, Failure::Timeout];
    let mut record = match (index, number % 37) {
        (2, _) => {
            return idle(
                column,
                id,
                Verdict::Unavailable { hint: "run `make runtimes`, or put a wasmer on PATH".to_owned() },
            );
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
    if let (7, Some(invocation)) = (index, &mut record.invocation) {
        invocation.request = Some(serde_json::json!({
            "contract": 1, "module": "$STATE/guests/fs.wasm", "argv": ["fs.wasm", "rename", "/data/a", "/data/b"], "env": [],
            "dirs": [{ "host": "$SANDBOX/dirs/0", "guest": "/data", "read-only": false }], "clock": "real", "random": "real",
        }));
    }
    record
}
