//! One case under one release of a runtime, which need not be installed: then it is, for as long as this lasts.

use anyhow::{Context, Result, bail};
use matrix_model::case::Case;
use matrix_model::matrix::{Cell, Column};
use matrix_model::record::Record;
use matrix_model::runtime::Runtime;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::{discover, install, lock::Lock};
use matrix_run::schedule::{Schedule, ScheduleOptions};
use matrix_store::dirs::Places;
use matrix_store::scratch::Scratch;
use semver::Version;

use super::Project;
use super::progress::{notify, show};

/// Where releases are installed that are not in the store.
pub struct Trial<'p> {
    pub project: &'p Project,
    pub scratch: Scratch,
}

impl<'p> Trial<'p> {
    /// The column of a release, and the places it is run with: in the store if it is installed there.
    ///
    /// # Errors
    /// If it cannot be had, or has no such mode.
    pub fn release(
        &self,
        runtime: &'p Runtime,
        version: &Version,
        mode: Option<&str>,
        lock: &Lock,
    ) -> Result<(Column<'p>, Places)> {
        let mut places = self.scratch.places(&self.project.places);
        if install::is_there(runtime, version, &self.project.places)? {
            places.store = self.project.places.store.clone();
        } else if !install::is_there(runtime, version, &places)? {
            let said = |what: &str| eprintln!("{}@{version}: {what}", runtime.id);
            install::install(runtime, version, &places, Some(lock), false, &said, &show)?;
        }
        let columns = discover::find(std::slice::from_ref(runtime), &[], &places);
        let is_meant =
            |column: &Column| column.version == *version && column.mode.name.as_deref() == mode && !column.local;
        match columns.into_iter().find(is_meant) {
            Some(column) => Ok((column, places)),
            None => bail!("this version has no mode {}", mode.unwrap_or("default")),
        }
    }

    /// Runs a case in the first of these columns. The others are there for it, such as the reference in a surrounding.
    ///
    /// # Errors
    /// If the harness cannot run it.
    pub fn judge(&self, columns: Vec<Column<'p>>, places: Places, case: &'p Case) -> Result<Record> {
        let compiled = self.scratch.folder().join("compiled");
        let provisioner = Provisioner::new(&self.project.suite, places, columns, [0], notify());
        let provisioner = provisioner.compile_into(compiled);
        provisioner.build_guests([0])?;
        let schedule = Schedule::new(provisioner, ScheduleOptions::default());
        schedule.judge(&Cell { column: 0, case }).context("its record")
    }
}
