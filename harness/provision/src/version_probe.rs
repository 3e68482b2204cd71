//! Asks a runtime's executable for its version, and a host for its capabilities.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use host_contract::report::Fault;
use host_contract::request::Field;
use semver::Version;

use crate::driver_build::build;
use crate::host_sources;
use crate::notice::Notify;
use crate::toolchain::{SHORT, launcher};
use matrix_model::capability::Capability;
use matrix_model::content::quoted;
use matrix_model::digest::Encoder;
use matrix_model::installed::{Installed, program_values};
use matrix_model::matrix::Column;
use matrix_model::runtime::{Adapter, Host, Mode, Runtime, VersionProbe};
use matrix_model::template::Values;
use matrix_store::dirs::Places;
use matrix_store::remembered::{Remembered, State};
use matrix_supervise::{Beside, Ended, Outputs, Spec, Stdin};

/// Builds the host if the runtime has a `build`, and then asks the runtime for its version. Returns the line that it
/// reports.
///
/// # Errors
/// If the build fails, or the runtime reports no version or another one.
pub(crate) fn prove(
    runtime: &Runtime,
    mode: &Mode,
    version: &Version,
    installed: &Installed,
    places: &Places,
    notify: &Notify,
) -> Result<String> {
    let mut installed = Installed { launcher: launcher(mode)?, ..installed.clone() };
    let sources = host_sources::encoded(&runtime.folder)?;
    build(runtime, mode, version, &mut installed, &sources, places, notify)?;
    prove_built(runtime, mode, version, &installed)
}

/// Asks a column's built runtime for its version, and its host for the request fields that it honours. Returns the line
/// with the version. `sources` are those of the host.
///
/// # Errors
/// If the runtime reports no version or not the column's, or the host honours other fields than the column's `lacks`
/// say.
pub(crate) fn examine(column: &Column, installed: &Installed, sources: &Encoder, places: &Places) -> Result<String> {
    let reported = match prove_built(column.runtime, column.mode, &column.version, installed) {
        // The user has said which version it represents.
        Err(_) if column.local => version_of(column.runtime, &installed.exe).map_or_else(
            |_| format!("no version; it stands for {}", column.version),
            |version| format!("{version}; it stands for {}", column.version),
        ),
        other => other.with_context(|| column.to_string())?,
    };
    if let Adapter::Host(host) = &column.mode.adapter {
        check_fields(column, host, installed, sources, places)?;
    }
    Ok(reported)
}

/// Asks a built runtime for its version. Returns the line that it reports.
///
/// # Errors
/// If it reports no version, or another one.
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

/// The version of an executable outside the store.
///
/// # Errors
/// If it reports no version.
pub(crate) fn version_of(runtime: &Runtime, exe: &Path) -> Result<Version> {
    let mode = &runtime.modes[0];
    let installed = Installed { exe: exe.to_owned(), prefix: None, built: None, launcher: launcher(mode)? };
    let asks = runtime.version.as_ref().ok_or_else(|| anyhow!("{} has no version of its own", runtime.id))?;
    probe(runtime, asks, mode, &runtime.install.pins[0], &installed).map(|(version, _)| version)
}

/// Asks an executable for its version. Returns the version and the line that contains it.
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

/// Runs a runtime's own command in the same environment as its cells.
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
        outputs: Outputs::default(),
        beside: Beside::default(),
        ends_on_quit: false,
    };
    let ended = matrix_supervise::run(&spec).with_context(|| format!("cannot run `{shown}`"))?;
    if ended.stopped.is_some() {
        bail!("`{shown}` did not end within {} s", SHORT.as_secs());
    }
    if !ended.status.success() {
        bail!("`{shown}` ended with {}:\n{}", ended.status, String::from_utf8_lossy(&ended.stderr).trim_end());
    }
    Ok(ended)
}

/// What a column's command line says it can be asked for; `None` if its `[command]` names no `help`.
///
/// # Errors
/// If the command cannot be run, or does not exit with 0.
pub fn help(column: &Column, installed: &Installed) -> Result<Option<String>> {
    let Adapter::Subprocess(command) = &column.mode.adapter else { return Ok(None) };
    if command.help.is_empty() {
        return Ok(None);
    }
    let values = program_values(column.runtime, &column.version, installed);
    let ended = ask(installed.launched(command.help.fill(&values)), column.mode, values)?;
    Ok(Some(String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned()))
}

/// The faults that a column's host can inject on request, as the host lists them.
///
/// # Errors
/// If the column has no host, or the host lists no faults.
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

/// Compares the request fields that a host honours with the column's `lacks`. The program's answer is cached until the
/// program changes.
fn check_fields(column: &Column, host: &Host, installed: &Installed, sources: &Encoder, places: &Places) -> Result<()> {
    let runtime = column.runtime;
    let values = program_values(runtime, &column.version, installed);
    let argv = installed.launched(host.program.with("--fields").fill(&values));
    let mut state = State::default();
    state.add(&installed.exe)?;
    state.add_text(&argv.join("\0"));
    state.add_text(&sources.finish());
    let list = Remembered::in_store(&places.store).or_find(&format!("fields-{column}"), state, || {
        let ended = ask(argv, column.mode, values)?;
        String::from_utf8(ended.stdout).with_context(|| format!("{column}: `--fields`"))
    })?;
    let honoured: Vec<Field> =
        serde_json::from_str(&list).with_context(|| format!("{column}: `--fields` printed no list of fields"))?;
    let lacks = column.lacks();
    for capability in Capability::ALL {
        let Some(field) = capability.field() else { continue };
        let declared = lacks.contains(&capability);
        if honoured.contains(&field) == declared {
            let does = if declared { "honours" } else { "does not honour" };
            let mend = if declared { "delete it from" } else { "add it to" };
            bail!("{column}: the host {does} `{capability}`; {mend} `lacks` in runtimes/{}/runtime.toml", runtime.id);
        }
    }
    Ok(())
}
