//! The calls of a trace in words, each without what changes with every run.

use std::collections::BTreeMap;

use super::drawn_names::DrawnNames;
use super::files::{Files, is_without_preopen};
use matrix_model::explanation::ARGUMENTS;
use wasip1_trace::{Call, Part, Parts, Value, answer, errno_of, in_a_row, line, parts};

/// Functions that Go calls as often as its scheduler needs to. Calls that succeed are left out.
const AS_IT_HAPPENS: [&str; 5] = ["clock_time_get", "clock_res_get", "poll_oneoff", "sched_yield", "random_get"];

/// The function that opens files and folders.
pub(super) const OPEN: &str = "path_open";

/// The function that sets a descriptor's flags.
pub(super) const SET_FLAGS: &str = "fd_fdstat_set_flags";

/// The parameters that say which flags a descriptor has from then on.
const FLAGS: [(&str, &str); 2] = [(OPEN, "fdflags"), (SET_FLAGS, "flags")];

/// The function that reads folders, and how many bytes of its result the trace records.
const READ_FOLDER: (&str, u64) = ("fd_readdir", 1024);

/// The position of its argument that says where to go on.
const READ_FOLDER_COOKIE: usize = 3;

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

/// A call in words.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Its position in its trace.
    pub index: usize,
    /// The function.
    pub function: String,
    /// The whole call, as a line.
    pub line: String,
    /// The path of the file or folder that it is about, from the root, as the guest takes it to be; `None` if it is about
    /// none, or one that has no name.
    pub path: Option<String>,
    /// Whether it asks for a path in none of the guest's preopens.
    pub is_without_preopen: bool,
    /// The flags that a descriptor has from then on, if it opens one or sets them.
    flags: Option<String>,
    /// The bytes that it asked with and the trace shows only in part.
    pub written: Vec<CutData>,
    /// The bytes that it was answered with and the trace shows only in part.
    pub read: Vec<CutData>,
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

/// Bytes that the trace shows only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CutData {
    /// The part that is shown, and how many bytes there are.
    pub shown: String,
    /// The digest of all of them; `None` if the trace does not tell.
    pub digest: Option<u64>,
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

    /// It without the number of bytes that were read or written.
    fn without_size(self) -> Answered {
        let without = |part: Part| if part.name == "size" { without_value(part) } else { part };
        match self {
            Answered::Told(parts) => Answered::Told(parts.into_iter().map(without).collect()),
            Answered::Many => Answered::Many,
        }
    }
}

impl Seen {
    /// What two calls must have in common to be the same call in two traces.
    pub fn key(&self) -> String {
        format!("{}({})", self.function, in_a_row(&self.asked))
    }

    /// Whether it opens a file for appending, or sets that flag. `None` if it does neither, or does so in vain.
    pub fn appends(&self) -> Option<bool> {
        let flags = self.flags.as_ref().filter(|_| self.errno == Some(0))?;
        Some(flags.split('|').any(|flag| flag == "append"))
    }

    /// What it was answered, as it is shown.
    pub fn answer(&self) -> String {
        in_a_row(&self.answer)
    }

    /// What it asked, as it is shown: the line without the answer.
    pub fn asked_in_words(&self) -> &str {
        let (call, _) = self.line.rsplit_once(" = ").unwrap_or((&self.line, ""));
        self.line.find(") = ").map_or(call, |end| &self.line[..=end])
    }

    /// Whether it asks to make a file, or to empty it.
    pub fn makes_or_empties(&self) -> bool {
        let flags = self.asked.iter().find(|part| part.name == "oflags").map(|part| part.value.to_string());
        flags.is_some_and(|flags| flags.split('|').any(|flag| ["creat", "trunc"].contains(&flag)))
    }

    /// What it asks besides the descriptor and the path.
    pub fn asked_besides_path(&self) -> Vec<&Part> {
        let is_path = |part: &&Part| part.name == "fd" || part.value.to_string().starts_with('"');
        self.asked.iter().filter(|part| !is_path(part)).collect()
    }

    /// A member of a record in the answer, as it is shown.
    pub fn member(&self, name: &str) -> Option<String> {
        let of_part = |part: &Part| match &part.value {
            Value::Record(members) => members.iter().find(|member| member.name == name).map(|m| m.value.to_string()),
            _ => None,
        };
        self.answer.iter().find_map(of_part)
    }

    /// The results after the errno, as they are shown.
    pub fn results(&self) -> String {
        in_a_row(self.answer.get(1..).unwrap_or_default())
    }

    /// The device and inode of the file that it is about, if the answer tells them and the file has a path.
    pub fn device_and_inode(&self) -> Option<(String, String)> {
        self.path.as_ref()?;
        Some((self.member("dev")?, self.member("ino")?))
    }

    /// Says which of the bytes that are shown in part go on otherwise than those of another run.
    pub fn tell_other_bytes(&mut self, shown: &str) {
        let told = format!("{shown}, other bytes");
        self.line = self.line.replacen(shown, &told, 1);
        self.answer.iter_mut().for_each(|part| retell(&mut part.value, shown, &told));
    }

    /// The times at which a file was last read and written, if the answer has them.
    pub fn times(&self) -> Vec<String> {
        let mut times = Vec::new();
        self.answer.iter().for_each(|part| collect_times(part, &mut times));
        times
    }
}

fn retell(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Cut { shown, .. } if shown == from => to.clone_into(shown),
        Value::List(values) => values.iter_mut().for_each(|value| retell(value, from, to)),
        _ => {}
    }
}

fn cut_data(parts: &[Part]) -> Vec<CutData> {
    let mut found = Vec::new();
    parts.iter().for_each(|part| collect_cut_data(&part.value, &mut found));
    found
}

fn collect_cut_data(value: &Value, found: &mut Vec<CutData>) {
    match value {
        Value::Cut { shown, digest } => found.push(CutData { shown: shown.clone(), digest: *digest }),
        Value::List(values) => values.iter().for_each(|value| collect_cut_data(value, found)),
        Value::Plain(_) | Value::Record(_) | Value::Member(..) => {}
    }
}

fn collect_times(part: &Part, times: &mut Vec<String>) {
    match &part.value {
        Value::Record(members) => members.iter().for_each(|member| collect_times(member, times)),
        value if TIMES.contains(&part.name.as_str()) => times.push(value.to_string()),
        _ => {}
    }
}

/// The calls of a trace, but for those that Go makes as it happens and that succeed. `names` stand for random ones.
pub(super) fn seen(calls: &[Call], names: &DrawnNames) -> Vec<Seen> {
    let mut files = Files::default();
    // Identifies descriptors by what was opened.
    let mut opened: BTreeMap<u64, String> = BTreeMap::new();
    let mut all = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let whole = parts(call);
        let errno = errno_of(call);
        let is_last = index + 1 == calls.len();
        let as_it_happens = AS_IT_HAPPENS.contains(&call.function.as_str());
        if as_it_happens && errno.is_none_or(|errno| errno == 0) && !(is_last && call.returned.is_none()) {
            continue;
        }
        let named = Parts { asked: names.replaced_in(&whole.asked), answered: names.replaced_in(&whole.answered) };
        let mut answered = call.returned.map(|_| compared(&call.function, named.answered));
        if answered.as_ref().is_some_and(|answered| is_end_of_folder(call, answered)) {
            continue;
        }
        if named.asked != whole.asked {
            // Random names are not equally long.
            answered = answered.map(Answered::without_size);
        }
        let path = files.of(call, &named.asked, &whole.answered);
        let on = call.passed.first().and_then(|fd| opened.get(fd));
        let asked: Vec<_> = named.asked.into_iter().map(|part| lasting_asked(&call.function, part, on)).collect();
        let text = asked.iter().map(|part| part.value.to_string()).find(|text| text.starts_with('"'));
        if let (Some(fd), Some(text)) = (call.opened(), text) {
            opened.insert(fd, text);
        }
        if call.function == "fd_close" && errno == Some(0) {
            opened.remove(&call.passed[0]);
        }
        let sets = |part: &&Part| FLAGS.contains(&(call.function.as_str(), part.name.as_str()));
        all.push(Seen {
            index,
            function: call.function.clone(),
            line: line(call),
            path,
            is_without_preopen: is_without_preopen(call),
            flags: whole.asked.iter().find(sets).map(|part| part.value.to_string()),
            written: cut_data(&whole.asked),
            read: cut_data(&whole.answered),
            asked,
            answered,
            answer: whole.answered,
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

/// A part of what is asked, without what changes with every run. `on` is what the descriptor was opened as.
fn lasting_asked(function: &str, part: Part, on: Option<&String>) -> Part {
    match (part.name.as_str(), on) {
        ("fd", Some(path)) => Part { value: Value::Plain(format!("of {path}")), ..part },
        ("fd", None) => part,
        // Go adds to the flags that it was told are set.
        ("flags", _) if function == SET_FLAGS => without_value(part),
        // Runtimes grant different rights, and Go asks for all.
        (name, _) if name.starts_with("rights") => without_value(part),
        _ => lasting(part),
    }
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
    let entries_of = |value| Part { name: "entries".to_owned(), is_named: false, value };
    let Some(at) = answer.iter().position(|part| matches!(part.value, Value::List(_))) else {
        // With a size and no list, there is no entry: not even the folder itself and its parent.
        return match answer.len() {
            0 | 1 => Answered::Told(answer.into_iter().map(lasting).collect()),
            _ => Answered::Told(vec![answer.remove(0), entries_of(Value::List(Vec::new()))]),
        };
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
    Answered::Told(vec![answer.remove(0), entries_of(entries.value)])
}

/// Whether a call asks for the rest of a folder and is told that there is none. A runtime that lists the folder itself and
/// its parent is asked once more in a folder without other entries.
fn is_end_of_folder(call: &Call, answered: &Answered) -> bool {
    let is_later =
        call.function == READ_FOLDER.0 && call.passed.get(READ_FOLDER_COOKIE).is_some_and(|cookie| *cookie != 0);
    let is_empty = |part: &Part| matches!(&part.value, Value::List(entries) if entries.is_empty());
    is_later && matches!(answered, Answered::Told(parts) if parts.last().is_some_and(is_empty))
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
        // The rest of the bytes is compared with regard to what each run wrote.
        Value::Cut { shown, .. } => Value::Cut { shown, digest: None },
        Value::Record(members) => Value::Record(members.into_iter().map(lasting).collect()),
        Value::Member(name, value) => Value::Member(name, Box::new(lasting_value(*value))),
        Value::List(values) => Value::List(values.into_iter().map(lasting_value).collect()),
    }
}

fn without_value(part: Part) -> Part {
    Part { value: Value::Plain(String::new()), ..part }
}
