//! `explain`.

mod all;
mod alone;
mod issue;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use matrix_model::case::Tier;
use matrix_model::explanation::Pattern;
use matrix_model::judge;
use matrix_model::matrix::{self, Column};
use matrix_model::outcome::Outcome;
use matrix_model::verdict::Verdict;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::toolchain::releases;
use matrix_run::comparison::{self, Comparison};
use matrix_run::explain::{Explanation, Side, are_alike, cut, explain, explain_end};
use matrix_run::explain_all::NOTHING_TO_COMPARE;
use matrix_run::probe;
use matrix_run::traced_run::{TracedRun, TracedRuns};
use matrix_store::atomic_write::write_whole;
use serde_json::json;
use wasip1_trace::repro;

use super::Project;
use super::bounds;
use super::choice::columns_of;
use super::progress::notify;
use alone::Alone;
use issue::Material;

/// What to do if there is nothing to compare with.
const HOW_TO_COMPARE: &str = "install another runtime (`wasip1-matrix install`), or look at the two traces of any two with \
                              `wasip1-matrix trace`";

/// The width of each of the two traces, in characters.
const WIDTH: usize = 72;

#[derive(Args)]
pub struct Explain {
    /// The cell's name, with or without its version: wasmedge/preopen/root. With --all, words that a cell's name must
    /// all contain
    #[arg(value_name = "CELL", required_unless_present = "all")]
    cell: Vec<String>,
    /// Explain every cell of the newest records that deviates, and keep the explanations beside the records, where
    /// `report` finds them
    #[arg(long, conflicts_with_all = ["reference", "json", "wat", "issue"])]
    all: bool,
    /// With --all: also explain cells that have an explanation already
    #[arg(long, requires = "all")]
    again: bool,
    /// With --all: how many cells compute at once [default: the number of processors]
    #[arg(long, value_name = "N", requires = "all", value_parser = bounds::jobs())]
    jobs: Option<usize>,
    /// The Go releases that built the guests, if the cells were run with --go
    #[arg(long, value_name = "RELEASE,…", value_delimiter = ',')]
    go: Vec<String>,
    /// The column to compare with [default: the first installed runtime that does what the case expects]. It is run now,
    /// and nothing is concluded from one that does not do what the case expects
    #[arg(long, value_name = "COLUMN")]
    reference: Option<String>,
    /// How many calls of each run to record one by one
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = bounds::calls())]
    calls: u32,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
    /// Print an issue for the runtime's tracker instead, as Markdown: what is expected and observed, in which versions,
    /// and how to reproduce it with and without Go
    #[arg(long, conflicts_with = "json")]
    issue: bool,
    /// Write a module in text form to this file that makes only the call that matters and prints its errno
    #[arg(long, value_name = "FILE.wat")]
    wat: Option<PathBuf>,
}

impl Explain {
    /// Whether it prints for people, and neither for a program nor for an issue.
    pub fn is_for_people(&self) -> bool {
        !self.json && !self.issue
    }

    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        match &self.cell[..] {
            _ if self.all => self.all(project),
            [cell] => self.one(project, cell),
            _ => bail!("explain takes the name of one cell, or --all and words that select cells"),
        }
    }

    fn one(&self, project: &Project, wanted: &str) -> Result<ExitCode> {
        let gos = releases(&self.go, &project.places.root)?;
        let mut columns = project.columns(&gos, &project.suite.surroundings_in(&self.cell))?;
        let cell = super::cell::named(&columns, &project.suite.cases, wanted)?;
        if let Some(why) = probe::exempt(&columns[cell.column]) {
            bail!("{wanted}: {why}");
        }
        let observes = cell.case.tier == Tier::Observe;
        if observes && self.reference.is_none() {
            bail!(
                "{wanted}: the case is of tier observe, so no runtime does right or wrong there; name one to compare with \
                 by --reference"
            );
        }
        let candidates = match &self.reference {
            Some(named) => {
                vec![columns_of(project, &mut columns, std::slice::from_ref(named)).context("--reference")?[0]]
            }
            None => comparison::candidates(&columns, &cell, &project.places.records),
        };
        let needed: Vec<_> = candidates.iter().copied().chain([cell.column]).collect();
        let provisioner =
            Provisioner::new(&project.suite, project.places.clone(), columns, needed.iter().copied(), notify());
        let provisioner = provisioner.compile_into(TracedRuns::compiled(&project.places));
        provisioner.build_guests(needed)?;
        let columns = provisioner.columns();
        let name = matrix::name(&columns[cell.column], cell.case);
        let traces = TracedRuns::new(&provisioner, self.calls);
        let run = |column: usize| -> Result<Arc<TracedRun>> {
            if let Some(reason) = provisioner.skip_reason(column, cell.case)? {
                bail!("{}", Verdict::from(reason));
            }
            Ok(Arc::new(traces.cell(column, cell.case)?))
        };
        let own = run(cell.column).with_context(|| name.clone())?;
        let judgement = judge::judgement(&columns[cell.column], cell.case, &own.outcome);
        if judgement.withheld {
            bail!("{name}: {}", matrix_model::record::WITHHELD);
        }
        let ask = |column: usize| run(column).map_err(|error| format!("{error:#}"));
        let comparison = match observes {
            // Nobody is right, and the two are shown side by side.
            true => Comparison { right: Some((candidates[0], run(candidates[0])?)), ..Comparison::default() },
            false => comparison::compare(columns, cell.case, &candidates, ask),
        };
        let column_name = columns[cell.column].to_string();
        let own_side = Side { name: &column_name, seen: &own };
        let other_name = comparison.right.as_ref().map(|(column, _)| columns[*column].to_string());
        let explanation = match (&comparison.right, &other_name) {
            (Some((_, with)), Some(name)) => Some(explain(own_side, Side { name, seen: with })),
            _ => explain_end(own_side, cell.case),
        };
        let call = explanation.as_ref().and_then(|explanation| explanation.at);
        let text = call.ok_or_else(|| "no single call explains the difference".to_owned());
        let text = text.and_then(|index| repro(&own.trace.calls, index));
        let right = comparison.right.as_ref().map(|(column, _)| *column);
        if let Some(path) = &self.wat {
            let text = text.clone().map_err(|why| anyhow!("--wat: {why}"))?;
            write_whole(path, text.as_bytes())?;
            let alone = Alone { provisioner: &provisioner, traces: &traces, case: cell.case, text: &text, path };
            alone.tell(&own.outcome, cell.column, right)?;
        }
        if self.issue {
            let (provisioner, traces, cell) = (&provisioner, &traces, &cell);
            let explanation = explanation.as_ref();
            let material = Material { project, provisioner, traces, cell, right, explanation, text };
            print!("{}", material.issue()?);
            return Ok(ExitCode::SUCCESS);
        }
        let told = Told {
            cell: &name,
            verdict: &judgement.verdict,
            columns: [&column_name, other_name.as_deref().unwrap_or("")],
            explanation: explanation.as_ref(),
            not_right: not_right(columns, &comparison, &own.outcome),
            observes,
        };
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&told.json())?),
            false => told.print(),
        }
        Ok(ExitCode::from(u8::from(told.explanation.is_none())))
    }
}

/// The result of explaining a cell.
struct Told<'t> {
    cell: &'t str,
    verdict: &'t Verdict,
    /// The cell's own column, and the one that it is compared with, which is empty if there is none.
    columns: [&'t str; 2],
    explanation: Option<&'t Explanation>,
    /// The columns that were asked and are no measure, each with the reason.
    not_right: Vec<(String, String)>,
    /// Whether the case judges nothing.
    observes: bool,
}

impl Told<'_> {
    fn is_compared(&self) -> bool {
        !self.columns[1].is_empty()
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "cell": self.cell,
            "verdict": self.verdict,
            "reference": self.is_compared().then_some(self.columns[1]),
            "not-right": self.not_right.iter().map(|(column, why)| json!({ "column": column, "why": why })).collect::<Vec<_>>(),
            "explanation": self.explanation,
        })
    }

    fn print(&self) {
        println!("{}: {}", self.cell, self.verdict);
        if self.observes {
            println!("The case judges nothing: neither column is right or wrong.");
        }
        if !self.is_compared() {
            for (column, why) in &self.not_right {
                println!("not compared with {column}: {why}");
            }
            println!("\nNothing is concluded from a comparison: {NOTHING_TO_COMPARE}; {HOW_TO_COMPARE}.");
            if let Some(explanation) = self.explanation {
                println!("\nThe cell's own run shows how it ended. {}", explanation.sentence);
            }
            return;
        }
        println!("compared with {}\n", self.columns[1]);
        let Some(explanation) = self.explanation else { return };
        if self.verdict.is_as_expected() && explanation.pattern != Pattern::NoCall {
            println!("This time it did as the case expects; the difference below is only in how it did so.\n");
        }
        println!("{}\n", explanation.sentence);
        println!("  {:<WIDTH$} | {}", self.columns[0], self.columns[1]);
        for (left, right) in &explanation.excerpt {
            let mark = match (left, right) {
                (Some(left), Some(right)) if left == right => ' ',
                (Some(_), Some(_)) => '≠',
                (Some(_), None) => '<',
                _ => '>',
            };
            let (left, right) = (cut(left.as_deref().unwrap_or(""), WIDTH), cut(right.as_deref().unwrap_or(""), WIDTH));
            println!("{mark} {left:<WIDTH$} | {right}");
        }
    }
}

/// The columns that were asked and are no measure, each with the reason. One that fails in the very same way is told
/// apart from one that fails in another.
fn not_right(columns: &[Column], comparison: &Comparison, own: &Outcome) -> Vec<(String, String)> {
    let wrong = comparison.wrong.iter().map(|(column, verdict, seen)| match are_alike(own, &seen.outcome) {
        true => (*column, format!("{verdict}, and nothing differs: the guest ended, wrote and left the same as here")),
        false => (*column, verdict.to_string()),
    });
    let failed = comparison.failed.iter().map(|(column, why)| (*column, format!("it cannot be run: {why}")));
    wrong.chain(failed).map(|(column, why)| (columns[column].to_string(), why)).collect()
}
