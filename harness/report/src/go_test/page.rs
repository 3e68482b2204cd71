//! An answer as one page that needs nothing else: a grid of packages and columns, then for each package that has any to
//! show a grid of its tests and columns, and a section for each test.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::lists;
use super::mark::{Mark, NOT_RUN, mark};
use super::overview::OverviewRow;
use super::own_frames::own_frames;
use super::published::Published;
use super::{
    Alike, by_verdict, cases, columns_in_words, end_in_words, ends, name, output, reasons, summary, told, unnamed,
};
use crate::compared::page::Traces;
use crate::compared::reason;
use crate::pages::{address, look::Look};
use matrix_model::go_test::lists::TestList;
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageRun, PackageTests, TestCases, TestEnd, TestReason, TestReport};
use matrix_store::atomic_write::write_whole;

/// The template.
pub(crate) const TEMPLATE: &str = "go-test.html";

/// How many lines of a test's output a section has.
const LINES: usize = 60;

/// The longest of these lines, in characters.
const LONGEST: usize = 400;

#[derive(Serialize)]
pub(crate) struct Page<'p> {
    /// What the packages are, if the project publishes them.
    published: Option<&'p Published>,
    summary: String,
    red: bool,
    go: &'p str,
    flags: String,
    columns: &'p [String],
    /// Whether the tests were run natively, too.
    native: bool,
    overview: Vec<OverviewRow<'p>>,
    differing: Vec<Section<'p>>,
    without_tests: &'p [String],
    not_run: Vec<(&'p str, &'p str)>,
    stale: Vec<(&'p str, &'p str, &'p str)>,
    lists: Vec<lists::Section>,
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
    cases: Vec<Cases>,
}

/// The cases that show what a test shows in some columns.
#[derive(Serialize)]
struct Cases {
    columns: String,
    cases: Vec<CaseLink>,
    why: Option<String>,
}

/// A case, with a link to its page if it has one.
#[derive(Serialize)]
struct CaseLink {
    name: String,
    href: Option<String>,
}

/// Why a test differs in a column.
#[derive(Serialize)]
struct Told {
    column: String,
    sentences: Vec<String>,
    traces: Option<Traces>,
}

/// Writes the page, which holds these lists against the answer. `assets` is the project's `reports` folder.
///
/// # Errors
/// If the template is broken, with its line; if the file cannot be written, with its path.
pub fn write(report: &TestReport, lists: &[TestList], assets: &Path, path: &Path) -> Result<()> {
    Ok(write_whole(path, html(report, lists, assets)?.as_bytes())?)
}

/// The page as text.
///
/// # Errors
/// If the template is broken, with its line.
pub fn html(report: &TestReport, lists: &[TestList], assets: &Path) -> Result<String> {
    Look::read(assets)?.render_alone(TEMPLATE, Page::of(report, None, lists))
}

impl<'p> Page<'p> {
    /// The page about a report, with these lists held against it; `published` says what its packages are.
    pub fn of(report: &'p TestReport, published: Option<&'p Published>, lists: &[TestList]) -> Page<'p> {
        let (mut overview, mut differing) = (Vec::new(), Vec::new());
        for package in &report.packages {
            let mut row = OverviewRow::of(package, report);
            if !package.rows.is_empty() {
                let section = Section::of(differing.len() + 1, package, report);
                row.href = Some(section.id.clone());
                differing.push(section);
            }
            overview.push(row);
        }
        Page {
            published,
            summary: summary(report),
            red: report.is_red() || report.has_failed(),
            go: &report.go,
            flags: report.flags.join(" "),
            columns: &report.columns,
            native: report.packages.iter().any(|package| package.native.is_some()),
            overview,
            differing,
            without_tests: &report.without_tests,
            not_run: report.not_run.iter().map(|column| (column.column.as_str(), column.why.as_str())).collect(),
            stale: report
                .stale
                .iter()
                .map(|entry| (entry.at.as_str(), entry.test.as_str(), entry.column.as_str()))
                .collect(),
            lists: lists::sections(lists, report),
        }
    }

    /// The same with links to the pages of cases, for those that have one.
    pub fn linked(mut self, has_page: impl Fn(&str) -> bool) -> Page<'p> {
        let tests = self.differing.iter_mut().flat_map(|section| &mut section.tests);
        let shown = tests.flat_map(|test| &mut test.alike).flat_map(|alike| &mut alike.cases);
        for case in shown.flat_map(|shown| &mut shown.cases).filter(|case| has_page(&case.name)) {
            case.href = Some(address::file("case", &case.name));
        }
        self
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
            let has_test = |run: &PackageRun| row.test.as_ref().is_none_or(|test| run.tests.contains_key(test));
            match (row.columns.get(column), package.columns.get(column)) {
                (Some(verdict), _) => {
                    Cell { mark: mark(verdict), href: section_of(column).map(|place| format!("{id}-{}", place + 1)) }
                }
                (None, None) => Cell { mark: NOT_RUN, href: None },
                (None, Some(run)) if has_test(run) => Cell { mark: mark(&TestVerdict::Works), href: None },
                (None, Some(_)) => Cell { mark: Mark { word: "not there", ..NOT_RUN }, href: None },
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
            cases: cases(package, row, &alike.columns).iter().map(|(shown, of)| Cases::of(shown, of, report)).collect(),
        }
    }
}

impl Cases {
    fn of(shown: &TestCases, columns: &[&str], report: &TestReport) -> Cases {
        let cases = shown.cases.iter().map(|case| CaseLink { name: case.clone(), href: None });
        let columns = columns_in_words(columns, &report.columns);
        Cases { columns, cases: cases.collect(), why: shown.why.clone() }
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
