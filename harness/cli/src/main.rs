//! The command line: one module for each command, which holds its arguments and what it does.
//!
//! Exit codes: 0 all as expected, 1 something is red, 2 usage or configuration error.

#[macro_use]
mod printing;

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
mod explain;
mod extract;
mod gate;
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
mod report;
mod run;
mod spot_check;
mod summary;
mod trace;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::builder::FalseyValueParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use matrix_load::{Diagnostic, Rejected, own};
use matrix_model::matrix::{Breadth, Column, Filter};
use matrix_model::suite::Suite;
use matrix_provision::discover;
use matrix_provision::toolchain::releases;
use matrix_run::probe;
use matrix_store::dirs::{self, Places};
use matrix_store::folder_lock::FolderLock;
use matrix_store::laid_out::LaidOut;

use gate::COMMITTED;
use outputs::Quiet;

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
    /// The project's folder [default: this folder or the nearest one above it that holds cases/ and runtimes/; if there
    /// is none, the project that this command brings, which it lays out in the store]
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Take the runtimes from this folder instead of the project's runtimes/
    #[arg(long, global = true, value_name = "DIR")]
    runtimes: Option<PathBuf>,
    /// Take expectations of your own from this folder: DIR/wazero.toml has divergences of wazero, which apply in place of
    /// the project's own for the same cells. `bless` writes there
    #[arg(long, global = true, value_name = "DIR")]
    divergences: Option<PathBuf>,
    /// Work on the cases of your own in this folder instead of the project's: DIR/cases, DIR/divergences. `new` writes such
    /// a suite
    #[arg(long, global = true, value_name = "DIR")]
    suite: Option<PathBuf>,
    /// Fetch nothing: use only what is installed, stored or cached
    #[arg(long, global = true, env = "WASIP1_MATRIX_OFFLINE", value_parser = FalseyValueParser::new())]
    offline: bool,
    /// Keep the records in this folder, and read them there, instead of the project's own: target/ of a checkout,
    /// .wasip1-matrix/ of a suite, else a folder of the store
    #[arg(long, global = true, value_name = "DIR")]
    records: Option<PathBuf>,
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
    /// Run a program of your own under every runtime, and show which agree and why the others do not
    Compare(compare::Compare),
    /// Show the host calls that a module makes under a runtime; exit 1 if the module did not end by itself
    Trace(trace::Trace),
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

/// The project a command works on.
struct Project {
    suite: Suite,
    places: Places,
    /// The folder of the runtimes, if it is not the project's own.
    runtimes: Option<PathBuf>,
    /// The folder of divergences outside the project, if there is one.
    divergences: Option<PathBuf>,
    /// The project's files in the store, if there is no checkout. They stay as long as this command uses them.
    laid_out: Option<LaidOut>,
}

/// What a project is read from.
#[derive(Clone, Copy)]
struct Sources<'f> {
    /// The project's root.
    root: &'f Path,
    /// The folder of the runtimes, if it is not the project's own.
    runtimes: Option<&'f Path>,
    /// The folder of divergences outside the project, if there is one.
    divergences: Option<&'f Path>,
    /// The folder of the suite, if it is not the project's.
    suite: Option<&'f Path>,
}

impl Project {
    /// Reads the project's files. Returns the warnings too.
    fn load(sources: Sources) -> Result<(Suite, Vec<Diagnostic>), Rejected> {
        let Sources { root, runtimes, divergences, suite } = sources;
        if let Some(folder) = suite {
            return own::suite(folder, root, runtimes, &probe::names());
        }
        let mut suite = matrix_load::suite(root, runtimes, &probe::names())?;
        let warnings = match divergences {
            Some(folder) => matrix_load::outside::add(&mut suite, folder)?,
            None => Vec::new(),
        };
        Ok((suite, warnings))
    }

    /// What it was read from.
    fn sources(&self) -> Sources<'_> {
        let (root, runtimes) = (self.places.root.as_path(), self.runtimes.as_deref());
        match self.own_suite() {
            Some(folder) => Sources { root, runtimes, divergences: None, suite: Some(folder) },
            None => Sources { root, runtimes, divergences: self.divergences.as_deref(), suite: None },
        }
    }

    /// The folder of the suite, if it is not the project's.
    fn own_suite(&self) -> Option<&Path> {
        self.suite.is_own().then_some(&*self.suite.root)
    }

    /// What the results are called that the project publishes; none if the suite is not the project's.
    fn committed(&self) -> Option<PathBuf> {
        (!self.suite.is_own()).then(|| self.places.root.join(COMMITTED))
    }

    /// Checks that the project's own files may be changed. `instead` says what to do in a folder that is in no checkout.
    ///
    /// # Errors
    /// If the project is the one that this command brings.
    fn needs_checkout(&self, what: &str, instead: &str) -> Result<()> {
        ensure!(self.laid_out.is_none(), "{what}, and no checkout of the project is here: {instead}");
        Ok(())
    }

    /// Takes the folder of records for this command, which writes into it.
    ///
    /// # Errors
    /// If another command is writing into it.
    fn hold_records(&self) -> Result<FolderLock> {
        FolderLock::take(&self.places.records, "name another folder with --records")
    }
}

/// Results that a command reads, which stay where they are meanwhile.
struct ResultsToRead {
    path: PathBuf,
    _laid_out: Option<LaidOut>,
}

impl Cli {
    fn project(&self) -> Result<Project> {
        let (root, laid_out) = self.root()?;
        let runtimes = match &self.runtimes {
            Some(folder) => Some(folder.canonicalize().with_context(|| format!("--runtimes {}", folder.display()))?),
            None => None,
        };
        ensure!(
            self.suite.is_none() || self.divergences.is_none(),
            "--divergences: a suite has its own, in its folder divergences/; leave out one of the two options"
        );
        let own = match &self.suite {
            Some(folder) => Some(folder.canonicalize().with_context(|| format!("--suite {}", folder.display()))?),
            None => None,
        };
        let mut places = match &laid_out {
            Some(laid_out) => Places::with_target(&root, &laid_out.target(), self.offline)?,
            None => Places::of(&root, self.offline)?,
        };
        if let Some(folder) = &own {
            places = places.of_suite(folder)?;
        }
        if let Some(records) = &self.records {
            places.records =
                std::path::absolute(records).with_context(|| format!("--records {}", records.display()))?;
        }
        let (suite, warnings) = Project::load(Sources {
            root: &root,
            runtimes: runtimes.as_deref(),
            divergences: self.divergences.as_deref(),
            suite: own.as_deref(),
        })?;
        warnings.iter().for_each(|warning| eprintln!("{warning}\n"));
        let divergences = own.map(|folder| own::divergences(&folder)).or_else(|| self.divergences.clone());
        Ok(Project { suite, places, runtimes, divergences, laid_out })
    }

    /// The results that are named, or else those that the project publishes.
    fn results(&self, named: Option<&Path>) -> Result<ResultsToRead> {
        if let Some(path) = named {
            return Ok(ResultsToRead { path: path.to_owned(), _laid_out: None });
        }
        let (root, laid_out) = self.root()?;
        Ok(ResultsToRead { path: root.join(COMMITTED), _laid_out: laid_out })
    }

    /// The project's root: that of a checkout, or the one that this command brings.
    fn root(&self) -> Result<(PathBuf, Option<LaidOut>)> {
        if let Some(root) = &self.root {
            return Ok((root.canonicalize().with_context(|| format!("--root {}", root.display()))?, None));
        }
        let here = env::current_dir()?;
        if let Some(root) = Places::root_above(&here) {
            return Ok((root, None));
        }
        let files = built_in::files()
            .with_context(|| format!("{}: no folder here or above holds cases/ and runtimes/", here.display()))?;
        let laid_out = LaidOut::open(&dirs::store()?, &files)?;
        Ok((laid_out.root(), Some(laid_out)))
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
    let cli = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    let ended = run(&cli);
    ended.and_then(|code| printing::finish().map(|()| code)).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::from(2)
    })
}

fn run(cli: &Cli) -> Result<ExitCode> {
    let project = || cli.project();
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
        Command::Index(index) => index.run(&project()?),
        Command::Bench(bench) => bench.run(&project()?),
        Command::Mutants(mutants) => mutants.run(&project()?),
        Command::Explain(explain) => explain.run(&project()?),
        Command::Compare(compare) => compare.run(&project()?),
        Command::Trace(trace) => trace.run(&project()?),
        Command::Extract(make) => make.run(&project()?),
        Command::Guests => doctor::guests(&project()?),
        Command::New(new) => new.run(),
        // It needs a project only to build a package.
        Command::Lint(lint) => lint.run(project),
        // These work on results files, and need no project.
        Command::Diff(diff) => diff.run(),
        Command::Badge(badge) => badge.run(&cli.results(badge.from.as_deref())?),
        Command::Merge(merge) => merge.run(),
        Command::Summary(summary) => summary.run(&cli.results(summary.from.as_deref())?),
    }
}
