//! `bless`: writes divergences for red cells that somebody has looked into, and removes stale ones.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use matrix_load::bless::{Change, Edits, Statement};
use matrix_model::divergence::Fault;
use matrix_model::matrix::{Breadth, Column, cells, name};
use matrix_model::plural::counted;
use matrix_model::verdict::Verdict;
use matrix_store::folder_lock::wait_for;
use matrix_store::latest_records::{self, RecordedCell};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;
use similar::TextDiff;

use super::list;
use super::printing::styled;
use super::{Project, Selection};

/// How many cells are named one by one if none of them is red.
const NAMED: usize = 10;

#[derive(Args)]
pub struct Bless {
    #[command(flatten)]
    selection: Selection,
    /// Why the runtime deviates, in one true sentence that holds for all the cells [default: asked for on a terminal]
    #[arg(long, value_name = "SENTENCE")]
    reason: Option<String>,
    /// The upstream issue, https://…, or `unreported` [default: asked for on a terminal]
    #[arg(long)]
    url: Option<String>,
    /// What is at fault: runtime, go or spec
    #[arg(long, default_value = "runtime", value_parser = fault)]
    fault: Fault,
    /// The versions that the divergence holds for [default: exactly each cell's own]
    #[arg(long, value_name = "RANGE")]
    versions: Option<semver::VersionReq>,
    /// The modes that it holds in [default: each cell's own, if the runtime has several]
    #[arg(long, value_name = "MODE,…", value_delimiter = ',')]
    modes: Option<Vec<String>>,
    /// Record a race: the cells may also do as expected
    #[arg(long)]
    sometimes: bool,
    /// The guest does not get out, in the cases that ask whether it does
    #[arg(long)]
    stays_inside: bool,
    /// Change nothing; exit 1 if a cell of any column is red in the newest records
    #[arg(long, conflicts_with_all = ["reason", "url", "versions", "modes", "sometimes", "stays_inside", "dry_run"])]
    check: bool,
    /// Print what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

fn fault(word: &str) -> Result<Fault, String> {
    let word: StrDeserializer<serde::de::value::Error> = word.into_deserializer();
    Fault::deserialize(word).map_err(|error| error.to_string())
}

impl Bless {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        if outside(project).is_none() && !self.check {
            let instead = "clone it, or keep divergences of your own with --divergences DIR";
            project.needs_checkout("`bless` writes into runtimes/", instead)?;
        }
        let columns = self.selection.columns(project)?;
        let mut filter = self.selection.filter();
        if self.check {
            filter.breadth = Breadth::Recorded;
        }
        let meant = cells(&columns, &project.suite.cases, &filter);
        let runs = latest_records::latest(&columns, &meant, &project.places)?;
        let (red, settled): (Vec<&RecordedCell>, Vec<&RecordedCell>) =
            runs.iter().partition(|run| run.record.verdict.is_red());
        if self.check {
            list::tell_red(&red)?;
            return Ok(if red.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) });
        }
        let failed: Vec<_> = of(&red, |verdict| matches!(verdict, Verdict::Fail { .. }));
        let stale: Vec<_> = of(&red, |verdict| *verdict == Verdict::Stale);
        let broken: Vec<_> = of(&red, |verdict| matches!(verdict, Verdict::HarnessError { .. }));
        if failed.is_empty() && stale.is_empty() && broken.is_empty() {
            bail!("{}", nothing(&settled, &columns, &meant));
        }
        // Until the files are written, no other `bless` reads them.
        let _held = wait_for(&folder(project))?;
        let mut edits = Edits::new(&columns, &project.places, project.divergences.as_deref());
        for run in &broken {
            let reason = format!("{}: nothing is known about the runtime", run.record.verdict);
            edits.refused.push((run.record.cell.clone(), reason));
        }
        edits.forget(&stale)?;
        if !failed.is_empty() {
            edits.record(&failed, &self.statement()?)?;
        }
        tell(&edits.changes, project, self.dry_run)?;
        for (cell, reason) in &edits.refused {
            eprintln!("refused: {cell}: {reason}");
        }
        if !self.dry_run {
            edits.write()?;
            if let Err(rejected) = Project::load(project.sources()) {
                edits.restore()?;
                bail!("the new divergences do not load, so the files are restored:\n{rejected}");
            }
        }
        let written: BTreeSet<_> = edits.changes.iter().flat_map(|change| &change.cells).collect();
        println!("{} settled, {} refused", counted(written.len(), "cell"), edits.refused.len());
        Ok(if edits.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn statement(&self) -> Result<Statement> {
        let reason = asked("--reason", "why does the runtime deviate? One true sentence:", self.reason.as_deref())?;
        if reason.is_empty() || reason.contains('\n') {
            bail!("--reason {reason:?}: give one sentence on one line that says why the runtime deviates");
        }
        let url = asked("--url", "the upstream issue (https://…, or unreported):", self.url.as_deref())?;
        if url != "unreported" && !url.starts_with("https://") {
            bail!("--url {url}: give the upstream issue, https://…, or `unreported`");
        }
        Ok(Statement {
            fault: self.fault,
            reason,
            url,
            versions: self.versions.clone(),
            modes: self.modes.clone(),
            sometimes: self.sometimes,
            stays_inside: self.stays_inside,
        })
    }
}

/// The folder that the changed files are in. A suite of one's own may have no divergences yet.
fn folder(project: &Project) -> PathBuf {
    outside(project).map_or_else(|| project.places.root.join("runtimes"), Path::to_owned)
}

/// That folder, if it is not the project's.
fn outside(project: &Project) -> Option<&Path> {
    project.own_suite().or(project.divergences.as_deref()).or(project.runtimes.as_deref())
}

fn of<'r, 's>(runs: &[&'r RecordedCell<'s>], is: impl Fn(&Verdict) -> bool) -> Vec<&'r RecordedCell<'s>> {
    runs.iter().copied().filter(|run| is(&run.record.verdict)).collect()
}

/// Says why there is nothing to do: no such cell, none that was run, or none that is red.
fn nothing(settled: &[&RecordedCell], columns: &[Column], meant: &[matrix_model::matrix::Cell]) -> String {
    if meant.is_empty() {
        return "no cell has all of these words in its name; `wasip1-matrix list` lists them".to_owned();
    }
    if settled.is_empty() {
        let first = name(&columns[meant[0].column], meant[0].case);
        let others = if meant.len() > 1 { format!(" and {} more", meant.len() - 1) } else { String::new() };
        return format!("{first}{others}: not run here yet; run `wasip1-matrix run` first");
    }
    let mut text = "none of these cells is red:".to_owned();
    for run in settled.iter().take(NAMED) {
        text.push_str(&format!("\n  {}: {}", run.record.cell, run.record.verdict));
    }
    if settled.len() > NAMED {
        text.push_str(&format!("\n  and {} more", settled.len() - NAMED));
    }
    text
}

/// Gives an option's value, or asks for it on a terminal.
fn asked(option: &str, question: &str, given: Option<&str>) -> Result<String> {
    if let Some(given) = given {
        return Ok(given.trim().to_owned());
    }
    if !io::stdin().is_terminal() {
        bail!("{option} is missing, and there is no terminal to ask on");
    }
    eprint!("{question} ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).with_context(|| option.to_owned())?;
    Ok(answer.trim().to_owned())
}

/// Prints the cells of each change, and a diff of each file that existed before; with `all`, of new files, too.
fn tell(changes: &[Change], project: &Project, all: bool) -> Result<()> {
    let mut out = styled();
    for change in changes {
        let path = change.path.strip_prefix(&project.places.root).unwrap_or(&change.path).display();
        for cell in &change.cells {
            writeln!(out, "{cell} -> {path}")?;
        }
        if change.before.is_empty() && !all {
            continue;
        }
        let diff = TextDiff::from_lines(change.before.as_str(), change.after.as_str());
        for line in diff.iter_all_changes() {
            let style = list::style_of(line.tag());
            writeln!(out, "  {style}{}{}{style:#}", line.tag(), line.value().trim_end_matches('\n'))?;
        }
    }
    Ok(())
}
