//! Two traces of one guest side by side, without what no two runs have in common: clocks, random bytes, addresses, and
//! the numbers of descriptors.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::trace::{Call, Parts, errno_of, line, parts};

/// Functions of which Go calls as many as its scheduler happens to; those that succeed are left out.
const AS_IT_HAPPENS: [&str; 5] = ["clock_time_get", "clock_res_get", "poll_oneoff", "sched_yield", "random_get"];

/// What stands in an answer and is another each time.
static VOLATILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(timestamp|dev|ino|atim|mtim|ctim|fd|userdata|timeout|precision|cookie|path_len|buf_len)=-?\d+")
        .expect("a regular expression")
});

/// A pair of calls, or a call of one of the traces.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The call in the one trace.
    pub left: Option<Seen>,
    /// The call in the other.
    pub right: Option<Seen>,
}

/// A call, told.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its place in its trace.
    pub index: usize,
    /// The function.
    pub function: String,
    /// All of it, as a line.
    pub line: String,
    /// What it asked, as far as two runs have it in common.
    asked: String,
    /// What it was answered, as far as two runs have it in common; none if it did not return.
    pub answered: Option<String>,
    /// What it was answered, as it was.
    pub answer: String,
    /// The errno, if it returned one.
    pub errno: Option<u64>,
}

/// The times that a file was last read and written at, in an answer.
static TIMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[am]tim=\d+").expect("a regular expression"));

impl Seen {
    /// When a file was last read and written, if it tells that.
    pub fn times(&self) -> Vec<&str> {
        TIMES.find_iter(&self.answer).map(|found| found.as_str()).collect()
    }
}

impl Pair {
    /// Whether the same was asked on both sides and answered otherwise.
    pub fn is_answered_otherwise(&self) -> bool {
        matches!((&self.left, &self.right), (Some(left), Some(right)) if left.answered != right.answered)
    }

    /// Whether only one side has it.
    pub fn is_single(&self) -> bool {
        self.left.is_none() || self.right.is_none()
    }
}

/// Two traces side by side.
pub fn align(left: &[Call], right: &[Call]) -> Vec<Pair> {
    let (left, right) = (seen(left), seen(right));
    let keys = |seen: &[Seen]| seen.iter().map(|seen| format!("{}({})", seen.function, seen.asked)).collect::<Vec<_>>();
    let mut pairs = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &keys(&left), &keys(&right)) {
        let (lefts, rights) = (operation.old_range(), operation.new_range());
        match operation {
            DiffOp::Equal { .. } => {
                let both = left[lefts].iter().zip(&right[rights]);
                pairs.extend(both.map(|(left, right)| Pair { left: Some(left.clone()), right: Some(right.clone()) }));
            }
            _ => {
                pairs.extend(left[lefts].iter().map(|left| Pair { left: Some(left.clone()), right: None }));
                pairs.extend(right[rights].iter().map(|right| Pair { left: None, right: Some(right.clone()) }));
            }
        }
    }
    pairs
}

fn seen(calls: &[Call]) -> Vec<Seen> {
    // Descriptors by what was opened.
    let mut opened: BTreeMap<u64, String> = BTreeMap::new();
    let mut all = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let Parts { asked, answered } = parts(call);
        let errno = errno_of(call);
        let is_last = index + 1 == calls.len();
        let as_it_happens = AS_IT_HAPPENS.contains(&call.function.as_str());
        if as_it_happens && errno.is_none_or(|errno| errno == 0) && !(is_last && call.returned.is_none()) {
            continue;
        }
        let plain = |text: &str| VOLATILE.replace_all(text, "$1").into_owned();
        let on = call.passed.first().and_then(|fd| opened.get(fd));
        let asked: Vec<_> = (asked.iter())
            .map(|(name, text)| match (name.as_str(), on) {
                ("fd", Some(path)) => format!("fd of {path}"),
                ("fd", None) => text.clone(),
                // Go adds to what it was told is set.
                ("flags", _) if call.function == "fd_fdstat_set_flags" => String::new(),
                // No runtime grants the same, and Go asks for all.
                (name, _) if name.starts_with("rights") => String::new(),
                _ => plain(text),
            })
            .collect();
        let answer = answered.join(", ");
        if let (Some(fd), Some(path)) = (call.opened(), asked.iter().find(|text| text.starts_with('"'))) {
            opened.insert(fd, path.clone());
        }
        if call.function == "fd_close" && errno == Some(0) {
            opened.remove(&call.passed[0]);
        }
        all.push(Seen {
            index,
            function: call.function.clone(),
            line: line(call),
            asked: asked.join(", "),
            answered: call.returned.map(|_| in_any_order(&plain(&answer))),
            answer,
            errno,
        });
    }
    // A stream that was not ready and was tried again: how often is a matter of time.
    let is_tried_again = |all: &[Seen], index: usize| {
        let [seen, next] = &all[index..(index + 2).min(all.len())] else { return false };
        seen.answer.ends_with(" again") && (&seen.function, &seen.asked) == (&next.function, &next.asked)
    };
    let kept: Vec<_> = (0..all.len()).map(|index| !is_tried_again(&all, index)).collect();
    all.into_iter().zip(kept).filter_map(|(seen, kept)| kept.then_some(seen)).collect()
}

/// A folder's entries come in no order.
fn in_any_order(answer: &str) -> String {
    match answer.split_once(", [") {
        Some((size, entries)) if entries.contains('"') => {
            let mut entries: Vec<_> = entries.trim_end_matches(']').split(", ").collect();
            entries.sort_unstable();
            format!("{size}, [{}]", entries.join(", "))
        }
        _ => answer.to_owned(),
    }
}
