//! Compiles a guest once per column, before its first cell. Cells then measure the guest, not the compiler.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::guests::{Guest, file_name};
use crate::once::Once;
use crate::ready_runtime::Ready;
use crate::toolchain::LONG;
use matrix_model::installed::{Installed, path_text, program_values};
use matrix_model::matrix::Column;
use matrix_model::runtime::Adapter;
use matrix_supervise::Spec;

/// The maximum number of bytes that a compiler may write to stdout and stderr together.
const OUTPUT_LIMIT: usize = 32 << 20;

/// The guests that were compiled ahead in this process.
#[derive(Debug, Default)]
pub struct CompiledGuests {
    /// The files that cells run instead of a guest's module, if any.
    artifacts: Mutex<HashMap<ColumnAndGuest, Arc<Once<Option<PathBuf>>>>>,
    fresh: AtomicUsize,
}

/// A column's name and a guest's sha256. The guest's name is not enough: a guest derived from another has the same name.
type ColumnAndGuest = (String, String);

impl CompiledGuests {
    /// Compiles a guest ahead for a column, once. Returns the file to run instead of the guest's own module, if any.
    /// `name` is the guest's name, from which the compiled file gets its name.
    ///
    /// # Errors
    /// If the compiler cannot be started, the cache cannot be written, or `prepare` made nothing. A compiler that
    /// rejects the guest is no error: each cell shows that failure itself.
    pub fn artifact(&self, column: &Column, name: &str, guest: &Guest, ready: &Ready) -> Result<Option<PathBuf>> {
        let slot = {
            let mut artifacts = self.artifacts.lock().expect("no thread panics with the lock held");
            Arc::clone(artifacts.entry((column.to_string(), guest.sha256.clone())).or_default())
        };
        let artifact = slot.or_make(|| {
            let compiled = compile_ahead(column, name, guest, ready)?;
            self.fresh.fetch_add(usize::from(compiled.fresh), Ordering::Relaxed);
            Ok(compiled.artifact)
        });
        artifact.cloned()
    }

    /// How many guests were compiled; those that an earlier process had compiled do not count.
    pub fn fresh(&self) -> usize {
        self.fresh.load(Ordering::Relaxed)
    }
}

/// The result of compiling a guest ahead.
struct Compiled {
    /// What cells run instead of the guest's own module, if anything.
    artifact: Option<PathBuf>,
    /// Whether the guest was compiled just now; false if it was compiled already.
    fresh: bool,
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

/// Compiles a guest for a column, unless that is done already.
fn compile_ahead(column: &Column, name: &str, guest: &Guest, ready: &Ready) -> Result<Compiled> {
    let cache = &ready.cache;
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
