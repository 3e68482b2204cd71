//! Names the cause of an explanation: the same function, answered differently in the same way. The words hold for every
//! cell of the cause, and equal words mean one cause.

use super::align::Seen;

/// Functions whose answers matter for the bytes that were read. A different number of bytes says nothing more.
const READ: [&str; 2] = ["fd_pread", "fd_read"];

/// The cause if two answers have the same errno: how they differ.
pub fn result(left: &Seen, right: &Seen) -> String {
    let [own, other] = [left, right].map(|seen| seen.answered.as_deref().unwrap_or(""));
    let differing = match left.function.as_str() {
        function if READ.contains(&function) => vec!["other bytes".to_owned()],
        _ if own.contains('[') || other.contains('[') => vec!["another list".to_owned()],
        _ => differing(own, other),
    };
    format!("It answers {} otherwise: {}.", left.function, differing.join(", "))
}

/// The cause if an answer has other times than were set.
pub fn times(seen: &Seen) -> String {
    format!("It answers {} with other times than were set.", seen.function)
}

/// The cause if two answers have different errnos.
pub fn errno(left: &Seen, right: &Seen) -> String {
    let word = |seen: &Seen| match seen.errno {
        Some(0) => "success".to_owned(),
        _ => seen.answer.split(' ').next_back().unwrap_or("").to_owned(),
    };
    format!("It answers {} with {}, and not with {}.", left.function, word(left), word(right))
}

/// The cause if a preopen has two names.
pub fn preopen(left: &str, right: &str) -> String {
    let plain = |name: &str| name.trim_matches('"').to_owned();
    match plain(right).strip_prefix('/') {
        Some(rest) if rest == plain(left) => "It names preopens without the `/` that they were given.".to_owned(),
        _ => "It names preopens otherwise.".to_owned(),
    }
}

/// The parts in which two answers differ. If both values are words, it gives both; for numbers and bytes it only says
/// which part differs.
fn differing(own: &str, other: &str) -> Vec<String> {
    let parts = |answer: &str| -> Vec<String> {
        let parts = answer.split([',', '{', '}']).map(|part| part.trim().trim_end_matches('='));
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (own, other) = (parts(own), parts(other));
    if own.len() != other.len() {
        return vec!["what it gives back".to_owned()];
    }
    let mut told = Vec::new();
    // Each runtime grants its own set of rights.
    let matters = |part: &&String| !part.starts_with("fs_rights");
    let (own, other) = (own.iter().filter(matters), other.iter().filter(matters));
    for (own, other) in own.zip(other).filter(|(own, other)| own != other) {
        let said = match (own.split_once('='), other.split_once('=')) {
            (Some((name, value)), Some((same, instead))) if name == same => {
                let is_word = |value: &str| value.starts_with(|c: char| c.is_ascii_alphabetic());
                match is_word(value) && is_word(instead) {
                    true => format!("{name} is {value}, and not {instead}"),
                    false => format!("another {name}"),
                }
            }
            _ => "what it gives back".to_owned(),
        };
        if !told.contains(&said) {
            told.push(said);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_without_what_one_case_has_of_its_own() {
        let stat = |filetype: &str, size: u32| {
            format!("0, filestat={{dev, ino, filetype={filetype}, nlink=1, size={size}, atim, mtim, ctim}}")
        };
        assert_eq!(
            differing(&stat("unknown", 3), &stat("directory", 3)),
            ["filetype is unknown, and not directory".to_owned()]
        );
        assert_eq!(differing(&stat("directory", 3), &stat("directory", 4096)), ["another size"]);
        assert_eq!(differing(&stat("directory", 3), &stat("directory", 3)), Vec::<String>::new());
        assert_eq!(differing("0, size=1, \"a\"", "0, size=1, \"b\""), ["what it gives back"]);
    }

    #[test]
    fn a_name_without_its_slash_is_a_cause_of_its_own() {
        assert!(preopen("\"data\"", "\"/data\"").contains("without the `/`"));
        assert!(preopen("\"/\"", "\"/data\"").contains("otherwise"));
    }
}
