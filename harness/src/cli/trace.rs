//! `trace`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use wasip1_matrix::column;
use wasip1_matrix::expectation::quoted;
use wasip1_matrix::matrix::{Breadth, Cell, Column, Filter, cells};
use wasip1_matrix::probe;
use wasip1_matrix::session::Session;
use wasip1_matrix::trace::{Difference, Input, Traces, Witnessed, difference, line};

use super::Project;
use super::judging::cores;
use super::progress::Progress;

/// The runtime that a module is traced under where none is named.
const RUNTIME: &str = "wazero";

#[derive(Args)]
pub struct Trace {
    /// The module
    #[arg(value_name = "APP.wasm", required_unless_present = "cells")]
    module: Option<PathBuf>,
    /// Under which runtimes: by id, or by column: node, wazero@1.9.0, wazero@1.12.0+interpreter [default: wazero]
    #[arg(long, value_name = "COLUMN")]
    runtime: Vec<String>,
    /// Give the module this folder under this name; it gets the folder itself, no copy
    #[arg(long, value_name = "HOST::GUEST")]
    dir: Vec<String>,
    /// Give it this variable
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// What it reads from stdin [default: nothing]
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// Stop it after so many seconds
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// How many calls are told of one by one
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    calls: u32,
    /// Print what was seen as JSON
    #[arg(long)]
    json: bool,
    /// Run the cells with these words in their names traced and untraced, and tell which differ
    #[arg(long, value_name = "WORD", num_args = 1.., conflicts_with_all = ["module", "args", "runtime", "dir", "env", "stdin", "json"])]
    cells: Vec<String>,
    /// With --cells: every version and mode that is installed, not only each runtime's default one
    #[arg(long, requires = "cells")]
    all: bool,
    /// Arguments of the module's own
    #[arg(value_name = "ARG", last = true)]
    args: Vec<String>,
}

impl Trace {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        match &self.module {
            Some(module) => self.module(project, module),
            None => self.compare(project),
        }
    }

    fn module(&self, project: &Project, module: &Path) -> Result<ExitCode> {
        let columns = column::find(&project.suite.runtimes, &[], &project.places);
        let default = [RUNTIME.to_owned()];
        let mut chosen = Vec::new();
        for name in if self.runtime.is_empty() { &default[..] } else { &self.runtime } {
            chosen.extend(one(&columns, name)?);
        }
        let input = self.input()?;
        let nothing = probe::nothing();
        let wanted = probe::cells(&chosen, &nothing);
        let session = Session::start(&project.suite, project.places.clone(), columns, &wanted, cores())
            .compile_into(Traces::compiled(&project.places));
        let traces = Traces::new(&session, self.calls);
        let mut seen = Vec::new();
        for index in chosen {
            let name = session.columns[index].to_string();
            let witnessed = traces.module(index, module, &input).with_context(|| name.clone())?;
            match self.json {
                true => seen.push(json!({
                    "column": name,
                    "exit": witnessed.outcome.exit,
                    "stdout": String::from_utf8_lossy(&witnessed.outcome.stdout),
                    "stderr": String::from_utf8_lossy(&witnessed.outcome.stderr),
                    "told": witnessed.trace.calls.iter().map(line).collect::<Vec<_>>(),
                    "trace": witnessed.trace,
                })),
                false => tell(&name, &witnessed),
            }
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&seen)?);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn input(&self) -> Result<Input> {
        let dirs = self.dir.iter().map(|dir| {
            let (host, guest) = dir.split_once("::").unwrap_or((dir, dir));
            (PathBuf::from(host), guest.to_owned())
        });
        let env = self.env.iter().map(|variable| {
            let (name, value) = variable.split_once('=').ok_or_else(|| anyhow!("--env {variable}: not NAME=VALUE"))?;
            Ok((name.to_owned(), value.to_owned()))
        });
        let stdin = match &self.stdin {
            Some(path) => Some(fs::read(path).with_context(|| format!("--stdin {}", path.display()))?),
            None => None,
        };
        Ok(Input {
            args: self.args.clone(),
            env: env.collect::<Result<_>>()?,
            dirs: dirs.collect(),
            stdin,
            deadline: Some(Duration::from_secs(self.seconds)),
        })
    }

    /// Every cell traced and untraced.
    fn compare(&self, project: &Project) -> Result<ExitCode> {
        let breadth = if self.all { Breadth::All } else { Breadth::Primary };
        let filter = Filter { words: self.cells.clone(), breadth, ..Filter::default() };
        let columns = column::find(&project.suite.runtimes, &[], &project.places);
        let mut all = cells(&columns, &project.suite.cases, &filter);
        all.retain(|cell| probe::exempt(&columns[cell.column]).is_none());
        let session = Session::start(&project.suite, project.places.clone(), columns, &all, cores())
            .compile_into(Traces::compiled(&project.places));
        session.build_guests(&all)?;
        all.retain(|cell| session.foregone(cell).is_none());
        if all.is_empty() {
            bail!("no cell that can be run has all of these words in its name: {}", self.cells.join(" "));
        }
        let traces = Traces::new(&session, self.calls);
        let progress = Progress::new(all.len() as u64, "cells");
        let (mut same, mut varying, mut own, mut different) = (0, 0, 0, 0);
        for cell in &all {
            let told = match compared(&traces, cell) {
                Ok(None) => {
                    same += 1;
                    None
                }
                Ok(Some(Difference::Varies)) => {
                    varying += 1;
                    None
                }
                Ok(Some(Difference::OwnFile)) => {
                    own += 1;
                    None
                }
                Ok(Some(Difference::Traced(how))) => Some(how),
                Err(error) => Some(format!("{error:#}")),
            };
            let told = told.map(|how| format!("{}: {how}\n", session.name(cell)));
            different += usize::from(told.is_some());
            progress.step(told.as_deref());
        }
        progress.finish();
        println!(
            "{} cells: {same} with the same outcome traced and untraced, {varying} that differ from one untraced run \
             to the next, {different} otherwise",
            all.len()
        );
        if own > 0 {
            println!("{own} more tell the size of the module's own file, which they can read: a traced one is longer");
        }
        Ok(if different > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn compared(traces: &Traces, cell: &Cell) -> Result<Option<Difference>> {
    let untraced = traces.cell_untraced(cell.column, cell.case)?;
    let traced = traces.cell(cell.column, cell.case)?;
    let Some(how) = difference(cell.case, &untraced, &traced.outcome) else { return Ok(None) };
    // What no two runs have in common is not the trace's.
    let again = traces.cell_untraced(cell.column, cell.case)?;
    Ok(Some(match difference(cell.case, &untraced, &again) {
        Some(_) => Difference::Varies,
        None if traces.tells_its_own_size(cell.column, cell.case, &untraced, &traced.outcome)? => Difference::OwnFile,
        None => Difference::Traced(how),
    }))
}

/// The columns that a name means, of which there must be one that can run a module.
pub fn one(columns: &[Column], name: &str) -> Result<Vec<usize>> {
    let named = probe::named(columns, name, false);
    if named.is_empty() {
        bail!("--runtime {name}: no such column; `wasip1-matrix doctor` lists the runtimes, their versions and modes");
    }
    for index in &named {
        if let Some(why) = probe::exempt(&columns[*index]) {
            bail!("--runtime {name}: {why}");
        }
    }
    Ok(named)
}

fn tell(name: &str, witnessed: &Witnessed) {
    let Witnessed { outcome, trace, left } = witnessed;
    println!("{name}: {}, {} calls told of", outcome.exit, trace.calls.len());
    for call in &trace.calls {
        println!("  {}", line(call));
    }
    match trace.untold {
        Some(untold) => println!("  … and at least {untold} more; --calls tells of more one by one"),
        None if trace.calls.is_empty() => println!("  it called no function of preview 1 that is told of"),
        None => {}
    }
    if trace.broken > 0 {
        println!("  {} pieces of the trace did not arrive whole", trace.broken);
    }
    if !left.is_empty() {
        println!("  not told of, because no function of preview 1 has such a type: {}", left.join(", "));
    }
    for (stream, bytes) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        println!("  {stream} {}", quoted(bytes));
    }
}
