//! `test`.

mod baseline;
mod coverage;
pub mod go_flags;
mod outputs;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use matrix_load::known_failures::{FILE, known_failures};
use matrix_load::test_lists::{self, test_lists};
use matrix_model::go_test::by_column::{joined, parts};
use matrix_model::go_test::known::KnownFailure;
use matrix_model::go_test::lists::TestList;
use matrix_model::go_test::{PackageRun, TestEnd};
use matrix_model::nearest::did_you_mean;
use matrix_model::plural::counted;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::test_binaries::TestBuild;
use matrix_provision::toolchain::Go;
use matrix_run::cpu_slots::processors;
use matrix_run::go_test::{Event, Folders, Request, TestFlags, Tested, test};
use matrix_store::folder_lock::FolderLock;
use matrix_store::partition::Partition;
use matrix_store::scratch::Scratch;
use matrix_store::test_parts;

use super::choice::{WORDS, columns_of, installed};
use super::outputs::Quiet;
use super::progress::{Progress, notify, remove_on_interrupt};
use super::{Project, bounds};
use baseline::Baseline;
use coverage::Coverage;
use outputs::TestOutputs;

/// The folder of the state folder for test binaries and results.
const FOLDER: &str = "go-test";

const AFTER: &str = "\
The tests of each package are compiled once for wasip1 and once for this machine, and run under every runtime and \
natively, each in the package's own folder, as `go test` runs them: `/` is `/`, the environment is yours, and GOWASIRUNTIME \
names the runtime. Each run has a folder of its own for temporary files. A test that ends the process, or hangs, hides no \
other: the tests that are left are run by another start.

  wasip1-matrix test ./...
  wasip1-matrix test -run TestStore -short ./store
  wasip1-matrix test --runtime wazero,wasmtime@,node ./... -args -update=false
  wasip1-matrix test --html tests.html --junit tests.xml -coverprofile cover.out ./...

Go's own flags may be written with one dash, as for `go test`. A failure is told as one of the package's own (it fails \
natively, too), one of Go's port or of the test (it fails under every engine, and not natively), or a runtime's. For a \
runtime's, the test runs once more with its host calls traced, and the first call that matters is shown. Results are \
kept: what has the same test binary, runtime and inputs is not run again, as `go test` does it.

Tests can change and remove every file that you can, as under `go test`. A runtime that mistakes one path for another can \
make them do that to files of yours: run runtimes that you do not trust where nothing can be lost.

Known failures are in wasip1-known-failures.toml, in the folder of the module. They fail nothing; one that is none any \
more does:

  [[failure]]
  package  = \"example.org/m/store\"
  tests    = [\"TestRename\"]          # their subtests, too
  runtimes = [\"wasmedge\"]            # left out: all
  versions = \">=0.14, <0.18\"         # left out: all; needs one runtime
  says     = \"bad file descriptor\"   # a text of the failing test's output
  reason   = \"Its preopens lose their leading slash.\"
  url      = \"https://…\"             # or \"unreported\"
  sometimes = true                   # it also passes now and then

A build of a runtime is held against what an earlier `--save` has, or against what this project publishes of Go's own tests. \
Each column is compared with that of the same name, or else with the nearest earlier version of the same runtime and mode. \
Only what is worse than that is red: a test that passed, and now fails, skips itself or is not run; a test that \
failed, and now ends the process or hangs. What fails natively, too, is not held against a runtime:

  wasip1-matrix test -short --runtime wazero@1.13.0-dev=./wazero --baseline committed
  wasip1-matrix test --runtime wasmtime --save last ./...
  wasip1-matrix test --runtime wasmtime@../build --baseline last ./...

Without packages, those of the baseline are run. --partition slice:2/5 takes the second of five parts of the packages, for \
one of several machines.

For other programs there is `--json`, whose events have the form of `go test -json` and one more field, `Column`; \
--report, whose schema is reports/go-test.schema.json of the project; and --junit. In a GitHub workflow, each red test \
is an annotation at the line on which it fails, and the job's summary has a table.

It exits with 0 if all tests pass or fail as is known or as in the baseline, and with 1 if something is red.";

/// Runs the tests of Go packages.
#[derive(Args)]
#[command(after_help = format!("{AFTER}\n\n{WORDS}"))]
pub struct Test {
    /// The packages, as `go test` takes them [default: those of the baseline, if there is one, or else the one in this
    /// folder]
    #[arg(value_name = "PACKAGE")]
    packages: Vec<String>,
    /// The runtimes to run them under [default: each that is installed, at its newest version]
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// Run only tests that match this pattern
    #[arg(long, value_name = "PATTERN")]
    run: Option<String>,
    /// Skip tests that match this pattern
    #[arg(long, value_name = "PATTERN")]
    skip: Option<String>,
    /// Tell tests to take less time
    #[arg(long)]
    short: bool,
    /// Run each test this many times
    #[arg(long, value_name = "N", value_parser = bounds::runs())]
    count: Option<u32>,
    /// Run benchmarks that match this pattern, too
    #[arg(long, value_name = "PATTERN")]
    bench: Option<String>,
    /// Stop a package's tests after this long
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = go_flags::duration)]
    timeout: Duration,
    /// Build with these tags
    #[arg(long, value_name = "TAG,…")]
    tags: Option<String>,
    /// Do not run the tests natively. Then no results are kept, because what the tests read is taken from that run
    #[arg(long)]
    no_native: bool,
    /// Run everything again, also what has not changed since an earlier run
    #[arg(long)]
    no_cache: bool,
    /// Do not look for the host calls that matter
    #[arg(long)]
    no_explain: bool,
    /// The file of known failures [default: wasip1-known-failures.toml in the folder of the module]
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Only one part of the packages, for one of several machines: slice:2/5 divides them by place, hash:2/5 by name
    #[arg(long, value_name = "PART", conflicts_with = "from")]
    partition: Option<Partition>,
    #[command(flatten)]
    baseline: Baseline,
    /// How many processes compute at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    jobs: Option<usize>,
    /// How many calls of a traced run to record one by one
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = bounds::calls())]
    calls: u32,
    /// Add what each column showed to this folder, one file for each column
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Run nothing, and show what this folder, or one column's file in it, has of an earlier `--save`
    #[arg(long, value_name = "PATH", conflicts_with_all = ["packages", "runtime", "save", "args"])]
    from: Option<PathBuf>,
    /// Print only this, as Markdown for the place where the list is kept: what the list of the folder's lists.toml with this
    /// name says, and what the tests show now
    #[arg(long, value_name = "LIST", requires = "from", conflicts_with = "json")]
    issue: Option<String>,
    #[command(flatten)]
    coverage: Coverage,
    #[command(flatten)]
    outputs: TestOutputs,
    /// The test binaries' own arguments
    #[arg(value_name = "ARG", last = true)]
    args: Vec<String>,
}

impl Test {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let here = env::current_dir().context("the current folder")?;
        let known = self.known(project, &here)?;
        let baseline = self.baseline.read(project)?;
        let lists = match &self.from {
            Some(folder) => lists(project, folder).context("--from")?,
            None => Vec::new(),
        };
        // JSON on stdout is for a program.
        let quiet = (!self.outputs.is_json() && self.issue.is_none()).then(Quiet::begin);
        let Tested { mut report, profile } = match &self.from {
            Some(folder) => {
                let (names, parts) = test_parts::read(folder).context("--from")?;
                Tested { report: joined(&names, &parts, &known), profile: None }
            }
            None => self.tested(project, &here, known, self.words(baseline.as_ref()))?,
        };
        if let Some(baseline) = &baseline {
            baseline.hold(&mut report)?;
        }
        if let Some(id) = &self.issue {
            let list = named(&lists, id)?;
            print!("{}", matrix_report::go_test::lists::markdown(list, &report));
            return Ok(ExitCode::SUCCESS);
        }
        self.outputs.write(&report, &lists, &project.places.root.join("reports"), quiet)?;
        self.coverage.write(profile.as_ref())?;
        if let Some(folder) = &self.save {
            let (names, parts) = parts(&report);
            test_parts::add(folder, &names, &parts).context("--save")?;
        }
        Ok(match (report.has_failed(), report.is_red()) {
            (true, _) => ExitCode::from(2),
            (false, true) => ExitCode::from(1),
            (false, false) => ExitCode::SUCCESS,
        })
    }

    /// Runs the tests.
    fn tested(&self, project: &Project, here: &Path, known: Vec<KnownFailure>, words: Vec<String>) -> Result<Tested> {
        ensure!(!self.timeout.is_zero(), "--timeout 0: a test that hangs under a runtime would never end; name a time");
        let mut columns = discover::find(&project.suite.runtimes, &[], &project.places);
        let (chosen, absent) = match self.runtime.is_empty() {
            true => installed(project, &columns),
            false => (columns_of(project, &mut columns, &self.runtime)?, Vec::new()),
        };
        let native = columns.iter().position(|column| column.runtime.is_reference()).filter(|_| !self.no_native);
        let kept = project.places.state.join(FOLDER);
        let _binaries = FolderLock::take(&kept, "wait until it is done")?;
        let scratch = Scratch::beside_others(&project.places, "tests")?;
        matrix_supervise::end_children_on_interrupt()?;
        let temp = tempfile::Builder::new().prefix("go").tempdir()?;
        remove_on_interrupt(vec![scratch.folder().to_owned(), temp.path().to_owned()]);
        let notify = notify();
        let go = Go::find(&project.places, &*notify)?;
        let tags = self.tags.iter().map(|tags| format!("-tags={tags}"));
        let flags: Vec<_> = tags.chain(self.coverage.flags()).collect();
        let binaries = kept.join("binaries");
        let build = TestBuild { go: &go, places: &project.places, cwd: here, flags: &flags, folder: &binaries };
        let mut packages = build.packages(&words)?;
        if let Some(partition) = &self.partition {
            packages = packages.part(|place, package| partition.takes(place, package));
        }
        let provisioner =
            Provisioner::new(&project.suite, project.places.clone(), columns, chosen.iter().copied(), notify)
                .compile_into(scratch.folder().join("compiled"))
                .trusting_caches();
        let request = Request {
            columns: chosen,
            native,
            flags: self.flags(),
            known,
            jobs: self.jobs.unwrap_or_else(processors),
            explained_calls: (!self.no_explain).then_some(self.calls),
            takes_earlier: !self.no_cache,
            covers: self.coverage.is_wanted(),
        };
        let progress = OnceLock::new();
        let folders = Folders { kept: &kept.join("results"), scratch: scratch.folder(), temp: temp.path() };
        let tested = test(&provisioner, build, &packages, &request, folders, &|event| show(&progress, &event));
        progress.get().into_iter().for_each(Progress::finish);
        let Tested { mut report, profile } = tested?;
        report.not_run.extend(absent);
        Ok(Tested { report, profile })
    }

    /// The packages to run the tests of.
    fn words(&self, baseline: Option<&baseline::Read>) -> Vec<String> {
        match (self.packages.is_empty(), baseline) {
            (false, _) => self.packages.clone(),
            (true, Some(baseline)) => baseline.packages().cloned().collect(),
            (true, None) => vec![".".to_owned()],
        }
    }

    fn flags(&self) -> TestFlags {
        TestFlags {
            run: self.run.clone(),
            skip: self.skip.clone(),
            short: self.short,
            count: self.count,
            bench: self.bench.clone(),
            timeout: self.timeout,
            args: self.args.clone(),
        }
    }

    /// The known failures: of the file that is named, or of the one in the folder of the module, if there is one.
    fn known(&self, project: &Project, here: &Path) -> Result<Vec<KnownFailure>> {
        let of_module = || {
            let module = here.ancestors().find(|folder| folder.join("go.mod").is_file())?;
            Some(module.join(FILE)).filter(|file| file.is_file())
        };
        let Some(file) = self.known.clone().or_else(of_module) else { return Ok(Vec::new()) };
        Ok(known_failures(&file, &project.suite.runtimes)?)
    }
}

/// What others keep of the tests that a folder has results of.
///
/// # Errors
/// If the file of lists is wrong.
pub fn lists(project: &Project, folder: &Path) -> Result<Vec<TestList>> {
    Ok(test_lists(folder, &project.places.root, &project.suite.runtimes)?)
}

/// The list of this name.
fn named<'l>(lists: &'l [TestList], id: &str) -> Result<&'l TestList> {
    let names = || lists.iter().map(|list| list.id.as_str());
    lists.iter().find(|list| list.id == id).with_context(|| match lists.is_empty() {
        true => format!("--issue {id}: the folder has no {}, which holds the lists", test_lists::FILE),
        false => {
            let meant = did_you_mean(id, names());
            format!("--issue: there is no list `{id}`; {meant}there are: {}", names().collect::<Vec<_>>().join(", "))
        }
    })
}

/// Shows what happens meanwhile, on stderr: the answer comes at the end.
fn show(progress: &OnceLock<Progress>, event: &Event) {
    if let Event::Began { packages, columns } = event {
        progress.get_or_init(|| Progress::new((packages * columns) as u64, "runs"));
    }
    let Some(progress) = progress.get() else { return };
    match event {
        Event::Began { .. } => {}
        Event::Ran { package, column, run } => {
            progress.aside(&format!("{package}, {column}: {}", summary(run)));
            progress.step(None);
        }
        Event::NoProfile { package, column } => progress.aside(&format!(
            "{package}, {column}: its coverage is not known, because its test binary did not come to its end"
        )),
    }
}

/// What a run showed, in a few words.
fn summary(run: &PackageRun) -> String {
    let failed = run.count(TestEnd::Failed) + run.count(TestEnd::Unfinished);
    let tests = counted(run.tests.len(), "test");
    let mut words = match (run.tests.is_empty() && run.failure.is_some(), failed) {
        (true, _) => Vec::new(),
        (false, 0) => vec![tests],
        (false, _) => vec![format!("{failed} of {tests} failed")],
    };
    if let Some(failure) = &run.failure {
        let first = failure.words().lines().next().unwrap_or_default();
        words.push(matrix_model::escape::short(&matrix_model::escape::visible(first), 100));
    }
    words.push(match run.from_cache {
        true => "cached".to_owned(),
        false => format!("{:.2} s", run.wall_ms as f64 / 1000.0),
    });
    words.join(", ")
}
