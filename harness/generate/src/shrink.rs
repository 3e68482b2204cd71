//! Shrinks sequences to the shortest that still show a difference. proptest proposes what to try. All sequences of a column
//! take their steps together, so that each step needs one process for all of them.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use proptest::strategy::ValueTree;

use crate::difference::{Difference, Key, compare};
use crate::runner::Runner;
use crate::sequence::{Sequence, Tree, tree};

/// After how long the shortest sequences so far are taken.
const LONGEST: Duration = Duration::from_secs(60);

/// A difference, and the sequence that shows it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub sequence: Sequence,
    pub difference: Difference,
}

/// A sequence that is being shrunk.
struct Shrinking {
    key: Key,
    tree: Tree,
    shortest: Seen,
    /// Whether the last proposal still showed the difference.
    showed: bool,
    is_done: bool,
}

/// Shrinks the sequences that show these differences in a column.
///
/// # Errors
/// If the column or the reference cannot be run.
pub(crate) fn shrink(
    runner: &Runner,
    [reference, column]: [usize; 2],
    seed: u64,
    seen: Vec<Seen>,
) -> Result<Vec<Seen>> {
    let began = Instant::now();
    let mut all: Vec<_> = seen.into_iter().map(|seen| Shrinking::new(seed, seen)).collect();
    while began.elapsed() < LONGEST {
        let proposed: Vec<_> = all.iter_mut().filter_map(|one| Some((one.proposal()?, one))).collect();
        if proposed.is_empty() {
            break;
        }
        let (sequences, all): (Vec<_>, Vec<_>) = proposed.into_iter().unzip();
        let [expected, observed] = [runner.run(reference, &sequences)?, runner.run(column, &sequences)?];
        for (((sequence, one), expected), observed) in sequences.into_iter().zip(all).zip(expected).zip(observed) {
            let differences = compare(&sequence, &expected, &observed).differences;
            one.tried(sequence, differences);
        }
    }
    Ok(all.into_iter().map(|one| one.shortest).collect())
}

impl Shrinking {
    fn new(seed: u64, seen: Seen) -> Shrinking {
        let tree = tree(seed, seen.sequence.index);
        let (_, steps, counter) = tree.current();
        // What came after the operation that differs is not tried at all.
        let place = steps.iter().position(|step| step.number == seen.difference.number).unwrap_or(steps.len() - 1);
        if let Some(counter) = counter {
            counter.store(place + 1, Ordering::SeqCst);
        }
        let shortest = Seen { sequence: up_to(&seen.sequence, seen.difference.number), ..seen };
        Shrinking { key: shortest.difference.key.clone(), tree, shortest, showed: true, is_done: false }
    }

    /// The next sequence to try; none if there is no shorter one.
    fn proposal(&mut self) -> Option<Sequence> {
        while !self.is_done {
            let goes_on = if self.showed { self.tree.simplify() } else { self.tree.complicate() };
            self.is_done = !goes_on;
            let (_, steps, _) = self.tree.current();
            let without = self.shortest.sequence.without.clone();
            let steps: Vec<_> = steps.into_iter().filter(|step| !without.contains(&step.number)).collect();
            let sequence = Sequence { index: self.shortest.sequence.index, steps, without };
            if sequence.steps == self.shortest.sequence.steps {
                self.showed = true;
            } else if sequence.steps.is_empty() {
                self.showed = false;
            } else if goes_on {
                return Some(sequence);
            }
        }
        None
    }

    fn tried(&mut self, sequence: Sequence, differences: Vec<Difference>) {
        let same = differences.into_iter().find(|difference| difference.key == self.key);
        self.showed = same.is_some();
        if let Some(difference) = same {
            self.shortest = Seen { sequence: up_to(&sequence, difference.number), difference };
        }
    }
}

/// A sequence up to the operation of this number.
fn up_to(sequence: &Sequence, number: usize) -> Sequence {
    let steps = sequence.steps.iter().take_while(|step| step.number <= number).cloned().collect();
    Sequence { steps, ..sequence.clone() }
}
