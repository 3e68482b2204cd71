//! Everything the project's files say: the cases, the runtimes, and what case files say of guests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::case::{Build, Case};
use crate::fixture::Fixtures;
use crate::runtime::Runtime;

/// Everything the project's files say, checked against each other.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The project's root folder.
    pub root: PathBuf,
    /// The cases, ordered by id.
    pub cases: Vec<Case>,
    /// The folders that cells start with, by name.
    pub fixtures: Fixtures,
    /// The runtimes, ordered by id.
    pub runtimes: Vec<Runtime>,
    /// For each guest that a case file says it of, the preview 1 functions it may import.
    pub imports: BTreeMap<String, BTreeSet<String>>,
    /// What each area is about, in one sentence, where its file says it.
    pub abouts: BTreeMap<String, String>,
    /// How each guest is built that a case file says it of; the others are commands.
    pub builds: BTreeMap<String, Build>,
}

impl Suite {
    /// The names of all guests a case uses, in order.
    pub fn guests(&self) -> BTreeSet<&str> {
        self.cases.iter().map(|case| case.guest.as_str()).collect()
    }

    /// The names of the guests a case uses that are built so.
    pub fn built_as(&self, build: Build) -> BTreeSet<&str> {
        let is_so = |name: &&str| self.builds.get(*name).copied().unwrap_or_default() == build;
        self.guests().into_iter().filter(is_so).collect()
    }
}
