//! Whether bytes that the trace shows only in part are the same in both runs. The trace has a digest of all of them.
//!
//! Two runs may write other bytes to a file without harm, such as the time, and read them back. So what a run reads is
//! held against what it wrote itself before.

use std::collections::{BTreeMap, BTreeSet};

use super::align::{Pair, Rest};
use super::heeded::is_harmless;
use super::seen::{CutData, Seen};
use super::{Aligned, Explanation, Finding, around};
use matrix_model::explanation::Pattern;

/// What a run wrote: in which pairs the bytes with this digest.
type Written = BTreeMap<u64, BTreeSet<usize>>;

/// Compares the bytes that are shown only in part, for all pairs in order.
pub(super) fn compare(pairs: &mut [Pair]) {
    let mut written: [Written; 2] = Default::default();
    let mut is_written_otherwise = false;
    for (index, pair) in pairs.iter_mut().enumerate() {
        let (Some(left), Some(right)) = (&pair.left, &mut pair.right) else { continue };
        pair.rest = answered(left, right, &written, is_written_otherwise);
        for (seen, written) in [left, &*right].into_iter().zip(&mut written) {
            for digest in seen.written.iter().filter_map(|data| data.digest) {
                written.entry(digest).or_default().insert(index);
            }
        }
        if left.written.iter().zip(&right.written).any(differ) {
            is_written_otherwise = true;
            pair.rest = Rest::WrittenOtherwise;
        }
        tell(left, right);
    }
}

/// How the bytes go on that the two sides answered a call with.
fn answered(left: &Seen, right: &Seen, written: &[Written; 2], is_written_otherwise: bool) -> Rest {
    let rests = left.read.iter().zip(&right.read).filter(differ_of).map(|(left, right)| {
        let (Some(left), Some(right)) = (left.digest, right.digest) else { return Rest::Untold };
        let [left, right] = [written[0].get(&left), written[1].get(&right)];
        match (left, right) {
            (Some(left), Some(right)) if !left.is_disjoint(right) => Rest::Alike,
            (None, None) if is_written_otherwise => Rest::Untold,
            _ => Rest::AnsweredOtherwise,
        }
    });
    let rests: Vec<_> = rests.collect();
    let first = [Rest::AnsweredOtherwise, Rest::Untold].into_iter().find(|rest| rests.contains(rest));
    first.unwrap_or(Rest::Alike)
}

fn differ((left, right): (&CutData, &CutData)) -> bool {
    left.digest.is_none() || left.digest != right.digest
}

fn differ_of(data: &(&CutData, &CutData)) -> bool {
    differ(*data)
}

/// Says in the right call which bytes go on otherwise although what is shown is the same.
fn tell(left: &Seen, right: &mut Seen) {
    let of = |left: &[CutData], right: &[CutData]| -> Vec<String> {
        let both = left.iter().zip(right).filter(|(left, right)| left.shown == right.shown);
        let goes_on = |(left, right): &(&CutData, &CutData)| left.digest.is_some() && right.digest.is_some();
        both.filter(goes_on).filter(differ_of).map(|(_, right)| right.shown.clone()).collect()
    };
    let mut told = of(&left.written, &right.written);
    told.extend(of(&left.read, &right.read));
    told.iter().for_each(|shown| right.tell_other_bytes(shown));
}

impl Aligned<'_> {
    /// Explains a call that differs, unless the trace leaves open whether an earlier or later one is to blame.
    pub(super) fn blamed(&self, index: usize) -> Explanation {
        self.untold(index).map_or_else(|| self.answered_otherwise(index), |untold| self.not_told(untold, index))
    }

    /// The position of a call whose bytes the trace shows only in part and that may be to blame instead of the one at
    /// `index`, or show that an earlier one is.
    fn untold(&self, index: usize) -> Option<usize> {
        let untold = self.pairs[..self.parted].iter().position(|pair| pair.rest == Rest::Untold);
        let written = self.pairs[..index].iter().rposition(|pair| pair.rest == Rest::WrittenOtherwise);
        let differs = |pair: &Pair| pair.is_answered_otherwise() && !is_harmless(pair);
        untold.or_else(|| written.filter(|written| self.pairs[..*written].iter().any(differs)))
    }

    /// Says which calls may be to blame if the trace does not tell which of them is.
    fn not_told(&self, untold: usize, last: usize) -> Explanation {
        let (own, reference) = (self.own.name, self.reference.name);
        let (call, _) = self.both(untold);
        let what = match self.pairs[untold].rest {
            Rest::WrittenOtherwise => "wrote",
            _ => "was given",
        };
        let sentence = format!(
            "The trace does not tell which call is to blame. The guest {what} other bytes under {own} than under {reference} in {}, \
             after those that are shown: that may be a time or a random number, or what makes the difference. The last call that \
             was answered otherwise is {}.",
            call.line,
            self.both(last).0.line
        );
        around(Finding::new(Pattern::OtherCalls, sentence), &self.pairs, Some(untold))
    }
}
