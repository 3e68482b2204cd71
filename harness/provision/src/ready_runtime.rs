//! Makes a column ready: checks that its executable exists and is unchanged, builds its host, and checks its version.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::checkout;
use crate::driver_build::build;
use crate::host_builder::Foundry;
use crate::install::{self, Done};
use crate::lock;
use crate::lock::Lock;
use crate::notice::{Notice, Notify};
use crate::toolchain::launcher;
use crate::version_probe::examine;
use matrix_model::digest::Encoder;
use matrix_model::installed::Installed;
use matrix_model::matrix::{Column, Place};
use matrix_model::runtime::Origin;
use matrix_store::dirs::Places;
use matrix_store::file_digest::sha256_file;
use matrix_store::remembered::Remembered;

/// A column whose executable exists and has the right version.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The installed files.
    pub installed: Installed,
    /// The sha256 of its executable, or the digest of all files installed with it.
    pub sha256: String,
    /// The sha256 of its executable, as `sha256sum` prints it.
    pub executable_sha256: String,
    /// The version that it reports; empty if the guests report it.
    pub reported: String,
    /// The folder for the code that its engine compiles.
    pub cache: PathBuf,
}

/// What a column is made ready with.
#[derive(Clone, Copy)]
pub(crate) struct Workshop<'w> {
    /// The folders in use.
    pub places: &'w Places,
    /// The builder of hosts.
    pub hosts: &'w Foundry,
    /// The folder for all compiled code.
    pub cache: &'w Path,
    /// Receives what takes long.
    pub notify: &'w Notify,
}

/// Builds or installs what is missing, checks the version, and takes the sha256. `sources` are those of the host.
///
/// # Errors
/// If the runtime is not available, has changed since it was installed, reports no version or not the column's version,
/// or honours other request fields than its `lacks` say. Such an error is the harness's, not the runtime's.
pub(crate) fn make_ready(column: &Column, sources: &Encoder, workshop: Workshop) -> Result<Ready> {
    let Workshop { places, hosts, notify, .. } = workshop;
    let runtime = column.runtime;
    let (exe, prefix) = match (&column.place, &runtime.install.origin) {
        (Place::At(exe, prefix), _) => (exe.clone(), prefix.clone()),
        (Place::ToBuild, Origin::Crate(package)) => (hosts.executable(package)?, None),
        // The path is known after the build.
        (Place::ToBuild, Origin::Folder) => (PathBuf::new(), None),
        (Place::Checkout(folder), _) => (checkout::build(runtime, &column.version, folder, places, notify)?, None),
        (Place::ToInstall(prefix), _) => {
            install_in_passing(column, places, notify)?;
            (prefix.join(runtime.install.exe_path(&column.version)), Some(prefix.clone()))
        }
        (Place::Missing(hint), _) => bail!("{column} is not here: {hint}"),
        (Place::ToBuild, _) => bail!("{column}: its runtime.toml names nothing that could be built"),
    };
    let noted = match &prefix {
        Some(prefix) => verified(column, prefix, places)?,
        None => None,
    };
    let mut installed = Installed { exe, prefix, built: None, launcher: launcher(column.mode)? };
    if column.local {
        installed.built = installed.exe.parent().map(Path::to_owned);
    } else {
        build(runtime, column.mode, &column.version, &mut installed, sources, places, notify)?;
    }
    let reported = examine(column, &installed, sources, places)?;
    let remembered = Remembered::in_store(&places.store);
    let executable_sha256 = remembered.of_file(&installed.exe, || Ok(sha256_file(&installed.exe)?))?;
    let sha256 = noted.unwrap_or_else(|| executable_sha256.clone());
    let cache = cache_of(column, &sha256, workshop.cache);
    Ok(Ready { installed, sha256, executable_sha256, reported, cache })
}

/// How the folder for the code that a build of the user's own compiles is named, before the build's digest.
pub(crate) const LOCAL: &str = "local-";

/// The folder for the code that a column's engine compiles.
fn cache_of(column: &Column, sha256: &str, cache: &Path) -> PathBuf {
    let folder = cache.join(&column.runtime.id).join(column.version.to_string());
    match &column.mode.name {
        // An engine trusts its cache if the version matches, but two builds of one version are different engines.
        _ if column.local => folder.join(format!("{LOCAL}{}", &sha256[..16])),
        Some(mode) => folder.join(mode),
        None => folder,
    }
}

/// Compares the files in the store with the note of their installation and with the lock. Returns the digest of all
/// files, or `None` if they were put there by hand.
fn verified(column: &Column, prefix: &Path, places: &Places) -> Result<Option<String>> {
    let runtime = column.runtime;
    let lock = Lock::beside(&runtime.folder)?;
    let remembered = Remembered::in_store(&places.store);
    let note = lock::verify(prefix, &runtime.id, &column.version, &lock, &remembered)?;
    Ok(note.map(|note| note.sha256))
}

fn install_in_passing(column: &Column, places: &Places, notify: &Notify) -> Result<()> {
    let (runtime, version) = (column.runtime, column.version.clone());
    let lock = Lock::beside(&runtime.folder)?;
    notify(&Notice::Installing { runtime: runtime.id.clone(), version: version.clone() });
    let done = install::install(runtime, &version, places, Some(&lock), false, &|_| {}, notify)?;
    if let Done::Installed { unlocked: Some(why), .. } = done {
        notify(&Notice::Unlocked { runtime: runtime.id.clone(), version, why });
    }
    Ok(())
}
