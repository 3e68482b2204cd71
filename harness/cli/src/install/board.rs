//! The progress of an install, for a terminal or for a log.

use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use matrix_provision::install::Done;

/// The versions that are being installed.
pub struct Board {
    versions: Vec<Version>,
    /// The lines on the terminal; none if there is no terminal.
    lines: Option<MultiProgress>,
}

struct Version {
    name: String,
    since: Option<Instant>,
    doing: String,
    line: Option<ProgressBar>,
}

impl Board {
    pub fn new(names: Vec<String>) -> Board {
        let lines = MultiProgress::new();
        let version = |name| Version { name, since: None, doing: "starting".to_owned(), line: None };
        Board { versions: names.into_iter().map(version).collect(), lines: (!lines.is_hidden()).then_some(lines) }
    }

    pub fn started(&mut self, index: usize) {
        self.versions[index].since = Some(Instant::now());
    }

    pub fn doing(&mut self, index: usize, what: String) {
        let version = &mut self.versions[index];
        let is_first = version.doing == "starting";
        version.doing = what;
        match &self.lines {
            Some(lines) => {
                let line = version.line.get_or_insert_with(|| {
                    let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {msg}");
                    let line = lines.add(ProgressBar::new_spinner().with_prefix(version.name.clone()));
                    line.enable_steady_tick(Duration::from_millis(120));
                    line.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
                });
                line.set_message(version.doing.clone());
            }
            None if is_first => eprintln!("{}: {}", version.name, version.doing),
            None => {}
        }
    }

    /// Reports that a version ended, unless it was installed already. `relocked`: the lock is being written, so a
    /// version that it lacks is no news.
    pub fn ended(&mut self, index: usize, done: &Result<Done>, relocked: bool) {
        let version = &mut self.versions[index];
        if let Some(line) = version.line.take() {
            line.finish_and_clear();
        }
        let seconds = version.since.take().map_or(0.0, |since| since.elapsed().as_secs_f64());
        let name = &version.name;
        let text = match done {
            Ok(Done::There) => return,
            Ok(Done::Installed { installation, bytes, unlocked }) => {
                let megabytes = *bytes as f64 / 1e6;
                let note = match unlocked {
                    Some(note) if !relocked => format!("\n{name}: note: {note}"),
                    _ => String::new(),
                };
                format!(
                    "{name}: installed in {seconds:.1} s, {megabytes:.1} MB, reports {:?}{note}",
                    installation.reports
                )
            }
            Err(error) => format!("{name}: FAILED after {seconds:.1} s: {error:#}"),
        };
        self.say(&text);
    }

    /// Reports what is still being installed, if no terminal shows it.
    pub fn still(&self) {
        if self.lines.is_some() {
            return;
        }
        for version in &self.versions {
            if let Some(since) = version.since {
                eprintln!("{}: {:.0} s, {}", version.name, since.elapsed().as_secs_f64(), version.doing);
            }
        }
    }

    fn say(&self, text: &str) {
        match &self.lines {
            // The text goes above the lines that still change.
            Some(lines) => lines.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }
}
