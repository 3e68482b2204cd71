//! Why a cell is as it is, in words.

use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::case::Location;
use crate::difference::Side;
use crate::divergence::Fault;
use crate::outcome::{EngineTimes, Exit, Usage};
use crate::record::{Excerpt, Known, Receipt, Record};
use crate::results::ColumnFacts;
use crate::verdict::{Failure, Verdict};

use super::anchor::Source;
use super::{command, escape};

/// How many bytes of an output, and of a host's request, are shown.
const SHOWN: usize = 1 << 10;

/// How many bytes of an output are shown where several stand side by side.
const BRIEF: usize = 160;

/// What a cell's panel says beyond the facts of its case.
#[derive(Serialize)]
pub struct Explanation {
    title: String,
    sentences: Vec<String>,
    observed: Option<Observation>,
    differences: Vec<Differing>,
    divergence: Option<Recorded>,
    command: Option<String>,
    request: Option<Shown>,
    replay: Option<String>,
    receipt: Option<Receipt>,
    cost: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
struct Observation {
    exit: String,
    stdout: Shown,
    stderr: Shown,
    member: Option<usize>,
    files: Vec<(String, String)>,
    leaked: Vec<String>,
}

/// Bytes as text, or their beginning.
#[derive(Serialize)]
struct Shown {
    text: String,
    /// How many bytes follow.
    more: usize,
    sha256: Option<String>,
}

#[derive(Serialize)]
struct Differing {
    of: String,
    expected: String,
    observed: String,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    side: Side,
    sign: char,
    text: String,
}

#[derive(Serialize)]
struct Recorded {
    reason: String,
    fault: &'static str,
    versions: String,
    source: Source,
    reported: bool,
    location: String,
}

impl Explanation {
    /// Explains a record.
    ///
    /// # Errors
    /// If the record is broken.
    pub fn of(record: &Record, column: &ColumnFacts) -> Result<Explanation> {
        let invocation = record.invocation.as_ref();
        let request = invocation.and_then(|invocation| invocation.request.as_ref()).map(serde_json::to_string);
        let request = request.transpose().with_context(|| record.cell.clone())?;
        let differing = |difference: &crate::difference::Difference| Differing {
            of: difference.of.clone(),
            expected: difference.expected.clone(),
            observed: difference.observed.clone(),
            lines: difference
                .diff
                .iter()
                .map(|line| Line { side: line.side, sign: line.side.sign(), text: line.text.clone() })
                .collect(),
        };
        Ok(Explanation {
            title: format!("{} {}", column.name, column.version),
            sentences: sentences(record, column),
            observed: observation(record)?,
            differences: record.differences.iter().map(differing).collect(),
            divergence: record.divergence.as_ref().map(Recorded::of),
            command: invocation.map(command::line),
            request: request.map(|request| Shown::of(request.as_bytes(), request.len(), None, false)),
            replay: invocation.map(|_| format!("cargo test -- --exact {}", command::word(&record.cell))),
            receipt: record.receipt.clone(),
            cost: record.outcome.as_ref().map_or_else(Vec::new, |outcome| cost(outcome.usage, outcome.engine)),
        })
    }
}

/// The verdict in plain English.
fn sentences(record: &Record, column: &ColumnFacts) -> Vec<String> {
    let runtime = format!("{} {}", column.name, column.version);
    let one = |sentence: String| vec![sentence];
    match &record.verdict {
        Verdict::Pass => one(format!("{runtime} did exactly what the case expects.")),
        Verdict::Fail { failure } => {
            let second = match record.divergence {
                None => "Nobody has recorded this yet.",
                Some(_) => "A divergence is on record, but what was observed is not what it describes.",
            };
            vec![format!("{runtime} did not do what the case expects: {}.", happened(*failure)), second.to_owned()]
        }
        Verdict::Known { failure } => vec![
            format!("{runtime} does not do what the case expects: {}.", happened(*failure)),
            "This is on record, and exactly what is recorded was observed.".to_owned(),
        ],
        Verdict::Stale => {
            let place = record.divergence.as_ref().map(|known: &Known| at(&known.location)).unwrap_or_default();
            vec![
                format!("{runtime} did exactly what the case expects, although a divergence is on record."),
                format!("The record{place} is out of date and is to be deleted."),
            ]
        }
        Verdict::Observed => {
            one(format!("This is what {runtime} does. The specification leaves it open, so nothing is judged."))
        }
        Verdict::Unsupported { capability } => {
            one(format!("Not run: the way {runtime} is driven here cannot {} ({capability}).", capability.sentence()))
        }
        Verdict::Unavailable { hint } => {
            vec![format!("Not run: {runtime} was not installed."), format!("How to get it: {hint}")]
        }
        Verdict::HarnessError { message } => {
            vec![format!("The harness could not do its part, so nothing is known of {runtime} here."), message.clone()]
        }
    }
}

fn at(location: &Location) -> String {
    format!(" at {location}")
}

fn happened(failure: Failure) -> &'static str {
    match failure {
        Failure::WrongOutput => "its output differs",
        Failure::WrongExit => "the guest ended with another exit code",
        Failure::WrongFiles => "what is left on the host differs",
        Failure::Trap => "the engine stopped the guest",
        Failure::MissingImport => "it does not provide a function the guest imports",
        Failure::Crash => "its process was killed by a signal",
        Failure::Timeout => "the guest had not ended at the deadline",
        Failure::OutputLimit => "it wrote far too much",
        Failure::MemoryLimit => "it stopped the guest at a limit nobody set",
    }
}

fn observation(record: &Record) -> Result<Option<Observation>> {
    let Some(outcome) = &record.outcome else { return Ok(None) };
    let shown = |excerpt: &Excerpt| -> Result<Shown> {
        Ok(Shown::of(&bytes_of(excerpt, &record.cell)?, excerpt.len, excerpt.sha256.clone(), true))
    };
    Ok(Some(Observation {
        exit: outcome.exit.to_string(),
        stdout: shown(&outcome.stdout)?,
        stderr: shown(&outcome.stderr)?,
        member: outcome.member,
        files: outcome.files.clone(),
        leaked: outcome.leaked.iter().map(|leak| format!("process {} ({})", leak.pid, leak.command)).collect(),
    }))
}

impl Shown {
    fn of(kept: &[u8], len: usize, sha256: Option<String>, lines: bool) -> Shown {
        let beginning = escape::beginning(kept, SHOWN);
        let text = escape::bytes(beginning, lines);
        Shown { text, more: len.saturating_sub(beginning.len()), sha256 }
    }
}

/// The bytes an excerpt keeps.
///
/// # Errors
/// If they are not what its encoding says, with the cell in the message.
pub fn bytes_of(excerpt: &Excerpt, cell: &str) -> Result<Vec<u8>> {
    match (&excerpt.text, &excerpt.base64) {
        (Some(text), _) => Ok(text.clone().into_bytes()),
        (None, Some(base64)) => STANDARD.decode(base64).with_context(|| format!("{cell}: broken base64 in its record")),
        (None, None) => Ok(Vec::new()),
    }
}

/// What was observed, short enough to be set beside others.
///
/// # Errors
/// If the record is broken.
pub fn in_short(record: &Record) -> Result<Option<String>> {
    let Some(outcome) = &record.outcome else { return Ok(None) };
    let bytes = bytes_of(&outcome.stdout, &record.cell)?;
    let beginning = escape::beginning(&bytes, BRIEF);
    let mut text = escape::bytes(beginning, true);
    let rest = outcome.stdout.len.saturating_sub(beginning.len());
    if rest > 0 {
        text.push_str(&format!("… and {rest} more bytes"));
    }
    let exit = match &outcome.exit {
        Exit::Code { code: 0, .. } if !text.is_empty() => return Ok(Some(text)),
        exit => exit.to_string(),
    };
    Ok(Some(if text.is_empty() { exit } else { format!("{exit}\n{text}") }))
}

impl Recorded {
    fn of(known: &Known) -> Recorded {
        Recorded {
            reason: known.reason.clone(),
            fault: match known.fault {
                Fault::Runtime => "the runtime’s",
                Fault::Go => "Go’s",
                Fault::Spec => "the specification’s: it leaves this open or contradicts itself",
            },
            versions: known.versions.clone(),
            source: Source::of(&known.url),
            reported: known.url != "unreported",
            location: known.location.to_string(),
        }
    }
}

fn cost(usage: Usage, engine: Option<EngineTimes>) -> Vec<(&'static str, String)> {
    let mut cost = vec![
        ("time", duration(usage.wall)),
        ("processor", duration(usage.cpu)),
        ("memory", format!("{:.1} MiB at most", usage.max_rss_bytes as f64 / f64::from(1 << 20))),
    ];
    if let Some(engine) = engine {
        let inside = |nanoseconds| duration(Duration::from_nanos(nanoseconds));
        cost.push(("to compile", inside(engine.compile_ns)));
        cost.push(("to instantiate", inside(engine.instantiate_ns)));
        cost.push(("in the guest", inside(engine.run_ns)));
    }
    cost
}

/// To three digits or so: more would be noise.
fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1e3;
    match milliseconds {
        long if long >= 1e3 => format!("{:.2} s", long / 1e3),
        middling if middling >= 10.0 => format!("{middling:.0} ms"),
        short => format!("{short:.2} ms"),
    }
}
