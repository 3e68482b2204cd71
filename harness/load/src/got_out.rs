//! `got-out` of a case: what a guest can write only after it got out of its folders.

use regex::Regex;

use super::source::{Diagnostic, Source};
use crate::wire::CaseEntry;
use matrix_model::expectation::{Expectation, Matcher};

/// What is wrong with a case's `got-out`, if it has one: it is no pattern, there is nothing outside, or a guest that
/// stays inside may write it too.
pub fn problem(entry: &CaseEntry, expect: &Expectation, source: &Source) -> Option<Diagnostic> {
    let pattern = entry.got_out.as_ref()?;
    let at = |message: &str, label: &str, help: &str| {
        Some(source.problem(pattern.span(), message, label, Some(help)))
    };
    if entry.outside.is_empty() {
        let help = "name a folder that the guest is not given in `outside`, or leave `got-out` out";
        return at("a guest can only get out to something", "no `outside`", help);
    }
    let regex = match Regex::new(pattern.get_ref()) {
        Ok(regex) => regex,
        Err(error) => {
            let help = "write a regular expression, in single quotes";
            return at(&format!("`got-out` is no regular expression: {error}"), "this pattern", help);
        }
    };
    let expected: Vec<_> = match &expect.stdout {
        Matcher::Any(members) => members.iter().filter_map(Matcher::exact).collect(),
        matcher => matcher.exact().into_iter().collect(),
    };
    if expected.iter().any(|bytes| regex.is_match(&String::from_utf8_lossy(bytes))) {
        let message = "a guest that stays inside may write what `got-out` matches";
        return at(message, "matches an expected stdout", "describe all of stdout, from `^` to `$`");
    }
    None
}
