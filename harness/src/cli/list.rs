//! `list`: cells, or what they come to.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use similar::ChangeTag;
use wasip1_matrix::matrix::{Breadth, cells, name};
use wasip1_matrix::red::{self, Run};
use wasip1_matrix::verdict::Colour;

use super::{Project, Selection};

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    selection: Selection,
    /// The red cells of the newest records, of every column, with the first thing that differs
    #[arg(long)]
    red: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        if self.red {
            return self.red(project);
        }
        let columns = self.selection.columns(project)?;
        let names = cells(&columns, &project.suite.cases, &self.selection.filter());
        let names: Vec<_> = names.iter().map(|cell| name(&columns[cell.column], cell.case)).collect();
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&names)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        for name in names {
            writeln!(out, "{name}")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn red(&self, project: &Project) -> Result<ExitCode> {
        let columns = self.selection.columns(project)?;
        let mut filter = self.selection.filter();
        filter.breadth = Breadth::All;
        let runs = red::run(&columns, &cells(&columns, &project.suite.cases, &filter), &project.places)?;
        let red: Vec<_> = runs.iter().filter(|run| run.record.verdict.colour() == Colour::Red).collect();
        match self.json {
            true => {
                let of = |run: &&Run| {
                    let record = &run.record;
                    json!({
                        "cell": record.cell, "column": record.column, "case": record.case,
                        "verdict": record.verdict, "line": red::in_one_line(record),
                        "differences": record.differences,
                    })
                };
                let red: Vec<_> = red.iter().map(of).collect();
                writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(&red)?)?;
            }
            false => tell_red(&red)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A line for each red cell: its name, its verdict, the first thing that differs.
pub fn tell_red(red: &[&Run]) -> Result<()> {
    let said = |run: &Run| match run.record.verdict.failure() {
        Some(failure) => failure.to_string(),
        None => run.record.verdict.word().to_owned(),
    };
    let width = red.iter().map(|run| run.record.cell.len()).max().unwrap_or(0);
    let kind = red.iter().map(|run| said(run).len()).max().unwrap_or(0);
    let style = AnsiColor::Red.on_default();
    let mut out = anstream::stdout().lock();
    for run in red {
        let (cell, said, line) = (&run.record.cell, said(run), red::in_one_line(&run.record));
        writeln!(out, "{cell:<width$}  {style}{said:<kind$}{style:#}  {line}")?;
    }
    Ok(())
}

/// The colour of a line of a diff.
pub fn style_of(tag: ChangeTag) -> Style {
    match tag {
        ChangeTag::Equal => Style::new(),
        ChangeTag::Delete => AnsiColor::Red.on_default(),
        ChangeTag::Insert => AnsiColor::Green.on_default(),
    }
}
