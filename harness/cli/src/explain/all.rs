//! `explain --all`: explains every cell of the newest records that deviates.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Result, bail};
use matrix_model::explanation::{Explained, explainable};
use matrix_model::matrix::{Breadth, Filter, cells};
use matrix_model::plural::counted;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::toolchain::releases;
use matrix_run::cpu_slots::processors;
use matrix_run::explain_all::{Made, Maker};
use matrix_run::probe;
use matrix_run::schedule::{Schedule, ScheduleOptions};
use matrix_run::traced_run::TracedRuns;
use matrix_run::workers;
use matrix_store::latest_records::{self, RecordedCell};
use matrix_store::sidecar;

use super::super::Project;
use super::super::progress::{Progress, notify};
use super::Explain;

impl Explain {
    /// Explains the selected cells, except those that have an explanation already.
    pub fn all(&self, project: &Project) -> Result<ExitCode> {
        let places = &project.places;
        let gos = releases(&self.go, &places.root)?;
        let columns = discover::find(&project.suite.runtimes, &gos, places);
        let filter = Filter { words: self.cell.clone(), breadth: Breadth::Recorded, ..Filter::default() };
        let recorded = latest_records::latest(&columns, &cells(&columns, &project.suite.cases, &filter), places)?;
        if recorded.is_empty() {
            bail!(
                "no cell that was run here has all of these words in its name: {}; `wasip1-matrix run` runs them",
                self.cell.join(" ")
            );
        }
        let (count, mut wanted) = (recorded.len(), recorded);
        wanted.retain(|run| explainable(&run.record).is_some());
        let (folder, all) = (sidecar::folder::<Explained>(places), wanted.len());
        let mut left = Vec::new();
        for run in wanted {
            if self.again || sidecar::read_of::<Explained>(&folder, &run.record)?.is_none() {
                left.push(run);
            }
        }
        let told = match self.again {
            true => "all of these are explained again".to_owned(),
            false => format!("{} of these have an explanation already", all - left.len()),
        };
        println!("run here: {}, of which {all} deviate; {told}", counted(count, "cell"));
        // Cells of one case follow each other, so that what they share is kept only as long as it is needed.
        left.sort_by_key(|run| (&run.cell.case.id, run.cell.column));
        let to_run = |run: &&RecordedCell| probe::exempt(&columns[run.cell.column]).is_none();
        let needed: BTreeSet<_> = left.iter().filter(to_run).map(|run| run.cell.column).collect();
        let jobs = self.jobs.unwrap_or_else(processors);
        let provisioner = Provisioner::new(&project.suite, places.clone(), columns, needed.iter().copied(), notify())
            .compile_into(TracedRuns::compiled(places));
        provisioner.build_guests(needed)?;
        let schedule = Schedule::new(provisioner, ScheduleOptions { jobs, ..ScheduleOptions::default() });
        self.make(&schedule, &left, jobs)
    }

    fn make<'s>(&self, schedule: &Schedule<'s>, left: &[RecordedCell<'s>], jobs: usize) -> Result<ExitCode> {
        let maker = Maker::new(schedule, self.calls, left);
        let progress = Progress::new(left.len() as u64, "cells");
        progress.on_interrupt(|done, of| {
            format!("explained: {done} of {}; run the same command again for the rest", counted(of, "cell"))
        });
        let make = |run: &RecordedCell<'s>| -> Result<Option<Made>> {
            let made = maker.make(run)?;
            let told = match &made {
                Made::Not(why) => Some(format!("{}: not explained: {why}", run.record.cell)),
                Made::New(_) => None,
            };
            progress.step(told.as_deref());
            Ok(Some(made))
        };
        let made = workers::each(left, jobs, |run| schedule.pace(&run.cell), make);
        progress.finish();
        Ok(tell(&made?, &sidecar::folder::<Explained>(schedule.provisioner().places()).display().to_string()))
    }
}

fn tell(made: &[Made], folder: &str) -> ExitCode {
    let new: Vec<_> = made.iter().filter_map(|made| if let Made::New(new) = made { Some(new) } else { None }).collect();
    let not = made.iter().filter(|made| matches!(made, Made::Not(_))).count();
    let mut functions: BTreeMap<&str, usize> = BTreeMap::new();
    for function in new.iter().filter_map(|explained| explained.function.as_deref()) {
        *functions.entry(function).or_default() += 1;
    }
    let named = functions.values().sum::<usize>();
    let mut functions: Vec<_> = functions.into_iter().collect();
    functions.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let functions: Vec<_> = functions.iter().map(|(function, count)| format!("{function} {count}")).collect();
    println!("{} explained, in {folder}: {named} by one function, {} without one", new.len(), new.len() - named);
    if !functions.is_empty() {
        println!("  {}", functions.join(", "));
    }
    if not > 0 {
        println!("{not} not explained, for the reasons above");
        return ExitCode::from(1);
    }
    ExitCode::SUCCESS
}
