//! Puts two traces of one guest side by side. Leaves out what changes with every run: clocks, random bytes, addresses,
//! and the numbers of descriptors.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use matrix_model::explanation::ARGUMENTS;
use wasip1_trace::{Call, Part, Parts, Value, answer, errno_of, in_a_row, line, parts};

/// Functions that Go calls as often as its scheduler needs to. Calls that succeed are left out.
const AS_IT_HAPPENS: [&str; 5] = ["clock_time_get", "clock_res_get", "poll_oneoff", "sched_yield", "random_get"];

/// The function that opens files and folders.
const OPEN: &str = "path_open";

/// The function that reads folders, and how many bytes of its result the trace records.
const READ_FOLDER: (&str, u64) = ("fd_readdir", 1024);

/// The function that says how many arguments there are, and how many bytes they take.
const SIZES_OF_ARGUMENTS: &str = "args_sizes_get";

/// The names of the numbers that change with every run.
const VOLATILE: [&str; 13] = [
    "timestamp",
    "dev",
    "ino",
    "atim",
    "mtim",
    "ctim",
    "fd",
    "userdata",
    "timeout",
    "precision",
    "cookie",
    "path_len",
    "buf_len",
];

/// The names of the times at which a file was last read and written.
const TIMES: [&str; 2] = ["atim", "mtim"];

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
    asked: Vec<Part>,
    /// What it was answered, without what changes with every run; `None` if it did not return.
    pub answered: Option<Answered>,
    /// What it was answered, unchanged.
    answer: Vec<Part>,
    /// The errno, if it returned one.
    pub errno: Option<u64>,
    /// The errno's name.
    pub errno_name: Option<String>,
}

/// What a call was answered, without what changes with every run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answered {
    /// All of it.
    Told(Vec<Part>),
    /// A list of entries that the trace records only in part.
    Many,
}

impl Answered {
    /// Its parts, if the trace records all of them.
    pub fn parts(&self) -> &[Part] {
        match self {
            Answered::Told(parts) => parts,
            Answered::Many => &[],
        }
    }
}

impl Seen {
    /// What it was answered, as it is shown.
    pub fn answer(&self) -> String {
        in_a_row(&self.answer)
    }

    /// The results after the errno, as they are shown.
    pub fn results(&self) -> String {
        in_a_row(self.answer.get(1..).unwrap_or_default())
    }

    /// The times at which a file was last read and written, if the answer has them.
    pub fn times(&self) -> Vec<String> {
        let mut times = Vec::new();
        self.answer.iter().for_each(|part| collect_times(part, &mut times));
        times
    }
}

fn collect_times(part: &Part, times: &mut Vec<String>) {
    match &part.value {
        Value::Record(members) => members.iter().for_each(|member| collect_times(member, times)),
        value if TIMES.contains(&part.name.as_str()) => times.push(value.to_string()),
        _ => {}
    }
}

impl Pair {
    /// Whether both sides asked the same and were answered differently.
    pub(crate) fn is_answered_otherwise(&self) -> bool {
        matches!((&self.left, &self.right), (Some(left), Some(right)) if left.answered != right.answered)
    }

    /// Whether the answer is longer than the trace records. If so, that may explain any later call.
    pub fn is_untold(&self) -> bool {
        self.left.as_ref().is_some_and(|seen| seen.answered == Some(Answered::Many))
    }

    /// Whether only one side has the call.
    pub(crate) fn is_single(&self) -> bool {
        self.left.is_none() || self.right.is_none()
    }
}

/// Two traces side by side.
pub fn align(left: &[Call], right: &[Call]) -> Vec<Pair> {
    let (left, right) = (seen(left), seen(right));
    let keys = |seen: &[Seen]| {
        seen.iter().map(|seen| format!("{}({})", seen.function, in_a_row(&seen.asked))).collect::<Vec<_>>()
    };
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
        let on = call.passed.first().and_then(|fd| opened.get(fd));
        let asked: Vec<_> = (asked.into_iter())
            .map(|part| match (part.name.as_str(), on) {
                ("fd", Some(path)) => Part { value: Value::Plain(format!("of {path}")), ..part },
                ("fd", None) => part,
                // Go adds to the flags that it was told are set.
                ("flags", _) if call.function == "fd_fdstat_set_flags" => without_value(part),
                // Runtimes grant different rights, and Go asks for all.
                (name, _) if name.starts_with("rights") => without_value(part),
                _ => lasting(part),
            })
            .collect();
        let path = asked.iter().map(|part| part.value.to_string()).find(|text| text.starts_with('"'));
        if let (Some(fd), Some(path)) = (call.opened(), path) {
            opened.insert(fd, path);
        }
        if call.function == "fd_close" && errno == Some(0) {
            opened.remove(&call.passed[0]);
        }
        all.push(Seen {
            index,
            function: call.function.clone(),
            line: line(call),
            asked,
            answered: call.returned.map(|_| compared(&call.function, answered.clone())),
            answer: answered,
            errno,
            errno_name: answer(call).and_then(|(_, name)| name),
        });
    }
    // A stream was not ready and was tried again. The number of attempts depends on timing.
    let is_tried_again = |seen: &Seen, next: &Seen| {
        seen.errno_name.as_deref() == Some("again") && (&seen.function, &seen.asked) == (&next.function, &next.asked)
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
    let path = |seen: &Seen| seen.asked.iter().take(3).cloned().collect::<Vec<_>>();
    let opens = seen.function == OPEN && last.function == OPEN;
    opens && last.errno_name.as_deref() == Some("isdir") && seen.errno == Some(0) && path(last) == path(seen)
}

/// The part of an answer that is compared.
fn compared(function: &str, mut answer: Vec<Part>) -> Answered {
    match function {
        function if function == READ_FOLDER.0 => return in_any_order(answer),
        // The first argument is the program's own name, which the harness chooses.
        ARGUMENTS => answer.iter_mut().for_each(|part| {
            if let Value::List(arguments) = &mut part.value {
                arguments.drain(..arguments.len().min(1));
            }
        }),
        // The second number counts the bytes of the program's name, too.
        SIZES_OF_ARGUMENTS => answer.truncate(2),
        _ => {}
    }
    Answered::Told(answer.into_iter().map(lasting).collect())
}

/// Normalises a list of a folder's entries. They come in no order, some runtimes also list the folder itself and its
/// parent, and the trace records a long list only in part.
fn in_any_order(mut answer: Vec<Part>) -> Answered {
    let Some(at) = answer.iter().position(|part| matches!(part.value, Value::List(_))) else {
        return Answered::Told(answer.into_iter().map(lasting).collect());
    };
    let is_whole = |part: &Part| part.value.to_string().parse::<u64>().is_ok_and(|bytes| bytes <= READ_FOLDER.1);
    if !answer[..at].iter().any(|part| part.is_named && is_whole(part)) {
        return Answered::Many;
    }
    let mut entries = answer.swap_remove(at);
    if let Value::List(entries) = &mut entries.value {
        let is_own = |entry: &Value| ["\".\" ", "\"..\" "].iter().any(|own| entry.to_string().starts_with(own));
        entries.retain(|entry| !is_own(entry));
        entries.sort_unstable();
    }
    answer.truncate(1);
    Answered::Told(vec![answer.remove(0), entries])
}

/// A part without the numbers that change with every run.
fn lasting(part: Part) -> Part {
    let is_number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_volatile = |text: &str| part.is_named && VOLATILE.contains(&part.name.as_str()) && is_number(text);
    match &part.value {
        Value::Plain(text) if is_volatile(text) => without_value(part),
        _ => Part { value: lasting_value(part.value), ..part },
    }
}

fn lasting_value(value: Value) -> Value {
    match value {
        Value::Plain(text) => Value::Plain(text),
        Value::Record(members) => Value::Record(members.into_iter().map(lasting).collect()),
        Value::Member(name, value) => Value::Member(name, Box::new(lasting_value(*value))),
        Value::List(values) => Value::List(values.into_iter().map(lasting_value).collect()),
    }
}

fn without_value(part: Part) -> Part {
    Part { value: Value::Plain(String::new()), ..part }
}
