//! Everything the files say: the cases, the runtimes, and what case files declare about guests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::case::{Build, Case};
use crate::fixture::Fixtures;
use crate::names::parts_of_column;
use crate::runtime::Runtime;
use crate::surrounding::Surrounding;

/// Everything the files say, checked against each other. The runtimes are the project's; the cases are the project's or
/// those of a suite of one's own.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The folder that locations are named from: the project's root, or that of a suite of one's own.
    pub root: PathBuf,
    /// The cases, ordered by id.
    pub cases: Vec<Case>,
    /// The folders that cells start with, by name.
    pub fixtures: Fixtures,
    /// The runtimes, ordered by id.
    pub runtimes: Vec<Runtime>,
    /// The surroundings that cells can be run in, in the order of their file.
    pub surroundings: Vec<Surrounding>,
    /// The preview 1 functions that a guest may import, for each guest whose case file declares them.
    pub imports: BTreeMap<String, BTreeSet<String>>,
    /// What each area is about, in one sentence, if its file says so.
    pub abouts: BTreeMap<String, String>,
    /// How a guest is built, for each guest whose case file declares it. The other guests are commands.
    pub builds: BTreeMap<String, Build>,
    /// What each guest is made from, in a suite of one's own. `None` for the project's cases, whose guests are the packages
    /// under `go-guests/`.
    pub guest_sources: Option<BTreeMap<String, GuestSource>>,
}

/// What a guest of a suite of one's own is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestSource {
    /// The Go package in this folder.
    Package(PathBuf),
    /// This module, which another toolchain may have made.
    Module(PathBuf),
}

impl Suite {
    /// Whether it is a suite of one's own, and not the project's.
    pub fn is_own(&self) -> bool {
        self.guest_sources.is_some()
    }

    /// The name of the folder of a suite of one's own.
    pub fn name(&self) -> Option<String> {
        let name = self.root.file_name().filter(|_| self.is_own())?;
        Some(name.to_string_lossy().into_owned())
    }

    /// The surroundings that the names of columns and cells among these texts name.
    pub fn surroundings_in<'t>(&self, texts: impl IntoIterator<Item = &'t String>) -> Vec<String> {
        let named: BTreeSet<_> = texts.into_iter().flat_map(|text| parts_of_column(text)).collect();
        let names = self.surroundings.iter().map(|surrounding| &surrounding.name);
        names.filter(|name| named.contains(name.as_str())).cloned().collect()
    }

    /// The names of all guests that cases use, in order.
    pub fn guests(&self) -> BTreeSet<&str> {
        self.cases.iter().map(|case| case.guest.as_str()).collect()
    }

    /// The names of the guests that cases use and that are built in this way.
    pub fn built_as(&self, build: Build) -> BTreeSet<&str> {
        let is_so = |name: &&str| self.builds.get(*name).copied().unwrap_or_default() == build;
        self.guests().into_iter().filter(is_so).collect()
    }
}
