//! The part of a results document that a comparison needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, anyhow, bail};

use super::RunFacts;
use matrix_model::escape::short;
use matrix_model::judge;
use matrix_model::record::{Receipt, Record};
use matrix_model::recorded_outcome::Observed;
use matrix_model::results::{CaseFacts, ColumnFacts, Results};
use matrix_model::verdict::Verdict;
use matrix_store::results_files;

/// The longest line that is kept of what was observed, in characters.
const LONGEST: usize = 300;

/// The part of a record that a comparison needs: a few hundred bytes.
#[derive(Debug)]
pub struct Brief {
    /// The judgement.
    pub verdict: Verdict,
    /// What was observed and not expected, in one line.
    pub observed: String,
    /// What was expected there, in one line; none if the cell is as expected.
    pub expected: Option<String>,
    /// The reason of the divergence recorded for the cell.
    pub reason: Option<String>,
    /// The digest of all that was observed; none if it is not kept.
    pub outcome: Option<String>,
}

/// A results document without what a comparison does not need: a few hundred bytes for each cell.
#[derive(Debug)]
pub struct CondensedResults {
    /// The facts of the run.
    pub run: RunFacts,
    /// The columns that have a record, in the document's order.
    pub columns: Vec<ColumnFacts>,
    /// The cases, by id.
    pub cases: BTreeMap<String, CaseFacts>,
    /// The first receipt of each column, by the column's name.
    receipts: BTreeMap<String, Receipt>,
    /// The sha256 of the executable that the first receipt of each column is of, if it is kept.
    executables: BTreeMap<String, String>,
    /// By column and case.
    cells: BTreeMap<String, BTreeMap<String, Brief>>,
}

impl CondensedResults {
    /// Reads results.
    ///
    /// # Errors
    /// As [`results_files::read_each`]; if a cell is there twice, or is of a case or a column that the file does not describe.
    pub fn read(path: &Path) -> Result<CondensedResults> {
        let mut cells = Cells::default();
        let results = results_files::read_each(path, |record| cells.take(&record))?;
        cells.document(&results, path.display().to_string())
    }

    /// What [`CondensedResults::read`] would read of these results, were they in a file of that name.
    ///
    /// # Errors
    /// If a cell is there twice, or is of a case or a column that the results do not describe.
    pub fn of(results: &Results, file: &str) -> Result<CondensedResults> {
        let mut cells = Cells::default();
        results.records.iter().for_each(|record| cells.take(record));
        cells.document(results, file.to_owned())
    }

    /// Forgets every case but these.
    pub fn retain(&mut self, cases: &BTreeSet<String>) {
        self.cases.retain(|case, _| cases.contains(case));
        self.cells.values_mut().for_each(|of_column| of_column.retain(|case, _| cases.contains(case)));
    }

    /// A cell, if it is there.
    pub fn cell(&self, column: &str, case: &str) -> Option<&Brief> {
        self.cells.get(column)?.get(case)
    }

    /// The cases of a column's cells, in order.
    pub(crate) fn cases_of(&self, column: &str) -> impl Iterator<Item = &str> {
        self.cells.get(column).into_iter().flat_map(|of_column| of_column.keys().map(String::as_str))
    }

    /// A case, if the document knows it.
    pub(crate) fn facts_of(&self, case: &str) -> Option<&CaseFacts> {
        self.cases.get(case)
    }

    /// What was run in a column, if anything was.
    pub fn receipt(&self, column: &str) -> Option<&Receipt> {
        self.receipts.get(column)
    }

    /// The sha256 of the executable that was run in a column, if it is kept.
    pub(crate) fn executable_sha256(&self, column: &str) -> Option<&str> {
        self.executables.get(column).map(String::as_str)
    }

    /// The column of this name, or the primary column of the runtime with this id, or its only one.
    ///
    /// # Errors
    /// If there is none, with the ones there are.
    pub fn column(&self, name: &str) -> Result<&ColumnFacts> {
        let named = self.columns.iter().find(|facts| facts.column == name);
        let theirs: Vec<_> = self.columns.iter().filter(|facts| facts.runtime == name).collect();
        let primary = theirs.iter().copied().find(|facts| facts.primary);
        let only = match theirs[..] {
            [only] => Some(only),
            _ => None,
        };
        named.or(primary).or(only).ok_or_else(|| {
            let there: Vec<_> = self.columns.iter().map(|facts| facts.column.as_str()).collect();
            anyhow!("{}: no column {name} in it; there are {}", self.run.file, there.join(", "))
        })
    }
}

/// What is kept of the records while they are read.
#[derive(Default)]
struct Cells {
    receipts: BTreeMap<String, Receipt>,
    executables: BTreeMap<String, String>,
    by_column: BTreeMap<String, BTreeMap<String, Brief>>,
    /// The first cell that came a second time.
    twice: Option<String>,
}

impl Cells {
    fn take(&mut self, record: &Record) {
        let brief = Brief {
            observed: short(&judge::in_one_line(record), LONGEST),
            expected: judge::expected_in_one_line(record).map(|line| short(&line, LONGEST)),
            outcome: record.outcome.as_ref().map(Observed::digest),
            reason: record.divergence.as_ref().map(|known| known.reason.clone()),
            verdict: record.verdict.clone(),
        };
        if let Some(receipt) = record.receipt.as_ref().filter(|_| !self.receipts.contains_key(&record.column)) {
            self.receipts.insert(record.column.clone(), receipt.clone());
            self.executables.extend(record.executable_sha256.clone().map(|sha256| (record.column.clone(), sha256)));
        }
        let of_column = self.by_column.entry(record.column.clone()).or_default();
        if of_column.insert(record.case.clone(), brief).is_some() {
            self.twice.get_or_insert_with(|| record.cell.clone());
        }
    }

    fn document(self, results: &Results, file: String) -> Result<CondensedResults> {
        let Cells { receipts, executables, by_column: cells, twice } = self;
        if let Some(cell) = twice {
            bail!("{file}: the cell {cell} is there twice");
        }
        let Results { finished, go, platform, columns, cases, .. } = results;
        for (column, of_column) in &cells {
            if !columns.iter().any(|facts| facts.column == *column) {
                bail!("{file}: there are records of {column}, and `columns` has no such column");
            }
            if let Some(case) = of_column.keys().find(|case| !cases.iter().any(|facts| facts.id == **case)) {
                bail!("{file}: there is a record of {column}/{case}, and `cases` has no such case");
            }
        }
        Ok(CondensedResults {
            run: RunFacts { file, finished: finished.clone(), go: go.clone(), platform: platform.clone() },
            columns: columns.iter().filter(|facts| cells.contains_key(&facts.column)).cloned().collect(),
            cases: cases.iter().map(|facts| (facts.id.clone(), facts.clone())).collect(),
            receipts,
            executables,
            cells,
        })
    }
}
