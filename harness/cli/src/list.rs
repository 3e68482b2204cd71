//! `list`: lists cells, red cells, or counts of cases.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use clap::Args;
use matrix_model::judge;
use matrix_model::matrix::{Breadth, Column, cells, name};
use matrix_model::runtime::Target;
use matrix_provision::guests::Guests;
use matrix_provision::preview1;
use matrix_report::catalogue::{self, Count};
use matrix_store::latest_records::{self, RecordedCell};
use serde_json::json;
use similar::ChangeTag;

use super::printing::styled;
use super::progress::show;
use super::{Project, Selection, Within};

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    within: Within,
    /// List the red cells of the newest records, in every column, with the first thing that differs
    #[arg(long)]
    red: bool,
    /// Count the cases of each area and tier
    #[arg(long, conflicts_with_all = ["red", "functions"])]
    summary: bool,
    /// List the functions of preview 1: whether Go's standard library imports each, which guests do, and how many cases
    /// run those; exit 1 if no case's guest imports one that the library imports
    #[arg(long, conflicts_with_all = ["red", "words", "skip", "exact", "all"])]
    functions: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    /// Whether it prints differences for people, and not names or JSON for a program.
    pub fn is_for_people(&self) -> bool {
        self.red && !self.json
    }

    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        if self.red {
            return self.red(project);
        }
        if self.functions {
            return self.functions(project);
        }
        let columns = self.within.columns(&self.selection, &[], project)?;
        if self.summary {
            return self.summary(project, &columns);
        }
        let names = cells(&columns, &project.suite.cases, &self.within.filter(&self.selection));
        let names: Vec<_> = names.iter().map(|cell| name(&columns[cell.column], cell.case)).collect();
        if self.json {
            println!("{}", serde_json::to_string_pretty(&names)?);
            return Ok(ExitCode::SUCCESS);
        }
        // In one piece: standard output writes each line by itself.
        let lines: String = names.iter().flat_map(|name| [name.as_str(), "\n"]).collect();
        print!("{lines}");
        Ok(ExitCode::SUCCESS)
    }

    fn summary(&self, project: &Project, columns: &[Column]) -> Result<ExitCode> {
        let meant = cells(columns, &project.suite.cases, &self.within.filter(&self.selection));
        let ids: BTreeSet<_> = meant.iter().map(|cell| cell.case.id.as_str()).collect();
        let cases: Vec<_> = project.suite.cases.iter().filter(|case| ids.contains(case.id.as_str())).collect();
        let areas = catalogue::areas(&cases);
        let all = Count::of(cases);
        if self.json {
            let areas: serde_json::Map<_, _> = areas.iter().map(|(area, count)| (area.clone(), json!(count))).collect();
            let summary = json!({ "areas": areas, "all": all });
            println!("{}", serde_json::to_string_pretty(&summary)?);
            return Ok(ExitCode::SUCCESS);
        }
        let mut rows: Vec<Vec<String>> = vec![["area", "must", "should", "observe", "all"].map(str::to_owned).into()];
        for (area, count) in &areas {
            // A file is indented below the area that it is a part of.
            let name = if area.contains('/') { format!("  {area}") } else { area.clone() };
            rows.push([name].into_iter().chain(count.row()).collect());
        }
        rows.push(["all".to_owned()].into_iter().chain(all.row()).collect());
        tell_table(&rows, &[false, true, true, true, true])?;
        Ok(ExitCode::SUCCESS)
    }

    fn functions(&self, project: &Project) -> Result<ExitCode> {
        let gos = self.selection.gos(project)?;
        let go = gos.first().map(String::as_str);
        let guests = Guests::build(&project.places, &project.suite, go, Target::Wasip1, &show)?.whole()?;
        let uses = preview1::uses(&project.suite, &guests)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&uses)?);
        } else {
            let mut rows = vec![["function", "Go", "cases", "guests"].map(str::to_owned).to_vec()];
            rows.extend(uses.iter().map(|of| {
                let standard = if of.standard { "yes" } else { "" };
                let guests: Vec<_> = of.guests.iter().map(String::as_str).collect();
                vec![of.function.clone(), standard.to_owned(), of.cases.to_string(), guests.join(" ")]
            }));
            tell_table(&rows, &[false, false, true, false])?;
        }
        // A suite of one's own need not try everything.
        let gaps: Vec<_> = uses.iter().filter(|of| of.is_gap() && !project.suite.is_own()).collect();
        for gap in &gaps {
            eprintln!("red: Go's standard library imports {}, and no case's guest does", gap.function);
        }
        Ok(if gaps.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn red(&self, project: &Project) -> Result<ExitCode> {
        let columns = self.within.columns(&self.selection, &[], project)?;
        let mut filter = self.within.filter(&self.selection);
        filter.breadth = Breadth::Recorded;
        let runs = latest_records::latest(&columns, &cells(&columns, &project.suite.cases, &filter), &project.places)?;
        let red: Vec<_> = runs.iter().filter(|run| run.record.verdict.is_red()).collect();
        match self.json {
            true => {
                let of = |run: &&RecordedCell| {
                    let record = &run.record;
                    json!({
                        "cell": record.cell, "column": record.column, "case": record.case,
                        "verdict": record.verdict, "line": judge::in_one_line(record),
                        "differences": record.differences,
                    })
                };
                let red: Vec<_> = red.iter().map(of).collect();
                println!("{}", serde_json::to_string_pretty(&red)?);
            }
            false => tell_red(&red)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints rows below a head, in columns that are aligned to the right where `right` says so.
fn tell_table(rows: &[Vec<String>], right: &[bool]) -> Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..right.len()).map(width).collect();
    let mut out = styled();
    for (index, row) in rows.iter().enumerate() {
        let cell = |column: usize| match right[column] {
            true => format!("{:>1$}", row[column], widths[column]),
            false => format!("{:<1$}", row[column], widths[column]),
        };
        let line = (0..right.len()).map(cell).collect::<Vec<_>>().join("  ");
        let style = if index == 0 { Style::new().bold() } else { Style::new() };
        writeln!(out, "{style}{}{style:#}", line.trim_end())?;
    }
    Ok(())
}

/// Prints a line for each red cell: its name, its verdict, the first thing that differs.
pub fn tell_red(red: &[&RecordedCell]) -> Result<()> {
    let said = |run: &RecordedCell| match run.record.verdict.failure() {
        Some(failure) => failure.to_string(),
        None => run.record.verdict.word().to_owned(),
    };
    let width = red.iter().map(|run| run.record.cell.len()).max().unwrap_or(0);
    let kind = red.iter().map(|run| said(run).len()).max().unwrap_or(0);
    let style = AnsiColor::Red.on_default();
    let mut out = styled();
    for run in red {
        let (cell, said, line) = (&run.record.cell, said(run), judge::in_one_line(&run.record));
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
