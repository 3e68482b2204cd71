//! `patience` of a `runtime.toml`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use indexmap::IndexMap;
use toml::Spanned;

use super::modes;
use super::source::{Diagnostic, Source};
use crate::runtime::Mode;

/// How many times a case's deadline may be asked for.
const TIMES: RangeInclusive<u32> = 2..=60;

/// How many times as long the guests of each mode may take.
///
/// # Errors
/// If a mode is not the runtime's, or its number out of range.
pub fn patience(
    written: &IndexMap<String, Spanned<u32>>,
    modes: &[Mode],
    source: &Source,
) -> Result<BTreeMap<String, u32>, Diagnostic> {
    for (mode, times) in written {
        if let Some((message, help)) = modes::unknown(mode, modes) {
            return Err(source.problem(times.span(), &message, "no such mode", Some(&help)));
        }
        if !TIMES.contains(times.get_ref()) {
            let message = "`patience` says how many times as long a mode's guests may take";
            let help = format!("a number from {} to {}", TIMES.start(), TIMES.end());
            return Err(source.problem(times.span(), message, "not so many", Some(&help)));
        }
    }
    Ok(written.iter().map(|(mode, times)| (mode.clone(), *times.get_ref())).collect())
}
