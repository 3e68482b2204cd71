//! An answer as a page for the summary of a GitHub job.

use std::fmt::Write;

use super::changes::held_against;
use super::{by_verdict, columns_in_words, first_line, name, red_rows, summary, told};
use crate::markdown::{code, code_in_table, plain};
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageTests, TestReport};
use matrix_model::plural::counted;

/// How many packages and how many tests are listed. GitHub refuses a summary of more than a megabyte.
const LISTED: usize = 100;

/// The answer: a table of the packages that have red or known tests, and the red tests.
pub fn markdown(report: &TestReport) -> String {
    let mut text = format!("### wasip1-matrix test: {}\n\n", plain(&summary(report)));
    // Writing to a string cannot fail.
    let mut line = |words: &str| writeln!(text, "{words}").unwrap_or(());
    let has_rows = |package: &&PackageTests| !package.rows.is_empty();
    let differing: Vec<_> = report.packages.iter().filter(has_rows).collect();
    if !differing.is_empty() {
        let names: Vec<_> = report.columns.iter().map(|column| plain(column)).collect();
        line(&format!("| | {} |", names.join(" | ")));
        line(&format!("|---|{}", "---|".repeat(names.len())));
        differing.iter().take(LISTED).for_each(|package| line(&of_package(package, &report.columns)));
        line("");
    }
    let left = report.packages.len() - differing.len().min(LISTED);
    if left > 0 && !differing.is_empty() {
        let fine = report.packages.len() - differing.len();
        line(&format!(
            "{} not in the table; {fine} of them without any red or known test.\n",
            counted(left, "package")
        ));
    }
    let red: Vec<_> = red_rows(report).collect();
    for (package, row) in red.iter().take(LISTED) {
        line(&format!("- {} {}", code(&package.package), code(name(row))));
        of_row(report, package, row, &mut line);
    }
    if red.len() > LISTED {
        line(&format!("- and {} more", red.len() - LISTED));
    }
    for stale in report.stale.iter().take(LISTED) {
        let [at, test, column] = [&stale.at, &stale.test, &stale.column].map(|text| code(text));
        line(&format!("- stale: {at}: {test} passes under {column}"));
    }
    if let Some(baseline) = &report.baseline {
        held_against(baseline).iter().take(LISTED).for_each(|words| line(&format!("- {}", plain(words.trim()))));
    }
    for column in &report.not_run {
        line(&format!("- not run: {}: {}", code(&column.column), plain(&column.why)));
    }
    text
}

/// A package's row: what its tests come to in each column.
fn of_package(package: &PackageTests, columns: &[String]) -> String {
    let cells: Vec<_> = columns.iter().map(|column| cell(package, column)).collect();
    format!("| {} | {} |", code_in_table(&package.package), cells.join(" | "))
}

fn cell(package: &PackageTests, column: &str) -> String {
    let verdicts = || package.rows.iter().filter_map(|row| row.columns.get(column));
    let red = verdicts().filter(|verdict| verdict.is_red()).count();
    let known = verdicts().filter(|verdict| matches!(verdict, TestVerdict::Known { .. })).count();
    let mut words = Vec::new();
    words.extend((red > 0).then(|| format!("✗ {red} red")));
    words.extend((known > 0).then(|| format!("{known} known")));
    let no_worse = verdicts().filter(|verdict| **verdict == TestVerdict::NoWorse).count();
    words.extend((no_worse > 0).then(|| format!("{no_worse} no worse")));
    if words.is_empty() { "✓".to_owned() } else { words.join(", ") }
}

/// The verdicts on a test, each with the first line of its output.
fn of_row(report: &TestReport, package: &PackageTests, row: &Row, line: &mut impl FnMut(&str)) {
    for alike in by_verdict(row).into_iter().filter(|alike| alike.verdict.is_red()) {
        let columns = columns_in_words(&alike.columns, &report.columns);
        line(&format!("  - {}: {}", plain(&columns), plain(&told(alike.verdict))));
        let said = first_line(package, row, alike.columns[0]);
        if !said.is_empty() {
            line(&format!("    - {}", code(&said)));
        }
    }
}
