//! Finds the matrix's columns: which versions of which runtimes this machine has, in which modes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use rayon::prelude::*;
use semver::Version;

use crate::checkout;
use crate::driver_build;
use crate::namespaces;
use crate::toolchain::{self, Go};
use crate::version_probe;
use matrix_model::matrix::{Column, Place};
use matrix_model::runtime::{Origin, Package, Runtime};
use matrix_model::template::Template;
use matrix_store::builds;
use matrix_store::dirs::Places;
use matrix_store::file_system;

/// Finds where each runtime's executable is, or will be, once for each Go release requested. `None` means the machine's
/// own Go. It starts nothing except version probes of executables on PATH.
pub fn find<'s>(runtimes: &'s [Runtime], gos: &[String], places: &Places) -> Vec<Column<'s>> {
    let gos: Vec<_> = if gos.is_empty() { vec![None] } else { gos.iter().cloned().map(Some).collect() };
    let of_runtime = |runtime: &'s Runtime| -> Vec<Column<'s>> {
        if runtime.is_reference() {
            let of_go =
                |go: &Option<String>| in_modes(runtime, &[reference(runtime, go.as_deref(), places)], go.as_ref());
            return gos.iter().flat_map(of_go).collect();
        }
        let versions = versions(runtime, places);
        let installed = gos.iter().flat_map(|go| in_modes(runtime, &versions, go.as_ref()));
        installed.chain(remembered(runtime, places)).collect()
    };
    // At once, because each executable on PATH takes a while to report its version.
    let mut columns = runtimes.par_iter().map(of_runtime).collect::<Vec<_>>().concat();
    for column in &mut columns {
        if let Some(tool) = missing_builder(column, places) {
            column.place = Place::Missing(format!("its program is built here, by `{tool}`, which is not on PATH"));
        }
    }
    columns
}

/// The tool that would have to build a column's program and is not on PATH. `None` if there is no such program, or it is
/// built already.
fn missing_builder<'c>(column: &'c Column, places: &Places) -> Option<&'c str> {
    let tool = column.mode.adapter.build().and_then(Template::launcher)?;
    let is_missing = !column.is_missing() && toolchain::on_path(tool).is_none();
    (is_missing && !driver_build::is_built(column, places)).then_some(tool)
}

/// The columns of a runtime at these versions. The first version is the default one.
fn in_modes<'s>(runtime: &'s Runtime, versions: &[(Version, Place)], go: Option<&String>) -> Vec<Column<'s>> {
    let mut columns = Vec::new();
    for (index, (version, place)) in versions.iter().enumerate() {
        for mode in runtime.modes.iter().filter(|mode| mode.versions.matches(version)) {
            let launcher = mode.command().launcher();
            let place = match (place, launcher) {
                (Place::Missing(_), _) | (_, None) => place.clone(),
                (_, Some(name)) if toolchain::on_path(name).is_some() => place.clone(),
                (_, Some(name)) => Place::Missing(format!("it is run by `{name}`, which is not on PATH")),
            };
            columns.push(Column {
                runtime,
                version: version.clone(),
                mode,
                go: go.cloned(),
                surrounded: None,
                primary: index == 0 && mode.name.is_none() && runtime.successor.is_none(),
                local: false,
                place,
            });
        }
    }
    columns
}

/// The column of a build that the user names by its path: an executable, or the folder of a checkout of the engine that
/// the runtime's host is built against. Nothing is installed for it, and it never represents its runtime. `version` is
/// the version that the build stands for; `None` means the version that it reports.
///
/// # Errors
/// If there is nothing at the path, it is no build of the runtime, or it reports no version.
pub fn local<'s>(runtime: &'s Runtime, path: &Path, version: Option<Version>) -> Result<Column<'s>> {
    let build = path.canonicalize().with_context(|| path.display().to_string())?;
    let name_version = || {
        let name = path.display();
        match is_program(&build) {
            true => format!("name the version that it stands for: {}@1.2.3={name}", runtime.id),
            false => format!("{name} is no executable file; name the executable itself"),
        }
    };
    let reported = match build.is_dir() {
        true => checkout::version_of(runtime, &build)?,
        false => {
            check_executable(runtime, &build)?;
            None
        }
    };
    let version = match version.or(reported) {
        Some(version) => version,
        None if build.is_dir() => bail!("a Go module does not say its version; {}", name_version()),
        None => version_probe::version_of(runtime, &build).with_context(name_version)?,
    };
    Ok(of_build(runtime, version, build))
}

/// Checks that an executable is all that the runtime's command needs.
fn check_executable(runtime: &Runtime, exe: &Path) -> Result<()> {
    let mode = &runtime.modes[0];
    if !runtime.is_reference() && !mode.mentions("prefix") && !mode.mentions("built") {
        return Ok(());
    }
    match runtime.install.engine {
        Some(_) => bail!(
            "{} is no folder, and {} is built here; name the folder of a checkout of its engine",
            exe.display(),
            runtime.id
        ),
        None => bail!("{} is more than an executable; put a build of it into the store instead", runtime.id),
    }
}

/// Whether a path is of a folder, or of a file that may be executed.
fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| facts.is_dir() || file_system::mode(&facts) & 0o111 != 0)
}

fn of_build(runtime: &Runtime, version: Version, build: PathBuf) -> Column<'_> {
    let place = match (build.is_dir(), build.exists()) {
        (true, _) => Place::Checkout(build),
        (false, true) => Place::At(build, None),
        (false, false) => Place::Missing(format!("{}: the build is not there any more", build.display())),
    };
    let mode = &runtime.modes[0];
    Column { runtime, version, mode, go: None, surrounded: None, primary: false, local: true, place }
}

/// The columns of the builds that the user has named by their paths before.
fn remembered<'s>(runtime: &'s Runtime, places: &Places) -> Vec<Column<'s>> {
    // A list that cannot be read is an error where a build is named, and must not stop the commands that need none.
    let builds = builds::of_records(&places.records).unwrap_or_default();
    let theirs = builds.into_iter().filter(|build| build.runtime == runtime.id);
    theirs.map(|build| of_build(runtime, build.version, build.path)).collect()
}

/// The versions of a runtime, the default first. The default is the first pin, or an available version if that pin is
/// missing. The other pins follow, then any other versions in the store.
fn versions(runtime: &Runtime, places: &Places) -> Vec<(Version, Place)> {
    let install = &runtime.install;
    let first = &install.pins[0];
    if matches!(install.origin, Origin::Crate(_) | Origin::Folder) {
        return vec![(first.clone(), Place::ToBuild)];
    }
    let stored = |version: &Version| {
        let prefix = places.prefix(&runtime.id, version);
        let exe = prefix.join(install.exe_path(version));
        exe.exists().then_some(Place::At(exe, Some(prefix)))
    };
    let on_path = on_path(runtime);
    let mut others = versions_in(&places.store.join(&runtime.id));
    others.sort_by(|a, b| b.cmp(a));
    others.retain(|version| !install.pins.contains(version));
    let mut versions: Vec<(Version, Place)> = Vec::new();
    for version in install.pins.iter().chain(&others) {
        let on_path = on_path.as_ref().filter(|(found, _)| found == version);
        let place = stored(version).or_else(|| on_path.map(|(_, place)| place.clone()));
        match place {
            Some(place) => versions.push((version.clone(), place)),
            None if version == first && installs_in_passing(runtime) => {
                versions.push((version.clone(), Place::ToInstall(places.prefix(&runtime.id, version))));
            }
            None if install.pins.contains(version) => versions.push((version.clone(), missing(runtime, version))),
            // An interrupted or manual removal left a folder without an executable.
            None => {}
        }
    }
    if let Some((version, place)) = on_path
        && !versions.iter().any(|(known, _)| *known == version)
    {
        versions.push((version, place));
    }
    // If the default is missing, an available version becomes the default.
    if matches!(versions[0].1, Place::Missing(_))
        && let Some(index) = versions.iter().position(|(_, place)| !matches!(place, Place::Missing(_)))
    {
        let found = versions.remove(index);
        versions.insert(0, found);
    }
    versions
}

/// The reference's one version, which is the version of the Go that will build its guests. The place says whether this
/// machine can create the namespaces that the guests run in.
fn reference(runtime: &Runtime, release: Option<&str>, places: &Places) -> (Version, Place) {
    let go = release.map_or_else(|| Go::expected(places), |release| Ok(format!("go{release}")));
    let version = go.and_then(|go| toolchain::semver(&go).ok_or_else(|| anyhow!("`{go}` is no version")));
    match (version, namespaces::attempt()) {
        (Ok(version), Ok(())) => (version, Place::ToBuild),
        (Ok(version), Err(error)) => {
            let why = format!("no mount and network namespace of its own ({error})");
            (version, Place::Missing(format!("{why}; {}", runtime.install.hint)))
        }
        (Err(error), _) => (Version::new(0, 0, 0), Place::Missing(format!("{error:#}"))),
    }
}

/// The executable on PATH; `None` if the runtime's commands need the folder that `install` makes.
fn on_path(runtime: &Runtime) -> Option<(Version, Place)> {
    let install = &runtime.install;
    let name = install.exe_name(&install.pins[0]);
    let needs_prefix = runtime.modes.iter().any(|mode| mode.mentions("prefix"));
    if needs_prefix || name.contains('/') {
        return None;
    }
    let exe = toolchain::on_path(&name)?;
    // If the probe fails here, it fails again when the column is made ready, and the error is reported then.
    let version = version_probe::version_of(runtime, &exe).unwrap_or_else(|_| install.pins[0].clone());
    Some((version, Place::At(exe, None)))
}

/// Whether a run may install the runtime without being asked. That is so for a single Go package: it takes seconds,
/// with the Go that builds the guests.
pub fn installs_in_passing(runtime: &Runtime) -> bool {
    matches!(&runtime.install.origin, Origin::Packages(packages) if matches!(packages[..], [Package::Go(_)]))
}

fn missing(runtime: &Runtime, version: &Version) -> Place {
    let hint = &runtime.install.hint;
    Place::Missing(match runtime.install.origin {
        Origin::Packages(_) => format!("`wasip1-matrix install {}@{version}` installs it; or {hint}", runtime.id),
        _ => hint.clone(),
    })
}

fn versions_in(folder: &Path) -> Vec<Version> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok());
    entries.filter_map(|entry| Version::parse(entry.file_name().to_str()?).ok()).collect()
}
