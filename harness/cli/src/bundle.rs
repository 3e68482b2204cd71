//! `bundle`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_model::matrix::name;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::toolchain::releases;
use matrix_run::bundle as packed;

use super::Project;
use super::cell::{named, recorded};
use super::progress::notify;

#[derive(Args)]
pub struct Bundle {
    /// The cell's name, with or without its version: wazero/preopen/root
    cell: String,
    /// The Go release that built the cell's guest, if the cell was run with --go
    #[arg(long, value_name = "RELEASE")]
    go: Vec<String>,
    /// The new folder or archive to write: cell, or cell.tar.gz
    #[arg(long, value_name = "DIR|FILE.tar.gz")]
    out: PathBuf,
}

impl Bundle {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let Project { suite, places, .. } = project;
        let gos = releases(&self.go, &places.root)?;
        let columns = discover::find(&suite.runtimes, &gos, places);
        let cell = named(&columns, &suite.cases, &self.cell)?;
        let name = name(&columns[cell.column], cell.case);
        let record = recorded(places, &name)?;
        if record.is_withheld() || !packed::is_open(&columns[cell.column], cell.case) {
            bail!("{name} is withheld: the runtime's developers are to know it first; SECURITY.md says until when");
        }
        if record.outcome.is_none() {
            bail!("{name} was not run ({}): there is nothing to pack", record.verdict);
        }
        let provisioner = Provisioner::new(suite, places.clone(), columns, [cell.column], notify());
        provisioner.build_guests([cell.column])?;
        let pack = |folder: &Path| packed::pack(&provisioner, &cell, &record, folder);
        match self.out.to_str().is_some_and(|out| out.ends_with(".tar.gz") || out.ends_with(".tgz")) {
            false => pack(&self.out)?,
            true => {
                let staging = tempfile::tempdir()?;
                let folder = staging.path().join("cell");
                pack(&folder)?;
                packed::archive(&[("cell".to_owned(), folder)], &self.out)?;
            }
        }
        println!("{}", self.out.display());
        Ok(ExitCode::SUCCESS)
    }
}
