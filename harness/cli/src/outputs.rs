//! What `run` writes for other programs: JUnit XML, GitHub's summary and annotations.

use std::collections::BTreeSet;
use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::verdict::Verdict;
use matrix_report::github;
use matrix_report::junit;
use matrix_store::atomic_write::write_whole;

#[derive(Args)]
pub struct Outputs {
    /// Write every cell to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the matrix and the red cells to this file, as Markdown [default: append them to $GITHUB_STEP_SUMMARY, if
    /// set]
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Print an annotation for each red cell, in GitHub's form [default: if GITHUB_ACTIONS=true]. It names a file if that
    /// is in $GITHUB_WORKSPACE
    #[arg(long)]
    annotations: bool,
}

/// While this value lives, GitHub takes no printed line as a command. What a guest wrote may look like one.
pub struct Quiet {
    word: Option<String>,
}

impl Quiet {
    /// Call this before text from guests is printed.
    pub fn begin() -> Quiet {
        let word = is_github().then(github::unguessable);
        say(&word.as_ref().map_or_else(String::new, |word| format!("::stop-commands::{word}\n")));
        Quiet { word }
    }
}

impl Outputs {
    /// Writes the outputs. `required` are runtimes and columns that must not be missing.
    ///
    /// # Errors
    /// If a file cannot be written, with its path.
    pub fn write(&self, results: &Results, required: &[&String], root: &Path, quiet: Quiet) -> Result<()> {
        drop(quiet);
        let is_absent = |record: &Record| {
            let is_required = required.iter().any(|name| [&record.runtime, &record.column].contains(name));
            is_required && matches!(record.verdict, Verdict::Unavailable { .. })
        };
        let absent: BTreeSet<_> =
            results.records.iter().filter(|record| is_absent(record)).map(|record| &record.column).collect();
        let absent: Vec<_> = absent.into_iter().cloned().collect();
        if let Some(path) = &self.junit {
            junit::write(results, is_absent, path)?;
        }
        if let Some(path) = &self.summary {
            write_whole(path, github::step_summary(results, &absent).as_bytes())?;
        } else {
            append_to_step_summary(|| github::step_summary(results, &absent))?;
        }
        if self.annotations || is_github() {
            say(&github::annotations(results, &absent, |file| in_checkout(&root.join(file))));
        }
        Ok(())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(word) = self.word.take() {
            say(&format!("::{word}::\n"));
        }
    }
}

/// Appends a text to GitHub's summary of the step, if there is one. Other commands of the step may have written there.
///
/// # Errors
/// If the file cannot be written.
pub fn append_to_step_summary(text: impl FnOnce() -> String) -> Result<()> {
    let Some(path) = variable("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let mut file = OpenOptions::new().create(true).append(true).open(path).context("$GITHUB_STEP_SUMMARY")?;
    file.write_all(text().as_bytes()).context("$GITHUB_STEP_SUMMARY")
}

/// A file's path in the repository that the workflow runs for, as GitHub names files; none if it is not there.
pub fn in_checkout(file: &Path) -> Option<String> {
    let workspace = PathBuf::from(variable("GITHUB_WORKSPACE")?).canonicalize().ok()?;
    let file = file.canonicalize().ok()?;
    let inside = file.strip_prefix(&workspace).ok()?;
    // A folder in between may be the checkout of another repository.
    let mut between = inside.ancestors().skip(1).filter(|folder| *folder != Path::new(""));
    let is_of_another = between.any(|folder| workspace.join(folder).join(".git").exists());
    (!is_of_another).then(|| inside.display().to_string())
}

/// Whether a GitHub workflow runs this command.
pub fn is_github() -> bool {
    variable("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Prints text for GitHub.
pub fn say(text: &str) {
    print!("{text}");
}
