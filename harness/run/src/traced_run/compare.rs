//! In what a traced run and an untraced one of the same case differ.

use std::sync::LazyLock;

use regex::bytes::Regex;

use matrix_model::case::Case;
use matrix_model::content::quoted;
use matrix_model::outcome::{Exit, Outcome};

/// How many bytes of a stream are told where two runs differ in it.
const SHOWN: usize = 300;

/// How two runs of a cell of which one was traced may differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// As two untraced runs do, or may where a race is recorded.
    Varies,
    /// Because each run tells of its own module's file, and a traced one is another: some runtimes open that file as
    /// descriptor 0 where there is no stdin, and some hand the guest its path.
    OwnFile,
    /// In figures alone, and both are judged the same: what was measured, or when.
    Figures,
    /// As an untraced guest differs from itself that makes one host call more before all others.
    Moves,
    /// Because of the trace; in what, in words.
    Traced(String),
}

/// Whether two outcomes of a case ended in the same way, left the same behind, are judged the same, and say the same but
/// for figures.
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

/// What a runtime says without where in the code it was, and without the digest that the folder of the guest's file is called
/// by: a traced guest has others, and frames of its own.
fn without_places(said: &[u8]) -> Vec<u8> {
    static FRAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("(?m)^ *[0-9]+: +0x[0-9a-f]+ - [^\n]*\n").expect("a pattern"));
    static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new("0x[0-9a-f]+|[0-9a-f]{16}").expect("a pattern"));
    PLACE.replace_all(&FRAME.replace_all(said, &b""[..]), &b"#"[..]).into_owned()
}

/// In what two outcomes of a case differ, in words; none if in nothing that a guest or a user can see.
pub fn difference(case: &Case, one: &Outcome, other: &Outcome) -> Option<String> {
    // An engine says where in the code it was; that is another place in a traced module.
    let ended = |outcome: &Outcome| match &outcome.exit {
        Exit::Trap { reason } => format!("a trap: {}", reason.split([':', '\n']).next().unwrap_or(reason)),
        // One that breaks down does so in another place, and by another signal.
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
