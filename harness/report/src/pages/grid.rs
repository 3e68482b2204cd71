//! Results put in order: columns by runtime and from old to new, cases by area, and the records between, each with its
//! answer.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use anyhow::{Result, bail};
use semver::Version;

use crate::changes::Changes;
use matrix_model::answer::{self, Answer};
use matrix_model::case::Tier;
use matrix_model::record::Record;
use matrix_model::results::{CaseFacts, ColumnFacts, Results};
use matrix_model::verdict::Verdict;

use super::address;
use super::since::Since;

/// Results in the order of the pages, whatever order they came in.
pub struct Board<'r> {
    /// The reference first, then by the runtime's name. Within a runtime, the default mode from the oldest version to
    /// the newest, then each other mode likewise.
    pub columns: Vec<&'r ColumnFacts>,
    /// By area and name.
    pub cases: Vec<&'r CaseFacts>,
    /// By column and case; none where the run had no such cell.
    cells: Vec<Vec<Option<(&'r Record, Answer)>>>,
    /// The page of each case, from the folder of all pages.
    pub files: Vec<String>,
    /// The fragment of each column's cell on the page of a case.
    pub fragments: Vec<String>,
    /// The changes since an older run, if there is one to compare with.
    pub since: Option<Since<'r>>,
}

impl<'r> Board<'r> {
    /// Arranges results.
    ///
    /// # Errors
    /// If a record has no row or no column, or two records have the same: one would be missing without a word.
    pub fn of(results: &'r Results, since: Option<&'r Changes>) -> Result<Board<'r>> {
        let mut columns: Vec<_> = results.columns.iter().collect();
        columns.sort_by(|a, b| order(a, b));
        let mut cases: Vec<_> = results.cases.iter().collect();
        cases.sort_by_key(|case| (&case.area, &case.id));
        no_doubles("column", columns.iter().map(|column| column.column.as_str()))?;
        no_doubles("case", cases.iter().map(|case| case.id.as_str()))?;
        let places = |names: Vec<&'r str>| -> BTreeMap<_, _> { names.into_iter().zip(0..).collect() };
        let column_at = places(columns.iter().map(|column| column.column.as_str()).collect());
        let case_at = places(cases.iter().map(|case| case.id.as_str()).collect());
        let mut cells = vec![vec![None; cases.len()]; columns.len()];
        for (record, answer) in results.records.iter().zip(answer::answers(results)) {
            let (column, case) = (column_at.get(record.column.as_str()), case_at.get(record.case.as_str()));
            let (Some(column), Some(case)) = (column, case) else {
                bail!("the results have a record {} and no such case or column", record.cell);
            };
            let place: &mut Option<(&Record, Answer)> = &mut cells[*column][*case];
            if place.replace((record, answer)).is_some() {
                bail!("the results have two records of {}", record.cell);
            }
        }
        let files = cases.iter().map(|case| address::file("case", &case.id)).collect();
        let fragments = columns.iter().map(|column| address::fragment(&column.column)).collect();
        Ok(Board { columns, cases, cells, files, fragments, since: since.map(Since::of) })
    }

    /// The record of a cell, both by index.
    pub fn record(&self, column: usize, case: usize) -> Option<&'r Record> {
        self.cells[column][case].map(|(record, _)| record)
    }

    /// What the runtime does in a cell.
    pub fn answer(&self, column: usize, case: usize) -> Option<Answer> {
        self.cells[column][case].map(|(_, answer)| answer)
    }

    /// How binding a case is in a column.
    pub(crate) fn tier(&self, column: usize, case: usize) -> Tier {
        self.cases[case].tier_in(self.columns[column])
    }

    /// The answers of a column, in the order of the cases.
    pub(crate) fn answers_of(&self, column: usize) -> impl Iterator<Item = Answer> {
        self.cells[column].iter().filter_map(|cell| cell.map(|(_, answer)| answer))
    }

    /// The records of a column, in the order of the cases.
    pub(crate) fn records_of(&self, column: usize) -> impl Iterator<Item = &'r Record> {
        self.cells[column].iter().filter_map(|cell| cell.map(|(record, _)| record))
    }

    /// The record of a cell that is shown on the page of its case.
    pub fn shown(&self, column: usize, case: usize) -> Option<&'r Record> {
        self.record(column, case).filter(|_| self.is_shown(column))
    }

    /// Whether a cell changed since the older run.
    pub(crate) fn has_changed(&self, column: usize, case: usize) -> bool {
        let named = |since: &Since| since.has(&self.columns[column].column, &self.cases[case].id);
        self.since.as_ref().is_some_and(named)
    }

    /// The address of a cell's section, from the folder of all pages.
    pub(crate) fn cell_href(&self, column: usize, case: usize) -> String {
        format!("{}#{}", self.files[case], self.fragments[column])
    }

    /// The page of a column's runtime, from the folder of all pages.
    pub(crate) fn runtime_file(&self, column: usize) -> String {
        address::file("runtime", &self.columns[column].runtime.replace('/', "_"))
    }

    /// The columns that stand for their runtimes, in order.
    pub fn primary(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|column| self.columns[*column].primary).collect()
    }

    /// Those of the columns that stand for their runtimes which are installed, and those which are not.
    pub(crate) fn installed_and_missing(&self) -> (Vec<usize>, Vec<usize>) {
        self.primary().into_iter().partition(|column| self.columns[*column].available)
    }

    /// Whether a column is shown: it has a cell that says more than that the runtime is not installed. A primary column
    /// is always shown, so that a missing runtime is seen in the matrix.
    pub(crate) fn is_shown(&self, column: usize) -> bool {
        let says_more = |record: &Record| !matches!(record.verdict, Verdict::Unavailable { .. });
        self.columns[column].primary || self.records_of(column).any(says_more)
    }

    /// The runtimes in order, each as the indices of its columns.
    pub fn runtimes(&self) -> Vec<Vec<usize>> {
        let mut runtimes: Vec<Vec<usize>> = Vec::new();
        for (index, column) in self.columns.iter().enumerate() {
            match runtimes.last_mut().filter(|of| self.columns[of[0]].runtime == column.runtime) {
                Some(of) => of.push(index),
                None => runtimes.push(vec![index]),
            }
        }
        runtimes
    }

    /// Those of a runtime's columns whose cells can be compared: they were installed and run.
    pub(crate) fn comparable(&self, runtime: &[usize]) -> Vec<usize> {
        let ran = |column: &usize| {
            self.records_of(*column).any(|record| !matches!(record.verdict, Verdict::Unavailable { .. }))
        };
        runtime.iter().copied().filter(ran).collect()
    }
}

fn no_doubles<'r>(kind: &str, names: impl Iterator<Item = &'r str>) -> Result<()> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => bail!("the results have the {kind} {} twice", pair[0]),
        None => Ok(()),
    }
}

fn order(a: &ColumnFacts, b: &ColumnFacts) -> Ordering {
    let of_runtime = |column: &ColumnFacts| (!column.reference, column.name.to_lowercase(), column.runtime.clone());
    let by_runtime = of_runtime(a).cmp(&of_runtime(b));
    // So that a mode, or a Go release, can be followed through the versions along a row.
    let by_version = || version(a).cmp(&version(b));
    by_runtime
        .then_with(|| a.mode.cmp(&b.mode))
        .then_with(|| a.surrounding.cmp(&b.surrounding))
        .then_with(by_version)
        .then_with(|| go(a).cmp(&go(b)))
}

/// A text that is no version, which nothing here writes, comes before every version.
fn version(column: &ColumnFacts) -> (Option<Version>, &str) {
    (Version::parse(&column.version).ok(), &column.version)
}

/// `1.9` is older than `1.21`.
fn go(column: &ColumnFacts) -> Option<Vec<u64>> {
    let parts = column.go.as_ref()?.split('.');
    Some(parts.map(|part| part.parse().unwrap_or(0)).collect())
}
