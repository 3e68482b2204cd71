//! A run made concrete: the exact command, environment, working directory and stdin, what is looked for afterwards, and
//! how its end is read, as bytes and paths with no placeholder left. Whoever carries it out needs no case and no column.
//! Nothing is created or run here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_contract::CONTRACT;
use host_contract::request::{Dir, Request};

use matrix_model::case::{Case, OUTSIDE, Preopen, StdinKind, Step, below};
use matrix_model::fixture::{Fixture, Fixtures};
use matrix_model::installed::{Installed, path_text, program_values};
use matrix_model::matrix::Column;
use matrix_model::runtime::{Adapter, Command, Sign};
use matrix_model::template::Values;
use matrix_supervise::{Feed, MARKER, Spec, Stdin};

/// The bytes a guest may write to stdout and stderr together.
pub const OUTPUT_LIMIT: usize = 32 << 20;

/// Everything a run needs besides its case: where things are.
#[derive(Debug, Clone, Copy)]
pub struct PlanContext<'a> {
    /// The runtime.
    pub installed: &'a Installed,
    /// The guest's `.wasm`.
    pub module: &'a Path,
    /// What `prepare` made of it, where that is what the runtime runs.
    pub prepared: Option<&'a Path>,
    /// The folder for compiled code.
    pub cache: &'a Path,
    /// The run's own folder, by whose path its processes are found again: two checkouts on one machine may
    /// run a cell of the same name, but no two harnesses share a sandbox.
    pub sandbox: &'a Path,
    /// What the folders of a case start with.
    pub fixtures: &'a Fixtures,
}

impl PlanContext<'_> {
    /// A fixture by its name. The loader refuses a case that names one which is not there.
    fn fixture(&self, name: &str) -> Fixture {
        self.fixtures.get(name).cloned().unwrap_or_default()
    }
}

/// How a run is to differ from the matrix's own run of the same case; by default in nothing.
#[derive(Clone, Copy, Default)]
pub struct PlanOptions<'o> {
    /// The fault that a host is started with.
    pub fault: Option<&'o str>,
    /// When the harness gives up, if that is before the case's own deadline.
    pub deadline: Option<Duration>,
    /// How many bytes beyond [`OUTPUT_LIMIT`] it may write: for a guest that tells of its calls on stderr.
    pub more_output: usize,
    /// Whether the guest gets its folders themselves and no copies of them; their fixtures are then whole paths.
    pub own_dirs: bool,
    /// The name of a file that is looked for in each preopen's folder afterwards.
    pub in_each_dir: Option<&'o str>,
    /// Another way to write the command: given what it would be and the preopens, changes it.
    pub rewrite: Option<&'o Rewrite<'o>>,
}

/// Writes a command in another way.
pub(crate) type Rewrite<'o> = dyn Fn(&mut CommandLine, &[PlacedDir]) + 'o;

/// What a process is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub environment: Vec<(String, String)>,
}

/// A run with nothing left to decide.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its own folder.
    pub sandbox: PathBuf,
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
    /// The preopens, in order.
    pub dirs: Vec<PlacedDir>,
    /// The folders to make that the guest is not given.
    pub outside: Vec<PlacedFolder>,
    /// Where those stand: beside the first preopen's folder.
    pub outside_folder: PathBuf,
    /// For a host: where its request goes, and what it says.
    pub request: Option<(PathBuf, Request)>,
    /// When the harness gives up.
    pub deadline: Duration,
    /// How many bytes it may write to stdout and stderr together.
    pub output_limit: usize,
    /// Whether the very same process is run a second time, in a folder filled afresh.
    pub twice: bool,
    /// What is looked for afterwards.
    pub looked_for: LookedFor,
    /// What its end is read off.
    pub exit_signs: ExitSigns,
}

/// What is looked for on the host when a run is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedFor {
    /// By guest path, where that is on the host; none if it is below no preopen.
    pub files: BTreeMap<String, Option<PathBuf>>,
    /// By their paths outside of all preopens.
    pub outside: BTreeMap<String, PathBuf>,
    /// One in each preopen's folder, in their order.
    pub in_each_dir: Vec<PathBuf>,
}

/// What the end of a guest is read off.
#[derive(Debug, Clone)]
pub enum ExitSigns {
    /// How its runtime's own command ends, and what that says.
    Command {
        /// How a missing import shows.
        missing_import: Option<Sign>,
        /// How a limit that stopped the guest shows.
        limit: Option<Sign>,
        /// How a trap shows.
        trap: Option<Sign>,
    },
    /// What a host reports.
    Report {
        /// Where its report is expected.
        path: PathBuf,
        /// Whether the case sets a limit to memory, so that to be out of it is no trap.
        limits_memory: bool,
    },
}

/// A preopen with its place on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedDir {
    /// The name the guest sees.
    pub guest: String,
    /// What it holds at first; none where it is the user's own folder, in which nothing is made.
    pub fixture: Option<Fixture>,
    /// Where it is.
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
    pub fn new(column: &Column, case: &Case, context: PlanContext, options: PlanOptions) -> Plan {
        let sandbox = context.sandbox;
        let dirs = placed(case, context, options.own_dirs);
        // Beside the first preopen: only there can a folder have a name that begins as a preopen's does.
        let outside_folder = sandbox.join("dirs").join("0");
        let outside = case
            .outside
            .iter()
            .map(|(folder, name)| PlacedFolder { fixture: context.fixture(name), host: outside_folder.join(folder) });
        let inputs = Inputs::of(case, &outside_folder);
        let mut environment = vec![(MARKER.to_owned(), path_text(sandbox))];
        let module = context.prepared.unwrap_or(context.module);
        let values = program_values(column.runtime, &column.version, context.installed)
            .value("module", path_text(module))
            .value("cache", path_text(context.cache))
            .value("sandbox", path_text(sandbox));
        let (argv, request, exit_signs) = match &column.mode.adapter {
            Adapter::Subprocess(command) => {
                environment.extend(command.environment.fill(&values));
                let argv = context.installed.launched(command_line(command, values, case, &inputs, &dirs));
                (argv, None, command_signs(command))
            }
            Adapter::Host(host) => {
                environment.extend(host.environment.fill(&values));
                let request = sandbox.join("request.json");
                let report = sandbox.join("report.json");
                let mut argv = context.installed.launched(host.program.fill(&values));
                argv.extend(options.fault.iter().flat_map(|fault| ["--fault".to_owned(), (*fault).to_owned()]));
                argv.extend([path_text(&request), path_text(&report)]);
                let signs = ExitSigns::Report { path: report, limits_memory: case.limits.memory_bytes.is_some() };
                (argv, Some((request, host_request(case, &inputs, &dirs, context))), signs)
            }
        };
        let mut command = CommandLine { argv, environment };
        if let Some(rewrite) = options.rewrite {
            rewrite(&mut command, &dirs);
        }
        let deadline = case.deadline * u32::from(column.runtime.deadline_factor.get());
        Plan {
            looked_for: LookedFor::of(case, &dirs, &outside_folder, options.in_each_dir),
            sandbox: sandbox.to_owned(),
            argv: command.argv,
            environment: command.environment,
            module: module.to_owned(),
            cwd: sandbox.join("work"),
            stdin: stdin(case, sandbox),
            stdin_file: (case.stdin_kind == StdinKind::File).then(|| case.stdin.clone()),
            dirs,
            outside: outside.collect(),
            outside_folder,
            request,
            deadline: options.deadline.map_or(deadline, |sooner| deadline.min(sooner)),
            output_limit: OUTPUT_LIMIT + options.more_output,
            twice: case.expect.again.is_some(),
            exit_signs,
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
            output_limit: self.output_limit,
        }
    }

    /// Where a host's report is expected; none for a command of the runtime's own.
    pub fn report(&self) -> Option<&Path> {
        match &self.exit_signs {
            ExitSigns::Report { path, .. } => Some(path),
            ExitSigns::Command { .. } => None,
        }
    }
}

impl LookedFor {
    fn of(case: &Case, dirs: &[PlacedDir], outside_folder: &Path, in_each_dir: Option<&str>) -> LookedFor {
        let (files, outside) = (case.expect.files.keys(), case.expect.outside.keys());
        LookedFor {
            files: files.map(|path| (path.clone(), host_path(dirs, path))).collect(),
            outside: outside.map(|path| (path.clone(), outside_folder.join(path))).collect(),
            in_each_dir: in_each_dir.map_or_else(Vec::new, |name| dirs.iter().map(|dir| dir.host.join(name)).collect()),
        }
    }
}

/// The host path that a guest path means, by the preopen with the longest name it starts with.
fn host_path(dirs: &[PlacedDir], guest_path: &str) -> Option<PathBuf> {
    let found = dirs.iter().filter_map(|dir| Some((dir, below(&dir.guest, guest_path)?)));
    let (dir, rest) = found.max_by_key(|(dir, _)| dir.guest.len())?;
    Some(if rest.is_empty() { dir.host.clone() } else { dir.host.join(rest) })
}

/// The preopens of a case with their places on the host.
fn placed(case: &Case, context: PlanContext, own: bool) -> Vec<PlacedDir> {
    let place = |(index, dir): (usize, &Preopen)| {
        let (fixture, host) = match own {
            true => (None, PathBuf::from(&dir.fixture)),
            false => {
                let copy = context.sandbox.join("dirs").join(index.to_string()).join(&dir.fixture);
                (Some(context.fixture(&dir.fixture)), copy)
            }
        };
        PlacedDir { guest: dir.guest.clone(), fixture, host, read_only: dir.read_only }
    };
    case.dirs.iter().enumerate().map(place).collect()
}

fn command_signs(command: &Command) -> ExitSigns {
    ExitSigns::Command {
        missing_import: command.missing_import.clone(),
        limit: command.limit.clone(),
        trap: command.trap.clone(),
    }
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
            false => written.replace(OUTSIDE, &path_text(outside_folder)),
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
        template.fill(&Values::default().value("host", path_text(&dir.host)).value("guest", dir.guest.as_str()))
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

fn host_request(case: &Case, inputs: &Inputs, dirs: &[PlacedDir], context: PlanContext) -> Request {
    let own_name = context.module.file_name().map(|name| name.to_string_lossy().into_owned());
    Request {
        contract: CONTRACT,
        module: context.module.to_owned(),
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
        cache: Some(context.cache.to_owned()),
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
