//! A recorded, typed, sourced deviation of a runtime on a case.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::case::Location;
use crate::expectation::Expectation;

/// Whose deviation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The runtime's.
    Runtime,
    /// Go's.
    Go,
    /// The specification leaves it open or contradicts itself.
    Spec,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}

/// One `[[divergence]]` of a runtime.
#[derive(Debug, Clone)]
pub struct Divergence {
    /// Where it is written.
    pub location: Location,
    /// The case it applies to.
    pub case: String,
    /// The runtime's versions it holds for.
    pub versions: semver::VersionReq,
    /// The modes it holds in; the default mode is called `default`. `None` means all modes.
    pub modes: Option<BTreeSet<String>>,
    /// The surroundings it holds in. `None` means that it holds on the machine as it is, and is permitted in any surrounding.
    pub surroundings: Option<BTreeSet<String>>,
    /// Whose it is.
    pub fault: Fault,
    /// One true sentence.
    pub reason: String,
    /// An upstream issue, or `unreported`.
    pub url: String,
    /// Whether it is a race. The cell may then also behave as expected, and still counts as known.
    pub sometimes: bool,
    /// Whether it lets a guest do something it must not be able to do. Its cells are withheld until the runtime's
    /// developers know.
    pub security: bool,
    /// Whether it says of a case about getting out that the guest stays inside.
    pub stays_inside: bool,
    /// Whether it is written for a case at `/`, and carried over to the same case at another place. It lets that case
    /// deviate in the same way, and does not ask it to.
    pub carried_over: bool,
    /// Whether it is from a folder that the user named, and not of the project's own.
    pub outside: bool,
    /// What is observed instead: the case's expectation with the entry's `instead` applied on top, so a different
    /// breakage does not match.
    pub instead: Expectation,
}

impl Divergence {
    /// Whether it applies to a case under this version and mode of its runtime, in a surrounding or on the machine as it is.
    pub fn speaks_of(&self, case: &str, version: &Version, mode: &str, surrounding: Option<&str>) -> bool {
        let named = self.surroundings.as_ref();
        self.case == case
            && self.versions.matches(version)
            && self.modes.as_ref().is_none_or(|modes| modes.contains(mode))
            && named.is_none_or(|named| surrounding.is_some_and(|surrounding| named.contains(surrounding)))
    }

    /// Whether a case in such a column may deviate in this way and need not: it is written for the case at another place, or
    /// for the machine as it is.
    pub fn permits(&self, surrounding: Option<&str>) -> bool {
        self.carried_over || surrounding.is_some() && self.surroundings.is_none()
    }
}
