//! `lint`.

mod accuracy;
mod patterns;
mod sarif;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use matrix_model::extract::Extract;
use matrix_model::prediction::needs::{self, Unmet};
use matrix_model::prediction::unstarted::{Unstarted, unstarted};
use matrix_model::prediction::{self, Prediction, Sureness};
use matrix_provision::app;
use matrix_provision::command_module::NoCommand;
use matrix_report::extract;
use matrix_store::atomic_write::write_whole;
use serde::Serialize;
use wasip1_trace::facts::Facts;

use super::Project;
use super::progress::show as notify;
use patterns::{Patterns, Refused};

const AFTER: &str = "\
Nothing is run. What is said rests on the committed results: each prediction names a cell that differs, for \
`wasip1-matrix show CELL` and for the pages. A prediction is about a function that the linker kept, so the program can \
call it; whether it does is not known.

  likely     at least half of the cells that tell of the function differ, and three or more
  possible   at least a tenth of them
  rare       fewer; shown with --rare

A guest that does not start tells of no function. Where guests do not start for want of an import, a program that imports \
it is said not to start. Where they do not start for another reason, only that is said.

It fails if a runtime that is spoken of was measured to lack an import, if an import breaks --allow or --deny, and if \
there is a prediction as probable as --fail-on says. Other predictions are warnings.

  wasip1-matrix lint app.wasm
  wasip1-matrix lint ./cmd/app --runtime wasmedge,wazero@ --fail-on likely
  wasip1-matrix lint app.wasm --deny 'sock_*' --sarif lint.sarif";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Lint {
    /// A module of any toolchain, or a Go package such as ./cmd/app, which is built for wasip1 first
    #[arg(value_name = "APP.wasm|PACKAGE", required_unless_present = "accuracy")]
    app: Option<String>,
    /// Speak of these columns of the committed results, by the same words as in `compare`: wazero, wazero@1.9.0, wazero@,
    /// wazero+interpreter, +interpreter, all [default: each runtime's default version and mode]
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// Allow only imports that match: fd_write, 'fd_*', or 'env.*' for another module than preview 1
    #[arg(long, value_name = "PATTERN,…", value_delimiter = ',')]
    allow: Vec<String>,
    /// Deny imports that match
    #[arg(long, value_name = "PATTERN,…", value_delimiter = ',')]
    deny: Vec<String>,
    /// Fail if there is a prediction that is at least so probable
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<Level>,
    /// Show rare predictions too
    #[arg(long)]
    rare: bool,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Write what was found to this file as SARIF 2.1.0, for code scanning
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Instead of a program, show how good the predictions are: each cell of the project's guests is predicted from the
    /// cells of all other cases, and ten programs of other people are predicted from all cells
    #[arg(long, conflicts_with_all = ["app", "allow", "deny", "fail_on", "rare", "json", "sarif"])]
    accuracy: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Level {
    Likely,
    Possible,
    Rare,
}

/// What is said of a program.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Linted<'a> {
    app: &'a str,
    facts: &'a Facts,
    /// How many functions are in it.
    functions: usize,
    /// The columns that are spoken of.
    columns: Vec<&'a str>,
    results: ResultsOf<'a>,
    refused: Vec<Refused>,
    unmet: Vec<Unmet>,
    unstarted: Vec<Unstarted>,
    predictions: Vec<Prediction>,
}

/// Which results predictions rest on.
#[derive(Serialize)]
struct ResultsOf<'a> {
    /// The Go versions that built the guests.
    go: &'a [String],
    /// The system that they ran on.
    platform: &'a str,
}

impl Lint {
    /// Whether it prints what stands in a module for people, and not JSON for a program.
    pub fn is_for_people(&self) -> bool {
        self.app.is_some() && !self.json
    }

    pub fn run(&self, project: impl Fn() -> Result<Project>) -> Result<ExitCode> {
        let extract = super::extract::committed()?;
        let columns = self.columns(&extract)?;
        let Some(app) = &self.app else {
            print!("{}", accuracy::markdown(&extract, &columns)?);
            return Ok(ExitCode::SUCCESS);
        };
        let patterns = Patterns::new(&self.allow, &self.deny)?;
        let facts = facts(app, project)?;
        let needs = extract::needs(&facts);
        let linted = Linted {
            app,
            facts: &facts,
            functions: facts.functions.len(),
            columns: columns.iter().map(|column| extract.columns[*column].column.as_str()).collect(),
            results: ResultsOf { go: &extract.go, platform: &extract.platform },
            refused: patterns.refused(&needs.imports),
            unmet: needs::unmet(&needs, &extract, &columns),
            unstarted: unstarted(&extract, &columns),
            predictions: prediction::predictions(&facts.functions, &extract, &columns),
        };
        if let Some(path) = &self.sarif {
            let document = serde_json::to_vec_pretty(&sarif::document(&linted))?;
            write_whole(path, &document).with_context(|| format!("--sarif {}", path.display()))?;
        }
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&linted)?),
            false => print!("{}", show::text(&linted, self.rare)),
        }
        Ok(ExitCode::from(u8::from(self.is_red(&linted))))
    }

    /// The places of the columns to speak of.
    fn columns(&self, extract: &Extract) -> Result<Vec<usize>> {
        let judged = |column: &usize| extract.is_judged(*column);
        if self.runtime.is_empty() {
            return Ok((0..extract.columns.len()).filter(|at| extract.columns[*at].primary).filter(judged).collect());
        }
        let mut chosen = Vec::new();
        for word in &self.runtime {
            let named = extract.named(word);
            if named.is_empty() {
                let known: Vec<_> = extract.columns.iter().map(|column| column.column.as_str()).collect();
                bail!("--runtime {word}: the committed results have no such column; there are {}", known.join(", "));
            }
            if !named.iter().any(judged) {
                bail!("--runtime {word}: the committed results judge no cell of it, so nothing can be said");
            }
            chosen.extend(named.into_iter().filter(judged));
        }
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }

    fn is_red(&self, linted: &Linted) -> bool {
        let least = self.fail_on.map(Sureness::from);
        let is_reached = |one: &Prediction| least.is_some_and(|least| one.sureness >= least);
        !linted.refused.is_empty()
            || linted.unmet.iter().any(Unmet::is_lacking)
            || linted.predictions.iter().any(is_reached)
    }
}

impl From<Level> for Sureness {
    fn from(level: Level) -> Sureness {
        match level {
            Level::Likely => Sureness::Likely,
            Level::Possible => Sureness::Possible,
            Level::Rare => Sureness::Rare,
        }
    }
}

/// Reads a module, or builds a package and reads what was built.
fn facts(named: &str, project: impl Fn() -> Result<Project>) -> Result<Facts> {
    let module = app::module(named, || Ok(project()?.places), &notify)?;
    Facts::of(&module).map_err(|what| anyhow!("{named} {}", NoCommand::NoModule(what)))
}
