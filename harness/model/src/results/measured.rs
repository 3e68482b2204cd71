//! The measurements of a run, kept apart from what it observed. Times and memory differ in every run, so results that
//! are kept in a repository leave them out.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::day::Finished;
use super::schema_version::readable_schema;
use crate::record::{Measured, Record};

/// The measurements of a run, by column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Measurements {
    /// The version of the results' schema.
    #[serde(deserialize_with = "readable_schema")]
    pub schema: String,
    /// When the run ended.
    pub finished: Finished,
    /// By the column's name.
    pub columns: BTreeMap<String, OfColumn>,
}

/// The measurements of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OfColumn {
    /// The sha256 of the column's file, unpacked. Beside another file than that they say nothing.
    pub sha256: String,
    /// What was measured, by the case's id.
    pub cases: BTreeMap<String, Measured>,
    /// The cases that were not run this time: their records are of an earlier run.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reused: BTreeSet<String>,
}

impl OfColumn {
    /// Takes the measurements out of a column's records. The digest of the column's file is not known yet and stays
    /// empty.
    pub fn take(records: &mut [Record]) -> OfColumn {
        let mut of_column = OfColumn { sha256: String::new(), cases: BTreeMap::new(), reused: BTreeSet::new() };
        for record in records {
            of_column.cases.extend(record.measured.take().map(|measured| (record.case.clone(), measured)));
            if std::mem::take(&mut record.reused) {
                of_column.reused.insert(record.case.clone());
            }
        }
        of_column
    }

    /// Puts the measurements back into the column's records.
    pub fn put(&self, records: &mut [Record]) {
        for record in records {
            record.measured = self.cases.get(&record.case).copied();
            record.reused = self.reused.contains(&record.case);
        }
    }
}
