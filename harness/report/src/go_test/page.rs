//! An answer as one page that needs nothing else: a grid of tests and columns for each package that has any to show, and
//! a section for each test.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::own_frames::own_frames;
use super::{Alike, by_verdict, columns_in_words, end_in_words, ends, name, output, reasons, summary, told, unnamed};
use crate::compared::page::Traces;
use crate::compared::reason;
use crate::pages::look::Look;
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageTests, TestEnd, TestReason, TestReport};
use matrix_model::plural::counted;
use matrix_store::atomic_write::write_whole;

/// The template.
const TEMPLATE: &str = "go-test.html";

/// How many lines of a test's output a section has.
const LINES: usize = 60;

/// The longest of these lines, in characters.
const LONGEST: usize = 400;

#[derive(Serialize)]
struct Page<'p> {
    summary: String,
    red: bool,
    go: &'p str,
    flags: String,
    columns: &'p [String],
    /// Whether the tests were run natively, too.
    native: bool,
    differing: Vec<Section<'p>>,
    fine: Vec<Fine<'p>>,
    without_tests: &'p [String],
    not_run: Vec<(&'p str, &'p str)>,
    stale: Vec<(&'p str, &'p str, &'p str)>,
}

/// A package of which all tests work.
#[derive(Serialize)]
struct Fine<'p> {
    package: &'p str,
    tests: String,
    seconds: String,
}

/// A package that has tests to show.
#[derive(Serialize)]
struct Section<'p> {
    id: String,
    package: &'p str,
    red: bool,
    ends: String,
    tests: Vec<Test<'p>>,
}

/// A test that does not simply work.
#[derive(Serialize)]
struct Test<'p> {
    id: String,
    name: &'p str,
    native: &'static str,
    cells: Vec<Cell>,
    alike: Vec<AlikeSection>,
}

/// A test in a column.
#[derive(Serialize)]
struct Cell {
    mark: Mark,
    /// The section that says more.
    href: Option<String>,
}

/// A verdict in a word, with a sign and the names of a style.
#[derive(Serialize, Clone, Copy)]
struct Mark {
    style: &'static str,
    sign: &'static str,
    word: &'static str,
}

/// The columns in which a test has one verdict.
#[derive(Serialize)]
struct AlikeSection {
    id: String,
    columns: String,
    mark: Mark,
    verdict: String,
    output: String,
    /// How many lines of the output follow.
    more: usize,
    /// What it does under another name of the runtime.
    unnamed: Vec<String>,
    reasons: Vec<Told>,
}

/// Why a test differs in a column.
#[derive(Serialize)]
struct Told {
    column: String,
    sentences: Vec<String>,
    traces: Option<Traces>,
}

/// Writes the page. `assets` is the project's `reports` folder.
///
/// # Errors
/// If the template is broken, with its line; if the file cannot be written, with its path.
pub fn write(report: &TestReport, assets: &Path, path: &Path) -> Result<()> {
    Ok(write_whole(path, html(report, assets)?.as_bytes())?)
}

/// The page as text.
///
/// # Errors
/// If the template is broken, with its line.
pub fn html(report: &TestReport, assets: &Path) -> Result<String> {
    Look::read(assets)?.render_alone(TEMPLATE, Page::of(report))
}

impl<'p> Page<'p> {
    fn of(report: &'p TestReport) -> Page<'p> {
        let (fine, differing): (Vec<_>, Vec<_>) = report.packages.iter().partition(|package| package.rows.is_empty());
        let section = |(place, package): (usize, &&'p PackageTests)| Section::of(place + 1, package, report);
        Page {
            summary: summary(report),
            red: report.is_red() || report.has_failed(),
            go: &report.go,
            flags: report.flags.join(" "),
            columns: &report.columns,
            native: report.packages.iter().any(|package| package.native.is_some()),
            differing: differing.iter().enumerate().map(section).collect(),
            fine: fine.into_iter().map(Fine::of).collect(),
            without_tests: &report.without_tests,
            not_run: report.not_run.iter().map(|column| (column.column.as_str(), column.why.as_str())).collect(),
            stale: report
                .stale
                .iter()
                .map(|entry| (entry.at.as_str(), entry.test.as_str(), entry.column.as_str()))
                .collect(),
        }
    }
}

impl<'p> Fine<'p> {
    fn of(package: &'p PackageTests) -> Fine<'p> {
        let tests = package.columns.values().map(|run| run.tests.len()).max().unwrap_or_default();
        let wall_ms: u64 = package.columns.values().map(|run| run.wall_ms).sum();
        let seconds = format!("{:.1} s", wall_ms as f64 / 1000.0);
        Fine { package: &package.package, tests: counted(tests, "test"), seconds }
    }
}

impl<'p> Section<'p> {
    fn of(place: usize, package: &'p PackageTests, report: &TestReport) -> Section<'p> {
        let id = format!("package-{place}");
        let test = |(row_place, row): (usize, &'p Row)| {
            Test::of(&format!("test-{place}-{}", row_place + 1), package, row, report)
        };
        Section {
            package: &package.package,
            red: package.rows.iter().any(Row::is_red),
            ends: ends([package]),
            tests: package.rows.iter().enumerate().map(test).collect(),
            id,
        }
    }
}

impl<'p> Test<'p> {
    fn of(id: &str, package: &'p PackageTests, row: &'p Row, report: &TestReport) -> Test<'p> {
        let all = by_verdict(row);
        let section_of = |column: &str| all.iter().position(|alike| alike.columns.contains(&column));
        let cell = |column: &String| {
            let was_run = row
                .test
                .as_ref()
                .is_none_or(|test| package.columns.get(column).is_some_and(|run| run.tests.contains_key(test)));
            match row.columns.get(column) {
                Some(verdict) => {
                    Cell { mark: mark(verdict), href: section_of(column).map(|place| format!("{id}-{}", place + 1)) }
                }
                None if was_run => Cell { mark: mark(&TestVerdict::Works), href: None },
                None => Cell { mark: Mark { style: "not-run", sign: "∅", word: "not there" }, href: None },
            }
        };
        let section = |(place, alike): (usize, &Alike)| AlikeSection {
            id: format!("{id}-{}", place + 1),
            ..AlikeSection::of(package, row, alike, report)
        };
        Test {
            id: id.to_owned(),
            name: name(row),
            native: natively(package, row),
            cells: report.columns.iter().map(cell).collect(),
            alike: all.iter().enumerate().map(section).collect(),
        }
    }
}

impl AlikeSection {
    fn of(package: &PackageTests, row: &Row, alike: &Alike, report: &TestReport) -> AlikeSection {
        let lines = own_frames(output(package, row, alike.columns[0]), &package.folder);
        let shown = lines.iter().take(LINES);
        let shown: Vec<_> =
            shown.map(|line| matrix_model::escape::short(&line.replace('\t', "    "), LONGEST)).collect();
        AlikeSection {
            id: String::new(),
            columns: columns_in_words(&alike.columns, &report.columns),
            mark: mark(alike.verdict),
            verdict: told(alike.verdict),
            output: shown.join("\n"),
            more: lines.len().saturating_sub(LINES),
            unnamed: unnamed(package, row, &alike.columns),
            reasons: reasons(package, row, &alike.columns).map(Told::of).collect(),
        }
    }
}

impl Told {
    fn of(why: &TestReason) -> Told {
        let (sentences, traces) = (reason(&why.reason), Traces::of(&why.reason));
        Told { column: why.column.clone(), sentences, traces }
    }
}

/// What a row's test did as a program of this machine.
fn natively(package: &PackageTests, row: &Row) -> &'static str {
    let Some(native) = &package.native else { return "" };
    match (&row.test, &native.failure) {
        (Some(test), _) => native.tests.get(test).map_or("not there", |run| end_in_words(run.end)),
        (None, Some(_)) => end_in_words(TestEnd::Failed),
        (None, None) => end_in_words(TestEnd::Passed),
    }
}

/// How a verdict is shown in a cell.
fn mark(verdict: &TestVerdict) -> Mark {
    let (style, sign, word) = match verdict {
        TestVerdict::Works => ("works", "✓", "works"),
        TestVerdict::SkippedHere => ("lacks", "–", "skipped"),
        TestVerdict::FailsNatively => ("wrong", "✗", "fails, as natively"),
        TestVerdict::FailsInGo => ("should breaks", "✗", "fails everywhere"),
        TestVerdict::FailsInRuntime => ("breaks", "✗", "fails here"),
        TestVerdict::FailsHere => ("breaks", "✗", "fails"),
        TestVerdict::Unsteady => ("open", "±", "unsteady"),
        TestVerdict::Known { .. } => ("open", "○", "known"),
        TestVerdict::NotBuilt => ("no-start", "⊘", "not built"),
        TestVerdict::NotReached => ("not-run", "∅", "not run"),
        TestVerdict::Harness => ("not-run", "!", "harness"),
    };
    Mark { style, sign, word }
}
