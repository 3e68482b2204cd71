//! A cell of a table.

use anyhow::Result;
use serde::Serialize;

use matrix_model::case::Tier;
use matrix_model::outcome::Exit;
use matrix_model::record::Record;

use super::explanation;
use super::mark::Mark;
use crate::pages::grid::Board;
use matrix_model::escape;

/// How many characters of an observed value fit into a cell.
const VALUE: usize = 28;

/// A cell of a table: its answer, and what it links to.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    #[serde(flatten)]
    pub mark: Mark,
    /// What was observed, if nothing is judged.
    pub value: Option<String>,
    /// Where its explanation is, from the folder all pages are in. Most cells have none: they have no details, their
    /// row leads to them, and a link for each would be half of the page.
    pub href: Option<String>,
    /// Whether it changed since the older run.
    pub changed: bool,
}

/// A cell that is news: not as recorded, or the harness failed.
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
        let answer = board.answer(column, case)?;
        record.verdict.is_red().then(|| RedCell {
            href: board.cell_href(column, case),
            cell: record.cell.clone(),
            mark: Mark::of(record, board.tier(column, case), answer),
        })
    }
}

impl Cell {
    /// A cell, by its indices; none if the run had no such cell.
    ///
    /// # Errors
    /// If its record is broken.
    pub fn of(board: &Board, column: usize, case: usize) -> Result<Option<Cell>> {
        let (Some(record), Some(answer)) = (board.shown(column, case), board.answer(column, case)) else {
            return Ok(None);
        };
        let mark = Mark::of(record, board.tier(column, case), answer);
        let has_details = answer.is_otherwise() || record.verdict.is_red() || !record.checks.is_empty();
        Ok(Some(Cell {
            mark,
            value: if board.cases[case].tier == Tier::Observe { value(record)? } else { None },
            href: has_details.then(|| board.cell_href(column, case)),
            changed: board.has_changed(column, case),
        }))
    }

    /// Whether a reader sees the same in both: the answer, and what was observed if nothing is judged.
    pub(crate) fn says_the_same(&self, other: &Cell) -> bool {
        let seen = |cell: &Cell| (cell.mark.word, cell.mark.class.clone(), cell.value.clone());
        seen(self) == seen(other)
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
