//! A cell as plain text for an issue in the runtime's tracker.

use std::fmt::Write;

use matrix_model::results::CaseFacts;
use matrix_model::text::command_in;
use matrix_model::verdict::Behaviour;

use super::evidence::{Evidence, Witness};
use super::explanation::Explanation;

/// The text. None if there is nothing to report, or not yet: the cell is as expected, is withheld, or belongs to the
/// reference. `others` are the runtime's other columns, each with its answer in words.
pub fn text(
    case: &CaseFacts,
    explanation: &Explanation,
    witnesses: &[Witness],
    evidence: &Evidence,
    others: &[(&str, &str)],
    suite: Option<&str>,
) -> Option<String> {
    let bundle = command_in(suite, "bundle");
    let lead = witnesses.iter().find(|witness| witness.column.primary).or(witnesses.last())?;
    let record = lead.record;
    let tells = record.verdict.kind().behaviour == Behaviour::NotAsExpected;
    let (command, receipt) = (evidence.command.as_ref()?, record.receipt.as_ref()?);
    if !tells || record.is_as_expected() || record.reference || record.is_withheld() {
        return None;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |words: &str| writeln!(text, "{words}").unwrap_or_default();
    let failure = record.verdict.failure().map_or_else(|| "differs".to_owned(), |failure| failure.to_string());
    let kind = if receipt.go.is_empty() { "WASI program" } else { "Go program (GOOS=wasip1)" };
    line(&format!("Title: {kind}: {failure} in {}", case.id));
    line("");
    let program = match receipt.go.as_str() {
        "" => "A WebAssembly program".to_owned(),
        go => format!("A Go program, compiled with GOOS=wasip1 GOARCH=wasm by {go},"),
    };
    let under = format!("under {} {}", lead.column.name, lead.column.label());
    line(&format!("{program} does not get what it is promised {under}."));
    line("");
    for (label, said) in [("What is promised", &case.why), ("Source", &case.doc)] {
        if !said.is_empty() {
            line(&format!("{label}: {said}"));
        }
    }
    if let Some(recorded) = &explanation.divergence {
        line(&format!("What happens: {}", recorded.reason));
    }
    for difference in &record.differences {
        line("");
        line(&format!("{}:", difference.of));
        line(&format!("  expected {}", difference.expected));
        line(&format!("  observed {}", difference.observed));
    }
    line("");
    let digests: Vec<_> = record.runtime_digests().iter().map(|(name, digest)| format!("{name} {digest}")).collect();
    line(&format!("Runtime: {} ({})", receipt.reported_version, digests.join(", ")));
    line(&format!("Guest: sha256 {}, {}", receipt.guest_sha256, receipt.platform));
    let seen: Vec<_> = witnesses.iter().map(|witness| witness.column.label()).collect();
    line(&format!("The same in: {}", seen.join(", ")));
    if !others.is_empty() {
        let others: Vec<_> = others.iter().map(|(label, word)| format!("{label} ({word})")).collect();
        line(&format!("Otherwise in: {}", others.join(", ")));
    }
    line("");
    line("To see it:");
    for words in command.lines() {
        line(&format!("    {words}"));
    }
    line("");
    line(&format!("The program, its files and this command in one folder: {bundle} {}", record.cell));
    Some(text)
}
