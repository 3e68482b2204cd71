//! Runs the tests of Go packages in many columns and natively, and judges each test.
//!
//! ```text
//! TestPackages ──TestBuild::build──▶ a test binary for wasip1, one for this machine        a batch of packages at a time
//!                                       │
//!              native first ── starts::run(InColumn) ──▶ PackageRun, Inputs                what the tests read
//!                                       │
//!              each column ── ResultCache, or starts::run(InColumn) ──▶ PackageRun
//!                                       │
//!                          model::go_test::verdict::judge ──▶ rows
//!                                       │
//!                   unnamed: what is skipped here only, run under a name that is no runtime's
//!                   reasons: two traced runs for a test that differs ──▶ PackageTests
//! ```

mod flags;
mod in_column;
mod inputs;
mod reasons;
mod result_cache;
mod starts;
mod unnamed;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::SystemTime;

use anyhow::{Context, Result};
use fs_err as fs;
use rayon::prelude::*;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::cpu_slots::CpuSlots;
use crate::host_world::HostWorld;
use crate::traced_run::TracedRuns;
use crate::workers;
pub use flags::TestFlags;
use in_column::InColumn;
use inputs::Inputs;
use matrix_model::compared::NotRun;
use matrix_model::go_test::known::{KnownFailure, NATIVE, Stale, TestColumn};
use matrix_model::go_test::verdict::{Row, Runs, judge};
use matrix_model::go_test::{PackageFailure, PackageRun, PackageTests, SCHEMA, TestReport};
use matrix_model::matrix::Column;
use matrix_model::runtime::Target;
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::test_binaries::{BuiltTest, TestBuild, TestPackage, TestPackages};
use matrix_provision::test2json::Test2json;
use result_cache::{ResultCache, RunKey};

/// How many packages are built at once, while those before are run. Code that was compiled for a batch is removed with it.
const BATCH: usize = 12;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The columns, by index.
    pub columns: Vec<usize>,
    /// The column that runs programs of this machine, if the tests are run natively, too.
    pub native: Option<usize>,
    /// Which tests, and how.
    pub flags: TestFlags,
    /// The failures that are known.
    pub known: Vec<KnownFailure>,
    /// How many processes compute at once.
    pub jobs: usize,
    /// How many calls of a traced run are recorded one by one; none if nothing is to be explained.
    pub explained_calls: Option<u32>,
    /// Whether results of earlier runs are taken.
    pub takes_earlier: bool,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Event<'e> {
    /// So many packages are about to be run in so many columns, the native one included.
    Began {
        /// The packages.
        packages: usize,
        /// The columns.
        columns: usize,
    },
    /// A package's tests were run in a column.
    Ran {
        /// The import path.
        package: &'e str,
        /// The column.
        column: &'e str,
        /// What they showed.
        run: &'e PackageRun,
    },
    /// A package is judged.
    Judged(&'e PackageTests),
}

/// Receives events, on the thread on which they happen.
pub type Observe<'o> = dyn Fn(Event) + Sync + 'o;

/// Everything that packages are run with.
struct Testing<'t, 's> {
    provisioner: &'t Provisioner<'s>,
    runs: TracedRuns<'t, 's>,
    test2json: Test2json,
    request: &'t Request,
    /// The columns that are ready, by index.
    columns: Vec<(usize, TestColumn)>,
    slots: CpuSlots,
    cache: ResultCache,
    /// Where folders for temporary files are made.
    temp: PathBuf,
    /// The folder of the Go that builds the tests.
    goroot: PathBuf,
    observe: &'t Observe<'t>,
}

/// A package with its test binaries.
struct Built {
    package: TestPackage,
    module: BuiltTest,
    native: Option<BuiltTest>,
}

/// A package that was run and judged.
#[derive(Clone, Copy)]
struct Judged<'j> {
    package: &'j TestPackage,
    module: &'j Guest,
    columns: &'j [(TestColumn, PackageRun)],
    rows: &'j [Row],
}

/// A package's native run.
struct NativeRun {
    run: PackageRun,
    /// What its tests read, if their log is whole.
    inputs: Option<Inputs>,
}

/// The folders that tests need besides their own.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'f> {
    /// For results of earlier runs.
    pub kept: &'f Path,
    /// For everything that is made on the way.
    pub scratch: &'f Path,
    /// For temporary files of tests. Its path is short, because tests make sockets there.
    pub temp: &'f Path,
}

/// Runs the tests of packages.
///
/// # Errors
/// If Go cannot build or convert anything, or the disk cannot be written.
pub fn test(
    provisioner: &Provisioner,
    build: TestBuild,
    packages: &TestPackages,
    request: &Request,
    folders: Folders,
    observe: &Observe,
) -> Result<TestReport> {
    let (columns, not_run) = ready(provisioner, request);
    let testing = Testing {
        provisioner,
        runs: TracedRuns::new(provisioner, request.explained_calls.unwrap_or_default()).within(folders.scratch),
        test2json: build.go.test2json()?,
        request,
        columns,
        slots: CpuSlots::new(request.jobs),
        cache: ResultCache::new(folders.kept, request.takes_earlier),
        temp: folders.temp.to_owned(),
        goroot: build.go.root()?,
        observe,
    };
    let native = request.native.map(|native| test_column(&provisioner.columns()[native]));
    let columns = testing.columns.len() + usize::from(native.is_some());
    observe(Event::Began { packages: packages.with_tests.len(), columns });
    let (tested, stale) = testing.all(build, packages)?;
    Ok(TestReport {
        schema: SCHEMA.to_owned(),
        go: build.go.version.clone(),
        flags: request.flags.shown(),
        columns: testing.columns.iter().map(|(_, column)| column.name.clone()).collect(),
        detailed: testing.columns.iter().map(|(_, column)| column.clone()).chain(native).collect(),
        not_run,
        packages: tested,
        without_tests: packages.without.clone(),
        stale,
    })
}

/// The columns that can be run, and the others with the reason.
fn ready(provisioner: &Provisioner, request: &Request) -> (Vec<(usize, TestColumn)>, Vec<NotRun>) {
    let one = |index: &usize| {
        let column = &provisioner.columns()[*index];
        let name = column.to_string();
        match provisioner.ready(*index) {
            Err(error) => Err(NotRun { column: name, why: format!("{error:#}"), failed: true }),
            Ok(_) => Ok((*index, test_column(column))),
        }
    };
    let (mut ready, mut not_run) = (Vec::new(), Vec::new());
    for column in request.columns.par_iter().map(one).collect::<Vec<_>>() {
        match column {
            Ok(column) => ready.push(column),
            Err(why) => not_run.push(why),
        }
    }
    (ready, not_run)
}

/// A column, as tests are told of it.
fn test_column(column: &Column) -> TestColumn {
    let runtime = column.runtime;
    TestColumn {
        name: column.to_string(),
        runtime: runtime.id.clone(),
        version: column.version.clone(),
        mode: column.mode.name().to_owned(),
        engine: if runtime.is_reference() { NATIVE.to_owned() } else { runtime.gowasiruntime.clone() },
    }
}

impl<'s> Testing<'_, 's> {
    /// Builds and runs all packages.
    fn all(&self, build: TestBuild, packages: &TestPackages) -> Result<(Vec<PackageTests>, Vec<Stale>)> {
        let pool = workers::threads(self.request.jobs, packages.with_tests.len() * (self.columns.len() + 1))?;
        let (mut tested, mut stale) = (Vec::new(), Vec::new());
        thread::scope(|scope| {
            // One batch is built while the one before it runs.
            let (send, batches) = sync_channel(0);
            scope.spawn(move || {
                for batch in packages.with_tests.chunks(BATCH) {
                    if send.send(self.build(build, batch)).is_err() {
                        break;
                    }
                }
            });
            for batch in batches {
                let batch: Vec<Built> = batch?;
                let done =
                    pool.install(|| batch.par_iter().map(|built| self.package(built)).collect::<Result<Vec<_>>>())?;
                for (package, entries) in done {
                    tested.push(package);
                    stale.extend(entries);
                }
                self.provisioner.forget_compiled()?;
            }
            Ok((tested, stale))
        })
    }

    fn build(&self, build: TestBuild, batch: &[TestPackage]) -> Result<Vec<Built>> {
        let packages: Vec<_> = batch.iter().collect();
        let mut modules = build.build(&packages, Target::Wasip1)?;
        let mut natives = match self.request.native {
            Some(_) => build.build(&packages, Target::Host)?,
            None => BTreeMap::new(),
        };
        let built = |package: &TestPackage| {
            let module = modules.remove(&package.import_path).context("a package with tests has a test binary")?;
            Ok(Built { package: package.clone(), module, native: natives.remove(&package.import_path) })
        };
        batch.iter().map(built).collect()
    }

    /// Runs a package's tests everywhere, and judges them.
    fn package(&self, built: &Built) -> Result<(PackageTests, Vec<Stale>)> {
        let Built { package, module, native } = built;
        let native = match (self.request.native, native) {
            (Some(column), Some(binary)) => Some(self.natively(column, package, binary)?),
            _ => None,
        };
        let one = |(index, column): &(usize, TestColumn)| {
            let run = self.in_column(*index, package, module, native.as_ref());
            // The harness's own failure is one column's of one package, and no reason to lose all others.
            let run = run.unwrap_or_else(|error| PackageRun::not_run(PackageFailure::Harness(format!("{error:#}"))));
            (self.observe)(Event::Ran { package: &package.import_path, column: &column.name, run: &run });
            (column.clone(), run)
        };
        let inputs = native.as_ref().and_then(|native| native.inputs.as_ref());
        let columns: Vec<_> = match inputs.is_some_and(|inputs| inputs.leaves_folders) {
            true => self.columns.par_iter().map(one).collect(),
            false => self.columns.iter().map(one).collect(),
        };
        let native = native.map(|native| native.run);
        let runs = Runs { package: &package.import_path, native: native.as_ref(), columns: &columns };
        let (rows, stale) = judge(runs, &self.request.known);
        let (unnamed, reasons) = match module {
            Ok(module) => {
                let judged = Judged { package, module, columns: &columns, rows: &rows };
                let unnamed = unnamed::of(self, judged);
                let explains = self.request.explained_calls.is_some();
                let reasons = if explains { reasons::of(self, judged, &unnamed) } else { Vec::new() };
                (unnamed, reasons)
            }
            Err(_) => (Vec::new(), Vec::new()),
        };
        let tests = PackageTests {
            package: package.import_path.clone(),
            folder: package.folder.display().to_string(),
            native,
            columns: columns.into_iter().map(|(column, run)| (column.name, run)).collect(),
            rows,
            unnamed,
            reasons,
        };
        (self.observe)(Event::Judged(&tests));
        Ok((tests, stale))
    }

    /// Runs a package's tests as a program of this machine.
    fn natively(&self, column: usize, package: &TestPackage, binary: &BuiltTest) -> Result<NativeRun> {
        let name = self.provisioner.columns()[column].to_string();
        let told = |run: PackageRun| {
            (self.observe)(Event::Ran { package: &package.import_path, column: &name, run: &run });
            run
        };
        let guest = match binary {
            Ok(guest) => guest,
            Err(words) => {
                let run = told(PackageRun::not_run(PackageFailure::NotBuilt(words.clone())));
                return Ok(NativeRun { run, inputs: None });
            }
        };
        let key = RunKey::of(self.provisioner, column, guest, &self.request.flags)?;
        if let Some((run, inputs)) = self.cache.get(&key, package) {
            return Ok(NativeRun { run: told(run), inputs: Some(inputs) });
        }
        let before = folders_of(package);
        let temp = self.temp()?;
        let log = temp.path().join("testlog.txt");
        let extra = vec![format!("-test.testlogfile={}", log.display())];
        let run = self.run(column, package, guest, &temp, extra)?;
        // Only the first start's log is of all tests.
        let whole = Some(&run).filter(|run| run.starts == 1).and_then(|_| fs::read_to_string(&log).ok());
        let leaves_folders = folders_of(package) == before;
        let inputs = whole.and_then(|log| Inputs::of_log(&log, package, leaves_folders));
        if let Some(inputs) = &inputs {
            self.cache.keep(&key, inputs, &inputs.state(package), &run);
        }
        Ok(NativeRun { run: told(run), inputs })
    }

    /// Runs a package's tests in a column, or takes the result of an earlier run.
    fn in_column(
        &self,
        column: usize,
        package: &TestPackage,
        module: &BuiltTest,
        native: Option<&NativeRun>,
    ) -> Result<PackageRun> {
        let guest = match module {
            Ok(guest) => guest,
            Err(words) => return Ok(PackageRun::not_run(PackageFailure::NotBuilt(words.clone()))),
        };
        let key = RunKey::of(self.provisioner, column, guest, &self.request.flags)?;
        if let Some((run, _)) = self.cache.get(&key, package) {
            return Ok(run);
        }
        let inputs = native.and_then(|native| native.inputs.as_ref()).map(|inputs| (inputs, inputs.state(package)));
        let run = self.run(column, package, guest, &self.temp()?, Vec::new())?;
        if let Some((inputs, state)) = inputs {
            self.cache.keep(&key, inputs, &state, &run);
        }
        Ok(run)
    }

    fn run(
        &self,
        index: usize,
        package: &TestPackage,
        guest: &Guest,
        temp: &TempDir,
        extra: Vec<String>,
    ) -> Result<PackageRun> {
        let world = HostWorld::of(&package.folder, temp.path(), env::vars_os())?;
        starts::run(&InColumn { extra, ..self.binary(index, package, guest, &world) })
    }

    /// The index of a column.
    fn index(&self, column: &TestColumn) -> usize {
        let found = self.columns.iter().find(|(_, other)| other.name == column.name);
        found.expect("a column is one of those that are run").0
    }

    /// A package's test binary in a column.
    fn binary<'b>(
        &'b self,
        index: usize,
        package: &'b TestPackage,
        guest: &'b Guest,
        world: &'b HostWorld,
    ) -> InColumn<'b, 's> {
        InColumn {
            runs: &self.runs,
            slots: &self.slots,
            test2json: &self.test2json,
            package,
            index,
            column: &self.provisioner.columns()[index],
            guest,
            world,
            flags: &self.request.flags,
            goroot: &self.goroot,
            extra: Vec::new(),
        }
    }

    /// A folder for the temporary files of one run.
    fn temp(&self) -> Result<TempDir> {
        tempfile::Builder::new().prefix("t").tempdir_in(&self.temp).with_context(|| self.temp.display().to_string())
    }
}

/// The folders of a package and its test data, and when something was last made or removed in each.
fn folders_of(package: &TestPackage) -> Vec<(PathBuf, Option<SystemTime>)> {
    let walk = WalkDir::new(&package.folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let folders = walk.filter(|entry| entry.file_type().is_dir());
    folders
        .map(|entry| (entry.path().to_owned(), entry.metadata().ok().and_then(|facts| facts.modified().ok())))
        .collect()
}
