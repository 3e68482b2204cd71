//! `bundle`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use wasip1_matrix::bundle as packed;
use wasip1_matrix::column;
use wasip1_matrix::matrix::name;
use wasip1_matrix::session::Session;
use wasip1_matrix::toolchain::releases;

use super::Project;
use super::cell::{named, recorded};

#[derive(Args)]
pub struct Bundle {
    /// The cell's name, with its version or without: wazero/preopen/root
    cell: String,
    /// The Go release that built its guest, if it was run with --go
    #[arg(long, value_name = "RELEASE")]
    go: Vec<String>,
    /// A new folder, or a file to be made: cell.tar.gz
    #[arg(long, value_name = "DIR|FILE.tar.gz")]
    out: PathBuf,
}

impl Bundle {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let Project { suite, places, .. } = project;
        let gos = releases(&self.go, &places.root)?;
        let columns = column::find(&suite.runtimes, &gos, places);
        let cell = named(&columns, &suite.cases, &self.cell)?;
        let name = name(&columns[cell.column], cell.case);
        let record = recorded(places, &name)?;
        let session = Session::start(suite, places.clone(), columns, &[cell], 1);
        if record.is_withheld() || !packed::is_open(&session, &cell) {
            bail!(
                "{name} is withheld: it was reported to the runtime's developers first; SECURITY.md tells until when"
            );
        }
        if record.outcome.is_none() {
            bail!("{name} was not run ({}): there is nothing to pack", record.verdict);
        }
        session.build_guests(&[cell])?;
        let pack = |folder: &Path| packed::pack(&session, &cell, &record, places, &suite.fixtures(), folder);
        match self.out.to_str().is_some_and(|out| out.ends_with(".tar.gz") || out.ends_with(".tgz")) {
            false => pack(&self.out)?,
            true => {
                let staging = tempfile::tempdir()?;
                let folder = staging.path().join("cell");
                pack(&folder)?;
                archive(&folder, &self.out)?;
            }
        }
        println!("{}", self.out.display());
        Ok(ExitCode::SUCCESS)
    }
}

fn archive(folder: &Path, out: &Path) -> Result<()> {
    let at = || out.display().to_string();
    if let Some(parent) = out.parent() {
        fs::create_dir_all(parent).with_context(at)?;
    }
    let mut tar = tar::Builder::new(GzEncoder::new(File::create(out).with_context(at)?, Compression::default()));
    tar.follow_symlinks(false);
    tar.append_dir_all("cell", folder).with_context(at)?;
    tar.into_inner().and_then(GzEncoder::finish).with_context(at)?;
    Ok(())
}
