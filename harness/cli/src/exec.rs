//! `exec`.

mod install;
mod told;

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use clap::Args;
use matrix_model::matrix::{Column, Place};
use matrix_model::names::id_and_rest;
use matrix_model::runtime::Adapter;
use matrix_model::shell;
use matrix_provision::discover;
use matrix_provision::host_builder::is_built;
use matrix_provision::provisioner::Provisioner;
use matrix_run::cpu_slots::processors;
use matrix_run::exec::{Exec as Runs, Manner};
use matrix_run::host_world::{GOWASIRUNTIME, HostWorld};
use matrix_run::traced_run::TracedRuns;
use matrix_store::atomic_write::write_whole;
use matrix_store::scratch::{self, Scratch};
use matrix_supervise::{Output, Stdin};

use super::choice::{ALL, WORDS, columns_of};
use super::printing;
use super::progress::notify;
use super::project::{Project, ProjectOptions};
pub use install::NAME;
use told::Teller;

/// The runtime under which a program is run if none is named, as in Go's own wrapper.
const RUNTIME: &str = "wasmtime";

/// The variable with arguments for the runtime's own command.
const GOWASIRUNTIMEARGS: &str = "GOWASIRUNTIMEARGS";

/// The folder of the state folder in which programs are run.
const FOLDER: &str = "exec";

const AFTER: &str = "\
It takes the place of Go's own go_wasip1_wasm_exec, with every runtime that is installed. With GOOS=wasip1 and GOARCH=wasm \
in the environment:

  go test -exec 'wasip1-matrix exec' ./...
  go test -exec 'wasip1-matrix exec --runtime wazero,wasmtime,node' ./...
  GOWASIRUNTIME=wazero@1.9.0 go test -exec 'wasip1-matrix exec' ./...
  go run -exec 'wasip1-matrix exec --runtime wazero+interpreter' . one two
  wasip1-matrix exec --install ~/bin     makes it what Go finds without -exec, if ~/bin is on PATH

The program gets all files of the machine, the folder it is started in, the whole environment, and stdin. Its output and its \
exit code are passed on unchanged. If it traps, the runtime's own words are on stderr, and the exit code is the runtime's.

With several runtimes, the first one's output and exit code count. Then the program is run under the others, and what differs \
is told on stderr; times, addresses, and numbers of goroutines and of temporary folders do not count. Profiles that the others \
write are thrown away. The exit code is the first one's, or 1 if that is 0 and another one differs.

$GOWASIRUNTIMEARGS are arguments for the first runtime's own command. At SIGQUIT, which `go test -timeout` sends, the program \
is stopped, and is run once more for a moment to find the host call in which it was.

Compiled code is kept, and shared by all programs that are started at once. Nothing is installed or built. The exit code is 2 \
if a runtime that is named is not here, and no program was run.";

/// Runs a program as Go's wrapper does.
#[derive(Args)]
#[command(after_help = format!("{AFTER}\n\n{WORDS}"))]
pub struct Exec {
    /// The runtimes; the first one counts [default: $GOWASIRUNTIME, else wasmtime]
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// Make the name under which Go looks for its wrapper, go_wasip1_wasm_exec, in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["command", "runtime"])]
    install: Option<PathBuf>,
    /// The program, and its arguments: all that follows is the program's own
    #[arg(value_name = "BINARY", trailing_var_arg = true, required_unless_present = "install")]
    command: Vec<OsString>,
}

impl Exec {
    pub fn run(&self, options: &ProjectOptions) -> Result<ExitCode> {
        if let Some(folder) = &self.install {
            install::install(folder)?;
            return Ok(ExitCode::SUCCESS);
        }
        let words = self.words()?;
        // Whatever else is installed is not looked for: this is started once for each package.
        let named = ids(&words);
        let project = options.runtimes(named.as_ref())?;
        let mut columns = discover::find(&project.suite.runtimes, &[], &project.places);
        let chosen = match choose(&project, &mut columns, &words) {
            Ok(chosen) => chosen,
            Err(error) => return Err(explained(error, &options.runtimes(None)?, &words)),
        };
        let code = self.exec(&project, columns, &chosen)?;
        Ok(ExitCode::from(code.to_le_bytes()[0]))
    }

    /// The words that name runtimes.
    fn words(&self) -> Result<Vec<String>> {
        let set = variable(GOWASIRUNTIME)?;
        let words: Vec<_> = match self.runtime.is_empty() {
            true => set.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            false => self.runtime.clone(),
        };
        Ok(if words.is_empty() { vec![RUNTIME.to_owned()] } else { words })
    }

    fn exec(&self, project: &Project, columns: Vec<Column>, chosen: &[usize]) -> Result<i32> {
        let (binary, args) = self.command.split_first().context("no program is named")?;
        let args = args.iter().map(|arg| arg.to_str().map(str::to_owned)).collect::<Option<_>>();
        let args = args.context("an argument is not UTF-8, and not every runtime can be given one")?;
        let (first, others) = chosen.split_first().context("no runtime is named")?;
        let runtime_args = runtime_args(&columns[*first])?;
        matrix_supervise::listen_for_quit()?;
        matrix_supervise::end_children_on_interrupt()?;
        let scratch = Scratch::beside_others(&project.places, FOLDER)?;
        let folder = scratch.folder().to_owned();
        matrix_supervise::on_interrupt({
            let folder = folder.clone();
            move || drop(scratch::remove(&folder))
        });
        let provisioner =
            Provisioner::new(&project.suite, project.places.clone(), columns, chosen.iter().copied(), notify())
                .compile_into(TracedRuns::compiled(&project.places))
                // Most compilers use several processors each.
                .compiling_at_most(processors() / 2)
                .trusting_caches();
        let together = matrix_supervise::is_one_output();
        let manner = Manner { args, stdin: stdin(!others.is_empty(), &folder)?, together };
        let program = Runs::new(&provisioner, &folder, Path::new(binary), HostWorld::here()?, manner)?;
        let mut teller = Teller { provisioner: &provisioner, program: &program, folder: &folder, is_new_line: true };
        let ended = program.first(*first, &runtime_args, &mut |output, bytes| {
            teller.is_new_line = bytes.ends_with(b"\n") || (output == Output::Stdout && !together);
            printing::pass_on(output, bytes)
        })?;
        teller.tell_end(*first, &ended)?;
        if ended.is_quit {
            return Ok(ended.code);
        }
        let mut code = ended.code;
        for other in others {
            let beside = teller.tell_beside((*first, &ended), *other)?;
            if code == 0 {
                code = beside;
            }
        }
        Ok(code)
    }
}

/// The ids of the runtimes that words name; `None` if a word may mean any runtime.
fn ids(words: &[String]) -> Option<BTreeSet<String>> {
    let id = |word: &String| {
        let before_mode = word.split_once('+').map_or(word.as_str(), |(before, _)| before);
        let (id, _) = id_and_rest(before_mode);
        (word != ALL && !id.is_empty()).then(|| id.to_owned())
    };
    words.iter().map(id).collect()
}

/// The columns that are meant. All of them are here, and nothing has to be built or installed for them.
fn choose<'p>(project: &'p Project, columns: &mut Vec<Column<'p>>, words: &[String]) -> Result<Vec<usize>> {
    let chosen = columns_of(project, columns, words)?;
    match chosen.iter().map(|index| &columns[*index]).find(|column| !is_here(column, project)) {
        Some(Column { runtime, place: Place::ToBuild, .. }) => {
            let id = &runtime.id;
            bail!("{id}: its host is not built yet, which takes minutes; `wasip1-matrix run {id}` does it")
        }
        Some(column) => {
            bail!("{column} is not installed; `wasip1-matrix install {}` installs it", column.runtime.id)
        }
        None => Ok(chosen),
    }
}

fn is_here(column: &Column, project: &Project) -> bool {
    is_built(column, &project.places) && !matches!(column.place, Place::ToInstall(_))
}

/// Why no runtime is meant, with the names of those that could be.
fn explained(error: Error, project: &Project, words: &[String]) -> Error {
    let mut columns = discover::find(&project.suite.runtimes, &[], &project.places);
    let here =
        columns.iter().filter(|column| column.primary && !column.runtime.is_reference() && is_here(column, project));
    let here: Vec<_> = here.map(|column| column.runtime.id.clone()).collect();
    let here = if here.is_empty() { "none".to_owned() } else { here.join(", ") };
    // It may tell of other runtimes, which were not read before.
    let error = choose(project, &mut columns, words).err().unwrap_or(error);
    anyhow!("{error:#}\n{GOWASIRUNTIME} or --runtime names it, and it is {RUNTIME} by default; installed are: {here}")
}

/// A variable of the environment; empty if it is not set.
fn variable(name: &str) -> Result<String> {
    let value = env::var_os(name).unwrap_or_default();
    value.into_string().map_err(|value| anyhow!("{name}: {} is not UTF-8", value.display()))
}

/// The arguments for the runtime's own command.
fn runtime_args(column: &Column) -> Result<Vec<String>> {
    let text = variable(GOWASIRUNTIMEARGS)?;
    let args =
        shell::split(&text).with_context(|| format!("{GOWASIRUNTIMEARGS}: a quote in it is not closed: {text}"))?;
    let is_command = matches!(column.mode.adapter, Adapter::Subprocess(_));
    ensure!(
        args.is_empty() || is_command,
        "{GOWASIRUNTIMEARGS}: {column} has no command line that could take arguments; unset it"
    );
    Ok(args)
}

/// The program's stdin. A program that is run several times gets the same bytes each time, unless it reads a terminal.
fn stdin(is_repeated: bool, folder: &Path) -> Result<Stdin> {
    if !is_repeated || io::stdin().is_terminal() {
        return Ok(Stdin::Inherited);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).context("stdin")?;
    let path = folder.join("stdin");
    write_whole(&path, &bytes)?;
    Ok(Stdin::File(path))
}

/// The command line that is meant, if this program is started under the name of Go's wrapper.
pub fn as_wrapper(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.into_iter().collect();
    let is_wrapper = arguments.first().is_some_and(|name| Path::new(name).file_name().is_some_and(|name| name == NAME));
    if is_wrapper {
        arguments.splice(1..1, ["exec".into(), "--".into()]);
    }
    arguments
}
