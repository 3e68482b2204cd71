//! The pages of functions: an index of all, and for each the cases that are about it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;

use super::address;
use super::portability::Portability;
use super::returned::{Returned, ReturnedBy, Sum};
use super::share::Share;
use super::table::{Head, Row, Shape, Table};
use super::topic::Topic;
use crate::pages::grid::Board;

/// The index of functions.
#[derive(Serialize)]
pub struct Index {
    pub shape: Shape,
    heads: Vec<Head>,
    preview1: Vec<Line>,
    library: Vec<Line>,
    /// The packages of Go's library, each with the cases that are about any of its functions.
    packages: Vec<Line>,
    /// What runtimes returned from each function of preview 1; empty if nothing was counted.
    returned: Vec<Counted>,
}

/// A function of preview 1, and what the runtimes returned from it.
#[derive(Serialize)]
struct Counted {
    href: String,
    name: String,
    /// The number of calls under all of these runtimes.
    calls: u64,
    /// In each primary column.
    sums: Vec<Option<Sum>>,
}

/// A function, or a package, in the index.
#[derive(Serialize)]
struct Line {
    /// Its page, if it has one.
    href: Option<String>,
    name: String,
    cases: usize,
    /// How many of the cases work in each primary column.
    shares: Vec<Option<Share>>,
}

/// The page of a function.
#[derive(Serialize)]
pub(crate) struct TopicPage {
    name: String,
    preview1: bool,
    reached: Vec<String>,
    guests: Vec<String>,
    imported: usize,
    cases: usize,
    portable: usize,
    heads: Vec<Head>,
    shares: Vec<Option<Share>>,
    table: Table,
    by_runtime: Option<ReturnedBy>,
}

impl Topic {
    /// Its page, from the folder of all pages.
    pub fn file(&self) -> String {
        address::file(if self.preview1 { "function" } else { "go" }, &self.name.replace('/', "."))
    }

    /// Its package, if it is a function of Go's library.
    fn package(&self) -> Option<&str> {
        self.name.split_once('.').map(|(package, _)| package).filter(|_| !self.preview1)
    }
}

/// How many of these cases work in each of these columns.
fn shares<'c>(board: &Board, columns: &[usize], cases: impl Iterator<Item = &'c usize> + Clone) -> Vec<Option<Share>> {
    columns.iter().map(|column| Share::of(board, *column, cases.clone().copied())).collect()
}

impl Index {
    /// Makes the index of all topics.
    pub fn of(board: &Board, topics: &[Topic], returned: &Returned) -> Index {
        let columns = board.primary();
        let line = |topic: &Topic| Line {
            href: Some(topic.file()),
            name: topic.name.clone(),
            cases: topic.cases.len(),
            shares: shares(board, &columns, topic.cases.iter()),
        };
        let mut packages: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for topic in topics {
            if let Some(package) = topic.package() {
                packages.entry(package).or_default().extend(&topic.cases);
            }
        }
        let package = |(name, cases): (&str, BTreeSet<usize>)| Line {
            href: None,
            name: name.to_owned(),
            cases: cases.len(),
            shares: shares(board, &columns, cases.iter()),
        };
        let counted = |topic: &Topic| {
            let sums = returned.sums(&topic.name, &columns);
            let calls = sums.iter().flatten().map(|sum| sum.calls).sum();
            Counted { href: topic.file(), name: topic.name.clone(), calls, sums }
        };
        let of_preview1 = || topics.iter().filter(|topic| topic.preview1);
        let lines = |preview1: bool| topics.iter().filter(|topic| topic.preview1 == preview1).map(line).collect();
        Index {
            shape: Shape::of(columns.len()),
            heads: columns.iter().map(|column| Head::of(board, *column)).collect(),
            preview1: lines(true),
            library: lines(false),
            packages: packages.into_iter().map(package).collect(),
            returned: if returned.is_empty() { Vec::new() } else { of_preview1().map(counted).collect() },
        }
    }
}

impl TopicPage {
    /// Makes the page of a topic.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(board: &Board, topic: &Topic, returned: &Returned) -> Result<TopicPage> {
        let columns = board.primary();
        let rows = topic.cases.iter().map(|case| Row::of(board, *case, &columns)).collect::<Result<_>>()?;
        Ok(TopicPage {
            name: topic.name.clone(),
            preview1: topic.preview1,
            reached: topic.reached.clone(),
            guests: topic.guests.clone(),
            imported: topic.imported,
            cases: topic.cases.len(),
            portable: topic.cases.iter().filter(|case| Portability::of(board, **case).all).count(),
            heads: columns.iter().map(|column| Head::of(board, *column)).collect(),
            shares: shares(board, &columns, topic.cases.iter()),
            by_runtime: returned.by_runtime(board, &topic.name).filter(|_| topic.preview1),
            table: Table::of(board, &columns, rows),
        })
    }

    /// The shape of its table.
    pub fn shape(&self) -> Shape {
        self.table.shape
    }
}
