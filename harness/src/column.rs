//! Finds the matrix's columns, and makes each ready: its executable there, its version proven.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use host_contract::request::Field;
use semver::Version;

use crate::capability::Capability;
use crate::expectation::quoted;
use crate::foundry::Foundry;
use crate::matrix::{Column, Place};
use crate::place::Places;
use crate::plan::program_values;
use crate::record::sha256_file;
use crate::runtime::{Adapter, Origin, Runtime};
use crate::toolchain::{self, Go, LONG, SHORT};

/// A column whose executable is there and is what it says.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The executable.
    pub exe: PathBuf,
    /// Its sha256.
    pub sha256: String,
    /// Its version, as it reports it.
    pub reported: String,
}

/// Finds where each runtime's executable is, or will be. Starts nothing but version probes of what is on PATH.
pub fn find<'s>(runtimes: &'s [Runtime], places: &Places) -> Vec<Column<'s>> {
    runtimes.iter().map(|runtime| find_one(runtime, places)).collect()
}

fn find_one<'s>(runtime: &'s Runtime, places: &Places) -> Column<'s> {
    let folder = |version: &Version| places.store.join(&runtime.id).join(version.to_string());
    let stored = |version: &Version| Some(folder(version).join("bin").join(&runtime.exe)).filter(|exe| exe.is_file());
    let first = runtime.pins[0].clone();
    let column = |version: Version, place| Column { runtime, version, place };
    if runtime.origin != Origin::Found {
        let place = match (&runtime.origin, stored(&first)) {
            (Origin::Crate(_), _) => Place::ToBuild,
            (_, Some(exe)) => Place::At(exe),
            (_, None) => Place::ToInstall(folder(&first)),
        };
        return column(first, place);
    }
    let mut versions = versions_in(&places.store.join(&runtime.id));
    versions.sort();
    let preferred = runtime.pins.iter().chain(versions.iter().rev());
    if let Some((version, exe)) = preferred.clone().find_map(|version| Some((version, stored(version)?))) {
        return column(version.clone(), Place::At(exe));
    }
    match toolchain::on_path(&runtime.exe) {
        // A probe that fails here fails again when the column is made ready, and says so there.
        Some(exe) => column(probe(runtime, &exe).map_or(first, |(version, _)| version), Place::At(exe)),
        None => column(first, Place::Missing),
    }
}

fn versions_in(folder: &Path) -> Vec<Version> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok());
    entries.filter_map(|entry| Version::parse(entry.file_name().to_str()?).ok()).collect()
}

/// Builds or installs what is missing, proves the version, and takes the executable's sha256.
///
/// # Errors
/// If it cannot be had, reports no version or another one than the column stands for, or answers for other
/// request fields than its `lacks` say. A column's error is the harness's, not the runtime's.
pub fn make_ready(column: &Column, places: &Places, foundry: &Foundry) -> Result<Ready> {
    let runtime = column.runtime;
    let exe = match (&column.place, &runtime.origin) {
        (Place::At(exe), _) => exe.clone(),
        (Place::ToBuild, Origin::Crate(package)) => foundry.executable(package)?,
        (Place::ToInstall(folder), Origin::Go(package)) => install_go(column, package, folder, places)?,
        (place, origin) => bail!("{column}: nothing to make ready at {place:?} from {origin:?}"),
    };
    let (version, reported) = probe(runtime, &exe)?;
    if version != column.version {
        bail!(
            "{column}: {} reports version {version}; correct `pins` in runtimes/{}/runtime.toml, or install {}",
            exe.display(),
            runtime.id,
            column.version
        );
    }
    if let Adapter::Host(program) = &runtime.adapter {
        check_fields(runtime, program.fill(&program_values(runtime, &exe)))?;
    }
    Ok(Ready { sha256: sha256_file(&exe)?, exe, reported })
}

/// Asks an executable for its version; gives it with the line it stands in.
fn probe(runtime: &Runtime, exe: &Path) -> Result<(Version, String)> {
    let argv: Vec<OsString> =
        runtime.version.command.fill(&program_values(runtime, exe)).into_iter().map(OsString::from).collect();
    let ended = toolchain::command(&argv, &[], &std::env::temp_dir(), SHORT)?;
    let output = [ended.stdout, ended.stderr].concat();
    let captured = runtime.version.pattern.captures(&output).and_then(|captures| captures.get(1));
    let captured = captured.ok_or_else(|| {
        let pattern = runtime.version.pattern.as_str();
        anyhow!("{}: no version in {}: nothing there matches /{pattern}/", exe.display(), quoted(&output))
    })?;
    let text = String::from_utf8_lossy(captured.as_bytes()).into_owned();
    let version = Version::parse(&text).with_context(|| format!("{}: reports version {text:?}", exe.display()))?;
    let reported = String::from_utf8_lossy(&output).trim().lines().next().map(str::to_owned);
    Ok((version, reported.unwrap_or(text)))
}

fn check_fields(runtime: &Runtime, mut argv: Vec<String>) -> Result<()> {
    argv.push("--fields".to_owned());
    let argv: Vec<_> = argv.into_iter().map(OsString::from).collect();
    let ended = toolchain::command(&argv, &[], &std::env::temp_dir(), SHORT)?;
    let honoured: Vec<Field> = serde_json::from_slice(&ended.stdout)
        .with_context(|| format!("{}: `--fields` printed no list of fields", runtime.id))?;
    for capability in Capability::ALL {
        let Some(field) = capability.field() else { continue };
        let declared = runtime.lacks.contains(&capability);
        if honoured.contains(&field) == declared {
            let does = if declared { "honours" } else { "does not honour" };
            let mend = if declared { "delete it from" } else { "add it to" };
            bail!("{}: the host {does} `{capability}`; {mend} `lacks` in runtimes/{0}/runtime.toml", runtime.id);
        }
    }
    Ok(())
}

fn install_go(column: &Column, package: &str, folder: &Path, places: &Places) -> Result<PathBuf> {
    let what = format!("{package}@v{}", column.version);
    if places.offline {
        bail!("{column} is not in the store and --offline forbids `go install {what}`; run once without --offline");
    }
    eprintln!("installing {column}: go install {what}");
    let go = Go::find(places)?;
    let parent = folder.parent().ok_or_else(|| anyhow!("the store has no parent folder"))?;
    fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    // Moved to its place whole: an interrupted install leaves no half column.
    let temporary = tempfile::tempdir_in(parent)?;
    let argv = [go.exe.into_os_string(), "install".into(), what.into()];
    let mut variables = vec![("GOBIN", temporary.path().join("bin").into_os_string()), ("GOFLAGS", OsString::new())];
    variables.push(("GOTOOLCHAIN", "local".into()));
    toolchain::command(&argv, &variables, temporary.path(), LONG)?;
    if !folder.exists() {
        fs::rename(temporary.keep(), folder).with_context(|| folder.display().to_string())?;
    }
    Ok(folder.join("bin").join(&column.runtime.exe))
}
