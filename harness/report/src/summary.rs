//! The matrix of a run as a Markdown table: areas, and the column that stands for each runtime.
//!
//! There are two forms. The full one ([`markdown`]) counts every answer under every runtime. The short one ([`short`])
//! has a few runtimes and one figure a cell, for a README's first screen. A document says in its begin mark which of
//! the two it holds; [`update`] writes it there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use regex::Regex;

use crate::markdown::plain;
use crate::marked_section;
use matrix_model::answer::{Answer, AnswerKind, answers};
use matrix_model::names::topic;
use matrix_model::plural::counted;
use matrix_model::results::{ColumnFacts, Results};

/// Begins the full matrix in a document. With `--only a,b` in it, the matrix is the short one of those runtimes.
pub const BEGIN: &str = "<!-- matrix: begin, written by `wasip1-matrix summary` -->";

/// Ends the matrix in a document.
pub const END: &str = "<!-- matrix: end -->";

/// [`BEGIN`], with or without the runtimes of the short form.
static BEGIN_MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<!-- matrix: begin, written by `wasip1-matrix summary(?: --only ([a-z0-9,-]+))?` -->")
        .expect("a valid pattern")
});

/// How many cells of an area and a column have a sign.
type Counts<'r> = BTreeMap<(&'r str, &'r str, &'static str), usize>;

/// The full matrix: a line on what was run, a table of the columns that stand for their runtimes, a legend.
pub fn markdown(results: &Results) -> String {
    let area_of = areas_of_cases(results);
    let areas: BTreeSet<_> = area_of.values().copied().collect();
    let mut counts = Counts::new();
    for (record, answer) in results.records.iter().zip(answers(results)) {
        let area = area_of.get(record.case.as_str()).copied().unwrap_or("?");
        *counts.entry((area, &record.column, answer.kind().sign)).or_insert(0) += 1;
    }
    let (shown, absent): (Vec<_>, Vec<_>) = standing(results).into_iter().partition(|column| column.available);
    let mut text = tested(results);
    let areas: Vec<_> = areas.into_iter().collect();
    // The longer list goes down the page, because pages are narrow.
    match shown.len() > areas.len() {
        false => {
            let heads: Vec<_> = shown.iter().copied().map(head).collect();
            table(&mut text, &heads, areas.iter().map(|area| (plain(area), row(&counts, &[area], &shown))));
        }
        true => {
            let heads: Vec<_> = areas.iter().map(|area| plain(area)).collect();
            table(&mut text, &heads, shown.iter().map(|column| (head(column), row(&counts, &areas, &[column]))));
        }
    }
    // Writing to a string cannot fail.
    writeln!(text, "\n{}", legend(&counts, &shown)).ok();
    if shown.iter().any(|column| column.reference) {
        text.push_str("\nThe reference column is not a runtime: it runs the same guests as native Linux programs.\n");
    }
    text.push_str(&not_installed(&absent));
    text
}

/// The short matrix of these runtimes, by id: a line on what was run, a table with a row for each area, a legend.
///
/// # Errors
/// If the results have no runtime of such an id.
pub fn short(results: &Results, runtimes: &[String]) -> Result<String> {
    let all = standing(results);
    if let Some(unknown) = runtimes.iter().find(|id| !all.iter().any(|column| column.runtime == **id)) {
        let known: Vec<_> = all.iter().map(|column| column.runtime.as_str()).collect();
        bail!("the results have no runtime `{unknown}`; they have: {}", known.join(", "));
    }
    let chosen = all.into_iter().filter(|column| runtimes.contains(&column.runtime));
    let (shown, absent): (Vec<_>, Vec<_>) = chosen.partition(|column| column.available);
    let area_of = areas_of_cases(results);
    let mut shares: BTreeMap<(&str, &str), Share> = BTreeMap::new();
    for (record, answer) in results.records.iter().zip(answers(results)) {
        let area = area_of.get(record.case.as_str()).copied().unwrap_or("?");
        shares.entry((area, &record.column)).or_default().add(answer);
    }
    let areas: BTreeSet<_> = area_of.values().copied().collect();
    let cell = |area: &str, column: &ColumnFacts| match shares.get(&(area, column.column.as_str())) {
        Some(share) => share.text(),
        None => String::new(),
    };
    let mut text = tested(results);
    let heads: Vec<_> = shown.iter().copied().map(head).collect();
    let rows = areas.iter().map(|area| (plain(area), shown.iter().map(|column| cell(area, column)).collect()));
    table(&mut text, &heads, rows);
    text.push_str("\n✓ every judged case works · 7/9 seven of nine judged cases work · ↗ a guest got out of its folders · – no case is judged\n");
    text.push_str(&not_installed(&absent));
    Ok(text)
}

/// A document with its matrix replaced by that of the results, in the form that its begin mark names.
///
/// # Errors
/// If the document lacks a mark, or its begin mark names a runtime that the results do not have.
pub fn update(document: &str, results: &Results) -> Result<String> {
    let lacks = || {
        format!(
            "lacks a mark; put `{BEGIN}` and `{END}` where the matrix belongs, with ` --only ID,ID` after `summary` \
             for a short one"
        )
    };
    let captures = BEGIN_MARK.captures(document).with_context(lacks)?;
    let text = match captures.get(1) {
        Some(ids) => short(results, &ids.as_str().split(',').map(str::to_owned).collect::<Vec<_>>())?,
        None => markdown(results),
    };
    marked_section::replaced(document, &captures[0], END, &text).with_context(lacks)
}

/// How many cases of an area work in a column, of those that were run and judged.
#[derive(Default)]
struct Share {
    works: usize,
    judged: usize,
    /// Whether a guest got out in one.
    out: bool,
}

impl Share {
    fn add(&mut self, answer: Answer) {
        self.judged += usize::from(answer.is_judged());
        self.works += usize::from(answer == Answer::Works);
        self.out |= matches!(answer, Answer::GotOut { .. });
    }

    fn text(&self) -> String {
        let text = match (self.works, self.judged) {
            (_, 0) => "–".to_owned(),
            (works, judged) if works == judged => "✓".to_owned(),
            (works, judged) => format!("{works}/{judged}"),
        };
        if self.out { format!("{text}&nbsp;↗") } else { text }
    }
}

/// The area of each case. The files of one area, as `fs/open` and `fs/rename`, are one here: fifty rows are too many.
fn areas_of_cases(results: &Results) -> BTreeMap<&str, &str> {
    results.cases.iter().map(|case| (case.id.as_str(), topic(&case.area))).collect()
}

/// What stands over a column, or before its row.
fn head(column: &ColumnFacts) -> String {
    let mark = if column.reference { "<br>*reference*" } else { "" };
    format!("{}<br>{}{mark}", column.runtime, column.label())
}

/// A paragraph that names the runtimes which were not there; empty if all were.
fn not_installed(absent: &[&ColumnFacts]) -> String {
    let ids: BTreeSet<_> = absent.iter().map(|column| column.runtime.as_str()).collect();
    match ids.is_empty() {
        true => String::new(),
        false => {
            format!("\nNot installed on the machine of this run: {}.\n", ids.into_iter().collect::<Vec<_>>().join(", "))
        }
    }
}

/// The columns that have records.
fn run(results: &Results) -> BTreeSet<&str> {
    results.records.iter().map(|record| record.column.as_str()).collect()
}

/// The columns that stand for their runtimes, the reference first. Those are the primary columns; if a primary column
/// was not run, another column of the runtime that was.
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

/// A paragraph on what was run.
fn tested(results: &Results) -> String {
    let standing = standing(results);
    let shown: Vec<_> = standing.iter().filter(|column| column.available).collect();
    let runtimes: BTreeSet<_> = shown.iter().filter(|column| !column.reference).map(|column| &column.runtime).collect();
    let run = run(results);
    let is_shown = |column: &ColumnFacts| shown.iter().any(|other| other.column == column.column);
    let further = results.columns.iter().filter(|column| column.available && !is_shown(column) && !column.reference);
    let further = further.filter(|column| run.contains(column.column.as_str())).count();
    let versions = match further {
        0 => String::new(),
        1 => " and 1 further version or mode of them".to_owned(),
        further => format!(" and {further} further versions and modes of them"),
    };
    format!(
        "{} under {}{versions}, guests built by {}, {}, {}.\n\n",
        counted(results.cases.len(), "case"),
        counted(runtimes.len(), "runtime"),
        results.go.join(", "),
        results.platform,
        results.finished.day()
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

/// The cells of these areas in these columns. Either there is one area or one column.
fn row(counts: &Counts, areas: &[&str], columns: &[&ColumnFacts]) -> Vec<String> {
    areas.iter().flat_map(|area| columns.iter().map(|column| cell(counts, area, column))).collect()
}

/// How many cells of an area and a column have each answer, in the order of the legend: `18 ✓ 1 ○`.
fn cell(counts: &Counts, area: &str, column: &ColumnFacts) -> String {
    let count = |kind: &&AnswerKind| {
        let count = counts.get(&(area, column.column.as_str(), kind.sign))?;
        Some(format!("{count}&nbsp;{}", kind.sign))
    };
    AnswerKind::ALL.iter().filter_map(count).collect::<Vec<_>>().join(" ")
}

/// The meaning of each sign that these columns have.
fn legend(counts: &Counts, columns: &[&ColumnFacts]) -> String {
    let is_shown = |name: &str| columns.iter().any(|column| column.column == name);
    let used: BTreeSet<_> = counts.keys().filter(|(_, column, _)| is_shown(column)).map(|(.., sign)| *sign).collect();
    let is_used = |kind: &&&AnswerKind| used.contains(kind.sign);
    let meaning = |kind: &&AnswerKind| format!("{} {}", kind.sign, kind.word);
    AnswerKind::ALL.iter().filter(is_used).map(meaning).collect::<Vec<_>>().join(" · ")
}
