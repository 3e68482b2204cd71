//! Puts two traces of one guest side by side. Leaves out what changes with every run: clocks, random bytes, addresses,
//! and the numbers of descriptors.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use matrix_model::explanation::{ARGUMENTS, without_own_name};
use wasip1_trace::{Call, Parts, errno_of, line, parts};

/// Functions that Go calls as often as its scheduler needs to. Calls that succeed are left out.
const AS_IT_HAPPENS: [&str; 5] = ["clock_time_get", "clock_res_get", "poll_oneoff", "sched_yield", "random_get"];

/// The function that opens files and folders.
const OPEN: &str = "path_open";

/// The function that reads folders, and how many bytes of its result the trace records.
const READ_FOLDER: (&str, u64) = ("fd_readdir", 1024);

/// The function that says how many arguments there are, and how many bytes they take.
const SIZES_OF_ARGUMENTS: &str = "args_sizes_get";

/// Stands for a list of entries that the trace records only in part.
const MANY: &str = "0, many entries";

/// The values in an answer that change with every run.
static VOLATILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(timestamp|dev|ino|atim|mtim|ctim|fd|userdata|timeout|precision|cookie|path_len|buf_len)=-?\d+")
        .expect("a regular expression")
});

/// A pair of matching calls, or a call that only one of the traces has.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The call in the first trace.
    pub left: Option<Seen>,
    /// The call in the second trace.
    pub right: Option<Seen>,
}

/// A call in words.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Its position in its trace.
    pub index: usize,
    /// The function.
    pub function: String,
    /// The whole call, as a line.
    pub line: String,
    /// What it asked, without what changes with every run.
    asked: String,
    /// What it was answered, without what changes with every run; `None` if it did not return.
    pub answered: Option<String>,
    /// What it was answered, unchanged.
    pub answer: String,
    /// The errno, if it returned one.
    pub errno: Option<u64>,
}

/// The times in an answer at which a file was last read and written.
static TIMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[am]tim=\d+").expect("a regular expression"));

impl Seen {
    /// The times at which a file was last read and written, if the answer has them.
    pub fn times(&self) -> Vec<&str> {
        TIMES.find_iter(&self.answer).map(|found| found.as_str()).collect()
    }
}

impl Pair {
    /// Whether both sides asked the same and were answered differently.
    pub(crate) fn is_answered_otherwise(&self) -> bool {
        matches!((&self.left, &self.right), (Some(left), Some(right)) if left.answered != right.answered)
    }

    /// Whether the answer is longer than the trace records. If so, that may explain any later call.
    pub fn is_untold(&self) -> bool {
        self.left.as_ref().is_some_and(|seen| seen.answered.as_deref() == Some(MANY))
    }

    /// Whether only one side has the call.
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
    // Identifies descriptors by what was opened.
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
                // Go adds to the flags that it was told are set.
                ("flags", _) if call.function == "fd_fdstat_set_flags" => String::new(),
                // Runtimes grant different rights, and Go asks for all.
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
            answered: call.returned.map(|_| match call.function.as_str() {
                function if function == READ_FOLDER.0 => in_any_order(&answer),
                ARGUMENTS => without_own_name(&answer).to_owned(),
                // The second number counts the bytes of the program's name, too.
                SIZES_OF_ARGUMENTS => answer.rsplit_once(", ").map_or(&*answer, |(count, _)| count).to_owned(),
                _ => plain(&answer),
            }),
            answer,
            errno,
        });
    }
    // A stream was not ready and was tried again. The number of attempts depends on timing.
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

/// Whether a call opens as a folder what could not be opened as a file just before. Go does so only if it is told that
/// the path is a folder. Whether it is told so makes no difference to the program.
fn is_as_folder(last: &Seen, seen: &Seen) -> bool {
    let path = |seen: &Seen| seen.asked.splitn(4, ", ").take(3).map(str::to_owned).collect::<Vec<_>>();
    let opens = seen.function == OPEN && last.function == OPEN;
    opens && last.answer.ends_with(" isdir") && seen.errno == Some(0) && path(last) == path(seen)
}

/// Normalises a list of a folder's entries. They come in no order, some runtimes also list the folder itself and its
/// parent, and the trace records a long list only in part.
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
