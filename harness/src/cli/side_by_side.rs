//! Many cells worked on side by side, and one after another those that must be alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use rayon::ThreadPool;
use rayon::prelude::*;
use wasip1_matrix::process;

use super::progress::Progress;

/// What is done with one: nothing if it was left out, else what came of it and what there is to tell.
pub type Done<R> = Result<Option<(R, Option<String>)>>;

/// Threads for so many cells that compute at once.
///
/// # Errors
/// If they cannot be started.
pub fn threads(jobs: usize) -> Result<ThreadPool> {
    // Twice as many as may compute: cells that wait must not keep a processor idle.
    rayon::ThreadPoolBuilder::new().num_threads(2 * jobs).build().context("cannot start threads")
}

/// What comes of each cell, in no order. An interruption ends the children and says how far it went: `interrupted`
/// puts it in words, from how many are done and how many there are.
///
/// # Errors
/// The first of what is done with them.
pub fn each<T: Sync, R: Send>(
    cells: &[T],
    jobs: usize,
    is_alone: impl Fn(&T) -> bool,
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
    let (alone, beside): (Vec<&T>, Vec<&T>) = cells.iter().partition(|cell| is_alone(cell));
    // Taken in order by whichever thread is free: a slow column must not keep a fast one waiting.
    let beside: Result<Vec<_>> = threads(jobs)?.install(|| beside.into_iter().par_bridge().map(counted).collect());
    let alone: Result<Vec<_>> = alone.into_iter().map(counted).collect();
    progress.finish();
    Ok(beside?.into_iter().chain(alone?).flatten().collect())
}
