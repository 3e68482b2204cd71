//! What `test` writes for people and for other programs.

use std::io::Write;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Effects, Style};
use anyhow::{Context, Result};
use clap::Args;
use matrix_model::go_test::TestReport;
use matrix_model::go_test::lists::TestList;
use matrix_report::go_test::terminal::{Tone, lines};
use matrix_report::go_test::{annotations, events, junit, page, step_summary};
use matrix_store::atomic_write::write_whole;

use crate::outputs::{Quiet, append_to_step_summary, in_checkout, is_github, say};
use crate::printing::{Stdout, styled};

#[derive(Args)]
pub struct TestOutputs {
    /// Also show what passing tests wrote in the first column
    #[arg(short, long)]
    verbose: bool,
    /// Print the events of `go test -json`, each with its column, and nothing else
    #[arg(long)]
    json: bool,
    /// Write everything to this file, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the answer to this file, as a page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the answer to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl TestOutputs {
    /// Whether stdout is for a program.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Writes the answer; its page holds these lists against it. `assets` is the project's `reports` folder.
    ///
    /// # Errors
    /// If a file cannot be written, with its path.
    pub fn write(&self, report: &TestReport, lists: &[TestList], assets: &Path, quiet: Option<Quiet>) -> Result<()> {
        match self.json {
            true => events::write(report, &mut Stdout)?,
            false => self.tell(report)?,
        }
        drop(quiet);
        if is_github() && !self.json {
            say(&annotations::of(report, in_checkout));
        }
        append_to_step_summary(|| step_summary::markdown(report))?;
        if let Some(path) = &self.report {
            write_whole(path, &serde_json::to_vec(report)?).context("--report")?;
        }
        if let Some(path) = &self.html {
            page::write(report, lists, assets, path).context("--html")?;
        }
        if let Some(path) = &self.junit {
            junit::write(report, path).context("--junit")?;
        }
        Ok(())
    }

    fn tell(&self, report: &TestReport) -> Result<()> {
        let mut out = styled();
        for line in lines(report, self.verbose) {
            let style = style(line.tone);
            writeln!(out, "{style}{}{style:#}", line.text)?;
        }
        Ok(())
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Red => AnsiColor::Red.on_default(),
        Tone::Faint => Style::new().effects(Effects::DIMMED),
    }
}
