//! Two traces of one guest side by side, without what no two runs have in common: clocks, random bytes, addresses, and
//! the numbers of descriptors.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use wasip1_trace::{Call, Parts, errno_of, line, parts};

/// Functions of which Go calls as many as its scheduler happens to; those that succeed are left out.
const AS_IT_HAPPENS: [&str; 5] = ["clock_time_get", "clock_res_get", "poll_oneoff", "sched_yield", "random_get"];

/// The function that opens files and folders.
const OPEN: &str = "path_open";

/// The function that reads folders, and how many bytes of what it gives are told.
const READ_FOLDER: (&str, u64) = ("fd_readdir", 1024);

/// What stands for entries of which not all are told.
const MANY: &str = "0, many entries";

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
pub(crate) struct Seen {
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
    pub(crate) fn is_answered_otherwise(&self) -> bool {
        matches!((&self.left, &self.right), (Some(left), Some(right)) if left.answered != right.answered)
    }

    /// Whether more was answered than is told: whatever comes after may be due to that.
    pub fn is_untold(&self) -> bool {
        self.left.as_ref().is_some_and(|seen| seen.answered.as_deref() == Some(MANY))
    }

    /// Whether only one side has it.
    pub(crate) fn is_single(&self) -> bool {
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
            answered: call.returned.map(|_| match call.function == READ_FOLDER.0 {
                true => in_any_order(&answer),
                false => plain(&answer),
            }),
            answer,
            errno,
        });
    }
    // A stream that was not ready and was tried again: how often is a matter of time.
    let is_tried_again = |seen: &Seen, next: &Seen| {
        seen.answer.ends_with(" again") && (&seen.function, &seen.asked) == (&next.function, &next.asked)
    };
    let mut kept: Vec<Seen> = Vec::with_capacity(all.len());
    for mut seen in all {
        if let Some(last) = kept.last() {
            if is_as_folder(last, &seen) {
                seen.asked.clone_from(&last.asked);
                kept.pop();
            } else if is_tried_again(last, &seen) {
                kept.pop();
            }
        }
        kept.push(seen);
    }
    kept
}

/// Whether a call opens as a folder what could not be opened as a file just before: Go asks so where it is told that it
/// is one, and whether it is told that makes no difference to the program.
fn is_as_folder(last: &Seen, seen: &Seen) -> bool {
    let path = |seen: &Seen| seen.asked.splitn(4, ", ").take(3).map(str::to_owned).collect::<Vec<_>>();
    let opens = seen.function == OPEN && last.function == OPEN;
    opens && last.answer.ends_with(" isdir") && seen.errno == Some(0) && path(last) == path(seen)
}

/// A folder's entries come in no order, some runtimes tell of the folder itself and its parent besides, and of many
/// entries not all are told.
fn in_any_order(answer: &str) -> String {
    let Some((size, entries)) = answer.split_once(", [") else { return answer.to_owned() };
    let bytes = size.rsplit('=').next().and_then(|bytes| bytes.parse::<u64>().ok());
    if bytes.is_none_or(|bytes| bytes > READ_FOLDER.1) {
        return MANY.to_owned();
    }
    let is_own = |entry: &&str| !entry.starts_with("\".\" ") && !entry.starts_with("\"..\" ");
    let mut entries: Vec<_> = entries.trim_end_matches(']').split(", ").filter(is_own).collect();
    entries.sort_unstable();
    format!("0, [{}]", entries.join(", "))
}
