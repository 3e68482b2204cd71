//! Judges cells by the current project files. The outcome may be new, or come from a record that is older than a
//! divergence.

use std::iter;

use crate::case::{Case, Tier};
use crate::difference::{Difference, Side, differences};
use crate::divergence::Divergence;
use crate::matrix::Column;
use crate::outcome::Outcome;
use crate::record::{Known, Record};
use crate::recorded_outcome::Observed;
use crate::verdict::{Judgement, Verdict, judge, judge_reference};

/// The divergences that apply to a case in a column: its own, or else those carried over from the case at `/`. If any of
/// them is from outside the project, those from outside come first, and the project's apply only if they withhold the
/// cell.
pub fn spoken_of<'s>(column: &Column<'s>, case: &str) -> Vec<&'s Divergence> {
    let surrounding = column.surrounding();
    let speaks =
        |divergence: &&Divergence| divergence.speaks_of(case, &column.version, column.mode.name(), surrounding);
    let own: Vec<_> = column.runtime.divergences.iter().filter(speaks).collect();
    let (outside, mut applying): (Vec<_>, Vec<_>) = match own.is_empty() {
        true => column.runtime.carried_over.iter().filter(speaks).partition(|divergence| divergence.outside),
        false => own.into_iter().partition(|divergence| divergence.outside),
    };
    if !outside.is_empty() {
        applying.retain(|divergence| divergence.security);
    }
    [outside, applying].concat()
}

/// The judgement of an outcome in a cell of a column, by the current project files.
pub fn judgement<'s>(column: &Column<'s>, case: &Case, outcome: &Outcome) -> Judgement<'s> {
    let divergences = spoken_of(column, &case.id);
    match column.runtime.is_reference() {
        true => judge_reference(case, outcome, column.surrounding()),
        false => {
            let permits = |divergence: &Divergence| divergence.permits(column.surrounding());
            judge(case, outcome, &divergences, permits, |other| !spoken_of(column, other).is_empty())
        }
    }
}

/// Judges a record again by the current project files. Returns `None` if the record does not keep enough of the
/// outcome, or does not keep every attempt.
pub fn judged_again(record: &Record, column: &Column, case: &Case) -> Option<Record> {
    if matches!(record.verdict, Verdict::Flaky { .. }) {
        return None;
    }
    let observed = record.outcome.as_ref()?;
    let outcome = observed.outcome()?;
    if !is_decided(column, case, &outcome) {
        return None;
    }
    let judgement = judgement(column, case, &outcome);
    let withheld = judgement.withheld;
    let record = Record {
        differences: as_told(differences(case, &outcome, &judgement.mismatches), &record.differences),
        checks: differences(case, &outcome, &judgement.checks),
        outcome: Some(Observed { member: case.expect.member(&outcome), ..observed.clone() }),
        divergence: judgement.divergence.map(Known::from),
        verdict: judgement.verdict,
        ..record.clone()
    };
    Some(if withheld { record.withheld() } else { record })
}

/// Whether what is kept of an outcome is enough to judge it.
fn is_decided(column: &Column, case: &Case, outcome: &Outcome) -> bool {
    let instead = spoken_of(column, &case.id).into_iter().map(|divergence| &divergence.instead);
    case.tier == Tier::Observe || iter::once(&case.expect).chain(instead).all(|expect| expect.decides(outcome))
}

/// Replaces each difference by the recorded one if both are the same difference. The recorded one was described when
/// the whole outcome was available.
fn as_told(differences: Vec<Difference>, told: &[Difference]) -> Vec<Difference> {
    let as_told = |new: Difference| {
        let same =
            told.iter().find(|old| (&old.of, &old.expected, &old.observed) == (&new.of, &new.expected, &new.observed));
        same.cloned().unwrap_or(new)
    };
    differences.into_iter().map(as_told).collect()
}

/// Why a cell is red, in one line that may be published. If the cell is withheld, this is the reason for withholding
/// it.
pub fn public_line(record: &Record) -> String {
    match record.divergence.as_ref().filter(|known| known.withheld) {
        Some(known) => known.reason.clone(),
        None => in_one_line(record),
    }
}

/// Why a cell is red, in one line: the first thing that was observed but not expected.
pub fn in_one_line(record: &Record) -> String {
    match (&record.verdict, &record.divergence, record.differences.first()) {
        (Verdict::Stale, Some(divergence), _) => format!("as expected; recorded otherwise in {}", divergence.location),
        (Verdict::HarnessError { message }, ..) => message.lines().next().unwrap_or("").to_owned(),
        (Verdict::Known { .. }, ..) if record.is_as_expected() => "as expected this time".to_owned(),
        (_, _, Some(difference)) => format!("{}: {}", difference.of, first_observed(difference)),
        _ => String::new(),
    }
}

/// What was expected in place of [`in_one_line`]; none if the cell is as expected or nothing is told of it.
pub fn expected_in_one_line(record: &Record) -> Option<String> {
    let difference = record.differences.first().filter(|_| !record.is_as_expected())?;
    let line = difference.diff.iter().find(|line| line.side == Side::Expected);
    Some(format!("{}: {}", difference.of, line.map_or(&difference.expected, |line| &line.text)))
}

/// The first thing of a difference that was observed but not expected.
pub fn first_observed(difference: &Difference) -> &str {
    let line = difference.diff.iter().find(|line| line.side == Side::Observed);
    line.map_or(&difference.observed, |line| &line.text)
}
