//! The front page: what was tested, the matrix by areas and by cases, and links to the other pages.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use matrix_model::advisory::Seen;
use matrix_model::answer::Answer;
use matrix_model::results::Results;
use matrix_model::timestamp::Moment;

use super::ADVISORIES;
use super::address::id;
use super::cell::RedCell;
use super::mark::{self, Count};
use super::portability::{Portability, Portable};
use super::share::Share;
use super::table::{Head, Row, Shape};
use super::topic::{self, Topic};
use super::totals::{Causes, Totals};
use crate::go_test::published::{PublishedTests, TestsLink};
use crate::pages::grid::Board;

/// Beyond this many red cells, their list starts folded.
const FEW_RED: usize = 12;

/// Up to this many cases, no area is folded.
const FEW_CASES: usize = 60;

/// What every page says about the run.
#[derive(Serialize)]
pub(crate) struct RunHeader {
    go: String,
    platform: String,
    machine: Option<String>,
    commit: Option<String>,
    /// The suite, if the cases are not the project's.
    suite: Option<String>,
    finished: Moment,
    /// How many cells were taken over from an earlier run, and when the oldest of them was run.
    earlier: Option<(usize, Moment)>,
    cases: usize,
    /// How many columns are shown.
    columns: usize,
    cells: usize,
    /// How many runtimes there are, without the reference.
    runtimes: usize,
    has_reference: bool,
    /// The pages about published tests.
    tests: Vec<TestsLink>,
}

/// The front page.
#[derive(Serialize)]
pub(crate) struct Front {
    legend: Vec<Count>,
    red: Vec<RedCell>,
    red_unfolded: bool,
    portable: Portable,
    totals: Totals,
    pub shape: Shape,
    heads: Vec<Head>,
    /// The runtimes that are not installed, which have no columns.
    missing: Vec<Head>,
    areas: Vec<Area>,
    unfolded: bool,
    /// The terms that cases can be found by. Cases with the same terms share an entry.
    terms: Vec<String>,
    runtimes: Vec<Runtime>,
    /// When the older run ended, and how many cells changed since.
    since: Option<(Moment, usize)>,
    advisories: Option<Advisories>,
}

/// What the front page says of published advisories.
#[derive(Serialize)]
struct Advisories {
    href: &'static str,
    all: usize,
}

/// An area with its cases.
#[derive(Serialize)]
struct Area {
    id: String,
    name: String,
    portable: usize,
    tally: Vec<Count>,
    /// How many of its cases work in each column.
    shares: Vec<Option<Share>>,
    /// How many of its cases differ in some column, and for how many causes.
    causes: Causes,
    rows: Vec<Row>,
}

/// A runtime, and those of its columns that were run.
#[derive(Serialize)]
struct Runtime {
    href: String,
    name: String,
    reference: bool,
    available: bool,
    columns: Vec<String>,
}

impl RunHeader {
    /// Gathers the facts of the run.
    pub fn of(results: &Results, board: &Board, tests: &[PublishedTests]) -> RunHeader {
        let runtimes = board.runtimes();
        let earlier = || results.records.iter().filter(|record| record.reused);
        let oldest = earlier().filter_map(|record| Some(record.measured?.ran)).min();
        RunHeader {
            go: results.go.join(", "),
            platform: results.platform.clone(),
            machine: results.machine.clone(),
            commit: results.commit.clone(),
            suite: results.suite.clone(),
            finished: results.finished.moment(),
            earlier: oldest.map(|oldest| (earlier().count(), Moment::of(oldest))),
            cases: board.cases.len(),
            columns: (0..board.columns.len()).filter(|column| board.is_shown(*column)).count(),
            cells: results.records.len(),
            runtimes: runtimes.iter().filter(|runtime| !board.columns[runtime[0]].reference).count(),
            has_reference: board.columns.iter().any(|column| column.reference),
            tests: tests.iter().map(TestsLink::of).collect(),
        }
    }
}

impl Front {
    /// Arranges the primary columns that are installed.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(board: &Board, topics: &[Topic], seen: Option<&Seen>) -> Result<Front> {
        let (columns, missing) = board.installed_and_missing();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut terms = Vec::new();
        let mut of_case = Vec::new();
        for words in topic::terms(topics, board.cases.len()) {
            let words = words.into_iter().collect::<Vec<_>>().join(" ");
            of_case.push(*places.entry(words).or_insert_with_key(|words| {
                terms.push(words.clone());
                terms.len() - 1
            }));
        }
        let mut areas = Vec::new();
        let mut begin = 0;
        while begin < board.cases.len() {
            let name = &board.cases[begin].area;
            let end = begin + board.cases[begin..].iter().take_while(|case| case.area == *name).count();
            areas.push(Area::of(board, begin..end, &columns, &of_case)?);
            begin = end;
        }
        let in_order =
            || (0..board.columns.len()).flat_map(|column| (0..board.cases.len()).map(move |case| (column, case)));
        let red: Vec<_> = in_order().filter_map(|(column, case)| RedCell::of(board, column, case)).collect();
        let under_test = columns.iter().filter(|column| !board.columns[**column].reference);
        let heads = |columns: &[usize]| columns.iter().map(|column| Head::of(board, *column)).collect();
        Ok(Front {
            legend: mark::legend(under_test.flat_map(|column| board.answers_of(*column))),
            red_unfolded: red.len() <= FEW_RED,
            red,
            portable: Portable::of(board),
            totals: Totals::of(board, &columns),
            shape: Shape::of(columns.len()),
            heads: heads(&columns),
            missing: heads(&missing),
            areas,
            unfolded: board.cases.len() <= FEW_CASES,
            terms,
            since: board.since.as_ref().map(|since| (since.when(), since.count())),
            advisories: seen.map(|seen| Advisories { href: ADVISORIES, all: seen.advisories.len() }),
            runtimes: board.runtimes().iter().map(|columns| Runtime::of(board, columns)).collect(),
        })
    }
}

impl Area {
    fn of(board: &Board, cases: std::ops::Range<usize>, columns: &[usize], terms: &[usize]) -> Result<Area> {
        let name = &board.cases[cases.start].area;
        let row = |case: usize| -> Result<Row> {
            let mut row = Row::of(board, case, columns)?;
            row.name = row.name.strip_prefix(&format!("{name}/")).unwrap_or(&row.name).to_owned();
            row.terms = Some(terms[case]);
            for cell in row.cells.iter_mut().flatten() {
                // There is no room for what was observed; the page of the case shows it.
                cell.value = None;
            }
            Ok(row)
        };
        let of = |column: usize| cases.clone().filter_map(move |case| board.answer(column, case));
        let under_test = columns.iter().filter(|column| !board.columns[**column].reference);
        Ok(Area {
            id: id("area", name),
            name: name.clone(),
            portable: cases.clone().filter(|case| Portability::of(board, *case).all).count(),
            tally: mark::tally(under_test.flat_map(|column| of(*column)).filter(is_worth_counting)),
            shares: columns.iter().map(|column| Share::of(board, *column, cases.clone())).collect(),
            causes: Causes::of(board, columns, cases.clone()),
            rows: cases.clone().map(row).collect::<Result<_>>()?,
        })
    }
}

/// Whether a cell is counted next to its area's name. Cells that work are not, nor those that were not run.
fn is_worth_counting(answer: &Answer) -> bool {
    !matches!(answer, Answer::Works | Answer::NotRun)
}

impl Runtime {
    fn of(board: &Board, columns: &[usize]) -> Runtime {
        let first = board.columns[columns[0]];
        let ran = board.comparable(columns);
        Runtime {
            href: board.runtime_file(columns[0]),
            name: first.name.clone(),
            reference: first.reference,
            available: !ran.is_empty(),
            columns: ran.iter().map(|column| board.columns[*column].label()).collect(),
        }
    }
}
