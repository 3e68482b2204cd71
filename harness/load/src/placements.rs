//! `placements`: cases that are written once and run at several places.

use std::collections::{BTreeMap, BTreeSet};

use serde_spanned::Spanned;

use super::is_name;
use super::source::{Diagnostic, Source};
use crate::wire::CaseEntry;
use matrix_model::case::Case;
use matrix_model::case::Placement;
use matrix_model::digest::sha256;
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

/// Lets each area at another place be run without being asked for: where the sample has none of its cases, the one with
/// the smallest digest is taken.
pub(crate) fn sample_each_area(cases: &mut [Case]) {
    let mut unsampled: BTreeMap<&str, Vec<&mut Placement>> = BTreeMap::new();
    let mut by_digest: Vec<_> = cases.iter_mut().collect();
    by_digest.sort_by_cached_key(|case| sha256(case.id.as_bytes()));
    for Case { area, placement, .. } in by_digest {
        if let Some(placement) = placement {
            unsampled.entry(area).or_default().push(placement);
        }
    }
    for mut placements in unsampled.into_values().filter(|all| all.iter().all(|placement| !placement.sampled)) {
        if let Some(first) = placements.first_mut() {
            first.sampled = true;
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

#[cfg(test)]
mod tests {
    use super::*;
    use matrix_model::case::Location;

    fn case(id: &str, placement: Option<Placement>) -> Case {
        let (area, name) = id.rsplit_once('/').unwrap();
        let location = Location { file: "cases/fs.toml".to_owned(), line: 1 };
        Case { placement, ..Case::of_module(area, name.to_owned(), location) }
    }

    #[test]
    fn each_area_at_another_place_is_sampled() {
        let at = |sampled: bool| Some(Placement { at: "/data".to_owned(), sampled });
        let ids = [("a.data/x", false), ("a.data/y", true), ("b.data/x", false), ("b.data/y", false)];
        let mut cases: Vec<_> = ids.iter().map(|(id, sampled)| case(id, at(*sampled))).collect();
        cases.push(case("c/x", None));
        sample_each_area(&mut cases);
        let sampled = |area: &str| {
            let of_area = cases.iter().filter(|case| case.area == area);
            of_area.filter(|case| case.placement.as_ref().is_some_and(|placement| placement.sampled)).count()
        };
        assert_eq!([sampled("a.data"), sampled("b.data"), sampled("c")], [1, 1, 0]);
    }
}
