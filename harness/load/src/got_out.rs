//! `got-out` and `found-out` of a case: what a guest can write only after it got out of its folders.

use regex::Regex;
use serde_spanned::Spanned;

use super::source::{Diagnostic, Source};
use crate::wire::CaseEntry;
use matrix_model::expectation::{Expectation, Matcher};

/// What is wrong with these keys of a case: one is no pattern, there is nothing outside, or a guest that stays inside
/// may write it too.
pub fn problems(entry: &CaseEntry, expect: &Expectation, source: &Source) -> Vec<Diagnostic> {
    let keys = [("got-out", &entry.got_out), ("found-out", &entry.found_out)];
    let written = keys.into_iter().filter_map(|(key, pattern)| Some((key, pattern.as_ref()?)));
    written.filter_map(|(key, pattern)| problem(key, pattern, entry, expect, source)).collect()
}

fn problem(
    key: &str,
    pattern: &Spanned<String>,
    entry: &CaseEntry,
    expect: &Expectation,
    source: &Source,
) -> Option<Diagnostic> {
    let at = |message: &str, label: &str, help: &str| Some(source.problem(pattern.span(), message, label, Some(help)));
    if entry.outside.is_empty() {
        let help = format!("name a folder that the guest is not given in `outside`, or leave `{key}` out");
        return at("a guest can only get out to something", "no `outside`", &help);
    }
    let regex = match Regex::new(pattern.get_ref()) {
        Ok(regex) => regex,
        Err(error) => {
            let help = "write a regular expression, in single quotes";
            return at(&format!("`{key}` is no regular expression: {error}"), "this pattern", help);
        }
    };
    let expected: Vec<_> = match &expect.stdout {
        Matcher::Any(members) => members.iter().filter_map(Matcher::exact).collect(),
        matcher => matcher.exact().into_iter().collect(),
    };
    if expected.iter().any(|bytes| regex.is_match(&String::from_utf8_lossy(bytes))) {
        let message = format!("a guest that stays inside may write what `{key}` matches");
        return at(&message, "matches an expected stdout", "describe all of stdout, from `^` to `$`");
    }
    None
}
