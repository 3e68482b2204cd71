//! The command line: one module for each command, which holds its arguments and what it does.
//!
//! Exit codes: 0 all as expected, 1 something is red, 2 usage or configuration error.

#[macro_use]
mod printing;

mod advisories;
mod badge;
mod bench;
mod bisect;
mod bless;
mod bounds;
mod built_in;
mod bundle;
mod bundles;
mod cell;
mod choice;
mod clean;
mod compare;
mod diff;
mod doctor;
mod exec;
mod explain;
mod extract;
mod gate;
mod generate;
mod guest_sources;
mod index;
mod inputs;
mod install;
mod lint;
mod list;
mod matrix;
mod merge;
mod mutants;
mod new;
mod outdated;
mod outputs;
mod progress;
mod project;
mod report;
mod run;
mod spot_check;
mod summary;
mod test;
mod trace;
mod trial;
mod within;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use matrix_model::matrix::{Breadth, Column, Filter};
use matrix_provision::discover;
use matrix_provision::toolchain::releases;

use outputs::Quiet;
use project::{Project, ProjectOptions, ResultsToRead};

const AFTER: &str = "\
A case is a Go program (its guest), its inputs, and what must be observed. A column is a runtime at one version, in one \
mode. A cell is one case in one column: wazero@1.12.0/preopen/root. A divergence is a recorded deviation of a runtime.

Add words to select cells: a cell is selected if its name contains every word. You may leave out the version. With \
--exact, each word is the whole name of one cell.

  wasip1-matrix run wazero preopen     the preopen cases under wazero
  wasip1-matrix list timer             every cell about timers
  wasip1-matrix run wazero@ preopen    the same under every installed version and mode of wazero
  wasip1-matrix show wazero/args/one   everything about one cell

In a folder that is in no checkout, the command uses the project that it brings. That project, and all that is \
installed, built and recorded, is then in its store: $WASIP1_MATRIX_HOME, else ~/.cache/wasip1-matrix. Nothing is written \
into your folders but what you name: --records DIR, --json FILE, --out DIR.";

/// What every command's help says of its exit code.
const EXIT_CODES: &str = "Exit codes: 0 all as expected, 1 something is red, 2 usage or configuration error.";

/// Runs real Go programs under every WASI preview 1 runtime and judges what they observe.
#[derive(Parser)]
#[command(version, after_help = AFTER)]
struct Cli {
    #[command(flatten)]
    project: ProjectOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run cells and judge them
    Run(run::Run),
    /// List cells, red cells, or counts of cases, without running any cell
    List(list::List),
    /// Show everything about one cell: its verdict, its difference, the command that runs it again
    Show(cell::Show),
    /// Find the host call in which a cell differs from the same case under another runtime
    Explain(explain::Explain),
    /// Pack a cell so that it runs with the runtime alone, without this project
    Bundle(bundle::Bundle),
    /// Record what red cells showed as divergences, and remove stale divergences
    Bless(bless::Bless),
    /// Show where each runtime was found, its version and sha256, or how to get it
    Doctor(doctor::Doctor),
    /// Install runtimes into the store: their pinned versions, or the named ones
    Install(install::Install),
    /// Remove what is kept outside the checkout's own files: what nothing uses any more, or what is named
    Clean(clean::Clean),
    /// Name the pinned versions for which there are newer ones; exit 1 if there are any
    Outdated(outdated::Outdated),
    /// Choose, by the digest of a change, what it checks besides: a runtime to install from nothing, which cells of it
    /// to judge, and which faults `mutants` tries
    SpotCheck(spot_check::Choose),
    /// Run every cell and write the pages, results.json and junit.xml
    Report(report::Report),
    /// Merge the recorded parts of a run, lay newer results over older ones, or write results in another form
    Merge(merge::Merge),
    /// Show what changed from older results to newer ones; exit 1 if a cell is newly broken
    Diff(diff::Diff),
    /// Hold a candidate against a baseline; exit 1 if the baseline does something better
    Gate(gate::Gate),
    /// Find the version of a runtime in which a case changed; what is installed for that is removed again
    Bisect(bisect::Bisect),
    /// Write a badge with a runtime's counts, as SVG and as JSON for shields.io
    Badge(badge::Badge),
    /// Print the matrix of results as Markdown, or update it in documents
    Summary(summary::Summary),
    /// Say what will differ where for a program, before anything runs
    Lint(lint::Lint),
    /// Write the extract of results that `lint` predicts from
    Extract(extract::Make),
    /// Print the index of the cases as Markdown, or update it in a document
    Index(index::Index),
    /// Measure what the harness adds to the time of the bare runtimes
    Bench(bench::Bench),
    /// Break a runtime's host program on purpose, one fault at a time, and show which cases notice
    Mutants(mutants::Mutants),
    /// Make sequences of file operations, and find what runtimes do otherwise than native Linux
    Generate(generate::Generate),
    /// Run a program of your own under every runtime, and show which agree and why the others do not
    Compare(compare::Compare),
    /// Run the tests of Go packages under every runtime, and tell whose doing each failure is
    Test(Box<test::Test>),
    /// Run a Go test or program under any runtime, in place of Go's go_wasip1_wasm_exec
    Exec(exec::Exec),
    /// Show the host calls that a module makes under a runtime; exit 1 if the module did not end by itself
    Trace(trace::Trace),
    /// Show whether the cases catch what published advisories are about: red in an affected version, green in a mended one
    Advisories(advisories::Advisories),
    /// Run a command in other surroundings, as `show` prints it for a cell in one
    #[command(hide = true)]
    Within(within::Within),
    /// Build the Go programs that the cells run, and list them; exit 1 if one does not build
    Guests,
    /// Write a suite to begin with into a new folder: a Go program, cases with comments, a workflow for GitHub
    New(new::New),
}

impl Command {
    /// Whether it prints for people what guests and runtimes have written. `run`, `gate` and `compare` do so too, and then
    /// print annotations, so they say themselves when. JSON, Markdown and names go to other programs.
    fn shows_what_others_wrote(&self) -> bool {
        match self {
            Command::Show(_) | Command::Bless(_) | Command::Bisect(_) | Command::Doctor(_) => true,
            Command::Advisories(_) => true,
            Command::Trace(trace) => trace.is_for_people(),
            Command::List(list) => list.is_for_people(),
            Command::Lint(lint) => lint.is_for_people(),
            Command::Explain(explain) => explain.is_for_people(),
            Command::Diff(diff) => diff.is_for_people(),
            _ => false,
        }
    }
}

/// Which cells a command works on.
#[derive(Args)]
struct Selection {
    /// Words that a cell's name must all contain; with --exact, whole names of cells
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Leave out cells whose names contain this word; may be repeated
    #[arg(long, value_name = "WORD")]
    skip: Vec<String>,
    /// Take each word as the whole name of a cell, and select every cell that is named
    #[arg(long, requires = "words")]
    exact: bool,
    /// Take every installed version and mode, not only each runtime's default one
    #[arg(long)]
    all: bool,
    /// Build the guests with these Go releases, for example 1.24 or 1.24.3; each release makes columns of its own
    #[arg(long, value_name = "RELEASE,…", value_delimiter = ',')]
    go: Vec<String>,
}

/// In which surroundings a command runs its cells.
#[derive(Args)]
struct Within {
    /// Only in these surroundings instead of the machine as it is: no-openat2, full-disk, … (runtimes/surroundings.toml)
    #[arg(long = "in", value_name = "SURROUNDING,…", value_delimiter = ',')]
    surroundings: Vec<String>,
}

impl Within {
    /// The columns of a selection, with those in surroundings that are asked for by `--in` or in one of the words.
    fn columns<'p>(&self, selection: &Selection, words: &[String], project: &'p Project) -> Result<Vec<Column<'p>>> {
        let mut asked = self.surroundings.clone();
        asked.extend(project.suite.surroundings_in(selection.words.iter().chain(words)));
        project.columns(&selection.gos(project)?, &asked)
    }

    fn filter(&self, selection: &Selection) -> Filter {
        Filter { surroundings: self.surroundings.clone(), ..selection.filter() }
    }
}

impl Selection {
    fn filter(&self) -> Filter {
        let breadth = if self.all { Breadth::All } else { Breadth::Primary };
        let (words, skip) = (self.words.clone(), self.skip.clone());
        Filter { words, skip, exact: self.exact, breadth, ..Filter::default() }
    }

    fn columns<'p>(&self, project: &'p Project) -> Result<Vec<Column<'p>>> {
        let gos = self.gos(project)?;
        Ok(discover::find(&project.suite.runtimes, &gos, &project.places))
    }

    fn gos(&self, project: &Project) -> Result<Vec<String>> {
        releases(&self.go, &project.places.root)
    }
}

/// The command line. The help of every command ends with the exit codes.
fn command() -> clap::Command {
    let with_exit_codes = |command: clap::Command| {
        let after = command.get_after_help().map_or_else(String::new, |after| format!("{after}\n\n"));
        command.after_help(after + EXIT_CODES)
    };
    with_exit_codes(Cli::command()).mut_subcommands(with_exit_codes)
}

/// Parses the command line, does what it says, and gives the exit code.
pub fn main() -> ExitCode {
    let arguments = test::go_flags::with_two_dashes(exec::as_wrapper(env::args_os()));
    let cli = Cli::from_arg_matches(&command().get_matches_from(arguments)).unwrap_or_else(|error| error.exit());
    let ended = run(&cli);
    ended.and_then(|code| printing::finish().map(|()| code)).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::from(2)
    })
}

fn run(cli: &Cli) -> Result<ExitCode> {
    let project = || cli.project.project();
    let _quiet = cli.command.shows_what_others_wrote().then(Quiet::begin);
    match &cli.command {
        Command::Run(run) => run.run(&project()?),
        Command::List(list) => list.run(&project()?),
        Command::Show(show) => show.run(&project()?),
        Command::Bundle(bundle) => bundle.run(&project()?),
        Command::Bless(bless) => bless.run(&project()?),
        Command::Doctor(doctor) => doctor.run(&project()?),
        Command::Install(install) => install.run(&project()?),
        Command::Clean(clean) => clean.run(&project()?),
        Command::Outdated(outdated) => outdated.run(&project()?),
        Command::SpotCheck(choose) => choose.run(&project()?),
        Command::Report(report) => report.run(&project()?),
        Command::Gate(gate) => gate.run(&project()?),
        Command::Bisect(bisect) => bisect.run(&project()?),
        Command::Advisories(advisories) => advisories.run(&project()?),
        Command::Index(index) => index.run(&project()?),
        Command::Bench(bench) => bench.run(&project()?),
        Command::Mutants(mutants) => mutants.run(&project()?),
        Command::Explain(explain) => explain.run(&project()?),
        Command::Generate(generate) => generate.run(&project()?),
        Command::Compare(compare) => compare.run(&project()?),
        Command::Test(test) => test.run(&project()?),
        Command::Trace(trace) => trace.run(&project()?),
        // It needs no cases, and is started once for each package.
        Command::Exec(exec) => exec.run(&cli.project),
        Command::Extract(make) => make.run(&project()?),
        Command::Guests => doctor::guests(&project()?),
        Command::New(new) => new.run(),
        // It needs a project only to build a package.
        Command::Lint(lint) => lint.run(project),
        // These need no project.
        Command::Within(within) => Ok(within.run()),
        Command::Diff(diff) => diff.run(),
        Command::Badge(badge) => badge.run(&cli.project.results(badge.from.as_deref())?),
        Command::Merge(merge) => merge.run(),
        Command::Summary(summary) => summary.run(&cli.project.results(summary.from.as_deref())?),
    }
}
