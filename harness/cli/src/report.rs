//! `report`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use fs_err as fs;
use matrix_load::known_failures::known_failures;
use matrix_load::shown_by::{FILE, shown_by};
use matrix_model::advisory::{self, Seen};
use matrix_model::go_test::TestReport;
use matrix_model::go_test::by_column::joined;
use matrix_model::matrix::{Breadth, Filter};
use matrix_model::results::Results;
use matrix_provision::toolchain::releases;
use matrix_report::changes::{Between, Changes, CondensedResults};
use matrix_report::go_test::published::{PUBLISHED, Published, PublishedTests};
use matrix_report::junit;
use matrix_report::pages;
use matrix_run::run_matrix::{ReuseFrom, RunOptions};
use matrix_store::results_files;
use matrix_store::test_parts;

use super::bundles::pack_all;
use super::{Project, extract, guest_sources, matrix};

#[derive(Args)]
pub struct Report {
    /// Words that a cell's name must all contain [default: every cell]
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Take only each runtime's default version in its default mode, not every installed column
    #[arg(long, env = "WASIP1_MATRIX_PRIMARY", value_parser = clap::builder::FalseyValueParser::new())]
    primary: bool,
    /// Build the guests with these Go releases, for example 1.24 or 1.24.3; each release makes columns of its own
    #[arg(long, value_name = "RELEASE,…", value_delimiter = ',')]
    go: Vec<String>,
    /// Run only the cells that something has changed for since their records, and take the records of the others
    #[arg(long, conflicts_with = "from", env = "WASIP1_MATRIX_CHANGED", value_parser = clap::builder::FalseyValueParser::new())]
    changed: bool,
    /// Like --changed; a cell that has no record here is taken from these earlier results, a file or a folder, even if
    /// its runtime is not installed
    #[arg(long, value_name = "PATH", conflicts_with = "from")]
    changed_since: Option<PathBuf>,
    /// Write the pages of these results, a file or a folder, instead of running the cells
    #[arg(long, value_name = "PATH")]
    from: Option<PathBuf>,
    /// Mark what changed since these older results, a file or a folder, and write a page that lists it
    #[arg(long, value_name = "PATH")]
    since: Option<PathBuf>,
    /// Also pack the cells of default columns that deviate, if they run with the runtime alone; the pages link to them.
    /// There is one archive for each case, with its guest in it
    #[arg(long, conflicts_with = "from")]
    bundles: bool,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = "reports/out")]
    out: PathBuf,
}

impl Report {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let results = match &self.from {
            Some(path) => {
                let mut results = results_files::read(path)?;
                // Explanations and counts of calls may have been made since the results were written.
                results_files::add_kept(&mut results, &project.places)?;
                results
            }
            None => {
                let held = project.hold_records()?;
                let breadth = if self.primary { Breadth::Primary } else { Breadth::All };
                let filter = Filter { words: self.words.clone(), breadth, ..Filter::default() };
                let gos = releases(&self.go, &project.places.root)?;
                let columns = project.columns(&gos, &[])?;
                let changed = self.changed || self.changed_since.is_some();
                let reuse = changed.then(|| ReuseFrom::Changed { earlier: self.changed_since.clone(), absent: true });
                let options = RunOptions { reuse, ..RunOptions::default() };
                matrix::run(project, &held, columns, &filter, options, false)?
            }
        };
        let here = self.out.join("results.json");
        results_files::write(&results, &here)?;
        let since = self.since.as_ref().map(|since| changes(since, &results, &here)).transpose()?;
        junit::write(&results, |_| false, &self.out.join("junit.xml"))?;
        let bundled = if self.bundles { pack_all(project, &results, &self.go, &self.out)? } else { BTreeSet::new() };
        let root = &project.places.root;
        let programs = guest_sources::read(project)?;
        if programs.is_none() {
            eprintln!("no Go is here to read the guests' sources: the pages show no probes");
        }
        let sources = pages::Sources::new(programs, project.suite.imports.clone());
        let tests = published_tests(project)?;
        let advisories = advisories(project)?;
        let page = pages::write(
            &results,
            &root.join("reports"),
            &sources,
            &pages::Beside { since: since.as_ref(), bundled, tests: &tests, advisories: advisories.as_ref() },
            &self.out,
        )?;
        println!("{}", page.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// What the project publishes of Go tests.
fn published_tests(project: &Project) -> Result<Vec<PublishedTests>> {
    if project.own_suite().is_some() {
        return Ok(Vec::new());
    }
    let root = &project.places.root;
    let there = PUBLISHED.iter().filter(|set| root.join(set.folder).is_dir());
    let read = |set: &'static Published| {
        let known = match set.known.map(|known| root.join(known)).filter(|known| known.is_file()) {
            Some(known) => known_failures(&known, &project.suite.runtimes)?,
            None => Vec::new(),
        };
        let (names, parts) = test_parts::read(&root.join(set.folder))?;
        let mut report = joined(&names, &parts, &known);
        if set.folder == test_parts::STD {
            match_cases(project, &mut report)?;
        }
        let lists = super::test::lists(project, &root.join(set.folder))?;
        Ok(PublishedTests { set, report, lists })
    };
    there.map(read).collect()
}

/// Matches the tests of Go's own standard library to the cases that show the same, and names those that have none.
fn match_cases(project: &Project, std: &mut TestReport) -> Result<()> {
    let entries = shown_by(&project.places.root, &project.suite.cases, &project.suite.runtimes)?;
    for unmatched in std.match_cases(&entries, &extract::committed()?) {
        eprintln!("no case is known to show this; add an entry to {FILE}: {unmatched}");
    }
    Ok(())
}

/// What the project publishes of advisories, if it does.
fn advisories(project: &Project) -> Result<Option<Seen>> {
    let path = project.places.root.join(advisory::COMMITTED);
    if project.own_suite().is_some() || !path.is_file() {
        return Ok(None);
    }
    let seen = serde_json::from_slice(&fs::read(&path)?)
        .with_context(|| format!("{}; `wasip1-matrix advisories --json` writes it", path.display()))?;
    Ok(Some(seen))
}

fn changes(since: &Path, results: &Results, here: &Path) -> Result<Changes> {
    let new = CondensedResults::of(results, &here.display().to_string())?;
    Changes::between(&CondensedResults::read(since)?, &new, &Between::All)
}
