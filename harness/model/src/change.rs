//! In what way something that is judged changed from an older run to a newer one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Behaviour;

/// How a cell or a test changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It was as expected and is not any more, or the harness now fails where it did not. Only this kind is red.
    NewlyBroken,
    /// It is flaky and was not.
    NewlyFlaky,
    /// It was not as expected and still is not, but fails in another way or no longer as recorded.
    BrokenOtherwise,
    /// It was judged and is not.
    NoLongerJudged,
    /// It was not judged and is.
    NewlyJudged,
    /// It is as expected and was not.
    Fixed,
}

impl Kind {
    /// Every kind, in order of attention.
    pub const ALL: [Kind; 6] = [
        Kind::NewlyBroken,
        Kind::NewlyFlaky,
        Kind::BrokenOtherwise,
        Kind::NoLongerJudged,
        Kind::NewlyJudged,
        Kind::Fixed,
    ];

    /// What changed from one behaviour to another, if anything did. `is_another` says whether what is not as expected in
    /// both runs fails in another way.
    pub fn between(old: Behaviour, new: Behaviour, is_another: bool) -> Option<Kind> {
        use Behaviour::{AsExpected, NotAsExpected, NotJudged, Unknown, Varies};
        Some(match (old, new) {
            (NotAsExpected, NotAsExpected) => return is_another.then_some(Kind::BrokenOtherwise),
            (AsExpected | Varies, NotAsExpected | Unknown) | (NotAsExpected | NotJudged, Unknown) => Kind::NewlyBroken,
            (AsExpected | NotAsExpected | Unknown, Varies) => Kind::NewlyFlaky,
            (NotAsExpected | Varies | Unknown, AsExpected) => Kind::Fixed,
            (Unknown, NotAsExpected) | (NotJudged, AsExpected | NotAsExpected | Varies) => Kind::NewlyJudged,
            (AsExpected | NotAsExpected | Varies | Unknown, NotJudged) => Kind::NoLongerJudged,
            (AsExpected, AsExpected) | (Varies, Varies) | (Unknown, Unknown) | (NotJudged, NotJudged) => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Kind::NewlyBroken => "newly broken",
            Kind::NewlyFlaky => "newly flaky",
            Kind::BrokenOtherwise => "broken otherwise",
            Kind::NoLongerJudged => "no longer judged",
            Kind::NewlyJudged => "newly judged",
            Kind::Fixed => "fixed",
        })
    }
}
