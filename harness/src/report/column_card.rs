//! What is to be known of a column.

use serde::Serialize;

use crate::capability::Capability;
use crate::record::Record;
use crate::results::ColumnFacts;

use super::anchor::{Source, id};

/// A column's head in the matrix, and its card below.
#[derive(Serialize)]
pub struct ColumnCard {
    pub id: String,
    pub name: String,
    pub version: String,
    url: Source,
    available: bool,
    hint: String,
    lacks: Vec<Lack>,
    pub reported: Option<String>,
    pub sha256: Option<String>,
}

#[derive(Serialize)]
struct Lack {
    name: String,
    means: Option<&'static str>,
}

impl ColumnCard {
    /// Makes the card; what the column's first cell that was run says of the runtime stands for all.
    pub fn of(column: &ColumnFacts, records: &[Record]) -> ColumnCard {
        let receipt =
            records.iter().filter(|record| record.column == column.column).find_map(|record| record.receipt.as_ref());
        let lack = |name: &String| Lack {
            name: name.clone(),
            means: Capability::ALL.iter().find(|known| known.to_string() == *name).map(|known| known.sentence()),
        };
        ColumnCard {
            id: id("runtime", &column.column),
            name: column.name.clone(),
            version: column.label(),
            url: Source::of(&column.url),
            available: column.available,
            hint: column.hint.clone(),
            lacks: column.lacks.iter().map(lack).collect(),
            reported: receipt.map(|receipt| receipt.reported_version.clone()),
            sha256: receipt.map(|receipt| receipt.runtime_sha256.clone()),
        }
    }
}
