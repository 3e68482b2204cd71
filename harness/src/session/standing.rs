//! Records that stand: what a cell rests on is the same as when it was run.

use std::io;
use std::time::SystemTime;

use anyhow::Result;

use super::Session;
use crate::matrix::Cell;
use crate::record::Record;
use crate::red;
use crate::verdict::Verdict;

/// Which records are taken instead of running their cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Those whose key is today's: `--changed`.
    Unchanged,
    /// Of those, the ones that a run wrote which began then and did not end: `--resume`.
    Since(SystemTime),
}

impl Session<'_> {
    /// The record of a cell, judged by the files of today, if it stands. One that says that the harness failed, or
    /// that does not keep the whole outcome, never does.
    ///
    /// # Errors
    /// If what the cell rests on cannot be had.
    pub(super) fn standing(&self, cell: &Cell) -> Result<Option<Record>> {
        let Some(standing) = self.standing else { return Ok(None) };
        let name = self.name(cell);
        let records = &self.places.records;
        let record = match Record::read(records, &name) {
            Ok(record) => record,
            // Nothing there, or nothing that this version reads.
            Err(_) => return Ok(None),
        };
        if let Standing::Since(began) = standing
            && written(&Record::path(records, &name))? < began
        {
            return Ok(None);
        }
        // What came of a second attempt is not in the record.
        let (Some(was), false) = (&record.key, matches!(record.verdict, Verdict::Flaky { .. })) else {
            return Ok(None);
        };
        if *was != self.key(cell)? {
            return Ok(None);
        }
        let judged = red::judged_again(&record, &self.columns[cell.column], cell.case);
        // What is resumed is one run.
        let reused = standing == Standing::Unchanged;
        Ok(judged
            .filter(|record| !matches!(record.verdict, Verdict::HarnessError { .. }))
            .map(|record| Record { reused, ..record }))
    }
}

fn written(path: &std::path::Path) -> io::Result<SystemTime> {
    path.metadata()?.modified()
}
