//! Records that are taken instead of running their cells: what a cell rests on is the same as when it was run.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use matrix_model::case::Case;
use matrix_model::judge;
use matrix_model::matrix::{self, Column};
use matrix_model::record::{Receipt, Record};
use matrix_model::verdict::Verdict;
use matrix_store::records;

/// Which records are taken.
#[derive(Debug)]
pub enum Reuse {
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

impl Reuse {
    /// The record of a cell, judged by the files of today, if it has this key. One that says that the harness failed, or
    /// that does not keep the whole outcome, is never taken. `records` is the folder of records.
    ///
    /// # Errors
    /// If it cannot be told when a record was written.
    pub fn find(&self, records: &Path, column: &Column, case: &Case, key: &str) -> io::Result<Option<Record>> {
        let name = matrix::name(column, case);
        // An error says that nothing is there, or nothing that this version reads.
        let kept = records::read(records, &name).ok();
        match self {
            Reuse::Unchanged { earlier, .. } => {
                let mut candidates = kept.iter().chain(earlier.get(&name));
                let found = candidates.find_map(|record| judged_if_keyed(record, column, case, key));
                Ok(found.map(|record| Record { reused: true, ..record }))
            }
            // What is resumed is one run.
            Reuse::Since(began) => match kept {
                Some(record) if records::path(records, &name).metadata()?.modified()? >= *began => {
                    Ok(judged_if_keyed(&record, column, case, key))
                }
                _ => Ok(None),
            },
        }
    }

    /// The earlier record of a cell whose runtime is not here, if it may be taken at all. Its receipt is believed of that
    /// runtime; whether all else is the same as today is for [`Reuse::believe`] to say.
    pub(crate) fn of_absent_runtime(&self, name: &str) -> Option<(&Record, &Receipt)> {
        match self {
            Reuse::Unchanged { earlier, absent: true } => {
                let record = earlier.get(name)?;
                Some((record, record.receipt.as_ref()?))
            }
            _ => None,
        }
    }

    /// That record, judged by the files of today, if it has this key.
    pub(crate) fn believe(record: &Record, column: &Column, case: &Case, key: &str) -> Option<Record> {
        judged_if_keyed(record, column, case, key).map(|record| Record { reused: true, ..record })
    }
}

fn judged_if_keyed(record: &Record, column: &Column, case: &Case, key: &str) -> Option<Record> {
    // What came of a second attempt is not in the record.
    if record.key.as_deref() != Some(key) || matches!(record.verdict, Verdict::Flaky { .. }) {
        return None;
    }
    let judged = judge::judged_again(record, column, case);
    judged.filter(|record| !matches!(record.verdict, Verdict::HarnessError { .. }))
}
