//! `trace --cells`: runs cells traced, and counts what their guests called. Each traced outcome is compared with the
//! cell's record, or with a new untraced run, to find out whether the trace changes it.

use std::process::ExitCode;

use anyhow::{Result, bail};
use matrix_model::call_counts::{Called, Likeness};
use matrix_model::judge;
use matrix_model::matrix::{self, Breadth, Cell, Column, Filter};
use matrix_model::outcome::Outcome;
use matrix_model::plural::counted;
use matrix_model::verdict::Verdict;
use matrix_provision::discover;
use matrix_provision::provisioner::{Provision, Provisioner};
use matrix_run::cpu_slots::processors;
use matrix_run::probe;
use matrix_run::schedule::{Schedule, ScheduleOptions};
use matrix_run::traced_run::{Difference, TracedRuns, differ_in_figures_alone, difference};
use matrix_run::workers;
use matrix_store::records;
use matrix_store::sidecar;

use super::super::Project;
use super::super::progress::{Progress, notify};
use super::Trace;

/// The result of one cell.
enum Compared {
    /// It was counted before, and nothing that it depends on has changed.
    Counted(Likeness),
    /// It was run traced now.
    Now(Likeness),
    /// The trace changed its outcome, or it could not be run; in words.
    Otherwise(String),
}

impl Trace {
    /// Traces every selected cell, except those that are counted already.
    pub(super) fn compare(&self, project: &Project) -> Result<ExitCode> {
        let places = &project.places;
        let breadth = if self.all { Breadth::All } else { Breadth::Primary };
        let filter = Filter { words: self.cells.clone(), breadth, ..Filter::default() };
        let columns = discover::find(&project.suite.runtimes, &[], places);
        let mut all = matrix::cells(&columns, &project.suite.cases, &filter);
        all.retain(|cell| probe::exempt(&columns[cell.column]).is_none());
        let needed = || all.iter().map(|cell| cell.column);
        let provisioner = Provisioner::new(&project.suite, places.clone(), columns, needed(), notify())
            .compile_into(TracedRuns::compiled(places));
        provisioner.build_guests(needed())?;
        let schedule = Schedule::new(provisioner, ScheduleOptions::default());
        let provisioner = schedule.provisioner();
        let mut cells = Vec::new();
        for cell in all {
            if provisioner.skip_reason(cell.column, cell.case)?.is_none() {
                cells.push(cell);
            }
        }
        if cells.is_empty() {
            bail!("no cell that can be run has all of these words in its name: {}", self.cells.join(" "));
        }
        let traces = TracedRuns::new(provisioner, self.calls);
        let progress = Progress::new(cells.len() as u64, "cells");
        progress.on_interrupt(|done, of| {
            format!("traced: {done} of {}; run the same command again for the rest", counted(of, "cell"))
        });
        let compare = |cell: &Cell| -> Result<Option<Compared>> {
            let compared =
                self.cell(&schedule, &traces, cell).unwrap_or_else(|error| Compared::Otherwise(format!("{error:#}")));
            let told = match &compared {
                Compared::Otherwise(how) => Some(format!("{}: {how}\n", schedule.name(cell))),
                _ => None,
            };
            progress.step(told.as_deref());
            Ok(Some(compared))
        };
        let compared = workers::each(&cells, processors(), |cell| schedule.pace(cell), compare);
        progress.finish();
        Ok(tell(compared?.into_iter()))
    }

    fn cell(&self, schedule: &Schedule, traces: &TracedRuns, cell: &Cell) -> Result<Compared> {
        let provisioner = schedule.provisioner();
        let key = match provisioner.provision(cell.column, cell.case, None)? {
            Provision::Ready(provisioned) => provisioned.key,
            Provision::Skip { reason, .. } => bail!("it is not run: {}", Verdict::from(reason)),
        };
        let name = schedule.name(cell);
        let folder = sidecar::folder::<Called>(provisioner.places());
        if !self.again
            && let Some(called) = sidecar::read::<Called>(&folder, &name)?
            && called.key == key
            && called.traced != Likeness::Other
        {
            return Ok(Compared::Counted(called.traced));
        }
        let _slot = schedule.wait_for_slot(cell);
        let traced = traces.cell(cell.column, cell.case)?;
        let recorded = records::read(&provisioner.places().records, &name).ok();
        let recorded = recorded.filter(|record| record.key.as_ref() == Some(&key));
        let recorded = recorded.and_then(|record| record.outcome?.outcome());
        // A record names the machine's folders by placeholders, so a record that differs proves nothing.
        let is_same = recorded.is_some_and(|recorded| difference(cell.case, &recorded, &traced.outcome).is_none());
        let column = schedule.column(cell);
        let difference = if is_same { None } else { compared(traces, column, cell, &traced.outcome)? };
        let likeness = match &difference {
            None => Likeness::Same,
            Some(Difference::Varies) => Likeness::Varies,
            Some(Difference::OwnFile) => Likeness::OwnFile,
            Some(Difference::Figures) => Likeness::Figures,
            Some(Difference::Moves) => Likeness::Moves,
            Some(Difference::Traced(_)) => Likeness::Other,
        };
        if !judge::judgement(column, cell.case, &traced.outcome).withheld {
            sidecar::write(&folder, &Called::of(name, key, likeness, &traced.trace))?;
        }
        Ok(match difference {
            Some(Difference::Traced(how)) => Compared::Otherwise(how),
            _ => Compared::Now(likeness),
        })
    }
}

/// Compares a traced outcome with that of a new untraced run.
fn compared(traces: &TracedRuns, column: &Column, cell: &Cell, traced: &Outcome) -> Result<Option<Difference>> {
    let untraced = traces.cell_untraced(cell.column, cell.case)?;
    let Some(how) = difference(cell.case, &untraced, traced) else { return Ok(None) };
    // A recorded race may end one way in one run, and the other way in the next.
    let is_race = judge::spoken_of(column, &cell.case.id).iter().any(|divergence| divergence.sometimes);
    let is_known =
        |outcome: &Outcome| matches!(judge::judgement(column, cell.case, outcome).verdict, Verdict::Known { .. });
    if is_race && is_known(&untraced) && is_known(traced) {
        return Ok(Some(Difference::Varies));
    }
    // If two untraced runs differ, the trace is not the reason.
    let again = traces.cell_untraced(cell.column, cell.case)?;
    Ok(Some(match difference(cell.case, &untraced, &again) {
        Some(_) => Difference::Varies,
        None if traces.tells_of_its_own_file(cell.column, cell.case, &untraced, traced)? => Difference::OwnFile,
        None if differ_in_figures_alone(cell.case, &untraced, traced) => Difference::Figures,
        None if traces.moves(cell.column, cell.case, &untraced)? => Difference::Moves,
        None => Difference::Traced(how),
    }))
}

fn tell(all: impl Iterator<Item = Compared>) -> ExitCode {
    let (mut earlier, mut different) = (0, 0);
    let mut likenesses = Vec::new();
    for compared in all {
        match compared {
            Compared::Counted(likeness) => {
                earlier += 1;
                likenesses.push(likeness);
            }
            Compared::Now(likeness) => likenesses.push(likeness),
            Compared::Otherwise(_) => different += 1,
        }
    }
    let cells = likenesses.len() + different;
    let count = |of: Likeness| likenesses.iter().filter(|likeness| **likeness == of).count();
    let (own, figures, moved) = (count(Likeness::OwnFile), count(Likeness::Figures), count(Likeness::Moves));
    println!(
        "{}: {} with the same outcome traced and untraced, {} that differ between two untraced runs, \
         {different} that the trace changes or that could not be run",
        counted(cells, "cell"),
        count(Likeness::Same),
        count(Likeness::Varies)
    );
    if own > 0 {
        println!("{own} more print the size or the path of the module's own file, and a traced module is another file");
    }
    if figures > 0 {
        println!("{figures} more differ only in a measured value or a time, and are judged the same");
    }
    if moved > 0 {
        println!("{moved} more also change untraced if their guest makes one more host call");
    }
    if earlier > 0 {
        println!(
            "{earlier} of them were not run, because nothing they depend on has changed since then; --again runs them"
        );
    }
    if different > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS }
}
