//! `explain`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use wasip1_matrix::column;
use wasip1_matrix::explain::{Explanation, Side, explain};
use wasip1_matrix::matrix::{Cell, Column, Place, name};
use wasip1_matrix::probe;
use wasip1_matrix::record::Record;
use wasip1_matrix::red;
use wasip1_matrix::session::Session;
use wasip1_matrix::trace::{Traces, repro};
use wasip1_matrix::verdict::Verdict;

use super::Project;
use super::judging::cores;
use super::trace::one;

/// The runtimes that a cell is compared with where no record says which one passes.
const REFERENCES: [&str; 2] = ["wazero", "node"];

/// How wide each of the two traces is shown.
const WIDTH: usize = 72;

#[derive(Args)]
pub struct Explain {
    /// The cell's name, with its version or without: wasmedge/preopen/root
    cell: String,
    /// The column to compare with [default: a runtime whose newest record of the case passes, or wazero, or node]
    #[arg(long, value_name = "COLUMN")]
    reference: Option<String>,
    /// How many calls of each run are told of one by one
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    calls: u32,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Write a module to this file, as text, that makes just the call that matters and says its errno
    #[arg(long, value_name = "FILE.wat")]
    wat: Option<PathBuf>,
}

impl Explain {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let columns = column::find(&project.suite.runtimes, &[], &project.places);
        let cell = super::cell::named(&columns, &project.suite.cases, &self.cell)?;
        if let Some(why) = probe::exempt(&columns[cell.column]) {
            bail!("{}: {why}", self.cell);
        }
        let reference = self.reference(project, &columns, &cell)?;
        let other = Cell { column: reference, case: cell.case };
        let session = Session::start(&project.suite, project.places.clone(), columns, &[cell, other], cores())
            .compile_into(Traces::compiled(&project.places));
        session.build_guests(&[cell, other])?;
        for cell in [&cell, &other] {
            if let Some(verdict) = session.foregone(cell) {
                bail!("{} is not run: {verdict}; --reference names another column", session.name(cell));
            }
        }
        let traces = Traces::new(&session, self.calls);
        let run = |cell: &Cell| traces.cell(cell.column, cell.case).with_context(|| session.name(cell));
        let (own, with) = (run(&cell)?, run(&other)?);
        let names = [cell.column, reference].map(|index| session.columns[index].to_string());
        let explanation = explain(Side { name: &names[0], seen: &own }, Side { name: &names[1], seen: &with });
        let judged = |cell: &Cell, outcome| red::judgement(&session.columns[cell.column], cell.case, outcome);
        let judgements = [judged(&cell, &own.outcome), judged(&other, &with.outcome)];
        if judgements.iter().any(|judgement| judgement.withheld) {
            bail!("{}: {}", session.name(&cell), wasip1_matrix::record::WITHHELD);
        }
        if let Some(path) = &self.wat {
            let told = explanation.at.ok_or_else(|| "no single call is to blame".to_owned());
            let text = told.and_then(|index| repro(&own.trace.calls, index));
            let text = text.map_err(|why| anyhow!("--wat: {why}"))?;
            fs::write(path, text).with_context(|| path.display().to_string())?;
        }
        let [verdict, with] = judgements.map(|judgement| judgement.verdict);
        match self.json {
            true => {
                let told = json!({
                    "cell": session.name(&cell),
                    "verdict": verdict,
                    "reference": names[1],
                    "reference-verdict": with,
                    "explanation": explanation,
                });
                println!("{}", serde_json::to_string_pretty(&told)?);
            }
            false => tell(&session.name(&cell), &verdict, &names, &with, &explanation),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn reference(&self, project: &Project, columns: &[Column], cell: &Cell) -> Result<usize> {
        if let Some(named) = &self.reference {
            return Ok(one(columns, named)?[0]);
        }
        let may = |index: &usize| {
            let column = &columns[*index];
            let is_here = matches!(column.place, Place::At(..) | Place::ToInstall(_));
            column.primary && is_here && *index != cell.column && !column.runtime.is_reference()
        };
        let able = |index: &usize| cell.case.needs().is_disjoint(&columns[*index].mode.lacks);
        let passes = |index: &usize| {
            let record = Record::read(&project.places.records, &name(&columns[*index], cell.case));
            record.is_ok_and(|record| record.verdict == Verdict::Pass)
        };
        let candidates: Vec<_> = (0..columns.len()).filter(|index| may(index) && able(index)).collect();
        let usual =
            REFERENCES.iter().flat_map(|id| candidates.iter().filter(move |index| columns[**index].runtime.id == *id));
        let in_order: Vec<_> = usual.chain(&candidates).copied().collect();
        let found = in_order.iter().find(|index| passes(index)).or(in_order.first());
        found.copied().with_context(|| format!("{}: no other column can run it; --reference names one", self.cell))
    }
}

fn tell(cell: &str, verdict: &Verdict, names: &[String; 2], with: &Verdict, explanation: &Explanation) {
    println!("{cell}: {verdict}");
    println!("beside {}: {with}\n", names[1]);
    if *verdict == Verdict::Pass {
        println!("It did as the case expects this time; this is only in what it was otherwise.\n");
    }
    println!("{}\n", explanation.sentence);
    println!("  {:<WIDTH$} | {}", names[0], names[1]);
    for (left, right) in &explanation.excerpt {
        let mark = match (left, right) {
            (Some(left), Some(right)) if left == right => ' ',
            (Some(_), Some(_)) => '≠',
            (Some(_), None) => '<',
            _ => '>',
        };
        let (left, right) = (cut(left.as_deref().unwrap_or("")), cut(right.as_deref().unwrap_or("")));
        println!("{mark} {left:<WIDTH$} | {right}");
    }
}

/// A line no wider than the column that it stands in: the call's beginning and the answer.
fn cut(line: &str) -> String {
    let length = line.chars().count();
    if length <= WIDTH {
        return line.to_owned();
    }
    let end = line.rfind(") = ").map_or(0, |at| line[at..].chars().count()).min(WIDTH / 2);
    let head: String = line.chars().take(WIDTH - 1 - end).collect();
    let tail: String = line.chars().skip(length - end).collect();
    format!("{head}…{tail}")
}
