//! A cell as text for a terminal.

use std::fmt::Write;
use std::path::Path;

use crate::case::Case;
use crate::connection::{OutputKind, StdinKind};
use crate::difference::{Difference, flags_in_words};
use crate::folder_names::FOLDERS;
use crate::record::{Known, Record};
use crate::returns;
use crate::shell;
use crate::verdict::Verdict;
use matrix_supervise::Usage;

/// The folders needed to run a cell's command again.
pub struct Replay<'a> {
    /// The cell's folder.
    pub sandbox: &'a Path,
    /// The checkout's state folder.
    pub state: &'a Path,
    /// The store.
    pub store: &'a Path,
    /// The project's root.
    pub root: &'a Path,
    /// The folder of the suite, if it is not the project's.
    pub suite: Option<&'a Path>,
}

/// Everything that is known about a cell.
pub fn cell(record: &Record, case: &Case, replay: &Replay) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a string cannot fail.
        writeln!(text, "{label:<10} {value}").ok();
    };
    line("cell", &record.cell);
    line("verdict", &record.verdict.to_string());
    for (label, said) in [("why", &case.why), ("source", &case.doc)] {
        if !said.is_empty() {
            line(label, said);
        }
    }
    line("case", &case.location.to_string());
    if let Some(receipt) = &record.receipt {
        line("runtime", &receipt.reported_version);
        for (name, digest) in record.runtime_digests() {
            line("", &format!("{name} {digest}"));
        }
        line("guest", &format!("{} built by {} (sha256 {})", case.guest, receipt.built_by(), receipt.guest_sha256));
    }
    if let Some(divergence) = &record.divergence {
        let [reason, source] = recorded(divergence);
        line("recorded", &reason);
        line("", &source);
    }
    if record.is_withheld() {
        line("next", "to see all of it while working on it, remove `security = true` from the entry named above");
    }
    if let Some(native) = case.native.as_ref().filter(|_| record.reference) {
        line("native", native);
    }
    match &record.verdict {
        Verdict::Stale if record.reference => {
            line("next", "native Linux does as expected: delete `native` from the case named above");
        }
        Verdict::Stale => line("next", "the runtime does as expected: delete the entry named above"),
        Verdict::Fail { .. } if record.reference => {
            line("next", "correct the expectation, or say in the case with `native = \"…\"` why Linux deviates");
        }
        _ => {}
    }
    if let Some(outcome) = &record.outcome {
        line("exit", &outcome.exit.to_string());
        line("stdout", &outcome.stdout.quoted());
        line("stderr", &outcome.stderr.quoted());
        if !case.exports.is_empty() {
            line("returns", &returns::in_words(&outcome.returns));
        }
        if let Some(second) = &outcome.again {
            line("again", &format!("{}, stdout {}", second.exit, second.stdout.quoted()));
        }
        if let Some(rest) = &outcome.stdin_rest {
            line("stdin-rest", &rest.quoted());
        }
        if let Some(changed) = &outcome.changed_flags {
            line("changed-flags", &flags_in_words(Some(changed)));
        }
        line("cost", &record.measured.map_or_else(|| "not measured".to_owned(), |measured| cost(measured.usage)));
        for leak in &outcome.leaked {
            line("left", &format!("process {} ({}), killed", leak.pid, leak.command));
        }
    }
    for difference in &record.differences {
        push_difference(&mut text, difference);
    }
    if !record.checks.is_empty() {
        text.push_str("beside the promise, and judged by another case that is on record:\n");
    }
    for check in &record.checks {
        push_difference(&mut text, check);
    }
    if record.invocation.is_some() {
        let suite = replay.suite.map(|folder| folder.display().to_string());
        writeln!(text, "replay     {}", rerun(suite.as_deref(), [&*record.cell])).ok();
        writeln!(text, "command    {}", command(record, case, replay)).ok();
        if !record.verdict.is_red() {
            let cell = shell::word(&record.cell);
            let run = command_in(suite.as_deref(), "run");
            writeln!(text, "           `{run} --keep --exact {cell}` keeps its folder").ok();
        }
    }
    text
}

/// The command that runs cells again: of the project, or of the suite in this folder.
pub fn rerun<'c>(suite: Option<&str>, cells: impl IntoIterator<Item = &'c str>) -> String {
    let words: Vec<_> = cells.into_iter().map(shell::word).collect();
    format!("{} --exact {}", command_in(suite, "run"), words.join(" "))
}

/// A command of this program, of the cases of the suite in this folder if there is one.
pub fn command_in(suite: Option<&str>, command: &str) -> String {
    let suite = suite.map(|folder| format!(" --suite {}", shell::word(folder))).unwrap_or_default();
    format!("wasip1-matrix {command}{suite}")
}

/// What is recorded about a cell, on two lines: the reason and its location; whose fault it is, and its source.
pub fn recorded(divergence: &Known) -> [String; 2] {
    let Known { reason, location, fault, versions, url, outside, .. } = divergence;
    let whose = if *outside { ", outside this project" } else { "" };
    [format!("{reason} ({location}{whose})"), format!("fault: {fault}, versions {versions}, {url}")]
}

/// Adds the lines of a difference.
pub fn push_difference(text: &mut String, difference: &Difference) {
    let Difference { of, expected, observed, diff } = difference;
    writeln!(text, "{of}:\n  expected {expected}\n  observed {observed}").ok();
    if !diff.is_empty() {
        writeln!(text, "  - expected  + observed").ok();
    }
    for line in diff {
        writeln!(text, "  {} {}", line.side.sign(), line.text).ok();
    }
}

/// The cell's command for a shell. It runs in the cell's folder, which is kept for red cells in the state before the
/// guest ran.
fn command(record: &Record, case: &Case, replay: &Replay) -> String {
    let Some(invocation) = &record.invocation else { return String::new() };
    let paths = [replay.sandbox, replay.state, replay.store, replay.root].map(|path| path.display().to_string());
    let local =
        |text: &String| FOLDERS.iter().zip(&paths).fold(text.clone(), |text, (name, path)| text.replace(name, path));
    let mut words =
        vec!["cd".to_owned(), shell::word(&replay.sandbox.join("work").display().to_string()), "&&".to_owned()];
    let silent = case.stdin.is_empty() && case.steps.is_empty();
    match invocation.stdin {
        StdinKind::Pipe if silent => words.push(": |".to_owned()),
        StdinKind::Open if silent => words.push("sleep 3600 |".to_owned()),
        _ => {}
    }
    words.extend(["env".to_owned(), "-i".to_owned()]);
    words.extend(invocation.environment.iter().map(|(name, value)| shell::word(&format!("{name}={}", local(value)))));
    let total: usize = invocation.argv.iter().map(String::len).sum();
    if total > 8 << 10 {
        return format!("{total} bytes of arguments, too long to show; its record has them");
    }
    words.extend(invocation.argv.iter().map(|word| shell::word(&local(word))));
    let outputs = [(1, "stdout", &invocation.stdout), (2, "stderr", &invocation.stderr)];
    words.extend(outputs.iter().filter_map(|(descriptor, _, kind)| kind.redirection(*descriptor)));
    match invocation.stdin {
        StdinKind::Null => words.push("</dev/null".to_owned()),
        StdinKind::Closed => words.push("<&-".to_owned()),
        StdinKind::File => words.push("<../stdin".to_owned()),
        StdinKind::Pipe | StdinKind::Open if silent => {}
        StdinKind::Pipe | StdinKind::Open => words.push("# stdin: see the case".to_owned()),
        StdinKind::Socket => words.push("# stdin: a socket".to_owned()),
        StdinKind::Terminal => words.push("# stdin: a terminal".to_owned()),
    }
    for (descriptor, name, kind) in outputs {
        if kind.redirection(descriptor).is_none() && *kind != OutputKind::Pipe {
            words.push(format!("# {name}: {kind}"));
        }
    }
    words.join(" ")
}

/// The resources that a run used.
fn cost(usage: Usage) -> String {
    let (wall, cpu) = (usage.wall.as_secs_f64(), usage.cpu.as_secs_f64());
    format!("{wall:.3} s, {cpu:.3} s of processor, {} MiB at most", usage.max_rss_bytes >> 20)
}
