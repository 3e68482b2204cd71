//! Compiles a guest once per column, before its first cell. Cells then measure the guest, not the compiler.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::guests::{Guest, file_name};
use crate::ready_runtime::Ready;
use crate::toolchain::LONG;
use matrix_model::installed::{Installed, path_text, program_values};
use matrix_model::matrix::Column;
use matrix_model::runtime::Adapter;
use matrix_supervise::Spec;

/// The maximum number of bytes that a compiler may write to stdout and stderr together.
const OUTPUT_LIMIT: usize = 32 << 20;

/// The result of compiling a guest ahead.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// What cells run instead of the guest's own module, if anything.
    pub artifact: Option<PathBuf>,
    /// Whether the guest was compiled just now; false if it was compiled already.
    pub fresh: bool,
}

/// A command that compiles a guest ahead of its first cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The complete environment of its process.
    pub environment: Vec<(String, String)>,
}

/// The command that compiles a guest ahead of its first cell, if the column has one.
pub fn preparation(
    column: &Column,
    installed: &Installed,
    module: &Path,
    cache: &Path,
    prepared: &Path,
) -> Option<Preparation> {
    let values = program_values(column.runtime, &column.version, installed)
        .value("module", path_text(module))
        .value("cache", path_text(cache))
        .value("sandbox", path_text(cache))
        .value("prepared", path_text(prepared));
    let argv = match &column.mode.adapter {
        Adapter::Host(host) => {
            let mut argv = installed.launched(host.program.fill(&values));
            argv.extend(["--prepare".to_owned(), path_text(module), path_text(cache)]);
            argv
        }
        Adapter::Subprocess(command) if command.prepare.is_empty() => return None,
        Adapter::Subprocess(command) => installed.launched(command.prepare.fill(&values)),
    };
    Some(Preparation { argv, environment: column.mode.adapter.environment().fill(&values) })
}

/// Whether cells run what `prepare` made instead of the guest's own module.
pub fn runs_prepared(adapter: &Adapter) -> bool {
    match adapter {
        Adapter::Host(_) => false,
        Adapter::Subprocess(command) => command.prepare.mentions("prepared"),
    }
}

/// Compiles a guest for a column, unless that is done already. `name` is the guest's name. `cache` is the folder for
/// compiled code.
///
/// # Errors
/// If the compiler cannot be started, the cache cannot be written, or `prepare` made nothing. A compiler that rejects
/// the guest is no error: each cell shows that failure itself.
pub fn compile_ahead(column: &Column, name: &str, guest: &Guest, ready: &Ready, cache: &Path) -> Result<Compiled> {
    // The key covers both inputs: the engine's binary and the guest.
    let key = format!("{}-{}", &ready.sha256[..16], &guest.sha256[..16]);
    let parent = cache.join("prepared");
    let folder = parent.join(key);
    let file = file_name(name, column.runtime.target);
    let runs_prepared = runs_prepared(&column.mode.adapter);
    let artifact = runs_prepared.then(|| folder.join(&file));
    let is_host = matches!(column.mode.adapter, Adapter::Host(_));
    let is_done = || folder.join("done").exists() && artifact.as_ref().is_none_or(|path| path.exists());
    if is_done() && !is_host {
        return Ok(Compiled { artifact, fresh: false });
    }
    fs::create_dir_all(&parent).with_context(|| parent.display().to_string())?;
    // Compile in a temporary folder and rename it when complete: another checkout may be compiling the same guest.
    let temporary = tempfile::tempdir_in(&parent).with_context(|| parent.display().to_string())?;
    let made = temporary.path().join(&file);
    let Some(Preparation { argv, environment }) = preparation(column, &ready.installed, &guest.module, cache, &made)
    else {
        return Ok(Compiled { artifact: None, fresh: false });
    };
    let spec = Spec {
        argv: argv.iter().map(Into::into).collect(),
        environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        cwd: temporary.path().to_owned(),
        stdin: matrix_supervise::Stdin::Null,
        deadline: LONG,
        output_limit: OUTPUT_LIMIT,
    };
    let ended = matrix_supervise::run(&spec).with_context(|| format!("cannot start {}", argv[0]))?;
    if !ended.status.success() {
        return Ok(Compiled { artifact: None, fresh: false });
    }
    if runs_prepared && !made.exists() {
        bail!(
            "{column}: `prepare` exited 0 and made no {file}; correct it in runtimes/{}/runtime.toml",
            column.runtime.id
        );
    }
    if is_host {
        return Ok(Compiled { artifact, fresh: said_compiled(&ended.stdout, &argv[0])? });
    }
    let done = temporary.path().join("done");
    fs::write(&done, b"").with_context(|| done.display().to_string())?;
    // The rename fails if another checkout has finished meanwhile, or if an interrupted run left the folder incomplete.
    if fs::rename(temporary.path(), &folder).is_err() && !is_done() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        fs::rename(temporary.path(), &folder).with_context(|| folder.display().to_string())?;
    }
    Ok(Compiled { artifact, fresh: true })
}

/// Whether a host's answer to `--prepare` says that it compiled.
fn said_compiled(answer: &[u8], host: &str) -> Result<bool> {
    #[derive(Deserialize)]
    struct Answer {
        code: host_contract::report::Code,
    }
    let answer: Answer = serde_json::from_slice(answer)
        .with_context(|| format!("{host}: `--prepare` printed {:?}", String::from_utf8_lossy(answer)))?;
    Ok(answer.code == host_contract::report::Code::Compiled)
}
