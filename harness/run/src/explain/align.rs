//! Puts two traces of one guest side by side. Leaves out what changes with every run: clocks, random bytes and names,
//! addresses, and the numbers of descriptors.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::drawn_names::DrawnNames;
use super::seen::{Answered, Seen, seen};
use wasip1_trace::Call;

/// A pair of matching calls, or a call that only one of the traces has.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The call in the first trace.
    pub left: Option<Seen>,
    /// The call in the second trace.
    pub right: Option<Seen>,
    /// How bytes go on that the trace shows only in part.
    pub rest: Rest,
    /// How the first run tells the file apart from another one, if the second run does otherwise.
    pub told_apart: Option<ToldApart>,
}

/// How the bytes that a pair of calls shows only in part go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// In the same way, as far as it matters, or there are none.
    Alike,
    /// The guest wrote other bytes on each side. That follows from an earlier answer, or from a clock or chance.
    WrittenOtherwise,
    /// Each side answered with other bytes.
    AnsweredOtherwise,
    /// Each side answered with other bytes, or may have; the guest may have written these itself.
    Untold,
}

/// How a run tells a file apart from another one otherwise than the run beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToldApart {
    /// The position of the earlier pair of calls, about the other file.
    pub earlier: usize,
    /// Whether the first run gives both the same device and inode, and the other does not. If not, it is the other way
    /// round.
    pub is_one: bool,
}

impl Pair {
    fn new(left: Option<&Seen>, right: Option<&Seen>) -> Pair {
        Pair { left: left.cloned(), right: right.cloned(), rest: Rest::Alike, told_apart: None }
    }

    /// Whether both sides asked the same and were answered differently.
    pub(crate) fn is_answered_otherwise(&self) -> bool {
        let differs = |(left, right): (&Seen, &Seen)| left.answered != right.answered;
        self.rest == Rest::AnsweredOtherwise || self.left.as_ref().zip(self.right.as_ref()).is_some_and(differs)
    }

    /// Whether the trace does not tell if the answers differ. If so, that may explain any later call.
    pub fn is_untold(&self) -> bool {
        self.rest == Rest::Untold || self.left.as_ref().is_some_and(|seen| seen.answered == Some(Answered::Many))
    }

    /// Whether only one side has the call.
    pub(crate) fn is_single(&self) -> bool {
        self.left.is_none() || self.right.is_none()
    }
}

/// Two traces side by side.
pub fn align(left: &[Call], right: &[Call]) -> Vec<Pair> {
    let names = DrawnNames::of(left, right);
    let (left, right) = (seen(left, &names[0]), seen(right, &names[1]));
    let keys = |seen: &[Seen]| seen.iter().map(Seen::key).collect::<Vec<_>>();
    let mut pairs = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &keys(&left), &keys(&right)) {
        let (lefts, rights) = (operation.old_range(), operation.new_range());
        match operation {
            DiffOp::Equal { .. } => {
                let both = left[lefts].iter().zip(&right[rights]);
                pairs.extend(both.map(|(left, right)| Pair::new(Some(left), Some(right))));
            }
            _ => {
                pairs.extend(left[lefts].iter().map(|left| Pair::new(Some(left), None)));
                pairs.extend(right[rights].iter().map(|right| Pair::new(None, Some(right))));
            }
        }
    }
    pairs
}
