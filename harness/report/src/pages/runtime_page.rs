//! The page of a runtime: its columns side by side, what changed from version to version, what it lacks, and what is
//! recorded about it.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use matrix_model::capability::Capability;
use matrix_model::record::Record;

use super::address::Source;
use super::cause::{Causes, Listed};
use super::cell::RedCell;
use super::change::{Change, changes};
use super::cost::Costs;
use super::mark::{self, Count};
use super::on_record::{Entry, entries};
use super::share::Share;
use super::table::{Row, Shape, Table};
use super::usual_command::HostCommand;
use crate::pages::grid::Board;
use matrix_model::escape;

/// How many digits of a sha256 are shown. So many distinguish two binaries at a glance.
const DIGITS: usize = 12;

/// A runtime with its columns.
#[derive(Serialize)]
pub(crate) struct RuntimePage {
    name: String,
    url: Source,
    reference: bool,
    note: Option<Note>,
    /// The name of the runtime under which it goes on.
    successor: Option<String>,
    /// What all of its columns lack.
    lacks: Vec<Lack>,
    /// Whether some column lacks more than that.
    has_own_lacks: bool,
    /// Whether some column has a mode.
    has_modes: bool,
    /// Whether some column has a Go release of its own.
    has_gos: bool,
    columns: Vec<ColumnRow>,
    red: Vec<RedCell>,
    /// The cases that do not have the same result in all columns; none if there is only one column.
    differing: Option<Table>,
    differ: usize,
    changes: Vec<Change>,
    all: Table,
    cases: usize,
    /// What makes its cells deviate, if explanations were made.
    causes: Option<Listed>,
    entries: Vec<Entry>,
    /// The commands that drive its hosts, each with the columns.
    commands: Vec<(HostCommand, Vec<String>)>,
}

/// A statement of the runtime's developers.
#[derive(Serialize)]
struct Note {
    text: String,
    source: Source,
}

#[derive(Serialize)]
struct ColumnRow {
    fragment: String,
    version: String,
    mode: Option<String>,
    go: Option<String>,
    primary: bool,
    available: bool,
    hint: String,
    #[serde(flatten)]
    identity: Option<Identity>,
    short_sha256: Option<String>,
    /// What it lacks besides what all columns of the runtime lack.
    lacks: Vec<Lack>,
    share: Option<Share>,
    tally: Vec<Count>,
    costs: Option<Costs>,
    label: String,
}

/// Which binary a runtime is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    /// The version it reports.
    pub reported: String,
    /// Its sha256.
    pub sha256: String,
}

/// A capability in words.
#[derive(Serialize)]
struct Lack {
    name: String,
    means: Option<&'static str>,
}

impl Identity {
    /// Taken from the column's first cell that was run, which stands for all.
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>) -> Option<Identity> {
        let receipt = records.into_iter().find_map(|record| record.receipt.as_ref())?;
        Some(Identity { reported: receipt.reported_version.clone(), sha256: receipt.runtime_sha256.clone() })
    }
}

impl RuntimePage {
    /// Makes the page of a runtime from the indices of its columns.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(
        board: &Board,
        columns: &[usize],
        identities: &[Option<Identity>],
        usual: &[Option<HostCommand>],
        causes: &Causes,
    ) -> Result<RuntimePage> {
        let facts = || columns.iter().map(|column| board.columns[*column]);
        let first = board.columns[columns[0]];
        let mut common = first.lacks.clone();
        common.retain(|lack| facts().all(|column| column.lacks.contains(lack)));
        let row = |column: &usize| ColumnRow::of(board, *column, identities[*column].clone(), &common);
        let rows: Vec<_> = columns.iter().map(row).collect();
        let ran = board.comparable(columns);
        let ran = if ran.is_empty() { columns.to_vec() } else { ran };
        let all: Vec<_> = (0..board.cases.len()).map(|case| Row::of(board, case, &ran)).collect::<Result<_>>()?;
        let differing: Vec<_> = all.iter().filter(|row| row.differs()).cloned().collect();
        let mut commands: Vec<(HostCommand, Vec<String>)> = Vec::new();
        for (column, command) in ran.iter().filter_map(|column| Some((column, usual[*column].as_ref()?))) {
            let label = board.columns[*column].label();
            match commands.iter_mut().find(|(known, _)| known == command) {
                Some((_, labels)) => labels.push(label),
                None => commands.push((command.clone(), vec![label])),
            }
        }
        let cells = || ran.iter().flat_map(|column| (0..board.cases.len()).map(move |case| (*column, case)));
        Ok(RuntimePage {
            name: first.name.clone(),
            url: Source::of(&first.url),
            reference: first.reference,
            note: first.note.clone().map(|note| Note { text: note.text, source: Source::of(&note.url) }),
            successor: first.successor.as_ref().map(|id| {
                let facts = board.columns.iter().find(|facts| facts.runtime == *id);
                facts.map_or_else(|| id.clone(), |facts| facts.name.clone())
            }),
            lacks: common.iter().map(|name| Lack::of(name)).collect(),
            has_own_lacks: rows.iter().any(|row| !row.lacks.is_empty()),
            has_modes: facts().any(|column| column.variation().is_some()),
            has_gos: facts().any(|column| column.go.is_some()),
            columns: rows,
            red: cells().filter_map(|(column, case)| RedCell::of(board, column, case)).collect(),
            differ: differing.len(),
            differing: (ran.len() > 1).then(|| Table::of(board, &ran, differing)),
            changes: changes(board, &ran),
            cases: all.len(),
            all: Table::of(board, &ran, all),
            causes: causes.listed(board, &ran),
            entries: entries(board, &ran),
            commands,
        })
    }

    /// The shape of its tables.
    pub fn shape(&self) -> Shape {
        self.all.shape
    }
}

impl ColumnRow {
    fn of(board: &Board, index: usize, identity: Option<Identity>, common: &[String]) -> ColumnRow {
        let column = board.columns[index];
        let own: BTreeSet<_> = column.lacks.iter().filter(|lack| !common.contains(lack)).collect();
        ColumnRow {
            fragment: board.fragments[index].clone(),
            label: column.label(),
            version: column.version.clone(),
            mode: column.variation(),
            go: column.go.clone(),
            primary: column.primary,
            available: column.available,
            hint: column.hint.clone(),
            short_sha256: identity.as_ref().map(|identity| escape::short(&identity.sha256, DIGITS)),
            identity,
            lacks: own.into_iter().map(|name| Lack::of(name)).collect(),
            share: Share::of(board, index, 0..board.cases.len()),
            tally: mark::tally(board.answers_of(index)),
            costs: Costs::of(board, index),
        }
    }
}

impl Lack {
    fn of(name: &str) -> Lack {
        let known = Capability::ALL.iter().find(|known| known.to_string() == name);
        Lack { name: name.to_owned(), means: known.map(|known| known.sentence()) }
    }
}
