//! Installs a version of a runtime into the store. It is made in a staging folder, compared with the lock, asked for
//! its version, and then moved to its place in one step.

mod cargo;
mod debian;
mod go;
mod locked;
mod maven;
mod npm;
mod python;
mod staging;
mod versions;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use semver::Version;
use walkdir::WalkDir;

pub(crate) use staging::STAGING;
pub use staging::sweep;
pub(crate) use versions::offered;
pub use versions::versions;

use crate::installation::{self, Installation};
use crate::lock::{Entry, LOCK, Lock, platform};
use crate::lock_files;
use crate::notice::Notify;
use crate::toolchain;
use crate::version_probe;
use matrix_model::installed::Installed;
use matrix_model::runtime::{ALL_VERSIONS, Adapter, Mode, Origin, Package, Runtime};
use matrix_model::template::{Template, Values};
use matrix_store::dirs::Places;
use matrix_store::file_system::{mode, set_mode, symlink};
use matrix_supervise::Ended;
use staging::Staging;

/// The folder in the store for builds in progress.
pub(crate) const BUILDS: &str = ".build";

/// Receives a short description of the current step.
pub type Progress<'p> = dyn Fn(&str) + Sync + 'p;

/// The result of an install.
#[derive(Debug)]
pub enum Done {
    /// It was installed already, from the same packages or by hand.
    There,
    /// It was installed now.
    Installed {
        /// The installation.
        installation: Box<Installation>,
        /// The total size of its files in bytes.
        bytes: u64,
        /// The reason why it was not compared with the lock; `None` if it was.
        unlocked: Option<String>,
    },
}

/// The install of one version.
struct Job<'j> {
    runtime: &'j Runtime,
    version: &'j Version,
    places: &'j Places,
    /// The lock's entry for it, if the lock applies.
    entry: Option<&'j Entry>,
    /// The folder that becomes the version's folder in the store.
    prefix: PathBuf,
    /// A folder for files that are needed only while installing.
    scratch: PathBuf,
    progress: &'j Progress<'j>,
    notify: &'j Notify,
}

/// The result of installing one kind of package.
#[derive(Debug, Default)]
struct Brought {
    /// The requested packages, each a name and a digest.
    fetched: Vec<String>,
    /// Their dependencies, each a name and a digest.
    dependencies: Vec<String>,
    /// Where it came from, if the lock does not know that source.
    elsewhere: Option<String>,
}

/// Installs a version of a runtime into the store, unless it is there. With `again`, it is installed anyway.
///
/// With a lock, anything that contradicts the lock is rejected before any of it is started. Installs of the same
/// version run one after the other, also across processes. The version's folder is always either complete or absent,
/// however the install ends.
///
/// # Errors
/// If the version is not available, does not match the lock, or does not report the right version.
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
    // Another process may have installed it while this one waited for the lock.
    if !again && is_there(runtime, version, places)? {
        return Ok(Done::There);
    }
    let renew = format!("`wasip1-matrix install --lock --again {id}@{version}` writes the lock anew");
    let entry = lock.and_then(|lock| lock.entry(id, version));
    if let Some(file) = entry.and_then(|_| lock_files::missing(runtime, version)) {
        bail!("refused, nothing fetched: {LOCK} has it, but {} is missing; restore it, or {renew}", file.display());
    }
    let job =
        Job { runtime, version, places, entry, prefix: staging.prefix(), scratch: staging.scratch(), progress, notify };
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
        elsewhere: brought.elsewhere,
    };
    let compare = |installation: &Installation| match lock {
        Some(lock) => lock
            .compare(installation)
            .map_err(|error| anyhow!("refused, nothing stored: {error}; if it is right as it comes, {renew}")),
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
        (None, false) => {
            Some(format!("not pinned: {LOCK} has no entry of it for {}, so it was taken as it came", platform()))
        }
    };
    Ok(Done::Installed { installation: Box::new(installation), bytes, unlocked })
}

/// Whether a version of a runtime is in the store: its executable exists, and it was installed by hand or from the
/// packages that `runtime.toml` now names. Only the installation's note is read, not its files.
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

/// Whether installing a package compiles it.
pub fn is_compiled(package: &Package) -> bool {
    matches!(package, Package::Cargo { .. } | Package::Go(_))
}

/// Whether a package is the same on every machine. A Debian suite changes over time, and a compiler's output depends on
/// the machine.
fn is_same_everywhere(package: &Package) -> bool {
    !is_compiled(package) && !matches!(package, Package::Debian { .. })
}

/// The package as requested: `npm deno@2.9.6`.
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

/// A name with the version filled in.
fn filled(template: &Template, version: &Version) -> String {
    template.fill(&Values::default().value("version", version.to_string())).concat()
}

/// The build folder of a version that is being compiled. It remains until the version is installed, so that a killed
/// build can resume.
fn build_folder(places: &Places, id: &str, version: &Version) -> PathBuf {
    places.store.join(BUILDS).join(format!("{id}-{version}"))
}

/// The total size of a folder's files in bytes.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in WalkDir::new(folder) {
        let metadata = entry?.metadata()?;
        bytes += if metadata.is_dir() { 0 } else { metadata.len() };
    }
    Ok(bytes)
}

/// Removes a file or folder; it is no error if there is none.
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
    /// Installs all packages into the prefix.
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
        Ok(all)
    }

    /// Runs one of the user's tools, with a working directory outside the project.
    fn command(&self, argv: &[OsString], variables: &[(&str, OsString)], deadline: Duration) -> Result<Ended> {
        toolchain::command(argv, variables, &self.scratch, deadline)
    }

    /// The path that the executable will have.
    fn exe(&self) -> PathBuf {
        self.prefix.join(self.runtime.install.exe_path(self.version))
    }

    /// Makes the executable a symbolic link to the target of `install.link`.
    fn link(&self) -> Result<()> {
        let Some(link) = &self.runtime.install.link else { return Ok(()) };
        let target = filled(link, self.version);
        let path = self.runtime.install.exe_path(self.version);
        let file = self.prefix.join(&target);
        let metadata = fs::metadata(&file).with_context(|| self.but_there_is(&format!("no {target}")))?;
        // Some packages do not mark their executables as executable.
        set_mode(&file, mode(&metadata) | 0o111)?;
        let up = "../".repeat(path.components().count() - 1);
        let exe = self.prefix.join(path);
        if let Some(folder) = exe.parent() {
            fs::create_dir_all(folder)?;
        }
        remove(&exe)?;
        symlink(Path::new(&format!("{up}{target}")), &exe).with_context(|| exe.display().to_string())
    }

    fn check_exe(&self) -> Result<()> {
        if self.exe().exists() {
            return Ok(());
        }
        bail!(self.but_there_is(&format!("no {}", self.runtime.install.exe_path(self.version).display())))
    }

    /// The error message for a missing file. It lists the files that exist instead.
    fn but_there_is(&self, missing: &str) -> String {
        let files = matrix_store::file_digest::files(&self.prefix).unwrap_or_default();
        let names = files.iter().filter_map(|file| Some(file.strip_prefix(&self.prefix).ok()?.display().to_string()));
        let shown = names.take(20).collect::<Vec<_>>().join(", ");
        let more = if files.len() > 20 { format!(" and {} more", files.len() - 20) } else { String::new() };
        format!("the packages brought {missing}; there is: {shown}{more}")
    }

    /// Asks the runtime for its version and returns that line, without this machine's paths.
    fn prove(&self) -> Result<String> {
        // Building a host for the probe may use all processors, so only one is built at a time.
        static BUILDING: Mutex<()> = Mutex::new(());
        let mode = &self.runtime.modes[0];
        let built = builds(mode).then(|| BUILDING.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
        let installed = Installed { exe: self.exe(), prefix: Some(self.prefix.clone()), built: None, launcher: None };
        // A newly written file cannot be started while a process that another thread is starting still has it open.
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
