//! Why a cell is as it is, in words.

use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::case::Location;
use crate::difference::{Difference, Side};
use crate::divergence::Fault;
use crate::outcome::{EngineTimes, Exit, Usage};
use crate::record::{Excerpt, Known, Receipt, Record};
use crate::verdict::{Colour, Failure, Need, Verdict};

use super::anchor::Source;
use super::column_card::ColumnCard;
use super::shared::Shared;
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
    /// What its request has beyond what all hosts' requests of the case have.
    request: Option<String>,
    replay: Option<String>,
    receipt: Option<Paper>,
    cost: Option<String>,
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

/// A receipt, as far as it is not said once for all.
#[derive(Serialize)]
struct Paper {
    reported: String,
    sha256: String,
    /// Whether the column's card has the whole of that sha256.
    on_card: bool,
    /// The guest's sha256 and what built it, where not all cells of the case ran the same.
    guest: Option<(String, String)>,
    platform: String,
}

impl Paper {
    fn of(receipt: &Receipt, card: &ColumnCard, shared: &Shared) -> Paper {
        let on_card = card.sha256.as_ref() == Some(&receipt.runtime_sha256);
        let digits = if on_card { 12 } else { usize::MAX };
        Paper {
            reported: receipt.reported_version.clone(),
            sha256: escape::short(&receipt.runtime_sha256, digits),
            on_card,
            guest: shared.guest.is_none().then(|| (receipt.guest_sha256.clone(), receipt.go.clone())),
            platform: receipt.platform.clone(),
        }
    }
}

impl Explanation {
    /// Explains a record.
    ///
    /// # Errors
    /// If the record is broken.
    pub fn of(record: &Record, card: &ColumnCard, shared: &Shared) -> Result<Explanation> {
        let title = format!("{} {}", card.name, card.version);
        let own_request = shared.own_request(record).map(|own| request(&own)).transpose()?;
        let receipt = record.receipt.as_ref();
        // What went as it should is rarely run again, and there is a lot of it.
        let again = record.invocation.is_some() && matches!(record.verdict.colour(), Colour::Red | Colour::Amber);
        Ok(Explanation {
            sentences: sentences(record, &title),
            title,
            observed: observation(record)?,
            differences: record.differences.iter().map(Differing::of).collect(),
            divergence: record.divergence.as_ref().map(Recorded::of),
            command: record.invocation.as_ref().map(command::line),
            request: own_request.flatten(),
            replay: again.then(|| format!("cargo test -- --exact {}", command::word(&record.cell))),
            receipt: receipt.map(|receipt| Paper::of(receipt, card, shared)),
            cost: record.outcome.as_ref().map(|outcome| cost(outcome.usage, outcome.engine)),
        })
    }
}

/// A request to a host, or a part of one, as JSON; cut where it is long, and none where it is empty.
///
/// # Errors
/// If it is not JSON.
pub fn request(fields: &Map<String, Value>) -> Result<Option<String>> {
    if fields.is_empty() {
        return Ok(None);
    }
    let json = serde_json::to_string(fields)?;
    let beginning = escape::beginning(json.as_bytes(), SHOWN);
    let rest = json.len() - beginning.len();
    let text = String::from_utf8_lossy(beginning);
    Ok(Some(if rest > 0 { format!("{text}… and {rest} more bytes") } else { text.into_owned() }))
}

impl Differing {
    fn of(difference: &Difference) -> Differing {
        let lines = difference.diff.iter();
        Differing {
            of: difference.of.clone(),
            expected: difference.expected.clone(),
            observed: difference.observed.clone(),
            lines: lines
                .map(|line| Line { side: line.side, sign: line.side.sign(), text: line.text.clone() })
                .collect(),
        }
    }
}

/// The verdict in plain English.
fn sentences(record: &Record, runtime: &str) -> Vec<String> {
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
        Verdict::Unsupported { needs: Need::Capability(capability) } => {
            one(format!("Not run: the way {runtime} is driven here cannot {} ({capability}).", capability.sentence()))
        }
        Verdict::Unsupported { needs: Need::Go(range) } => {
            one(format!("Not run: the case holds for Go {range}, and the guests were built by another."))
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
        let kept = bytes_of(excerpt, &record.cell)?;
        let beginning = escape::beginning(&kept, SHOWN);
        let more = excerpt.len.saturating_sub(beginning.len());
        Ok(Shown { text: escape::bytes(beginning, true), more, sha256: excerpt.sha256.clone() })
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

fn cost(usage: Usage, engine: Option<EngineTimes>) -> String {
    let (time, processor) = (duration(usage.wall), duration(usage.cpu));
    let memory = usage.max_rss_bytes as f64 / f64::from(1 << 20);
    let whole = format!("{time}, {processor} of processor, {memory:.1} MiB at most");
    let inside = |nanoseconds| duration(Duration::from_nanos(nanoseconds));
    match engine {
        None => whole,
        Some(EngineTimes { compile_ns, instantiate_ns, run_ns }) => format!(
            "{whole}; inside the engine {} to compile, {} to instantiate, {} to run",
            inside(compile_ns),
            inside(instantiate_ns),
            inside(run_ns)
        ),
    }
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
