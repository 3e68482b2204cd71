//! What each runtime returned from each function of preview 1, counted in traced runs, and where one runtime returned
//! something else than most runtimes in the same case.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use matrix_model::beside_record::BesideRecord;
use matrix_model::call_counts::NOTHING;
use matrix_model::names::CellName;
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::verdict::Behaviour;

use super::on_record::{CaseInColumns, members};
use crate::pages::grid::Board;

/// How many runtimes it takes at least for a majority.
const FEWEST: usize = 3;

/// The name of the errno for success.
const SUCCESS: &str = "success";

/// By case and column, how often a function returned each errno.
type Cells<'r> = BTreeMap<(usize, usize), &'r BTreeMap<String, u64>>;

/// Cells, each as its column and its case, by the runtime, its own errnos and those of most runtimes.
type Ways<'b> = BTreeMap<(&'b str, String, String), Vec<(usize, usize)>>;

/// The cells whose errnos are not those of most runtimes, by case and column, each with those of most runtimes.
type Apart<'r> = BTreeMap<(usize, usize), BTreeSet<&'r str>>;

/// The counted calls of a function.
#[derive(Default)]
struct Function<'r> {
    cells: Cells<'r>,
    apart: Apart<'r>,
}

/// Everything that was counted, by function.
pub struct Returned<'r> {
    functions: BTreeMap<&'r str, Function<'r>>,
    /// The columns that have counts.
    columns: BTreeSet<usize>,
    /// The cells, by case and column, in which some calls were not counted.
    cut: BTreeSet<(usize, usize)>,
}

/// A function in one column.
#[derive(Serialize)]
pub(crate) struct Sum {
    pub calls: u64,
    /// Whether there were more calls that were not counted.
    cut: bool,
    /// The errnos except success, the most frequent first.
    errnos: Vec<(String, u64)>,
    /// In how many cases it returned something else than most runtimes.
    apart: usize,
}

/// A function in one column, on the page of the function.
#[derive(Serialize)]
pub struct Line {
    href: String,
    name: String,
    label: String,
    cells: usize,
    #[serde(flatten)]
    sum: Sum,
    /// How many calls succeeded.
    success: u64,
}

/// Cases in which a runtime returned the same unusual errnos.
#[derive(Serialize)]
pub(crate) struct Way {
    name: String,
    own: String,
    most: String,
    cases: Vec<CaseInColumns>,
    /// How many of the cells are as expected nevertheless.
    as_expected: usize,
    /// How many of the cells are not judged.
    not_judged: usize,
    cells: usize,
}

/// What the page of a function shows of the counts.
#[derive(Serialize)]
pub struct ReturnedBy {
    lines: Vec<Line>,
    apart: Vec<Way>,
}

impl<'r> Returned<'r> {
    /// Takes the counts that belong to a record of the results.
    pub fn of(board: &Board, results: &'r Results) -> Returned<'r> {
        let column_at: BTreeMap<_, _> =
            board.columns.iter().enumerate().map(|(index, column)| (column.column.as_str(), index)).collect();
        let case_at: BTreeMap<_, _> =
            board.cases.iter().enumerate().map(|(index, case)| (case.id.as_str(), index)).collect();
        let mut returned = Returned { functions: BTreeMap::new(), columns: BTreeSet::new(), cut: BTreeSet::new() };
        for called in &results.called {
            let Ok(CellName { column, case }) = called.cell.parse() else { continue };
            let place = (column_at.get(column.to_string().as_str()), case_at.get(case.to_string().as_str()));
            let (Some(&column), Some(&case)) = place else { continue };
            if !board.record(column, case).is_some_and(|record| called.belongs_to(record)) {
                continue;
            }
            returned.columns.insert(column);
            for (function, errnos) in &called.answers {
                returned.functions.entry(function).or_default().cells.insert((case, column), errnos);
            }
            if called.cut {
                returned.cut.insert((case, column));
            }
        }
        let cut = &returned.cut;
        returned.functions.values_mut().for_each(|function| function.apart = apart(board, &function.cells, cut));
        returned
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// A function in these columns; none for a column that has no counts.
    pub(crate) fn sums(&self, function: &str, columns: &[usize]) -> Vec<Option<Sum>> {
        let none = Function::default();
        let function = self.functions.get(function).unwrap_or(&none);
        let sum = |column: &usize| self.columns.contains(column).then(|| self.sum(function, *column));
        columns.iter().map(sum).collect()
    }

    /// A function in all columns; none if no counted guest called it.
    pub fn by_runtime(&self, board: &Board, function: &str) -> Option<ReturnedBy> {
        let function = self.functions.get(function)?;
        let Function { cells, apart } = function;
        let line = |column: &usize| {
            let of = || cells.iter().filter(move |((_, of), _)| of == column);
            Line {
                href: board.runtime_file(*column),
                name: board.columns[*column].name.clone(),
                label: board.columns[*column].label(),
                cells: of().count(),
                success: of().filter_map(|(_, errnos)| errnos.get(SUCCESS)).sum(),
                sum: self.sum(function, *column),
            }
        };
        let mut ways = Ways::new();
        for ((case, column), most) in apart {
            let name = board.columns[*column].name.as_str();
            let own = in_words(&errnos_of(cells[&(*case, *column)]));
            ways.entry((name, own, in_words(most))).or_default().push((*column, *case));
        }
        let mut apart: Vec<_> = ways
            .into_iter()
            .map(|((name, own, most), cells)| Way {
                name: name.to_owned(),
                own,
                most,
                cases: members(board, &cells),
                as_expected: count(board, &cells, Record::is_as_expected),
                not_judged: count(board, &cells, |record| record.verdict.kind().behaviour == Behaviour::NotJudged),
                cells: cells.len(),
            })
            .collect();
        apart.sort_by_key(|way| (way.name.clone(), std::cmp::Reverse(way.cells)));
        Some(ReturnedBy { lines: self.columns.iter().map(line).collect(), apart })
    }

    fn sum(&self, function: &Function, column: usize) -> Sum {
        let Function { cells, apart } = function;
        let mut errnos: BTreeMap<&str, u64> = BTreeMap::new();
        let mut cut = false;
        for (cell, answers) in cells.iter().filter(|((_, of), _)| *of == column) {
            cut |= self.cut.contains(cell);
            for (errno, count) in *answers {
                *errnos.entry(errno).or_default() += count;
            }
        }
        let calls = errnos.values().sum();
        let mut errnos: Vec<_> = errnos
            .into_iter()
            .filter(|(errno, _)| *errno != SUCCESS)
            .map(|(errno, count)| (word(errno), count))
            .collect();
        errnos.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Sum { calls, cut, errnos, apart: apart.keys().filter(|(_, of)| *of == column).count() }
    }
}

/// The cells whose errnos are not those of most runtimes in the same case, each with those of most runtimes. A runtime
/// that was not called there, or too often to be counted, has no vote.
fn apart<'r>(board: &Board, cells: &Cells<'r>, cut: &BTreeSet<(usize, usize)>) -> Apart<'r> {
    let mut by_case: BTreeMap<usize, BTreeMap<usize, BTreeSet<&str>>> = BTreeMap::new();
    for ((case, column), errnos) in cells.iter().filter(|(cell, _)| !cut.contains(cell)) {
        by_case.entry(*case).or_default().insert(*column, errnos_of(errnos));
    }
    let mut apart = BTreeMap::new();
    for (case, columns) in by_case {
        // One vote for each runtime, however many of its versions were run.
        let mut votes: BTreeMap<&BTreeSet<&str>, usize> = BTreeMap::new();
        for (_, errnos) in columns.iter().filter(|(column, _)| board.columns[**column].primary) {
            *votes.entry(errnos).or_default() += 1;
        }
        let all: usize = votes.values().sum();
        let Some((most, count)) = votes.into_iter().max_by_key(|(_, count)| *count) else { continue };
        if all < FEWEST || 2 * count <= all {
            continue;
        }
        let others = columns.iter().filter(|(_, errnos)| *errnos != most);
        apart.extend(others.map(|(column, _)| ((case, *column), most.clone())));
    }
    apart
}

fn errnos_of(answers: &BTreeMap<String, u64>) -> BTreeSet<&str> {
    answers.keys().map(String::as_str).collect()
}

fn in_words(errnos: &BTreeSet<&str>) -> String {
    errnos.iter().map(|errno| word(errno)).collect::<Vec<_>>().join(" and ")
}

/// An errno in words. A number without a name is not an errno of preview 1.
fn word(errno: &str) -> String {
    match errno {
        NOTHING => "no answer".to_owned(),
        number if number.chars().all(|c| c.is_ascii_digit()) => format!("{number}, not an errno"),
        name => name.to_owned(),
    }
}

/// How many of these cells, each given as its column and its case, have such a record.
fn count(board: &Board, cells: &[(usize, usize)], is: impl Fn(&Record) -> bool) -> usize {
    cells.iter().filter(|(column, case)| board.record(*column, *case).is_some_and(&is)).count()
}
