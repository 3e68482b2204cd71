//! `show`.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use wasip1_matrix::column;
use wasip1_matrix::matrix::{Cell, Column, Filter, name};
use wasip1_matrix::record::Record;
use wasip1_matrix::text::{self, Replay};
use wasip1_matrix::toolchain::releases;

use super::Project;

#[derive(Args)]
pub struct Show {
    /// The cell's name, with its version or without: wazero/preopen/root
    cell: String,
    /// The Go release that built its guest, if it was run with --go
    #[arg(long, value_name = "RELEASE")]
    go: Vec<String>,
}

impl Show {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let gos = releases(&self.go, &project.places.root)?;
        let columns = column::find(&project.suite.runtimes, &gos, &project.places);
        let cell = named(project, &columns, &self.cell)?;
        let name = name(&columns[cell.column], cell.case);
        let places = &project.places;
        let record = match Record::read(&places.records, &name) {
            Ok(record) => record,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("{name} has not been run here; run it with `wasip1-matrix run --exact '{name}'`")
            }
            Err(error) => return Err(error.into()),
        };
        let sandbox = places.state.join("sandbox").join(&name);
        let replay = Replay { sandbox: &sandbox, state: &places.state, store: &places.store, root: &places.root };
        io::stdout().write_all(text::cell(&record, cell.case, &replay).as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The cell of this name.
///
/// # Errors
/// If there is none; with some that have it in their name.
pub fn named<'p>(project: &'p Project, columns: &[Column], wanted: &str) -> Result<Cell<'p>> {
    let exact = Filter { words: vec![wanted.to_owned()], exact: true, ..Filter::default() };
    if let [cell] = cells_of(project, columns, &exact)[..] {
        return Ok(cell);
    }
    let near = cells_of(project, columns, &Filter { exact: false, ..exact });
    let near: Vec<_> = near.iter().take(10).map(|cell| name(&columns[cell.column], cell.case)).collect();
    bail!("there is no cell `{wanted}`; `wasip1-matrix list` lists them{}", nearest(&near));
}

fn cells_of<'p>(project: &'p Project, columns: &[Column], filter: &Filter) -> Vec<Cell<'p>> {
    let meant = columns.iter().enumerate().flat_map(|(column, of)| {
        let cases = project.suite.cases.iter().filter(move |case| filter.accepts(of, case));
        cases.map(move |case| Cell { column, case })
    });
    meant.collect()
}

fn nearest(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; with this in their name:\n  {}", names.join("\n  ")),
    }
}
