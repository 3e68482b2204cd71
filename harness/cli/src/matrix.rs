//! A run of the matrix at a terminal: what `run` and `report` have in common.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use anyhow::Result;
use matrix_model::matrix::{Column, Filter};
use matrix_model::plural::counted;
use matrix_model::results::Results;
use matrix_model::text::{self, Replay};
use matrix_run::run_matrix::{MatrixRun, RunEvent, RunOptions, Selection};
use matrix_store::dirs::Places;
use matrix_store::folder_lock::FolderLock;

use super::Project;
use super::progress::{Progress, notify};

/// Runs every cell that the filter means and shows how it goes; with `tell` also each red cell as it comes. `held` is the
/// project's folder of records.
///
/// # Errors
/// As [`Selection::new`] and [`Selection::run`].
pub fn run(
    project: &Project,
    held: &FolderLock,
    columns: Vec<Column>,
    filter: &Filter,
    options: RunOptions,
    tell: bool,
) -> Result<Results> {
    let places = &project.places;
    let selection = Selection::new(&project.suite, places, columns, filter, options)?;
    if let Some((part, of)) = selection.empty_part() {
        println!(
            "{part}: none of {} is in this part; its records are empty, and `merge` takes them",
            counted(of, "cell")
        );
    }
    let progress = OnceLock::new();
    let observe = |event: RunEvent| match event {
        RunEvent::Began { cells } => {
            let begun = progress.get_or_init(|| Progress::new(cells as u64, "cells"));
            begun.on_interrupt(|done, of| {
                format!("recorded: {done} of {}; --resume runs the other {}", counted(of, "cell"), of - done)
            });
        }
        RunEvent::Judged { cell, record } => {
            let Some(progress) = progress.get() else { return };
            let is_told = tell && record.verdict.is_red();
            let told = is_told.then(|| {
                let sandbox = places.sandbox(&record.cell);
                let Places { state, store, root, .. } = places;
                text::cell(
                    record,
                    cell.case,
                    &Replay { sandbox: &sandbox, state, store, root, suite: project.own_suite() },
                )
            });
            progress.step(told.as_deref());
        }
        RunEvent::Ended => progress.get().into_iter().for_each(Progress::finish),
    };
    let run = selection.run(held, notify(), &observe)?;
    tell_counts(&run);
    Ok(run.results)
}

/// How many cells came out how.
fn tell_counts(run: &MatrixRun) {
    let told = |tally: BTreeMap<&str, usize>| {
        let parts: Vec<_> = tally.iter().map(|(word, count)| format!("{count} {word}")).collect();
        format!("{}: {}", counted(tally.values().sum::<usize>(), "cell"), parts.join(", "))
    };
    let MatrixRun { results, compiled, red, not_begun, had_ended } = run;
    if *had_ended {
        println!("this run had come to its end, and nothing was left to run; it came to this:");
    }
    let (of_runtimes, of_reference) = (results.tally(), results.tally_of_reference());
    if results.records.is_empty() && *not_begun == 0 {
        return;
    }
    if !of_runtimes.is_empty() || of_reference.is_empty() {
        println!("{}; {} compiled", told(of_runtimes), counted(*compiled, "guest"));
        let reused = results.records.iter().filter(|record| record.reused).count();
        if reused > 0 {
            println!("{reused} of them were not run: nothing they rest on has changed since their records were made");
        }
    }
    if !of_reference.is_empty() {
        println!("the reference, {}", told(of_reference));
    }
    if *not_begun > 0 {
        println!("not run after {red} red: {}; --resume runs the rest", counted(*not_begun, "cell"));
    }
}
