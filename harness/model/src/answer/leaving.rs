//! Whether a guest got out of the folders that it was given.
//!
//! "Not as expected" does not show that: a guest that is refused what is its own is not as expected either. There are
//! two kinds of evidence, and nothing else counts:
//!
//! - Something outside is not as it was. The harness looked there itself.
//! - The guest wrote what the case's `got-out` describes: what it can write only after it has read or found out
//!   something outside. If the case also looks at paths, one of them must differ: a guest may be told that an operation
//!   succeeded which did nothing.

use regex::Regex;

use crate::expectation::Aspect;
use crate::record::Record;
use crate::results::CaseFacts;
use crate::verdict::Verdict;

/// Whether a case can show that a guest got out.
pub fn can_show(case: &CaseFacts) -> bool {
    case.got_out.is_some() || case.watches_outside()
}

/// Whether a record shows that the guest got out. A withheld record keeps no evidence: it is withheld because its
/// divergence says so.
pub(super) fn got_out(record: &Record, case: &CaseFacts) -> bool {
    if record.is_withheld() {
        return can_show(case) && matches!(record.verdict, Verdict::Known { .. });
    }
    if !is_control_held(record, case) {
        return false;
    }
    let is_outside = |aspect: &Aspect| matches!(aspect, Aspect::Outside(_));
    if record.differences.iter().any(|difference| is_outside(&difference.of)) {
        return true;
    }
    let (Some(pattern), Some(outcome)) = (&case.got_out, &record.outcome) else { return false };
    let written = outcome.stdout.text.as_deref().unwrap_or_default();
    let is_written = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(written));
    let is_path = |aspect: &Aspect| matches!(aspect, Aspect::File(_));
    let is_left = || record.differences.iter().any(|difference| is_path(&difference.of));
    is_written && (outcome.files.is_empty() || is_left())
}

/// Whether the guest could do what it must be able to do before an attempt to get out says anything. A case has no
/// control of its own yet. `got-out` describes all of stdout instead, with the lines of what the guest read of its own.
fn is_control_held(_record: &Record, _case: &CaseFacts) -> bool {
    true
}
