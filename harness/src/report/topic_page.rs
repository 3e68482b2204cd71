//! The pages of what can be asked for by name: an index of all, and for each the cases that tell.

use anyhow::Result;
use serde::Serialize;

use super::address;
use super::board::Board;
use super::mark::Gravest;
use super::table::{Head, Row, Shape, Table};
use super::topic::Topic;

/// All that can be asked for.
#[derive(Serialize)]
pub struct Index {
    pub shape: Shape,
    heads: Vec<Head>,
    preview1: Vec<Line>,
    library: Vec<Line>,
}

/// A function in the index.
#[derive(Serialize)]
struct Line {
    href: String,
    name: String,
    cases: usize,
    /// The gravest verdict in each primary column.
    gravest: Vec<Option<Gravest>>,
}

/// The page of a function.
#[derive(Serialize)]
pub struct TopicPage {
    name: String,
    preview1: bool,
    reached: Vec<String>,
    guests: Vec<String>,
    imported: usize,
    cases: usize,
    portable: usize,
    heads: Vec<Head>,
    gravest: Vec<Option<Gravest>>,
    table: Table,
}

impl Topic {
    /// Its page, from the folder all pages are in.
    pub fn file(&self) -> String {
        address::file(if self.preview1 { "function" } else { "go" }, &self.name.replace('/', "."))
    }

    fn gravest(&self, board: &Board, columns: &[usize]) -> Vec<Option<Gravest>> {
        let of = |column: &usize| Gravest::of(self.cases.iter().filter_map(|case| board.record(*column, *case)));
        columns.iter().map(of).collect()
    }
}

impl Index {
    /// Of all topics.
    pub fn of(board: &Board, topics: &[Topic]) -> Index {
        let columns = board.primary();
        let line = |topic: &Topic| Line {
            href: topic.file(),
            name: topic.name.clone(),
            cases: topic.cases.len(),
            gravest: topic.gravest(board, &columns),
        };
        let lines = |preview1: bool| topics.iter().filter(|topic| topic.preview1 == preview1).map(line).collect();
        Index {
            shape: Shape::of(columns.len()),
            heads: columns.iter().map(|column| Head::of(board, *column)).collect(),
            preview1: lines(true),
            library: lines(false),
        }
    }
}

impl TopicPage {
    /// The page of one.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(board: &Board, topic: &Topic) -> Result<TopicPage> {
        let columns = board.primary();
        let rows = topic.cases.iter().map(|case| Row::of(board, *case, &columns)).collect::<Result<_>>()?;
        Ok(TopicPage {
            name: topic.name.clone(),
            preview1: topic.preview1,
            reached: topic.reached.clone(),
            guests: topic.guests.clone(),
            imported: topic.imported,
            cases: topic.cases.len(),
            portable: topic.cases.iter().filter(|case| board.is_portable(**case)).count(),
            heads: columns.iter().map(|column| Head::of(board, *column)).collect(),
            gravest: topic.gravest(board, &columns),
            table: Table::of(board, &columns, rows),
        })
    }

    /// The shape of its table.
    pub fn shape(&self) -> Shape {
        self.table.shape
    }
}
