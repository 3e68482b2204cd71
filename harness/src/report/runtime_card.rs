//! What is to be known of a runtime and of each of its columns.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::capability::Capability;
use crate::record::Record;
use crate::results::ColumnFacts;

use super::anchor::{Source, id};
use super::board::Board;
use super::escape;
use super::mark::{self, Count};

/// How many digits of a sha256 tell two binaries apart well enough to look at.
const DIGITS: usize = 12;

/// A runtime with its columns.
#[derive(Serialize)]
pub struct RuntimeCard {
    id: String,
    name: String,
    url: Source,
    reference: bool,
    /// What none of its columns can express.
    lacks: Vec<String>,
    /// Whether some column lacks more, has a mode, or a Go release of its own.
    has_own_lacks: bool,
    has_modes: bool,
    has_gos: bool,
    columns: Vec<ColumnRow>,
}

#[derive(Serialize)]
struct ColumnRow {
    id: String,
    label: String,
    version: String,
    mode: Option<String>,
    go: Option<String>,
    available: bool,
    hint: String,
    #[serde(flatten)]
    identity: Option<Identity>,
    short_sha256: Option<String>,
    /// What it lacks beyond what all columns of the runtime do.
    lacks: Vec<String>,
    tally: Vec<Count>,
}

/// What a runtime's own binary is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The version it reports.
    pub reported: String,
    /// Its sha256.
    pub sha256: String,
}

/// A capability in words, for those that some column lacks.
#[derive(Serialize)]
pub struct Lack {
    name: String,
    means: Option<&'static str>,
}

impl Identity {
    /// What a column's first cell that was run says of the runtime; it stands for all.
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>) -> Option<Identity> {
        let receipt = records.into_iter().find_map(|record| record.receipt.as_ref())?;
        Some(Identity { reported: receipt.reported_version.clone(), sha256: receipt.runtime_sha256.clone() })
    }
}

impl RuntimeCard {
    /// Makes the card of a runtime from the indices of its columns.
    pub fn of(board: &Board, columns: &[usize], identities: &[Option<Identity>]) -> RuntimeCard {
        let facts = || columns.iter().map(|column| board.columns[*column]);
        let first = board.columns[columns[0]];
        let mut lacks = first.lacks.clone();
        lacks.retain(|lack| facts().all(|column| column.lacks.contains(lack)));
        let row = |column: &usize| ColumnRow::of(board, *column, identities[*column].clone(), &lacks);
        let rows: Vec<_> = columns.iter().map(row).collect();
        RuntimeCard {
            id: id("runtime", &first.runtime),
            name: first.name.clone(),
            url: Source::of(&first.url),
            reference: first.reference,
            has_own_lacks: rows.iter().any(|row| !row.lacks.is_empty()),
            has_modes: facts().any(|column| column.mode.is_some()),
            has_gos: facts().any(|column| column.go.is_some()),
            columns: rows,
            lacks,
        }
    }
}

impl ColumnRow {
    fn of(board: &Board, index: usize, identity: Option<Identity>, common: &[String]) -> ColumnRow {
        let column = board.columns[index];
        ColumnRow {
            id: id("column", &column.column),
            label: column.label(),
            version: column.version.clone(),
            mode: column.mode.clone(),
            go: column.go.clone(),
            available: column.available,
            hint: column.hint.clone(),
            short_sha256: identity.as_ref().map(|identity| escape::short(&identity.sha256, DIGITS)),
            identity,
            lacks: column.lacks.iter().filter(|lack| !common.contains(lack)).cloned().collect(),
            tally: mark::tally(board.records_of(index)),
        }
    }
}

/// All that some column lacks, in words.
pub fn lacks(columns: &[&ColumnFacts]) -> Vec<Lack> {
    let names: BTreeSet<_> = columns.iter().flat_map(|column| &column.lacks).collect();
    let known = |name: &String| Capability::ALL.iter().find(|known| known.to_string() == *name);
    names
        .into_iter()
        .map(|name| Lack { name: name.clone(), means: known(name).map(|known| known.sentence()) })
        .collect()
}
