//! Lock files: what a package manager itself keeps of the packages that it chose, with their digests. Those of each pinned
//! version are committed beside the runtime, in `runtimes/<id>/locks/<version>/`. An install keeps those that it used, or
//! that its package managers wrote, in the version's folder of the store.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use fs_err as fs;
use semver::Version;

use matrix_model::runtime::{Install, Origin, Package, Runtime};
use matrix_store::atomic_write::write_whole;

/// The folder of lock files, in a runtime's folder and in a version's folder of the store.
pub const LOCKS: &str = "locks";

/// npm's lock file.
pub(crate) const NPM: &str = "package-lock.json";
/// The requirements, with hashes, that pip installs with `--require-hashes`.
pub(crate) const PIP: &str = "requirements.txt";
/// The sha256 of each jar, as `sha256sum` writes it. Maven has no lock file of its own.
pub(crate) const MAVEN: &str = "maven.sha256";
/// The module that requires a Go package, and Go's digests of all modules that it needs.
pub(crate) const GO: [&str; 2] = ["go.mod", "go.sum"];

/// The folder of a version's lock files beside its runtime.
pub fn folder(runtime: &Path, version: &Version) -> PathBuf {
    runtime.join(LOCKS).join(version.to_string())
}

/// The names of the lock files that pin a version's packages. A cargo package brings its own lock file, and the digest
/// of the package covers it. A Debian suite has no lock.
pub fn names(install: &Install) -> Vec<&'static str> {
    let Origin::Packages(packages) = &install.origin else { return Vec::new() };
    let mut names: Vec<_> = packages.iter().flat_map(names_of).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn names_of(package: &Package) -> &'static [&'static str] {
    match package {
        Package::Npm(_) => &[NPM],
        Package::Pip(_) => &[PIP],
        Package::Maven(_) => &[MAVEN],
        Package::Go(_) => &GO,
        Package::Cargo { .. } | Package::Debian { .. } => &[],
    }
}

/// The lock file that is missing beside a runtime for this version; `None` if all are there.
pub(crate) fn missing(runtime: &Runtime, version: &Version) -> Option<PathBuf> {
    let folder = folder(&runtime.folder, version);
    names(&runtime.install).into_iter().map(|name| folder.join(name)).find(|file| !file.exists())
}

/// Copies the lock files of an installed version beside its runtime. Any that are there are replaced.
///
/// # Errors
/// If the installation has not all lock files that its packages need, or a file cannot be copied.
pub fn publish(prefix: &Path, runtime: &Runtime, version: &Version) -> Result<()> {
    let names = names(&runtime.install);
    let from = prefix.join(LOCKS);
    if let Some(name) = names.iter().find(|name| !from.join(name).exists()) {
        let anew = format!("`wasip1-matrix install --lock --again {}@{version}` installs it anew", runtime.id);
        bail!("{} is missing; {anew} and writes its lock files", from.join(name).display());
    }
    let to = folder(&runtime.folder, version);
    remove_folder(&to)?;
    for name in names {
        write_whole(&to.join(name), &fs::read(from.join(name))?)?;
    }
    Ok(())
}

/// Removes the lock files of the versions that are not kept.
///
/// # Errors
/// If a folder cannot be read or removed.
pub fn retain(runtime: &Path, keep: impl Fn(&Version) -> bool) -> Result<()> {
    let entries = match fs::read_dir(runtime.join(LOCKS)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let version = entry.file_name().to_str().and_then(|name| Version::parse(name).ok());
        if !version.is_some_and(|version| keep(&version)) {
            remove_folder(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a folder; it is no error if there is none.
fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
