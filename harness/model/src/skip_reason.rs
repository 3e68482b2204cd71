//! Why a cell is not run, which also decides its verdict. The full answer needs the built guests, because a case may
//! hold only for some versions of Go. [`before_guests`] answers as far as possible without them.

use semver::{Version, VersionReq};

use crate::capability::Capability;
use crate::case::Case;
use crate::matrix::{Column, Place};
use crate::verdict::{Need, Verdict};

/// Why a cell is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// The column's adapter declares that it lacks a capability that the case needs.
    Lacks(Capability),
    /// The case holds only for guests that these versions of Go built.
    Go(VersionReq),
    /// The runtime is missing; the hint says how to get it. Or this machine cannot make the surrounding; it says why.
    Missing(String),
    /// What the case expects is not seen natively in this surrounding.
    NotNatively(String),
}

/// Why a case is not run in a column where this Go built its guest; `None` if it is run. A Go version that is not a number
/// matches no range, and neither does a guest that was there already. If the column is one of a Go release, such a guest is
/// none of its guests.
pub fn skip_reason(column: &Column, case: &Case, go: Option<&Version>) -> Option<SkipReason> {
    let unfit = |range: &VersionReq| !go.is_some_and(|version| range.matches(version));
    let of_release = column.go.as_ref().filter(|_| go.is_none()).and_then(|release| VersionReq::parse(release).ok());
    let of_go = case.go.clone().filter(unfit).or(of_release).map(SkipReason::Go);
    lacked(column, case).or(of_go).or_else(|| missing(column)).or_else(|| unseen(column, case))
}

/// Like [`skip_reason`], before any guest is built. A cell that is ruled out only by its Go version does not have a
/// reason yet.
pub fn before_guests(column: &Column, case: &Case) -> Option<SkipReason> {
    lacked(column, case).or_else(|| missing(column))
}

fn lacked(column: &Column, case: &Case) -> Option<SkipReason> {
    let lacks = column.lacks();
    case.needs().into_iter().find(|capability| lacks.contains(capability)).map(SkipReason::Lacks)
}

/// What a case looks at afterwards and cannot be seen in the column's surrounding.
fn unseen(column: &Column, case: &Case) -> Option<SkipReason> {
    let surrounding = column.surrounded.as_ref()?.surrounding;
    let looks = !case.expect.files.is_empty() || !case.expect.outside.is_empty();
    let why = "not possible here: the disk is gone with the guest, and the case looks at what is left on it";
    (looks && !surrounding.shows_files()).then(|| SkipReason::Missing(why.to_owned()))
}

fn missing(column: &Column) -> Option<SkipReason> {
    match &column.place {
        Place::Missing(hint) => Some(SkipReason::Missing(hint.clone())),
        _ => None,
    }
}

impl From<SkipReason> for Verdict {
    fn from(reason: SkipReason) -> Verdict {
        match reason {
            SkipReason::Lacks(capability) => Verdict::Unsupported { needs: Need::Capability(capability) },
            SkipReason::Go(range) => Verdict::Unsupported { needs: Need::Go(range.to_string()) },
            SkipReason::Missing(hint) => Verdict::Unavailable { hint },
            SkipReason::NotNatively(surrounding) => Verdict::Unsupported { needs: Need::NativelyIn(surrounding) },
        }
    }
}
