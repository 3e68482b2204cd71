//! Whether what a case connects its guest to goes together, and can show what the case expects.

use serde_spanned::Spanned;

use crate::source::{Diagnostic, Source};
use crate::wire::{CaseEntry, Step};
use matrix_model::case::Tier;
use matrix_model::connection::{OutputKind, StdinKind};

/// What is wrong with the connections of a case.
pub(super) fn problems(entry: &CaseEntry, stdin: StdinKind, source: &Source) -> Vec<Diagnostic> {
    let check = Check { entry, stdin, source };
    [check.outputs(), check.beside(), check.expected()].concat()
}

struct Check<'c> {
    entry: &'c CaseEntry,
    stdin: StdinKind,
    source: &'c Source,
}

impl Check<'_> {
    fn problem<T>(&self, at: &Spanned<T>, message: &str, label: &str, help: &str) -> Diagnostic {
        self.source.problem(at.span(), message, label, Some(help))
    }

    /// The kind of descriptor 1.
    fn stdout(&self) -> OutputKind {
        self.entry.stdout_kind.as_ref().map(|kind| kind.get_ref().clone()).unwrap_or_default()
    }

    /// Which of the outputs the harness can be.
    fn outputs(&self) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        if let Some(kind) = self.entry.stdout_kind.as_ref().filter(|kind| *kind.get_ref() == OutputKind::Stdout) {
            let help = "choose another kind; `stderr-kind = \"stdout\"` makes both the same";
            problems.push(self.problem(kind, "stdout cannot be the same as itself", "only for stderr", help));
        }
        let both = [&self.entry.stdout_kind, &self.entry.stderr_kind].map(Option::as_ref);
        if let [Some(stdout), Some(stderr)] = both
            && [stdout, stderr].iter().all(|kind| *kind.get_ref() == OutputKind::Terminal)
        {
            let help = "write `stderr-kind = \"stdout\"`: what is written to both is read in one place";
            problems.push(self.problem(stderr, "a case has one terminal", "the same terminal as stdout", help));
        }
        let waits = self.entry.step.iter().any(|step| matches!(step, Step::Read(_)));
        if let Some(kind) = &self.entry.stdout_kind
            && waits
            && !kind.get_ref().is_seen_at_once()
        {
            let help = "leave out the steps `read`, or choose a pipe, a socket or a terminal";
            problems.push(self.problem(
                kind,
                "a step waits for what is not seen while the guest runs",
                "not seen",
                help,
            ));
        }
        problems
    }

    /// What another process can do before and after.
    fn beside(&self) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let takes_more = self.stdout().takes_more();
        let help = "leave it out, or choose another `stdout-kind`";
        if let Some(before) = &self.entry.before {
            let given = self.entry.stdin.0.len();
            if before.get_ref().reads > 0 && (self.stdin != StdinKind::File || before.get_ref().reads > given) {
                let message = format!("`before` reads {} bytes from a file", before.get_ref().reads);
                let help = "say `stdin-kind = \"file\"`, and give at least as many bytes in `stdin`";
                problems.push(self.problem(before, &message, "no such file", help));
            }
            if !before.get_ref().writes.is_empty() && !takes_more {
                problems.push(self.problem(before, "`before` writes where nothing can be written", "to stdout", help));
            }
            if before.get_ref().reads == 0
                && before.get_ref().writes.is_empty()
                && before.get_ref().nonblocking.is_empty()
            {
                let help = "say what the other process does, or leave it out";
                problems.push(self.problem(before, "`before` does nothing", "nothing", help));
            }
        }
        if let Some(after) = self.entry.after.as_ref().filter(|_| !takes_more) {
            problems.push(self.problem(after, "`after` writes where nothing can be written", "to stdout", help));
        }
        problems
    }

    /// Whether what is expected can be seen, and whether anything is.
    fn expected(&self) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let expect = &self.entry.expect;
        if let Some(rest) = expect.stdin_rest.as_ref().filter(|_| !self.stdin.carries_bytes()) {
            let help = "leave it out, or choose another `stdin-kind`";
            problems.push(self.problem(rest, "nothing can be left unread in this stdin", "of no bytes", help));
        }
        let stderr_kind = self.entry.stderr_kind.as_ref().map(Spanned::get_ref);
        let hides_stderr = stderr_kind.is_some_and(|kind| !kind.is_seen() || *kind == OutputKind::Stdout);
        if let Some(stderr) = expect.stderr.as_ref().filter(|_| hides_stderr) {
            let help = "leave it out, or choose another `stderr-kind`";
            problems.push(self.problem(stderr, "nothing is seen on this stderr", "not seen", help));
        }
        let hides_stdout = !self.stdout().is_seen();
        if let Some(stdout) = expect.stdout.as_ref().filter(|_| hides_stdout) {
            let help = "leave it out, and let the guest tell on stderr or in a file";
            problems.push(self.problem(stdout, "nothing is seen on this stdout", "not seen", help));
        }
        let sees = expect.stderr.is_some() || expect.files.is_some() || expect.stdin_rest.is_some();
        if hides_stdout && !sees && self.entry.tier != Tier::Observe {
            let help = "let the guest tell on stderr or in a file, and expect that: `expect.stderr`, `expect.files`";
            problems.push(self.problem(&self.entry.name, "a case whose stdout is not seen", "judges no output", help));
        }
        problems
    }
}
