//! `diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};
use matrix_report::changes::{Between, Changes, CondensedResults, show};

#[derive(Args)]
pub struct Diff {
    /// The results of the older run, a file or a folder
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The results of the newer run; may be left out if two columns of one run are named
    #[arg(value_name = "NEW", required_unless_present = "new_column")]
    new: Option<PathBuf>,
    /// Compare only this column of the older run: wazero@1.11.0, or wazero for its default column
    #[arg(long, value_name = "COLUMN", requires = "new_column")]
    old_column: Option<String>,
    /// Compare that column with this one of the newer run
    #[arg(long, value_name = "COLUMN", requires = "old_column")]
    new_column: Option<String>,
    /// How to show the changes
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Every change, for people
    Terminal,
    /// A comment on a pull request: a short table, the rest folded
    Markdown,
    /// Every change, for programs
    Json,
}

impl Diff {
    /// Whether it prints for people, and not for a program.
    pub fn is_for_people(&self) -> bool {
        matches!(self.format, Format::Terminal)
    }

    pub fn run(&self) -> Result<ExitCode> {
        let between = match (&self.old_column, &self.new_column) {
            (Some(old), Some(new)) => Between::Named { old: old.clone(), new: new.clone() },
            _ => Between::All,
        };
        let old = CondensedResults::read(&self.old)?;
        let changes = match self.new.as_ref().filter(|new| **new != self.old) {
            Some(new) => Changes::between(&old, &CondensedResults::read(new)?, &between)?,
            None => Changes::between(&old, &old, &between)?,
        };
        match self.format {
            Format::Terminal => print!("{}", show::terminal(&changes)),
            Format::Markdown => print!("{}", show::markdown(&changes)),
            Format::Json => println!("{}", serde_json::to_string_pretty(&changes)?),
        }
        Ok(if changes.is_red() { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}
