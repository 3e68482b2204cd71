//! An answer as JUnit XML: a test case for each column.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use matrix_model::compared::{ColumnRun, Compared, Group};
use matrix_model::escape::visible;
use matrix_model::text::push_difference;
use matrix_store::atomic_write::write_whole;

use super::{reason, shown};

/// Writes an answer to a file.
///
/// # Errors
/// If the file cannot be written, with its path.
pub fn write(compared: &Compared, path: &Path) -> Result<()> {
    let xml = xml(compared).with_context(|| path.display().to_string())?;
    Ok(write_whole(path, xml.as_bytes())?)
}

/// The answer as XML.
///
/// # Errors
/// None are known: the XML is made in memory.
pub fn xml(compared: &Compared) -> Result<String> {
    let mut suite = TestSuite::new(visible(&compared.program.name));
    suite.add_property(("reference".to_owned(), visible(&compared.reference.column)));
    suite.add_property(("sha256".to_owned(), compared.program.sha256.clone()));
    for column in &compared.columns {
        suite.add_test_case(of_column(column, compared));
    }
    for column in &compared.not_run {
        let mut status = match column.failed {
            true => TestCaseStatus::non_success(NonSuccessKind::Error),
            false => TestCaseStatus::skipped(),
        };
        status.set_message(visible(&column.why));
        suite.add_test_case(TestCase::new(visible(&column.column), status));
    }
    let mut report = Report::new("wasip1-matrix compare");
    report.add_test_suite(suite);
    // Jenkins' schema allows this attribute for a suite, but not for the whole document.
    Ok(report.to_string()?.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1))
}

fn of_column(column: &ColumnRun, compared: &Compared) -> TestCase {
    let group = compared.groups.iter().find(|group| group.columns.contains(&column.column));
    let status = match group {
        Some(group) if !group.agrees => differs(group),
        _ => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(visible(&column.column), status);
    case.set_classname(visible(&compared.program.name));
    case.set_time(Duration::from_millis(column.wall_ms));
    case
}

fn differs(group: &Group) -> TestCaseStatus {
    let mut text = String::new();
    for difference in &group.differences {
        push_difference(&mut text, difference);
    }
    for sentence in group.reason.iter().flat_map(reason) {
        text.push_str(&format!("{sentence}\n"));
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type("differs").set_message(visible(&shown(group))).set_description(visible(&text));
    status
}
