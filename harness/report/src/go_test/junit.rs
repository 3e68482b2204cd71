//! An answer as JUnit XML: a suite for each package in each column, and a test case for each test.
//!
//! A test that fails as is known passes, and its output says so. A test that only fails because a subtest does is left
//! out, because its subtest is there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::{first_line, name, output, readable, reasons, rows, told, unnamed};
use crate::compared::reason;
use matrix_model::escape::visible;
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageRun, PackageTests, TestEnd, TestReport, TestRun};
use matrix_store::atomic_write::write_whole;

/// Writes an answer to a file.
///
/// # Errors
/// If the file cannot be written, with its path.
pub fn write(report: &TestReport, path: &Path) -> Result<()> {
    let xml = xml(report).with_context(|| path.display().to_string())?;
    Ok(write_whole(path, xml.as_bytes())?)
}

/// The answer as XML.
///
/// # Errors
/// None are known: the XML is made in memory.
pub fn xml(report: &TestReport) -> Result<String> {
    let mut document = Report::new("wasip1-matrix test");
    for package in &report.packages {
        let rows = rows(package);
        let suites = package.columns.iter().map(|(column, run)| suite(report, package, &rows, column, run));
        document.add_test_suites(suites);
    }
    let mut columns = TestSuite::new("columns that were not run");
    columns.add_test_cases(report.not_run.iter().map(|column| {
        let mut status = match column.failed {
            true => TestCaseStatus::non_success(NonSuccessKind::Error),
            false => TestCaseStatus::skipped(),
        };
        status.set_message(visible(&column.why));
        TestCase::new(visible(&column.column), status)
    }));
    let mut stale = TestSuite::new("known failures that are none any more");
    stale.add_test_cases(report.stale.iter().map(|entry| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let message = format!("{} passes under {}; delete the entry", entry.test, entry.column);
        status.set_type("stale").set_message(visible(&message));
        TestCase::new(visible(&format!("{}: {}", entry.at, entry.test)), status)
    }));
    document.add_test_suites([columns, stale].into_iter().filter(|suite| !suite.test_cases.is_empty()));
    // Jenkins' schema allows this attribute for a suite, but not for the whole document.
    Ok(document.to_string()?.replacen(&format!(" skipped=\"{}\"", document.skipped), "", 1))
}

fn suite(
    report: &TestReport,
    package: &PackageTests,
    rows: &BTreeMap<Option<&str>, &Row>,
    column: &str,
    run: &PackageRun,
) -> TestSuite {
    // CI servers know a test case by its class and its name.
    let class = visible(&format!("{} under {column}", package.package));
    let mut suite = TestSuite::new(class.clone());
    for (name, value) in [("package", package.package.as_str()), ("column", column), ("go", &report.go)] {
        suite.add_property((name.to_owned(), visible(value)));
    }
    suite.add_property(("flags".to_owned(), visible(&report.flags.join(" "))));
    suite.set_time(Duration::from_millis(run.wall_ms));
    let mut add = |name: &str, status: TestCaseStatus, run: Option<&TestRun>, said: String| {
        let mut case = TestCase::new(visible(name), status);
        case.set_classname(class.clone());
        if let Some(seconds) = run.and_then(|run| run.seconds) {
            case.set_time(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        }
        if !said.is_empty() {
            case.set_system_out(readable(&said));
        }
        suite.add_test_case(case);
    };
    for (test, run) in &run.tests {
        let row = rows.get(&Some(test.as_str())).copied();
        match (row.and_then(|row| Some((row, row.columns.get(column)?))), run.end) {
            (Some((row, verdict)), _) if verdict.is_excused() => {
                let said = format!("verdict: {}\n{}", told(verdict), output(package, row, column));
                add(test, TestCaseStatus::success(), Some(run), said);
            }
            (Some((row, verdict @ TestVerdict::Unsteady)), _) => {
                let mut failed = TestRerun::new(NonSuccessKind::Failure);
                failed.set_type(verdict.name()).set_message(told(verdict));
                failed.set_description(readable(output(package, row, column)));
                add(test, TestCaseStatus::Success { flaky_runs: vec![failed] }, Some(run), String::new());
            }
            (Some((row, verdict)), TestEnd::Failed | TestEnd::Unfinished) => {
                add(test, failure(package, row, column, verdict), Some(run), String::new());
            }
            (Some((row, verdict @ TestVerdict::Lost)), _) => {
                add(test, failure(package, row, column, verdict), Some(run), String::new());
            }
            (_, TestEnd::Skipped) => {
                let mut message = vec![run.output.trim().to_owned()];
                message.extend(row.into_iter().flat_map(|row| unnamed(package, row, &[column])));
                let mut status = TestCaseStatus::skipped();
                status.set_message(readable(&message.join("; ")));
                add(test, status, Some(run), String::new());
            }
            (_, TestEnd::Passed) => add(test, TestCaseStatus::success(), Some(run), String::new()),
            // Its subtest is there.
            (None, TestEnd::Failed | TestEnd::Unfinished) => {}
        }
    }
    // What has a verdict in this column and was not run there: tests that were not reached, and the whole.
    for row in rows.values() {
        let was_run = row.test.as_ref().is_some_and(|test| run.tests.contains_key(test));
        let Some(verdict) = row.columns.get(column).filter(|_| !was_run) else { continue };
        let mut status = failure(package, row, column, verdict);
        if verdict.is_excused() {
            status = TestCaseStatus::skipped();
            status.set_message(visible(&told(verdict)));
        }
        add(name(row), status, None, String::new());
    }
    suite
}

/// A failure with the verdict and the first line of the output; its text is the output and why.
fn failure(package: &PackageTests, row: &Row, column: &str, verdict: &TestVerdict) -> TestCaseStatus {
    let kind = match verdict {
        TestVerdict::Harness => NonSuccessKind::Error,
        _ => NonSuccessKind::Failure,
    };
    let words: Vec<_> = [told(verdict), first_line(package, row, column)].into();
    let message = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(": ");
    let mut text = output(package, row, column).trim_end().to_owned();
    for sentence in reasons(package, row, &[column]).flat_map(|why| reason(&why.reason)) {
        text.push_str(&format!("\n{sentence}"));
    }
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(verdict.name()).set_message(message);
    if !text.is_empty() {
        status.set_description(readable(&text));
    }
    status
}
