//! A cell made concrete: the exact command, environment, working directory and stdin, as bytes and
//! paths with no placeholder left. Nothing is created or run here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_contract::CONTRACT;
use host_contract::request::{Dir, Request};
use semver::Version;

use crate::case::{Case, OUTSIDE, StdinKind, Step, below};
use crate::fixture::{Fixture, Fixtures};
use crate::matrix::Column;
use crate::process::{Feed, MARKER, Spec, Stdin};
use crate::runtime::{Adapter, Command, Runtime};
use crate::template::Values;

/// The bytes a guest may write to stdout and stderr together.
pub const OUTPUT_LIMIT: usize = 32 << 20;

/// Where a runtime at one version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its executable, or the library that is the engine.
    pub exe: PathBuf,
    /// The folder of the store it was installed in, if it is there.
    pub prefix: Option<PathBuf>,
    /// The folder its host was built in, if it has a `build`.
    pub built: Option<PathBuf>,
    /// The program of the machine's own that its command starts with, if that is a bare name: `java`.
    pub launcher: Option<PathBuf>,
}

impl Installed {
    /// A command of the runtime's with nothing left to be looked up on PATH.
    pub fn launched(&self, mut argv: Vec<String>) -> Vec<String> {
        if let (Some(launcher), Some(first)) = (&self.launcher, argv.first_mut()) {
            *first = text(launcher);
        }
        argv
    }
}

/// Everything a cell needs besides its case: where things are.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The runtime.
    pub installed: &'a Installed,
    /// The guest's `.wasm`.
    pub module: &'a Path,
    /// What `prepare` made of it, where that is what the runtime runs.
    pub prepared: Option<&'a Path>,
    /// The folder for compiled code.
    pub cache: &'a Path,
    /// The cell's own folder, by whose path its processes are found again: two checkouts on one machine may
    /// run a cell of the same name, but no two harnesses share a sandbox.
    pub sandbox: &'a Path,
    /// What the folders of a case start with.
    pub fixtures: &'a Fixtures,
}

/// A resolved cell.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment of the runtime's process.
    pub environment: Vec<(String, String)>,
    /// The file that the runtime runs: the guest's, or what `prepare` made of it.
    pub module: PathBuf,
    /// Its working directory, inside the sandbox and empty at first.
    pub cwd: PathBuf,
    /// Its descriptor 0.
    pub stdin: Stdin,
    /// The bytes of the file that stdin is, where it is one.
    pub stdin_file: Option<Vec<u8>>,
    /// The folders to make, in the order of the preopens.
    pub dirs: Vec<PlacedDir>,
    /// The folders to make that the guest is not given.
    pub outside: Vec<PlacedFolder>,
    /// Where those stand: beside the first preopen's folder.
    pub outside_folder: PathBuf,
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
    /// What it holds at first.
    pub fixture: Fixture,
    /// Where it is made.
    pub host: PathBuf,
    /// Whether the guest may change nothing below it.
    pub read_only: bool,
}

/// A folder of the host that the guest is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFolder {
    /// What it holds at first.
    pub fixture: Fixture,
    /// Where it is made.
    pub host: PathBuf,
}

impl Plan {
    /// Resolves a case in a column.
    pub fn new(column: &Column, case: &Case, setting: Setting) -> Plan {
        let sandbox = setting.sandbox;
        // A folder of the machine's own, which a traced module is given, is no fixture: nothing is made there.
        let fixture = |name: &String| setting.fixtures.get(name).cloned().unwrap_or_default();
        let dirs: Vec<_> = case
            .dirs
            .iter()
            .enumerate()
            .map(|(index, dir)| PlacedDir {
                guest: dir.guest.clone(),
                fixture: fixture(&dir.fixture),
                host: sandbox.join("dirs").join(index.to_string()).join(&dir.fixture),
                read_only: dir.read_only,
            })
            .collect();
        // Beside the first preopen: only there can a folder have a name that begins as a preopen's does.
        let outside_folder = sandbox.join("dirs").join("0");
        let outside = case
            .outside
            .iter()
            .map(|(folder, name)| PlacedFolder { fixture: fixture(name), host: outside_folder.join(folder) });
        let inputs = Inputs::of(case, &outside_folder);
        let mut environment = vec![(MARKER.to_owned(), text(sandbox))];
        let module = setting.prepared.unwrap_or(setting.module);
        let values = program_values(column.runtime, &column.version, setting.installed)
            .value("module", text(module))
            .value("cache", text(setting.cache))
            .value("sandbox", text(sandbox));
        let (argv, request, report) = match &column.mode.adapter {
            Adapter::Subprocess(command) => {
                environment.extend(command.environment.fill(&values));
                (setting.installed.launched(command_line(command, values, case, &inputs, &dirs)), None, None)
            }
            Adapter::Host(host) => {
                environment.extend(host.environment.fill(&values));
                let request = sandbox.join("request.json");
                let report = sandbox.join("report.json");
                let mut argv = setting.installed.launched(host.program.fill(&values));
                argv.extend([text(&request), text(&report)]);
                (argv, Some((request, host_request(case, &inputs, &dirs, setting))), Some(report))
            }
        };
        Plan {
            argv,
            environment,
            module: module.to_owned(),
            cwd: sandbox.join("work"),
            stdin: stdin(case, sandbox),
            stdin_file: (case.stdin_kind == StdinKind::File).then(|| case.stdin.clone()),
            dirs,
            outside: outside.collect(),
            outside_folder,
            request,
            report,
            deadline: case.deadline * u32::from(column.runtime.deadline_factor.get()),
        }
    }

    /// The process that runs it.
    pub fn spec(&self) -> Spec {
        Spec {
            argv: self.argv.iter().map(Into::into).collect(),
            environment: self.environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            cwd: self.cwd.clone(),
            stdin: self.stdin.clone(),
            deadline: self.deadline,
            output_limit: OUTPUT_LIMIT,
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

/// The command that compiles a guest ahead of its first cell, if the column has one.
pub fn prepare(
    column: &Column,
    installed: &Installed,
    module: &Path,
    cache: &Path,
    prepared: &Path,
) -> Option<Preparation> {
    let values = program_values(column.runtime, &column.version, installed)
        .value("module", text(module))
        .value("cache", text(cache))
        .value("sandbox", text(cache))
        .value("prepared", text(prepared));
    let argv = match &column.mode.adapter {
        Adapter::Host(host) => {
            let mut argv = installed.launched(host.program.fill(&values));
            argv.extend(["--prepare".to_owned(), text(module), text(cache)]);
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

/// What may stand in any command of a runtime's.
pub fn program_values(runtime: &Runtime, version: &Version, installed: &Installed) -> Values {
    let folder = |path: &Option<PathBuf>| path.as_deref().map_or_else(String::new, text);
    Values::default()
        .value("exe", text(&installed.exe))
        .value("prefix", folder(&installed.prefix))
        .value("built", folder(&installed.built))
        .value("folder", text(&runtime.folder))
        .value("version", version.to_string())
}

/// A case's arguments and variables with the folder outside in its place.
struct Inputs {
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Inputs {
    fn of(case: &Case, outside_folder: &Path) -> Inputs {
        // Where there is nothing outside, braces are the case's own.
        let placed = |written: &String| match case.outside.is_empty() {
            true => written.clone(),
            false => written.replace(OUTSIDE, &text(outside_folder)),
        };
        Inputs {
            args: case.args.iter().map(placed).collect(),
            env: case.env.iter().map(|(name, value)| (name.clone(), placed(value))).collect(),
        }
    }
}

fn command_line(command: &Command, values: Values, case: &Case, inputs: &Inputs, dirs: &[PlacedDir]) -> Vec<String> {
    let env = inputs.env.iter().flat_map(|(name, value)| {
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
    let values = values
        .splice("env", env.collect())
        .splice("dirs", mapped.collect())
        .splice("limits", limits)
        .splice("args", inputs.args.clone());
    command.run.fill(&values)
}

fn host_request(case: &Case, inputs: &Inputs, dirs: &[PlacedDir], setting: Setting) -> Request {
    let own_name = setting.module.file_name().map(|name| name.to_string_lossy().into_owned());
    Request {
        contract: CONTRACT,
        module: setting.module.to_owned(),
        argv: own_name.into_iter().chain(inputs.args.iter().cloned()).collect(),
        env: inputs.env.clone(),
        dirs: dirs
            .iter()
            .map(|dir| Dir { host: dir.host.clone(), guest: dir.guest.clone(), read_only: dir.read_only })
            .collect(),
        limits: case.limits,
        clock: case.clock,
        random: case.random,
        exports: case.exports.clone(),
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
