//! Everything that cells run with: guests, runtimes ready to start, hosts, precompiled code, and the facts of a
//! receipt. Each is made once, when it is first needed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use fs_err as fs;

use crate::compile_ahead::CompiledGuests;
use crate::compile_turns::CompileTurns;
use crate::guests::{Guest, Guests};
use crate::host_builder::Foundry;
use crate::host_sources;
use crate::key::{key, runtime_part};
use crate::notice::Notify;
use crate::once::Once;
use crate::origin::platform;
pub use crate::ready_runtime::Ready;
use crate::ready_runtime::{Workshop, make_ready};
use crate::toolchain::Go;
use matrix_model::case::Case;
use matrix_model::connection::{OutputKind, StdinKind};
use matrix_model::digest::Encoder;
use matrix_model::matrix::{Column, Place};
use matrix_model::record::Receipt;
use matrix_model::runtime::{Origin, Runtime, Target};
use matrix_model::skip_reason::{SkipReason, skip_reason};
use matrix_model::suite::Suite;
use matrix_store::dirs::Places;
use matrix_store::folder_lock::keep;
use matrix_supervise::{no_full_device, no_terminal};

/// The folder, beside compiled code, of the locks of those who compile.
const TURNS: &str = ".turns";

/// Provides everything that the cells of some columns run with.
pub struct Provisioner<'s> {
    suite: &'s Suite,
    places: Places,
    columns: Vec<Column<'s>>,
    /// By the requested Go release, and the target.
    guests: BTreeMap<(Option<String>, Target), Once<Guests>>,
    /// The sources of each column's host, as part of a digest.
    sources: Vec<Once<Encoder>>,
    ready: Vec<Once<Ready>>,
    /// The versions that guests report in place of their runtime.
    proven: Vec<Once<String>>,
    compiled: CompiledGuests,
    hosts: Foundry,
    /// The folder for compiled code.
    cache: PathBuf,
    notify: Arc<Notify>,
    /// Held, so that no command removes what this one uses.
    _kept: [Option<File>; 2],
}

/// A guest and a runtime that is ready to run it.
#[derive(Debug, Clone, Copy)]
pub struct Provisioned<'p> {
    /// The guest.
    pub guest: &'p Guest,
    /// The runtime.
    pub ready: &'p Ready,
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
    Skip {
        /// Why.
        reason: SkipReason,
        /// If only its runtime is missing, and an earlier receipt says which runtime that would be: the cell's key with
        /// that runtime.
        key: Option<String>,
    },
    /// The cell can be run.
    Ready(Box<ProvisionedCell<'p>>),
}

impl Provision<'_> {
    /// The cell's key, if it has one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Provision::Skip { key, .. } => key.as_deref(),
            Provision::Ready(provisioned) => Some(&provisioned.key),
        }
    }
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
        let to_build = needed.into_iter().map(|index| &columns[index]).filter(|column| column.place == Place::ToBuild);
        let needed: BTreeSet<_> = to_build.filter_map(|column| host_package(column.runtime)).cloned().collect();
        Provisioner {
            _kept: [&places.store, &places.state].map(|folder| keep(folder)),
            hosts: Foundry::start(&packages, &needed, &places, &notify),
            sources: columns.iter().map(|_| Once::default()).collect(),
            ready: columns.iter().map(|_| Once::default()).collect(),
            proven: columns.iter().map(|_| Once::default()).collect(),
            guests: columns.iter().map(|column| (guests_of(column), Once::default())).collect(),
            cache: places.store.join("cache"),
            suite,
            places,
            columns,
            compiled: CompiledGuests::new(Arc::clone(&notify)),
            notify,
        }
    }

    /// Keeps compiled code in this folder instead of the store, for modules that no other run uses.
    pub fn compile_into(self, cache: PathBuf) -> Provisioner<'s> {
        Provisioner { cache, ..self }
    }

    /// Lets no more compilers run at once than this, in all processes of this machine that say so.
    #[must_use]
    pub fn compiling_at_most(self, compilers: usize) -> Provisioner<'s> {
        let turns = CompileTurns::new(self.places.store.join("cache").join(TURNS), compilers);
        Provisioner { compiled: self.compiled.in_turns(turns), ..self }
    }

    /// Does not ask a host again to compile what it has compiled before. A run may then compile, so it measures nothing.
    #[must_use]
    pub fn trusting_caches(self) -> Provisioner<'s> {
        Provisioner { compiled: self.compiled.trusting(), ..self }
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
        self.guests[&wanted]
            .or_make(|| Guests::build(&self.places, self.suite, release.as_deref(), *target, &*self.notify))
    }

    /// Builds the guests of these columns. If none of them builds, that is an error of the project. If some do, the cells
    /// of the others are errors, which is no verdict on a runtime.
    ///
    /// # Errors
    /// The same as for [`Guests::build`].
    pub fn build_guests(&self, columns: impl IntoIterator<Item = usize>) -> Result<()> {
        columns.into_iter().try_for_each(|column| self.guests(column).map(drop))
    }

    /// The Go versions that have built guests so far, as they report themselves.
    pub fn gos(&self) -> Vec<String> {
        let built = self.guests.values().filter_map(Once::made);
        let versions: BTreeSet<_> = built.filter_map(|guests| Some(guests.go.as_ref()?.version.clone())).collect();
        versions.into_iter().collect()
    }

    /// The guests that were compiled ahead.
    pub fn compiled(&self) -> &CompiledGuests {
        &self.compiled
    }

    /// Removes the code that was compiled for guests. None of them may be running or about to run.
    ///
    /// # Errors
    /// If a folder cannot be removed.
    pub fn forget_compiled(&self) -> Result<()> {
        self.compiled.forget();
        for ready in self.ready.iter().filter_map(Once::made) {
            if ready.cache.is_dir() {
                fs::remove_dir_all(&ready.cache)?;
                fs::create_dir_all(&ready.cache)?;
            }
        }
        Ok(())
    }

    /// The sources of a column's host, as part of a digest.
    fn sources(&self, index: usize) -> Result<&Encoder> {
        self.sources[index].or_make(|| host_sources::encoded(&self.columns[index].runtime.folder))
    }

    /// The column, made ready on first use.
    ///
    /// # Errors
    /// If the runtime is not available, has changed since it was installed, reports no version or not the column's
    /// version, or honours other request fields than its `lacks` say. Such an error is the harness's, not the runtime's.
    pub fn ready(&self, index: usize) -> Result<&Ready> {
        let column = &self.columns[index];
        let workshop = Workshop { places: &self.places, hosts: &self.hosts, cache: &self.cache, notify: &*self.notify };
        self.ready[index].or_make(|| make_ready(column, self.sources(index)?, workshop))
    }

    /// The version that a column's runtime reports, or that its guests report in its place.
    ///
    /// # Errors
    /// The same as for [`Provisioner::ready`]; also if a guest reports no version, or another one.
    pub fn reported(&self, index: usize) -> Result<String> {
        let column = &self.columns[index];
        match column.runtime.version {
            Some(_) => Ok(self.ready(index)?.reported.clone()),
            None => self.proven[index].or_make(|| self.guests(index)?.prove(&column.version)).cloned(),
        }
    }

    /// The reason why a case is not run in a column; `None` if it is run. Builds the column's guests first.
    ///
    /// # Errors
    /// The same as for [`Guests::build`].
    pub fn skip_reason(&self, column: usize, case: &Case) -> Result<Option<SkipReason>> {
        let go = self.guests(column)?.go_of(&case.guest).and_then(Go::semver);
        Ok(skip_reason(&self.columns[column], case, go.as_ref()).or_else(|| cannot_connect(case)))
    }

    /// Provides everything that a cell runs with, except for precompiled code, or the reason why it is not run.
    /// `earlier` is the receipt of an earlier run of the cell. It stands for a runtime that is not on this machine.
    ///
    /// # Errors
    /// If the guests do not build, the column cannot be made ready, or a file that the key covers cannot be read.
    pub fn provision(&self, index: usize, case: &Case, earlier: Option<&Receipt>) -> Result<Provision<'_>> {
        match (self.skip_reason(index, case)?, earlier) {
            (None, _) => {
                let provisioned = self.provision_guest(index, self.guests(index)?.named(&case.guest)?)?;
                let Ready { sha256, .. } = provisioned.ready;
                // WasmEdge reports the path of its own executable. A key must not depend on the location of a checkout.
                let reported = self.places.without_folders(&self.reported(index)?);
                let (receipt, key) = self.identity(index, case, &reported, sha256)?;
                Ok(Provision::Ready(Box::new(ProvisionedCell { provisioned, receipt, key })))
            }
            (Some(reason @ SkipReason::Missing(_)), Some(Receipt { reported_version, runtime_sha256, .. })) => {
                let (_, key) = self.identity(index, case, reported_version, runtime_sha256)?;
                Ok(Provision::Skip { reason, key: Some(key) })
            }
            (Some(reason), _) => Ok(Provision::Skip { reason, key: None }),
        }
    }

    /// The receipt and the key of a cell under the runtime that reports this version and has this sha256.
    fn identity(&self, index: usize, case: &Case, reported: &str, sha256: &str) -> Result<(Receipt, String)> {
        let guests = self.guests(index)?;
        let receipt = Receipt {
            reported_version: reported.to_owned(),
            runtime_sha256: sha256.to_owned(),
            go: guests.go_of(&case.guest).map(|go| go.version.clone()).unwrap_or_default(),
            guest_sha256: guests.named(&case.guest)?.sha256.clone(),
            platform: platform(),
        };
        let key = key(&self.columns[index], self.sources(index)?, case, &receipt, &self.suite.fixtures)?;
        Ok((receipt, key))
    }

    /// Provides everything that a guest runs with in a column. The guest need not be one of this project.
    ///
    /// # Errors
    /// The same as for [`Provisioner::ready`].
    pub fn provision_guest<'p>(&'p self, column: usize, guest: &'p Guest) -> Result<Provisioned<'p>> {
        Ok(Provisioned { guest, ready: self.ready(column)? })
    }

    /// Which runtime a column has, and how it is driven, as part of a digest.
    ///
    /// # Errors
    /// The same as for [`Provisioner::ready`].
    pub fn runtime_part(&self, index: usize) -> Result<Encoder> {
        runtime_part(&self.columns[index], self.sources(index)?, &self.ready(index)?.sha256)
    }

    /// Waits until all host builds have ended.
    pub fn wait_for_hosts(&self) {
        self.hosts.idle();
    }
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

/// Why this machine cannot connect a case's guest as the case says; `None` if it can.
fn cannot_connect(case: &Case) -> Option<SkipReason> {
    let outputs = [&case.stdout_kind, &case.stderr_kind];
    let on_terminal = case.stdin_kind == StdinKind::Terminal || outputs.contains(&&OutputKind::Terminal);
    let no_terminal = on_terminal.then(no_terminal).flatten();
    let no_device = || outputs.contains(&&OutputKind::Full).then(no_full_device).flatten();
    no_terminal.or_else(no_device).map(|why| SkipReason::Missing(why.to_owned()))
}
