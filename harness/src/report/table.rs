//! The tables of cells: cases in rows; in columns the runtimes, or the versions and modes of one.

use anyhow::Result;
use serde::Serialize;

use crate::case::Tier;

use super::board::Board;
use super::cell::Cell;

/// From so many columns on there is room for signs only; the words are then in the legend and in the panels.
const DENSE: usize = 13;

/// How many columns a table has, and whether they are narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shape {
    /// How many columns of cells.
    pub columns: usize,
    /// Whether they show signs only.
    pub dense: bool,
}

/// A column's head.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// The page of its runtime.
    href: String,
    name: String,
    /// The place of its cells on the pages of cases.
    fragment: String,
    version: String,
    mode: Option<String>,
    go: Option<String>,
    available: bool,
    reference: bool,
    primary: bool,
    /// How many further columns of its runtime were run.
    further: usize,
}

/// A case in a table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The page of its case.
    pub href: String,
    pub name: String,
    tier: Tier,
    portable: bool,
    /// Where among the terms of the page those are that this case can be found by.
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
    /// The shape of a table with so many columns.
    pub fn of(columns: usize) -> Shape {
        Shape { columns, dense: columns >= DENSE }
    }
}

impl Head {
    /// Of a column.
    pub fn of(board: &Board, column: usize) -> Head {
        let facts = board.columns[column];
        let of_runtime = (0..board.columns.len()).filter(|other| board.columns[*other].runtime == facts.runtime);
        Head {
            href: board.runtime_file(column),
            name: facts.name.clone(),
            fragment: board.fragments[column].clone(),
            version: facts.version.clone(),
            mode: facts.mode.clone(),
            go: facts.go.clone(),
            available: facts.available,
            reference: facts.reference,
            primary: facts.primary,
            further: board.comparable(&of_runtime.collect::<Vec<_>>()).iter().filter(|other| **other != column).count(),
        }
    }
}

impl Row {
    /// A case in these columns.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(board: &Board, case: usize, columns: &[usize]) -> Result<Row> {
        let facts = board.cases[case];
        Ok(Row {
            href: board.files[case].clone(),
            name: facts.id.clone(),
            tier: facts.tier,
            portable: board.is_portable(case),
            terms: None,
            cells: columns.iter().map(|column| Cell::of(board, *column, case)).collect::<Result<_>>()?,
        })
    }

    /// Whether a reader sees not the same in all of its cells.
    pub fn differs(&self) -> bool {
        let mut found = self.cells.iter().flatten();
        let one = found.next();
        !found.all(|other| one.is_some_and(|one| one.says_the_same(other)))
    }
}

impl Table {
    /// Of these rows, each of these columns.
    pub fn of(board: &Board, columns: &[usize], rows: Vec<Row>) -> Table {
        let heads = columns.iter().map(|column| Head::of(board, *column)).collect();
        Table { shape: Shape::of(columns.len()), heads, rows }
    }
}
