//! Watches what a script of ours starts: the runtime's own process, as the kernel shows it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::Probe;
use super::attempt::Inputs;
use super::guests::LOOPS;
use crate::plan::CommandLine;
use matrix_model::connection::StdinKind;
use matrix_supervise::MARKER;

/// How long a runtime may take to start a guest that never ends.
const SETTLED: Duration = Duration::from_secs(1);

/// The interval between two looks at the processes.
const GLANCE: Duration = Duration::from_millis(5);

/// The runtime's own process.
#[derive(Debug, Clone)]
pub(crate) struct Witnessed {
    /// Its arguments.
    pub argv: Vec<String>,
    /// Its environment.
    environment: Vec<(String, String)>,
    /// The plan's command line, which names the guest that the process was seen with.
    planned: Vec<String>,
}

impl Witnessed {
    /// Makes a command start the runtime directly, with the command's own guest.
    pub fn replay(&self, command: &mut CommandLine) {
        let guests = self.planned.iter().zip(&command.argv).filter(|(seen, own)| seen != own);
        let guests: BTreeMap<String, String> = guests.map(|(seen, own)| (seen.clone(), own.clone())).collect();
        command.argv = self.argv.iter().map(|word| guests.get(word).unwrap_or(word).clone()).collect();
        command.environment = self.environment.clone();
    }
}

impl Probe<'_, '_> {
    /// Runs a guest that never ends with these inputs, and looks for the runtime's process.
    ///
    /// # Errors
    /// If no process can be started.
    pub(super) fn witness(&self, column: usize, inputs: &Inputs) -> Result<Option<Witnessed>> {
        let mut inputs = inputs.clone().stdin(StdinKind::Open, b"").deadline(SETTLED);
        inputs.case.steps.clear();
        inputs.case.guest = LOOPS.to_owned();
        let plan = self.attempt_plan(column, &inputs, None)?;
        let marker = plan.environment.iter().find(|(name, _)| name == MARKER);
        let marker = marker.map_or_else(String::new, |(name, value)| format!("{name}={value}"));
        let interpreter = interpreter(Path::new(&plan.argv[0]));
        let over = AtomicBool::new(false);
        let seen = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut seen = None;
                while !over.load(Ordering::Relaxed) {
                    seen = find(marker.as_bytes(), interpreter.as_deref()).or(seen);
                    thread::sleep(GLANCE);
                }
                seen
            });
            let ended = self.attempt(column, &inputs, None);
            over.store(true, Ordering::Relaxed);
            let seen = watcher.join().expect("the watcher only reads files");
            ended.map(|_| seen)
        })?;
        Ok(seen.map(|(argv, environment)| Witnessed { argv, environment, planned: plan.argv }))
    }
}

/// The program that runs a script: the one after `#!`, or the file itself if there is none.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let bytes = fs::read(script).ok()?;
    let named = bytes.strip_prefix(b"#!").map(|rest| {
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        PathBuf::from(String::from_utf8_lossy(line).split_whitespace().next().unwrap_or_default().to_owned())
    });
    named.unwrap_or_else(|| script.to_owned()).canonicalize().ok()
}

type Process = (Vec<String>, Vec<(String, String)>);

/// Finds a process that has this variable and is not the script's own interpreter.
fn find(marker: &[u8], interpreter: Option<&Path>) -> Option<Process> {
    let entries = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok());
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut pids: Vec<_> = pids.collect();
    pids.sort_by(|a, b| b.cmp(a));
    pids.into_iter().find_map(|pid| {
        let folder = PathBuf::from(format!("/proc/{pid}"));
        let environ = strings(&folder.join("environ"))?;
        if !environ.iter().any(|variable| variable.as_bytes() == marker) {
            return None;
        }
        let exe = fs::read_link(folder.join("exe")).ok()?;
        if Some(exe.as_path()) == interpreter {
            return None;
        }
        let mut argv = strings(&folder.join("cmdline"))?;
        // A script may have started it under any name. The name is kept if it is a path of the executable, because some
        // programs act by their name.
        let first = argv.first_mut()?;
        if !Path::new(first).canonicalize().is_ok_and(|named| named == exe) {
            *first = exe.to_str()?.to_owned();
        }
        let environment = environ.iter().filter_map(|variable| variable.split_once('='));
        Some((argv, environment.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    })
}

/// The NUL-terminated strings of a file in `/proc`.
fn strings(path: &Path) -> Option<Vec<String>> {
    let bytes = fs::read(path).ok()?;
    let strings = bytes.strip_suffix(b"\0")?.split(|byte| *byte == 0);
    strings.map(|string| String::from_utf8(string.to_owned()).ok()).collect()
}
