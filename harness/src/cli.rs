//! The command line: what it takes, and what each command does with it.
//!
//! Exit codes: 0 all as expected, 1 something red, 2 usage or configuration error.

mod badge;
mod bench;
mod bisect;
mod bless;
mod bundle;
mod bundles;
mod cell;
mod choice;
mod diff;
mod doctor;
mod explain;
mod guest_sources;
mod index;
mod install;
mod judging;
mod list;
mod merge;
mod mutants;
mod outputs;
mod progress;
mod report;
mod run;
mod side_by_side;
mod summary;
mod trace;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use wasip1_matrix::column;
use wasip1_matrix::load;
use wasip1_matrix::matrix::{Breadth, Column, Filter};
use wasip1_matrix::place::Places;
use wasip1_matrix::probe;
use wasip1_matrix::suite::Suite;
use wasip1_matrix::toolchain::releases;

const AFTER: &str = "\
Words narrow: every one must be found in a cell's name, with its version or without.
  wasip1-matrix run wazero preopen     the preopen cases under wazero
  wasip1-matrix list timer             every cell about timers
  wasip1-matrix run wazero@ preopen    the same under every version and mode of wazero
  wasip1-matrix show wazero/args/one   all there is about one cell

Exit codes: 0 all as expected, 1 something red, 2 usage or configuration error.";

/// Runs real Go programs under every WASI preview 1 runtime and judges what they observe.
#[derive(Parser)]
#[command(version, after_help = AFTER)]
struct Cli {
    /// The project's folder [default: the one here or above that holds cases/ and runtimes/]
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Take the runtimes from this folder instead of the project's runtimes/
    #[arg(long, global = true, value_name = "DIR")]
    runtimes: Option<PathBuf>,
    /// Fetch nothing: use only what is installed, stored or cached
    #[arg(long, global = true, env = "WASIP1_MATRIX_OFFLINE")]
    offline: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run cells and judge them
    Run(run::Run),
    /// List cells without running any, the red ones of the newest records, or what there is of cases
    List(list::List),
    /// Tell all there is about one cell: verdict, difference, command to replay it
    Show(cell::Show),
    /// Tell which host call makes a cell other than it is under another runtime
    Explain(explain::Explain),
    /// Pack a cell so that it can be run without this project, with the runtime alone
    Bundle(bundle::Bundle),
    /// Record what was observed in red cells as known deviations, and take out what is stale
    Bless(bless::Bless),
    /// Tell where each runtime was found, its version and sha256, or how to get it
    Doctor(doctor::Doctor),
    /// Put runtimes into the store: their pinned versions, or the ones named
    Install(install::Install),
    /// Run every cell and write results.json and index.html
    Report(report::Report),
    /// Make one results file of the folders that parts of a run were recorded into
    Merge(merge::Merge),
    /// Tell what changed from one results file to another; exit 1 if a cell is newly broken
    Diff(diff::Diff),
    /// Find the version of a runtime in which a case changed, installing those in between
    Bisect(bisect::Bisect),
    /// Write a badge of a runtime's counts, as SVG and as JSON for shields.io
    Badge(badge::Badge),
    /// Print the matrix of a results file as Markdown, or update it in documents
    Summary(summary::Summary),
    /// Write the index of the cases into a document, between its two marks
    Index(index::Index),
    /// Measure what the harness costs, beside the bare runtimes, in one run
    Bench(bench::Bench),
    /// Break a host on purpose, one fault at a time, and tell which case notices
    Mutants(mutants::Mutants),
    /// Tell which host calls a module makes, and what comes of each, under any runtime
    Trace(trace::Trace),
    /// Build the guests and list them
    Guests,
}

/// Which cells are meant.
#[derive(Args)]
struct Selection {
    /// Words that must all be found in a cell's name
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Leave out cells with this word in their name
    #[arg(long, value_name = "WORD")]
    skip: Vec<String>,
    /// Take each word for a whole name
    #[arg(long, requires = "words")]
    exact: bool,
    /// Every version and mode that is installed, not only each runtime's default one
    #[arg(long)]
    all: bool,
    /// Build the guests with these Go releases, each of which makes columns of its own: 1.24, or 1.24.3
    #[arg(long, value_name = "RELEASE,…", value_delimiter = ',')]
    go: Vec<String>,
}

impl Selection {
    fn filter(&self) -> Filter {
        let breadth = if self.all { Breadth::All } else { Breadth::Primary };
        let (words, skip) = (self.words.clone(), self.skip.clone());
        Filter { words, skip, exact: self.exact, breadth, ..Filter::default() }
    }

    fn columns<'p>(&self, project: &'p Project) -> Result<Vec<Column<'p>>> {
        let gos = self.gos(project)?;
        Ok(column::find(&project.suite.runtimes, &gos, &project.places))
    }

    fn gos(&self, project: &Project) -> Result<Vec<String>> {
        releases(&self.go, &project.places.root)
    }
}

/// The project a command works on.
struct Project {
    suite: Suite,
    places: Places,
    /// The folder of the runtimes, where it is not the project's own.
    runtimes: Option<PathBuf>,
}

impl Cli {
    fn project(&self) -> Result<Project> {
        let root = match &self.root {
            Some(root) => root.canonicalize().with_context(|| format!("--root {}", root.display()))?,
            None => Places::root_above(&env::current_dir()?)?,
        };
        let runtimes = match &self.runtimes {
            Some(folder) => Some(folder.canonicalize().with_context(|| format!("--runtimes {}", folder.display()))?),
            None => None,
        };
        let places = Places::of(&root, self.offline)?;
        Ok(Project { suite: load::suite(&root, runtimes.as_deref(), &probe::names())?, places, runtimes })
    }
}

/// Parses the command line, does what it says, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    run(&cli).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::from(2)
    })
}

fn run(cli: &Cli) -> Result<ExitCode> {
    let project = || cli.project();
    match &cli.command {
        Command::Run(run) => run.run(&project()?),
        Command::List(list) => list.run(&project()?),
        Command::Show(show) => show.run(&project()?),
        Command::Bundle(bundle) => bundle.run(&project()?),
        Command::Bless(bless) => bless.run(&project()?),
        Command::Doctor(doctor) => doctor.run(&project()?),
        Command::Install(install) => install.run(&project()?),
        Command::Report(report) => report.run(&project()?),
        Command::Bisect(bisect) => bisect.run(&project()?),
        Command::Index(index) => index.run(&project()?),
        Command::Bench(bench) => bench.run(&project()?),
        Command::Mutants(mutants) => mutants.run(&project()?),
        Command::Explain(explain) => explain.run(&project()?),
        Command::Trace(trace) => trace.run(&project()?),
        Command::Guests => doctor::guests(&project()?),
        // Results may be where there is no project.
        Command::Diff(diff) => diff.run(),
        Command::Badge(badge) => badge.run(),
        Command::Merge(merge) => merge.run(),
        Command::Summary(summary) => summary.run(),
    }
}
