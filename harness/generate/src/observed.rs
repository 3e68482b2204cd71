//! What was seen of each sequence of one process: the guest's lines, and what it left on the host.

use std::collections::BTreeMap;

use crate::sequence::Sequence;
use matrix_model::outcome::{Exit, Found};

/// What begins a sequence, in what the guest reads and in what it prints.
const BEGINS: &str = "-- ";

/// What was seen of one sequence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// What the guest printed of each operation.
    pub lines: Vec<String>,
    /// What is in the sequence's folder on the host afterwards, by path.
    pub left: BTreeMap<String, Found>,
    /// How the process ended in the sequence, if it did not carry out all of it.
    pub ended: Option<String>,
}

/// What the guest reads to carry out these sequences.
pub(crate) fn input<'s>(sequences: impl IntoIterator<Item = &'s Sequence>) -> Vec<u8> {
    let mut text = String::new();
    for (place, sequence) in sequences.into_iter().enumerate() {
        text.push_str(&format!("{BEGINS}{place}\n"));
        for step in &sequence.steps {
            text.push_str(&format!("{step}\n"));
        }
    }
    text.into_bytes()
}

/// Parses what a process did with sequences of these lengths. Sequences that it did not begin are left out: if it
/// ended early, the last one is that in which it ended.
pub(crate) fn parsed(lengths: &[usize], stdout: &[u8], exit: &Exit, left: &BTreeMap<String, Found>) -> Vec<Observed> {
    let text = String::from_utf8_lossy(stdout);
    let mut all: Vec<Observed> = Vec::new();
    for line in text.split_inclusive('\n') {
        // A line that was cut off tells of no operation.
        let Some(line) = line.strip_suffix('\n') else { break };
        let begins = line.strip_prefix(BEGINS).is_some_and(|place| place == all.len().to_string());
        match all.last_mut() {
            _ if begins => all.push(Observed::default()),
            Some(observed) => observed.lines.push(line.to_owned()),
            None => {}
        }
    }
    for (path, found) in left {
        let Some((place, inside)) = path.trim_start_matches('/').split_once('/') else { continue };
        if let Some(observed) = place.parse::<usize>().ok().and_then(|place| all.get_mut(place)) {
            observed.left.insert(inside.to_owned(), found.clone());
        }
    }
    if let Some(last) = all.len().checked_sub(1)
        && (all[last].lines.len() < lengths[last] || all.len() < lengths.len() || !ended_well(exit))
    {
        all[last].ended = Some(exit.to_string());
    }
    all
}

fn ended_well(exit: &Exit) -> bool {
    matches!(exit, Exit::Code { code: 0, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_did_is_parsed() {
        let left = BTreeMap::from([
            ("/0".to_owned(), Found::Folder),
            ("/0/d".to_owned(), Found::Folder),
            ("/1/a".to_owned(), Found::File(b"x".to_vec().into())),
        ]);
        let code = |code| Exit::Code { code, whole: true };
        let all = parsed(&[2, 1], b"-- 0\nok\nENOENT\n-- 1\nok\n", &code(0), &left);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].lines, ["ok", "ENOENT"]);
        assert_eq!(all[0].left["d"], Found::Folder);
        assert_eq!(all[1].left["a"], Found::File(b"x".to_vec().into()));
        assert!(all.iter().all(|observed| observed.ended.is_none()));
    }

    #[test]
    fn a_process_that_ends_early_ends_in_its_last_sequence() {
        let trap = Exit::Trap { reason: "unreachable".to_owned() };
        let all = parsed(&[2, 3, 2], b"-- 0\nok\nok\n-- 1\nok\nENO", &trap, &BTreeMap::new());
        assert_eq!(all.len(), 2);
        assert_eq!((all[1].lines.len(), all[0].ended.is_none()), (1, true));
        assert!(all[1].ended.as_ref().is_some_and(|ended| ended.contains("unreachable")), "{all:?}");
    }
}
