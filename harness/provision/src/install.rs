//! Puts a version of a runtime into the store: made beside its place, held against the lock, proven, and only then
//! moved there whole.

mod cargo;
mod debian;
mod go;
mod maven;
mod npm;
mod python;
mod staging;
mod versions;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use fs_err::os::unix::fs::symlink;
use semver::Version;
use walkdir::WalkDir;

pub use staging::sweep;
pub use versions::versions;

use crate::installation::{self, Installation};
use crate::lock::{Entry, LOCK, Lock, platform};
use crate::notice::Notify;
use crate::toolchain;
use crate::version_probe;
use matrix_model::dirs::Places;
use matrix_model::installed::Installed;
use matrix_model::runtime::{ALL_VERSIONS, Adapter, Mode, Origin, Package, Runtime};
use matrix_model::template::{Template, Values};
use matrix_supervise::Ended;
use staging::Staging;

/// Is told what is being done now, in a few words.
pub type Progress<'p> = dyn Fn(&str) + Sync + 'p;

/// What an install found or did.
#[derive(Debug)]
pub enum Done {
    /// It was there, installed from the same packages or put there by hand.
    There,
    /// It is there now.
    Installed {
        /// What is.
        installation: Box<Installation>,
        /// How many bytes its files have.
        bytes: u64,
        /// Why the lock was not compared, if it was not.
        unlocked: Option<String>,
    },
}

/// One install of one version.
struct Job<'j> {
    runtime: &'j Runtime,
    version: &'j Version,
    places: &'j Places,
    /// What the lock says of it, if that counts.
    entry: Option<&'j Entry>,
    /// Becomes the version's folder of the store.
    prefix: PathBuf,
    /// For what is needed only while installing.
    scratch: PathBuf,
    progress: &'j Progress<'j>,
    notify: &'j Notify,
}

/// What a kind of package brought.
#[derive(Debug, Default)]
struct Brought {
    /// What the packages asked for were, each a name and a digest.
    fetched: Vec<String>,
    /// What came with them.
    dependencies: Vec<String>,
    /// The Python packages among these.
    constraints: Vec<String>,
    /// The point in time of which npm packages are the newest.
    before: Option<String>,
    /// From where it came, if from nowhere the lock knows of.
    elsewhere: Option<String>,
}

/// Installs a version of a runtime into the store, unless it is there; with `again` also then.
///
/// With a lock, what contradicts it is refused before any of it is started. Two installs of one version, also of two
/// processes, come one after the other. Whatever ends this, the version's folder is there whole or not at all.
///
/// # Errors
/// If it cannot be had, is not what the lock says, or does not prove to be the version.
pub fn install(
    runtime: &Runtime,
    version: &Version,
    places: &Places,
    lock: Option<&Lock>,
    again: bool,
    progress: &Progress,
    notify: &Notify,
) -> Result<Done> {
    let id = &runtime.id;
    let Origin::Packages(packages) = &runtime.install.origin else {
        bail!("{id}@{version} cannot be had from here: {}", runtime.install.hint);
    };
    let place = places.prefix(id, version);
    if !again && is_there(runtime, version, places)? {
        return Ok(Done::There);
    }
    let asked: Vec<_> = packages.iter().map(|package| package_in_words(package, version)).collect();
    if places.offline {
        bail!("--offline forbids to fetch {}; run it once without --offline", asked.join(", "));
    }
    let staging = Staging::open(places, id, version, progress, notify)?;
    // Another process may have installed it while this one waited for it.
    if !again && is_there(runtime, version, places)? {
        return Ok(Done::There);
    }
    let job = Job {
        runtime,
        version,
        places,
        entry: lock.and_then(|lock| lock.entry(id, version)),
        prefix: staging.prefix(),
        scratch: staging.scratch(),
        progress,
        notify,
    };
    let brought = job.fetch(packages)?;
    job.link()?;
    job.check_exe()?;
    (job.progress)("taking the sha256");
    let mut installation = Installation {
        runtime: id.clone(),
        version: version.clone(),
        platform: platform(),
        packages: asked,
        reports: String::new(),
        sha256: installation::digest(&job.prefix)?,
        same_everywhere: packages.iter().all(is_same_everywhere),
        fetched: brought.fetched,
        dependencies: brought.dependencies,
        constraints: brought.constraints,
        before: brought.before,
        elsewhere: brought.elsewhere,
    };
    let compare = |installation: &Installation| match lock {
        Some(lock) => lock.compare(installation).map_err(|error| {
            let renew = format!("`wasip1-matrix install --lock --again {id}@{version}` writes the lock anew");
            anyhow!("refused, nothing stored: {error}; if it is right as it comes, {renew}")
        }),
        None => Ok(true),
    };
    compare(&installation)?;
    (job.progress)("asking it for its version");
    installation.reports = job.prove()?;
    let compared = compare(&installation)?;
    installation.write(&job.prefix)?;
    let bytes = size(&job.prefix)?;
    staging.commit(&place)?;
    let build = build_folder(places, id, version);
    if build.exists() {
        fs::remove_dir_all(&build)?;
    }
    let unlocked = match (&installation.elsewhere, compared) {
        (_, true) => None,
        (Some(elsewhere), false) => Some(format!("{elsewhere}: {LOCK} does not cover it")),
        (None, false) => Some(format!("{LOCK} has no entry of it for {}: taken as it came", platform())),
    };
    Ok(Done::Installed { installation: Box::new(installation), bytes, unlocked })
}

/// Whether a version of a runtime is in the store: its executable is, and it was installed from what `runtime.toml`
/// now asks for, or put there by hand. Looks at no more than its note.
///
/// # Errors
/// If the note cannot be read.
pub fn is_there(runtime: &Runtime, version: &Version, places: &Places) -> Result<bool> {
    let prefix = places.prefix(&runtime.id, version);
    if !prefix.join(runtime.install.exe_path(version)).exists() {
        return Ok(false);
    }
    let Some(note) = Installation::read(&prefix)? else { return Ok(true) };
    let Origin::Packages(packages) = &runtime.install.origin else { return Ok(true) };
    let asked = packages.iter().map(|package| package_in_words(package, version));
    Ok(note.packages.into_iter().eq(asked))
}

/// Whether a package is compiled by installing it.
pub fn is_compiled(package: &Package) -> bool {
    matches!(package, Package::Cargo { .. } | Package::Go(_))
}

/// A Debian suite moves, and what a compiler makes depends on the machine.
fn is_same_everywhere(package: &Package) -> bool {
    !is_compiled(package) && !matches!(package, Package::Debian { .. })
}

/// As it is asked for: `npm deno@2.9.6`.
fn package_in_words(package: &Package, version: &Version) -> String {
    match package {
        Package::Cargo { package, features, default_features } => {
            let without = if *default_features { "" } else { " without default features" };
            let with = if features.is_empty() { String::new() } else { format!(" with {}", features.join(",")) };
            format!("cargo {package}@{version}{without}{with}")
        }
        Package::Go(package) => format!("go {package}@v{version}"),
        Package::Npm(name) => format!("npm {}", filled(name, version)),
        Package::Pip(name) => format!("pip {}", filled(name, version)),
        Package::Maven(name) => format!("maven {}", filled(name, version)),
        Package::Debian { suites, packages } => {
            let suite = debian_suite(suites, version).unwrap_or("no suite");
            format!("deb {} from {suite}", packages.join(" "))
        }
    }
}

fn debian_suite<'s>(suites: &'s BTreeMap<String, String>, version: &Version) -> Option<&'s str> {
    suites.get(&version.to_string()).or_else(|| suites.get(ALL_VERSIONS)).map(String::as_str)
}

/// A name with the version in it.
fn filled(template: &Template, version: &Version) -> String {
    template.fill(&Values::default().value("version", version.to_string())).concat()
}

/// Where what is compiled for a version stands until it is installed: a killed build goes on there.
fn build_folder(places: &Places, id: &str, version: &Version) -> PathBuf {
    places.store.join(".build").join(format!("{id}-{version}"))
}

/// How many bytes the files of a folder have.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in WalkDir::new(folder) {
        let metadata = entry?.metadata()?;
        bytes += if metadata.is_dir() { 0 } else { metadata.len() };
    }
    Ok(bytes)
}

/// Removes what may or may not be there.
fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

impl Job<'_> {
    /// Puts all packages into the prefix.
    fn fetch(&self, packages: &[Package]) -> Result<Brought> {
        let names = |name_of: fn(&Package) -> Option<&Template>| -> Vec<String> {
            packages.iter().filter_map(name_of).map(|name| filled(name, self.version)).collect()
        };
        let npm = names(|package| if let Package::Npm(name) = package { Some(name) } else { None });
        let pip = names(|package| if let Package::Pip(name) = package { Some(name) } else { None });
        let maven = names(|package| if let Package::Maven(name) = package { Some(name) } else { None });
        let mut all = Brought::default();
        if !npm.is_empty() {
            all.add(self.npm(&npm).context("npm")?);
        }
        if !pip.is_empty() {
            all.add(self.pip(&pip).context("pip")?);
        }
        if !maven.is_empty() {
            all.add(self.maven(&maven).context("maven")?);
        }
        for package in packages {
            all.add(match package {
                Package::Cargo { package, features, default_features } => {
                    self.cargo(package, features, *default_features).context("cargo")?
                }
                Package::Go(package) => self.go(package).context("go")?,
                Package::Debian { suites, packages } => self.debian(suites, packages).context("deb")?,
                Package::Npm(_) | Package::Pip(_) | Package::Maven(_) => continue,
            });
        }
        all.fetched.sort();
        all.dependencies.sort();
        all.constraints.sort();
        Ok(all)
    }

    /// Runs a tool of the user's, away from everything of the project.
    fn command(&self, argv: &[OsString], variables: &[(&str, OsString)], deadline: Duration) -> Result<Ended> {
        toolchain::command(argv, variables, &self.scratch, deadline)
    }

    /// Where the executable is to be.
    fn exe(&self) -> PathBuf {
        self.prefix.join(self.runtime.install.exe_path(self.version))
    }

    /// Makes the executable the symbolic link that `install.link` says it is.
    fn link(&self) -> Result<()> {
        let Some(link) = &self.runtime.install.link else { return Ok(()) };
        let target = filled(link, self.version);
        let path = self.runtime.install.exe_path(self.version);
        let file = self.prefix.join(&target);
        let metadata = fs::metadata(&file).with_context(|| self.but_there_is(&format!("no {target}")))?;
        // Not every package says that what is in it can be run.
        let mode = metadata.permissions().mode() | 0o111;
        fs::set_permissions(&file, Permissions::from_mode(mode))?;
        let up = "../".repeat(path.components().count() - 1);
        let exe = self.prefix.join(path);
        if let Some(folder) = exe.parent() {
            fs::create_dir_all(folder)?;
        }
        remove(&exe)?;
        Ok(symlink(format!("{up}{target}"), &exe)?)
    }

    fn check_exe(&self) -> Result<()> {
        if self.exe().exists() {
            return Ok(());
        }
        bail!(self.but_there_is(&format!("no {}", self.runtime.install.exe_path(self.version).display())))
    }

    /// That something is missing, and what is there instead.
    fn but_there_is(&self, missing: &str) -> String {
        let files = matrix_store::file_digest::files(&self.prefix).unwrap_or_default();
        let names = files.iter().filter_map(|file| Some(file.strip_prefix(&self.prefix).ok()?.display().to_string()));
        let shown = names.take(20).collect::<Vec<_>>().join(", ");
        let more = if files.len() > 20 { format!(" and {} more", files.len() - 20) } else { String::new() };
        format!("the packages brought {missing}; there is: {shown}{more}")
    }

    /// Has the runtime say its version; gives the line without the paths of this machine.
    fn prove(&self) -> Result<String> {
        // A host that is built for it may take all processors.
        static BUILDING: Mutex<()> = Mutex::new(());
        let mode = &self.runtime.modes[0];
        let built = builds(mode).then(|| BUILDING.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
        let installed = Installed { exe: self.exe(), prefix: Some(self.prefix.clone()), built: None, launcher: None };
        // A file just written cannot be started while a process that another thread is about to start still has it open.
        for _ in 0..50 {
            match version_probe::prove(self.runtime, mode, self.version, &installed, self.places, self.notify) {
                Err(error) if is_busy(&error) => thread::sleep(Duration::from_millis(100)),
                proven => {
                    drop(built);
                    let prefix = self.prefix.display().to_string();
                    return Ok(proven?.replace(&prefix, "$PREFIX"));
                }
            }
        }
        bail!("{} is still open for writing", self.exe().display())
    }
}

impl Brought {
    fn add(&mut self, other: Brought) {
        self.fetched.extend(other.fetched);
        self.dependencies.extend(other.dependencies);
        self.constraints.extend(other.constraints);
        self.before = self.before.take().or(other.before);
        self.elsewhere = self.elsewhere.take().or(other.elsewhere);
    }
}

fn builds(mode: &Mode) -> bool {
    matches!(&mode.adapter, Adapter::Host(host) if !host.build.is_empty())
}

fn is_busy(error: &anyhow::Error) -> bool {
    let busy = |error: &std::io::Error| error.kind() == ErrorKind::ExecutableFileBusy;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(busy))
}
