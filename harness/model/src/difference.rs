//! Compares what was expected with what was observed, in words and as a byte-exact diff.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::case::Case;
use crate::content::{Content, quoted};
use crate::expectation::{Again, Aspect, FailedCheck, FileMatcher, Matcher};
use crate::outcome::{Found, Outcome};
use crate::returns;

/// The maximum number of lines kept of a diff. Without it, a guest that floods its output would flood the report.
const LINES: usize = 60;

/// The maximum number of bytes compared line by line on each side. For longer output, the lengths say enough.
const COMPARED: usize = 64 << 10;

/// One respect in which an outcome is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// In what respect.
    pub of: Aspect,
    /// What was expected, in words.
    pub expected: String,
    /// What was observed, in words.
    pub observed: String,
    /// The diff, where exact bytes were expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<DiffLine>,
}

/// One line of a diff. The text is escaped: each byte can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiffLine {
    /// Which side the line is on.
    pub side: Side,
    /// The line, escaped, with its line end shown as `\n`.
    pub text: String,
}

/// Which side a line of a diff is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Both.
    Both,
    /// Expected and not observed.
    Expected,
    /// Observed and not expected.
    Observed,
}

impl Side {
    /// The sign before the line.
    pub fn sign(self) -> char {
        match self {
            Side::Both => ' ',
            Side::Expected => '-',
            Side::Observed => '+',
        }
    }
}

/// Describes every mismatch.
pub fn differences(case: &Case, outcome: &Outcome, mismatches: &[Aspect]) -> Vec<Difference> {
    mismatches
        .iter()
        .map(|aspect| match aspect {
            Aspect::Exit => Difference {
                of: Aspect::Exit,
                expected: case.expect.exit.to_string(),
                observed: outcome.exit.to_string(),
                diff: Vec::new(),
            },
            Aspect::Control => of_control(&case.expect.control, &outcome.stdout),
            Aspect::Stdout => of_bytes(Aspect::Stdout, &case.expect.stdout, &outcome.stdout),
            Aspect::Check(by) => of_check(by, &case.expect.failed_checks(&outcome.stdout)),
            Aspect::Stderr => {
                let matcher = case.expect.stderr.as_ref().expect("stderr mismatches only where it is judged");
                of_bytes(Aspect::Stderr, matcher, &outcome.stderr)
            }
            Aspect::File(path) => of_file(aspect, &case.expect.files[path], outcome.files.get(path)),
            Aspect::Outside(path) => of_file(aspect, &case.expect.outside[path], outcome.outside.get(path)),
            Aspect::Returns => Difference {
                of: Aspect::Returns,
                expected: case.expect.returns.as_deref().map_or_else(String::new, returns::in_words),
                observed: returns::in_words(&outcome.returns),
                diff: Vec::new(),
            },
            Aspect::Again => of_second_run(case.expect.again, outcome),
            Aspect::StdinRest => {
                let matcher = case.expect.stdin_rest.as_ref().expect("the rest mismatches only where it is judged");
                of_bytes(Aspect::StdinRest, matcher, outcome.stdin_rest.as_ref().unwrap_or(&Content::from(Vec::new())))
            }
            Aspect::ChangedFlags => Difference {
                of: Aspect::ChangedFlags,
                expected: flags_in_words(case.expect.changed_flags.as_deref()),
                observed: flags_in_words(outcome.changed_flags.as_deref()),
                diff: Vec::new(),
            },
        })
        .collect()
}

/// What is left changed, in words.
pub(crate) fn flags_in_words(changed: Option<&[String]>) -> String {
    match changed {
        None => "not looked at".to_owned(),
        Some([]) => "nothing".to_owned(),
        Some(changed) => changed.join(", "),
    }
}

/// Both runs. What is expected of the second run is the first run's output, or any other.
fn of_second_run(expected: Option<Again>, outcome: &Outcome) -> Difference {
    let expected = expected.map_or_else(String::new, |again| again.to_string());
    let Some(second) = &outcome.again else {
        let observed = "no second run".to_owned();
        return Difference { of: Aspect::Again, expected, observed, diff: Vec::new() };
    };
    Difference {
        of: Aspect::Again,
        expected: format!("{expected}; the first: {}, {}", outcome.exit, outcome.stdout),
        observed: format!("the second: {}, {}", second.exit, second.stdout),
        diff: if outcome.stdout == second.stdout { Vec::new() } else { diff(&outcome.stdout, &second.stdout) },
    }
}

/// The control, and as many lines of stdout.
fn of_control(control: &[u8], stdout: &Content) -> Difference {
    let lines = control.iter().filter(|byte| **byte == b'\n').count();
    let first: Vec<u8> = stdout.split_inclusive(|byte| *byte == b'\n').take(lines).flatten().copied().collect();
    let first = Content::from(first);
    Difference {
        of: Aspect::Control,
        expected: format!("{} at the beginning of stdout", quoted(control)),
        observed: first.to_string(),
        diff: diff(&control.to_vec().into(), &first),
    }
}

/// The lines of stdout that one other case judges.
fn of_check(by: &str, failed: &[FailedCheck]) -> Difference {
    let text = |line: fn(&FailedCheck) -> &[u8]| {
        let lines = failed.iter().filter(|check| check.by == by).map(line);
        Content::from(lines.flat_map(|line| [line, b"\n"].concat()).collect::<Vec<u8>>())
    };
    let (expected, observed) = (text(|check| &check.expected), text(|check| &check.observed));
    Difference {
        of: Aspect::Check(by.to_owned()),
        expected: format!("exactly {expected}"),
        observed: observed.to_string(),
        diff: diff(&expected, &observed),
    }
}

fn of_bytes(of: Aspect, matcher: &Matcher, observed: &Content) -> Difference {
    Difference {
        of,
        expected: matcher.to_string(),
        observed: observed.to_string(),
        diff: matcher.exact().map_or_else(Vec::new, |expected| diff(&expected.to_vec().into(), observed)),
    }
}

fn of_file(of: &Aspect, matcher: &FileMatcher, found: Option<&Found>) -> Difference {
    let observed = found.unwrap_or(&Found::Nothing).to_string();
    let diff = match (matcher, found) {
        (FileMatcher::Content(Matcher::Exact(expected)), Some(Found::File(content))) => {
            diff(&expected.clone().into(), content)
        }
        _ => Vec::new(),
    };
    Difference { of: of.clone(), expected: matcher.to_string(), observed, diff }
}

/// A diff of two contents, line by line, cut where it becomes long.
pub(crate) fn diff(expected: &Content, observed: &Content) -> Vec<DiffLine> {
    let cut = |content: &Content| content.iter().take(COMPARED).copied().collect::<Vec<u8>>();
    let (expected_part, observed_part) = (cut(expected), cut(observed));
    let text_diff =
        TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(&expected_part[..], &observed_part[..]);
    let mut lines: Vec<_> = text_diff
        .iter_all_changes()
        .take(LINES + 1)
        .map(|change| {
            let side = match change.tag() {
                ChangeTag::Equal => Side::Both,
                ChangeTag::Delete => Side::Expected,
                ChangeTag::Insert => Side::Observed,
            };
            DiffLine { side, text: escaped(change.value()) }
        })
        .collect();
    let is_cut = |content: &Content| content.len() > COMPARED || content.whole().is_none();
    let cut_off = lines.len() > LINES || is_cut(expected) || is_cut(observed);
    if cut_off {
        lines.truncate(LINES);
        let text = format!("… cut here; {} bytes expected, {} observed", expected.len(), observed.len());
        lines.push(DiffLine { side: Side::Both, text });
    }
    lines
}

/// A line with all invisible characters escaped, cut after 500 bytes.
fn escaped(line: &[u8]) -> String {
    const SHOWN: usize = 500;
    let shown = &line[..line.len().min(SHOWN)];
    let mut text = String::new();
    for chunk in shown.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\'' => text.push(c),
                c => text.extend(c.escape_debug()),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    if line.len() > SHOWN {
        text.push_str(&format!("… {} more bytes", line.len() - SHOWN));
    }
    text
}
