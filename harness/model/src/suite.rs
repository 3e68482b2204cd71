//! Everything the project's files say: the cases, the runtimes, and what case files declare about guests.

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
    /// The preview 1 functions that a guest may import, for each guest whose case file declares them.
    pub imports: BTreeMap<String, BTreeSet<String>>,
    /// What each area is about, in one sentence, if its file says so.
    pub abouts: BTreeMap<String, String>,
    /// How a guest is built, for each guest whose case file declares it. The other guests are commands.
    pub builds: BTreeMap<String, Build>,
}

impl Suite {
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
