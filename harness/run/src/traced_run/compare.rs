//! Compares a traced run and an untraced run of the same case.

use std::sync::LazyLock;

use regex::bytes::Regex;

use matrix_model::case::Case;
use matrix_model::content::quoted;
use matrix_model::outcome::{Exit, Outcome};

/// How many bytes of a stream are shown if two runs differ in it.
const SHOWN: usize = 300;

/// Why an untraced and a traced run of a cell differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Two untraced runs differ too, or may because a race is recorded.
    Varies,
    /// Each run reports its own module's file, and a traced run has another one. Some runtimes open that file as
    /// descriptor 0 if there is no stdin, and some pass its path to the guest.
    OwnFile,
    /// Only figures differ, such as measurements and times, and both runs are judged the same.
    Figures,
    /// An untraced guest differs in this way too as soon as it makes one more host call before all others.
    Moves,
    /// The trace causes the difference, which is described in words.
    Traced(String),
}

/// Whether two outcomes of a case ended in the same way, left the same things behind, are judged the same, and differ
/// only in figures.
pub fn differ_in_figures_alone(case: &Case, one: &Outcome, other: &Outcome) -> bool {
    let words = |bytes: &[u8]| bytes.iter().copied().filter(|byte| !byte.is_ascii_digit()).collect::<Vec<_>>();
    let said = |outcome: &Outcome| Outcome {
        stdout: words(&outcome.stdout).into(),
        stderr: words(&outcome.stderr).into(),
        ..outcome.clone()
    };
    let judged = |outcome: &Outcome| case.expect.mismatches(outcome);
    judged(one) == judged(other) && difference(case, &said(one), &said(other)).is_none()
}

/// Removes from a runtime's message the places in the code, and the digest in the path of the guest's file. A traced
/// guest has other places, another digest, and frames of its own.
fn without_places(said: &[u8]) -> Vec<u8> {
    static FRAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("(?m)^ *[0-9]+: +0x[0-9a-f]+ - [^\n]*\n").expect("a pattern"));
    static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new("0x[0-9a-f]+|[0-9a-f]{16}").expect("a pattern"));
    PLACE.replace_all(&FRAME.replace_all(said, &b""[..]), &b"#"[..]).into_owned()
}

/// Describes how two outcomes of a case differ; `None` if a guest or a user cannot see a difference.
pub fn difference(case: &Case, one: &Outcome, other: &Outcome) -> Option<String> {
    // An engine's message names a place in the code, and a traced module has other places.
    let ended = |outcome: &Outcome| match &outcome.exit {
        Exit::Trap { reason } => format!("a trap: {}", reason.split([':', '\n']).next().unwrap_or(reason)),
        // A runtime that crashes may do so in another place, with another signal.
        Exit::Signal { .. } => "killed by a signal".to_owned(),
        other => other.to_string(),
    };
    let by_itself = |outcome: &Outcome| matches!(outcome.exit, Exit::Code { .. });
    let mismatches = |outcome: &Outcome| case.expect.mismatches(outcome);
    if ended(one) != ended(other) {
        return Some(format!("untraced {}, traced {}", one.exit, other.exit));
    }
    if matches!(one.exit, Exit::OutputLimit) {
        return None;
    }
    let streams = [("stdout", &one.stdout, &other.stdout), ("stderr", &one.stderr, &other.stderr)];
    for (stream, one_bytes, other_bytes) in streams {
        let same =
            one_bytes == other_bytes || stream == "stderr" && without_places(one_bytes) == without_places(other_bytes);
        if !same && (stream == "stdout" || by_itself(one)) {
            let excerpt = |bytes: &[u8]| quoted(&bytes[..bytes.len().min(SHOWN)]);
            return Some(format!("{stream} untraced {}, traced {}", excerpt(one_bytes), excerpt(other_bytes)));
        }
    }
    if (&one.files, &one.outside) != (&other.files, &other.outside) {
        return Some(format!("left behind untraced {:?}, traced {:?}", one.files, other.files));
    }
    if mismatches(one) != mismatches(other) {
        return Some(format!("mismatches untraced {:?}, traced {:?}", mismatches(one), mismatches(other)));
    }
    None
}
