//! The frame every Rust host shares: command line, request checks, timing of the compiler, the result.
//!
//! A host is a type that implements [`Host`] and a `main` that returns [`main`]. A host with several ways to
//! run a guest is a type for each, with a name in [`Host::MODE`], and a `main` that returns [`main_of`].

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fmt, fs};

use serde::Serialize;

use crate::cache::{self, Refused};
use crate::report::{Code, Report, Trap};
use crate::request::{Field, Limits, Request};
use crate::{CONTRACT, EXIT_UNSUPPORTED, EXIT_USAGE};

/// Native stack of the thread a guest runs on. Engines that run wasm frames on the native stack need
/// more of it for Go than a process's main thread is sure to have.
const STACK: usize = 64 << 20;

/// An engine, set up and ready to take one module.
pub trait Host: Sized {
    /// A module the engine can run.
    type Module;

    /// The host's name: that of its folder under `runtimes/`.
    const NAME: &'static str;
    /// What `--mode` calls this way to run a guest; nothing for a host that has only one.
    const MODE: Option<&'static str> = None;
    /// The optional parts of a request it honours; [`main`] turns the others away.
    const FIELDS: &'static [Field];

    /// The engine's version as compiled in, or nothing if that cannot be told.
    fn version() -> Option<&'static str>;

    /// The engine, set up to enforce `limits`.
    fn new(limits: &Limits) -> Result<Self, Box<dyn Error + Send + Sync>>;

    /// Every setting but the mode that changes compiled code, in words; nothing if the engine keeps no
    /// compiled code.
    fn settings(&self) -> Option<String>;

    /// Compiles a module.
    fn compile(&self, wasm: &[u8]) -> Result<Self::Module, Refused>;

    /// What a module that [`compile`](Host::compile) refused with these words suffers from. An engine that
    /// links while it compiles may miss an import already then.
    fn refusal(_words: &str) -> Trap {
        Trap::InvalidModule
    }

    /// A module's compiled code, to be [loaded](Host::load) in a later process.
    fn save(&self, module: &Self::Module) -> Result<Vec<u8>, Refused>;

    /// A module from its compiled code.
    ///
    /// # Safety
    /// `artifact` was [saved](Host::save) by this version of this host and is unchanged since.
    unsafe fn load(&self, artifact: &[u8]) -> Result<Self::Module, Refused>;

    /// Runs the guest with the process's stdio and says in `report` how it ended.
    ///
    /// A trap is a result, not an error. An error means that the host could not give the guest what the
    /// request asks for, or failed by itself.
    fn run(
        self,
        module: Self::Module,
        request: &Request,
        report: &mut Report,
    ) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// One of the ways a host can run a guest.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    host: &'static str,
    name: Option<&'static str>,
    answer: fn(&[&OsStr], &[Mode]) -> Result<(), Failure>,
}

impl Mode {
    /// The mode that a type implements.
    pub fn of<H: Host>() -> Mode {
        Mode { host: H::NAME, name: H::MODE, answer: answer::<H> }
    }
}

/// Why there is no result.
#[derive(Debug)]
enum Failure {
    /// The command line or the request is wrong.
    Usage(String),
    /// The request asks for what the host does not do.
    Unsupported(String),
    /// The host itself failed.
    Host(String),
}

impl Failure {
    fn host(error: impl fmt::Display) -> Failure {
        Failure::Host(error.to_string())
    }
}

/// Answers the process's command line and gives its exit code.
pub fn main<H: Host>() -> ExitCode {
    main_of(&[Mode::of::<H>()])
}

/// The same for a host with several modes, the default first.
///
/// # Panics
/// There is no mode.
pub fn main_of(modes: &[Mode]) -> ExitCode {
    answer_to(modes, &env::args_os().skip(1).collect::<Vec<_>>())
}

/// The same for a host that has taken leading options of its own off its command line.
///
/// # Panics
/// There is no mode.
pub fn answer_to(modes: &[Mode], args: &[OsString]) -> ExitCode {
    let words: Vec<&OsStr> = args.iter().map(OsString::as_os_str).collect();
    let (code, words) = match choose(modes, &words) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(words)) => (EXIT_USAGE, words),
        Err(Failure::Unsupported(words)) => (EXIT_UNSUPPORTED, words),
        Err(Failure::Host(words)) => (1, words),
    };
    eprintln!("{}: {words}", modes[0].host);
    ExitCode::from(code)
}

/// Lets the mode that the command line asks for answer the rest of it.
fn choose(modes: &[Mode], words: &[&OsStr]) -> Result<(), Failure> {
    let (mode, rest) = match words {
        [flag, name, rest @ ..] if *flag == "--mode" => {
            let named = modes.iter().find(|mode| mode.name.is_some_and(|known| *name == known));
            let unknown = || Failure::Usage(format!("no mode {}; {}", name.display(), names(modes)));
            (named.ok_or_else(unknown)?, rest)
        }
        _ => (&modes[0], words),
    };
    (mode.answer)(rest, modes)
}

fn answer<H: Host>(words: &[&OsStr], modes: &[Mode]) -> Result<(), Failure> {
    match words[..] {
        [flag] if flag == "--help" || flag == "-h" => say(&help(modes)),
        [flag] if flag == "--version" => say(&format!("{} {}", H::NAME, version::<H>()?)),
        [flag] if flag == "--fields" => say_json(&H::FIELDS),
        [flag, module, cache] if flag == "--prepare" => prepare::<H>(Path::new(module), Path::new(cache)),
        [request, result] if !request.as_encoded_bytes().starts_with(b"--") => {
            run::<H>(Path::new(request), Path::new(result))
        }
        _ => Err(Failure::Usage(format!("bad command line\n{}", help(modes)))),
    }
}

/// The modes in words.
fn names(modes: &[Mode]) -> String {
    let names: Vec<&str> = modes.iter().filter_map(|mode| mode.name).collect();
    match names[..] {
        [] => "this host has none".to_owned(),
        [one] => format!("modes: {one}"),
        [first, ref others @ ..] => format!("modes: {first} (the default), {}", others.join(", ")),
    }
}

fn help(modes: &[Mode]) -> String {
    let name = modes[0].host;
    let mode = match modes[0].name {
        Some(_) => format!("       {name} --mode NAME …               any of these in that mode\n\n{}\n", names(modes)),
        None => String::new(),
    };
    format!(
        "Runs a WASI preview 1 guest as a request asks and says how it ended.

usage: {name} REQUEST.json RESULT.json    run the guest with this process's stdio
       {name} --prepare MODULE CACHE      compile MODULE into the folder CACHE, unless it is there
       {name} --fields                    the optional request fields this host honours, as JSON
       {name} --version                   the version of the engine compiled in
{mode}
exit codes: 0 RESULT is written, whatever the guest did; {EXIT_UNSUPPORTED} the request asks for what this
host does not do; {EXIT_USAGE} bad request or command line; anything else: the host failed.
The request and the result are described in runtimes/host-contract/README.md."
    )
}

fn version<H: Host>() -> Result<&'static str, Failure> {
    H::version()
        .ok_or_else(|| Failure::host("the engine's version is not in Cargo.lock exactly once; rebuild the host"))
}

/// The result of `--prepare`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Prepared {
    code: Code,
    compile_ns: u64,
}

fn prepare<H: Host>(module: &Path, cache: &Path) -> Result<(), Failure> {
    let wasm = read(module)?;
    let host = H::new(&Limits::default()).map_err(Failure::host)?;
    let started = Instant::now();
    let (_, code) = obtain(&host, Some(cache), &wasm)?.map_err(|Refused(words)| Failure::Host(words))?;
    say_json(&Prepared { code, compile_ns: nanoseconds(started) })
}

fn run<H: Host>(request_path: &Path, result_path: &Path) -> Result<(), Failure> {
    let request = parse(request_path)?;
    check::<H>(&request)?;
    let wasm = read(&request.module)?;
    let version = version::<H>()?;
    // The thread owns what it needs: a guest that never returns must not outlive its request.
    let work = move || guest::<H>(&request, &wasm, version);
    let thread = std::thread::Builder::new().name("guest".to_owned()).stack_size(STACK).spawn(work);
    let joined = thread.map_err(Failure::host)?.join();
    let report = joined.map_err(|_| Failure::host("the engine panicked; its words are above"))??;
    write_result(result_path, &report)
        .map_err(|error| Failure::Host(format!("cannot write {}: {error}", result_path.display())))
}

fn guest<H: Host>(request: &Request, wasm: &[u8], version: &str) -> Result<Report, Failure> {
    let mut report = Report::unfinished(version);
    let host = H::new(&request.limits).map_err(Failure::host)?;
    if host.settings().is_some() {
        report.code = Code::Compiled;
    }
    let started = Instant::now();
    let obtained = obtain(&host, request.cache.as_deref(), wasm)?;
    report.compile_ns = nanoseconds(started);
    match obtained {
        Ok((module, code)) => {
            report.code = code;
            host.run(module, request, &mut report).map_err(|error| Failure::Host(chain(&*error)))?;
        }
        Err(Refused(words)) => report.stop(H::refusal(&words), words),
    }
    Ok(report)
}

/// The module, ready to run, and where its code came from; the inner error is the engine's refusal.
fn obtain<H: Host>(
    host: &H,
    folder: Option<&Path>,
    wasm: &[u8],
) -> Result<Result<(H::Module, Code), Refused>, Failure> {
    let Some(settings) = host.settings() else {
        return Ok(host.compile(wasm).map(|module| (module, Code::NotKept)));
    };
    let Some(folder) = folder else {
        return Ok(host.compile(wasm).map(|module| (module, Code::Compiled)));
    };
    let settings = format!("mode={} {settings}", H::MODE.unwrap_or_default());
    let key = cache::Key { engine: H::NAME, version: version::<H>()?, settings: &settings, wasm };
    let obtained = cache::obtain(
        folder,
        key,
        // SAFETY: the key names this host at this version, and the cache checks the digest written with it.
        |artifact| unsafe { host.load(artifact) },
        || host.compile(wasm),
        |module| host.save(module),
    );
    match obtained {
        Ok(found) => Ok(Ok(found)),
        Err(cache::Error::Refused(refused)) => Ok(Err(refused)),
        Err(error @ cache::Error::Folder { .. }) => Err(Failure::host(error)),
    }
}

fn parse(path: &Path) -> Result<Request, Failure> {
    let wrong =
        |words: &dyn fmt::Display| Failure::Usage(format!("the request {} is not usable: {words}", path.display()));
    let bytes = read(path)?;
    // The number first: a later contract may have fields that this one would call mistakes.
    let document: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| wrong(&error))?;
    match document.get("contract").and_then(serde_json::Value::as_u64) {
        Some(number) if number == u64::from(CONTRACT) => {}
        Some(number) => {
            return Err(Failure::Unsupported(format!(
                "{} speaks contract {number}, this host {CONTRACT}: use a host and a harness of one checkout",
                path.display()
            )));
        }
        None => return Err(wrong(&"`contract` is missing or not a number")),
    }
    serde_json::from_slice(&bytes).map_err(|error| wrong(&error))
}

fn check<H: Host>(request: &Request) -> Result<(), Failure> {
    let beyond: Vec<String> =
        request.fields().iter().filter(|field| !H::FIELDS.contains(field)).map(|field| format!("`{field}`")).collect();
    if !beyond.is_empty() {
        return Err(Failure::Unsupported(format!(
            "the request asks for {}, which this host does not do; see --fields",
            beyond.join(", ")
        )));
    }
    for dir in &request.dirs {
        if !dir.host.is_dir() {
            return Err(Failure::Usage(format!(
                "the request maps {:?} to {}, which is no folder: create it first",
                dir.guest,
                dir.host.display()
            )));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))
}

fn write_result(path: &Path, report: &Report) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, report)?;
    file.write_all(b"\n")?;
    file.persist(path)?;
    Ok(())
}

fn say(words: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{words}").map_err(|error| Failure::Host(format!("cannot write to stdout: {error}")))
}

fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    say(&serde_json::to_string(value).map_err(Failure::host)?)
}

/// An error and its causes on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(|error| error.to_string()).collect::<Vec<_>>().join(": ")
}

/// Nanoseconds since `started`, as the report counts them.
pub fn nanoseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
