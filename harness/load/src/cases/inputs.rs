//! What a case gives its guest: folders, variables, stdin.

use serde_spanned::Spanned;

use super::Reader;
use crate::is_name;
use crate::wire::{self, CaseEntry};
use matrix_model::case::Preopen;
use matrix_model::connection::StdinKind;

impl Reader<'_, '_> {
    pub(super) fn preopen(&mut self, guest_path: &str, dir: &Spanned<wire::DirEntry>) -> Preopen {
        let (fixture, read_only) = match dir.get_ref() {
            wire::DirEntry::Fixture(fixture) => (fixture, false),
            wire::DirEntry::Detailed(dir) => (&dir.fixture, dir.read_only),
        };
        self.known("fixture", "cases/fixtures", dir, fixture, self.fixtures);
        Preopen { guest: guest_path.to_owned(), fixture: fixture.clone(), read_only }
    }

    pub(super) fn outside(
        &mut self,
        entry: &CaseEntry,
        name: &Spanned<String>,
        fixture: &Spanned<String>,
    ) -> (String, String) {
        if !is_name(name.get_ref()) {
            let message = "a folder outside is named with lower case letters, digits and `-`";
            self.problem(name, message, "this name", Some("write it like `secret`"));
        }
        let first = entry.dirs.values().next().map(|dir| match dir.get_ref() {
            wire::DirEntry::Fixture(fixture) => fixture,
            wire::DirEntry::Detailed(dir) => &dir.fixture,
        });
        if first == Some(name.get_ref()) {
            let message = "a folder outside stands beside the first preopen's, and this is that one's name";
            self.problem(name, message, "same name", Some("give it another name; its fixture may be the same"));
        }
        self.known("fixture", "cases/fixtures", fixture, fixture.get_ref(), self.fixtures);
        (name.get_ref().clone(), fixture.get_ref().clone())
    }

    pub(super) fn variable(&mut self, variable: &Spanned<wire::EnvEntry>) -> Option<(String, String)> {
        match variable.get_ref() {
            wire::EnvEntry::Repeated(variable) => Some((variable.name.clone(), variable.repeat.repeat(variable.times))),
            wire::EnvEntry::Pair(pair) => {
                let split = pair.split_once('=').filter(|(name, _)| !name.is_empty());
                if split.is_none() {
                    let help = "put the name before a `=`; an empty value is \"NAME=\"";
                    self.problem(variable, "a variable is written \"NAME=value\"", "no name before a `=`", Some(help));
                }
                split.map(|(name, value)| (name.to_owned(), value.to_owned()))
            }
        }
    }

    pub(super) fn stdin_kind(&mut self, entry: &CaseEntry) -> StdinKind {
        if !entry.stdin.0.is_empty() && !entry.step.is_empty() {
            let help = "write what the guest reads first as the first step: { write = … }";
            self.problem(&entry.name, "a case has either `stdin` or `step`", "has both", Some(help));
        }
        let Some(kind) = &entry.stdin_kind else { return StdinKind::default() };
        if !kind.get_ref().carries_bytes() && !entry.stdin.0.is_empty() {
            let message = "this kind of stdin carries no bytes, but the case gives some";
            self.problem(kind, message, "carries nothing", Some("leave `stdin` out, or choose another `stdin-kind`"));
        }
        if !entry.step.is_empty() && (!kind.get_ref().is_fed() || *kind.get_ref() == StdinKind::Open) {
            let help = "leave `stdin-kind` out, or make it `socket` or `terminal`";
            self.problem(kind, "`step` needs a pipe, a socket or a terminal", "none of them", Some(help));
        }
        *kind.get_ref()
    }
}
