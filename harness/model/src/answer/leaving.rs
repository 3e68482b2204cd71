//! Whether a guest got out of the folders that it was given.
//!
//! "Not as expected" does not show that: a guest that is refused what is its own is not as expected either. There are
//! two kinds of evidence, and nothing else counts:
//!
//! - Something outside is not as it was. The harness looked there itself.
//! - The guest wrote what the case's `got-out` describes, which it can write only after it has read something outside,
//!   or what `found-out` describes, which it can write only after it has found out what there is. If the case also looks
//!   at paths, one of them must differ: a guest may be told that an operation succeeded which did nothing.

use regex::Regex;

use crate::expectation::Aspect;
use crate::record::Record;
use crate::results::CaseFacts;
use crate::verdict::Verdict;

use super::Reach;

/// Whether a case can show that a guest got out.
pub fn can_show(case: &CaseFacts) -> bool {
    case.got_out.is_some() || case.found_out.is_some() || case.watches_outside()
}

/// Whether what a guest did outside is withheld. A withheld record keeps no evidence. It is withheld because its
/// divergence says that the guest got out.
pub(super) fn is_withheld(record: &Record, case: &CaseFacts) -> bool {
    record.is_withheld() && can_show(case) && matches!(record.verdict, Verdict::Known { .. })
}

/// The most that a record shows the guest did outside; none if it does not show that the guest got out.
pub(super) fn reach(record: &Record, case: &CaseFacts) -> Option<Reach> {
    let is_outside = |aspect: &Aspect| matches!(aspect, Aspect::Outside(_));
    if record.differences.iter().any(|difference| is_outside(&difference.of)) {
        return Some(Reach::Changed);
    }
    if !is_control_held(record) {
        return None;
    }
    let outcome = record.outcome.as_ref()?;
    let is_path = |aspect: &Aspect| matches!(aspect, Aspect::File(_));
    let is_left = || record.differences.iter().any(|difference| is_path(&difference.of));
    let is_shown = outcome.files.is_empty() || is_left();
    let written = outcome.stdout.text.as_deref().unwrap_or_default();
    let is_written = |pattern: &Option<String>| {
        let pattern = pattern.as_deref().and_then(|pattern| Regex::new(pattern).ok());
        pattern.is_some_and(|pattern| pattern.is_match(written))
    };
    match (is_written(&case.got_out), is_written(&case.found_out)) {
        (true, _) if is_shown => Some(Reach::Read),
        (_, true) if is_shown => Some(Reach::FoundOut),
        _ => None,
    }
}

/// Whether the guest could do what it must be able to do before an attempt to get out says anything of its output.
fn is_control_held(record: &Record) -> bool {
    !record.differences.iter().any(|difference| difference.of == Aspect::Control)
}
