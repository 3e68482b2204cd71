//! How the cells of a section were run, and how to run them again.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use matrix_model::record::Record;
use matrix_model::results::ColumnFacts;
use matrix_model::shell;
use matrix_model::text::{command_in, rerun};
use matrix_model::timestamp::Moment;

use super::address::fragment;
use super::bundle_file;
use super::command;
use super::cost::Cost;
use super::runtime_page::Identity;
use super::shared::CommonFacts;
use matrix_model::escape;

/// How many bytes of a host's request are shown.
const SHOWN: usize = 1 << 10;

/// The command of one cell, and a receipt for each.
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
    receipts: Vec<Paper>,
}

/// A receipt without what is shown elsewhere for all cells.
#[derive(Serialize)]
struct Paper {
    column: String,
    /// The id of the column on the runtime's page.
    fragment: String,
    reported: String,
    sha256: String,
    /// Whether the runtime's page shows the same sha256 in full.
    is_known: bool,
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
    /// Gathers what was run. The command is that of the primary column, or else of the last one.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(
        witnesses: &[Witness],
        shared: &CommonFacts,
        (platform, suite): (&str, Option<&str>),
        packed: &BTreeSet<String>,
    ) -> Result<Evidence> {
        let lead = witnesses.iter().find(|witness| witness.column.primary).or(witnesses.last());
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
            request: own.map(|own| request(&own)).transpose()?.flatten(),
            replay: (!cells.is_empty()).then(|| rerun(suite, cells)),
            bundle: bundled.map(|cell| format!("{} {cell} --out cell.tar.gz", command_in(suite, "bundle"))),
            download: has_bundle.map(|lead| (bundle_file(&lead.record.case), lead.record.column.clone())),
            receipts: witnesses.iter().filter_map(|witness| Paper::of(witness, shared, platform)).collect(),
        })
    }
}

impl Paper {
    fn of(witness: &Witness, shared: &CommonFacts, platform: &str) -> Option<Paper> {
        let receipt = witness.record.receipt.as_ref()?;
        let is_known = witness.identity.is_some_and(|identity| identity.sha256 == receipt.runtime_sha256);
        let digits = if is_known { 12 } else { usize::MAX };
        let is_built = shared.guests.get(&receipt.go) == Some(&receipt.guest_sha256);
        let guest = (receipt.built_by().to_owned(), (!is_built).then(|| receipt.guest_sha256.clone()));
        Some(Paper {
            column: witness.column.label(),
            fragment: fragment(&witness.column.column),
            reported: receipt.reported_version.clone(),
            sha256: escape::short(&receipt.runtime_sha256, digits),
            is_known,
            platform: (receipt.platform != platform).then(|| receipt.platform.clone()),
            guest: (!is_built || shared.guests.len() > 1).then_some(guest),
            earlier: witness.record.measured.filter(|_| witness.record.reused).map(|measured| Moment::of(measured.ran)),
            cost: witness.record.measured.map(|measured| Cost::of(measured.usage, measured.engine)),
        })
    }
}

/// A request to a host, or a part of one, as JSON. A long one is cut; an empty one is none.
///
/// # Errors
/// If it is not JSON.
pub fn request(fields: &Map<String, Value>) -> Result<Option<String>> {
    if fields.is_empty() {
        return Ok(None);
    }
    let json = serde_json::to_string(fields)?;
    let beginning = escape::beginning(json.as_bytes(), SHOWN);
    let rest = json.len() - beginning.len();
    let text = String::from_utf8_lossy(beginning);
    Ok(Some(if rest > 0 { format!("{text}… and {rest} more bytes") } else { text.into_owned() }))
}
