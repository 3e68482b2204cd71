//! `placements`: cases that are written once and run at several places.

use std::collections::{BTreeMap, BTreeSet};

use serde_spanned::Spanned;

use super::is_name;
use super::source::{Diagnostic, Source};
use crate::wire::CaseEntry;
use matrix_model::case::Case;
use matrix_model::case::Placement;
use matrix_model::placement::{self, WRITTEN};

/// The cases of a file at its further places. `written` are those of its cases that may be moved.
pub(crate) fn placed(
    places: &[Spanned<String>],
    written: &[&Case],
    source: &Source,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Case> {
    let mut cases = Vec::new();
    for place in places {
        let at = place.get_ref();
        if !at.strip_prefix('/').is_some_and(is_name) {
            let help = "write a guest path like \"/data\"; `/` is where cases are written for";
            problems.push(source.problem(place.span(), "a place is one folder below `/`", "this path", Some(help)));
            continue;
        }
        let mut found = Vec::new();
        for case in written {
            match case.placed(at) {
                Ok(placed) => found.extend(placed),
                Err(invalid) => problems.push(source.invalid(place.span(), &invalid)),
            }
        }
        if found.is_empty() {
            let help = "leave it out";
            let message = format!("no case of the file maps a folder to `{WRITTEN}`");
            problems.push(source.problem(place.span(), &message, "moves nothing", Some(help)));
        }
        cases.extend(found);
    }
    cases
}

/// What is wrong with the key of a case that is at no other place.
pub(crate) fn only_at_root(entry: &CaseEntry, places: &[Spanned<String>], source: &Source) -> Option<Diagnostic> {
    let reason = entry.only_at_root.as_ref()?;
    let (message, label, help) = if places.is_empty() {
        ("the file has no `placements`: its cases are at no other place anyway", "not needed", "leave it out")
    } else if reason.get_ref().trim().is_empty() {
        let help = "say in one true sentence why, or leave it out";
        ("`only-at-root` says why a case is at no other place", "empty", help)
    } else {
        return None;
    };
    Some(source.problem(reason.span(), message, label, Some(help)))
}

/// Lets the checks of a case at another place be judged there too. A case that judges them is run there whether it is
/// in the sample or not.
pub(crate) fn let_judges_follow(cases: &mut [Case]) {
    let by_id: BTreeMap<_, _> = cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let moved: Vec<_> = cases.iter().map(|case| moved_checks(case, &by_id)).collect();
    let judges: BTreeSet<_> = moved.iter().flat_map(BTreeMap::values).cloned().collect();
    for (case, checks) in cases.iter_mut().zip(moved) {
        case.expect.checks.extend(checks);
    }
    for case in cases.iter_mut().filter(|case| judges.contains(&case.id)) {
        if let Some(placement) = &mut case.placement {
            placement.sampled = true;
        }
    }
}

/// The checks of a case at another place whose judge is at that place too, with that judge.
fn moved_checks(case: &Case, by_id: &BTreeMap<&str, &Case>) -> BTreeMap<String, String> {
    let Some(Placement { at, .. }) = &case.placement else { return BTreeMap::new() };
    let moved =
        |by: &str| by_id.get(by).map(|judge| placement::id(judge, at)).filter(|id| by_id.contains_key(id.as_str()));
    case.expect.checks.iter().filter_map(|(line, by)| Some((line.clone(), moved(by)?))).collect()
}
