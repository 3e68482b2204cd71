//! A cell made concrete: the exact command, environment, working directory and stdin, as bytes and
//! paths with no placeholder left. Nothing is created or run here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_contract::CONTRACT;
use host_contract::request::{Clock, Dir, Random, Request};

use crate::case::{Case, StdinKind, Step, below};
use crate::process::{Feed, MARKER, Stdin};
use crate::runtime::{Adapter, Command, Runtime};
use crate::template::{Template, Values};

/// The bytes a guest may write to stdout and stderr together.
pub const OUTPUT_LIMIT: usize = 32 << 20;

/// Everything a cell needs besides its case: where things are.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The runtime's executable.
    pub exe: &'a Path,
    /// The guest's `.wasm`.
    pub module: &'a Path,
    /// What `prepare` made of it, where that is what the runtime runs.
    pub prepared: Option<&'a Path>,
    /// The folder for compiled code.
    pub cache: &'a Path,
    /// The cell's own folder, by whose path its processes are found again: two checkouts on one machine may
    /// run a cell of the same name, but no two harnesses share a sandbox.
    pub sandbox: &'a Path,
    /// Where fixtures stand.
    pub fixtures: &'a Path,
}

/// A resolved cell.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment of the runtime's process.
    pub environment: Vec<(String, String)>,
    /// Its working directory, inside the sandbox and empty at first.
    pub cwd: PathBuf,
    /// Its descriptor 0.
    pub stdin: Stdin,
    /// The bytes of the file that stdin is, where it is one.
    pub stdin_file: Option<Vec<u8>>,
    /// The folders to copy, in the order of the preopens.
    pub dirs: Vec<PlacedDir>,
    /// For a host: where its request goes, and what it says.
    pub request: Option<(PathBuf, Request)>,
    /// For a host: where its report is expected.
    pub report: Option<PathBuf>,
    /// When the harness gives up.
    pub deadline: Duration,
}

/// A preopen with its place on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedDir {
    /// The name the guest sees.
    pub guest: String,
    /// The fixture it is a copy of.
    pub fixture: PathBuf,
    /// The copy.
    pub host: PathBuf,
    /// Whether the guest may change nothing below it.
    pub read_only: bool,
}

impl Plan {
    /// Resolves a case under a runtime.
    pub fn new(runtime: &Runtime, case: &Case, setting: Setting) -> Plan {
        let sandbox = setting.sandbox;
        let dirs: Vec<_> = case
            .dirs
            .iter()
            .enumerate()
            .map(|(index, dir)| PlacedDir {
                guest: dir.guest.clone(),
                fixture: setting.fixtures.join(&dir.fixture),
                host: sandbox.join("dirs").join(index.to_string()).join(&dir.fixture),
                read_only: dir.read_only,
            })
            .collect();
        let mut environment = vec![(MARKER.to_owned(), text(sandbox))];
        let (argv, request, report) = match &runtime.adapter {
            Adapter::Subprocess(command) => {
                let values = process_values(runtime, setting);
                environment.extend(filled(&command.environment, &values));
                (command_line(command, runtime, case, &dirs, setting), None, None)
            }
            Adapter::Host(program) => {
                let request = sandbox.join("request.json");
                let report = sandbox.join("report.json");
                let mut argv = program.fill(&program_values(runtime, setting.exe));
                argv.extend([text(&request), text(&report)]);
                (argv, Some((request, host_request(case, &dirs, setting))), Some(report))
            }
        };
        Plan {
            argv,
            environment,
            cwd: sandbox.join("work"),
            stdin: stdin(case, sandbox),
            stdin_file: (case.stdin_kind == StdinKind::File).then(|| case.stdin.clone()),
            dirs,
            request,
            report,
            deadline: case.deadline,
        }
    }

    /// The host path a guest path means, by the preopen with the longest name it starts with.
    pub fn host_path(&self, guest_path: &str) -> Option<PathBuf> {
        let found = self.dirs.iter().filter_map(|dir| Some((dir, below(&dir.guest, guest_path)?)));
        let (dir, rest) = found.max_by_key(|(dir, _)| dir.guest.len())?;
        Some(if rest.is_empty() { dir.host.clone() } else { dir.host.join(rest) })
    }
}

/// A command that compiles a guest ahead of its first cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment of its process.
    pub environment: Vec<(String, String)>,
}

/// The command that compiles a guest ahead of its first cell, if the runtime has one.
pub fn prepare(runtime: &Runtime, exe: &Path, module: &Path, cache: &Path, prepared: &Path) -> Option<Preparation> {
    match &runtime.adapter {
        Adapter::Host(program) => {
            let mut argv = program.fill(&program_values(runtime, exe));
            argv.extend(["--prepare".to_owned(), text(module), text(cache)]);
            Some(Preparation { argv, environment: Vec::new() })
        }
        Adapter::Subprocess(command) => {
            let values = program_values(runtime, exe)
                .value("module", text(module))
                .value("cache", text(cache))
                .value("sandbox", text(cache))
                .value("prepared", text(prepared));
            let argv = command.prepare.as_ref()?.fill(&values);
            Some(Preparation { argv, environment: filled(&command.environment, &values) })
        }
    }
}

/// Whether cells run what `prepare` made instead of the guest's own module.
pub fn runs_prepared(runtime: &Runtime) -> bool {
    match &runtime.adapter {
        Adapter::Host(_) => false,
        Adapter::Subprocess(command) => command.prepare.as_ref().is_some_and(|prepare| prepare.mentions("prepared")),
    }
}

/// What may stand in a host's program and in a version command.
pub fn program_values(runtime: &Runtime, exe: &Path) -> Values {
    Values::default().value("exe", text(exe)).value("folder", text(&runtime.folder))
}

fn process_values(runtime: &Runtime, setting: Setting) -> Values {
    program_values(runtime, setting.exe).value("cache", text(setting.cache)).value("sandbox", text(setting.sandbox))
}

fn filled(environment: &BTreeMap<String, Template>, values: &Values) -> Vec<(String, String)> {
    environment.iter().map(|(name, value)| (name.clone(), value.fill(values).concat())).collect()
}

fn command_line(
    command: &Command,
    runtime: &Runtime,
    case: &Case,
    dirs: &[PlacedDir],
    setting: Setting,
) -> Vec<String> {
    let env = case.env.iter().flat_map(|(name, value)| {
        command.env.fill(&Values::default().value("name", name.as_str()).value("value", value.as_str()))
    });
    let mapped = dirs.iter().flat_map(|dir| {
        let template = if dir.read_only { &command.dir_ro } else { &command.dir };
        template.fill(&Values::default().value("host", text(&dir.host)).value("guest", dir.guest.as_str()))
    });
    let mut limits = Vec::new();
    if let Some(fuel) = case.limits.fuel {
        limits.extend(command.fuel.fill(&Values::default().value("fuel", fuel.to_string())));
    }
    if let Some(bytes) = case.limits.memory_bytes {
        let pages = bytes.div_ceil(64 << 10);
        let values = Values::default().value("bytes", bytes.to_string()).value("pages", pages.to_string());
        limits.extend(command.memory.fill(&values));
    }
    if let Some(millis) = case.limits.wall_ms {
        limits.extend(command.timeout.fill(&Values::default().value("millis", millis.to_string())));
    }
    let values = program_values(runtime, setting.exe)
        .value("module", text(setting.prepared.unwrap_or(setting.module)))
        .value("cache", text(setting.cache))
        .value("sandbox", text(setting.sandbox))
        .splice("env", env.collect())
        .splice("dirs", mapped.collect())
        .splice("limits", limits)
        .splice("args", case.args.clone());
    command.run.fill(&values)
}

fn host_request(case: &Case, dirs: &[PlacedDir], setting: Setting) -> Request {
    let own_name = setting.module.file_name().map(|name| name.to_string_lossy().into_owned());
    Request {
        contract: CONTRACT,
        module: setting.module.to_owned(),
        argv: own_name.into_iter().chain(case.args.iter().cloned()).collect(),
        env: case.env.clone(),
        dirs: dirs
            .iter()
            .map(|dir| Dir { host: dir.host.clone(), guest: dir.guest.clone(), read_only: dir.read_only })
            .collect(),
        limits: case.limits,
        clock: Clock::Real,
        random: Random::Real,
        exports: Vec::new(),
        cache: Some(setting.cache.to_owned()),
    }
}

fn stdin(case: &Case, sandbox: &Path) -> Stdin {
    if !case.steps.is_empty() {
        return Stdin::Pipe(case.steps.iter().map(feed).collect());
    }
    let written = || vec![Feed::Write(case.stdin.clone())];
    match case.stdin_kind {
        StdinKind::Null => Stdin::Null,
        StdinKind::Closed => Stdin::Closed,
        StdinKind::File => Stdin::File(sandbox.join("stdin")),
        StdinKind::Open => Stdin::Pipe(written()),
        StdinKind::Pipe => {
            let mut feeds = written();
            feeds.push(Feed::Close);
            Stdin::Pipe(feeds)
        }
    }
}

fn feed(step: &Step) -> Feed {
    match step {
        Step::Write(bytes) => Feed::Write(bytes.clone()),
        Step::Wait(duration) => Feed::Wait(*duration),
        Step::Read(bytes) => Feed::Read(bytes.clone()),
        Step::Close => Feed::Close,
    }
}

/// A path as an argument. The harness's own paths are UTF-8; it refuses to start where they are not.
fn text(path: &Path) -> String {
    path.display().to_string()
}
