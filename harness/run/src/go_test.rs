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
//!                   again: what fails in one column only, once more and alone; judged again
//!                                       │
//!                   unnamed: what is skipped here only, run under a name that is no runtime's
//!                   reasons: two traced runs for a test that differs ──▶ PackageTests
//! ```

mod again;
mod coverage;
mod flags;
mod in_column;
mod inputs;
mod package;
mod reasons;
mod result_cache;
mod starts;
mod unnamed;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::thread;

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::cpu_slots::CpuSlots;
use crate::traced_run::TracedRuns;
use crate::workers;
pub use flags::TestFlags;
use in_column::NamedFolders;
use matrix_model::compared::NotRun;
use matrix_model::go_test::coverage::Profile;
use matrix_model::go_test::known::{KnownFailure, NATIVE, Stale, TestColumn};
use matrix_model::go_test::verdict::Row;
use matrix_model::go_test::{PackageRun, PackageTests, SCHEMA, TestReport};
use matrix_model::matrix::Column;
use matrix_model::runtime::Target;
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::test_binaries::{BuiltTest, TestBuild, TestPackage, TestPackages};
use matrix_provision::test2json::Test2json;
use result_cache::ResultCache;

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
    /// Whether the test binaries are built to tell which statements they run. Then the results of the first column are
    /// not taken from earlier runs.
    pub covers: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Tested {
    /// The answer.
    pub report: TestReport,
    /// Which statements the tests ran in the first column, if any test binary told it.
    pub profile: Option<Profile>,
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
    /// A test binary did not tell which statements it ran.
    NoProfile {
        /// The import path.
        package: &'e str,
        /// The column.
        column: &'e str,
    },
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
    /// The folders that the tests' output has names for.
    named: NamedFolders,
    /// What the tests of all packages so far have covered in the first column.
    profile: Mutex<Option<Profile>>,
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
) -> Result<Tested> {
    let (columns, not_run) = ready(provisioner, request);
    let testing = Testing {
        provisioner,
        runs: TracedRuns::new(provisioner, request.explained_calls.unwrap_or_default()).within(folders.scratch),
        test2json: build.go.test2json()?,
        request,
        columns,
        // Many tests wait most of the time.
        slots: CpuSlots::new(2 * request.jobs),
        cache: ResultCache::new(folders.kept, request.takes_earlier),
        temp: folders.temp.to_owned(),
        named: NamedFolders {
            goroot: build.go.root()?,
            module_cache: build.module_cache()?,
            state: provisioner.places().state.clone(),
        },
        profile: Mutex::default(),
        observe,
    };
    let native = request.native.map(|native| test_column(&provisioner.columns()[native]));
    let columns = testing.columns.len() + usize::from(native.is_some());
    observe(Event::Began { packages: packages.with_tests.len(), columns });
    let (tested, stale) = testing.all(build, packages)?;
    let report = TestReport {
        schema: SCHEMA.to_owned(),
        go: build.go.version.clone(),
        flags: request.flags.shown(),
        columns: testing.columns.iter().map(|(_, column)| column.name.clone()).collect(),
        detailed: testing.columns.iter().map(|(_, column)| column.clone()).chain(native).collect(),
        not_run,
        packages: tested,
        without_tests: packages.without.clone(),
        stale,
        baseline: None,
    };
    let profile = testing.profile.into_inner().expect("no thread panics with the lock held");
    Ok(Tested { report, profile })
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
}
