//! A results document, as far as a comparison needs it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow, bail};

use super::Run;
use crate::record::Receipt;
use crate::red;
use crate::report::escape::short;
use crate::results::{CaseFacts, ColumnFacts, Results};
use crate::verdict::Verdict;

/// The longest line that is kept of what was observed, in characters.
const LONGEST: usize = 300;

/// What is kept of a record: some hundred bytes.
#[derive(Debug)]
pub struct Brief {
    /// The judgement.
    pub verdict: Verdict,
    /// What was observed and not expected, in one line.
    pub observed: String,
    /// What the divergence that speaks of the cell says.
    pub reason: Option<String>,
}

/// A results document, as far as a comparison needs it.
#[derive(Debug)]
pub struct Document {
    /// What is told of the run.
    pub run: Run,
    /// The columns that have a record, in the document's order.
    pub columns: Vec<ColumnFacts>,
    /// The cases, by id.
    pub cases: BTreeMap<String, CaseFacts>,
    /// What was run in a column, by the column's name.
    receipts: BTreeMap<String, Receipt>,
    /// By column and case.
    cells: BTreeMap<String, BTreeMap<String, Brief>>,
}

impl Document {
    /// Reads a results file.
    ///
    /// # Errors
    /// As [`Results::read_each`]; if a cell is there twice, or is of a case or a column that the file does not describe.
    pub fn read(path: &Path) -> Result<Document> {
        let file = path.display().to_string();
        let mut receipts = BTreeMap::new();
        let mut cells: BTreeMap<String, BTreeMap<String, Brief>> = BTreeMap::new();
        let mut twice = None;
        let results = Results::read_each(path, |record| {
            let brief = Brief {
                observed: short(&red::in_one_line(&record), LONGEST),
                reason: record.divergence.map(|known| known.reason),
                verdict: record.verdict,
            };
            if let Some(receipt) = record.receipt {
                receipts.entry(record.column.clone()).or_insert(receipt);
            }
            if cells.entry(record.column).or_default().insert(record.case, brief).is_some() {
                twice.get_or_insert(record.cell);
            }
        })?;
        if let Some(cell) = twice {
            bail!("{file}: the cell {cell} is there twice");
        }
        let Results { finished, go, platform, mut columns, cases, .. } = results;
        for (column, of_column) in &cells {
            if !columns.iter().any(|facts| facts.column == *column) {
                bail!("{file}: there are records of {column}, and `columns` has no such column");
            }
            if let Some(case) = of_column.keys().find(|case| !cases.iter().any(|facts| facts.id == **case)) {
                bail!("{file}: there is a record of {column}/{case}, and `cases` has no such case");
            }
        }
        columns.retain(|facts| cells.contains_key(&facts.column));
        let cases = cases.into_iter().map(|facts| (facts.id.clone(), facts)).collect();
        Ok(Document { run: Run { file, finished, go, platform }, columns, cases, receipts, cells })
    }

    /// A cell, if it is there.
    pub fn cell(&self, column: &str, case: &str) -> Option<&Brief> {
        self.cells.get(column)?.get(case)
    }

    /// The cases of a column's cells, in order.
    pub fn cases_of(&self, column: &str) -> impl Iterator<Item = &str> {
        self.cells.get(column).into_iter().flat_map(|of_column| of_column.keys().map(String::as_str))
    }

    /// A case, if the document knows it.
    pub fn facts_of(&self, case: &str) -> Option<&CaseFacts> {
        self.cases.get(case)
    }

    /// What was run in a column, if anything was.
    pub fn receipt(&self, column: &str) -> Option<&Receipt> {
        self.receipts.get(column)
    }

    /// The column of this name; or, of a runtime's id, the one that stands for it.
    ///
    /// # Errors
    /// If there is none, with the ones there are.
    pub fn column(&self, name: &str) -> Result<&ColumnFacts> {
        let named = self.columns.iter().find(|facts| facts.column == name);
        let stands = || self.columns.iter().find(|facts| facts.primary && facts.runtime == name);
        named.or_else(stands).ok_or_else(|| {
            let there: Vec<_> = self.columns.iter().map(|facts| facts.column.as_str()).collect();
            anyhow!("{}: no column {name} in it; there are {}", self.run.file, there.join(", "))
        })
    }
}
