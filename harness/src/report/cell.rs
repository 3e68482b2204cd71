//! What stands in a cell of a table.

use anyhow::Result;
use serde::Serialize;

use crate::case::Tier;
use crate::outcome::Exit;
use crate::record::Record;

use super::anchor::id;
use super::escape;
use super::explanation;
use super::mark::Mark;

/// How many characters of an observed value fit into a cell.
const VALUE: usize = 28;

/// A cell of a table: its mark, and where it leads.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// The name of its place on the page; none where the cell stands for a second time.
    pub id: Option<String>,
    /// The place its link leads to.
    pub href: String,
    #[serde(flatten)]
    pub mark: Mark,
    /// What was observed, where nothing is judged.
    pub value: Option<String>,
}

impl Cell {
    /// The cell of a record: a link to its explanation if it has one, and otherwise to the given place, and
    /// then it bears the cell's name itself.
    ///
    /// # Errors
    /// If the record is broken.
    pub fn of(record: &Record, tier: Tier, place: &str, otherwise: &str) -> Result<Cell> {
        let own = id("cell", &record.cell);
        let (id, href) = match explanation::is_explained(record) {
            true => (place.to_owned(), own),
            false => (own, otherwise.to_owned()),
        };
        let value = if tier == Tier::Observe { value(record)? } else { None };
        Ok(Cell { id: Some(id), href, mark: Mark::of(&record.verdict), value })
    }

    /// The same once more, in another table.
    pub fn again(&self) -> Cell {
        Cell { id: None, ..self.clone() }
    }

    /// Whether a reader sees the same in both: the verdict, or what was observed where none is given.
    pub fn says_the_same(&self, other: &Cell) -> bool {
        (&self.mark, &self.value) == (&other.mark, &other.value)
    }
}

/// What was observed, in the few characters a cell has room for.
fn value(record: &Record) -> Result<Option<String>> {
    let Some(outcome) = &record.outcome else { return Ok(None) };
    let text = match &outcome.exit {
        Exit::Code { code: 0, .. } if outcome.stdout.len > 0 => {
            let bytes = explanation::bytes_of(&outcome.stdout, &record.cell)?;
            // The end of the last line says nothing where there is so little room.
            escape::bytes(bytes.strip_suffix(b"\n").unwrap_or(&bytes), false)
        }
        exit => exit.to_string(),
    };
    Ok(Some(escape::short(&text, VALUE)))
}
