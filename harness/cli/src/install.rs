//! `install`: installs runtimes into the store.

mod board;
mod summary;

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use matrix_model::names::id_and_rest;
use matrix_model::runtime::{Origin, Runtime};
use matrix_provision::install::{self, Done};
use matrix_provision::installation::Installation;
use matrix_provision::lock::{self, Lock};
use matrix_provision::lock_files;
use matrix_provision::toolchain;
use matrix_store::folder_lock::wait_for;
use matrix_store::remembered::Remembered;
use semver::Version;

use super::choice::known;
use super::progress::show;
use super::{Project, bounds};
use board::Board;
use summary::{Missing, Summary};

#[derive(Args)]
pub struct Install {
    /// Runtimes, at their pinned versions or at one: wazero, wazero@1.9.0 [default: all that do not take minutes to
    /// compile]
    #[arg(value_name = "RUNTIME[@VERSION]")]
    words: Vec<String>,
    /// Also install those that take minutes to compile
    #[arg(long, conflicts_with = "words")]
    all: bool,
    /// Install again what is installed already; it is replaced once the new one is proven
    #[arg(long)]
    again: bool,
    /// Write what is installed into runtimes.lock and into the lock files beside the runtimes, instead of following them
    #[arg(long)]
    lock: bool,
    /// How many to fetch at once; compiling is always done one at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = bounds::jobs())]
    jobs: usize,
}

/// A version to be installed.
struct Wanted<'p> {
    runtime: &'p Runtime,
    version: Version,
    /// Whether a word names it.
    named: bool,
}

/// What a worker reports about the version with this index.
enum Event {
    Started(usize),
    Doing(usize, String),
    Ended(usize, Result<Done>),
}

/// How often to report progress if there is no terminal.
const STILL: Duration = Duration::from_secs(15);

impl Install {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        if self.lock {
            project.needs_checkout("--lock writes into runtimes/", "clone it, or install without --lock")?;
        }
        let wanted = self.wanted(&project.suite.runtimes)?;
        let Some(first) = project.suite.runtimes.first() else { bail!("there is no runtime") };
        let path = Lock::path_beside(&first.folder);
        // Another command that writes the lock would lose what this one has written, or the other way round.
        let _held = path.parent().filter(|_| self.lock).map(wait_for).transpose()?;
        let mut lock = Lock::read(&path)?;
        matrix_supervise::end_children_on_interrupt()?;
        install::sweep(&project.places)?;
        let (mut summary, to_install) = self.sorted(wanted, project);
        let results = self.install(&to_install, project, &lock);
        for (wanted, result) in to_install.iter().zip(results) {
            let result = result.and_then(|done| match self.lock {
                true => wanted.lock(&done, project, &mut lock).map(|()| done),
                false => Ok(done),
            });
            match result {
                Ok(Done::There) => summary.there.push(wanted.name()),
                Ok(Done::Installed { .. }) => summary.installed.push(wanted.name()),
                Err(error) => summary.fail(wanted.name(), &error),
            }
        }
        if self.lock {
            if self.words.is_empty() {
                forget_unpinned(&project.suite.runtimes, &mut lock)?;
            }
            lock.write(&path)?;
        }
        println!("{summary}");
        // What no package manager has is no failure, unless the user named it.
        let failed = !summary.failed.is_empty() || (!self.words.is_empty() && !summary.not_to_be_had.is_empty());
        Ok(ExitCode::from(u8::from(failed)))
    }

    /// Divides the versions into those that are to be installed now, and those that something else is said of.
    fn sorted<'p>(&self, wanted: Vec<Wanted<'p>>, project: &Project) -> (Summary, Vec<Wanted<'p>>) {
        let mut summary = Summary::default();
        let mut to_install = Vec::new();
        for wanted in wanted {
            let (id, install) = (&wanted.runtime.id, &wanted.runtime.install);
            match &install.origin {
                Origin::Crate(_) | Origin::Folder => summary.built.push(id.clone()),
                Origin::Found if wanted.is_found(project) => summary.there.push(wanted.name()),
                Origin::Found => {
                    summary.not_to_be_had.push(Missing { name: wanted.name(), why: install.hint.clone() });
                }
                Origin::Packages(_) if install.slow && !self.all && !wanted.named => {
                    match install::is_there(wanted.runtime, &wanted.version, &project.places) {
                        Ok(true) => {}
                        Ok(false) => summary.slow.push(wanted.name()),
                        Err(error) => summary.fail(wanted.name(), &error),
                    }
                }
                Origin::Packages(_) => to_install.push(wanted),
            }
        }
        summary.built.dedup();
        (summary, to_install)
    }

    /// Gives the versions that the words mean.
    fn wanted<'p>(&self, runtimes: &'p [Runtime]) -> Result<Vec<Wanted<'p>>> {
        let pins = |runtime: &'p Runtime, named| {
            runtime.install.pins.iter().map(move |version| Wanted { runtime, version: version.clone(), named })
        };
        if self.words.is_empty() {
            return Ok(runtimes.iter().flat_map(|runtime| pins(runtime, false)).collect());
        }
        let mut wanted: Vec<Wanted> = Vec::new();
        for word in &self.words {
            let (id, version) = id_and_rest(word);
            let runtime = known(runtimes, id)?;
            let found: Vec<_> = match version {
                None => pins(runtime, true).collect(),
                Some(version) => {
                    let version = Version::parse(version).with_context(|| format!("`{word}`: not a version"))?;
                    vec![Wanted { runtime, version, named: true }]
                }
            };
            let is_new = |new: &Wanted| {
                !wanted.iter().any(|known| known.runtime.id == new.runtime.id && known.version == new.version)
            };
            let found: Vec<_> = found.into_iter().filter(is_new).collect();
            wanted.extend(found);
        }
        Ok(wanted)
    }

    /// Installs the versions and reports progress. One that fails does not stop the others.
    fn install(&self, wanted: &[Wanted], project: &Project, lock: &Lock) -> Vec<Result<Done>> {
        let lock = (!self.lock).then_some(lock);
        let indices = |compiled: bool| -> Mutex<VecDeque<usize>> {
            let is_of = |index: &usize| wanted[*index].is_compiled() == compiled;
            Mutex::new((0..wanted.len()).filter(is_of).collect())
        };
        let (fetched, compiled) = (indices(false), indices(true));
        let next =
            |queue: &Mutex<VecDeque<usize>>| queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop_front();
        let work = |queue: &Mutex<VecDeque<usize>>, events: Sender<Event>| {
            while let Some(index) = next(queue) {
                let Wanted { runtime, version, .. } = &wanted[index];
                let tell = |event: Event| events.send(event).expect("it is received until all workers are done");
                tell(Event::Started(index));
                let progress = |text: &str| tell(Event::Doing(index, text.to_owned()));
                let done = install::install(runtime, version, &project.places, lock, self.again, &progress, &show);
                tell(Event::Ended(index, done));
            }
        };
        let mut results: Vec<Option<Result<Done>>> = wanted.iter().map(|_| None).collect();
        thread::scope(|scope| {
            let (events, received) = mpsc::channel();
            let workers = [&fetched].repeat(self.jobs.min(wanted.len())).into_iter().chain([&compiled]);
            for queue in workers {
                let (events, work) = (events.clone(), &work);
                scope.spawn(move || work(queue, events));
            }
            drop(events);
            let mut board = Board::new(wanted.iter().map(Wanted::name).collect());
            let mut said = Instant::now();
            loop {
                match received.recv_timeout(STILL.saturating_sub(said.elapsed())) {
                    Ok(Event::Started(index)) => board.started(index),
                    Ok(Event::Doing(index, what)) => board.doing(index, what),
                    Ok(Event::Ended(index, done)) => {
                        board.ended(index, &done, self.lock);
                        results[index] = Some(done);
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        board.still();
                        said = Instant::now();
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        });
        let ended =
            |result: Option<Result<Done>>| result.unwrap_or_else(|| Err(anyhow!("its worker ended without a result")));
        results.into_iter().map(ended).collect()
    }
}

impl Wanted<'_> {
    fn name(&self) -> String {
        format!("{}@{}", self.runtime.id, self.version)
    }

    fn is_compiled(&self) -> bool {
        matches!(&self.runtime.install.origin, Origin::Packages(packages) if packages.iter().any(install::is_compiled))
    }

    /// Whether it is on PATH or in the store, put there by somebody else.
    fn is_found(&self, project: &Project) -> bool {
        let install = &self.runtime.install;
        let stored = project.places.prefix(&self.runtime.id, &self.version).join(install.exe_path(&self.version));
        stored.exists() || toolchain::on_path(&install.exe_name(&self.version)).is_some()
    }

    /// Writes what is installed into the lock, if it is what its note says, and its lock files beside the runtime.
    fn lock(&self, done: &Done, project: &Project, lock: &mut Lock) -> Result<()> {
        let (id, prefix) = (&self.runtime.id, project.places.prefix(&self.runtime.id, &self.version));
        let note: Option<Installation> = match done {
            Done::Installed { installation, .. } => Some((**installation).clone()),
            Done::There => {
                let remembered = Remembered::in_store(&project.places.store);
                lock::verify(&prefix, id, &self.version, &Lock::default(), &remembered)?
            }
        };
        match note {
            Some(note) if note.elsewhere.is_none() => {
                lock_files::publish(&prefix, self.runtime, &self.version).context("installed, but not locked")?;
                lock.set(&note);
            }
            Some(_) => eprintln!("{}: not locked, it is not a package of {id}", self.name()),
            None => eprintln!("{}: not locked, it was put there by hand", self.name()),
        }
        Ok(())
    }
}

/// Removes what the lock, and the folders of lock files, have of versions that are not pinned.
fn forget_unpinned(runtimes: &[Runtime], lock: &mut Lock) -> Result<()> {
    lock.retain(|id, version| {
        runtimes.iter().any(|runtime| runtime.id == id && runtime.install.pins.contains(version))
    });
    for runtime in runtimes {
        lock_files::retain(&runtime.folder, |version| runtime.install.pins.contains(version))?;
    }
    Ok(())
}
