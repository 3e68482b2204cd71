//! Failures of tests that are known: a user's list, with reasons, addresses and version ranges.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use super::TestRun;
use super::events::top;
use crate::case::Location;

/// The engine of the column that runs programs of this machine: none.
pub const NATIVE: &str = "native";

/// A failure that is known.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    /// Where it is written.
    pub location: Location,
    /// The import path of the package.
    pub package: String,
    /// The tests. An entry for a test holds for its subtests, too.
    pub tests: BTreeSet<String>,
    /// The runtimes; `None` means all.
    pub runtimes: Option<BTreeSet<String>>,
    /// Their versions.
    pub versions: VersionReq,
    /// Their modes; the default mode is called `default`. `None` means all.
    pub modes: Option<BTreeSet<String>>,
    /// What the failing test says: each failure must have this text in its output, so another failure does not match.
    pub says: String,
    /// Whether the tests also pass now and then.
    pub sometimes: bool,
    /// One sentence.
    pub reason: String,
    /// An issue, or `unreported`.
    pub url: String,
}

/// An entry that is about nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Stale {
    /// Where the entry is written.
    pub at: String,
    /// The test that passes now.
    pub test: String,
    /// The column in which it passes.
    pub column: String,
}

/// A column in which tests are run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TestColumn {
    /// Its name.
    pub name: String,
    /// The runtime's id.
    pub runtime: String,
    /// The version.
    #[schemars(with = "String")]
    pub version: Version,
    /// The mode.
    pub mode: String,
    /// The name by which Go's own tests know the runtime. Runtimes that embed one engine share it.
    pub engine: String,
}

impl TestColumn {
    /// Whether it runs programs of this machine.
    pub fn is_native(&self) -> bool {
        self.engine == NATIVE
    }
}

impl KnownFailure {
    /// Whether it is about a test in a column.
    pub fn speaks_of(&self, package: &str, test: &str, column: &TestColumn) -> bool {
        self.package == package
            && (self.tests.contains(test) || self.tests.contains(top(test)))
            && self.runtimes.as_ref().is_none_or(|runtimes| runtimes.contains(&column.runtime))
            && self.versions.matches(&column.version)
            && self.modes.as_ref().is_none_or(|modes| modes.contains(&column.mode))
    }

    /// Whether a failure is the one that it is about.
    pub fn is_of(&self, run: &TestRun) -> bool {
        run.failed() && run.output.contains(&self.says)
    }
}
