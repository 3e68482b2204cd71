//! Makes a column ready: its executable there and untouched, its host built, its version proven.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err::{self as fs, File};
use host_contract::report::Fault;
use host_contract::request::Field;
use semver::Version;

use crate::capability::Capability;
use crate::content::quoted;
use crate::digest::{Encoder, sha256_file};
use crate::foundry::Foundry;
use crate::host_sources;
use crate::install::{self, Done};
use crate::installation;
use crate::installed::{Installed, program_values};
use crate::lock::Lock;
use crate::matrix::{Column, Place};
use crate::notice::{Notice, Notify};
use crate::place::Places;
use crate::process::{self, Ended, Spec, Stdin};
use crate::remembered::{Remembered, State};
use crate::runtime::{Adapter, Host, Mode, Origin, Runtime, VersionProbe};
use crate::template::{Template, Values};
use crate::toolchain::{self, LONG, SHORT};
use crate::whole::write_whole;

/// A column whose executable is there and is what it says.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Where it is.
    pub installed: Installed,
    /// The sha256 of its executable, or of all that was installed with it.
    pub sha256: String,
    /// Its version, as it reports it; empty where the guests are to tell it.
    pub reported: String,
}

/// Builds or installs what is missing, proves the version, and takes the sha256.
///
/// # Errors
/// If it cannot be had, is no longer what was installed, reports no version or another one than the column stands
/// for, or answers for other request fields than its `lacks` say. A column's error is the harness's, not the
/// runtime's.
pub fn make_ready(column: &Column, places: &Places, foundry: &Foundry, notify: &Notify) -> Result<Ready> {
    let runtime = column.runtime;
    let (exe, prefix) = match (&column.place, &runtime.install.origin) {
        (Place::At(exe, prefix), _) => (exe.clone(), prefix.clone()),
        (Place::ToBuild, Origin::Crate(package)) => (foundry.executable(package)?, None),
        // Known once it is built.
        (Place::ToBuild, Origin::Folder) => (PathBuf::new(), None),
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
    build(runtime, column.mode, &column.version, &mut installed, places, notify)?;
    let reported = match prove_built(runtime, column.mode, &column.version, &installed) {
        // The user said what it stands for.
        Err(_) if column.local => version_of(runtime, &installed.exe).map_or_else(
            |_| format!("no version; it stands for {}", column.version),
            |version| format!("{version}; it stands for {}", column.version),
        ),
        other => other.with_context(|| column.to_string())?,
    };
    if let Adapter::Host(host) = &column.mode.adapter {
        check_fields(column, host, &installed, places)?;
    }
    let sha256 = match noted {
        Some(sha256) => sha256,
        None => Remembered::in_store(&places.store).of_file(&installed.exe, || Ok(sha256_file(&installed.exe)?))?,
    };
    Ok(Ready { installed, sha256, reported })
}

/// Builds the host if it has a `build`, and asks the runtime for its version; gives the line that it reports.
///
/// # Errors
/// If it does not build, reports no version, or reports another one.
pub fn prove(
    runtime: &Runtime,
    mode: &Mode,
    version: &Version,
    installed: &Installed,
    places: &Places,
    notify: &Notify,
) -> Result<String> {
    let mut installed = Installed { launcher: launcher(mode)?, ..installed.clone() };
    build(runtime, mode, version, &mut installed, places, notify)?;
    prove_built(runtime, mode, version, &installed)
}

fn prove_built(runtime: &Runtime, mode: &Mode, version: &Version, installed: &Installed) -> Result<String> {
    let Some(asks) = &runtime.version else { return Ok(String::new()) };
    let (found, reported) = probe(runtime, asks, mode, version, installed)?;
    if found != *version {
        bail!(
            "{} reports version {found}; correct `pins` in runtimes/{}/runtime.toml, or install {version}",
            installed.exe.display(),
            runtime.id
        );
    }
    Ok(reported)
}

/// The version of an executable that is not in the store.
///
/// # Errors
/// If it reports none.
pub fn version_of(runtime: &Runtime, exe: &Path) -> Result<Version> {
    let mode = &runtime.modes[0];
    let installed = Installed { exe: exe.to_owned(), prefix: None, built: None, launcher: launcher(mode)? };
    let asks = runtime.version.as_ref().ok_or_else(|| anyhow!("{} has no version of its own", runtime.id))?;
    probe(runtime, asks, mode, &runtime.install.pins[0], &installed).map(|(version, _)| version)
}

/// Asks an executable for its version; gives it with the line it stands in.
fn probe(
    runtime: &Runtime,
    asks: &VersionProbe,
    mode: &Mode,
    version: &Version,
    installed: &Installed,
) -> Result<(Version, String)> {
    let values = program_values(runtime, version, installed);
    let command = asks.command.fill(&values);
    let argv = match mode.command().launcher() == asks.command.launcher() {
        true => installed.launched(command),
        false => command,
    };
    let ended = ask(argv, mode, values)?;
    let output = [ended.stdout, ended.stderr].concat();
    let captured = asks.pattern.captures(&output).and_then(|captures| captures.get(1));
    let exe = installed.exe.display();
    let captured = captured.ok_or_else(|| {
        let pattern = asks.pattern.as_str();
        anyhow!("{exe}: no version in {}: nothing there matches /{pattern}/", quoted(&output))
    })?;
    let text = String::from_utf8_lossy(captured.as_bytes()).into_owned();
    let version = Version::parse(&text).with_context(|| format!("{exe}: reports version {text:?}"))?;
    let reported = String::from_utf8_lossy(&output).trim().lines().next().map(str::to_owned);
    Ok((version, reported.unwrap_or(text)))
}

/// Runs a runtime's own command in the surroundings that its cells have.
fn ask(argv: Vec<String>, mode: &Mode, values: Values) -> Result<Ended> {
    let folder = tempfile::tempdir()?;
    let here = folder.path().display().to_string();
    let values = values.value("cache", here.clone()).value("sandbox", here);
    let environment = mode.adapter.environment().fill(&values);
    let shown = argv.join(" ");
    let spec = Spec {
        argv: argv.into_iter().map(OsString::from).collect(),
        environment: environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        cwd: folder.path().to_owned(),
        stdin: Stdin::Null,
        deadline: SHORT,
        output_limit: 1 << 20,
    };
    let ended = process::run(&spec).with_context(|| format!("cannot run `{shown}`"))?;
    if ended.stopped.is_some() {
        bail!("`{shown}` did not end within {} s", SHORT.as_secs());
    }
    if !ended.status.success() {
        bail!("`{shown}` ended with {}:\n{}", ended.status, String::from_utf8_lossy(&ended.stderr).trim_end());
    }
    Ok(ended)
}

/// The faults that a column's host can be started with, as it lists them.
///
/// # Errors
/// If it is no host, or knows none.
pub fn faults(column: &Column, installed: &Installed) -> Result<Vec<Fault>> {
    let runtime = column.runtime;
    let Adapter::Host(host) = &column.mode.adapter else {
        bail!("{column} is driven by its own command line; only a host can be broken on purpose")
    };
    let values = program_values(runtime, &column.version, installed);
    let argv = installed.launched(host.program.with("--faults").fill(&values));
    let help = "runtimes/host-contract/README.md says what a host does that can be broken on purpose";
    let ended = ask(argv, column.mode, values).with_context(|| format!("{column}: {help}"))?;
    let faults: Vec<Fault> = serde_json::from_slice(&ended.stdout)
        .with_context(|| format!("{column}: `--faults` printed no list of faults; {help}"))?;
    if faults.is_empty() {
        bail!("{column}: `--faults` lists none; {help}");
    }
    Ok(faults)
}

/// Holds the request fields that a host honours against what its `lacks` say. The fields are those of its program: they
/// are remembered until that changes.
fn check_fields(column: &Column, host: &Host, installed: &Installed, places: &Places) -> Result<()> {
    let runtime = column.runtime;
    let values = program_values(runtime, &column.version, installed);
    let argv = installed.launched(host.program.with("--fields").fill(&values));
    let mut state = State::default();
    state.add(&installed.exe)?;
    state.add_text(&argv.join("\0"));
    let mut sources = Encoder::new("host sources", 1);
    host_sources::digest(&runtime.folder, &mut sources)?;
    state.add_text(&sources.finish());
    let list = Remembered::in_store(&places.store).or_find(&format!("fields-{column}"), state, || {
        let ended = ask(argv, column.mode, values)?;
        String::from_utf8(ended.stdout).with_context(|| format!("{column}: `--fields`"))
    })?;
    let honoured: Vec<Field> =
        serde_json::from_str(&list).with_context(|| format!("{column}: `--fields` printed no list of fields"))?;
    for capability in Capability::ALL {
        let Some(field) = capability.field() else { continue };
        let declared = column.mode.lacks.contains(&capability);
        if honoured.contains(&field) == declared {
            let does = if declared { "honours" } else { "does not honour" };
            let mend = if declared { "delete it from" } else { "add it to" };
            bail!("{column}: the host {does} `{capability}`; {mend} `lacks` in runtimes/{}/runtime.toml", runtime.id);
        }
    }
    Ok(())
}

/// The program of the machine's own that a mode's command starts with.
fn launcher(mode: &Mode) -> Result<Option<PathBuf>> {
    let Some(name) = mode.command().launcher() else { return Ok(None) };
    toolchain::on_path(name).map(Some).ok_or_else(|| anyhow!("`{name}` is not on PATH"))
}

/// Builds the program from the runtime's folder, unless these sources are built already.
fn build(
    runtime: &Runtime,
    mode: &Mode,
    version: &Version,
    installed: &mut Installed,
    places: &Places,
    notify: &Notify,
) -> Result<()> {
    let Some(build) = mode.adapter.build() else { return Ok(()) };
    let folder = built_in(runtime, build, version, places)?;
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
    // One builder at a time; what an interrupted one left is started anew.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock()?;
    if done.exists() {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let argv: Vec<_> =
        build.fill(&program_values(runtime, version, installed)).into_iter().map(OsString::from).collect();
    notify(&Notice::BuildingDriver { runtime: runtime.id.clone(), version: version.clone() });
    let mut variables = Vec::new();
    if places.offline {
        variables.extend([("CARGO_NET_OFFLINE", "true".into()), ("GOPROXY", "off".into())]);
    }
    toolchain::command(&argv, &variables, &runtime.folder, LONG)
        .with_context(|| format!("what drives {} does not build", runtime.id))?;
    Ok(write_whole(&done, b"")?)
}

/// Whether a column's program, if it has a `build`, is built from these sources already.
pub fn is_built(column: &Column, places: &Places) -> bool {
    let Some(build) = column.mode.adapter.build() else { return true };
    built_in(column.runtime, build, &column.version, places).is_ok_and(|folder| folder.join("done").exists())
}

fn built_in(runtime: &Runtime, build: &Template, version: &Version, places: &Places) -> Result<PathBuf> {
    Ok(places.store.join("built").join(format!("{}-{version}-{}", runtime.id, sources(runtime, build)?)))
}

/// A digest of everything a host's build depends on, short enough for a folder's name.
fn sources(runtime: &Runtime, build: &Template) -> Result<String> {
    let mut encoder = Encoder::new("host build", 1);
    encoder.value("build", build)?;
    host_sources::digest(&runtime.folder, &mut encoder)?;
    Ok(encoder.finish()[..16].to_owned())
}

/// Compares what is in the store with what was installed and with the lock; gives the digest of it all, or none
/// for what was put there by hand.
fn verified(column: &Column, prefix: &Path, places: &Places) -> Result<Option<String>> {
    let runtime = column.runtime;
    let lock = Lock::beside(&runtime.folder)?;
    let remembered = Remembered::in_store(&places.store);
    let note = installation::verify(prefix, &runtime.id, &column.version, &lock, &remembered)?;
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
