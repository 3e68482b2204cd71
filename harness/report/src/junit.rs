//! Results as JUnit XML, the format that every CI server shows.
//!
//! A column is a suite, and a cell is a test case. A cell that deviates as recorded passes, and its output says so: CI
//! asks whether anything is news. What guests wrote is spelled out where it would not be seen, so the document is
//! well-formed whatever they wrote.

use std::path::Path;

use anyhow::{Context, Result};
use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use matrix_model::escape::visible;
use matrix_model::judge;
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::text;
use matrix_model::verdict::{Behaviour, Colour, Verdict, VerdictKind};
use matrix_store::atomic_write::write_whole;

/// Writes results to a file. A cell that was not run is an error if it is `required`.
///
/// # Errors
/// If the file cannot be written, with its path.
pub fn write(results: &Results, required: impl Fn(&Record) -> bool, path: &Path) -> Result<()> {
    let xml = xml(results, required).with_context(|| path.display().to_string())?;
    Ok(write_whole(path, xml.as_bytes())?)
}

/// Results as XML; see [`write`].
///
/// # Errors
/// None are known: the XML is made in memory.
pub fn xml(results: &Results, required: impl Fn(&Record) -> bool) -> Result<String> {
    let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
    for record in &results.records {
        let suite = suites.entry(&record.column).or_insert_with(|| suite(results, &record.column));
        suite.add_test_case(test_case(record, required(record), results.suite.as_deref()));
    }
    let mut report = Report::new("wasip1-matrix");
    report.add_test_suites(suites.into_values());
    // Jenkins' schema allows this attribute for a suite, but not for the whole document.
    Ok(report.to_string()?.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1))
}

fn suite(results: &Results, column: &str) -> TestSuite {
    let mut suite = TestSuite::new(visible(column));
    let mut property = |name: &str, value: &str| {
        suite.add_property((name.to_owned(), visible(value)));
    };
    if let Some(facts) = results.columns.iter().find(|facts| facts.column == column) {
        property("runtime", &facts.runtime);
        property("version", &facts.version);
        facts.mode.iter().for_each(|mode| property("mode", mode));
    }
    let of_column = results.records.iter().filter(|record| record.column == column);
    let mut run = of_column.filter_map(|record| Some((record.receipt.as_ref()?, &record.executable_sha256)));
    if let Some((receipt, executable)) = run.next() {
        property("reported-version", &receipt.reported_version);
        property("runtime-sha256", &receipt.runtime_sha256);
        executable.iter().for_each(|sha256| property("executable-sha256", sha256));
        property("go", receipt.built_by());
        property("platform", &receipt.platform);
    }
    suite
}

fn test_case(record: &Record, required: bool, suite: Option<&str>) -> TestCase {
    let mut case = TestCase::new(visible(&record.case), status(record, required));
    case.set_classname(visible(&record.column));
    if let Some(measured) = &record.measured {
        case.set_time(measured.usage.wall);
    }
    let said = said(record, suite);
    if !said.is_empty() {
        case.set_system_out(said);
    }
    case
}

fn status(record: &Record, required: bool) -> TestCaseStatus {
    let verdict = &record.verdict;
    let VerdictKind { word, behaviour, .. } = verdict.kind();
    match verdict {
        Verdict::Unavailable { hint } if required => {
            let message = format!("{} is required and not installed: {hint}", record.column);
            non_success(NonSuccessKind::Error, word, &message, "")
        }
        verdict if verdict.kind().skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(*word).set_message(visible(&verdict.to_string()));
            status
        }
        Verdict::HarnessError { message } => {
            non_success(NonSuccessKind::Error, word, message.lines().next().unwrap_or(""), message)
        }
        verdict if verdict.is_red() => {
            let kind = verdict.failure().map_or_else(|| (*word).to_owned(), |failure| failure.to_string());
            let message = format!("{verdict}: {}", judge::public_line(record));
            non_success(NonSuccessKind::Failure, &kind, &message, &differences(record))
        }
        verdict if *behaviour == Behaviour::Varies => {
            let mut run = TestRerun::new(NonSuccessKind::Failure);
            run.set_type(*word).set_message(visible(&verdict.to_string())).set_description(differences(record));
            TestCaseStatus::Success { flaky_runs: vec![run] }
        }
        _ => TestCaseStatus::success(),
    }
}

fn non_success(kind: NonSuccessKind, of: &str, message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(of).set_message(visible(message));
    if !description.is_empty() {
        status.set_description(visible(description));
    }
    status
}

fn differences(record: &Record) -> String {
    let mut text = String::new();
    for difference in &record.differences {
        text::push_difference(&mut text, difference);
    }
    visible(&text)
}

/// What the output of a cell that does not simply pass says: its verdict, what is recorded, and what its guest wrote.
fn said(record: &Record, suite: Option<&str>) -> String {
    if record.verdict.colour() == Colour::Green {
        return String::new();
    }
    let mut lines = vec![format!("verdict: {}", record.verdict)];
    if let Some(known) = &record.divergence {
        let [reason, source] = text::recorded(known);
        lines.extend([format!("recorded: {reason}"), source]);
    }
    if let Some(outcome) = &record.outcome {
        lines.push(format!("end: {}", outcome.exit));
        lines.push(format!("stdout: {}", outcome.stdout.quoted()));
        lines.push(format!("stderr: {}", outcome.stderr.quoted()));
        lines.push(format!("again: {}", text::rerun(suite, [&*record.cell])));
    }
    visible(&lines.join("\n"))
}
