//! One package: runs its test binary natively and in each column, and judges its tests.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context, Result};
use fs_err as fs;
use rayon::prelude::*;
use tempfile::TempDir;
use walkdir::WalkDir;

use super::in_column::InColumn;
use super::inputs::Inputs;
use super::result_cache::RunKey;
use super::world::{Name, world};
use super::{Built, Event, Judged, Testing, again, reasons, starts, unnamed};
use crate::host_world::HostWorld;
use matrix_model::go_test::known::{Stale, TestColumn};
use matrix_model::go_test::verdict::{Runs, judge};
use matrix_model::go_test::{PackageFailure, PackageRun, PackageTests, TestRun};
use matrix_provision::guests::Guest;
use matrix_provision::test_binaries::{BuiltTest, TestPackage};

/// A package's native run.
struct NativeRun {
    run: PackageRun,
    /// What its tests read, if their log is whole.
    inputs: Option<Inputs>,
}

impl<'s> Testing<'_, 's> {
    /// Runs a package's tests everywhere, and judges them.
    pub(super) fn package(&self, built: &Built) -> Result<(PackageTests, Vec<Stale>)> {
        let Built { package, module, native } = built;
        let native = match (self.request.native, native) {
            (Some(column), Some(binary)) => Some(self.natively(column, package, binary)?),
            _ => None,
        };
        let inputs = native.as_ref().and_then(|native| native.inputs.as_ref());
        let state = inputs.map(|inputs| inputs.state(package));
        let keep = |key: Option<&RunKey>, run: &PackageRun| {
            if let (Some(key), Some(inputs), Some(state)) = (key, inputs, &state) {
                self.cache.keep(key, inputs, state, run);
            }
        };
        let one = |(index, column): &(usize, TestColumn)| {
            let run = self.in_column(*index, package, module);
            // The harness's own failure is one column's of one package, and no reason to lose all others.
            let (run, key) =
                run.unwrap_or_else(|error| (PackageRun::not_run(PackageFailure::Harness(format!("{error:#}"))), None));
            // At once, so that an interruption loses none.
            keep(key.as_ref(), &run);
            (self.observe)(Event::Ran { package: &package.import_path, column: &column.name, run: &run });
            ((column.clone(), run), key)
        };
        let ran: Vec<_> = match inputs.is_some_and(|inputs| inputs.leaves_folders) {
            true => self.columns.par_iter().map(one).collect(),
            false => self.columns.iter().map(one).collect(),
        };
        let (mut columns, keys): (Vec<_>, Vec<_>) = ran.into_iter().unzip();
        let known = &self.request.known;
        let of = |columns: &[(TestColumn, PackageRun)]| {
            let native = native.as_ref().map(|native| &native.run);
            judge(Runs { package: &package.import_path, native, columns }, known)
        };
        let (mut rows, mut stale) = of(&columns);
        if let Ok(module) = module {
            let settled = columns.iter().filter(|(_, run)| run.from_cache).map(|(column, _)| column.name.clone());
            let judged = Judged { package, module, columns: &columns, rows: &rows };
            for (test, name) in again::passed(self, judged, &settled.collect()) {
                let (_, run) =
                    columns.iter_mut().find(|(column, _)| column.name == name).context("a column that was run")?;
                run.passed_alone.insert(test);
            }
            (rows, stale) = of(&columns);
        }
        let again = keys.iter().zip(&columns).filter(|(_, (_, run))| !run.passed_alone.is_empty());
        again.for_each(|(key, (_, run))| keep(key.as_ref(), run));
        let native = native.map(|native| native.run);
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
            module: package.module.clone(),
            folder: package.folder.display().to_string(),
            native,
            columns: columns.into_iter().map(|(column, run)| (column.name, run)).collect(),
            rows,
            unnamed,
            reasons,
            cases: Vec::new(),
        };
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
        let world = world(package, temp.path(), Name::Known)?;
        let run = starts::run(&InColumn { extra, ..self.binary(column, package, guest, &world) })?;
        // Only the first start's log is of all tests.
        let whole = Some(&run).filter(|run| run.starts == 1).and_then(|_| fs::read_to_string(&log).ok());
        let leaves_folders = folders_of(package) == before;
        let inputs = whole.and_then(|log| Inputs::of_log(&log, package, leaves_folders));
        if let Some(inputs) = &inputs {
            self.cache.keep(&key, inputs, &inputs.state(package), &run);
        }
        Ok(NativeRun { run: told(run), inputs })
    }

    /// Runs a package's tests in a column, or takes the result of an earlier run. A new result comes with the key under
    /// which it can be kept.
    fn in_column(
        &self,
        column: usize,
        package: &TestPackage,
        module: &BuiltTest,
    ) -> Result<(PackageRun, Option<RunKey>)> {
        let guest = match module {
            Ok(guest) => guest,
            Err(words) => return Ok((PackageRun::not_run(PackageFailure::NotBuilt(words.clone())), None)),
        };
        let key = RunKey::of(self.provisioner, column, guest, &self.request.flags)?;
        let covers = self.request.covers && self.columns.first().is_some_and(|(first, _)| *first == column);
        if let Some((run, _)) = self.cache.get(&key, package).filter(|_| !covers) {
            return Ok((run, None));
        }
        let temp = self.temp()?;
        let world = world(package, temp.path(), Name::Known)?;
        let binary = self.binary(column, package, guest, &world);
        let run = if covers { self.covered(binary)? } else { starts::run(&binary)? };
        Ok((run, Some(key)))
    }

    /// Runs one test of a package alone in a column. None if there is no such test.
    pub(super) fn alone(&self, judged: Judged, test: &str, column: &TestColumn, name: Name) -> Result<Option<TestRun>> {
        let temp = self.temp()?;
        let world = world(judged.package, temp.path(), name)?;
        let binary = self.binary(self.index(column), judged.package, judged.module, &world);
        Ok(binary.alone(test)?.runs.remove(test))
    }

    /// The index of a column.
    pub(super) fn index(&self, column: &TestColumn) -> usize {
        let found = self.columns.iter().find(|(_, other)| other.name == column.name);
        found.expect("a column is one of those that are run").0
    }

    /// A package's test binary in a column.
    pub(super) fn binary<'b>(
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
            named: &self.named,
            extra: Vec::new(),
        }
    }

    /// A folder for the temporary files of one run.
    pub(super) fn temp(&self) -> Result<TempDir> {
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
