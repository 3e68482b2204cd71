//! The tables of cells: the matrix, and each runtime's versions and modes.

use anyhow::Result;
use serde::Serialize;

use crate::case::Tier;
use crate::record::Record;
use crate::verdict::Verdict;

use super::anchor::id;
use super::board::Board;
use super::cell::Cell;

/// From so many columns on there is room for signs only; the words are then in the legend and in the panels.
const DENSE: usize = 13;

/// The matrix: a column for each runtime.
#[derive(Serialize)]
pub struct Matrix {
    shape: Shape,
    heads: Vec<Head>,
    pub areas: Vec<Area>,
}

/// How many columns a table has, and whether they are narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shape {
    /// How many columns of cells.
    pub columns: usize,
    /// Whether they show signs only.
    pub dense: bool,
}

/// A column's head.
#[derive(Serialize)]
struct Head {
    href: String,
    name: String,
    version: String,
    mode: Option<String>,
    go: Option<String>,
    available: bool,
    reference: bool,
    primary: bool,
    /// How many further columns of its runtime were run, and where they are.
    further: usize,
    further_href: String,
}

/// Cases that belong together.
#[derive(Serialize)]
pub struct Area {
    id: String,
    pub name: String,
    rows: Vec<Row>,
}

/// A case in a table.
#[derive(Serialize)]
struct Row {
    /// The name of its place; none where it stands for a second time.
    id: Option<String>,
    href: String,
    name: String,
    tier: Tier,
    cells: Vec<Option<Cell>>,
}

/// A runtime's columns side by side.
#[derive(Serialize)]
pub struct Versions {
    id: String,
    name: String,
    pub shape: Shape,
    heads: Vec<Head>,
    /// The cases that did not end alike in all of them.
    differing: Vec<Row>,
    all: Vec<Row>,
}

/// All cells by column and case, each with its place in the table where it stands first.
pub struct Cells(Vec<Vec<Option<Cell>>>);

/// The name of a case's row in the matrix.
pub fn row_place(case: usize) -> String {
    format!("r{case}")
}

/// The name of an explained cell's place in a table.
pub fn cell_place(column: usize, case: usize) -> String {
    format!("r{case}c{column}")
}

impl Shape {
    /// The shape of a table with so many columns.
    pub fn of(columns: usize) -> Shape {
        Shape { columns, dense: columns >= DENSE }
    }
}

impl Cells {
    /// Makes the cells.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(board: &Board) -> Result<Cells> {
        let mut cells = Vec::new();
        for (index, column) in board.columns.iter().enumerate() {
            let of_column = board.cases.iter().enumerate().map(|(row, case)| {
                let cell = |record: &Record| {
                    let otherwise = match record.verdict {
                        // There it says how to get it.
                        Verdict::Unavailable { .. } => id("runtime", &column.runtime),
                        _ => id("case", &case.id),
                    };
                    Cell::of(record, case.tier, &cell_place(index, row), &otherwise)
                };
                board.record(index, row).filter(|_| board.is_shown(index)).map(cell).transpose()
            });
            cells.push(of_column.collect::<Result<Vec<_>>>()?);
        }
        Ok(Cells(cells))
    }

    fn at(&self, column: usize, case: usize) -> Option<&Cell> {
        self.0[column][case].as_ref()
    }
}

impl Head {
    fn of(board: &Board, column: usize, comparable: &[usize]) -> Head {
        let facts = board.columns[column];
        Head {
            href: id("column", &facts.column),
            name: facts.name.clone(),
            version: facts.version.clone(),
            mode: facts.mode.clone(),
            go: facts.go.clone(),
            available: facts.available,
            reference: facts.reference,
            primary: facts.primary,
            further: comparable.iter().filter(|other| **other != column).count(),
            further_href: id("versions", &facts.runtime),
        }
    }
}

impl Matrix {
    /// Arranges the primary columns.
    pub fn of(board: &Board, cells: &Cells) -> Matrix {
        let mut columns = Vec::new();
        let mut heads = Vec::new();
        for runtime in board.runtimes() {
            let comparable = board.comparable(&runtime);
            for column in runtime.into_iter().filter(|column| board.columns[*column].primary) {
                heads.push(Head::of(board, column, &comparable));
                columns.push(column);
            }
        }
        let mut areas: Vec<Area> = Vec::new();
        for (index, case) in board.cases.iter().enumerate() {
            let row = Row {
                id: Some(row_place(index)),
                href: id("case", &case.id),
                name: case.id.strip_prefix(&format!("{}/", case.area)).unwrap_or(&case.id).to_owned(),
                tier: case.tier,
                cells: columns.iter().map(|column| cells.at(*column, index).cloned()).collect(),
            };
            match areas.last_mut().filter(|area| area.name == case.area) {
                Some(area) => area.rows.push(row),
                None => areas.push(Area { id: id("area", &case.area), name: case.area.clone(), rows: vec![row] }),
            }
        }
        Matrix { shape: Shape::of(columns.len()), heads, areas }
    }

    /// Its shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }
}

impl Versions {
    /// Sets a runtime's columns side by side; none where the matrix has its only one.
    pub fn of(board: &Board, runtime: &[usize], cells: &Cells) -> Option<Versions> {
        let columns = board.comparable(runtime);
        if columns.iter().all(|column| board.columns[*column].primary) && columns.len() < 2 {
            return None;
        }
        let (mut differing, mut all) = (Vec::new(), Vec::new());
        for (index, case) in board.cases.iter().enumerate() {
            let of_case: Vec<_> = columns.iter().map(|column| cells.at(*column, index)).collect();
            let row =
                |cells| Row { id: None, href: id("case", &case.id), name: case.id.clone(), tier: case.tier, cells };
            let again = || of_case.iter().map(|cell| cell.map(Cell::again)).collect();
            // A primary column's cells have their places in the matrix.
            let first = |(column, cell): (&usize, &Option<&Cell>)| match board.columns[*column].primary {
                true => cell.map(Cell::again),
                false => cell.cloned(),
            };
            let first = || columns.iter().zip(&of_case).map(first).collect();
            let mut found = of_case.iter().flatten();
            let one = found.next();
            if found.all(|other| one.is_some_and(|one| one.says_the_same(other))) {
                all.push(row(first()));
            } else {
                differing.push(row(first()));
                all.push(row(again()));
            }
        }
        let facts = board.columns[columns[0]];
        Some(Versions {
            id: id("versions", &facts.runtime),
            name: facts.name.clone(),
            shape: Shape::of(columns.len()),
            heads: columns.iter().map(|column| Head::of(board, *column, &columns)).collect(),
            differing,
            all,
        })
    }
}
