//! The explanation of a cell in words. Cells of a runtime with equal explanations share a section.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use matrix_model::plural::counted;
use serde::Serialize;

use matrix_model::difference::{Difference, Side};
use matrix_model::divergence::Fault;
use matrix_model::expectation::Aspect;
use matrix_model::outcome::Exit;
use matrix_model::record::{Known, Record};
use matrix_model::recorded_outcome::{Excerpt, ObservedFile};
use matrix_model::returns;
use matrix_model::verdict::{Failure, Need, Verdict};

use super::address::{self, Source};
use super::mark::Mark;
use matrix_model::escape;

/// How many bytes of an output are shown.
const SHOWN: usize = 1 << 10;

/// How many bytes of an output are shown where several are side by side.
const BRIEF: usize = 160;

/// What a section says besides the facts of its case and the way its cells were run.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    #[serde(flatten)]
    pub mark: Mark,
    pub sentences: Vec<String>,
    observed: Option<Observation>,
    differences: Vec<Differing>,
    /// Lines that other cases judge and that are not as expected: each with the page of that case.
    checks: Vec<(Differing, String)>,
    pub divergence: Option<Recorded>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Observation {
    exit: String,
    stdout: Shown,
    stderr: Shown,
    /// What exports returned, in words.
    returns: Option<String>,
    /// How a second run ended, and what it wrote.
    again: Option<(String, Shown)>,
    member: Option<usize>,
    files: Vec<(String, String)>,
    leaked: Vec<String>,
}

/// Bytes as text, or the beginning of them.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Shown {
    text: String,
    /// How many bytes follow.
    more: usize,
    sha256: Option<String>,
}

/// One respect in which something differs from what is expected, with its diff.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Differing {
    of: String,
    expected: String,
    observed: String,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    side: Side,
    sign: char,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Recorded {
    pub reason: String,
    fault: &'static str,
    versions: String,
    /// None if it holds in all modes.
    modes: Option<String>,
    source: Source,
    reported: bool,
    location: String,
    /// Whether it is recorded outside the project.
    outside: bool,
}

impl Explanation {
    /// Explains a record of a runtime with this name, whose answer has this mark.
    ///
    /// # Errors
    /// If the record is broken.
    pub fn of(record: &Record, mark: Mark, runtime: &str) -> Result<Explanation> {
        Ok(Explanation {
            mark,
            sentences: sentences(record, runtime),
            observed: observation(record)?,
            differences: record.differences.iter().map(Differing::of).collect(),
            checks: record.checks.iter().map(|check| (Differing::of(check), page_of_judge(&check.of))).collect(),
            divergence: record.divergence.as_ref().map(Recorded::of),
        })
    }
}

impl Differing {
    pub(crate) fn of(difference: &Difference) -> Differing {
        let lines = difference.diff.iter();
        Differing {
            of: difference.of.to_string(),
            expected: difference.expected.clone(),
            observed: difference.observed.clone(),
            lines: lines
                .map(|line| Line { side: line.side, sign: line.side.sign(), text: line.text.clone() })
                .collect(),
        }
    }
}

/// The page of the case that judges a check, from the folder of all pages.
fn page_of_judge(of: &Aspect) -> String {
    match of {
        Aspect::Check(by) => address::file("case", by),
        _ => String::new(),
    }
}

/// The verdict in plain English.
fn sentences(record: &Record, runtime: &str) -> Vec<String> {
    let verdict = &record.verdict;
    if record.reference
        && let Some(sentences) = sentences_of_reference(verdict, runtime)
    {
        return sentences;
    }
    let meaning = verdict.kind().sentence(runtime);
    match verdict {
        Verdict::Fail { failure } | Verdict::Known { failure } if record.is_withheld() => vec![
            differs(runtime, *failure),
            "How is withheld: the runtime’s developers are to know it first.".to_owned(),
        ],
        Verdict::Fail { failure } => {
            let second = match record.divergence {
                None => "Nobody has recorded this yet.",
                Some(_) => "A divergence is recorded, but it does not describe what was observed.",
            };
            vec![differs(runtime, *failure), second.to_owned()]
        }
        Verdict::Known { failure } if record.is_as_expected() => vec![
            format!("{runtime} does not always do what the case expects: sometimes {}.", happened(*failure)),
            "This is recorded as a race; in this run it did as expected.".to_owned(),
        ],
        Verdict::Known { failure } => {
            vec![differs(runtime, *failure), "This is recorded, and exactly what is recorded was observed.".to_owned()]
        }
        Verdict::Stale => {
            let place = record.divergence.as_ref().map(|known: &Known| format!(" at {}", known.location));
            vec![meaning, format!("Delete the record{}.", place.unwrap_or_default())]
        }
        Verdict::Flaky { red, attempts, failure } => {
            let how = failure.map_or("it did as expected although a deviation is recorded", happened);
            vec![
                format!("{runtime} was red in {red} of {}: {how}.", counted(*attempts as usize, "attempt")),
                "It was not red when run again. The first attempt is shown.".to_owned(),
            ]
        }
        Verdict::Unsupported { needs: Need::Capability(capability) } => {
            vec![format!("Not run: the way {runtime} is driven cannot {} ({capability}).", capability.sentence())]
        }
        Verdict::Unsupported { needs: Need::Go(range) } => {
            vec![format!("Not run: the case holds for Go {range}, and the guests were built by another Go.")]
        }
        Verdict::Unsupported { needs: Need::NativelyIn(surrounding) } => {
            vec![format!(
                "Not judged: native Linux does not do what the case expects in {surrounding}, or cannot be asked there."
            )]
        }
        Verdict::Unavailable { hint } => vec![meaning, format!("How to get it: {hint}")],
        Verdict::HarnessError { message } => vec![meaning, message.clone()],
        _ => vec![meaning],
    }
}

/// The verdict on the reference in plain English, if it differs from the same verdict on a runtime.
fn sentences_of_reference(verdict: &Verdict, name: &str) -> Option<Vec<String>> {
    Some(match verdict {
        Verdict::Fail { failure } => vec![
            differs(name, *failure),
            "This is the reference: either the expectation is wrong, or the case has to say why Linux deviates."
                .to_owned(),
        ],
        Verdict::Known { failure } => vec![differs(name, *failure), "The case says why.".to_owned()],
        Verdict::Stale => vec![
            format!("{name} did exactly what the case expects, although the case says that it does not."),
            "Delete what the case says about it.".to_owned(),
        ],
        _ => return None,
    })
}

fn differs(runtime: &str, failure: Failure) -> String {
    format!("{runtime} did not do what the case expects: {}.", happened(failure))
}

fn happened(failure: Failure) -> &'static str {
    match failure {
        Failure::ControlFailed => "what must hold beforehand did not, so that the promise was not tried",
        Failure::WrongOutput => "its output differs",
        Failure::WrongExit => "the guest exited with another code",
        Failure::WrongFiles => "what is left on the host differs",
        Failure::Trap => "the engine stopped the guest",
        Failure::MissingImport => "it does not provide a function that the guest imports",
        Failure::NotCompiled => "its compiler did not compile the guest",
        Failure::Crash => "its process was killed by a signal",
        Failure::Timeout => "the guest had not ended at the deadline",
        Failure::OutputLimit => "it wrote far too much",
        Failure::MemoryLimit => "it stopped the guest at a limit that nobody set",
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
        returns: (!outcome.returns.is_empty()).then(|| returns::in_words(&outcome.returns)),
        again: match &outcome.again {
            Some(second) => Some((second.exit.to_string(), shown(&second.stdout)?)),
            None => None,
        },
        member: outcome.member,
        files: outcome.files.iter().map(file).collect(),
        leaked: outcome.leaked.iter().map(|leak| format!("process {} ({})", leak.pid, leak.command)).collect(),
    }))
}

/// A path, and what was there, in words.
fn file(file: &ObservedFile) -> (String, String) {
    (file.aspect().to_string(), file.is.in_words())
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

/// What was observed, short enough to stand beside others.
///
/// # Errors
/// If the record is broken.
pub(crate) fn in_short(record: &Record) -> Result<Option<String>> {
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
    /// The same without its location. A reason often stands in several entries, one for each case or range of versions.
    pub fn anywhere(self) -> Recorded {
        Recorded { location: String::new(), ..self }
    }

    /// The divergence that a record keeps.
    pub fn of(known: &Known) -> Recorded {
        Recorded {
            reason: known.reason.clone(),
            fault: match known.fault {
                Fault::Runtime => "the runtime’s",
                Fault::Go => "Go’s",
                Fault::Spec => "the specification’s: it leaves this open or contradicts itself",
            },
            versions: known.versions.clone(),
            modes: known.modes.as_ref().map(|modes| modes.iter().cloned().collect::<Vec<_>>().join(", ")),
            source: Source::of(&known.url),
            reported: known.url != "unreported",
            location: known.location.to_string(),
            outside: known.outside,
        }
    }
}
