//! The gate: whether a candidate does all that a baseline does. [`Gate::hold`] sorts the changes between the two into
//! those that stop the candidate and those that are only told.
//!
//! Only what the baseline does better stops a candidate. A fix, a cell that deviates on both sides, and an outcome that
//! is the same to the byte do not, whatever is on record.

pub mod annotations;
pub mod show;

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::changes::{Change, Changes, Kind};

/// What stops a candidate, besides what is newly broken.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The cases that the candidate need not judge any more.
    pub may_lose: BTreeSet<String>,
    /// Whether a cell that is flaky and was not stops it.
    pub flaky: bool,
}

/// A candidate held against a baseline.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gate {
    /// All that changed.
    #[serde(flatten)]
    pub changes: Changes,
    /// The cells that stop the candidate, by place in `cells` of the changes.
    pub stopped_by: Vec<usize>,
    /// The cells that the candidate no longer judges, and need not, by place in `cells`.
    pub allowed: Vec<usize>,
    /// The cells whose case has changed since the baseline, so that the two cannot be held against each other, by place
    /// in `cells`.
    pub other_case: Vec<usize>,
}

impl Gate {
    /// Holds the changes against a policy.
    ///
    /// # Errors
    /// If the baseline judged none of the cells: it would stop nothing.
    pub fn hold(changes: Changes, policy: &Policy) -> Result<Gate> {
        ensure!(
            changes.judged_before > 0,
            "{}: none of the cells is judged there, so nothing can be held against it",
            changes.old.file
        );
        let (mut stopped_by, mut allowed, mut other_case) = (Vec::new(), Vec::new(), Vec::new());
        for (place, change) in changes.cells.iter().enumerate() {
            match change.kind {
                // The baseline was asked for something else.
                _ if change.case_changed => other_case.push(place),
                Kind::NoLongerJudged if policy.may_lose.contains(&change.case) => allowed.push(place),
                Kind::NewlyBroken | Kind::NoLongerJudged => stopped_by.push(place),
                Kind::NewlyFlaky if policy.flaky => stopped_by.push(place),
                Kind::NewlyFlaky | Kind::BrokenOtherwise | Kind::NewlyJudged | Kind::Fixed => {}
            }
        }
        Ok(Gate { changes, stopped_by, allowed, other_case })
    }

    /// Whether the candidate is stopped.
    pub fn is_red(&self) -> bool {
        !self.stopped_by.is_empty()
    }

    /// The cells that stop the candidate.
    pub fn stops(&self) -> impl Iterator<Item = &Change> {
        self.stopped_by.iter().map(|place| &self.changes.cells[*place])
    }
}
