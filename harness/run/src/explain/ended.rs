//! Ends that show by themselves what went wrong, and what got lost on the way out of a guest.

use super::{Finding, Side};
use matrix_model::explanation::Pattern;
use matrix_model::outcome::Exit;

/// Says that a column's compiler failed.
pub(crate) fn not_compiled(column: &str, message: &str) -> String {
    format!("{column} did not compile the guest, so it was not started: {message}.")
}

/// Explains why a guest was not started.
pub(super) fn not_started(own: Side) -> Option<Finding> {
    let (pattern, sentence, cause, function) = match &own.seen.outcome.exit {
        Exit::MissingImport { import } => (
            Pattern::MissingImport,
            format!("{} does not provide the import {import}, and did not start the guest.", own.name),
            format!("It does not provide the import {import}."),
            Some(import.rsplit('.').next().unwrap_or(import).to_owned()),
        ),
        Exit::NotCompiled { message, .. } => {
            (Pattern::NotCompiled, not_compiled(own.name, message), "It does not compile the guest.".to_owned(), None)
        }
        _ => return None,
    };
    Some(Finding { cause: Some(cause), function, ..Finding::new(pattern, sentence) })
}

/// The cause if a call did not return.
pub(super) fn within(pattern: Pattern, function: &str) -> String {
    match pattern {
        Pattern::Hang => format!("It does not come back from {function}."),
        _ => format!("It stops within {function}."),
    }
}

/// Explains an end that was not the guest's own, such as a trap, a signal or a timeout.
pub(super) fn ended(own: Side) -> Option<Finding> {
    let last = own.seen.trace.calls.last();
    let told = last.map_or_else(|| "its first call".to_owned(), wasip1_trace::line);
    let open = last.filter(|call| call.returned.is_none() && call.function != "proc_exit");
    let (name, exit) = (own.name, &own.seen.outcome.exit);
    let stops = matches!(exit, Exit::Trap { .. } | Exit::Signal { .. } | Exit::Limit { .. });
    let (pattern, cause, sentence) = match (exit, open) {
        (Exit::Timeout, Some(call)) => {
            let words = format!("{name} had not come back from {told} at the deadline.");
            (Pattern::Hang, within(Pattern::Hang, &call.function), words)
        }
        (Exit::Timeout, None) => {
            let words = format!("Under {name} the guest made no call after {told}, and had not ended at the deadline.");
            (Pattern::Runs, "The guest goes on without a host call until the deadline.".to_owned(), words)
        }
        (_, Some(call)) if stops => {
            let words = format!("{name} stopped within {told}: {exit}.");
            (Pattern::TrapInCall, within(Pattern::TrapInCall, &call.function), words)
        }
        (_, None) if stops => {
            let words = format!("{name} stopped the guest after {told}: {exit}.");
            let exit = exit.to_string();
            let how = exit.split([':', '\n']).next().unwrap_or("");
            (Pattern::TrapAfterCall, format!("It stops the guest in no host call: {how}."), words)
        }
        _ => return None,
    };
    let function = open.map(|call| call.function.clone());
    Some(Finding { cause: Some(cause), function, ..Finding::new(pattern, sentence) })
}

/// Explains an exit code that is not the one that the guest gave.
pub(super) fn lost_exit_code(own: Side) -> Option<Finding> {
    let last = own.seen.trace.calls.last()?;
    let Exit::Code { code, whole } = &own.seen.outcome.exit else { return None };
    let given = last.passed.first().copied().unwrap_or(0) as u32;
    let expected = if *whole { given.cast_signed() } else { (given & 0xff).cast_signed() };
    let sentence = format!("The guest called proc_exit(rval={given}), and {} ended with {code}.", own.name);
    (last.function == "proc_exit" && expected != *code).then(|| Finding {
        cause: Some("It does not end with the code that proc_exit was given.".to_owned()),
        function: Some("proc_exit".to_owned()),
        ..Finding::new(Pattern::ExitCode, sentence)
    })
}

/// Explains a stdout that is not what the guest wrote there: some of it did not arrive, or the runtime adds to it.
pub(super) fn other_output(own: Side, reference: Side) -> Option<Finding> {
    let written = |side: &Side| -> u64 { side.seen.trace.calls.iter().filter_map(|call| call.wrote(1)).sum() };
    let came = |side: &Side| side.seen.outcome.stdout.len() as u64;
    let is_told = own.seen.trace.untold.is_none() && reference.seen.trace.untold.is_none();
    let (wrote, came) = match (written(&own), came(&own), written(&reference) == came(&reference)) {
        (wrote, came, true) if is_told && wrote != came => (wrote, came),
        _ => return None,
    };
    let (sentence, cause) = match wrote > came {
        true => (
            format!("The guest wrote {wrote} bytes to stdout, and of {} there came {came}.", own.name),
            "What the guest writes to stdout does not all come out.",
        ),
        false => (
            format!(
                "The guest wrote {wrote} bytes to stdout, and {} wrote {} more of its own.",
                own.name,
                came - wrote
            ),
            "It writes to stdout itself.",
        ),
    };
    let function = (wrote > came).then(|| "fd_write".to_owned());
    Some(Finding { cause: Some(cause.to_owned()), function, ..Finding::new(Pattern::Output, sentence) })
}
