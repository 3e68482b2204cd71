//! What the tests of Go packages did in each column, for people and for other programs.

pub mod annotations;
pub mod changes;
pub mod events;
pub mod junit;
pub mod lists;
pub mod page;
pub mod published;
pub mod step_summary;
pub mod terminal;

mod mark;
mod overview;
mod own_frames;
mod places;

pub(crate) use matrix_model::go_test::output_of as output;

use std::collections::BTreeMap;

use matrix_model::change::Kind;
use matrix_model::escape::{short, visible};
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageTests, TestCases, TestEnd, TestReason, TestReport, Unnamed};
use matrix_model::plural::counted;

/// What a row is called that is about no single test.
const WHOLE: &str = "the package as a whole";

/// How the line begins in which a test binary says how much of a package it ran.
pub(crate) const COVERAGE: &str = "coverage: ";

/// The most characters of a line of output that are shown where only one line is.
const IN_ONE_LINE: usize = 160;

/// From how many columns on it is shorter to name those that are left out.
const MANY: usize = 5;

/// The columns of a row that have one verdict.
pub(crate) struct Alike<'r> {
    pub verdict: &'r TestVerdict,
    pub columns: Vec<&'r str>,
}

/// The columns of a row by their verdicts, in the order of the columns.
pub(crate) fn by_verdict(row: &Row) -> Vec<Alike<'_>> {
    let mut all: Vec<Alike> = Vec::new();
    for (column, verdict) in &row.columns {
        match all.iter_mut().find(|alike| alike.verdict == verdict) {
            Some(alike) => alike.columns.push(column),
            None => all.push(Alike { verdict, columns: vec![column] }),
        }
    }
    all
}

/// What a row is about.
pub(crate) fn name(row: &Row) -> &str {
    row.test.as_deref().unwrap_or(WHOLE)
}

/// The rows of a package by their tests.
pub(crate) fn rows(package: &PackageTests) -> BTreeMap<Option<&str>, &Row> {
    package.rows.iter().map(|row| (row.test.as_deref(), row)).collect()
}

/// A verdict in words; a known failure with its reason.
pub(crate) fn told(verdict: &TestVerdict) -> String {
    match verdict {
        TestVerdict::Known { reason, url } => format!("known: {reason} ({url})"),
        TestVerdict::NotHeld { why } => format!("{}: {why}", verdict.words()),
        verdict => verdict.words().to_owned(),
    }
}

/// The first line of what a row's test wrote in a column.
pub(crate) fn first_line(package: &PackageTests, row: &Row, column: &str) -> String {
    let text = output(package, row, column);
    let is_said = |line: &&str| !line.is_empty() && !line.starts_with(COVERAGE);
    let line = text.lines().map(str::trim).find(is_said).unwrap_or_default();
    short(&readable(line), IN_ONE_LINE)
}

/// Why a row's test differs in these columns.
pub(crate) fn reasons<'p>(
    package: &'p PackageTests,
    row: &'p Row,
    columns: &'p [&str],
) -> impl Iterator<Item = &'p TestReason> {
    let is_of =
        |why: &&TestReason| Some(why.test.as_str()) == row.test.as_deref() && columns.contains(&why.column.as_str());
    package.reasons.iter().filter(is_of)
}

/// The cases that show what a row's test shows in these columns, each with the columns that it is said of.
pub(crate) fn cases<'p>(package: &'p PackageTests, row: &Row, columns: &[&str]) -> Vec<(&'p TestCases, Vec<&'p str>)> {
    let mut all: Vec<(&TestCases, Vec<&str>)> = Vec::new();
    let is_of = |shown: &&TestCases| shown.test == row.test && columns.contains(&shown.column.as_str());
    for shown in package.cases.iter().filter(is_of) {
        let is_same = |other: &TestCases| (&other.cases, &other.why) == (&shown.cases, &shown.why);
        match all.iter_mut().find(|(other, _)| is_same(other)) {
            Some((_, columns)) => columns.push(&shown.column),
            None => all.push((shown, vec![&shown.column])),
        }
    }
    all
}

/// What a row's test does in these columns if it is told a name that is no runtime's, in sentences.
pub(crate) fn unnamed(package: &PackageTests, row: &Row, columns: &[&str]) -> Vec<String> {
    let is_of =
        |skipped: &&Unnamed| Some(&skipped.test) == row.test.as_ref() && columns.contains(&skipped.column.as_str());
    let sentence = |skipped: &Unnamed| {
        let does = match skipped.run.as_ref().map(|run| run.end) {
            None => "it is not run",
            Some(TestEnd::Passed) => "it passes",
            Some(TestEnd::Skipped) => "it is skipped, too",
            Some(TestEnd::Failed | TestEnd::Unfinished) => "it fails",
        };
        format!("with GOWASIRUNTIME=unknown, {does} under {}", skipped.column)
    };
    package.unnamed.iter().filter(is_of).map(sentence).collect()
}

/// A text of a guest's, of which nothing stays invisible.
pub(crate) fn readable(text: &str) -> String {
    visible(&text.replace('\t', "    "))
}

/// Names of columns. If there are many and they are nearly all, the others are named.
pub(crate) fn columns_in_words(columns: &[&str], all: &[String]) -> String {
    let left_out: Vec<_> = all.iter().map(String::as_str).filter(|column| !columns.contains(column)).collect();
    match left_out.len() {
        0 if all.len() > 1 => format!("all {}", counted(all.len(), "column")),
        1 | 2 if columns.len() >= MANY => format!("all but {}", left_out.join(", ")),
        _ => columns.join(", "),
    }
}

/// How many tests ended in each way in all columns: `7 passed, 1 skipped`.
fn ends<'p>(packages: impl IntoIterator<Item = &'p PackageTests>) -> String {
    let mut counts: BTreeMap<TestEnd, usize> = BTreeMap::new();
    for run in packages.into_iter().flat_map(|package| package.columns.values()).flat_map(|run| run.tests.values()) {
        *counts.entry(run.end).or_default() += 1;
    }
    let words: Vec<_> = counts.iter().map(|(end, count)| format!("{count} {}", end_in_words(*end))).collect();
    if words.is_empty() { "no test was run".to_owned() } else { words.join(", ") }
}

fn end_in_words(end: TestEnd) -> &'static str {
    match end {
        TestEnd::Passed => "passed",
        TestEnd::Skipped => "skipped",
        TestEnd::Failed => "failed",
        TestEnd::Unfinished => "unfinished",
    }
}

/// The tests that are red in a column or several.
fn red_rows(report: &TestReport) -> impl Iterator<Item = (&PackageTests, &Row)> {
    let rows = report.packages.iter().flat_map(|package| package.rows.iter().map(move |row| (package, row)));
    rows.filter(|(_, row)| row.is_red())
}

/// How it came out, in one line.
pub fn summary(report: &TestReport) -> String {
    let rows = || report.packages.iter().flat_map(|package| &package.rows);
    let has = |accepts: fn(&TestVerdict) -> bool| rows().filter(|row| row.columns.values().any(accepts)).count();
    let known = has(|verdict| matches!(verdict, TestVerdict::Known { .. }));
    let no_worse = has(|verdict| *verdict == TestVerdict::NoWorse);
    let not_held = has(|verdict| matches!(verdict, TestVerdict::NotHeld { .. }));
    let mut words = vec![match red_rows(report).count() {
        0 => "nothing is red".to_owned(),
        1 => "1 test is red".to_owned(),
        count => format!("{} are red", counted(count, "test")),
    }];
    words.extend((known > 0).then(|| format!("{} known", counted(known, "failing test"))));
    words.extend((no_worse > 0).then(|| format!("{no_worse} no worse than in the baseline")));
    words.extend((not_held > 0).then(|| format!("{not_held} not held against it")));
    words.extend(report.baseline.as_ref().map(|changes| format!("{} fixed", changes.of(Kind::Fixed).count())));
    words.extend((!report.stale.is_empty()).then(|| match report.stale.len() {
        1 => "1 entry is stale".to_owned(),
        count => format!("{} are stale", counted(count, "entry")),
    }));
    let (packages, columns) = (report.packages.len(), report.columns.len());
    format!(
        "{} in {}: {}; {}",
        counted(packages, "package"),
        counted(columns, "column"),
        ends(&report.packages),
        words.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_briefly() {
        let all: Vec<_> = (0..8).map(|number| format!("c{number}")).collect();
        let names: Vec<_> = all.iter().map(String::as_str).collect();
        assert_eq!(columns_in_words(&names, &all), "all 8 columns");
        assert_eq!(columns_in_words(&names[1..], &all), "all but c0");
        assert_eq!(columns_in_words(&names[..3], &all), "c0, c1, c2");
        assert_eq!(columns_in_words(&names[..1], &all[..1]), "c0");
        assert_eq!(columns_in_words(&names[..3], &all[..4]), "c0, c1, c2");
    }
}
