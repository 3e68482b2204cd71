//! The matrix on one screen, as Markdown: runtimes and areas, counts in the cells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::markdown::plain;
use crate::marks;
use crate::moment::Moment;
use crate::results::{ColumnFacts, Results};
use crate::verdict::Verdict;

/// Stands before the summary in a document.
pub const BEGIN: &str = "<!-- matrix: begin, written by `wasip1-matrix summary` -->";

/// Stands after it.
pub const END: &str = "<!-- matrix: end -->";

/// How many cells of an area and a column have a sign.
type Counts<'r> = BTreeMap<(&'r str, &'r str, &'static str), usize>;

/// The summary of a run: a line on what was tested, a table of the columns that stand for their runtimes, a legend.
pub fn markdown(results: &Results) -> String {
    // An area's parts are one here: a document is no place for fifty rows.
    let whole = |area: &'_ str| area.split('/').next().map_or(0, str::len);
    let area_of: BTreeMap<_, _> =
        results.cases.iter().map(|case| (case.id.as_str(), &case.area[..whole(&case.area)])).collect();
    let areas: BTreeSet<_> = area_of.values().copied().collect();
    let mut counts = Counts::new();
    for record in &results.records {
        let area = area_of.get(record.case.as_str()).copied().unwrap_or("?");
        *counts.entry((area, &record.column, sign(&record.verdict))).or_insert(0) += 1;
    }
    let (shown, absent): (Vec<_>, Vec<_>) = standing(results).into_iter().partition(|column| column.available);
    let mut text = tested(results, &shown);
    let head = |column: &&ColumnFacts| {
        let mark = if column.reference { "<br>*reference*" } else { "" };
        format!("{}<br>{}{mark}", column.runtime, column.label())
    };
    let areas: Vec<_> = areas.into_iter().collect();
    // The fewer stand beside each other: a page grows downwards, and a code forge's is narrow.
    match shown.len() > areas.len() {
        false => {
            let heads: Vec<_> = shown.iter().map(head).collect();
            table(&mut text, &heads, areas.iter().map(|area| (plain(area), row(&counts, &[area], &shown))));
        }
        true => {
            let heads: Vec<_> = areas.iter().map(|area| plain(area)).collect();
            table(&mut text, &heads, shown.iter().map(|column| (head(column), row(&counts, &areas, &[column]))));
        }
    }
    text.push_str(
        "\n✓ as Go and preview 1 promise · ≠ otherwise, as a recorded divergence says · ✗ otherwise, and not recorded · \
         ○ left open, only observed · – the adapter cannot express it · ! the harness failed\n",
    );
    if shown.iter().any(|column| column.reference) {
        text.push_str(
            "\nThe reference is no runtime: there the same guests, built for Linux itself, stand for what a Go program \
             sees where no runtime is between.\n",
        );
    }
    if !absent.is_empty() {
        let absent: BTreeSet<_> = absent.iter().map(|column| column.runtime.as_str()).collect();
        let absent: Vec<_> = absent.into_iter().collect();
        // Writing to a string cannot fail.
        writeln!(text, "\nNot installed on the machine of this run: {}.", absent.join(", ")).ok();
    }
    text
}

/// The columns that have records.
fn run(results: &Results) -> BTreeSet<&str> {
    results.records.iter().map(|record| record.column.as_str()).collect()
}

/// The columns that stand for their runtimes, the reference first: the primary ones; but where such a one was not run
/// and another of the runtime was, that.
fn standing(results: &Results) -> Vec<&ColumnFacts> {
    let run = run(results);
    let was_run = |column: &&ColumnFacts| run.contains(column.column.as_str());
    let mut standing: Vec<&ColumnFacts> = Vec::new();
    for primary in results.columns.iter().filter(|column| column.primary) {
        let of_runtime = || results.columns.iter().filter(|column| column.runtime == primary.runtime);
        let other = || of_runtime().filter(was_run).min_by_key(|column| &column.column).unwrap_or(primary);
        let stands = if was_run(&primary) { primary } else { other() };
        if !standing.iter().any(|column| column.column == stands.column) {
            standing.push(stands);
        }
    }
    standing.sort_by_key(|column| (!column.reference, &column.runtime, &column.column));
    standing
}

/// What was tested, as a paragraph.
fn tested(results: &Results, shown: &[&ColumnFacts]) -> String {
    let runtimes: BTreeSet<_> = shown.iter().filter(|column| !column.reference).map(|column| &column.runtime).collect();
    let run = run(results);
    let is_shown = |column: &ColumnFacts| shown.iter().any(|other| other.column == column.column);
    let further = results.columns.iter().filter(|column| column.available && !is_shown(column) && !column.reference);
    let further = further.filter(|column| run.contains(column.column.as_str())).count();
    let versions = match further {
        0 => String::new(),
        further => format!(" and {further} further versions and modes of them"),
    };
    format!(
        "{} cases under {} runtimes{versions}, guests built by {}, {}, {}.\n\n",
        results.cases.len(),
        runtimes.len(),
        results.go.join(", "),
        results.platform,
        Moment::of(results.finished).day()
    )
}

fn table(text: &mut String, heads: &[String], rows: impl Iterator<Item = (String, Vec<String>)>) {
    // Writing to a string cannot fail.
    writeln!(text, "| | {} |", heads.join(" | ")).ok();
    writeln!(text, "|---|{}", "---|".repeat(heads.len())).ok();
    for (head, cells) in rows {
        writeln!(text, "| {head} | {} |", cells.join(" | ")).ok();
    }
}

/// The cells of these areas in these columns, one of which is a single one.
fn row(counts: &Counts, areas: &[&str], columns: &[&ColumnFacts]) -> Vec<String> {
    areas.iter().flat_map(|area| columns.iter().map(|column| cell(counts, area, column))).collect()
}

/// Replaces what stands between the two marks of a document; none if it lacks one of them.
pub fn replaced(document: &str, summary: &str) -> Option<String> {
    marks::replaced(document, BEGIN, END, summary)
}

const SIGNS: [&str; 7] = ["✓", "≠", "≈", "✗", "○", "–", "!"];

fn sign(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Known { .. } => "≠",
        Verdict::Flaky { .. } => "≈",
        Verdict::Fail { .. } | Verdict::Stale => "✗",
        Verdict::Observed => "○",
        Verdict::Unsupported { .. } | Verdict::Unavailable { .. } => "–",
        Verdict::HarnessError { .. } => "!",
    }
}

fn cell(counts: &Counts, area: &str, column: &ColumnFacts) -> String {
    let count = |sign| counts.get(&(area, column.column.as_str(), sign)).map(|count| format!("{count}&nbsp;{sign}"));
    SIGNS.into_iter().filter_map(count).collect::<Vec<_>>().join(" ")
}
