//! What `exec` says beside the program's own output: on stderr, and only if something is to be said.

use std::path::Path;
use std::process;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use matrix_model::escape::visible;
use matrix_model::go_output::difference;
use matrix_model::outcome::Exit;
use matrix_provision::provisioner::Provisioner;
use matrix_run::bad_file_number::{Told, first_in};
use matrix_run::exec::{Ended, Exec, LastCall, QUIT};
use matrix_store::scratch;

/// How long the search for the last host call may take. `go test` kills this program 5 seconds after SIGQUIT, and half a
/// second of them is for stopping the first run.
const SEARCH: Duration = Duration::from_millis(3500);

/// How long the program is run once more within that time.
const AGAIN: Duration = Duration::from_millis(1500);

/// Who tells it.
pub(super) struct Teller<'t, 'a, 's> {
    pub(super) provisioner: &'t Provisioner<'s>,
    pub(super) program: &'t Exec<'a, 's>,
    /// The folder of what is needed while the program runs.
    pub(super) folder: &'t Path,
    /// Whether what is said next begins a line.
    pub(super) is_new_line: bool,
}

impl Teller<'_, '_, '_> {
    /// Says a sentence on a line of its own.
    fn say(&mut self, text: &str) {
        if !self.is_new_line {
            eprint!("\n");
            self.is_new_line = true;
        }
        eprintln!("wasip1-matrix: {}", visible(text));
    }

    fn name(&self, column: usize) -> String {
        self.provisioner.columns()[column].to_string()
    }

    /// Says what is to be said of the end of the program under the first runtime.
    pub(super) fn tell_end(&mut self, column: usize, ended: &Ended) -> Result<()> {
        if let Some(said) = &ended.said {
            let text = format!("{}: {said}", self.name(column));
            self.say(&text);
        }
        let is_compiled = !matches!(ended.outcome.exit, Exit::NotCompiled { .. });
        match (ended.is_quit, is_compiled) {
            (true, true) => self.tell_last_call(column),
            (true, false) => {
                let text = format!("{}: stopped by SIGQUIT; its code was still being compiled", self.name(column));
                self.say(&text);
            }
            (false, true) => {}
            (false, false) => eprint!("{}", String::from_utf8_lossy(&ended.outcome.stderr)),
        }
        if ended.code != 0 && !ended.is_quit {
            let outputs = [&*ended.outcome.stdout, &*ended.outcome.stderr];
            if let Some((failed, path)) = outputs.into_iter().find_map(first_in) {
                let (world, told) = (self.program.world(), self.program.preopens(column)?);
                let given: Vec<_> = world.dirs().iter().map(|dir| dir.guest.as_str()).collect();
                let name = self.name(column);
                let text = Told { column: &name, cwd: world.cwd(), given: &given, told: &told }.explain(&failed, &path);
                self.say(&text);
            }
        }
        Ok(())
    }

    /// Runs the program under another runtime, and says what differs. Returns the exit code for that.
    pub(super) fn tell_beside(&mut self, (first, ended): (usize, &Ended), other: usize) -> Result<i32> {
        let (name, first_name) = (self.name(other), self.name(first));
        let beside = match self.program.beside(other) {
            Ok(beside) if beside.is_quit => {
                self.say(&format!("{name}: stopped by SIGQUIT"));
                return Ok(QUIT);
            }
            Ok(beside) => beside,
            Err(error) => {
                self.say(&format!("{name} was not run: {error:#}"));
                return Ok(1);
            }
        };
        let temp = self.program.world().temp().display().to_string();
        let mut told = Vec::new();
        let is_code = |ended: &Ended| matches!(ended.outcome.exit, Exit::Code { .. });
        if ended.code != beside.code || is_code(ended) != is_code(&beside) {
            told.push(format!("it ends with {}, and not with {}", beside.outcome.exit, ended.outcome.exit));
        }
        // A runtime that stops the program has its own words for that.
        if is_code(ended) && is_code(&beside) {
            let outputs = [
                ("stdout", &ended.outcome.stdout, &beside.outcome.stdout),
                ("stderr", &ended.outcome.stderr, &beside.outcome.stderr),
            ];
            for (stream, first, other) in outputs {
                let lines = difference(first, other, &temp);
                if !lines.is_empty() {
                    told.push(format!("{stream} differs:\n  {}", lines.join("\n  ")));
                }
            }
        }
        if told.is_empty() {
            return Ok(0);
        }
        self.say(&format!("{name} differs from {first_name}: {}", told.join("; ")));
        Ok(1)
    }

    /// Says in which host call a stopped program was. If that takes too long, this process ends.
    fn tell_last_call(&mut self, column: usize) {
        let name = self.name(column);
        let (send, receive) = mpsc::channel();
        let program = self.program;
        thread::scope(|scope| {
            scope.spawn(move || {
                // Nobody receives it if this comes too late.
                send.send(program.last_call(column, AGAIN)).ok();
            });
            let found = receive.recv_timeout(SEARCH);
            let is_late = found.is_err();
            self.say(&format!("{name}: stopped by SIGQUIT; {}", words(found.ok())));
            if is_late {
                matrix_supervise::end_children();
                scratch::remove(self.folder).ok();
                process::exit(QUIT);
            }
        });
    }
}

/// What is known of the last host call; `None` if the search took too long.
fn words(found: Option<Result<LastCall>>) -> String {
    let seconds = AGAIN.as_secs_f32();
    match found {
        None => format!("the host call in which it was could not be found within {} s", SEARCH.as_secs_f32()),
        Some(Err(error)) => format!("the host call in which it was could not be found: {error:#}"),
        Some(Ok(LastCall::NotReturned(call))) => {
            format!("run once more for {seconds} s, it was in this host call, which did not return: {call}")
        }
        Some(Ok(LastCall::Returned(call))) => {
            format!(
                "run once more for {seconds} s, it computed without a host call at the end; the last one was {call}"
            )
        }
        Some(Ok(LastCall::None)) => format!("run once more for {seconds} s, it made no host call"),
        Some(Ok(LastCall::TooMany)) => {
            format!("run once more for {seconds} s, it made more host calls than are recorded, and was in none of them")
        }
        Some(Ok(LastCall::EndedBefore)) => {
            "run once more, it came to its end, so the host call was not found".to_owned()
        }
    }
}
