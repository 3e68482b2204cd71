//! Checks the keys of a case that call a guest's exports or compare two runs.

use std::collections::BTreeMap;

use host_contract::request::{Call, Value};
use semver::Version;

use super::source::{Diagnostic, Source};
use crate::wire::{CaseEntry, ExportCall, Returned};
use matrix_model::case::{Build, Case, Tier};
use matrix_model::expectation::{Again, Expectation};

/// The calls that a case makes, one by one.
pub fn calls(written: &[ExportCall]) -> Vec<Call> {
    let one =
        |call: &ExportCall| vec![Call { name: call.name.clone(), args: call.args.clone() }; call.times.unwrap_or(1)];
    written.iter().flat_map(one).collect()
}

/// The values that each call returns.
pub fn returns(written: &[Returned]) -> Vec<Vec<Value>> {
    let values = |returned: &Returned| match returned {
        Returned::Once(values) => vec![values.clone()],
        Returned::Repeated(returned) => vec![returned.repeat.clone(); returned.times],
    };
    written.iter().flat_map(values).collect()
}

/// The problems in a case's keys for exports and for the second run.
pub fn problems(entry: &CaseEntry, expect: &Expectation, source: &Source) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let is_called = !entry.exports.is_empty();
    if is_called && expect.returns.is_none() && entry.tier != Tier::Observe {
        let message = "a case that calls exports says what they give back";
        let help = "add `expect.returns = [[{ i32 = 5 }], []]`: a list for each call that comes back";
        problems.push(source.problem(entry.name.span(), message, "no `expect.returns`", Some(help)));
    }
    if let Some(returns) = entry.expect.returns.as_ref().filter(|_| !is_called) {
        let help = "add `exports = [{ name = \"…\" }]`, or leave it out";
        problems.push(source.problem(returns.span(), "this case calls no exports", "nothing gives back", Some(help)));
    }
    if let Some(again) = &entry.expect.again
        && *again.get_ref() == Again::Different
        && expect.stdout.exact().is_some()
    {
        let message = "two runs that both write these exact bytes cannot differ";
        let help = "let `expect.stdout` be a pattern: { matches = \"…\" }";
        problems.push(source.problem(again.span(), message, "cannot come true", Some(help)));
    }
    problems
}

/// Checks that only reactors have their exports called, and that a case with a reactor which Go builds states the versions
/// of Go that can.
pub(crate) fn check_builds(
    cases: &[Case],
    builds: &BTreeMap<String, Build>,
    is_built_by_go: impl Fn(&str) -> bool,
    problems: &mut Vec<Diagnostic>,
) {
    let without_reactors = Version::new(1, 23, u64::MAX);
    for case in cases {
        let problem = match builds.get(&case.guest) {
            Some(Build::Reactor) if !is_built_by_go(&case.guest) => None,
            Some(Build::Reactor) => case
                .go
                .as_ref()
                .is_none_or(|range| range.matches(&without_reactors))
                .then_some("no Go before 1.24 builds a reactor; add `go = \">=1.24\"`"),
            Some(Build::Command) | None => (!case.exports.is_empty()).then_some(
                "it calls exports of a guest that is built as a command; add `build = \"reactor\"` to the file",
            ),
        };
        problems.extend(problem.map(|problem| told(case, problem)));
    }
}

fn told(case: &Case, problem: &str) -> Diagnostic {
    Diagnostic::plain(format!("{}: `{}`: {problem}", case.location, case.id))
}
