//! What is on the page: results arranged as tables, panels and cards.

use anyhow::Result;
use serde::Serialize;

use crate::moment::Moment;
use crate::record::Record;
use crate::results::Results;
use crate::verdict::Colour;

use super::anchor::id;
use super::board::Board;
use super::mark::{self, Count, Mark};
use super::panel::Panel;
use super::runtime_card::{self, Identity, Lack, RuntimeCard};
use super::table::{Cells, Matrix, Shape, Versions, cell_place, row_place};

/// Beyond so many, the list of red cells starts folded.
const UNFOLDED: usize = 12;

/// The whole page.
#[derive(Serialize)]
pub struct Page {
    go: String,
    platform: String,
    finished: Moment,
    cases: usize,
    /// How many columns have cells.
    columns: usize,
    cells: usize,
    legend: Vec<Count>,
    red: Vec<Red>,
    red_unfolded: bool,
    matrix: Matrix,
    versions: Vec<Versions>,
    runtimes: Vec<RuntimeCard>,
    /// How many of them are runtimes: all but the reference.
    runtimes_under_test: usize,
    has_reference: bool,
    lacks: Vec<Lack>,
    panels: Vec<Panel>,
}

/// A cell that is news.
#[derive(Serialize)]
struct Red {
    href: String,
    cell: String,
    #[serde(flatten)]
    mark: Mark,
}

impl Page {
    /// Arranges results.
    ///
    /// # Errors
    /// If they contradict themselves, or a record is broken.
    pub fn of(results: &Results) -> Result<Page> {
        let board = Board::of(results)?;
        let cells = Cells::of(&board)?;
        let identities: Vec<_> =
            (0..board.columns.len()).map(|column| Identity::of(board.records_of(column))).collect();
        let panel = |case| {
            let place = |column| cell_place(column, case);
            Panel::of(&board, case, &identities, &results.platform, &row_place(case), place)
        };
        let runtimes = board.runtimes();
        let in_order = || (0..board.columns.len()).flat_map(|column| board.records_of(column));
        let red: Vec<_> = in_order().filter(|record| record.verdict.colour() == Colour::Red).map(Red::of).collect();
        Ok(Page {
            go: results.go.join(", "),
            platform: results.platform.clone(),
            finished: Moment::of(results.finished),
            cases: board.cases.len(),
            columns: (0..board.columns.len()).filter(|column| board.is_shown(*column)).count(),
            cells: results.records.len(),
            legend: mark::legend(results.records.iter().filter(|record| !record.reference)),
            red_unfolded: red.len() <= UNFOLDED,
            red,
            matrix: Matrix::of(&board, &cells),
            versions: runtimes.iter().filter_map(|runtime| Versions::of(&board, runtime, &cells)).collect(),
            runtimes: runtimes.iter().map(|runtime| RuntimeCard::of(&board, runtime, &identities)).collect(),
            runtimes_under_test: runtimes.iter().filter(|runtime| !board.columns[runtime[0]].reference).count(),
            has_reference: board.columns.iter().any(|column| column.reference),
            lacks: runtime_card::lacks(&board.columns),
            panels: (0..board.cases.len()).map(panel).collect::<Result<_>>()?,
        })
    }

    /// The shapes of its tables.
    pub fn shapes(&self) -> impl Iterator<Item = Shape> {
        self.versions.iter().map(|versions| versions.shape).chain([self.matrix.shape()])
    }

    /// How many bodies the fullest panel has.
    pub fn bodies(&self) -> usize {
        self.panels.iter().map(|panel| panel.bodies.len()).max().unwrap_or(0)
    }
}

impl Red {
    fn of(record: &Record) -> Red {
        Red { href: id("cell", &record.cell), cell: record.cell.clone(), mark: Mark::of(&record.verdict) }
    }
}
