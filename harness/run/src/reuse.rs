//! Reuses records instead of running their cells, if everything that a cell depends on is the same as when it was run.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use matrix_model::case::Case;
use matrix_model::judge;
use matrix_model::matrix::{self, Column};
use matrix_model::outcome::Exit;
use matrix_model::record::{Receipt, Record};
use matrix_model::verdict::Verdict;
use matrix_store::records;

/// Which records are reused.
#[derive(Debug)]
pub enum Reuse {
    /// Those with today's key: `--changed`.
    Unchanged {
        /// Records of an earlier run by cell name. They are tried if the record on disk does not qualify.
        earlier: HashMap<String, Record>,
        /// Whether an earlier record is also reused if its runtime is not here to be compared with.
        absent: bool,
    },
    /// Those with today's key that were written since this time, when an interrupted run began: `--resume`.
    Since(SystemTime),
}

impl Reuse {
    /// The record of a cell if it has this key, judged again by today's files. A record is never reused if it says that
    /// the harness failed, does not hold the whole outcome, or rests on a compiler's deadline. `records` is the folder of records.
    ///
    /// # Errors
    /// If the time at which a record was written cannot be read.
    pub fn find(&self, records: &Path, column: &Column, case: &Case, key: &str) -> io::Result<Option<Record>> {
        let name = matrix::name(column, case);
        // After an error, the record does not exist or this version cannot read it.
        let kept = records::read(records, &name).ok();
        match self {
            Reuse::Unchanged { earlier, .. } => {
                let mut candidates = kept.iter().chain(earlier.get(&name));
                let found = candidates.find_map(|record| judged_if_keyed(record, column, case, key));
                Ok(found.map(|record| Record { reused: true, ..record }))
            }
            // A resumed run stays one run, so the record is not marked as reused.
            Reuse::Since(began) => match kept {
                Some(record) if records::path(records, &name).metadata()?.modified()? >= *began => {
                    Ok(judged_if_keyed(&record, column, case, key))
                }
                _ => Ok(None),
            },
        }
    }

    /// The receipt of the earlier record of a cell, if a missing runtime is taken to be the one that it names.
    pub(crate) fn receipt_of_absent_runtime(&self, column: &Column, case: &Case) -> Option<&Receipt> {
        match self {
            Reuse::Unchanged { earlier, absent: true } if column.is_missing() => {
                earlier.get(&matrix::name(column, case))?.receipt.as_ref()
            }
            _ => None,
        }
    }
}

fn judged_if_keyed(record: &Record, column: &Column, case: &Case, key: &str) -> Option<Record> {
    // The record does not hold the outcome of a second attempt.
    if record.key.as_deref() != Some(key) || matches!(record.verdict, Verdict::Flaky { .. }) {
        return None;
    }
    // The compiler's deadline is not in the key.
    if record
        .outcome
        .as_ref()
        .is_some_and(|outcome| matches!(outcome.exit, Exit::NotCompiled { at_deadline: true, .. }))
    {
        return None;
    }
    let judged = judge::judged_again(record, column, case);
    judged.filter(|record| !matches!(record.verdict, Verdict::HarnessError { .. }))
}
