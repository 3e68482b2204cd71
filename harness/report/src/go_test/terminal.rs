//! The answer at a terminal.

use std::collections::BTreeMap;
use std::fmt::Write;

use matrix_model::escape::visible;
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageRun, PackageTests, TestEnd, TestReport, Unnamed};
use matrix_model::plural::counted;

use crate::compared::reason;

/// How many lines of a failing test's output are shown.
const LINES: usize = 12;

/// The answer: a line for each package, and below it each test that does not simply work.
pub fn text(report: &TestReport) -> String {
    let mut text = String::new();
    let mut line = |words: &str| writeln!(text, "{words}").unwrap_or(());
    for package in &report.packages {
        line(&heading(package));
        for row in &package.rows {
            of_row(package, row, &mut line);
        }
    }
    for stale in &report.stale {
        line(&format!("stale: {}: {} passes under {}; delete the entry", stale.at, stale.test, stale.column));
    }
    for package in &report.without_tests {
        line(&format!("?     {package}  no tests for wasip1"));
    }
    for column in &report.not_run {
        line(&format!("not run: {}: {}", column.column, visible(&column.why)));
    }
    line(&summary(report));
    text
}

/// A package, in how many columns it was run, and how many tests it has.
fn heading(package: &PackageTests) -> String {
    let word = match package.rows.iter().any(Row::is_red) {
        true => "FAIL",
        false => "ok",
    };
    let runs: Vec<&PackageRun> = package.columns.values().chain(&package.native).collect();
    let tests = runs.iter().map(|run| run.tests.len()).max().unwrap_or_default();
    let kept = runs.iter().filter(|run| run.from_cache).count();
    let kept = match kept {
        0 => String::new(),
        count if count == runs.len() => " (cached)".to_owned(),
        count => format!(" ({count} of {} runs cached)", runs.len()),
    };
    let natively = if package.native.is_some() { " and natively" } else { "" };
    let columns = counted(package.columns.len(), "column");
    format!("{word:<5} {}  {}, {columns}{natively}{kept}", package.package, counted(tests, "test"))
}

/// A test, and the columns of each verdict on it.
fn of_row(package: &PackageTests, row: &Row, line: &mut impl FnMut(&str)) {
    line(&format!("  {}", row.test.as_deref().unwrap_or("the package as a whole")));
    let mut by_verdict: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (column, verdict) in &row.columns {
        by_verdict.entry(told(verdict)).or_default().push(column);
    }
    for (verdict, columns) in by_verdict {
        line(&format!("    {}: {verdict}", columns.join(", ")));
        for words in output(package, row, columns[0]) {
            line(&format!("      {}", visible(&words)));
        }
        for skipped in package.unnamed.iter().filter(|skipped| Some(&skipped.test) == row.test.as_ref()) {
            if columns.contains(&skipped.column.as_str()) {
                line(&format!("      {}", unnamed(skipped)));
            }
        }
        let theirs = package
            .reasons
            .iter()
            .filter(|why| Some(why.test.as_str()) == row.test.as_deref() && columns.contains(&why.column.as_str()));
        for why in theirs {
            for sentence in reason(&why.reason) {
                line(&format!("      {}", visible(&sentence)));
            }
        }
    }
}

/// What a skipped test does if it is told a name that is no runtime's, in words.
fn unnamed(skipped: &Unnamed) -> String {
    let does = match skipped.run.as_ref().map(|run| run.end) {
        None => "it is not run",
        Some(TestEnd::Passed) => "it passes",
        Some(TestEnd::Skipped) => "it is skipped, too",
        Some(TestEnd::Failed | TestEnd::Unfinished) => "it fails",
    };
    format!("with GOWASIRUNTIME=unknown, {does} under {}", skipped.column)
}

fn told(verdict: &TestVerdict) -> String {
    match verdict {
        TestVerdict::Known { reason, url } => format!("known: {reason} ({url})"),
        verdict => verdict.words().to_owned(),
    }
}

/// The end of what a failing test wrote in a column, or what went wrong with the whole.
fn output(package: &PackageTests, row: &Row, column: &str) -> Vec<String> {
    let Some(run) = package.columns.get(column) else { return Vec::new() };
    let is_told = row.columns.get(column).is_some_and(|verdict| !matches!(verdict, TestVerdict::Known { .. }));
    let text = match &row.test {
        Some(test) => run.tests.get(test).map(|run| run.output.as_str()).unwrap_or_default(),
        None => run.failure.as_ref().map(|failure| failure.words()).unwrap_or_default(),
    };
    let lines: Vec<_> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    // The first lines say what failed; a dump of goroutines follows.
    lines.into_iter().take(if is_told { LINES } else { 0 }).map(|line| line.trim_start().to_owned()).collect()
}

/// How it came out, in one line.
pub fn summary(report: &TestReport) -> String {
    let runs = report.packages.iter().flat_map(|package| package.columns.values());
    let tests: usize = runs.clone().map(|run| run.tests.len()).sum();
    let passed: usize = runs.map(|run| run.count(TestEnd::Passed)).sum();
    let rows = report.packages.iter().flat_map(|package| &package.rows);
    let red: usize = rows.map(|row| row.columns.values().filter(|verdict| verdict.is_red()).count()).sum();
    let (packages, columns) = (report.packages.len(), report.columns.len());
    format!(
        "{} in {}: {} run, {passed} passed, {red} red",
        counted(packages, "package"),
        counted(columns, "column"),
        counted(tests, "test")
    )
}
