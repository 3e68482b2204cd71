//! What an entry may tell of a guest that gets out of what it was given.
//!
//! One rule holds for all of them: such a deviation is withheld until the runtime's developers know of it or have
//! published it, unless the runtime documents it. A withheld entry says where and whose, and nothing of how.

use crate::source::{Diagnostic, Source};
use crate::wire::{DivergenceEntry, ExpectEntry, Matcher};
use matrix_model::case::Case;
use matrix_model::record::WITHHELD;

/// The problem of an entry that tells too much, or that leaves open whether it may be told.
pub fn problem(entry: &DivergenceEntry, case: &Case, source: &Source) -> Option<Diagnostic> {
    let at_case =
        |message: &str, label: &str, help: &str| Some(source.problem(entry.case.span(), message, label, Some(help)));
    if entry.security && entry.stays_inside {
        return at_case(
            "a guest that stays inside is no security finding",
            "it is withheld, too",
            "keep one of `security` and `stays-inside`",
        );
    }
    if entry.security && entry.reason.get_ref() != WITHHELD {
        let message = "the reason of a withheld entry tells nothing";
        let help = format!("write \"{WITHHELD}\"");
        return Some(source.problem(entry.reason.span(), message, "tells more", Some(&help)));
    }
    if entry.security && !tells_nothing(entry.instead.get_ref()) {
        let message = "the `instead` of a withheld entry tells nothing of how";
        let help = "write { sha256 = \"…\" } for stdout and stderr, and neither `files` nor `outside`";
        return Some(source.problem(entry.instead.span(), message, "shows what is seen", Some(help)));
    }
    let is_untold = entry.url.get_ref() == "unreported" && !entry.security;
    if is_untold && !case.outside.is_empty() && !entry.stays_inside {
        return at_case(
            "the case asks whether a guest gets out, and nobody has been told of this entry",
            "public, or to be withheld?",
            "say `stays-inside = true` if the guest does not get out; else link the runtime's document, or withhold it \
             with `security = true` (SECURITY.md)",
        );
    }
    None
}

fn tells_nothing(instead: &ExpectEntry) -> bool {
    let ExpectEntry { exit: _, stdout, stderr, files, outside, returns, again, stdin_rest, changed_flags } = instead;
    [stdout, stderr, stdin_rest].into_iter().flatten().all(|matcher| is_digest(matcher.get_ref()))
        && files.is_none()
        && outside.is_none()
        && returns.is_none()
        && again.is_none()
        && changed_flags.is_none()
}

fn is_digest(matcher: &Matcher) -> bool {
    match matcher {
        Matcher::Sha256(_) => true,
        Matcher::Any(members) => members.iter().all(is_digest),
        _ => false,
    }
}
