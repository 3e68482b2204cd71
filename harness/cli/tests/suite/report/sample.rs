//! Results made by hand: a small set with every verdict, every kind of column and every hostile thing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use matrix_model::capability::Capability;
use matrix_model::case::{Location, Tier};
use matrix_model::connection::{OutputKind, StdinKind};
use matrix_model::difference::{DiffLine, Difference, Side};
use matrix_model::divergence::Fault;
use matrix_model::expectation::Aspect;
use matrix_model::outcome::{EngineTimes, Exit};
use matrix_model::record::{Invocation, Known, Measured, Receipt, Record, SCHEMA};
use matrix_model::recorded_outcome::{Excerpt, Observed, ObservedFile, There};
use matrix_model::results::day::Finished;
use matrix_model::results::{self, CaseFacts, ColumnFacts, Results};
use matrix_model::verdict::{Failure, Need, Verdict};
use matrix_provision::toolchain::Go;
use matrix_report::pages::{Programs, Sources};
use matrix_store::dirs::Places;
use matrix_supervise::{Leak, Usage};

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
        surrounding: None,
        column: format!("{runtime}@{version}"),
        reference: false,
        primary: true,
        local: false,
        available: true,
        hint: String::new(),
        lacks: vec!["fuel".to_owned(), "reactor".to_owned()],
        note: None,
        successor: None,
        promises: BTreeMap::new(),
        days: None,
    }
}

/// A further column of a runtime: at another version, in a mode, with a Go release.
pub fn further(primary: &ColumnFacts, version: &str, mode: Option<&str>, go: Option<&str>) -> ColumnFacts {
    let mut name = format!("{}@{version}", primary.runtime);
    name.extend(mode.map(|mode| format!("+{mode}")));
    name.extend(go.map(|go| format!("+go{go}")));
    ColumnFacts {
        version: version.to_owned(),
        mode: mode.map(str::to_owned),
        go: go.map(str::to_owned),
        column: name,
        primary: false,
        local: false,
        ..primary.clone()
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
        promise: None,
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
                vec![line("end", "exit 0"), line("stdout", "exactly \"renamed\\n\""), line("/data/b", "exactly \"a\"")]
            }
        },
        native: None,
        got_out: None,
        found_out: None,
    }
}

/// A cell that was run and ended with this code and this on stdout.
pub fn ran(column: &ColumnFacts, case: &str, verdict: Verdict, code: i32, stdout: &[u8]) -> Record {
    let (runtime, version) = (&column.runtime, &column.version);
    let text = |text: &str| text.to_owned();
    let runtime_sha256 = if version == "2.0.0" { "3f" } else { "5b" }.repeat(32);
    Record {
        executable_sha256: Some(runtime_sha256.clone()),
        receipt: Some(Receipt {
            reported_version: format!("{runtime} version {version}"),
            runtime_sha256,
            go: format!("go{}", column.go.as_deref().unwrap_or("1.27.1")),
            guest_sha256: if column.go.is_none() { "a9" } else { "c4" }.repeat(32),
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
            stdout: OutputKind::Pipe,
            stderr: OutputKind::Pipe,
            request: None,
        }),
        measured: Some(Measured {
            ran: 1_790_000_000,
            usage: Usage {
                wall: Duration::from_micros(41_230),
                cpu: Duration::from_micros(38_004),
                max_rss_bytes: 34 << 20,
            },
            engine: None,
        }),
        outcome: Some(Observed {
            exit: Exit::Code { code, whole: true },
            stdout: Excerpt::of(stdout),
            stderr: Excerpt::of(if code == 0 { b"" } else { b"rename /data/a /data/b: Bad file number\n" }),
            files: vec![ObservedFile { path: text("/data/b"), outside: false, is: There::File(Excerpt::of(b"a")) }],
            returns: Vec::new(),
            again: None,
            stdin_rest: None,
            changed_flags: None,
            member: None,
            leaked: Vec::new(),
        }),
        ..idle(column, case, verdict)
    }
}

/// Lets a cell write something else to stdout. Without another outcome, another verdict is no change of the runtime's.
pub fn wrote_something_else(record: &mut Record) {
    if let Some(outcome) = &mut record.outcome {
        outcome.stdout = Excerpt::of(b"another\n");
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
        surrounding: column.surrounding.clone(),
        column: column.column.clone(),
        reference: column.reference,
        case: case.to_owned(),
        verdict,
        differences: Vec::new(),
        checks: Vec::new(),
        divergence: None,
        receipt: None,
        executable_sha256: None,
        key: None,
        measured: None,
        reused: false,
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
        surroundings: None,
        sometimes: false,
        withheld: false,
        location: Location { file: "runtimes/second/divergences.toml".to_owned(), line: 3 },
        outside: false,
    }
}

pub fn difference() -> Difference {
    let line = |side, text: &str| DiffLine { side, text: text.to_owned() };
    Difference {
        of: Aspect::Stdout,
        expected: "exactly \"renamed\\n\"".to_owned(),
        observed: "\"<b>no</b>\\n\"".to_owned(),
        diff: vec![
            line(Side::Both, "first\\n"),
            line(Side::Expected, "renamed\\n"),
            line(Side::Observed, "<b>no</b>\\n"),
        ],
    }
}

pub fn results(columns: Vec<ColumnFacts>, cases: Vec<CaseFacts>, records: Vec<Record>) -> Results {
    let (go, platform) = (vec!["go1.27.1".to_owned()], "linux/x86_64".to_owned());
    let machine = Some("Linux 6.1.0, 2 × Example <Processor>, 8 GiB".to_owned());
    let (schema, finished, commit) =
        (results::SCHEMA.to_owned(), Finished::At(1_790_000_000), Some("0123abcd, with changes".to_owned()));
    let (explanations, called) = (Vec::new(), Vec::new());
    let suite = None;
    Results { schema, finished, go, platform, machine, commit, suite, columns, cases, records, explanations, called }
}

/// What a guest's source may have in it: the one that all cases run.
pub fn sources() -> Sources {
    let imports = ["fd_write", "path_rename"].map(str::to_owned).into();
    Sources::new(Some(PROGRAMS.clone()), [("fs".to_owned(), imports)].into())
}

/// That source as Go reads it.
static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| {
    let folder = tempfile::TempDir::new().unwrap();
    let guest = folder.path().join("fs");
    std::fs::create_dir_all(&guest).unwrap();
    std::fs::write(guest.join("main.go"), GUEST).unwrap();
    std::fs::write(guest.join("main_linux.go"), GUEST.replace("os.Rename", "os.Link")).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let go = Go::find(&Places::of(&root, false).expect("folders"), &|_| {}).expect("a Go");
    let mut reader = Command::new(go.exe);
    reader.args(["run", "."]).arg(folder.path()).current_dir(root.join("reports/guest-sources"));
    let read = reader.env("GOTOOLCHAIN", "local").output().expect("Go starts");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).expect("programs")
});

const GUEST: &str = "package main

import \"os\"

var probes = map[string]func(args []string) error{
\t\"rename\": rename,
}

// rename <moves> a file.
func rename(args []string) error {
\treturn os.Rename(args[0], args[1]) // </pre><script>alert(6)</script>
}
";

/// Two runtimes, one of which is missing and one has versions, modes and a Go release, and a case for each
/// verdict. Nothing comes in the order the page shows it in.
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
    if let Some(outcome) = &mut stale.outcome {
        outcome.stdout = Excerpt {
            len: 9000,
            cut: true,
            sha256: Some("00".repeat(32)),
            text: None,
            base64: Some(STANDARD.encode(b"ok\xff\xfe\n")),
        };
    }
    if let Some(measured) = &mut stale.measured {
        measured.engine = Some(EngineTimes { compile_ns: 12_000_000, instantiate_ns: 90_000, run_ns: 1_500_000_000 });
    }
    let mut host = ran(&second, "fs/rename/pass", Verdict::Pass, 0, b"");
    if let Some(invocation) = &mut host.invocation {
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
        host,
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
    let others = [
        further(&second, "1.10.0", None, None),
        further(&second, "2.0.0", Some("jit"), None),
        further(&second, "1.9.0", None, None),
        further(&second, "2.0.0", None, Some("1.21.13")),
    ];
    for other in &others {
        records.extend(ids.iter().map(|id| elsewhere(other, id)));
    }
    let mut absent = further(&second, "1.5.0", None, None);
    absent.available = false;
    absent.hint = "`wasip1-matrix install second@1.5.0`".to_owned();
    let mut columns = vec![second, first, absent];
    columns.extend(others);
    results(columns, ids.iter().map(facts).collect(), records)
}

/// The same with the reference beside it, which agrees with some cases and not with others.
pub fn with_reference() -> Results {
    let mut results = small();
    let reference = ColumnFacts { reference: true, ..column("linux", "native", "1.27.1") };
    let wrong = Failure::WrongOutput;
    for facts in &mut results.cases {
        let (verdict, native) = match facts.id.as_str() {
            "fs/known" => (Verdict::Known { failure: wrong }, Some("Linux renames otherwise.".to_owned())),
            "fs/stale" => (Verdict::Stale, Some("Linux <once> renamed otherwise.".to_owned())),
            "fs/fail" => (Verdict::Fail { failure: wrong }, None),
            "fs/observed" => (Verdict::Observed, None),
            _ => (Verdict::Pass, None),
        };
        facts.native = native;
        results.records.push(ran(&reference, &facts.id, verdict, 0, b""));
    }
    results.columns.push(reference);
    results
}

/// A cell of one of the second runtime's further columns.
fn elsewhere(column: &ColumnFacts, case: &str) -> Record {
    let jit = column.mode.is_some();
    match case {
        "fs/observed" => ran(column, case, Verdict::Observed, 0, b"character device <tty>\n"),
        "fs/unsupported" => idle(column, case, Verdict::Unsupported { needs: Need::Capability(Capability::Fuel) }),
        "fs/known" if column.version != "1.9.0" => {
            let modes = Some(["jit".to_owned()].into());
            let known = if jit { Known { modes, ..known() } } else { known() };
            let record = ran(column, case, Verdict::Known { failure: Failure::WrongExit }, 1, b"");
            Record { divergence: Some(known), ..record }
        }
        "fs/fail" if jit => ran(column, case, Verdict::Fail { failure: Failure::Trap }, 134, b""),
        _ => ran(column, case, Verdict::Pass, 0, b"renamed\n"),
    }
}
