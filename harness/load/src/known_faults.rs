//! `probe.known` of a `runtime.toml`.

use super::modes;
use super::source::{Diagnostic, Source};
use crate::wire::{self, ProbeTable};
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::{KnownFault, Mode};

/// The faults that a runtime.toml records. Each must belong to one of these checks.
pub fn known_faults(
    table: &ProbeTable,
    modes: &[Mode],
    checks: &[&str],
    source: &Source,
) -> Result<Vec<KnownFault>, Diagnostic> {
    table
        .known
        .iter()
        .map(|(check, entry)| {
            let problem = |message: &str, help: &str| source.problem(entry.span(), message, "this entry", Some(help));
            if !checks.contains(&check.as_str()) {
                let message = format!("the probe has no check `{check}`");
                let meant = did_you_mean(check, checks.iter().copied());
                return Err(problem(&message, &format!("{meant}its checks: {}", checks.join(", "))));
            }
            let (reason, versions, in_modes) = match entry.get_ref() {
                wire::KnownFault::Everywhere(reason) => (reason, None, None),
                wire::KnownFault::Somewhere(table) => (&table.reason, table.versions.as_ref(), table.modes.as_ref()),
            };
            if reason.trim().is_empty() {
                return Err(problem("a known fault has a reason", "say in one true sentence why it is the runtime's"));
            }
            if let Some((message, help)) = in_modes.into_iter().flatten().find_map(|name| modes::unknown(name, modes)) {
                return Err(problem(&message, &help));
            }
            let versions = match versions {
                Some(range) => source.range(entry.span(), range)?,
                None => semver::VersionReq::STAR,
            };
            Ok(KnownFault {
                check: check.clone(),
                reason: reason.clone(),
                versions,
                modes: in_modes.map(|names| names.iter().cloned().collect()),
            })
        })
        .collect()
}
