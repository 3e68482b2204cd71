//! Plans of programs that are run where the user is, and not in folders of their own.

use std::path::{Path, PathBuf};

use super::streams::{beside, outputs, stdin};
use super::{DIRS, ExitSigns, LookedFor, OUTPUT_LIMIT, Plan, PlanOptions};
use matrix_model::case::Case;
use matrix_model::connection::StdinKind;
use matrix_model::installed::path_text;
use matrix_supervise::{MARKER, Outputs, Stdin};

/// How a program is started that is run where the user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnHost {
    /// The folder of the user's in which it is started. It is neither made nor removed.
    pub cwd: PathBuf,
    /// Arguments for the runtime's own command, which stand before the module.
    pub runtime_args: Vec<String>,
    /// Its stdin.
    pub stdin: Stdin,
    /// What is done with what it writes.
    pub outputs: Outputs,
    /// Whether SIGQUIT to this process stops it, and not this process.
    pub ends_on_quit: bool,
}

impl OnHost {
    /// Starts it in a folder, with its stdin at its end.
    pub fn in_folder(cwd: &Path) -> OnHost {
        OnHost {
            cwd: cwd.to_owned(),
            runtime_args: Vec::new(),
            stdin: Stdin::Null,
            outputs: Outputs::default(),
            ends_on_quit: false,
        }
    }
}

impl Plan {
    /// Plans a program of this machine as it is, with nothing between it and the kernel: its process gets the variables
    /// of the case, and sees all files.
    pub(crate) fn of_program(program: &Path, case: &Case, sandbox: &Path, options: PlanOptions) -> Plan {
        let marker = (MARKER.to_owned(), path_text(sandbox));
        Plan {
            sandbox: sandbox.to_owned(),
            argv: [path_text(program)].into_iter().chain(case.args.iter().cloned()).collect(),
            environment: case.env.iter().cloned().chain([marker]).collect(),
            module: program.to_owned(),
            cwd: options.cwd(sandbox),
            own_cwd: options.on_host.is_some(),
            stdin: options.stdin(case, sandbox),
            stdin_file: options.stdin_file(case),
            dirs: Vec::new(),
            outside: Vec::new(),
            outside_folder: sandbox.join(DIRS).join("0"),
            request: None,
            deadline: options.deadline.map_or(case.deadline, |sooner| case.deadline.min(sooner)),
            output_limit: OUTPUT_LIMIT + options.more_output,
            outputs: options.outputs(case, sandbox),
            beside: beside(case),
            ends_on_quit: options.ends_on_quit(),
            twice: false,
            looked_for: LookedFor::default(),
            exit_signs: ExitSigns::Command { missing_import: None, limit: None, trap: None },
            not_compiled: None,
        }
    }
}

impl PlanOptions<'_> {
    /// The working directory of a run in this sandbox.
    pub(super) fn cwd(&self, sandbox: &Path) -> PathBuf {
        self.on_host.map_or_else(|| work(sandbox), |on_host| on_host.cwd.clone())
    }

    /// The stdin of a case in this sandbox.
    pub(super) fn stdin(&self, case: &Case, sandbox: &Path) -> Stdin {
        self.on_host.map_or_else(|| stdin(case, sandbox), |on_host| on_host.stdin.clone())
    }

    /// The contents of a case's stdin, if that is a file of its own.
    pub(super) fn stdin_file(&self, case: &Case) -> Option<Vec<u8>> {
        (self.on_host.is_none() && case.stdin_kind == StdinKind::File).then(|| case.stdin.clone())
    }

    /// What the outputs of a case are in this sandbox, and what is done with what it writes.
    pub(super) fn outputs(&self, case: &Case, sandbox: &Path) -> Outputs {
        self.on_host.map_or_else(|| outputs(case, sandbox), |on_host| on_host.outputs.clone())
    }

    /// Whether SIGQUIT stops the process.
    pub(super) fn ends_on_quit(&self) -> bool {
        self.on_host.is_some_and(|on_host| on_host.ends_on_quit)
    }
}

/// The working directory of a run that has none of the user's.
pub(crate) fn work(sandbox: &Path) -> PathBuf {
    sandbox.join("work")
}

/// A command with arguments for its runtime before the module.
pub(super) fn with_runtime_args(mut argv: Vec<String>, module: &Path, on_host: Option<&OnHost>) -> Vec<String> {
    let args = on_host.map_or(&[][..], |on_host| &on_host.runtime_args);
    let module = path_text(module);
    let at = argv.iter().position(|word| *word == module).unwrap_or(argv.len());
    argv.splice(at..at, args.iter().cloned());
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_a_runtime_stand_before_the_module() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let on_host = OnHost { runtime_args: words("-W fuel=5"), ..OnHost::in_folder(Path::new("/")) };
        let given = |argv| with_runtime_args(words(argv), Path::new("/m.wasm"), Some(&on_host)).join(" ");
        assert_eq!(given("wasmtime run /m.wasm /m.wasm x"), "wasmtime run -W fuel=5 /m.wasm /m.wasm x");
        assert_eq!(given("wasmer run"), "wasmer run -W fuel=5");
    }
}
