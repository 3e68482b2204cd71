//! What cells run with: guests, runtimes ready to start, hosts, code compiled ahead, and the facts of a receipt. Each is
//! made once, when it is first needed.

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
use matrix_model::dirs::Places;
use matrix_model::matrix::Column;
use matrix_model::record::Receipt;
use matrix_model::runtime::{Origin, Runtime, Target};
use matrix_model::skip_reason::{SkipReason, skip_reason};
use matrix_model::suite::Suite;

/// Something made once, or why it could not be: as text, because each cell that needs it reports it.
type Once<T> = OnceLock<Result<T, String>>;

/// A column's index and a guest's sha256: two guests may have one name, where one is made of the other.
type ColumnAndGuest = (usize, String);

/// Provides what the cells of some columns run with.
pub struct Provisioner<'s> {
    suite: &'s Suite,
    places: Places,
    columns: Vec<Column<'s>>,
    /// By the Go release asked for, and what they are built for.
    guests: BTreeMap<(Option<String>, Target), Once<Guests>>,
    ready: Vec<Once<Ready>>,
    /// What cells run instead of a guest's module, if anything.
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

/// A cell's guest and runtime, and what its outcome rests on.
#[derive(Debug, Clone)]
pub struct ProvisionedCell<'p> {
    /// What it runs.
    pub provisioned: Provisioned<'p>,
    /// Which exactly these are.
    pub receipt: Receipt,
    /// The digest of all that its outcome rests on.
    pub key: String,
}

/// What providing for a cell came to.
#[derive(Debug, Clone)]
pub enum Provision<'p> {
    /// The cell is not run, and nothing of its runtime was made.
    Skip(SkipReason),
    /// It can be run.
    Ready(Box<ProvisionedCell<'p>>),
}

impl<'s> Provisioner<'s> {
    /// Provides for these columns. The hosts of those that are `needed`, given by their index, begin to build at once.
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

    /// Keeps compiled code in this folder, and not in the store: it is of modules that no other run has.
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

    /// The guests that a column runs, built when first asked for.
    ///
    /// # Errors
    /// As [`Guests::build`].
    pub fn guests(&self, column: usize) -> Result<&Guests> {
        let wanted = guests_of(&self.columns[column]);
        let (release, target) = &wanted;
        once(&self.guests[&wanted], || {
            Guests::build(&self.places, self.suite, release.as_deref(), *target, &*self.notify)
        })
    }

    /// Builds the guests of these columns: one that does not build is an error of the project, and no cell may look
    /// judged.
    ///
    /// # Errors
    /// As [`Guests::build`].
    pub fn build_guests(&self, columns: impl IntoIterator<Item = usize>) -> Result<()> {
        columns.into_iter().try_for_each(|column| self.guests(column).map(drop))
    }

    /// The versions of Go that built the guests so far, as they report themselves.
    pub fn gos(&self) -> Vec<String> {
        let built = self.guests.values().filter_map(|guests| guests.get()?.as_ref().ok());
        let versions: BTreeSet<_> = built.map(|guests| guests.go.version.clone()).collect();
        versions.into_iter().collect()
    }

    /// A column made ready, when first asked for.
    ///
    /// # Errors
    /// As [`ready_runtime::make_ready`].
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

    /// Why a case is not run in a column, once the column's guests are built; none if it is run.
    ///
    /// # Errors
    /// As [`Guests::build`].
    pub fn skip_reason(&self, column: usize, case: &Case) -> Result<Option<SkipReason>> {
        let go = self.guests(column)?.go.semver();
        Ok(skip_reason(&self.columns[column], case, go.as_ref()))
    }

    /// Everything that a cell runs with but what is compiled ahead of it, or why it is not run.
    ///
    /// # Errors
    /// If the guests do not build, the column cannot be made ready, or a file that the key is made of cannot be read.
    pub fn provision(&self, column: usize, case: &Case) -> Result<Provision<'_>> {
        if let Some(reason) = self.skip_reason(column, case)? {
            return Ok(Provision::Skip(reason));
        }
        let provisioned = self.provision_guest(column, self.guests(column)?.named(&case.guest)?)?;
        // WasmEdge names the place of its own executable in it: no key may hold where a checkout stands.
        let reported = self.places.without_folders(&provisioned.ready.reported);
        let receipt = self.receipt(column, case, reported, provisioned.ready.sha256.clone())?;
        let key = self.key(column, case, &receipt)?;
        Ok(Provision::Ready(Box::new(ProvisionedCell { provisioned, receipt, key })))
    }

    /// What any guest runs with in a column, also one that is not of this project.
    ///
    /// # Errors
    /// As [`ready_runtime::make_ready`].
    pub fn provision_guest<'p>(&'p self, column: usize, guest: &'p Guest) -> Result<Provisioned<'p>> {
        let ready = self.ready(column)?;
        Ok(Provisioned { guest, ready, cache: self.cache_of(&self.columns[column], ready) })
    }

    /// Compiles a guest ahead for a column, once. Gives what is run instead of the guest's own module, if anything.
    /// `name` is the guest's, by which the compiled file is called.
    ///
    /// # Errors
    /// As [`compile_ahead`].
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

    /// How many guests were compiled ahead of their cells so far.
    pub fn compiles(&self) -> usize {
        self.compiles.load(Ordering::Relaxed)
    }

    /// Waits until no host is being built any more.
    pub fn wait_for_hosts(&self) {
        self.hosts.idle();
    }

    /// The key that a cell would have under a runtime which is not here, as an earlier record tells of it.
    ///
    /// # Errors
    /// If the guests do not build, or a file that the key is made of cannot be read.
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
            // An engine trusts its cache by its version, and two builds of one version are not one engine.
            _ if column.local => folder.join(format!("local-{}", &ready.sha256[..16])),
            Some(mode) => folder.join(mode),
            None => folder,
        }
    }
}

/// What a slot holds, made by whoever asks first.
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

/// Which guests a column runs.
fn guests_of(column: &Column) -> (Option<String>, Target) {
    (column.go.clone(), column.runtime.target)
}
