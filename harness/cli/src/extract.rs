//! `extract`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use fs_err as fs;
use matrix_model::extract::Extract;
use matrix_model::runtime::Target;
use matrix_provision::guests::Guests;
use matrix_report::extract;
use matrix_report::pages::Sources;
use matrix_store::atomic_write::write_whole;
use matrix_store::{extract_file, results_files};
use wasip1_trace::facts::Facts;

use super::progress::show;
use super::{Project, guest_sources};

/// The extract of the committed results that this command was built with.
const COMMITTED: &str = include_str!("../../../reports/extract.json");

/// Reads the extract of the committed results.
///
/// # Errors
/// If it is none, or one of another form.
pub fn committed() -> Result<Extract> {
    extract_file::parse(COMMITTED, Path::new(extract_file::COMMITTED))
}

#[derive(Args)]
pub struct Make {
    /// The results, a file or a folder
    #[arg(long, value_name = "PATH", default_value = results_files::COMMITTED)]
    from: PathBuf,
    /// Where to write it
    #[arg(long, value_name = "FILE", default_value = extract_file::COMMITTED)]
    into: PathBuf,
    /// Write nothing, and fail if the file is not the extract of these results
    #[arg(long)]
    check: bool,
}

impl Make {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let text = extract_file::text(&of(project, &self.from)?)?;
        let path = self.into.display();
        if fs::read_to_string(&self.into).is_ok_and(|known| known == text) {
            return Ok(ExitCode::SUCCESS);
        }
        if self.check {
            eprintln!("red: {path} is not the extract of {}; run `cargo run -- extract`", self.from.display());
            return Ok(ExitCode::from(1));
        }
        write_whole(&self.into, text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The extract of results, by the guests as this project's sources have them.
fn of(project: &Project, results: &Path) -> Result<Extract> {
    let results = results_files::read(results)?;
    let guests = Guests::build(&project.places, &project.suite, None, Target::Wasip1, &show)?;
    let Some(programs) = guest_sources::read(project)? else {
        bail!("no Go here that reads the guests' sources; put one on PATH");
    };
    let sources = Sources::new(Some(programs), project.suite.imports.clone());
    let facts = |(name, guest): (&String, &matrix_provision::guests::Guest)| -> Result<(String, Facts)> {
        let facts = Facts::of(&fs::read(&guest.module)?).map_err(|what| anyhow!("{name} {what}"));
        Ok((name.clone(), facts.context("a guest")?))
    };
    let modules = guests.by_name.iter().map(facts).collect::<Result<BTreeMap<_, _>>>()?;
    Ok(extract::of(&results, &project.suite, &sources, &modules))
}
