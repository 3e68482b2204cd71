//! Builds a runtime's host against a checkout of its engine that the user names, instead of the pinned release.
//!
//! Neither the checkout nor the runtime's own folder is changed. The package manager decides each time what must be
//! compiled again. The built host is kept in a folder that has its digest as part of its name, so a later build does not
//! change what a run is using.

mod cargo;
mod go;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use fs_err::{self as fs, File};
use semver::Version;

use crate::driver_build;
use crate::notice::{Notice, Notify};
use matrix_model::digest::{Encoder, sha256};
use matrix_model::runtime::{Install, Package, Runtime};
use matrix_store::dirs::Places;
use matrix_store::file_digest;

/// A host that is built against a checkout.
struct HostOfCheckout<'h> {
    /// The runtime that the host drives.
    runtime: &'h Runtime,
    /// The version that the checkout stands for.
    version: &'h Version,
    /// The folder of the checkout.
    checkout: &'h Path,
    /// The folder that the host is built into.
    built: &'h Path,
    /// A folder that is kept from one build to the next.
    work: &'h Path,
}

/// The version of the engine in a checkout; `None` if its files do not say it.
///
/// # Errors
/// If the runtime's host is not built here, or the folder does not hold its engine.
pub(crate) fn version_of(runtime: &Runtime, checkout: &Path) -> Result<Option<Version>> {
    match engine_of(runtime)? {
        Package::Go(module) => go::check(module, checkout).map(|()| None),
        Package::Cargo { package, .. } => cargo::version_of(package, checkout).map(Some),
        _ => bail!("{}: a checkout of its engine cannot be built", runtime.id),
    }
}

/// Builds the host against a checkout, and returns its executable.
///
/// # Errors
/// If the folder does not hold the engine, or the build fails. The error ends with the compiler's last output.
pub fn build(
    runtime: &Runtime,
    version: &Version,
    checkout: &Path,
    places: &Places,
    notify: &Notify,
) -> Result<PathBuf> {
    version_of(runtime, checkout)?;
    notify(&Notice::BuildingCheckout { runtime: runtime.id.clone(), checkout: checkout.to_owned() });
    let digest = sha256(checkout.as_os_str().as_encoded_bytes());
    let work = places.state.join("checkouts").join(format!("{}-{}", runtime.id, &digest[..16]));
    let all_built = driver_build::above(places);
    fs::create_dir_all(&work)?;
    fs::create_dir_all(&all_built)?;
    // Only one process builds at a time.
    let lock = File::create(work.join("lock"))?;
    lock.lock()?;
    let built = tempfile::tempdir_in(&all_built)?;
    let host = HostOfCheckout { runtime, version, checkout, built: built.path(), work: &work };
    let done = match engine_of(runtime)? {
        Package::Go(_) => go::build(&host, places),
        Package::Cargo { .. } => cargo::build(&host, places, notify),
        _ => Ok(()),
    };
    done.with_context(|| format!("{} does not build against {}", runtime.id, checkout.display()))?;
    let name = runtime.install.exe_name(version);
    if !built.path().join(&name).is_file() {
        bail!("{}: its build made no {name}; correct `exe` or `build` in its runtime.toml", runtime.id);
    }
    let mut encoder = Encoder::new("host of a checkout", 1);
    file_digest::digest(built.path(), &mut encoder)?;
    let kept = all_built.join(format!("{}-{version}-{}", runtime.id, &encoder.finish()[..16]));
    if !kept.exists() {
        fs::rename(built.keep(), &kept)?;
    }
    Ok(kept.join(name))
}

/// The engine that the runtime's host is built against.
///
/// # Errors
/// If there is none.
fn engine_of(runtime: &Runtime) -> Result<&Package> {
    match &runtime.install {
        Install { engine: Some(engine), .. } => Ok(engine),
        _ => bail!(
            "a folder is a checkout of an engine, and runtimes/{}/runtime.toml names no `engine`; name an executable",
            runtime.id
        ),
    }
}
