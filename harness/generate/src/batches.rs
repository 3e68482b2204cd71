//! The sequences of a seed in batches, and what the reference does with each. A batch is made once for all columns.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Result, anyhow};

use crate::observed::Observed;
use crate::runner::Runner;
use crate::sequence::Sequence;

/// How many sequences one process carries out.
pub(crate) const BATCH: u64 = 250;

/// How many batches are kept. A column that is further behind has them made again.
const KEPT: usize = 64;

/// Sequences, and what the reference does with them.
pub(crate) struct Batch {
    pub sequences: Vec<Sequence>,
    pub expected: Vec<Observed>,
}

type Made = Arc<OnceLock<Result<Arc<Batch>, String>>>;

/// The batches of a seed.
pub(crate) struct Batches<'r, 'p, 's> {
    runner: &'r Runner<'p, 's>,
    reference: usize,
    seed: u64,
    made: Mutex<BTreeMap<(u64, u64), Made>>,
}

impl<'r, 'p, 's> Batches<'r, 'p, 's> {
    pub fn new(runner: &'r Runner<'p, 's>, reference: usize, seed: u64) -> Batches<'r, 'p, 's> {
        Batches { runner, reference, seed, made: Mutex::default() }
    }

    /// The sequences from an index on, at most a batch and none of the index `end` or later.
    ///
    /// # Errors
    /// If the reference cannot be run.
    pub fn batch(&self, from: u64, end: u64) -> Result<Arc<Batch>> {
        let range = (from, end.min(from + BATCH));
        let made = {
            let mut all = self.made.lock().expect("no thread panics with the lock held");
            let made = Arc::clone(all.entry(range).or_default());
            while all.len() > KEPT {
                all.pop_first();
            }
            made
        };
        let batch = made.get_or_init(|| self.make(range).map(Arc::new).map_err(|error| format!("{error:#}")));
        batch.clone().map_err(|error| anyhow!("{error}"))
    }

    fn make(&self, (from, end): (u64, u64)) -> Result<Batch> {
        let sequences: Vec<_> = (from..end).map(|index| Sequence::of(self.seed, index)).collect();
        let expected = self.runner.run(self.reference, &sequences)?;
        Ok(Batch { sequences, expected })
    }
}
