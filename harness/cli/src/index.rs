//! `index`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_model::runtime::Target;
use matrix_provision::guests::Guests;
use matrix_provision::preview1;
use matrix_report::catalogue;
use matrix_report::marked_section;
use matrix_store::atomic_write::write_whole;

use super::Project;
use super::progress::show;

#[derive(Args)]
pub struct Index {
    /// Update the index of this document, between its two marks, instead of printing it
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Write nothing; exit 1 if the document's index is not up to date
    #[arg(long, requires = "into")]
    check: bool,
}

impl Index {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        if self.into.is_some() {
            project.needs_checkout("--into writes into a document of the project", "clone it, or print the index")?;
        }
        let guests = Guests::build(&project.places, &project.suite, None, Target::Wasip1, &show)?.whole()?;
        let index = catalogue::markdown(&project.suite, &preview1::uses(&project.suite, &guests)?)?;
        let Some(path) = &self.into else {
            print!("{index}");
            return Ok(ExitCode::SUCCESS);
        };
        let document = fs_err::read_to_string(path)?;
        let Some(wanted) = marked_section::replaced(&document, catalogue::BEGIN, catalogue::END, &index) else {
            bail!(
                "{}: lacks a mark; put `{}` and `{}` where the index belongs",
                path.display(),
                catalogue::BEGIN,
                catalogue::END
            );
        };
        if wanted == document {
            return Ok(ExitCode::SUCCESS);
        }
        if self.check {
            let path = path.display();
            eprintln!("red: the index in {path} is not up to date; run `cargo run -- index --into {path}`");
            return Ok(ExitCode::from(1));
        }
        write_whole(path, wanted.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
