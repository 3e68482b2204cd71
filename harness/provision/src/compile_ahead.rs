//! Compiles a guest once per column, before its first cell. Cells then measure the guest, not the compiler. A compiler
//! that fails is an outcome of each cell that needs the guest.

use std::collections::HashMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::compile_turns::{self, CompileTurns};
use crate::guests::Guest;
use crate::not_compiled::{HowFailed, NotCompiled};
use crate::notice::{Notice, Notify};
use crate::once::Once;
use crate::ready_runtime::Ready;
use matrix_model::installed::{Installed, path_text, program_values};
use matrix_model::matrix::Column;
use matrix_model::runtime::Adapter;
use matrix_supervise::{Beside, Ended, Outputs, Spec, Stopped};

/// The maximum number of bytes that a compiler may write to stdout and stderr together.
const OUTPUT_LIMIT: usize = 32 << 20;

/// When a compiler is stopped, unless its runtime says otherwise. It is multiplied by the runtime's `deadline-factor`.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often it is said that a guest is still being compiled.
const NOTICE: Duration = Duration::from_secs(5);

/// The exit code of a host that refuses a module. An unexpected end of a host can have this code, too.
const HOST_REFUSES: i32 = 1;

/// The guests that were compiled ahead in this process.
pub struct CompiledGuests {
    made: Mutex<HashMap<ColumnAndGuest, Arc<Once<Compiled>>>>,
    fresh: AtomicUsize,
    /// Whether a host is not asked again to compile what it has compiled before.
    trusts: bool,
    /// How many compilers may run at once in all processes; `None` if nothing bounds that.
    turns: Option<CompileTurns>,
    notify: Arc<Notify>,
}

/// A column's name without its surrounding, in which nothing is compiled, and a guest's sha256. The guest's name is not
/// enough: a guest derived from another has the same name.
type ColumnAndGuest = (String, String);

/// The result of compiling a guest ahead.
#[derive(Debug, Clone)]
pub enum Compiled {
    /// The guest can be run. There is a file if cells run that instead of the guest's own module.
    Done(Option<PathBuf>),
    /// It was not compiled. Cells that need it are not run.
    Failed(Arc<NotCompiled>),
}

impl CompiledGuests {
    /// Nothing is compiled yet. `notify` is told of each guest that takes long.
    pub(crate) fn new(notify: Arc<Notify>) -> CompiledGuests {
        CompiledGuests { made: Mutex::default(), fresh: AtomicUsize::default(), trusts: false, turns: None, notify }
    }

    /// Does not ask a host again to compile what it has compiled before. If its cache was lost since, it compiles the guest
    /// when it runs it.
    pub(crate) fn trusting(self) -> CompiledGuests {
        CompiledGuests { trusts: true, ..self }
    }

    /// Bounds how many compilers run at once in all processes that say so.
    pub(crate) fn in_turns(self, turns: CompileTurns) -> CompiledGuests {
        CompiledGuests { turns: Some(turns), ..self }
    }

    /// Compiles a guest ahead for a column, once.
    ///
    /// # Errors
    /// If the compiler cannot be started, the cache cannot be written, or a host breaks the contract. A compiler that
    /// fails is no error.
    pub fn compiled(&self, column: &Column, guest: &Guest, ready: &Ready) -> Result<Compiled> {
        let slot = {
            let mut made = self.made.lock().expect("no thread panics with the lock held");
            Arc::clone(made.entry((column.on_machine().to_string(), guest.sha256.clone())).or_default())
        };
        let compiled = slot.or_make(|| {
            let job = Job { column, guest, ready, trusts: self.trusts, turns: self.turns.as_ref() };
            let (compiled, fresh) = job.compile(&*self.notify)?;
            self.fresh.fetch_add(usize::from(fresh), Ordering::Relaxed);
            Ok(compiled)
        });
        compiled.cloned()
    }

    /// Forgets what was compiled.
    pub(crate) fn forget(&self) {
        self.made.lock().expect("no thread panics with the lock held").clear();
    }

    /// How many guests were compiled; those that an earlier process had compiled do not count.
    pub fn fresh(&self) -> usize {
        self.fresh.load(Ordering::Relaxed)
    }
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

/// When compiling a guest in a column is stopped. Time that a busy machine takes does not count.
pub fn deadline(column: &Column) -> Duration {
    let written = column.mode.adapter.prepare_deadline().map(NonZeroU32::get);
    let usual = || DEADLINE * u32::from(column.runtime.deadline_factor.get());
    written.map_or_else(usual, |seconds| Duration::from_secs(u64::from(seconds)))
}

/// A guest to compile for a column.
#[derive(Clone, Copy)]
struct Job<'j> {
    column: &'j Column<'j>,
    guest: &'j Guest,
    ready: &'j Ready,
    trusts: bool,
    turns: Option<&'j CompileTurns>,
}

impl Job<'_> {
    /// Compiles the guest, unless that is done already. Also tells whether it was compiled just now.
    fn compile(self, notify: &Notify) -> Result<(Compiled, bool)> {
        let Job { column, guest, ready, trusts, turns } = self;
        let cache = &ready.cache;
        // The key covers both inputs: the engine's binary and the guest.
        let key = format!("{}-{}", &ready.sha256[..16], &guest.sha256[..16]);
        let parent = cache.join("prepared");
        let folder = parent.join(key);
        let file = guest.compiled_name();
        let runs_prepared = runs_prepared(&column.mode.adapter);
        let artifact = runs_prepared.then(|| folder.join(&file));
        let is_host = matches!(column.mode.adapter, Adapter::Host(_));
        let is_done = || folder.join("done").exists() && artifact.as_ref().is_none_or(|path| path.exists());
        if is_done() && (trusts || !is_host) {
            return Ok((Compiled::Done(artifact), false));
        }
        let preparation = |made: &Path| preparation(column, &ready.installed, &guest.module, cache, made);
        if preparation(&folder).is_none() {
            return Ok((Compiled::Done(None), false));
        }
        fs::create_dir_all(&parent).with_context(|| parent.display().to_string())?;
        let at = || folder.display().to_string();
        let _alone = compile_turns::alone_in(&folder).with_context(at)?;
        // Another process may have compiled it meanwhile.
        if is_done() && (trusts || !is_host) {
            return Ok((Compiled::Done(artifact), false));
        }
        let _turn = turns.map(CompileTurns::take).transpose().with_context(at)?;
        // Compile in a temporary folder and rename it when complete: another checkout may be compiling the same guest.
        let temporary = tempfile::tempdir_in(&parent).with_context(|| parent.display().to_string())?;
        let made = temporary.path().join(&file);
        let Some(preparation) = preparation(&made) else {
            return Ok((Compiled::Done(None), false));
        };
        let ended = self.run(&preparation, temporary.path(), notify)?;
        if let Some(how) = failed(&ended, runs_prepared.then_some(&*made)) {
            let how = match how {
                HowFailed::Exit(HOST_REFUSES) if is_host => HowFailed::HostRefuses,
                HowFailed::Exit(code) if is_host => bail!(
                    "{column}: the host's `--prepare` ended with exit {code}, which is no answer: {}",
                    String::from_utf8_lossy(&ended.stderr).trim()
                ),
                how => how,
            };
            let failed = NotCompiled::new(how, deadline(column), ended);
            return Ok((Compiled::Failed(Arc::new(failed)), false));
        }
        let fresh = match is_host {
            true => said_compiled(&ended.stdout, &preparation.argv[0])?,
            false => true,
        };
        if is_host && !trusts {
            return Ok((Compiled::Done(artifact), fresh));
        }
        let done = temporary.path().join("done");
        fs::write(&done, b"").with_context(|| done.display().to_string())?;
        // The rename fails if another checkout has finished meanwhile, or if an interrupted run left the folder
        // incomplete.
        if fs::rename(temporary.path(), &folder).is_err() && !is_done() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
            fs::rename(temporary.path(), &folder).with_context(|| folder.display().to_string())?;
        }
        Ok((Compiled::Done(artifact), fresh))
    }

    /// Runs the compiler, and tells now and then how long it has taken.
    fn run(self, preparation: &Preparation, cwd: &Path, notify: &Notify) -> Result<Ended> {
        let Preparation { argv, environment } = preparation;
        let deadline = deadline(self.column);
        let spec = Spec {
            argv: argv.iter().map(Into::into).collect(),
            environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            cwd: cwd.to_owned(),
            stdin: matrix_supervise::Stdin::Null,
            deadline,
            output_limit: OUTPUT_LIMIT,
            outputs: Outputs::default(),
            beside: Beside::default(),
            ends_on_quit: true,
        };
        let mut next = NOTICE;
        let mut on_look = |counted: Duration| {
            if counted >= next {
                next = counted + NOTICE;
                notify(&Notice::Compiling {
                    column: self.column.to_string(),
                    guest: self.guest.compiled_name().with_extension("").display().to_string(),
                    counted,
                    deadline,
                });
            }
        };
        matrix_supervise::run_patiently(&spec, &mut on_look).with_context(|| format!("cannot start {}", argv[0]))
    }
}

/// In what way a compiler failed; `None` if it did what it should. `made` is the file that it should have made.
fn failed(ended: &Ended, made: Option<&Path>) -> Option<HowFailed> {
    match ended.stopped {
        Some(Stopped::Deadline) => return Some(HowFailed::Deadline),
        Some(Stopped::OutputLimit) => return Some(HowFailed::OutputLimit),
        Some(Stopped::Quit) => return Some(HowFailed::Quit),
        None => {}
    }
    match ended.status.code() {
        Some(0) => {
            let missing = made.filter(|path| !path.exists())?;
            Some(HowFailed::MadeNothing(missing.file_name()?.to_string_lossy().into_owned()))
        }
        Some(code) => Some(HowFailed::Exit(code)),
        None => Some(HowFailed::Signal(ended.signal().unwrap_or(0))),
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
