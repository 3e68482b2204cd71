//! The command that drives a host in most of its cells. It is told once, on the page of the host's runtime: the case is in
//! the request, which the page of the case shows.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use matrix_model::record::Record;

use super::command;
use super::shared::CommonFacts;
use crate::pages::grid::Board;

/// A host's command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct HostCommand {
    line: String,
    /// The part of its request that not all hosts' requests of a case have.
    request: Option<String>,
}

impl HostCommand {
    /// The command of a cell; none if no host ran it.
    ///
    /// # Errors
    /// If the record is broken.
    pub fn of(record: &Record, shared: &CommonFacts) -> Result<Option<HostCommand>> {
        let (Some(invocation), Some(own)) = (&record.invocation, shared.own_request(record)) else { return Ok(None) };
        Ok(Some(HostCommand { line: command::line(invocation), request: command::request(&own)? }))
    }
}

/// For each column, the command of more than half of its cells, if there is one and the column's runtime is a host.
///
/// # Errors
/// If a record is broken.
pub(crate) fn usual_commands(board: &Board) -> Result<Vec<Option<HostCommand>>> {
    let mut counts: Vec<BTreeMap<HostCommand, usize>> = vec![BTreeMap::new(); board.columns.len()];
    for case in 0..board.cases.len() {
        let records: Vec<_> = (0..board.columns.len()).filter_map(|column| board.record(column, case)).collect();
        let shared = CommonFacts::of(&records);
        for (column, counts) in counts.iter_mut().enumerate() {
            let Some(record) = board.record(column, case) else { continue };
            if let Some(command) = HostCommand::of(record, &shared)? {
                *counts.entry(command).or_default() += 1;
            }
        }
    }
    let usual = |counts: BTreeMap<HostCommand, usize>| {
        let all: usize = counts.values().sum();
        counts.into_iter().find(|(_, count)| 2 * count > all).map(|(command, _)| command)
    };
    Ok(counts.into_iter().map(usual).collect())
}
