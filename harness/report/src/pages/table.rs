//! The tables of cells. Rows are cases; columns are runtimes, or the versions and modes of one runtime.

use anyhow::Result;
use serde::Serialize;

use matrix_model::case::Tier;

use super::cell::Cell;
use super::portability::Portability;
use crate::pages::grid::Board;

/// From this many columns on there is only room for signs. The legend above the table explains them.
const DENSE: usize = 13;

/// The number of columns of a table, and whether they are narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shape {
    /// How many columns of cells there are.
    pub columns: usize,
    /// Whether they show signs only.
    pub dense: bool,
}

/// The head of a column.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// The page of its runtime.
    href: String,
    name: String,
    /// The id of its cells on the pages of cases.
    fragment: String,
    version: String,
    mode: Option<String>,
    go: Option<String>,
    available: bool,
    reference: bool,
    primary: bool,
    /// How many other columns of its runtime were run.
    further: usize,
}

/// A case in a table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// The page of its case.
    pub href: String,
    pub name: String,
    tier: Tier,
    portability: Portability,
    /// The index of the terms that the case can be found by, in the page's list.
    pub terms: Option<usize>,
    pub cells: Vec<Option<Cell>>,
}

/// A table.
#[derive(Serialize)]
pub struct Table {
    pub shape: Shape,
    heads: Vec<Head>,
    rows: Vec<Row>,
}

impl Shape {
    /// The shape of a table with this many columns.
    pub fn of(columns: usize) -> Shape {
        Shape { columns, dense: columns >= DENSE }
    }
}

impl Head {
    /// Makes the head of a column.
    pub fn of(board: &Board, column: usize) -> Head {
        let facts = board.columns[column];
        let of_runtime = (0..board.columns.len()).filter(|other| board.columns[*other].runtime == facts.runtime);
        Head {
            href: board.runtime_file(column),
            name: facts.name.clone(),
            fragment: board.fragments[column].clone(),
            version: facts.version.clone(),
            mode: facts.variation(),
            go: facts.go.clone(),
            available: facts.available,
            reference: facts.reference,
            primary: facts.primary,
            further: board.comparable(&of_runtime.collect::<Vec<_>>()).iter().filter(|other| **other != column).count(),
        }
    }
}

impl Row {
    /// Makes the row of a case in these columns.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(board: &Board, case: usize, columns: &[usize]) -> Result<Row> {
        let facts = board.cases[case];
        Ok(Row {
            href: board.files[case].clone(),
            name: facts.id.clone(),
            tier: facts.tier,
            portability: Portability::of(board, case),
            terms: None,
            cells: columns.iter().map(|column| Cell::of(board, *column, case)).collect::<Result<_>>()?,
        })
    }

    /// Whether its cells do not all look the same.
    pub fn differs(&self) -> bool {
        let mut found = self.cells.iter().flatten();
        let one = found.next();
        !found.all(|other| one.is_some_and(|one| one.says_the_same(other)))
    }
}

impl Table {
    /// Makes a table from rows that have these columns.
    pub fn of(board: &Board, columns: &[usize], rows: Vec<Row>) -> Table {
        let heads = columns.iter().map(|column| Head::of(board, *column)).collect();
        Table { shape: Shape::of(columns.len()), heads, rows }
    }
}
