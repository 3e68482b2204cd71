//! Decides when a cell may run: how many cells compute at once, and that a cell which measures time has no neighbours.

use std::sync::RwLock;

use crate::cpu_slots::{CpuSlot, CpuSlots};
use matrix_model::case::Case;
use matrix_model::connection::StdinKind;
use matrix_model::divergence::Divergence;
use matrix_model::expectation::ExpectedExit;
use matrix_model::judge::spoken_of;
use matrix_model::matrix::Column;

/// How a cell shares the machine with its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It keeps a processor busy.
    Computes,
    /// It mostly waits for time to pass: for input that is written late, or for a deadline that is known to pass.
    Waits,
    /// It measures time, and must have no neighbours.
    Alone,
}

impl Pace {
    /// The pace of a case in a column.
    pub fn of(column: &Column, case: &Case) -> Pace {
        let hangs = |divergence: &&Divergence| divergence.instead.exit == ExpectedExit::Timeout;
        let waits = !case.steps.is_empty() || case.stdin_kind == StdinKind::Open;
        match case.alone {
            true => Pace::Alone,
            false if waits || spoken_of(column, &case.id).iter().any(hangs) => Pace::Waits,
            false => Pace::Computes,
        }
    }
}

/// The turns of cells that run side by side.
pub(crate) struct Turns {
    slots: CpuSlots,
    /// A cell that measures time locks it exclusively.
    neighbours: RwLock<()>,
}

impl Turns {
    /// Lets this many cells compute at once.
    pub(crate) fn new(jobs: usize) -> Turns {
        Turns { slots: CpuSlots::new(jobs), neighbours: RwLock::default() }
    }

    /// Does a cell's work when it is its turn. A cell that measures time has no neighbours meanwhile.
    pub(crate) fn take<R>(&self, pace: Pace, work: impl FnOnce() -> R) -> R {
        let (mut beside, mut alone) = (None, None);
        match pace {
            Pace::Alone => alone = Some(self.neighbours.write().expect("no cell panics with the lock held")),
            _ => beside = Some(self.neighbours.read().expect("no cell panics with the lock held")),
        }
        let slot = self.slot(pace);
        let done = work();
        drop((slot, beside, alone));
        done
    }

    /// Waits until a cell may compute, which it may while the slot is held. A cell that mostly waits needs no slot.
    pub(crate) fn slot(&self, pace: Pace) -> Option<CpuSlot<'_>> {
        (pace != Pace::Waits).then(|| self.slots.take())
    }
}
