//! Carries out sequences in a column for a while, and counts what differs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::batches::{BATCH, Batches};
use crate::difference::{Key, compare};
use crate::finding::Figures;
use crate::observed::Observed;
use crate::runner::Runner;
use crate::sequence::Sequence;
use crate::shrink::Seen;

/// How many operations of a sequence are left out at most, one after another.
const LEFT_OUT: usize = 4;

/// How far a column has come.
pub(crate) struct Explorer {
    /// The column.
    pub column: usize,
    /// What it has done.
    pub figures: Figures,
    /// Sequences without the operation that the column does otherwise, to be carried out again.
    again: Vec<Sequence>,
    /// Each kind of difference: how often it was seen, and the shortest sequence that shows it.
    pub seen: BTreeMap<Key, (u64, Seen)>,
}

/// When exploring ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// After this time.
    pub slice: Duration,
    /// Before the sequence of this index.
    pub end: u64,
}

impl Explorer {
    pub fn new(column: usize, figures: Figures) -> Explorer {
        Explorer { column, figures, again: Vec::new(), seen: BTreeMap::new() }
    }

    /// Whether there is nothing left to do before the sequence of this index.
    pub fn is_done(&self, end: u64) -> bool {
        self.figures.sequences >= end && self.again.is_empty()
    }

    /// Carries out sequences within bounds.
    ///
    /// # Errors
    /// If the column or the reference cannot be run.
    pub fn explore(&mut self, runner: &Runner, batches: &Batches, reference: usize, bounds: Bounds) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < bounds.slice && !self.is_done(bounds.end) {
            if self.again.len() as u64 >= BATCH || self.figures.sequences >= bounds.end {
                let count = self.again.len().min(BATCH as usize);
                let sequences: Vec<_> = self.again.drain(..count).collect();
                let expected = runner.run(reference, &sequences)?;
                self.figures.again += sequences.len() as u64;
                self.judge(runner, &sequences, &expected)?;
            } else {
                let batch = batches.batch(self.figures.sequences, bounds.end)?;
                self.figures.sequences += batch.sequences.len() as u64;
                self.judge(runner, &batch.sequences, &batch.expected)?;
            }
        }
        Ok(())
    }

    fn judge(&mut self, runner: &Runner, sequences: &[Sequence], expected: &[Observed]) -> Result<()> {
        let began = Instant::now();
        let observed = runner.run(self.column, sequences)?;
        self.figures.millis += began.elapsed().as_millis() as u64;
        for ((sequence, expected), observed) in sequences.iter().zip(expected).zip(observed) {
            let compared = compare(sequence, expected, &observed);
            if let Some(number) = compared.parted.filter(|_| sequence.without.len() < LEFT_OUT) {
                self.again.push(sequence.without(number));
            }
            for difference in compared.differences {
                self.figures.differences += 1;
                let key = difference.key.clone();
                let seen = Seen { sequence: sequence.clone(), difference };
                let (count, first) = self.seen.entry(key).or_insert_with(|| (0, seen.clone()));
                *count += 1;
                if seen.sequence.steps.len() < first.sequence.steps.len() {
                    *first = seen;
                }
            }
        }
        Ok(())
    }
}
