//! The entry that a red cell makes, and how it compares with another entry.

use semver::{Comparator, Op, Version, VersionReq};

use super::{Entry, Instead, Statement};
use matrix_model::case::Case;
use matrix_model::divergence::Divergence;
use matrix_model::matrix::Column;
use matrix_model::runtime::Runtime;
use matrix_store::latest_records::RecordedCell;

/// The entry that a red cell makes, or the reason why it makes none.
pub fn entry(run: &RecordedCell, column: &Column, statement: &Statement) -> Result<Entry, String> {
    let runtime = column.runtime;
    let versions = statement.versions.clone().unwrap_or_else(|| exactly(&column.version));
    if !versions.matches(&column.version) {
        return Err(format!("--versions \"{versions}\" does not hold for it"));
    }
    let own = column.mode.name().to_owned();
    let modes = match &statement.modes {
        Some(modes) => {
            if let Some(mode) = modes.iter().find(|mode| !runtime.modes.iter().any(|known| known.name() == **mode)) {
                let valid: Vec<_> = runtime.modes.iter().map(|mode| mode.name()).collect();
                return Err(format!("{} has no mode `{mode}`; its modes: {}", runtime.id, valid.join(", ")));
            }
            if !modes.contains(&own) {
                return Err(format!("--modes does not name its mode, `{own}`"));
            }
            Some(modes.clone())
        }
        None => (runtime.modes.len() > 1).then(|| vec![own]),
    };
    Ok(Entry {
        case: run.cell.case.id.clone(),
        versions,
        modes,
        fault: statement.fault,
        reason: statement.reason.clone(),
        url: statement.url.clone(),
        sometimes: statement.sometimes,
        stays_inside: statement.stays_inside && !run.cell.case.outside.is_empty(),
        instead: Instead::of(&run.record)?,
    })
}

fn exactly(version: &Version) -> VersionReq {
    let Version { major, minor, patch, pre, .. } = version.clone();
    VersionReq { comparators: vec![Comparator { op: Op::Exact, major, minor: Some(minor), patch: Some(patch), pre }] }
}

/// The union of both lists of modes, in the runtime's order; `None`, which means all modes, if either is `None`.
pub fn joined(runtime: &Runtime, a: Option<&Vec<String>>, b: Option<&Vec<String>>) -> Option<Vec<String>> {
    let (a, b) = (a?, b?);
    let names = runtime.modes.iter().map(|mode| mode.name().to_owned());
    Some(names.filter(|mode| a.contains(mode) || b.contains(mode)).collect())
}

/// Whether two entries hold in the same mode; `None` means all modes.
pub fn overlap(a: &Option<Vec<String>>, b: &Option<Vec<String>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.iter().any(|mode| b.contains(mode)),
        _ => true,
    }
}

/// Whether an existing entry differs from a new one only in its modes.
pub fn alike(divergence: &Divergence, entry: &Entry, case: &Case) -> bool {
    divergence.case == entry.case
        && divergence.versions == entry.versions
        && divergence.modes.is_some()
        && entry.modes.is_some()
        && (divergence.fault, divergence.sometimes, divergence.stays_inside)
            == (entry.fault, entry.sometimes, entry.stays_inside)
        && (&divergence.reason, &divergence.url) == (&entry.reason, &entry.url)
        && divergence.instead == entry.instead.over(case)
}
