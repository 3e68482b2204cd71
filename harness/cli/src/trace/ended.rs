//! Whether a traced module ended by itself.

use matrix_model::case::{Case, Location};
use matrix_model::outcome::Exit;
use matrix_run::explain::{Side, explain_end};
use matrix_run::traced_run::TracedRun;

/// How a run ended that the module did not end itself, as a sentence; `None` if it did, with whatever code. A runtime that
/// ends with another code than 0, without a `proc_exit` from the module, stopped it or did not start it.
pub(super) fn not_by_itself(name: &str, run: &TracedRun) -> Option<String> {
    let case = Case::of_module("trace", String::new(), Location { file: String::new(), line: 0 });
    if let Some(explanation) = explain_end(Side { name, seen: run }, &case) {
        return Some(explanation.sentence);
    }
    let called_exit = run.trace.calls.last().is_some_and(|call| call.function == "proc_exit");
    match &run.outcome.exit {
        Exit::Code { code: 0, .. } => None,
        Exit::Code { .. } if called_exit => None,
        Exit::Code { code, .. } => Some(format!(
            "{name} ended with {code}, and the module had not called proc_exit: it was stopped, or not started."
        )),
        exit => Some(format!("{name}: {exit}.")),
    }
}
