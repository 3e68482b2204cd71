//! `explain`.

mod all;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use fs_err as fs;
use matrix_model::judge;
use matrix_model::matrix::{self, Cell, Column};
use matrix_model::outcome::{Exit, Outcome};
use matrix_model::verdict::Verdict;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::toolchain::releases;
use matrix_run::explain::{Explanation, Side, cut, explain};
use matrix_run::explain_all;
use matrix_run::probe;
use matrix_run::traced_run::TracedRuns;
use serde_json::json;
use wasip1_trace::repro;

use super::Project;
use super::progress::notify;
use super::trace::one;

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
    #[arg(long, conflicts_with_all = ["reference", "json", "wat"])]
    all: bool,
    /// With --all: also explain cells that have an explanation already
    #[arg(long, requires = "all")]
    again: bool,
    /// With --all: how many cells compute at once [default: the number of processors]
    #[arg(long, value_name = "N", requires = "all")]
    jobs: Option<usize>,
    /// The Go releases that built the guests, if the cells were run with --go
    #[arg(long, value_name = "RELEASE,…", value_delimiter = ',')]
    go: Vec<String>,
    /// The column to compare with [default: a runtime whose newest record of the case passes, else wazero, else node]
    #[arg(long, value_name = "COLUMN")]
    reference: Option<String>,
    /// How many calls of each run to record one by one
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    calls: u32,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
    /// Write a module in text form to this file that makes only the call that matters and prints its errno
    #[arg(long, value_name = "FILE.wat")]
    wat: Option<PathBuf>,
}

impl Explain {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        match &self.cell[..] {
            _ if self.all => self.all(project),
            [cell] => self.one(project, cell),
            _ => bail!("explain takes the name of one cell, or --all and words that select cells"),
        }
    }

    fn one(&self, project: &Project, wanted: &str) -> Result<ExitCode> {
        let gos = releases(&self.go, &project.places.root)?;
        let columns = discover::find(&project.suite.runtimes, &gos, &project.places);
        let cell = super::cell::named(&columns, &project.suite.cases, wanted)?;
        if let Some(why) = probe::exempt(&columns[cell.column]) {
            bail!("{wanted}: {why}");
        }
        let reference = self.reference(project, &columns, &cell)?;
        let other = Cell { column: reference, case: cell.case };
        let provisioner =
            Provisioner::new(&project.suite, project.places.clone(), columns, [cell.column, other.column], notify());
        let provisioner = provisioner.compile_into(TracedRuns::compiled(&project.places));
        let columns = provisioner.columns();
        let name = |cell: &Cell| matrix::name(&columns[cell.column], cell.case);
        provisioner.build_guests([cell.column, other.column])?;
        for cell in [&cell, &other] {
            if let Some(reason) = provisioner.skip_reason(cell.column, cell.case)? {
                let verdict = Verdict::from(reason);
                bail!("{} cannot be run: {verdict}; choose another column with --reference", name(cell));
            }
        }
        let traces = TracedRuns::new(&provisioner, self.calls);
        let run = |cell: &Cell| traces.cell(cell.column, cell.case).with_context(|| name(cell));
        let (own, with) = (run(&cell)?, run(&other)?);
        let names = [cell.column, reference].map(|index| columns[index].to_string());
        let explanation = explain(Side { name: &names[0], seen: &own }, Side { name: &names[1], seen: &with });
        let judged = |cell: &Cell, outcome| judge::judgement(&columns[cell.column], cell.case, outcome);
        let judgements = [judged(&cell, &own.outcome), judged(&other, &with.outcome)];
        if judgements.iter().any(|judgement| judgement.withheld) {
            bail!("{}: {}", name(&cell), matrix_model::record::WITHHELD);
        }
        if let Some(path) = &self.wat {
            let told = explanation.at.ok_or_else(|| "no single call explains the difference".to_owned());
            let text = told.and_then(|index| repro(&own.trace.calls, index));
            let text = text.map_err(|why| anyhow!("--wat: {why}"))?;
            fs::write(path, &text)?;
            let alone = |cell: &Cell| traces.alone(cell.column, cell.case, &text).with_context(|| name(cell));
            says_alone(&names, &own.outcome, [&alone(&cell)?, &alone(&other)?]);
        }
        let [verdict, with] = judgements.map(|judgement| judgement.verdict);
        match self.json {
            true => {
                let told = json!({
                    "cell": name(&cell),
                    "verdict": verdict,
                    "reference": names[1],
                    "reference-verdict": with,
                    "explanation": explanation,
                });
                println!("{}", serde_json::to_string_pretty(&told)?);
            }
            false => tell(&name(&cell), &verdict, &names, &with, &explanation),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn reference(&self, project: &Project, columns: &[Column], cell: &Cell) -> Result<usize> {
        if let Some(named) = &self.reference {
            return Ok(one(columns, named)?[0]);
        }
        let found = explain_all::reference(columns, cell, &project.places.records);
        found.with_context(|| {
            format!(
                "{}: no other column can run it; choose one with --reference",
                matrix::name(&columns[cell.column], cell.case)
            )
        })
    }
}

fn tell(cell: &str, verdict: &Verdict, names: &[String; 2], with: &Verdict, explanation: &Explanation) {
    println!("{cell}: {verdict}");
    println!("compared with {}: {with}\n", names[1]);
    if verdict.is_as_expected() {
        println!("This time it did as the case expects; the difference below is only in how it did so.\n");
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
        let (left, right) = (cut(left.as_deref().unwrap_or(""), WIDTH), cut(right.as_deref().unwrap_or(""), WIDTH));
        println!("{mark} {left:<WIDTH$} | {right}");
    }
}

/// Says how the call ended in a module of its own. It is printed on stderr, because `--json` uses stdout.
fn says_alone(names: &[String; 2], cell: &Outcome, outcomes: [&Outcome; 2]) {
    let hangs = outcomes[0].exit == Exit::Timeout && cell.exit != Exit::Timeout;
    let said = outcomes.map(|outcome| {
        let text = String::from_utf8_lossy(&outcome.stdout);
        format!("{}, {}", outcome.exit, text.lines().last().map_or("no output".to_owned(), str::to_owned))
    });
    let [own, reference] = &said;
    let word = match own == reference {
        true => "the same result under both, so the difference depends on more than this call",
        false if hangs => "no result: the module, unlike the cell, did not end before its deadline",
        false => "a different result under each",
    };
    eprintln!("In a module of its own, the call has {word}\n  {}: {own}\n  {}: {reference}\n", names[0], names[1]);
}
