//! Which cells run beside which.

use anyhow::Result;

use super::{Bench, Session};
use crate::case::StdinKind;
use crate::divergence::Divergence;
use crate::expectation::ExpectedExit;
use crate::matrix::Cell;
use crate::outcome::Outcome;
use crate::turns::Turn;

/// What a cell is to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It keeps a processor busy.
    Computes,
    /// It mostly waits for time to pass: for what is written late, or for a deadline that is known to come.
    Waits,
    /// It measures time, and has none.
    Alone,
}

impl Session<'_> {
    /// What a cell is to its neighbours.
    pub fn pace(&self, cell: &Cell) -> Pace {
        let case = cell.case;
        let hangs = |divergence: &&Divergence| divergence.instead.exit == ExpectedExit::Timeout;
        let waits = !case.steps.is_empty() || case.stdin_kind == StdinKind::Open;
        match case.alone {
            true => Pace::Alone,
            false if waits || self.divergences(cell).iter().any(hangs) => Pace::Waits,
            false => Pace::Computes,
        }
    }

    /// Waits until a cell may compute, which it may for as long as this is held; one that mostly waits may at once.
    pub fn turn(&self, cell: &Cell) -> Option<Turn<'_>> {
        (self.pace(cell) != Pace::Waits).then(|| self.turns.take())
    }

    /// Runs a cell's process when it is its turn, without neighbours if it measures time.
    pub(super) fn in_turn(&self, cell: &Cell, bench: &Bench) -> Result<Outcome> {
        let (mut beside, mut alone) = (None, None);
        match self.pace(cell) {
            Pace::Alone => {
                self.foundry.idle();
                alone = Some(self.neighbours.write().expect("no cell panics with the lock held"));
            }
            _ => beside = Some(self.neighbours.read().expect("no cell panics with the lock held")),
        }
        let _turn = self.turn(cell);
        let outcome = self.observe(cell, bench);
        drop((beside, alone));
        outcome
    }
}
