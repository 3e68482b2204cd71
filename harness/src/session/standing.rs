//! Records that stand: what a cell rests on is the same as when it was run.

use std::collections::HashMap;
use std::io;
use std::time::SystemTime;

use anyhow::Result;

use super::Session;
use crate::matrix::Cell;
use crate::record::{Receipt, Record};
use crate::red;
use crate::verdict::Verdict;

/// Which records are taken instead of running their cells.
#[derive(Debug)]
pub enum Standing {
    /// Those whose key is today's: `--changed`.
    Unchanged {
        /// Where the one that is kept is not such a record, an earlier run's may be, by the cell's name.
        earlier: HashMap<String, Record>,
        /// Whether the earlier run's is also taken where the runtime is not here to be held against it.
        absent: bool,
    },
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
        let Some(standing) = &self.standing else { return Ok(None) };
        let name = self.name(cell);
        let records = &self.places.records;
        // An error says that nothing is there, or nothing that this version reads.
        let kept = Record::read(records, &name).ok();
        match standing {
            Standing::Unchanged { earlier, .. } => {
                for record in kept.iter().chain(earlier.get(&name)) {
                    if let Some(record) = self.stands(cell, record)? {
                        return Ok(Some(Record { reused: true, ..record }));
                    }
                }
                Ok(None)
            }
            // What is resumed is one run.
            Standing::Since(began) => match kept {
                Some(record) if written(&Record::path(records, &name))? >= *began => self.stands(cell, &record),
                _ => Ok(None),
            },
        }
    }

    /// The earlier record of a cell whose runtime is not here, judged by the files of today, if it may be taken: of that
    /// runtime its receipt is believed, and all else that the cell rests on is the same today.
    ///
    /// # Errors
    /// If what the cell rests on cannot be had.
    pub(super) fn remembered(&self, cell: &Cell) -> Result<Option<Record>> {
        let Some(Standing::Unchanged { earlier, absent: true }) = &self.standing else { return Ok(None) };
        let Some(record) = earlier.get(&self.name(cell)) else { return Ok(None) };
        let Some(Receipt { reported_version, runtime_sha256, .. }) = record.receipt.clone() else { return Ok(None) };
        let receipt = self.receipt_of(cell, reported_version, runtime_sha256)?;
        let record = self.rests_on(cell, record, &self.key_with(cell, &receipt)?);
        Ok(record.map(|record| Record { reused: true, ..record }))
    }

    /// This record of a cell, judged by the files of today, if what it rests on is the same today.
    fn stands(&self, cell: &Cell, record: &Record) -> Result<Option<Record>> {
        match record.key {
            Some(_) => Ok(self.rests_on(cell, record, &self.key(cell)?)),
            None => Ok(None),
        }
    }

    fn rests_on(&self, cell: &Cell, record: &Record, key: &str) -> Option<Record> {
        // What came of a second attempt is not in the record.
        if record.key.as_deref() != Some(key) || matches!(record.verdict, Verdict::Flaky { .. }) {
            return None;
        }
        let judged = red::judged_again(record, &self.columns[cell.column], cell.case);
        judged.filter(|record| !matches!(record.verdict, Verdict::HarnessError { .. }))
    }
}

fn written(path: &std::path::Path) -> io::Result<SystemTime> {
    path.metadata()?.modified()
}
