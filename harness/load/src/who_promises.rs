//! Who promises what a case expects: its source, and the runtime's own promise if the case rests on one.

use std::collections::BTreeMap;

use serde_spanned::Spanned;

use super::links;
use super::source::{Diagnostic, Source};
use crate::wire::{CaseEntry, CaseFile};
use matrix_model::case::Tier;
use matrix_model::promise::Promise;

/// A file's default source and promise. They go together: a case that names a source of its own rests on no promise
/// that it does not name.
pub(crate) struct DefaultSource {
    doc: Option<String>,
    promise: Option<Promise>,
    /// Whether the cases are of a suite of one's own. That its cases have a source, and one that stays, is asked by nobody.
    own: bool,
}

impl DefaultSource {
    /// Those of a file, and what is wrong with them.
    pub(crate) fn of(file: &mut CaseFile, own: bool, source: &Source, problems: &mut Vec<Diagnostic>) -> DefaultSource {
        let written = file.doc.take();
        let mut default = DefaultSource { doc: None, promise: file.promise.take(), own };
        problems.extend(written.as_ref().and_then(|doc| default.problem(doc, source)));
        default.doc = written.map(Spanned::into_inner);
        default
    }

    /// What is wrong with a source that is written.
    fn problem(&self, doc: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
        let check = if self.own { links::no_address } else { links::problem };
        check(doc.get_ref(), doc.span(), source)
    }

    /// The source and the promise of a case; `None` if it has no source.
    pub(crate) fn of_case(
        &self,
        entry: &CaseEntry,
        source: &Source,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<(String, Option<Promise>)> {
        let own = entry.doc.as_ref();
        problems.extend(own.and_then(|doc| self.problem(doc, source)));
        let unsourced = self.own.then(String::new);
        let Some(doc) = own.map(Spanned::get_ref).or(self.doc.as_ref()).or(unsourced.as_ref()) else {
            let help = "add `doc = \"https://…\"`: where the promise comes from";
            let message = "this case has no source, and neither has its file";
            problems.push(source.problem(entry.name.span(), message, "no `doc`", Some(help)));
            return None;
        };
        if let Some(promise) = entry.promise.as_ref().filter(|_| entry.tier != Tier::Must) {
            let message = "a case that rests on a runtime's own promise is a `must` where that promise is made";
            let help = "leave out `promise`, or `tier`";
            problems.push(source.problem(promise.span(), message, "of another tier", Some(help)));
        }
        let inherited = self.promise.filter(|_| own.is_none() && entry.tier == Tier::Must);
        let promise = entry.promise.as_ref().map(|promise| *promise.get_ref()).or(inherited);
        Some((doc.clone(), promise))
    }
}

/// `[promises]` of a `runtime.toml`.
pub(crate) fn of_runtime(
    table: BTreeMap<Promise, Spanned<String>>,
    source: &Source,
) -> Result<BTreeMap<Promise, String>, Diagnostic> {
    match table.values().find_map(|address| links::problem(address.get_ref(), address.span(), source)) {
        Some(problem) => Err(problem),
        None => Ok(table.into_iter().map(|(promise, address)| (promise, address.into_inner())).collect()),
    }
}
