//! `trace`.

mod cells;
mod ended;
mod shown;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use fs_err as fs;
use matrix_provision::command_module;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_run::traced_run::{TracedRun, TracedRuns};
use serde_json::json;
use wasip1_trace::line;

use super::choice::{WORDS, columns_of};
use super::inputs::ProgramInputs;
use super::progress::notify;
use super::{Project, bounds, printing};
use ended::not_by_itself;
use shown::Showing;

/// The runtime that a module is traced under if none is named.
const RUNTIME: &str = "wazero";

const AFTER: &str = "\
The exit code is 0 if the module ended by itself under each runtime, with whatever code of its own. It is 1 if the module \
trapped, did not start, or had to be stopped. The module gets the folders themselves, and not copies.

  wasip1-matrix trace app.wasm -- one \"two words\"
  wasip1-matrix trace app.wasm --runtime node --dir ./config::/etc/app --env HOME=/home/me
  wasip1-matrix trace app.wasm --only-errors
  echo hello | wasip1-matrix trace app.wasm --stdin - --summary";

#[derive(Args)]
#[command(after_help = format!("{AFTER}\n\n{WORDS}"))]
pub struct Trace {
    /// The module to trace
    #[arg(value_name = "APP.wasm", required_unless_present = "cells")]
    module: Option<PathBuf>,
    /// The runtimes to use: node, wazero@1.9.0, wazero+interpreter, all [default: wazero]
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    #[command(flatten)]
    inputs: ProgramInputs,
    /// How many calls to record one by one
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = bounds::calls_shown())]
    calls: u32,
    #[command(flatten)]
    showing: Showing,
    /// Print the trace as JSON
    #[arg(long)]
    json: bool,
    /// Instead of a module, trace the cells whose names contain these words. Show the cells whose outcome the trace
    /// changes, and keep the counts of their calls, which the next report shows
    #[arg(
        long,
        value_name = "WORD",
        num_args = 1..,
        conflicts_with_all = ["module", "args", "runtime", "dir", "env", "stdin", "timeout", "json", "only_errors", "summary", "whole"]
    )]
    cells: Vec<String>,
    /// With --cells: take every installed version and mode, not only each runtime's default one
    #[arg(long, requires = "cells")]
    all: bool,
    /// With --cells: also trace cells that were traced already and that nothing has changed for since
    #[arg(long, requires = "cells")]
    again: bool,
}

impl Trace {
    /// Whether it prints for people, and not for a program.
    pub fn is_for_people(&self) -> bool {
        !self.json
    }

    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        match &self.module {
            Some(module) => self.module(project, module),
            None => self.compare(project),
        }
    }

    fn module(&self, project: &Project, module: &Path) -> Result<ExitCode> {
        let bytes = fs::read(module)?;
        command_module::check(&bytes).map_err(|what| anyhow!("{} {what}", module.display()))?;
        let mut columns = discover::find(&project.suite.runtimes, &[], &project.places);
        let default = [RUNTIME.to_owned()];
        let named = if self.runtime.is_empty() { &default[..] } else { &self.runtime };
        let chosen = columns_of(project, &mut columns, named)?;
        let input = self.inputs.read()?;
        let places = &project.places;
        let provisioner = Provisioner::new(&project.suite, places.clone(), columns, chosen.iter().copied(), notify())
            .compile_into(TracedRuns::compiled(places));
        let traces = TracedRuns::new(&provisioner, self.calls);
        let (mut seen, mut all_ended) = (Vec::new(), true);
        for index in chosen {
            let name = provisioner.columns()[index].to_string();
            let run = traces.module(index, module, &input).with_context(|| name.clone())?;
            let stopped = not_by_itself(&name, &run);
            all_ended &= stopped.is_none();
            match self.json {
                true => seen.push(in_json(&name, &run, stopped)),
                false => {
                    println!("{}", self.showing.text(&name, &run));
                    stopped.iter().for_each(|stopped| println!("  {stopped}"));
                }
            }
            if !printing::is_read() {
                break;
            }
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&seen)?);
        }
        Ok(ExitCode::from(u8::from(!all_ended)))
    }
}

/// A run as JSON; `stopped` says how it ended if the module did not end by itself.
fn in_json(name: &str, run: &TracedRun, stopped: Option<String>) -> serde_json::Value {
    json!({
        "column": name,
        "exit": run.outcome.exit,
        "stopped": stopped,
        "stdout": String::from_utf8_lossy(&run.outcome.stdout),
        "stderr": String::from_utf8_lossy(&run.outcome.stderr),
        "told": run.trace.calls.iter().map(line).collect::<Vec<_>>(),
        "trace": run.trace,
    })
}
