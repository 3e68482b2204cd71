//! How badly a cell differs.
//!
//! The rules look at how the guest ended and at the lines that differ. What they cannot tell is taken for a wrong
//! result. A recorded race that does not show has no differences; there the recorded kind of failure decides.

use crate::difference::{DiffLine, Difference, Side};
use crate::expectation::{Aspect, ExpectedExit};
use crate::outcome::Exit;
use crate::record::Record;
use crate::results::CaseFacts;
use crate::verdict::Failure;

use super::Severity;

/// The severity of a cell that is not as expected.
pub(super) fn of(record: &Record, case: &CaseFacts, failure: Failure) -> Severity {
    match failure {
        Failure::MissingImport | Failure::NotCompiled => Severity::DoesNotStart,
        Failure::Trap | Failure::Crash | Failure::Timeout | Failure::OutputLimit | Failure::MemoryLimit => {
            Severity::Breaks
        }
        // Guests end with 0 unless the case is about an exit code: any other end is a program that broke off.
        Failure::WrongExit if case.expects_exit(ExpectedExit::Code(0)) => Severity::Breaks,
        Failure::WrongExit if record.outcome.as_ref().is_some_and(|outcome| is_stopped(&outcome.exit)) => {
            Severity::Breaks
        }
        Failure::WrongExit | Failure::WrongFiles => Severity::WrongResult,
        // Nothing is known of the promise, and the program could not do what it must be able to do.
        Failure::ControlFailed => Severity::WrongResult,
        Failure::WrongOutput => of_output(&record.differences),
    }
}

/// Whether this is an end that was not the guest's own.
fn is_stopped(exit: &Exit) -> bool {
    !matches!(exit, Exit::Code { .. } | Exit::Limit { .. })
}

fn of_output(differences: &[Difference]) -> Severity {
    let is_detail = |difference: &Difference| match difference.of {
        Aspect::Stderr => true,
        Aspect::Stdout => is_another_error(&difference.diff),
        _ => false,
    };
    match !differences.is_empty() && differences.iter().all(is_detail) {
        true => Severity::Detail,
        false => Severity::WrongResult,
    }
}

/// Whether each line that differs reports an error of the same operation, expected and observed.
fn is_another_error(diff: &[DiffLine]) -> bool {
    let on = |side: Side| diff.iter().filter(move |line| line.side == side).map(|line| failed_operation(&line.text));
    let (expected, observed): (Vec<_>, Vec<_>) = (on(Side::Expected).collect(), on(Side::Observed).collect());
    !expected.is_empty() && expected == observed && expected.iter().all(Option::is_some)
}

/// The operation that a line of a guest says has failed: `mkdir` of `mkdir: error: EIO`, of `mkdir: refused` and of
/// `mkdir: fs.ErrNotExist`. These are the three forms in which guests print errors.
fn failed_operation(line: &str) -> Option<&str> {
    let line = line.strip_suffix("\\n").unwrap_or(line);
    if let Some((operation, _)) = line.split_once(": error: ") {
        return Some(operation);
    }
    let (operation, error) = line.rsplit_once(": ")?;
    (error == "refused" || error.starts_with("fs.Err")).then_some(operation)
}
