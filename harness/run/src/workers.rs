//! Threads that work on many cells: some on those that compute, some on those that wait, and one after another on those
//! that must be alone.

use std::panic;
use std::thread;

use anyhow::{Context, Result};
use rayon::ThreadPool;
use rayon::prelude::*;

use crate::schedule::Pace;

/// Threads for so many cells that compute at once.
///
/// # Errors
/// If they cannot be started.
pub fn threads(jobs: usize) -> Result<ThreadPool> {
    // Twice as many as may compute: one is made ready, or recorded, while another runs.
    rayon::ThreadPoolBuilder::new().num_threads(2 * jobs).build().context("cannot start threads")
}

/// What comes of cells that may have neighbours, in no order.
///
/// # Errors
/// The first of what is done with them.
pub fn beside<T: Sync, R: Send>(
    cells: Vec<&T>,
    jobs: usize,
    pace: impl Fn(&T) -> Pace,
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    // Those that wait have threads of their own, and begin at once: where many stand side by side, as a topic's do under
    // a runtime that hangs there, nothing would compute, and one begun last would be waited for.
    let (waiting, computing): (Vec<&T>, Vec<&T>) = cells.into_iter().partition(|cell| pace(cell) == Pace::Waits);
    let (for_waiting, for_computing) = (threads(jobs)?, threads(jobs)?);
    // Taken in order by whichever thread is free: a slow column must not keep a fast one waiting.
    let all = |cells: Vec<&T>| cells.into_iter().par_bridge().map(&work).collect::<Result<Vec<R>>>();
    let (waited, computed) = thread::scope(|scope| {
        let waited = scope.spawn(|| for_waiting.install(|| all(waiting)));
        let computed = for_computing.install(|| all(computing));
        (waited.join(), computed)
    });
    let waited = waited.unwrap_or_else(|panicked| panic::resume_unwind(panicked));
    Ok(waited?.into_iter().chain(computed?).collect())
}

/// What comes of each cell, in no order; those that must be alone come last, and where nothing comes of one it was left
/// out. An interruption ends the children, and then this process.
///
/// # Errors
/// The first of what is done with them.
pub fn each<T: Sync, R: Send>(
    cells: &[T],
    jobs: usize,
    pace: impl Fn(&T) -> Pace,
    work: impl Fn(&T) -> Result<Option<R>> + Sync,
) -> Result<Vec<R>> {
    matrix_supervise::end_children_on_interrupt()?;
    let (alone, others): (Vec<&T>, Vec<&T>) = cells.iter().partition(|cell| pace(cell) == Pace::Alone);
    let others = beside(others, jobs, &pace, &work);
    let alone: Result<Vec<_>> = alone.into_iter().map(&work).collect();
    Ok(others?.into_iter().chain(alone?).flatten().collect())
}
