//! Builds the program in a runtime's own folder that drives the runtime, if its runtime.toml has a `build`.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use fs_err::{self as fs, File};
use semver::Version;

use crate::host_sources;
use crate::notice::{Notice, Notify};
use crate::toolchain::{self, LONG};
use matrix_model::digest::Encoder;
use matrix_model::installed::{Installed, program_values};
use matrix_model::matrix::Column;
use matrix_model::runtime::{Mode, Origin, Runtime};
use matrix_model::template::Template;
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;

/// Builds the program from the runtime's folder, unless it is already built from these sources of the host.
///
/// # Errors
/// If the build fails.
pub fn build(
    runtime: &Runtime,
    mode: &Mode,
    version: &Version,
    installed: &mut Installed,
    sources: &Encoder,
    places: &Places,
    notify: &Notify,
) -> Result<()> {
    let Some(build) = mode.adapter.build() else { return Ok(()) };
    let folder = built_in(runtime, build, version, sources, places)?;
    installed.built = Some(folder.clone());
    if runtime.install.origin == Origin::Folder {
        installed.exe = folder.join(runtime.install.exe_name(version));
    }
    let done = folder.join("done");
    if done.exists() {
        return Ok(());
    }
    let parent = folder.parent().ok_or_else(|| anyhow!("the store has no parent folder"))?;
    fs::create_dir_all(parent)?;
    // Only one process builds at a time. Whatever an interrupted build left is discarded.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock()?;
    if done.exists() {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    notify(&Notice::BuildingDriver { runtime: runtime.id.clone(), version: version.clone() });
    compile(runtime, build, version, installed, Vec::new(), places)
        .with_context(|| format!("what drives {} does not build", runtime.id))?;
    Ok(write_whole(&done, b"")?)
}

/// Runs a `build` command in the runtime's folder, with these variables.
///
/// # Errors
/// If it fails. The error ends with the last lines of what it wrote.
pub(crate) fn compile(
    runtime: &Runtime,
    build: &Template,
    version: &Version,
    installed: &Installed,
    mut variables: Vec<(&str, OsString)>,
    places: &Places,
) -> Result<()> {
    let argv: Vec<_> =
        build.fill(&program_values(runtime, version, installed)).into_iter().map(OsString::from).collect();
    if places.offline {
        variables.extend([("CARGO_NET_OFFLINE", "true".into()), ("GOPROXY", "off".into())]);
    }
    toolchain::command(&argv, &variables, &runtime.folder, LONG).map(drop)
}

/// Whether a column's program is already built from these sources; true if it has no `build`.
pub fn is_built(column: &Column, places: &Places) -> bool {
    let built = host_sources::encoded(&column.runtime.folder).and_then(|sources| folder(column, &sources, places));
    built.is_ok_and(|folder| folder.is_none_or(|folder| folder.join("done").exists()))
}

/// The folder of a column's program when it is built from these sources; `None` if it has no `build`.
///
/// # Errors
/// If its `build` cannot be encoded.
pub(crate) fn folder(column: &Column, sources: &Encoder, places: &Places) -> Result<Option<PathBuf>> {
    let Column { runtime, mode, version, .. } = column;
    mode.adapter.build().map(|build| built_in(runtime, build, version, sources, places)).transpose()
}

/// The folder of the built program. A digest of everything that the build depends on is part of its name.
fn built_in(
    runtime: &Runtime,
    build: &Template,
    version: &Version,
    sources: &Encoder,
    places: &Places,
) -> Result<PathBuf> {
    let mut encoder = Encoder::new("host build", 1);
    encoder.value("build", build)?;
    encoder.append(sources);
    let digest = &encoder.finish()[..16];
    Ok(above(places).join(format!("{}-{version}-{digest}", runtime.id)))
}

/// The folder in the store with everything that is built.
pub(crate) fn above(places: &Places) -> PathBuf {
    places.store.join("built")
}
