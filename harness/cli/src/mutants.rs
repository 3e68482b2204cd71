//! `mutants`: breaks a host on purpose, and checks that a case notices each fault.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use fs_err::{self as fs, File};
use host_contract::report::Fault;
use matrix_model::matrix::{Cell, Filter, cells};
use matrix_model::plural::counted;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::version_probe;
use matrix_run::cpu_slots::processors;
use matrix_run::mutants::{Check, Manner, Soundness, examine, hunt};
use matrix_run::schedule::{Schedule, ScheduleOptions};
use matrix_run::workers::threads;
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;
use matrix_store::partition::Partition;
use rayon::prelude::*;

use super::progress::{Progress, notify};
use super::{Project, bounds};

#[derive(Args)]
pub struct Mutants {
    /// Words that a case's name must all contain [default: every case]
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// The runtime whose host is broken; the host must be able to simulate faults
    #[arg(long, value_name = "ID", default_value = "wasmi-embedded")]
    runtime: String,
    /// Only these faults
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    fault: Vec<String>,
    /// Only one part of several, so that each change tries some of them. A fault stays in its part: hash:2/3
    #[arg(long, value_name = "PART")]
    partition: Option<Partition>,
    /// List the faults, and run nothing
    #[arg(long)]
    faults: bool,
    /// Count all the cases that notice a fault, instead of stopping at the first
    #[arg(long)]
    all_catchers: bool,
    /// Count a cell as red if it has not ended after this time; its own deadline applies if it is earlier
    #[arg(long, value_name = "MS", default_value = "10000", value_parser = bounds::milliseconds())]
    deadline_ms: u64,
    /// How many cells compute at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    jobs: Option<usize>,
    /// Write everything that was found to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Mutants {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let Project { suite, places, .. } = project;
        let mut columns = discover::find(&suite.runtimes, &[], places);
        columns.retain(|column| column.runtime.id == self.runtime && column.primary);
        if columns.is_empty() {
            bail!("--runtime {}: no such runtime; `wasip1-matrix doctor` lists the runtimes", self.runtime);
        }
        let all = cells(&columns, &suite.cases, &Filter { words: self.words.clone(), ..Filter::default() });
        if all.is_empty() {
            bail!("no case has all of these words in its name: {}", self.words.join(" "));
        }
        let jobs = self.jobs.unwrap_or_else(processors);
        let provisioner = Provisioner::new(suite, places.clone(), columns, [0], notify());
        let faults = version_probe::faults(&provisioner.columns()[0], &provisioner.ready(0)?.installed)?;
        let faults = self.chosen(faults)?;
        if self.faults {
            faults.iter().for_each(|fault| println!("{:28} {}", fault.name, fault.what));
            return Ok(ExitCode::SUCCESS);
        }
        provisioner.build_guests([0])?;
        let schedule = Schedule::new(provisioner, ScheduleOptions { jobs, ..ScheduleOptions::default() });
        // One check at a time uses these sandboxes; a second one waits.
        let folder = places.state.join("mutants");
        let lock = File::create(folder.with_extension("lock"))?;
        lock.lock()?;
        let check = self.check(&schedule, all, &faults, jobs)?;
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        check.findings.iter().for_each(|finding| println!("{finding}"));
        for case in &check.suspects {
            println!("{case} passes under the unbroken host, but not under the control, which changes nothing");
        }
        let caught = check.findings.iter().filter(|finding| !finding.caught_by.is_empty()).count();
        let [faults, cells] = [counted(check.findings.len(), "fault"), counted(check.detectors, "cell")];
        println!("{caught} of {faults} noticed, by {cells}");
        let json = serde_json::to_vec_pretty(&check)?;
        if let Some(path) = &self.json {
            write_whole(path, &json)?;
        }
        // Do not replace a whole check by a part of one.
        if self.words.is_empty() && self.fault.is_empty() && self.partition.is_none() {
            write_whole(&last(places), &json)?;
        }
        Ok(if check.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn chosen(&self, mut faults: Vec<Fault>) -> Result<Vec<Fault>> {
        if let Some(unknown) = self.fault.iter().find(|name| !faults.iter().any(|fault| fault.name == **name)) {
            bail!("--fault {unknown}: no such fault; `wasip1-matrix mutants --faults` lists the faults");
        }
        faults.retain(|fault| self.fault.is_empty() || self.fault.contains(&fault.name));
        let taken = |(place, fault): &(usize, Fault)| self.partition.is_none_or(|part| part.takes(*place, &fault.name));
        Ok(faults.into_iter().enumerate().filter(taken).map(|(_, fault)| fault).collect())
    }

    fn check<'s>(&self, schedule: &Schedule, all: Vec<Cell<'s>>, faults: &[Fault], jobs: usize) -> Result<Check> {
        let manner = Manner { deadline: Duration::from_millis(self.deadline_ms), all_catchers: self.all_catchers };
        let provisioner = schedule.provisioner();
        let pool = threads(jobs, all.len().max(faults.len()))?;
        let progress = Progress::new(all.len() as u64, "cells under the unbroken host");
        let (alone, beside): (Vec<_>, Vec<_>) = all.into_iter().partition(|cell| cell.case.alone);
        let examine = |cell: &Cell<'s>| {
            let found = examine(schedule, cell, manner);
            progress.step(None);
            found
        };
        let mut examined: Vec<_> = pool.install(|| beside.par_iter().map(examine).collect());
        examined.extend(alone.iter().map(examine));
        progress.finish();
        let (mut detectors, mut suspects) = (Vec::new(), Vec::new());
        for soundness in examined {
            match soundness {
                Soundness::Sound(detector) => detectors.push(detector),
                Soundness::Suspect(case) => suspects.push(case),
                Soundness::NotCompiled(case) => {
                    eprintln!("{case}: its guest was not compiled for the unbroken host, so it can notice no fault");
                }
                Soundness::Unfit => {}
            }
        }
        // Try first the cases that noticed the fault last time.
        let last: Option<Check> =
            fs::read(last(provisioner.places())).ok().and_then(|json| serde_json::from_slice(&json).ok());
        let catchers = last.as_ref().map(Check::catchers).unwrap_or_default();
        let progress = Progress::new(faults.len() as u64, "faults");
        let hunt = |fault: &Fault| {
            let before = catchers.get(fault.name.as_str()).map_or(&[][..], Vec::as_slice);
            let finding = hunt(schedule, fault, &detectors, before, manner);
            let told = finding.caught_by.is_empty().then(|| finding.to_string());
            progress.step(told.as_deref());
            finding
        };
        let findings = pool.install(|| faults.par_iter().map(hunt).collect());
        progress.finish();
        Ok(Check {
            column: provisioner.columns()[0].to_string(),
            go: provisioner.gos(),
            detectors: detectors.len(),
            suspects,
            findings,
        })
    }
}

/// The file that keeps the last whole check, for the next one.
fn last(places: &Places) -> PathBuf {
    places.state.join("mutants.json")
}
