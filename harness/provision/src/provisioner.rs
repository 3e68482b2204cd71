//! Everything that cells run with: guests, runtimes ready to start, hosts, precompiled code, and the facts of a
//! receipt. Each is made once, when it is first needed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Result, anyhow};

use crate::compile_ahead::compile_ahead;
use crate::guests::{Guest, Guests};
use crate::host_builder::Foundry;
use crate::key;
use crate::notice::Notify;
use crate::origin;
use crate::ready_runtime::{self, Ready};
use matrix_model::case::Case;
use matrix_model::matrix::Column;
use matrix_model::record::Receipt;
use matrix_model::runtime::{Origin, Runtime, Target};
use matrix_model::skip_reason::{SkipReason, skip_reason};
use matrix_model::suite::Suite;
use matrix_store::dirs::Places;

/// A value that is made once, or the reason why that failed. The reason is text, because each cell that needs the value
/// reports it.
type Once<T> = OnceLock<Result<T, String>>;

/// A column's index and a guest's sha256. The name is not enough: a guest derived from another has the same name.
type ColumnAndGuest = (usize, String);

/// Provides everything that the cells of some columns run with.
pub struct Provisioner<'s> {
    suite: &'s Suite,
    places: Places,
    columns: Vec<Column<'s>>,
    /// By the requested Go release, and the target.
    guests: BTreeMap<(Option<String>, Target), Once<Guests>>,
    ready: Vec<Once<Ready>>,
    /// The files that cells run instead of a guest's module, if any.
    compiled: Mutex<HashMap<ColumnAndGuest, Arc<Once<Option<PathBuf>>>>>,
    hosts: Foundry,
    /// The folder for compiled code.
    cache: PathBuf,
    compiles: AtomicUsize,
    notify: Arc<Notify>,
}

/// A guest and a runtime that is ready to run it.
#[derive(Debug, Clone)]
pub struct Provisioned<'p> {
    /// The guest.
    pub guest: &'p Guest,
    /// The runtime.
    pub ready: &'p Ready,
    /// The folder for the code that the column's engine compiles.
    pub cache: PathBuf,
}

/// A cell's guest and runtime, and what identifies them.
#[derive(Debug, Clone)]
pub struct ProvisionedCell<'p> {
    /// The guest and the runtime.
    pub provisioned: Provisioned<'p>,
    /// The exact identity of both.
    pub receipt: Receipt,
    /// The digest of everything that the cell's outcome depends on.
    pub key: String,
}

/// The result of providing for a cell.
#[derive(Debug, Clone)]
pub enum Provision<'p> {
    /// The cell is not run, and nothing was made for its runtime.
    Skip(SkipReason),
    /// The cell can be run.
    Ready(Box<ProvisionedCell<'p>>),
}

impl<'s> Provisioner<'s> {
    /// Creates a provisioner for these columns. The hosts of the `needed` columns, given by index, start to build at
    /// once.
    pub fn new(
        suite: &'s Suite,
        places: Places,
        columns: Vec<Column<'s>>,
        needed: impl IntoIterator<Item = usize>,
        notify: Arc<Notify>,
    ) -> Provisioner<'s> {
        let packages: Vec<_> = suite
            .runtimes
            .iter()
            .filter_map(|runtime| Some((host_package(runtime)?.clone(), runtime.folder.clone())))
            .collect();
        let needed: BTreeSet<_> =
            needed.into_iter().filter_map(|index| host_package(columns[index].runtime)).cloned().collect();
        Provisioner {
            hosts: Foundry::start(&packages, &needed, &places, &notify),
            ready: columns.iter().map(|_| OnceLock::new()).collect(),
            guests: columns.iter().map(|column| (guests_of(column), OnceLock::new())).collect(),
            cache: places.store.join("cache"),
            suite,
            places,
            columns,
            compiled: Mutex::default(),
            compiles: AtomicUsize::new(0),
            notify,
        }
    }

    /// Keeps compiled code in this folder instead of the store, for modules that no other run uses.
    pub fn compile_into(self, cache: PathBuf) -> Provisioner<'s> {
        Provisioner { cache, ..self }
    }

    /// The project's cases and runtimes.
    pub fn suite(&self) -> &'s Suite {
        self.suite
    }

    /// The folders in use.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The columns, by their index.
    pub fn columns(&self) -> &[Column<'s>] {
        &self.columns
    }

    /// The guests that a column runs. They are built on first use.
    ///
    /// # Errors
    /// The same as for [`Guests::build`].
    pub fn guests(&self, column: usize) -> Result<&Guests> {
        let wanted = guests_of(&self.columns[column]);
        let (release, target) = &wanted;
        once(&self.guests[&wanted], || {
            Guests::build(&self.places, self.suite, release.as_deref(), *target, &*self.notify)
        })
    }

    /// Builds the guests of these columns. A guest that does not build is an error of the project, and must not look
    /// like a cell's verdict.
    ///
    /// # Errors
    /// The same as for [`Guests::build`].
    pub fn build_guests(&self, columns: impl IntoIterator<Item = usize>) -> Result<()> {
        columns.into_iter().try_for_each(|column| self.guests(column).map(drop))
    }

    /// The Go versions that have built guests so far, as they report themselves.
    pub fn gos(&self) -> Vec<String> {
        let built = self.guests.values().filter_map(|guests| guests.get()?.as_ref().ok());
        let versions: BTreeSet<_> = built.map(|guests| guests.go.version.clone()).collect();
        versions.into_iter().collect()
    }

    /// The column, made ready on first use.
    ///
    /// # Errors
    /// The same as for [`ready_runtime::make_ready`].
    pub fn ready(&self, index: usize) -> Result<&Ready> {
        once(&self.ready[index], || {
            let column = &self.columns[index];
            let mut ready = ready_runtime::make_ready(column, &self.places, &self.hosts, &*self.notify)?;
            if column.runtime.version.is_none() {
                ready.reported = self.guests(index)?.prove(&column.version)?;
            }
            Ok(ready)
        })
    }

    /// The reason why a case is not run in a column; `None` if it is run. Builds the column's guests first.
    ///
    /// # Errors
    /// The same as for [`Guests::build`].
    pub fn skip_reason(&self, column: usize, case: &Case) -> Result<Option<SkipReason>> {
        let go = self.guests(column)?.go.semver();
        Ok(skip_reason(&self.columns[column], case, go.as_ref()))
    }

    /// Provides everything that a cell runs with, except for precompiled code, or the reason why it is not run.
    ///
    /// # Errors
    /// If the guests do not build, the column cannot be made ready, or a file that the key covers cannot be read.
    pub fn provision(&self, column: usize, case: &Case) -> Result<Provision<'_>> {
        if let Some(reason) = self.skip_reason(column, case)? {
            return Ok(Provision::Skip(reason));
        }
        let provisioned = self.provision_guest(column, self.guests(column)?.named(&case.guest)?)?;
        // WasmEdge reports the path of its own executable. A key must not depend on the location of a checkout.
        let reported = self.places.without_folders(&provisioned.ready.reported);
        let receipt = self.receipt(column, case, reported, provisioned.ready.sha256.clone())?;
        let key = self.key(column, case, &receipt)?;
        Ok(Provision::Ready(Box::new(ProvisionedCell { provisioned, receipt, key })))
    }

    /// Provides everything that a guest runs with in a column. The guest need not be one of this project.
    ///
    /// # Errors
    /// The same as for [`ready_runtime::make_ready`].
    pub fn provision_guest<'p>(&'p self, column: usize, guest: &'p Guest) -> Result<Provisioned<'p>> {
        let ready = self.ready(column)?;
        Ok(Provisioned { guest, ready, cache: self.cache_of(&self.columns[column], ready) })
    }

    /// Compiles a guest ahead for a column, once. Returns the file to run instead of the guest's own module, if any.
    /// `name` is the guest's name, from which the compiled file gets its name.
    ///
    /// # Errors
    /// The same as for [`compile_ahead`].
    pub fn compile_ahead(&self, column: usize, name: &str, provisioned: &Provisioned) -> Result<Option<PathBuf>> {
        let Provisioned { guest, ready, cache } = provisioned;
        let slot = {
            let mut compiled = self.compiled.lock().expect("no thread panics with the lock held");
            Arc::clone(compiled.entry((column, guest.sha256.clone())).or_default())
        };
        once(&slot, || {
            let compiled = compile_ahead(&self.columns[column], name, guest, ready, cache)?;
            self.compiles.fetch_add(usize::from(compiled.fresh), Ordering::Relaxed);
            Ok(compiled.artifact)
        })
        .cloned()
    }

    /// The number of guests compiled ahead so far.
    pub fn compiles(&self) -> usize {
        self.compiles.load(Ordering::Relaxed)
    }

    /// Waits until all host builds have ended.
    pub fn wait_for_hosts(&self) {
        self.hosts.idle();
    }

    /// The key that a cell would have under a runtime that is not on this machine, as recorded in an earlier receipt.
    ///
    /// # Errors
    /// If the guests do not build, or a file that the key covers cannot be read.
    pub fn key_under(&self, column: usize, case: &Case, earlier: &Receipt) -> Result<String> {
        let Receipt { reported_version, runtime_sha256, .. } = earlier.clone();
        self.key(column, case, &self.receipt(column, case, reported_version, runtime_sha256)?)
    }

    fn receipt(&self, column: usize, case: &Case, reported_version: String, runtime_sha256: String) -> Result<Receipt> {
        let guests = self.guests(column)?;
        Ok(Receipt {
            reported_version,
            runtime_sha256,
            go: guests.go.version.clone(),
            guest_sha256: guests.named(&case.guest)?.sha256.clone(),
            platform: origin::platform(),
        })
    }

    fn key(&self, column: usize, case: &Case, receipt: &Receipt) -> Result<String> {
        key::key(&self.columns[column], case, receipt, &self.suite.fixtures)
    }

    fn cache_of(&self, column: &Column, ready: &Ready) -> PathBuf {
        let folder = self.cache.join(&column.runtime.id).join(column.version.to_string());
        match &column.mode.name {
            // An engine trusts its cache if the version matches, but two builds of one version are different engines.
            _ if column.local => folder.join(format!("local-{}", &ready.sha256[..16])),
            Some(mode) => folder.join(mode),
            None => folder,
        }
    }
}

/// The value in a slot. The first caller makes it.
fn once<T>(slot: &Once<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    slot.get_or_init(|| make().map_err(|error| format!("{error:#}"))).as_ref().map_err(|error| anyhow!("{error}"))
}

/// The cargo package of a runtime's host, if the harness builds one.
fn host_package(runtime: &Runtime) -> Option<&String> {
    match &runtime.install.origin {
        Origin::Crate(package) => Some(package),
        _ => None,
    }
}

/// The Go release and the target of the guests that a column runs.
fn guests_of(column: &Column) -> (Option<String>, Target) {
    (column.go.clone(), column.runtime.target)
}
