//! `bench`: measures what the harness adds to the time of the bare runtimes.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use matrix_model::matrix::{Cell, Filter, cells};
use matrix_model::plural::counted;
use matrix_provision::provisioner::Provisioner;
use matrix_run::bare_run;
use matrix_run::cpu_slots::processors;
use matrix_run::schedule::{Schedule, ScheduleOptions};
use matrix_run::turns::Pace;
use matrix_run::workers;
use matrix_supervise::own_cpu;

use super::choice::choose;
use super::progress::notify;
use super::{Project, Selection};

/// The limit on the harness's own processor time for each cell.
const OWN_CPU: Duration = Duration::from_millis(5);

/// The limit on the ratio of the warm matrix's wall time to its processes' processor time, divided by the cores.
const WALL: f64 = 1.25;

#[derive(Args)]
pub struct Bench {
    #[command(flatten)]
    selection: Selection,
    /// Only these runtimes: an id, a column's name, or an executable by its path, as for `run`
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// Exit 1 if a limit is exceeded
    #[arg(long)]
    strict: bool,
}

impl Bench {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let _held = project.hold_records()?;
        let mut columns = self.selection.columns(project)?;
        let only = choose(project, &mut columns, &self.runtime)?;
        let all = cells(&columns, &project.suite.cases, &Filter { only, ..self.selection.filter() });
        let threads = processors();
        let needed = || all.iter().map(|cell| cell.column);
        let provisioner = Provisioner::new(&project.suite, project.places.clone(), columns, needed(), notify());
        provisioner.build_guests(needed())?;
        let schedule = Schedule::new(provisioner, ScheduleOptions { jobs: threads, ..ScheduleOptions::default() });
        let provisioner = schedule.provisioner();
        let mut run = Vec::new();
        for cell in all {
            if provisioner.skip_reason(cell.column, cell.case)?.is_none() {
                run.push(cell);
            }
        }
        if run.is_empty() {
            bail!("no cell that can be run matches these words; `wasip1-matrix list` lists the cells");
        }
        // Cells that must be alone are left out: they wait, and waiting is not what is measured here.
        run.retain(|cell| schedule.pace(cell) != Pace::Alone);
        eprintln!("warming up: {}", counted(run.len(), "cell"));
        for cell in &run {
            bare_run::warm_up(provisioner, cell)?;
        }
        let compiled = provisioner.compiled().fresh();
        let beside: Vec<_> = run.iter().collect();
        let pace = |cell: &Cell| schedule.pace(cell);

        eprintln!("running them in the harness");
        let (started, before) = (Instant::now(), own_cpu());
        let judged = workers::beside(beside.clone(), threads, pace, |cell| Ok(schedule.judge(cell)?));
        let (wall, own) = (started.elapsed(), own_cpu().saturating_sub(before));
        judged?;

        eprintln!("running the same commands bare");
        let bare: Duration =
            workers::beside(beside, threads, pace, |cell| Ok(bare_run::run(provisioner, cell)?.cpu))?.iter().sum();
        let ideal = bare / threads as u32;
        let (each, ratio) = (own / run.len() as u32, wall.as_secs_f64() / ideal.as_secs_f64());
        println!("cells                              {}", run.len());
        println!("guests compiled, warming up        {compiled}");
        println!("guests compiled, second time       {}", provisioner.compiled().fresh() - compiled);
        println!(
            "bare processes, processor time     {:.2} s, over {} {:.2} s",
            bare.as_secs_f64(),
            counted(threads, "core"),
            ideal.as_secs_f64()
        );
        println!("harness, wall time                 {:.2} s", wall.as_secs_f64());
        println!("ratio                              {ratio:.2} (at most {WALL})");
        println!(
            "harness's own processor time       {:.2} ms a cell (at most {})",
            each.as_secs_f64() * 1e3,
            OWN_CPU.as_millis()
        );
        let exceeded = ratio > WALL || each > OWN_CPU;
        Ok(if exceeded && self.strict { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}
