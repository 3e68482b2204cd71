//! A guest compiled for a column before its first cell, once: cells then measure the guest, not the compiler.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use super::{Session, in_words};
use crate::guests::{Guest, file_name};
use crate::matrix::Column;
use crate::plan::{self, OUTPUT_LIMIT, Preparation};
use crate::process::{self, Spec};
use crate::ready::Ready;
use crate::runtime::Adapter;
use crate::toolchain::LONG;

/// What was made of a guest before its first cell under a runtime.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// What cells run instead of the guest's own module, if anything.
    pub(super) artifact: Option<PathBuf>,
}

impl Session<'_> {
    /// Where the code that a column's engine compiles is kept.
    pub(super) fn cache(&self, column: &Column, ready: &Ready) -> PathBuf {
        let folder = self.compiled.join(&column.runtime.id).join(column.version.to_string());
        match &column.mode.name {
            // An engine trusts its cache by its version, and two builds of one version are not one engine.
            _ if column.local => folder.join(format!("local-{}", &ready.sha256[..16])),
            Some(mode) => folder.join(mode),
            None => folder,
        }
    }

    /// Compiles a guest for a column before its first cell, once: cells then measure the guest, not the compiler.
    pub(super) fn prepare(&self, index: usize, name: &str, guest: &Guest, ready: &Ready) -> Result<Prepared> {
        let slot = {
            let mut prepared = self.prepared.lock().expect("no thread panics with the lock held");
            Arc::clone(prepared.entry((index, guest.sha256.clone())).or_default())
        };
        let prepared = slot.get_or_init(|| self.prepare_now(index, name, guest, ready).map_err(in_words));
        prepared.clone().map_err(|error| anyhow!("{error}"))
    }

    fn prepare_now(&self, index: usize, name: &str, guest: &Guest, ready: &Ready) -> Result<Prepared> {
        let column = &self.columns[index];
        let cache = self.cache(column, ready);
        // Keyed by what goes in: the engine's binary and the guest.
        let key = format!("{}-{}", &ready.sha256[..16], &guest.sha256[..16]);
        let parent = cache.join("prepared");
        let folder = parent.join(key);
        let file = file_name(name, column.runtime.target);
        let runs_prepared = plan::runs_prepared(&column.mode.adapter);
        let prepared = Prepared { artifact: runs_prepared.then(|| folder.join(&file)) };
        let is_host = matches!(column.mode.adapter, Adapter::Host(_));
        let is_done = || folder.join("done").exists() && prepared.artifact.as_ref().is_none_or(|path| path.exists());
        if is_done() && !is_host {
            return Ok(prepared);
        }
        fs::create_dir_all(&parent).with_context(|| parent.display().to_string())?;
        // Beside its place and moved there whole: another checkout may be compiling the same guest.
        let temporary = tempfile::tempdir_in(&parent).with_context(|| parent.display().to_string())?;
        let fresh = temporary.path().join(&file);
        let preparation = plan::prepare(column, &ready.installed, &guest.module, &cache, &fresh);
        let Some(Preparation { argv, environment }) = preparation else {
            return Ok(Prepared { artifact: None });
        };
        let spec = Spec {
            argv: argv.iter().map(Into::into).collect(),
            environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            cwd: temporary.path().to_owned(),
            stdin: process::Stdin::Null,
            deadline: LONG,
            output_limit: OUTPUT_LIMIT,
        };
        let ended = process::run(&spec).with_context(|| format!("cannot start {}", argv[0]))?;
        if !ended.status.success() {
            // What the engine has against the guest, its cells will tell, each in its own way.
            return Ok(Prepared { artifact: None });
        }
        if runs_prepared && !fresh.exists() {
            bail!(
                "{column}: `prepare` exited 0 and made no {file}; correct it in runtimes/{}/runtime.toml",
                column.runtime.id
            );
        }
        let compiled = !is_host || said_compiled(&ended.stdout, &argv[0])?;
        self.compiles.fetch_add(usize::from(compiled), Ordering::Relaxed);
        if is_host {
            return Ok(prepared);
        }
        let done = temporary.path().join("done");
        fs::write(&done, b"").with_context(|| done.display().to_string())?;
        // In the way is either what another checkout made meanwhile, or a rest of what did not get this far.
        if fs::rename(temporary.path(), &folder).is_err() && !is_done() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
            fs::rename(temporary.path(), &folder).with_context(|| folder.display().to_string())?;
        }
        Ok(prepared)
    }
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
