//! `show`.

use std::io;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_model::case::Case;
use matrix_model::matrix::{Cell, Column, Filter, cells, name};
use matrix_model::record::Record;
use matrix_model::shell;
use matrix_model::text::{self, Replay};
use matrix_provision::toolchain::releases;
use matrix_store::dirs::Places;
use matrix_store::records;

use super::Project;

#[derive(Args)]
pub struct Show {
    /// The cell's name, with or without its version: wazero/preopen/root
    cell: String,
    /// The Go release that built the cell's guest, if the cell was run with --go
    #[arg(long, value_name = "RELEASE")]
    go: Vec<String>,
}

impl Show {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let gos = releases(&self.go, &project.places.root)?;
        let columns = project.columns(&gos, &project.suite.surroundings_in([&self.cell]))?;
        let cell = named(&columns, &project.suite.cases, &self.cell)?;
        let name = name(&columns[cell.column], cell.case);
        let places = &project.places;
        let record = recorded(places, &name)?;
        let sandbox = places.sandbox(&name);
        let Places { state, store, root, .. } = places;
        let replay = Replay { sandbox: &sandbox, state, store, root, suite: project.own_suite() };
        print!("{}", text::cell(&record, cell.case, &replay));
        Ok(ExitCode::SUCCESS)
    }
}

/// Finds a cell by its name, with or without its version.
///
/// # Errors
/// If there is none; the error lists cells whose names contain the given one.
pub fn named<'s>(columns: &[Column<'s>], cases: &'s [Case], wanted: &str) -> Result<Cell<'s>> {
    let exact = Filter { words: vec![wanted.to_owned()], exact: true, ..Filter::default() };
    let found = cells(columns, cases, &exact);
    let [cell] = found[..] else {
        let near = cells(columns, cases, &Filter { exact: false, ..exact });
        let near: Vec<_> = near.iter().take(10).map(|cell| name(&columns[cell.column], cell.case)).collect();
        bail!("there is no cell `{wanted}`; `wasip1-matrix list` lists the cells{}", nearest(&near));
    };
    Ok(cell)
}

/// Reads the record of a cell's newest run.
///
/// # Errors
/// If the cell has not been run, or its record cannot be read.
pub fn recorded(places: &Places, name: &str) -> Result<Record> {
    match records::read(&places.records, name) {
        Ok(record) => Ok(record),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let word = shell::word(name);
            bail!("{name} has not been run here; run it with `wasip1-matrix run --exact {word}`")
        }
        Err(error) => Err(error.into()),
    }
}

fn nearest(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; these are similar:\n  {}", names.join("\n  ")),
    }
}
