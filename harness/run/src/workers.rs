//! Runs many cells on threads. Cells that compute and cells that wait have separate threads; cells that must be alone
//! run one after another.

use std::panic;
use std::thread;

use anyhow::{Context, Result};
use rayon::ThreadPool;
use rayon::prelude::*;

use crate::turns::Pace;

/// Creates threads for these cells, if so many compute at once.
///
/// # Errors
/// If they cannot be started.
pub fn threads(jobs: usize, cells: usize) -> Result<ThreadPool> {
    // Twice as many as may compute: one cell is prepared or recorded while another runs. More threads than cells would
    // keep each other from starting.
    let threads = (2 * jobs).min(cells).max(1);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start threads")
}

/// Works on cells that may have neighbours, and returns the results in no particular order.
///
/// # Errors
/// The first error of `work`.
pub fn beside<T: Sync, R: Send>(
    cells: Vec<&T>,
    jobs: usize,
    pace: impl Fn(&T) -> Pace,
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    // Cells that wait have their own threads, and start at once. They often come in groups, such as a topic's cells
    // under a runtime that hangs on them. On shared threads, such a group would keep all others from computing, and a
    // waiting cell started last would delay the end.
    let (waiting, computing): (Vec<&T>, Vec<&T>) = cells.into_iter().partition(|cell| pace(cell) == Pace::Waits);
    let (for_waiting, for_computing) = (threads(jobs, waiting.len())?, threads(jobs, computing.len())?);
    // Whichever thread is free takes the next cell, so that a slow column does not delay a fast one.
    let all = |cells: Vec<&T>| cells.into_iter().par_bridge().map(&work).collect::<Result<Vec<R>>>();
    let (waited, computed) = thread::scope(|scope| {
        let waited = scope.spawn(|| for_waiting.install(|| all(waiting)));
        let computed = for_computing.install(|| all(computing));
        (waited.join(), computed)
    });
    let waited = waited.unwrap_or_else(|panicked| panic::resume_unwind(panicked));
    Ok(waited?.into_iter().chain(computed?).collect())
}

/// Works on each cell and returns the results in no particular order. Cells that must be alone come last. Cells for
/// which `work` returns `None` are left out. An interrupt ends the child processes, and then this process.
///
/// # Errors
/// The first error of `work`.
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
