//! The call that explains a cell, in a module of its own.

use std::path::Path;

use anyhow::{Context, Result};
use matrix_model::case::Case;
use matrix_model::outcome::{Exit, Outcome};
use matrix_provision::provisioner::Provisioner;
use matrix_run::reproduction;
use matrix_run::traced_run::TracedRuns;

/// A module in text form that makes the call, and what it is run with.
pub struct Alone<'a, 's> {
    pub provisioner: &'a Provisioner<'s>,
    pub traces: &'a TracedRuns<'a, 's>,
    /// The case whose folders and arguments it gets.
    pub case: &'a Case,
    pub text: &'a str,
    /// The file that it was written to.
    pub path: &'a Path,
}

impl Alone<'_, '_> {
    /// Runs it in the cell's own column and in the one that is right, and writes to stderr how it ended and how to run it
    /// without this project. `cell` is the outcome of the cell itself.
    ///
    /// # Errors
    /// If the module cannot be run.
    pub fn tell(&self, cell: &Outcome, own: usize, right: Option<usize>) -> Result<()> {
        let columns: Vec<_> = [own].into_iter().chain(right).collect();
        let mut outcomes = Vec::new();
        for column in &columns {
            let outcome = self.traces.alone(*column, self.case, self.text).with_context(|| self.name(*column))?;
            outcomes.push(outcome);
        }
        let said: Vec<_> = outcomes.iter().map(said).collect();
        let hangs = outcomes[0].exit == Exit::Timeout && cell.exit != Exit::Timeout;
        let word = match &said[..] {
            _ if hangs => "no result: the module, unlike the cell, did not end before its deadline",
            [_] => "this result",
            [own, other, ..] if own == other => {
                "the same result under both, so the difference depends on more than this call"
            }
            _ => "a different result under each",
        };
        eprintln!("In a module of its own, the call has {word}");
        for (column, said) in columns.iter().zip(&said) {
            eprintln!("  {}: {said}", self.name(*column));
        }
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        for column in columns {
            let name = self.name(column);
            match reproduction::of_text(self.provisioner, self.traces, column, self.case, (&file, self.text))? {
                Ok(script) => eprintln!("\nTo run it under {name}, in an empty folder that holds {file}:\n\n{script}"),
                Err(why) => eprintln!("\nThere is no command to run it by hand under {name}: {why}"),
            }
        }
        Ok(())
    }

    fn name(&self, column: usize) -> String {
        self.provisioner.columns()[column].to_string()
    }
}

/// How a run ended, and the last line that it wrote.
fn said(outcome: &Outcome) -> String {
    let text = String::from_utf8_lossy(&outcome.stdout);
    format!("{}, {}", outcome.exit, text.lines().last().unwrap_or("no output"))
}
