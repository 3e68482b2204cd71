//! `bisect`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use matrix_model::case::{Case, Tier};
use matrix_model::judge;
use matrix_model::matrix::Cell;
use matrix_model::record::Record;
use matrix_model::runtime::Runtime;
use matrix_model::verdict::Behaviour;
use matrix_provision::discover;
use matrix_provision::install;
use matrix_provision::lock::Lock;
use matrix_provision::provisioner::Provisioner;
use matrix_run::bisect::{self, Found, in_words};
use matrix_run::schedule::{Schedule, ScheduleOptions};
use semver::Version;

use super::Project;
use super::choice::known;
use super::progress::{notify, show};

#[derive(Args)]
pub struct Bisect {
    /// The runtime, by id: wazero
    #[arg(value_name = "RUNTIME")]
    runtime: String,
    /// The case, by id: dir/read/renamed-while-open
    #[arg(long, value_name = "ID")]
    case: String,
    /// A version in which the case passes, older or newer than the bad one
    #[arg(long, value_name = "VERSION")]
    good: Version,
    /// A version in which it does not
    #[arg(long, value_name = "VERSION")]
    bad: Version,
    /// The mode [default: the runtime's default mode]
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
}

impl Bisect {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let suite = &project.suite;
        let runtime = known(&suite.runtimes, &self.runtime)?;
        let Some(case) = suite.cases.iter().find(|case| case.id == self.case) else {
            bail!("there is no case `{}`; `wasip1-matrix list` lists the cells", self.case);
        };
        if case.tier == Tier::Observe {
            bail!("{} is of tier observe and judges nothing: no version can be good or bad", case.id);
        }
        matrix_supervise::end_children_on_interrupt()?;
        let lock = Lock::read(&Lock::path_beside(&runtime.folder))?;
        let versions = install::versions(runtime, &project.places, &show)?;
        let ask = |version: &Version| {
            let found = self.judge(project, runtime, case, version, &lock);
            // A version that does not start is neither good nor bad; the search goes on with its neighbours.
            let (found, told) = found.unwrap_or_else(|error| (Found::Neither, format!("{error:#}")));
            println!("{}@{version} {}: {told}", runtime.id, in_words(found));
            Ok(found)
        };
        let border = bisect::search(&versions, &self.good, &self.bad, ask)?;
        println!("\n{}: {} {} and {} does not", case.id, border.good, in_words(Found::Good), border.bad);
        if !border.between.is_empty() {
            let between: Vec<_> = border.between.iter().map(ToString::to_string).collect();
            println!("between them, these could not be judged: {}", between.join(", "));
        }
        let mode = self.mode.as_ref().map_or_else(String::new, |mode| format!("+{mode}"));
        println!("wasip1-matrix show {}@{}{mode}/{}", runtime.id, border.bad, case.id);
        Ok(ExitCode::SUCCESS)
    }

    /// Installs a version, as `install` does, and runs the case under it.
    fn judge(
        &self,
        project: &Project,
        runtime: &Runtime,
        case: &Case,
        version: &Version,
        lock: &Lock,
    ) -> Result<(Found, String)> {
        let said = |what: &str| eprintln!("{}@{version}: {what}", runtime.id);
        install::install(runtime, version, &project.places, Some(lock), false, &said, &show)?;
        let mut columns = discover::find(std::slice::from_ref(runtime), &[], &project.places);
        columns.retain(|column| column.version == *version && column.mode.name == self.mode);
        if columns.is_empty() {
            bail!("this version has no mode {}", self.mode.as_deref().unwrap_or("default"));
        }
        let provisioner = Provisioner::new(&project.suite, project.places.clone(), columns, [0], notify());
        provisioner.build_guests([0])?;
        let schedule = Schedule::new(provisioner, ScheduleOptions::default());
        let record = schedule.judge(&Cell { column: 0, case }).context("its record")?;
        Ok((found(&record), format!("{} {}", record.verdict, judge::in_one_line(&record)).trim_end().to_owned()))
    }
}

fn found(record: &Record) -> Found {
    match record.verdict.kind().behaviour {
        Behaviour::AsExpected => Found::Good,
        Behaviour::NotAsExpected => Found::Bad,
        Behaviour::Varies | Behaviour::NotJudged | Behaviour::Unknown => Found::Neither,
    }
}
