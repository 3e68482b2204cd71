//! How a traced run is shown.

use std::collections::BTreeMap;

use clap::Args;
use matrix_model::call_counts::{NOTHING, answers};
use matrix_model::content::quoted;
use matrix_model::escape;
use matrix_model::plural::counted;
use matrix_run::traced_run::TracedRun;
use wasip1_trace::interface::PREVIEW1;
use wasip1_trace::{Call, errno_of, line};

/// The descriptor of stderr.
const STDERR: u64 = 2;

/// How many bytes of stdout and stderr are shown unless all of them are.
const BEGINNING: usize = 200;

#[derive(Args)]
pub(super) struct Showing {
    /// Show only the calls that returned an errno or did not return
    #[arg(long, conflicts_with = "json")]
    only_errors: bool,
    /// Count the calls by function and by the errno that came back, instead of showing each
    #[arg(long, conflicts_with = "json")]
    summary: bool,
    /// Show all that the module wrote to stdout and to stderr, not only the beginning of each
    #[arg(long, conflicts_with = "json")]
    whole: bool,
}

impl Showing {
    /// A run as text: how it ended, its calls, and what the module wrote.
    pub(super) fn text(&self, name: &str, run: &TracedRun) -> String {
        let TracedRun { outcome, trace, left } = run;
        let (recorded, untold) = (trace.calls.len(), trace.untold.unwrap_or(0));
        let after_last = untold.saturating_sub(gaps(&trace.calls).map(|(_, gap)| gap).sum());
        let at_least = if after_last > 0 { "at least " } else { "" };
        let only = if untold > 0 { format!(", {recorded} recorded") } else { String::new() };
        let calls = format!("{at_least}{}{only}", counted(recorded + untold as usize, "call"));
        let mut lines = vec![format!("{name}: {}, {calls}", outcome.exit)];
        let shown: Vec<_> = trace.calls.iter().filter(|call| !self.only_errors || is_error(call)).collect();
        match self.summary {
            true => lines.extend(summary(&shown)),
            false => lines.extend(in_order(&shown, if untold > 0 { &trace.calls } else { &[] })),
        }
        if after_last > 0 {
            lines.push(format!("  … at least {after_last} more; --calls records more"));
        }
        if recorded == 0 && untold == 0 {
            lines.push("  it called no function of preview 1 that can be traced".to_owned());
        } else if shown.is_empty() && self.only_errors {
            lines.push("  no recorded call returned an errno".to_owned());
        }
        if trace.broken > 0 {
            lines.push(format!("  damaged: {} of the trace", counted(trace.broken, "part")));
        }
        if !left.is_empty() {
            let left = left.join(", ");
            lines.push(format!("  not traced, because no function of preview 1 has such a type: {left}"));
        }
        lines.push(self.stream("stdout", &outcome.stdout));
        lines.push(self.stream("stderr", &outcome.stderr));
        lines.join("\n")
    }

    fn stream(&self, name: &str, bytes: &[u8]) -> String {
        if !self.whole {
            let rest = if bytes.len() > BEGINNING { "; --whole shows them" } else { "" };
            return format!("  {name} {}{rest}", quoted(bytes));
        }
        let text = escape::bytes(bytes, true);
        let lines = text.lines().map(|line| format!("\n    {line}")).collect::<String>();
        format!("  {name}, {} bytes{}{lines}", bytes.len(), if bytes.is_empty() { "" } else { ":" })
    }
}

/// Whether a call failed: it returned an errno, or did not return although its function does.
fn is_error(call: &Call) -> bool {
    match errno_of(call) {
        Some(errno) => errno != 0,
        None => PREVIEW1.functions.get(&call.function).is_none_or(|function| function.returns),
    }
}

/// Where calls are missing among the recorded ones: before the call with this number, and how many.
fn gaps(calls: &[Call]) -> impl Iterator<Item = (u32, u32)> {
    let before = std::iter::once(0).chain(calls.iter().map(|call| call.number));
    before
        .zip(calls)
        .map(|(before, call)| (call.number, call.number.saturating_sub(before + 1)))
        .filter(|(_, gap)| *gap > 0)
}

/// The calls in the order in which they were made. `cut` are all recorded calls, if some were not recorded. Writes to
/// stderr that follow each other are one line after the first: Go writes a panic in hundreds of them, and what they wrote
/// is shown below as stderr.
fn in_order(shown: &[&Call], cut: &[Call]) -> Vec<String> {
    let gaps: BTreeMap<_, _> = gaps(cut).collect();
    let mut lines = Vec::new();
    let mut rest = shown;
    while let Some((first, after)) = rest.split_first() {
        if let Some(gap) = gaps.get(&first.number) {
            lines.push(format!("  … {} not recorded; --calls records more", counted(*gap as usize, "call")));
        }
        lines.push(format!("  {}", line(first)));
        let follows = |(index, call): &(usize, &&Call)| {
            to_stderr(call).is_some() && call.number == first.number + *index as u32 + 1
        };
        let folded = if to_stderr(first).is_some() { after.iter().enumerate().take_while(follows).count() } else { 0 };
        if folded > 1 {
            let bytes: u64 = after[..folded].iter().filter_map(|call| to_stderr(call)).sum();
            lines.push(format!("  … {folded} more writes to stderr, {bytes} bytes, one after the other"));
        }
        rest = if folded > 1 { &after[folded..] } else { after };
    }
    lines
}

/// The number of bytes that a call wrote to stderr, if it did.
fn to_stderr(call: &Call) -> Option<u64> {
    call.wrote(STDERR).filter(|_| call.function == "fd_write")
}

/// How many calls there were, by function and by the errno that came back.
fn summary(calls: &[&Call]) -> Vec<String> {
    let answers = answers(calls.iter().copied());
    let counts = answers.iter().flat_map(|(function, by_errno)| {
        by_errno.iter().map(move |(errno, count)| {
            let errno = if errno == NOTHING { "did not return" } else { errno };
            format!("  {count:>6}  {function:<24} {errno}")
        })
    });
    counts.collect()
}
