//! A run made concrete: the exact command, environment, working directory and stdin, what to look for afterwards, and
//! how to read its end. Everything is bytes and paths, with no placeholder left, so that a plan is carried out without
//! its case or column. Nothing is created or run here.

mod compiler;
mod on_host;
mod streams;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use host_contract::CONTRACT;
use host_contract::request::{Dir, Request};

use matrix_model::case::{Case, OUTSIDE, Preopen, below};
use matrix_model::fixture::{Fixture, Fixtures};
use matrix_model::installed::{Installed, path_text, program_values};
use matrix_model::matrix::Column;
use matrix_model::runtime::{Adapter, Command, Sign};
use matrix_model::template::Values;
use matrix_provision::not_compiled::NotCompiled;
use matrix_supervise::{Beside, MARKER, Outputs, Spec, Stdin};

pub(crate) use compiler::needs_preparation;
pub use on_host::OnHost;
use on_host::with_runtime_args;
pub(crate) use on_host::work;
use streams::beside;

/// The most bytes that a guest may write to stdout and stderr together.
pub const OUTPUT_LIMIT: usize = 32 << 20;

/// The folder in a sandbox of all that a guest may or may not reach. A surrounding's disk is laid over it.
const DIRS: &str = "dirs";

/// Everything that a run needs besides its case: where things are.
#[derive(Debug, Clone, Copy)]
pub struct PlanContext<'a> {
    /// The runtime.
    pub installed: &'a Installed,
    /// The guest's `.wasm`.
    pub module: &'a Path,
    /// The output of `prepare`, if the runtime runs that.
    pub prepared: Option<&'a Path>,
    /// The folder for compiled code.
    pub cache: &'a Path,
    /// The run's own folder. Its path identifies the run's processes. A cell's name would not do: two checkouts on one
    /// machine may run cells of the same name, but no two harnesses share a sandbox.
    pub sandbox: &'a Path,
    /// The initial contents of a case's folders.
    pub fixtures: &'a Fixtures,
}

impl PlanContext<'_> {
    /// A fixture by its name. The loader refuses a case that names a missing one.
    fn fixture(&self, name: &str) -> Fixture {
        self.fixtures.get(name).cloned().unwrap_or_default()
    }
}

/// How a run differs from the matrix's own run of the same case. By default it does not.
#[derive(Clone, Copy, Default)]
pub struct PlanOptions<'o> {
    /// The fault that a host is started with.
    pub fault: Option<&'o str>,
    /// When the harness gives up, if that is before the case's own deadline.
    pub deadline: Option<Duration>,
    /// How many bytes beyond [`OUTPUT_LIMIT`] it may write. A traced guest needs them, because it writes its calls to
    /// stderr.
    pub more_output: usize,
    /// Whether the guest gets the folders themselves instead of copies. Their fixtures are then absolute paths.
    pub own_dirs: bool,
    /// How it is started where the user is. By default it is started in an empty folder of its own.
    pub on_host: Option<&'o OnHost>,
    /// The name of a file that is looked for in each preopen's folder afterwards.
    pub in_each_dir: Option<&'o str>,
    /// Changes the command, given the usual command and the preopens.
    pub rewrite: Option<&'o Rewrite<'o>>,
}

/// Rewrites a command.
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
    /// The file that the runtime runs: the guest's module, or the output of `prepare`.
    pub module: PathBuf,
    /// Its working directory: a folder of the user's, or an empty one that is made in the sandbox.
    pub cwd: PathBuf,
    /// Whether that is a folder of the user's, which is neither made nor removed.
    pub own_cwd: bool,
    /// Its stdin.
    pub stdin: Stdin,
    /// The contents of stdin, if that is a file.
    pub stdin_file: Option<Vec<u8>>,
    /// The preopens, in order.
    pub dirs: Vec<PlacedDir>,
    /// The folders to make outside the preopens.
    pub outside: Vec<PlacedFolder>,
    /// The parent of those folders, which also holds the first preopen's folder.
    pub outside_folder: PathBuf,
    /// For a host: the path of its request, and the request.
    pub request: Option<(PathBuf, Request)>,
    /// When the harness gives up.
    pub deadline: Duration,
    /// The most bytes that it may write to stdout and stderr together.
    pub output_limit: usize,
    /// What its outputs are, and what is done with what it writes.
    pub outputs: Outputs,
    /// What another process does with the same descriptors.
    pub beside: Beside,
    /// Whether SIGQUIT to this process stops it, and not this process.
    pub ends_on_quit: bool,
    /// Whether the same process is run a second time, in a freshly filled folder.
    pub twice: bool,
    /// What to look for afterwards.
    pub looked_for: LookedFor,
    /// How to read its end.
    pub exit_signs: ExitSigns,
    /// Why its guest was not compiled ahead, if it was not.
    pub not_compiled: Option<Arc<NotCompiled>>,
}

/// What to look for on the host when a run is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedFor {
    /// The host path of each guest path; `None` if it is below no preopen.
    pub files: BTreeMap<String, Option<PathBuf>>,
    /// The host path of each path outside all preopens.
    pub outside: BTreeMap<String, PathBuf>,
    /// One path in each preopen's folder, in the order of the preopens.
    pub in_each_dir: Vec<PathBuf>,
}

/// How to read the end of a guest.
#[derive(Debug, Clone)]
pub enum ExitSigns {
    /// From the end of the runtime's own command and its output.
    Command {
        /// How a missing import shows.
        missing_import: Option<Sign>,
        /// How a limit that stopped the guest shows.
        limit: Option<Sign>,
        /// How a trap shows.
        trap: Option<Sign>,
    },
    /// From a host's report.
    Report {
        /// Where the report is expected.
        path: PathBuf,
        /// Whether the case limits memory, so that running out of it is no trap.
        limits_memory: bool,
    },
}

/// A preopen with its place on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedDir {
    /// The name the guest sees.
    pub guest: String,
    /// Its initial contents; `None` for a folder of the user's own, in which nothing is made.
    pub fixture: Option<Fixture>,
    /// Where it is.
    pub host: PathBuf,
    /// Whether the guest may change nothing below it.
    pub read_only: bool,
}

/// A folder on the host that the guest is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFolder {
    /// Its initial contents.
    pub fixture: Fixture,
    /// Where it is.
    pub host: PathBuf,
}

impl Plan {
    /// Plans a case in a column.
    pub fn new(column: &Column, case: &Case, context: PlanContext, options: PlanOptions) -> Plan {
        let sandbox = context.sandbox;
        let dirs = placed(case, context, options.own_dirs);
        // Beside the first preopen: only there can a folder have a name that begins with a preopen's name.
        let outside_folder = sandbox.join(DIRS).join("0");
        let outside = case
            .outside
            .iter()
            .map(|(folder, name)| PlacedFolder { fixture: context.fixture(name), host: outside_folder.join(folder) });
        let inputs = Inputs::of(case, &outside_folder);
        let mut environment = vec![(MARKER.to_owned(), path_text(sandbox))];
        let prepared = context.prepared.filter(|_| needs_preparation(column, case));
        let module = prepared.unwrap_or(context.module);
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
        // Where the runtime needs a variable of this name for itself, it keeps its own.
        for (name, value) in &case.host_env {
            if environment.iter().all(|(set, _)| set != name) {
                environment.push((name.clone(), value.clone()));
            }
        }
        let mut command = CommandLine { argv: with_runtime_args(argv, module, options.on_host), environment };
        if let Some(rewrite) = options.rewrite {
            rewrite(&mut command, &dirs);
        }
        if let Some(surrounded) = &column.surrounded {
            // Where a guest has no folder, there is none to lay a disk over but the one that it is started in.
            let has_folders = !dirs.is_empty() || !case.outside.is_empty();
            let on_disk = if has_folders { sandbox.join(DIRS) } else { work(sandbox) };
            command.argv = surrounded.launched(&on_disk, command.argv);
        }
        let deadline = case.deadline * u32::from(column.runtime.deadline_factor.get());
        Plan {
            looked_for: LookedFor::of(case, &dirs, &outside_folder, options.in_each_dir),
            sandbox: sandbox.to_owned(),
            argv: command.argv,
            environment: command.environment,
            module: module.to_owned(),
            cwd: options.cwd(sandbox),
            own_cwd: options.on_host.is_some(),
            stdin: options.stdin(case, sandbox),
            stdin_file: options.stdin_file(case),
            dirs,
            outside: outside.collect(),
            outside_folder,
            request,
            deadline: options.deadline.map_or(deadline, |sooner| deadline.min(sooner)),
            output_limit: OUTPUT_LIMIT + options.more_output,
            outputs: options.outputs(case, sandbox),
            beside: beside(case),
            ends_on_quit: options.ends_on_quit(),
            twice: case.expect.again.is_some(),
            exit_signs,
            not_compiled: None,
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
            outputs: self.outputs.clone(),
            beside: self.beside.clone(),
            ends_on_quit: self.ends_on_quit,
        }
    }

    /// Where a host's report is expected; `None` for a runtime's own command.
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

/// The host path of a guest path. The preopen with the longest name that the path starts with decides.
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
                let copy = context.sandbox.join(DIRS).join(index.to_string()).join(&dir.fixture);
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

/// A case's arguments and variables, with the path of the folder outside filled in.
struct Inputs {
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Inputs {
    fn of(case: &Case, outside_folder: &Path) -> Inputs {
        // If nothing is outside, braces belong to the case.
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
