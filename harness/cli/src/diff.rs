//! `diff`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use matrix_model::go_test::changes::{Between as BetweenTests, TestChanges, Tests};
use matrix_report::changes::{Between, Changes, CondensedResults, show};
use matrix_report::go_test;
use matrix_store::test_parts;

const AFTER: &str = "\
Both results are of cases, or both are of Go tests, as `test --save` writes them:
  wasip1-matrix diff reports/results new.json
  wasip1-matrix diff reports/std new-std";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Diff {
    /// The results of the older run, a file or a folder; or those of `test --save`, or one column's file of them
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
        let new = self.new.as_ref().unwrap_or(&self.old);
        match (test_parts::is_one(&self.old), test_parts::is_one(new)) {
            (true, true) => return self.of_tests(new),
            (false, false) => {}
            (of_tests, _) => {
                let (tests, cases) = if of_tests { (&self.old, new) } else { (new, &self.old) };
                bail!(
                    "{} has results of tests, and {} has not; compare two of a kind",
                    tests.display(),
                    cases.display()
                );
            }
        }
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

    /// Compares results of tests.
    fn of_tests(&self, new: &Path) -> Result<ExitCode> {
        let (old_names, old_parts) = test_parts::read(&self.old)?;
        let (new_names, new_parts) = test_parts::read(new)?;
        let between = match (&self.old_column, &self.new_column) {
            (Some(old), Some(new)) => BetweenTests::Named { old: old.clone(), new: new.clone() },
            _ => BetweenTests::All,
        };
        let old = Tests { names: &old_names, parts: &old_parts };
        let changes = TestChanges::between(old, Tests { names: &new_names, parts: &new_parts }, &between)
            .map_err(|why| anyhow!("{} and {}: {why}", self.old.display(), new.display()))?;
        match self.format {
            Format::Terminal => print!("{}", go_test::changes::terminal(&changes)),
            Format::Markdown => print!("{}", go_test::changes::markdown(&changes)),
            Format::Json => println!("{}", serde_json::to_string_pretty(&changes)?),
        }
        Ok(if changes.is_red() { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}
