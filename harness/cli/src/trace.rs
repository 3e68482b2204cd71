//! `trace`.

mod cells;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use matrix_model::content::quoted;
use matrix_model::plural::counted;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_run::module_input::ModuleInput;
use matrix_run::traced_run::{TracedRun, TracedRuns};
use serde_json::json;
use wasip1_trace::line;

use super::choice::columns_of;
use super::inputs::{mapped_dirs, stdin, variable};
use super::progress::notify;
use super::{Project, bounds};

/// The runtime that a module is traced under if none is named.
const RUNTIME: &str = "wazero";

#[derive(Args)]
pub struct Trace {
    /// The module to trace
    #[arg(value_name = "APP.wasm", required_unless_present = "cells")]
    module: Option<PathBuf>,
    /// The runtimes to use: node, wazero@1.9.0, wazero+interpreter, all [default: wazero]
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// Give the module this folder under this name; it is the folder itself, not a copy
    #[arg(long, value_name = "HOST[::GUEST][:ro]")]
    dir: Vec<String>,
    /// Give the module this environment variable
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The file that the module reads as stdin, or - for the stdin of this command [default: empty]
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// Stop the module after this many seconds
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = bounds::seconds())]
    seconds: u64,
    /// How many calls to record one by one
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = bounds::calls())]
    calls: u32,
    /// Print the trace as JSON
    #[arg(long)]
    json: bool,
    /// Instead of a module, trace the cells whose names contain these words. Show the cells whose outcome the trace
    /// changes, and keep the counts of their calls, which the next report shows
    #[arg(long, value_name = "WORD", num_args = 1.., conflicts_with_all = ["module", "args", "runtime", "dir", "env", "stdin", "json"])]
    cells: Vec<String>,
    /// With --cells: take every installed version and mode, not only each runtime's default one
    #[arg(long, requires = "cells")]
    all: bool,
    /// With --cells: also trace cells that were traced already and that nothing has changed for since
    #[arg(long, requires = "cells")]
    again: bool,
    /// The module's own arguments
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
        let mut columns = discover::find(&project.suite.runtimes, &[], &project.places);
        let default = [RUNTIME.to_owned()];
        let named = if self.runtime.is_empty() { &default[..] } else { &self.runtime };
        let chosen = columns_of(project, &mut columns, named)?;
        let input = self.input()?;
        let places = &project.places;
        let provisioner = Provisioner::new(&project.suite, places.clone(), columns, chosen.iter().copied(), notify())
            .compile_into(TracedRuns::compiled(places));
        let traces = TracedRuns::new(&provisioner, self.calls);
        let mut seen = Vec::new();
        for index in chosen {
            let name = provisioner.columns()[index].to_string();
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

    fn input(&self) -> Result<ModuleInput> {
        Ok(ModuleInput {
            args: self.args.clone(),
            env: self.env.iter().map(|text| variable(text)).collect::<Result<_>>()?,
            dirs: mapped_dirs(&self.dir)?,
            stdin: self.stdin.as_deref().map(stdin).transpose()?,
            deadline: Some(Duration::from_secs(self.seconds)),
        })
    }
}

fn tell(name: &str, run: &TracedRun) {
    let TracedRun { outcome, trace, left } = run;
    println!("{name}: {}, {} recorded", outcome.exit, counted(trace.calls.len(), "call"));
    for call in &trace.calls {
        println!("  {}", line(call));
    }
    match trace.untold {
        Some(untold) => println!("  … and at least {untold} more; --calls records more"),
        None if trace.calls.is_empty() => println!("  it called no function of preview 1 that can be traced"),
        None => {}
    }
    if trace.broken > 0 {
        println!("  damaged: {} of the trace", counted(trace.broken, "part"));
    }
    if !left.is_empty() {
        println!("  not traced, because no function of preview 1 has such a type: {}", left.join(", "));
    }
    for (stream, bytes) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        println!("  {stream} {}", quoted(bytes));
    }
}
