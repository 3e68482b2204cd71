//! Explains why a cell is red: finds the first host call that matters. The cell's guest is traced under its own runtime
//! and under one that does as expected.

mod align;
mod cause;

use serde::Serialize;

use crate::traced_run::TracedRun;
use align::{Pair, Seen, align};
use matrix_model::case::Case;
use matrix_model::explanation::Pattern;
use matrix_model::outcome::{Exit, Outcome};

/// How many pairs of calls are shown before and after the one that matters.
const AROUND: (usize, usize) = (3, 6);

/// Functions whose answers differ between runtimes without harm to most guests.
pub const HARMLESS: [&str; 4] = ["fd_fdstat_get", "fd_fdstat_set_flags", "fd_prestat_get", "clock_res_get"];

/// The functions that Go calls before the program begins, besides those that traces leave out.
const START: [&str; 8] = [
    "args_get",
    "args_sizes_get",
    "environ_get",
    "environ_sizes_get",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_prestat_dir_name",
    "fd_prestat_get",
];

/// The function that tells a guest the names of its preopens.
const PREOPEN_NAME: &str = "fd_prestat_dir_name";

/// What made the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    /// The pattern that it follows.
    pub pattern: Pattern,
    /// The explanation in plain words.
    pub sentence: String,
    /// The cause, in words that hold for every cell that is red for the same reason; `None` if it is not known. Equal
    /// words mean one cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The function that causes the difference, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The call that matters, as a line, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The position of that call in the cell's own trace, if it is there.
    #[serde(skip)]
    pub at: Option<usize>,
    /// The two traces around that call, the cell's own first.
    pub excerpt: Vec<(Option<String>, Option<String>)>,
}

/// An explanation before the calls around it are known.
struct Finding {
    pattern: Pattern,
    sentence: String,
    cause: Option<String>,
    function: Option<String>,
}

/// One side of a comparison: a column's name, and what was seen there.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The column.
    pub name: &'a str,
    /// The run.
    pub seen: &'a TracedRun,
}

/// Says that a column's compiler failed.
pub(crate) fn not_compiled(column: &str, message: &str) -> String {
    format!("{column} did not compile the guest, so it was not started: {message}.")
}

/// Explains what a guest did in one column by comparing it with what it did in another.
pub fn explain(own: Side, reference: Side) -> Explanation {
    let pairs = align(&own.seen.trace.calls, &reference.seen.trace.calls);
    if let Some(finding) = not_started(own) {
        return around(finding, &pairs, None);
    }
    let parts = |pair: &Pair| pair.is_single() && !is_harmless(pair);
    let parted = pairs.iter().position(parts).unwrap_or(pairs.len());
    let otherwise = |harmless: bool| {
        pairs[..parted].iter().rposition(|pair| pair.is_answered_otherwise() && is_harmless(pair) == harmless)
    };
    if let Some(last) = otherwise(false) {
        // If preopens are named differently, the first one says as much as the last.
        let names = |pair: &Pair| pair.is_answered_otherwise() && is_of(pair, &[PREOPEN_NAME]);
        let is_name = is_of(&pairs[last], &[PREOPEN_NAME]);
        let first = pairs.iter().position(names).filter(|_| is_name);
        let index = first.unwrap_or(last);
        return answered_otherwise(own, reference, &pairs, index, parted);
    }
    let ends_otherwise = own.seen.outcome.exit != reference.seen.outcome.exit;
    if let Some(finding) = ended(own).filter(|_| ends_otherwise) {
        let last = pairs.iter().rposition(|pair| pair.left.is_some());
        return around(finding, &pairs, last);
    }
    if let Some(finding) = lost_exit_code(own).or_else(|| lost_output(own, reference)) {
        // An exit code is lost in the call that passes it.
        let last = pairs.iter().rposition(|pair| pair.left.is_some());
        let index = last.filter(|_| finding.pattern == Pattern::ExitCode);
        return around(finding, &pairs, index);
    }
    if let Some(index) = times_not_kept(&pairs[..parted]) {
        return answered_otherwise(own, reference, &pairs, index, parted);
    }
    let may_blame = |index: &usize| !is_at_start(&pairs, *index) && !pairs[*index..parted].iter().any(Pair::is_untold);
    let index = otherwise(true).filter(may_blame);
    if let (Some(index), true) = (index, parted < pairs.len()) {
        return answered_otherwise(own, reference, &pairs, index, parted);
    }
    match pairs.get(parted) {
        Some(pair) => {
            let (on, who, other) = match (&pair.left, &pair.right) {
                (Some(seen), _) => (seen, own.name, reference.name),
                (None, Some(seen)) => (seen, reference.name, own.name),
                (None, None) => unreachable!("a pair has a side"),
            };
            let sentence = format!(
                "Up to here both answered the same; then the guest called {} under {who}, and not under {other}.",
                on.line
            );
            let (pattern, function) = (Pattern::OtherCalls, Some(on.function.clone()));
            // All answers were the same, so the guest saw something that no call told it. The cause is not known.
            around(Finding { pattern, sentence, cause: None, function }, &pairs, Some(parted))
        }
        None => no_call(own, reference, &pairs),
    }
}

/// Says that no call is to blame, or that nothing differs. Calls that differ without harm are named, because the two
/// traces show them.
fn no_call(own: Side, reference: Side, pairs: &[Pair]) -> Explanation {
    let differs = |pair: &&Pair| pair.is_single() || pair.is_answered_otherwise();
    let last = pairs.iter().rfind(differs).and_then(|pair| pair.left.as_ref().or(pair.right.as_ref()));
    let sentence = match last {
        _ if are_alike(&own.seen.outcome, &reference.seen.outcome) => format!(
            "Nothing differs that a user can see: under {} and under {} the guest ended in the same way ({}), wrote the \
             same and left the same files.",
            own.name, reference.name, own.seen.outcome.exit
        ),
        Some(seen) => format!(
            "What differs lies in no call that programs usually heed. The last one that differs is {}.",
            seen.line
        ),
        None => "No host call was answered otherwise: what differs lies in no call that the guest made.".to_owned(),
    };
    around(Finding { pattern: Pattern::NoCall, sentence, cause: None, function: None }, pairs, None)
}

/// Whether two guests ended in the same way, wrote the same, returned the same and left the same.
pub fn are_alike(one: &Outcome, other: &Outcome) -> bool {
    (&one.exit, &one.returns) == (&other.exit, &other.returns)
        && (&one.stdout, &one.stderr) == (&other.stdout, &other.stderr)
        && (&one.files, &one.outside) == (&other.files, &other.outside)
}

/// Explains a cell by its own run alone, if its end is not as the case expects and shows what went wrong: a missing
/// import, a call that did not come back, a trap, an exit code that was lost. `None` if only a comparison could tell.
pub fn explain_end(own: Side, case: &Case) -> Option<Explanation> {
    if case.expect.exit.accepts(&own.seen.outcome.exit) {
        return None;
    }
    let finding = not_started(own).or_else(|| ended(own)).or_else(|| lost_exit_code(own))?;
    Some(Explanation { excerpt: Vec::new(), ..around(finding, &align(&own.seen.trace.calls, &[]), None) })
}

/// Explains why a guest was not started.
fn not_started(own: Side) -> Option<Finding> {
    let (pattern, sentence, cause, function) = match &own.seen.outcome.exit {
        Exit::MissingImport { import } => (
            Pattern::MissingImport,
            format!("{} does not provide the import {import}, and did not start the guest.", own.name),
            format!("It does not provide the import {import}."),
            Some(import.rsplit('.').next().unwrap_or(import).to_owned()),
        ),
        Exit::NotCompiled { message, .. } => {
            (Pattern::NotCompiled, not_compiled(own.name, message), "It does not compile the guest.".to_owned(), None)
        }
        _ => return None,
    };
    Some(Finding { pattern, sentence, cause: Some(cause), function })
}

/// Times differ in every run, except those that the guest has set. Returns the position of the last call that answered
/// with different times after the guest set some.
fn times_not_kept(pairs: &[Pair]) -> Option<usize> {
    let set = pairs.iter().position(|pair| is_of(pair, &["fd_filestat_set_times", "path_filestat_set_times"]))?;
    let differs = |pair: &Pair| match (&pair.left, &pair.right) {
        (Some(left), Some(right)) => left.times() != right.times(),
        _ => false,
    };
    pairs.iter().rposition(differs).filter(|index| *index > set)
}

/// Whether a call is one that Go makes on a standard stream at its start, whatever the program does.
fn is_at_start(pairs: &[Pair], index: usize) -> bool {
    let line = |pair: &Pair| pair.left.as_ref().map_or(String::new(), |seen| seen.line.clone());
    let of_stream = (0..3).any(|stream| line(&pairs[index]).contains(&format!("(fd={stream}")));
    of_stream && pairs[..index].iter().all(|pair| is_of(pair, &START))
}

fn is_harmless(pair: &Pair) -> bool {
    is_of(pair, &HARMLESS)
}

/// Whether a pair is a call of one of these functions.
fn is_of(pair: &Pair, functions: &[&str]) -> bool {
    let seen = pair.left.as_ref().or(pair.right.as_ref());
    seen.is_some_and(|seen| functions.contains(&seen.function.as_str()))
}

/// Explains a call that was answered differently, and what the guest did next if that differed too.
fn answered_otherwise(own: Side, reference: Side, pairs: &[Pair], index: usize, parted: usize) -> Explanation {
    let (Some(left), Some(right)) = (&pairs[index].left, &pairs[index].right) else { unreachable!("both were asked") };
    let (pattern, cause, mut sentence) = if left.function == PREOPEN_NAME && left.errno == right.errno {
        let name = Seen::results;
        let words =
            format!("{} named the preopen {}; {} named it {}.", own.name, name(left), reference.name, name(right));
        (Pattern::PreopenName, cause::preopen(&name(left), &name(right)), words)
    } else if left.answered.is_none() {
        let words = match &own.seen.outcome.exit {
            Exit::Timeout => format!("{} had not come back from {} at the deadline", own.name, left.function),
            exit => format!("{} stopped within {} ({exit})", own.name, left.function),
        };
        let pattern = if own.seen.outcome.exit == Exit::Timeout { Pattern::Hang } else { Pattern::TrapInCall };
        let words = format!("{words}; {} answered {}.", reference.name, right.answer());
        (pattern, within(pattern, &left.function), words)
    } else {
        let (pattern, cause) = match left.errno == right.errno {
            true if left.answered == right.answered => (Pattern::Result, cause::times(left)),
            true => (Pattern::Result, cause::result(left, right)),
            false => (Pattern::Errno, cause::errno(left, right)),
        };
        let (call, _) = left.line.rsplit_once(" = ").unwrap_or((&left.line, ""));
        let asked = left.line.find(") = ").map_or(call, |end| &left.line[..=end]);
        let words = format!(
            "{} answered {asked} with {}; {} with {}.",
            own.name,
            left.answer(),
            reference.name,
            right.answer()
        );
        (pattern, cause, words)
    };
    if let Some(next) = pairs.get(parted).and_then(|_| pairs[parted..].iter().find_map(|pair| pair.left.as_ref())) {
        let lost = match next.line.contains("(fd=-1") {
            true => "found no preopen for the path, and asked for it on descriptor -1",
            false => "went another way",
        };
        sentence += &format!(" The guest then {lost}: {}.", next.line);
    }
    let (cause, function) = (Some(cause), Some(left.function.clone()));
    around(Finding { pattern, sentence, cause, function }, pairs, Some(index))
}

/// The cause if a call did not return.
fn within(pattern: Pattern, function: &str) -> String {
    match pattern {
        Pattern::Hang => format!("It does not come back from {function}."),
        _ => format!("It stops within {function}."),
    }
}

/// Explains an end that was not the guest's own, such as a trap, a signal or a timeout.
fn ended(own: Side) -> Option<Finding> {
    let last = own.seen.trace.calls.last();
    let told = last.map_or_else(|| "its first call".to_owned(), wasip1_trace::line);
    let open = last.filter(|call| call.returned.is_none() && call.function != "proc_exit");
    let (name, exit) = (own.name, &own.seen.outcome.exit);
    let stops = matches!(exit, Exit::Trap { .. } | Exit::Signal { .. } | Exit::Limit { .. });
    let (pattern, cause, sentence) = match (exit, open) {
        (Exit::Timeout, Some(call)) => {
            let words = format!("{name} had not come back from {told} at the deadline.");
            (Pattern::Hang, within(Pattern::Hang, &call.function), words)
        }
        (Exit::Timeout, None) => {
            let words = format!("Under {name} the guest made no call after {told}, and had not ended at the deadline.");
            (Pattern::Runs, "The guest goes on without a host call until the deadline.".to_owned(), words)
        }
        (_, Some(call)) if stops => {
            let words = format!("{name} stopped within {told}: {exit}.");
            (Pattern::TrapInCall, within(Pattern::TrapInCall, &call.function), words)
        }
        (_, None) if stops => {
            let words = format!("{name} stopped the guest after {told}: {exit}.");
            let exit = exit.to_string();
            let how = exit.split([':', '\n']).next().unwrap_or("");
            (Pattern::TrapAfterCall, format!("It stops the guest in no host call: {how}."), words)
        }
        _ => return None,
    };
    Some(Finding { pattern, sentence, cause: Some(cause), function: open.map(|call| call.function.clone()) })
}

/// Explains an exit code that is not the one that the guest gave.
fn lost_exit_code(own: Side) -> Option<Finding> {
    let last = own.seen.trace.calls.last()?;
    let Exit::Code { code, whole } = &own.seen.outcome.exit else { return None };
    let given = last.passed.first().copied().unwrap_or(0) as u32;
    let expected = if *whole { given.cast_signed() } else { (given & 0xff).cast_signed() };
    (last.function == "proc_exit" && expected != *code).then(|| Finding {
        pattern: Pattern::ExitCode,
        sentence: format!("The guest called proc_exit(rval={given}), and {} ended with {code}.", own.name),
        cause: Some("It does not end with the code that proc_exit was given.".to_owned()),
        function: Some("proc_exit".to_owned()),
    })
}

/// Explains output that the guest wrote and that did not arrive.
fn lost_output(own: Side, reference: Side) -> Option<Finding> {
    let (name, outcome) = (own.name, &own.seen.outcome);
    let written = |side: &Side| -> u64 { side.seen.trace.calls.iter().filter_map(|call| call.wrote(1)).sum() };
    let came = |outcome: &Outcome| outcome.stdout.len() as u64;
    let is_all = |side: &Side| written(side) == came(&side.seen.outcome);
    let is_told = own.seen.trace.untold.is_none() && reference.seen.trace.untold.is_none();
    if is_told && !is_all(&own) && is_all(&reference) {
        let (wrote, came) = (written(&own), came(outcome));
        return Some(Finding {
            pattern: Pattern::Output,
            sentence: format!("The guest wrote {wrote} bytes to stdout, and of {name} there came {came}."),
            cause: Some("What the guest writes to stdout does not all come out.".to_owned()),
            function: Some("fd_write".to_owned()),
        });
    }
    None
}

/// Adds the calls around the one that matters to a finding; if there is none, the last ones.
fn around(finding: Finding, pairs: &[Pair], index: Option<usize>) -> Explanation {
    let Finding { pattern, sentence, cause, function } = finding;
    let centre = index.unwrap_or(pairs.len().saturating_sub(1));
    let (before, after) = AROUND;
    let shown = &pairs[centre.saturating_sub(before)..pairs.len().min(centre + after + 1)];
    let line = |seen: &Option<Seen>| seen.as_ref().map(|seen| seen.line.clone());
    let call = index.and_then(|index| line(&pairs[index].left).or_else(|| line(&pairs[index].right)));
    let excerpt = shown.iter().map(|pair| (line(&pair.left), line(&pair.right))).collect();
    let at = index.and_then(|index| Some(pairs[index].left.as_ref()?.index));
    Explanation { pattern, sentence, cause, function, call, at, excerpt }
}

/// Shortens a call's line to at most `width` characters: its beginning, and the answer.
pub fn cut(line: &str, width: usize) -> String {
    let length = line.chars().count();
    if length <= width {
        return line.to_owned();
    }
    let end = line.rfind(") = ").map_or(0, |at| line[at..].chars().count()).min(width / 2);
    let head: String = line.chars().take(width - 1 - end).collect();
    let tail: String = line.chars().skip(length - end).collect();
    format!("{head}…{tail}")
}
