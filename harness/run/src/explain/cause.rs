//! Names the cause of an explanation: the same function, answered differently in the same way. The words hold for every
//! cell of the cause, and equal words mean one cause.

use matrix_model::explanation::answers::{self, Answers, OTHER_PREOPEN_NAMES};
use wasip1_trace::{Part, Value};

use super::align::ToldApart;
use super::seen::Seen;

/// Functions whose answers matter for the bytes that were read. A different number of bytes says nothing more.
const READ: [&str; 2] = ["fd_pread", "fd_read"];

/// Says that other bytes were read.
const OTHER_BYTES: &str = "other bytes";

/// Says that a file has another number of names.
const ANOTHER_NLINK: &str = "another nlink";

/// Says that two files have one device and inode.
const ONE_FOR_TWO: &str = "one device and inode for two files";

/// Says that one file has two devices or inodes.
const TWO_FOR_ONE: &str = "two devices or inodes for one file";

/// The cause if two answers have the same errno: how they differ. What tells files apart comes first.
pub fn result(left: &Seen, right: &Seen, told_apart: Option<ToldApart>) -> String {
    let apart = told_apart.map(|apart| if apart.is_one { ONE_FOR_TWO } else { TWO_FOR_ONE }.to_owned());
    let parts = match apart.is_some() && left.answered == right.answered {
        true => Vec::new(),
        false => differing_parts(left, right),
    };
    answers::differing(&left.function, &apart.into_iter().chain(parts).collect::<Vec<_>>())
}

/// In what two answers with the same errno differ, in words that hold for every cell of the cause.
fn differing_parts(left: &Seen, right: &Seen) -> Vec<String> {
    let [own, other] = [left, right].map(|seen| seen.answered.as_ref().map_or(&[][..], |answered| answered.parts()));
    let is_list = |parts: &[Part]| parts.iter().any(|part| matches!(part.value, Value::List(_)));
    match left.function.as_str() {
        function if READ.contains(&function) || own == other => vec![OTHER_BYTES.to_owned()],
        _ if is_list(own) || is_list(other) => vec!["another list".to_owned()],
        _ => differing(own, other),
    }
}

/// Whether two answers with the same errno differ in the number of a file's names alone. Go tells programs no such number.
pub fn is_of_links(left: &Seen, right: &Seen) -> bool {
    left.errno == right.errno && differing_parts(left, right) == [ANOTHER_NLINK]
}

/// Whether two answers with the same errno differ in what a file holds: in bytes that were read, in its size, or in the
/// place at which it is read and written next.
pub fn is_of_contents(left: &Seen, right: &Seen) -> bool {
    let is_of_contents = |part: &String| [OTHER_BYTES, "another size", "another filesize"].contains(&part.as_str());
    left.errno == right.errno && left.errno == Some(0) && differing_parts(left, right).iter().any(is_of_contents)
}

/// The cause if an answer has other times than were set.
pub fn times(seen: &Seen) -> String {
    format!("It answers {} with other times than were set.", seen.function)
}

/// What two runtimes answered, if the errnos differ.
pub fn errnos(left: &Seen, right: &Seen) -> Answers {
    let word = |seen: &Seen| match seen.errno {
        Some(0) => "success".to_owned(),
        _ => seen.errno_name.clone().unwrap_or_default(),
    };
    Answers { own: word(left), reference: word(right) }
}

/// The cause if a file was told to append, or not to, and was opened otherwise.
pub fn append(function: &str, appends: bool) -> String {
    match appends {
        true => format!("It answers {function} with append for a file that was opened without it."),
        false => format!("It answers {function} without append for a file that was opened with it."),
    }
}

/// The cause if a preopen has two names.
pub fn preopen(left: &str, right: &str) -> String {
    let plain = |name: &str| name.trim_matches('"').to_owned();
    match plain(right).strip_prefix('/') {
        Some(rest) if rest == plain(left) => "It names preopens without the `/` that they were given.".to_owned(),
        _ => OTHER_PREOPEN_NAMES.to_owned(),
    }
}

/// The parts in which two answers differ. If both values are words, it gives both; for numbers and bytes it only says
/// which part differs.
fn differing(own: &[Part], other: &[Part]) -> Vec<String> {
    let [own, other] = [own, other].map(|parts| parts.iter().flat_map(leaves).collect::<Vec<_>>());
    if own.len() != other.len() {
        return vec!["what it gives back".to_owned()];
    }
    let mut told = Vec::new();
    for (own, other) in own.iter().zip(&other).filter(|(own, other)| own != other) {
        // Each runtime grants its own set of rights.
        if own.name.starts_with("fs_rights") {
            continue;
        }
        let said = match own.is_named && other.is_named && own.name == other.name {
            true => {
                let [name, value, instead] = [own.name.clone(), own.value.to_string(), other.value.to_string()];
                let is_word = |value: &str| value.starts_with(|c: char| c.is_ascii_alphabetic());
                match is_word(&value) && is_word(&instead) {
                    true => format!("{name} is {value}, and not {instead}"),
                    false => format!("another {name}"),
                }
            }
            false => "what it gives back".to_owned(),
        };
        if !told.contains(&said) {
            told.push(said);
        }
    }
    if told.is_empty() {
        told.push("other rights".to_owned());
    }
    told
}

/// The parts of a part that have no parts of their own.
fn leaves(part: &Part) -> Vec<&Part> {
    match &part.value {
        Value::Record(members) => members.iter().flat_map(leaves).collect(),
        _ => vec![part],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, text: impl ToString) -> Part {
        Part { name: name.to_owned(), is_named: true, value: Value::Plain(text.to_string()) }
    }

    fn bare(text: &str) -> Part {
        Part { is_named: false, ..named("iovs", text) }
    }

    #[test]
    fn what_differs_is_told_without_what_one_case_has_of_its_own() {
        let stat = |filetype: &str, size: u32| {
            let members = vec![named("dev", ""), named("filetype", filetype), named("nlink", 1), named("size", size)];
            vec![bare("0"), Part { value: Value::Record(members), ..named("filestat", "") }]
        };
        assert_eq!(
            differing(&stat("unknown", 3), &stat("directory", 3)),
            ["filetype is unknown, and not directory".to_owned()]
        );
        assert_eq!(differing(&stat("directory", 3), &stat("directory", 4096)), ["another size"]);
        let rights = |rights: &str| vec![bare("0"), named("fs_rights_base", rights)];
        assert_eq!(differing(&rights("fd_read"), &rights("fd_write")), ["other rights"]);
        let read = |bytes: &str| vec![bare("0"), named("size", 1), bare(bytes)];
        assert_eq!(differing(&read("\"a\""), &read("\"b\"")), ["what it gives back"]);
    }

    #[test]
    fn a_name_without_its_slash_is_a_cause_of_its_own() {
        assert!(preopen("\"data\"", "\"/data\"").contains("without the `/`"));
        assert!(preopen("\"/\"", "\"/data\"").contains("other names"));
    }
}
