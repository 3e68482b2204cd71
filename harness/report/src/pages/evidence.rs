//! How the cells of a section were run, and how to run them again.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use matrix_model::record::Record;
use matrix_model::results::ColumnFacts;
use matrix_model::shell;
use matrix_model::text::{command_in, rerun};
use matrix_model::timestamp::Moment;

use super::bundle_file;
use super::command;
use super::cost::Cost;
use super::runtime_page::Identity;
use super::shared::CommonFacts;
use crate::pages::grid::Board;

/// The command of one cell, and how to run all of them again.
#[derive(Serialize)]
pub(crate) struct Evidence {
    /// The column that the command belongs to, if there are several.
    of: Option<String>,
    pub command: Option<String>,
    /// The part of its request that not all hosts' requests of the case have.
    request: Option<String>,
    replay: Option<String>,
    /// The command that packs the cell, so that it can be run without this project.
    bundle: Option<String>,
    /// The archive with its bundle, from the folder of all pages, and the bundle's folder in it.
    download: Option<(String, String)>,
}

/// What ran in a cell, and the time and memory that it took, without what is shown elsewhere for all cells.
#[derive(Serialize)]
pub(crate) struct Run {
    /// The version that the runtime reports and its sha256, if they are not those on the runtime's page.
    other: Option<(String, String)>,
    /// None if it is the platform of the whole run.
    platform: Option<String>,
    /// The Go version that built the guest, and the guest's sha256 unless the case's facts have it.
    guest: Option<(String, Option<String>)>,
    /// When it was run, if that was in an earlier run.
    earlier: Option<Moment>,
    cost: Option<Cost>,
}

/// A cell of a section.
pub(crate) struct Witness<'r> {
    /// Its column.
    pub column: &'r ColumnFacts,
    /// The version and sha256 that the runtime's page shows for the column.
    pub identity: Option<&'r Identity>,
    /// Its record.
    pub record: &'r Record,
}

impl Evidence {
    /// The cell whose command is shown: that of the primary column, or else the last one.
    pub fn lead<'w, 'r>(witnesses: &'w [Witness<'r>]) -> Option<&'w Witness<'r>> {
        witnesses.iter().find(|witness| witness.column.primary).or(witnesses.last())
    }

    /// Gathers what was run.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(
        witnesses: &[Witness],
        shared: &CommonFacts,
        suite: Option<&str>,
        packed: &BTreeSet<String>,
    ) -> Result<Evidence> {
        let lead = Evidence::lead(witnesses);
        let own = lead.and_then(|lead| shared.own_request(lead.record));
        // A cell that is as it should be is rarely run again.
        let again = |witness: &&Witness| {
            let record = witness.record;
            record.invocation.is_some() && record.verdict.is_worth_another_run()
        };
        let bundled = lead.filter(again).map(|lead| shell::word(&lead.record.cell));
        let has_bundle = lead.filter(|lead| packed.contains(&lead.record.cell));
        let cells: Vec<_> = witnesses.iter().filter(again).map(|one| one.record.cell.as_str()).collect();
        Ok(Evidence {
            of: lead.filter(|_| witnesses.len() > 1).map(|lead| lead.column.label()),
            command: lead.and_then(|lead| lead.record.invocation.as_ref()).map(command::line),
            request: own.map(|own| command::request(&own)).transpose()?.flatten(),
            replay: (!cells.is_empty()).then(|| rerun(suite, cells)),
            bundle: bundled.map(|cell| format!("{} {cell} --out cell.tar.gz", command_in(suite, "bundle"))),
            download: has_bundle.map(|lead| (bundle_file(&lead.record.case), lead.record.column.clone())),
        })
    }
}

impl<'r> Witness<'r> {
    /// A cell that is shown; none if there is no such cell. `identities` are those of all columns.
    pub fn of(
        board: &Board<'r>,
        identities: &'r [Option<Identity>],
        column: usize,
        case: usize,
    ) -> Option<Witness<'r>> {
        let record = board.shown(column, case)?;
        Some(Witness { column: board.columns[column], identity: identities[column].as_ref(), record })
    }
}

impl Run {
    /// None if nothing was run. `platform` is that of the whole run.
    pub fn of(witness: &Witness, shared: &CommonFacts, platform: &str) -> Option<Run> {
        let record = witness.record;
        let receipt = record.receipt.as_ref()?;
        let (reported, sha256) = (&receipt.reported_version, &receipt.runtime_sha256);
        let is_known =
            witness.identity.is_some_and(|identity| identity.sha256 == *sha256 && identity.reported == *reported);
        let is_built = shared.guests.get(&receipt.go) == Some(&receipt.guest_sha256);
        let guest = (receipt.built_by().to_owned(), (!is_built).then(|| receipt.guest_sha256.clone()));
        Some(Run {
            other: (!is_known).then(|| (reported.clone(), sha256.clone())),
            platform: (receipt.platform != platform).then(|| receipt.platform.clone()),
            guest: (!is_built || shared.guests.len() > 1).then_some(guest),
            earlier: record.measured.filter(|_| record.reused).map(|measured| Moment::of(measured.ran)),
            cost: record.measured.map(|measured| Cost::of(measured.usage, measured.engine)),
        })
    }
}
