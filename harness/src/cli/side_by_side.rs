//! Many cells worked on side by side, and one after another those that must be alone.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};
use rayon::ThreadPool;
use rayon::prelude::*;
use wasip1_matrix::process;
use wasip1_matrix::session::Pace;

use super::progress::Progress;

/// What is done with one: nothing if it was left out, else what came of it and what there is to tell.
pub type Done<R> = Result<Option<(R, Option<String>)>>;

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

/// What comes of each cell, in no order; those that must be alone come last. An interruption ends the children and says
/// how far it went: `interrupted` puts it in words, from how many are done and how many there are.
///
/// # Errors
/// The first of what is done with them.
pub fn each<T: Sync, R: Send>(
    cells: &[T],
    jobs: usize,
    pace: impl Fn(&T) -> Pace,
    interrupted: impl Fn(usize, usize) -> String + Send + 'static,
    work: impl Fn(&T) -> Done<R> + Sync,
) -> Result<Vec<R>> {
    let progress = Progress::new(cells.len() as u64, "cells");
    let (of, done) = (cells.len(), Arc::new(AtomicUsize::new(0)));
    let so_far = Arc::clone(&done);
    process::end_children_on_interrupt()?;
    process::on_interrupt(move || interrupted(so_far.load(Ordering::Relaxed), of));
    let counted = |cell: &T| -> Result<Option<R>> {
        let Some((came, told)) = work(cell)? else { return Ok(None) };
        progress.step(told.as_deref());
        done.fetch_add(1, Ordering::Relaxed);
        Ok(Some(came))
    };
    let (alone, others): (Vec<&T>, Vec<&T>) = cells.iter().partition(|cell| pace(cell) == Pace::Alone);
    let others = beside(others, jobs, &pace, counted);
    let alone: Result<Vec<_>> = alone.into_iter().map(counted).collect();
    progress.finish();
    Ok(others?.into_iter().chain(alone?).flatten().collect())
}
