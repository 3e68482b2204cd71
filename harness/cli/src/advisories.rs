//! `advisories`: whether the cases would have caught what published advisories are about.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use matrix_load::advisories::advisories;
use matrix_model::advisory::{Advisory, Answered, Caught, FORM, Seen, SeenAdvisory, SeenColumn, Shown};
use matrix_model::case::Case;
use matrix_model::judge;
use matrix_model::matrix::Column;
use matrix_model::names::ColumnName;
use matrix_model::plural::counted;
use matrix_model::record::Record;
use matrix_model::results::day::Day;
use matrix_model::verdict::Behaviour;
use matrix_provision::lock::Lock;
use matrix_provision::{discover, origin};
use matrix_store::atomic_write::write_whole;
use matrix_store::clock;
use matrix_store::scratch::{self, Scratch};

use super::Project;
use super::choice::known;
use super::printing::styled;
use super::trial::Trial;

const AFTER: &str = "\
Each advisory of runtimes/advisories.toml names a case, columns in which it is red because their version is affected, and \
columns in which it is green. A version that is not installed is installed for the run and removed afterwards.

  wasip1-matrix advisories                        all of them
  wasip1-matrix advisories RUSTSEC-2026-0269      one
  wasip1-matrix advisories --json reports/advisories.json    and keep what was seen, for the page

One that is not seen as the file says is red.";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Advisories {
    /// Only the advisories with these ids
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Write what was seen to this file
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    json: Option<PathBuf>,
}

impl Advisories {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        ensure!(!project.suite.is_own(), "the advisories are about the project's own cases; leave out --suite");
        let all = advisories(&project.places.root, &project.suite)?;
        for id in &self.ids {
            ensure!(all.iter().any(|known| known.published.id == *id), "there is no advisory `{id}`");
        }
        let is_meant = |advisory: &&Advisory| self.ids.is_empty() || self.ids.contains(&advisory.published.id);
        matrix_supervise::end_children_on_interrupt()?;
        let scratch = Scratch::open(&project.places)?;
        let folder = scratch.folder().to_owned();
        matrix_supervise::on_interrupt(move || drop(scratch::remove(&folder)));
        let trial = Trial { project, scratch };
        let mut seen = Vec::new();
        for advisory in all.iter().filter(is_meant) {
            let one = see(&trial, advisory)?;
            tell(&one)?;
            seen.push(one);
        }
        tell_counts(&seen);
        let is_red = seen.iter().any(|advisory| advisory.caught() == Caught::No);
        if let Some(path) = &self.json {
            let run = Seen { form: FORM, day: Day::of(clock::now()), platform: origin::platform(), advisories: seen };
            let text = serde_json::to_string_pretty(&run)? + "\n";
            write_whole(path, text.as_bytes()).with_context(|| path.display().to_string())?;
        }
        Ok(if is_red { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

/// Runs an advisory's case in its columns.
fn see(trial: &Trial, advisory: &Advisory) -> Result<SeenAdvisory> {
    let published = advisory.published.clone();
    let (id, red, green) = match &advisory.shown {
        Shown::Not(why) => {
            return Ok(SeenAdvisory { published, unseen: Some(why.clone()), case: None, columns: Vec::new() });
        }
        Shown::By { case, red, green } => (case, red, green),
    };
    let case =
        trial.project.suite.cases.iter().find(|case| case.id == *id).context("the case was there a moment ago")?;
    let declared = red.iter().map(|column| (column, Answered::Red));
    let declared = declared.chain(green.iter().map(|column| (column, Answered::Green)));
    let columns = declared.map(|(column, declared)| {
        let (seen, told) = match record_of(trial, column, case) {
            Ok(record) => (answered(&record), judge::public_line(&record)),
            Err(error) => (Answered::NotSeen, format!("{error:#}")),
        };
        SeenColumn { column: column.to_string(), declared, seen, told }
    });
    Ok(SeenAdvisory { published, unseen: None, case: Some(id.clone()), columns: columns.collect() })
}

/// Runs a case in a column.
fn record_of(trial: &Trial, name: &ColumnName, case: &Case) -> Result<Record> {
    let project = trial.project;
    let case = project.suite.cases.iter().find(|known| known.id == case.id).context("the case")?;
    let runtime = known(&project.suite.runtimes, &name.runtime)?;
    let lock = Lock::read(&Lock::path_beside(&runtime.folder))?;
    let (column, places) = trial.release(runtime, &name.version, name.mode.as_deref(), &lock)?;
    let columns = match &name.surrounding {
        None => vec![column],
        Some(surrounding) => within(project, column, surrounding)?,
    };
    let record = trial.judge(columns, places, case)?;
    if answered(&record) == Answered::NotSeen {
        bail!("{}", record.verdict);
    }
    Ok(record)
}

/// The column in a surrounding, and after it the reference's.
fn within<'p>(project: &'p Project, column: Column<'p>, surrounding: &str) -> Result<Vec<Column<'p>>> {
    let references = discover::find(&project.suite.runtimes, &[], &project.places);
    let references = references.into_iter().filter(|other| other.runtime.is_reference());
    let columns: Vec<_> = [column].into_iter().chain(references).collect();
    let asked = [surrounding.to_owned()];
    let mut all = project.surroundings()?.columns(&columns, &asked, &project.places)?;
    all.retain(|column| column.surrounding() == Some(surrounding));
    Ok(all)
}

fn answered(record: &Record) -> Answered {
    match record.verdict.kind().behaviour {
        Behaviour::AsExpected => Answered::Green,
        Behaviour::NotAsExpected => Answered::Red,
        Behaviour::Varies | Behaviour::NotJudged | Behaviour::Unknown => Answered::NotSeen,
    }
}

fn tell(seen: &SeenAdvisory) -> Result<()> {
    let (word, colour) = match seen.caught() {
        Caught::Yes => ("caught", AnsiColor::Green.on_default()),
        Caught::No => ("not as declared", AnsiColor::Red.on_default()),
        Caught::CannotBeSeen => ("cannot be seen", Style::new()),
    };
    let mut out = styled();
    writeln!(out, "{}  {colour}{word}{colour:#}  {}", seen.published.id, seen.published.about)?;
    if let Some(why) = &seen.unseen {
        writeln!(out, "    {why}")?;
    }
    if let Some(case) = &seen.case {
        writeln!(out, "    {case}")?;
    }
    let width = seen.columns.iter().map(|column| column.column.len()).max().unwrap_or(0);
    for SeenColumn { column, declared, seen, told } in &seen.columns {
        let instead = if seen == declared { String::new() } else { format!(", and not {}", declared.word()) };
        writeln!(out, "{}", format!("    {column:<width$}  {}{instead}  {told}", seen.word()).trim_end())?;
    }
    Ok(())
}

fn tell_counts(seen: &[SeenAdvisory]) {
    let count = |caught: Caught| seen.iter().filter(|advisory| advisory.caught() == caught).count();
    let (yes, no, not) = (count(Caught::Yes), count(Caught::No), count(Caught::CannotBeSeen));
    let all = counted(seen.len(), "advisory");
    println!("\n{all}: {yes} caught, {no} not as declared, {not} cannot be seen");
}
