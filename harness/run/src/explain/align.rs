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
}

impl Pair {
    /// Whether both sides asked the same and were answered differently.
    pub(crate) fn is_answered_otherwise(&self) -> bool {
        matches!((&self.left, &self.right), (Some(left), Some(right)) if left.answered != right.answered)
    }

    /// Whether the answer is longer than the trace records. If so, that may explain any later call.
    pub fn is_untold(&self) -> bool {
        self.left.as_ref().is_some_and(|seen| seen.answered == Some(Answered::Many))
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
                pairs.extend(both.map(|(left, right)| Pair { left: Some(left.clone()), right: Some(right.clone()) }));
            }
            _ => {
                pairs.extend(left[lefts].iter().map(|left| Pair { left: Some(left.clone()), right: None }));
                pairs.extend(right[rights].iter().map(|right| Pair { left: None, right: Some(right.clone()) }));
            }
        }
    }
    pairs
}
