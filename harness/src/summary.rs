//! The matrix on one screen, as Markdown: areas by columns, counts in the cells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::moment::Moment;
use crate::results::{ColumnFacts, Results};
use crate::verdict::Verdict;

/// Stands before the summary in a document.
pub const BEGIN: &str = "<!-- matrix: begin, written by `wasip1-matrix summary` -->";

/// Stands after it.
pub const END: &str = "<!-- matrix: end -->";

/// The summary of a run: a line on what was tested, a table, a legend.
pub fn markdown(results: &Results) -> String {
    let areas: BTreeSet<_> = results.cases.iter().map(|case| case.area.as_str()).collect();
    let area_of: BTreeMap<_, _> = results.cases.iter().map(|case| (case.id.as_str(), case.area.as_str())).collect();
    let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for record in &results.records {
        let area = area_of.get(record.case.as_str()).copied().unwrap_or("?");
        *counts.entry((area, &record.column, sign(&record.verdict))).or_insert(0) += 1;
    }
    let shown: Vec<_> = results.columns.iter().filter(|column| column.available && column.primary).collect();
    let mut text = format!(
        "{} cases under {} runtimes, guests built by {}, {}, {}.\n\n",
        results.cases.len(),
        shown.len(),
        results.go.join(", "),
        results.platform,
        Moment::of(results.finished).day()
    );
    let header: Vec<_> = shown.iter().map(|column| format!("{}<br>{}", column.runtime, column.version)).collect();
    // Writing to a string cannot fail.
    writeln!(text, "| | {} |", header.join(" | ")).ok();
    writeln!(text, "|---|{}", "---|".repeat(shown.len())).ok();
    for area in areas {
        let cells = shown.iter().map(|column| cell(&counts, area, column));
        writeln!(text, "| {area} | {} |", cells.collect::<Vec<_>>().join(" | ")).ok();
    }
    let absent: Vec<_> = results
        .columns
        .iter()
        .filter(|column| !column.available && column.primary)
        .map(|c| c.runtime.as_str())
        .collect();
    text.push_str(
        "\n✓ as Go and preview 1 promise · ≠ otherwise, as a recorded divergence says · ✗ otherwise, and not recorded · \
         ○ left open, only observed · – the adapter cannot express it · ! the harness failed\n",
    );
    if !absent.is_empty() {
        writeln!(text, "\nNot installed on the machine of this run: {}.", absent.join(", ")).ok();
    }
    text
}

/// Replaces what stands between the two marks of a document; none if it lacks one of them.
pub fn replaced(document: &str, summary: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{summary}{END}{after}"))
}

const SIGNS: [&str; 6] = ["✓", "≠", "✗", "○", "–", "!"];

fn sign(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Known { .. } => "≠",
        Verdict::Fail { .. } | Verdict::Stale => "✗",
        Verdict::Observed => "○",
        Verdict::Unsupported { .. } | Verdict::Unavailable { .. } => "–",
        Verdict::HarnessError { .. } => "!",
    }
}

fn cell(counts: &BTreeMap<(&str, &str, &str), usize>, area: &str, column: &ColumnFacts) -> String {
    let count = |sign| counts.get(&(area, column.column.as_str(), sign)).map(|count| format!("{count}&nbsp;{sign}"));
    SIGNS.into_iter().filter_map(count).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, replaced};

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        assert_eq!(replaced(&document, "new\n").as_deref(), Some(&*format!("a\n{BEGIN}\nnew\n{END}\nb\n")));
        assert_eq!(replaced("a", "new"), None);
    }
}
