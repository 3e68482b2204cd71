//! A cell of a table.

use anyhow::Result;
use serde::Serialize;

use matrix_model::case::Tier;
use matrix_model::outcome::Exit;
use matrix_model::record::Record;

use super::explanation;
use super::mark::{self, Mark};
use crate::pages::grid::Board;
use matrix_model::escape;

/// How many characters of an observed value fit into a cell.
const VALUE: usize = 28;

/// A cell of a table: its verdict, and what it links to.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    #[serde(flatten)]
    pub mark: Mark,
    class: Option<&'static str>,
    /// What was observed, if nothing is judged.
    pub value: Option<String>,
    /// Where its explanation is, from the folder all pages are in. Most cells have none: they have no details, their
    /// row leads to them, and a link for each would be half of the page.
    pub href: Option<String>,
    /// Whether it changed since the older run.
    pub changed: bool,
}

/// A cell that somebody has to look at.
#[derive(Serialize)]
pub(crate) struct RedCell {
    href: String,
    cell: String,
    #[serde(flatten)]
    mark: Mark,
}

impl RedCell {
    /// A cell, by its indices; none if it is not red, or there is no such cell.
    pub fn of(board: &Board, column: usize, case: usize) -> Option<RedCell> {
        let record = board.record(column, case)?;
        record.verdict.is_red().then(|| RedCell {
            href: board.cell_href(column, case),
            cell: record.cell.clone(),
            mark: Mark::of(&record.verdict),
        })
    }
}

impl Cell {
    /// A cell, by its indices; none if the run had no such cell.
    ///
    /// # Errors
    /// If its record is broken.
    pub fn of(board: &Board, column: usize, case: usize) -> Result<Option<Cell>> {
        let Some(record) = board.shown(column, case) else { return Ok(None) };
        let kind = record.verdict.kind();
        Ok(Some(Cell {
            mark: Mark::of(&record.verdict),
            class: mark::class(kind),
            value: if board.cases[case].tier == Tier::Observe { value(record)? } else { None },
            href: (kind.has_details || !record.checks.is_empty()).then(|| board.cell_href(column, case)),
            changed: board.has_changed(column, case),
        }))
    }

    /// Whether a reader sees the same in both: the verdict, and what was observed if nothing is judged.
    pub(crate) fn says_the_same(&self, other: &Cell) -> bool {
        (&self.mark, &self.value) == (&other.mark, &other.value)
    }
}

/// What was observed, in the few characters that fit into a cell.
fn value(record: &Record) -> Result<Option<String>> {
    let Some(outcome) = &record.outcome else { return Ok(None) };
    let text = match &outcome.exit {
        Exit::Code { code: 0, .. } if outcome.stdout.len > 0 => {
            let bytes = explanation::bytes_of(&outcome.stdout, &record.cell)?;
            // With so little room, the end of the last line is not worth a character.
            escape::bytes(bytes.strip_suffix(b"\n").unwrap_or(&bytes), false)
        }
        exit => exit.to_string(),
    };
    Ok(Some(escape::short(&text, VALUE)))
}
