//! `control` and `checks`: the keys that set lines of stdout apart from a case's own promise.

use std::collections::BTreeSet;
use std::ops::Range;

use indexmap::IndexMap;
use serde_spanned::Spanned;

use super::source::{Diagnostic, Source};
use crate::wire::{CaseEntry, CaseFile};
use matrix_model::case::{Case, Tier};
use matrix_model::expectation::Expectation;
use matrix_model::nearest::did_you_mean;

/// The keys of a file, for its cases that have none of their own.
pub(crate) struct Defaults {
    control: Option<Spanned<String>>,
    checks: Option<Spanned<IndexMap<String, String>>>,
    /// The checks that a case has a line for.
    used: BTreeSet<String>,
    is_control_used: bool,
}

impl Defaults {
    pub(crate) fn of(file: &CaseFile) -> Defaults {
        let (control, checks) = (file.control.clone(), file.checks.clone());
        Defaults { control, checks, used: BTreeSet::new(), is_control_used: false }
    }

    /// Sets the control and the checks of a case's expectation. Returns what is wrong with them. Which cases judge the
    /// checks is added to `references`, once for each place.
    pub(crate) fn apply<'s>(
        &mut self,
        expect: &mut Expectation,
        entry: &CaseEntry,
        source: &'s Source,
        references: &mut Vec<Reference<'s>>,
    ) -> Vec<Diagnostic> {
        if entry.tier == Tier::Observe {
            let judged = entry.control.as_ref().map(Spanned::span).or(entry.checks.as_ref().map(Spanned::span));
            let help = "leave `control` and `checks` out";
            return told(judged, "a case of tier `observe` judges nothing", "sets lines apart", help, source);
        }
        let mut problems = self.apply_control(expect, entry, source);
        problems.extend(self.apply_checks(expect, entry, source, references));
        if problems.is_empty() && !is_whole(expect) && !expect.has_lines_of_its_own() {
            let message = "no line of stdout is left for the case's own promise";
            let help = "write `checks = {}` if the promise is what these lines say, or shorten the control";
            problems.push(source.problem(entry.name.span(), message, "promises nothing", Some(help)));
        }
        problems
    }

    fn apply_control(&mut self, expect: &mut Expectation, entry: &CaseEntry, source: &Source) -> Vec<Diagnostic> {
        let Some(control) = entry.control.as_ref().or(self.control.as_ref()) else { return Vec::new() };
        let (text, at) = (control.get_ref(), entry.control.as_ref().map_or(entry.name.span(), Spanned::span));
        if text.is_empty() && entry.control.is_some() && self.control.is_some() {
            return Vec::new();
        }
        if !text.ends_with('\n') {
            let help = "write the first lines of stdout, each with its \\n; without a control, leave the key out";
            return told(Some(control.span()), "a control is whole lines, at least one", "no line", help, source);
        }
        self.is_control_used |= entry.control.is_none();
        expect.control = text.clone().into_bytes();
        if !expect.begins_with_its_control() {
            let message = format!("stdout can be as expected without the control {text:?} at its beginning");
            let help = "let each accepted stdout begin with it (a pattern is written with `lines`), or write `control = \"\"` \
                        if the file has a control and this case has none";
            return told(Some(at), &message, "not the first lines", help, source);
        }
        Vec::new()
    }

    fn apply_checks<'s>(
        &mut self,
        expect: &mut Expectation,
        entry: &CaseEntry,
        source: &'s Source,
        references: &mut Vec<Reference<'s>>,
    ) -> Vec<Diagnostic> {
        let own = entry.checks.as_ref();
        let Some(checks) = own.or(self.checks.as_ref()) else { return Vec::new() };
        if own.is_some_and(|own| own.get_ref().is_empty()) {
            let help = "leave it out: the file has no checks either";
            let message = "`checks = {}` is for a case of a file with checks";
            return match self.checks {
                Some(_) => Vec::new(),
                None => told(own.map(Spanned::span), message, "sets nothing apart", help, source),
            };
        }
        let mut problems = Vec::new();
        for (beginning, by) in checks.get_ref() {
            if beginning.is_empty() {
                let help = "write how the lines begin: `checks = { \"list:\" = \"…\" }`";
                problems.extend(told(Some(checks.span()), "every line begins with nothing", "empty", help, source));
            } else if expect.hides_line(beginning) {
                let message =
                    format!("stdout is a pattern of more than one line, and {beginning:?} may begin one of them");
                let help = "write it with `lines`, or write `checks = {}`";
                problems.extend(told(Some(entry.name.span()), &message, "not line by line", help, source));
            } else if expect.has_line(beginning) {
                expect.checks.insert(beginning.clone(), by.clone());
                if own.is_some() || self.used.insert(beginning.clone()) {
                    references.push(Reference {
                        source,
                        at: checks.span(),
                        beginning: beginning.clone(),
                        by: by.clone(),
                    });
                }
            } else if let Some(own) = own {
                let message = format!("no line of this stdout begins with {beginning:?}");
                problems.extend(told(
                    Some(own.span()),
                    &message,
                    "no such line",
                    "correct it, or leave it out",
                    source,
                ));
            }
        }
        problems
    }

    /// The problems of keys that no case of the file has a use for.
    pub(crate) fn unused(&self, source: &Source) -> Vec<Diagnostic> {
        let control = self.control.as_ref().filter(|_| !self.is_control_used);
        let help = "leave it out, or write it into the cases that need it";
        let mut problems = told(control.map(Spanned::span), "no case has this control", "not used", help, source);
        let checks = self.checks.iter().flat_map(|checks| checks.get_ref().keys().map(|key| (key, checks.span())));
        for (beginning, at) in checks.filter(|(beginning, _)| !self.used.contains(*beginning)) {
            let message = format!("no case has a line that begins with {beginning:?}");
            problems.extend(told(Some(at), &message, "not used", help, source));
        }
        problems
    }
}

/// A place that names the case which judges some lines.
pub(crate) struct Reference<'s> {
    source: &'s Source,
    at: Range<usize>,
    beginning: String,
    by: String,
}

impl Reference<'_> {
    /// What is wrong with it: the case must be there, and such a line must be its own promise.
    pub(crate) fn problem(&self, cases: &[Case]) -> Option<Diagnostic> {
        let Reference { source, at, beginning, by } = self;
        let judge = cases.iter().find(|case| case.id == *by);
        let meant = || did_you_mean(by, cases.iter().map(|case| case.id.as_str()));
        let (label, help) = match judge {
            None => ("no such case", &*(meant() + "name a case by its id; `wasip1-matrix list` shows them all")),
            Some(judge) if judge.tier == Tier::Observe => ("judges nothing", "name a case of another tier"),
            Some(judge) if !judge.expect.has_line(beginning) => {
                ("expects no such line", "name a case that expects one")
            }
            Some(judge) if judge.expect.checks.contains_key(beginning) => {
                ("leaves such lines to another case", "name the case whose own promise such a line is")
            }
            Some(_) => return None,
        };
        let message = format!("`{by}` does not judge lines that begin with {beginning:?}");
        Some(source.problem(at.clone(), &message, label, Some(help)))
    }
}

/// Whether nothing is set apart.
fn is_whole(expect: &Expectation) -> bool {
    expect.control.is_empty() && expect.checks.is_empty()
}

fn told(at: Option<Range<usize>>, message: &str, label: &str, help: &str, source: &Source) -> Vec<Diagnostic> {
    at.map(|at| source.problem(at, message, label, Some(help))).into_iter().collect()
}
