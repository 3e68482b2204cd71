//! `expect.…` of a case, and `instead.…` of a divergence.

use std::ops::Range;

use indexmap::IndexMap;
use serde_spanned::Spanned;

use super::exports;
use super::source::{Diagnostic, Source};
use crate::wire::{self, ExpectEntry};
use matrix_model::expectation::{Expectation, FileMatcher, Matcher};

/// Applies an entry to an expectation: the keys that it sets replace the expectation's.
///
/// # Errors
/// If one of the entry's patterns is invalid.
pub fn overlay(base: &Expectation, entry: &ExpectEntry, source: &Source) -> Result<Expectation, Diagnostic> {
    let mut expectation = base.clone();
    let spanned = |written: &Spanned<wire::Matcher>| matcher(written.get_ref(), &written.span(), source);
    if let Some(exit) = &entry.exit {
        expectation.exit = exit.get_ref().clone();
    }
    if let Some(stdout) = &entry.stdout {
        expectation.stdout = spanned(stdout)?;
    }
    if let Some(stderr) = &entry.stderr {
        expectation.stderr = Some(spanned(stderr)?);
    }
    if let Some(returns) = &entry.returns {
        expectation.returns = Some(exports::returns(returns.get_ref()));
    }
    if let Some(again) = &entry.again {
        expectation.again = Some(*again.get_ref());
    }
    if let Some(rest) = &entry.stdin_rest {
        expectation.stdin_rest = Some(spanned(rest)?);
    }
    if let Some(changed) = &entry.changed_flags {
        expectation.changed_flags = Some(changed.get_ref().clone());
    }
    for (path, file) in entry.files.iter().flat_map(IndexMap::iter) {
        expectation.files.insert(path.clone(), file_matcher(file, source)?);
    }
    for (path, file) in entry.outside.iter().flat_map(IndexMap::iter) {
        expectation.outside.insert(path.clone(), file_matcher(file, source)?);
    }
    Ok(expectation)
}

fn file_matcher(written: &Spanned<wire::FileMatcher>, source: &Source) -> Result<FileMatcher, Diagnostic> {
    Ok(match written.get_ref() {
        wire::FileMatcher::Absent => FileMatcher::Absent,
        wire::FileMatcher::Folder => FileMatcher::Folder,
        wire::FileMatcher::Size(bytes) => FileMatcher::Size(*bytes),
        wire::FileMatcher::Link(target) => FileMatcher::Link(target.0.clone()),
        wire::FileMatcher::Content(content) => FileMatcher::Content(matcher(content, &written.span(), source)?),
    })
}

fn matcher(written: &wire::Matcher, span: &Range<usize>, source: &Source) -> Result<Matcher, Diagnostic> {
    let matcher = match written {
        wire::Matcher::Exact(bytes) => Matcher::Exact(bytes.0.clone()),
        wire::Matcher::Contains(bytes) => Matcher::Contains(bytes.0.clone()),
        wire::Matcher::Sha256(digest) => Matcher::Sha256(digest.clone()),
        wire::Matcher::Json(value) => Matcher::Json(value.clone()),
        wire::Matcher::Lines(lines) => Matcher::Lines(all(lines, span, source)?),
        wire::Matcher::Any(members) => Matcher::Any(all(members, span, source)?),
        wire::Matcher::Matches(pattern) => Matcher::Matches(source.regex(span.clone(), pattern)?),
    };
    if matcher.accepts_anything() {
        let help = "write what is there, or a pattern that another breakage would not match";
        return Err(source.problem(span.clone(), "this accepts whatever is written", "judges nothing", Some(help)));
    }
    Ok(matcher)
}

fn all(written: &[wire::Matcher], span: &Range<usize>, source: &Source) -> Result<Vec<Matcher>, Diagnostic> {
    written.iter().map(|member| matcher(member, span, source)).collect()
}
