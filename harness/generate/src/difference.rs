//! Compares what was seen of a sequence in a column with what was seen in the reference, line by line.

use serde::{Deserialize, Serialize};

use crate::observed::Observed;
use crate::operation::{Operation, Step};
use crate::sequence::Sequence;
use crate::world::World;
use matrix_model::outcome::Found;

/// What tells differences apart: those with the same key are taken for one until somebody looks closer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Key {
    /// The operation's word; `left` for what is left on the host.
    pub operation: String,
    /// What the reference gives: `ok`, an errno, or other words of an error.
    pub expected: String,
    /// What the column gives. If both give `ok`, this is followed by what differs: `ok size`.
    pub observed: String,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its key.
    pub key: Key,
    /// The state of the operation's arguments.
    pub arguments: Vec<String>,
    /// The number of the operation.
    pub number: usize,
    /// What the reference printed, and what the column printed.
    pub lines: [String; 2],
}

/// The differences of a sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// All, in order.
    pub differences: Vec<Difference>,
    /// The number of the operation after which the two worlds are no longer alike: the rest was not compared.
    pub parted: Option<usize>,
}

/// Stands before how a process ended, in place of what the guest prints.
const ENDED: &str = "ended: ";

/// Compares a sequence's two runs. The rest of it is compared only as long as the two worlds are alike.
pub fn compare(sequence: &Sequence, expected: &Observed, observed: &Observed) -> Compared {
    let mut compared = Compared::default();
    let mut world = World::default();
    for (place, step) in sequence.steps.iter().enumerate() {
        let [one, other] = [expected, observed].map(|run| line(run, place));
        if one != other {
            let key =
                Key { operation: step.word(), expected: result(&one).to_owned(), observed: differs(&one, &other) };
            compared.differences.push(Difference {
                key,
                arguments: world.arguments(step),
                number: step.number,
                lines: [one.clone(), other.clone()],
            });
            if !stay_alike(step, &one, &other) {
                compared.parted = Some(step.number);
                return compared;
            }
        }
        if is_ok(&one) {
            world.apply(step);
        }
    }
    let last = sequence.steps.last().map_or(0, |step| step.number);
    if expected.ended != observed.ended {
        let lines =
            [expected, observed].map(|run| run.ended.as_ref().map_or("ok".to_owned(), |how| format!("{ENDED}{how}")));
        let [one, other] = [result(&lines[0]).to_owned(), result(&lines[1]).to_owned()];
        let key = Key { operation: "end".to_owned(), expected: one, observed: other };
        compared.differences.push(Difference { key, arguments: Vec::new(), number: last, lines });
    }
    compared.differences.extend(left(last, expected, observed));
    compared
}

/// What a run printed of an operation, or how it ended in it.
fn line(run: &Observed, place: usize) -> String {
    match (run.lines.get(place), &run.ended) {
        (Some(line), _) => line.clone(),
        (None, Some(ended)) => format!("{ENDED}{ended}"),
        (None, None) => "nothing".to_owned(),
    }
}

fn is_ok(line: &str) -> bool {
    line == "ok" || line.starts_with("ok ")
}

/// What a line says came of an operation, without what it gave, and without an engine's own words.
fn result(line: &str) -> &str {
    match line.strip_prefix(ENDED) {
        _ if is_ok(line) => "ok",
        Some(how) => how.find(':').map_or(line, |at| &line[..ENDED.len() + at]),
        None => line,
    }
}

/// What a column's line says, and in what it differs if both are `ok`.
fn differs(expected: &str, observed: &str) -> String {
    if !is_ok(expected) || !is_ok(observed) {
        return result(observed).to_owned();
    }
    let parts = |line: &str| -> Vec<(String, String)> {
        let part = |word: &str| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (String::new(), word.to_owned()),
        };
        line.split(' ').skip(1).map(part).collect()
    };
    let (expected, observed) = (parts(expected), parts(observed));
    let first =
        expected.iter().find(|part| !observed.contains(part)).or(observed.iter().find(|part| !expected.contains(part)));
    match first {
        Some((name, _))
            if ["kind", "size", "links", "modified", "count", "data", "offset", "change"].contains(&name.as_str()) =>
        {
            format!("ok {name}")
        }
        Some((name, _)) if name.is_empty() => "ok value".to_owned(),
        Some(_) => "ok entries".to_owned(),
        None if expected.len() != observed.len() => "ok repeated".to_owned(),
        None => "ok order".to_owned(),
    }
}

/// Whether both worlds are alike after an operation that gave different things.
fn stay_alike(step: &Step, expected: &str, observed: &str) -> bool {
    let both_failed = !is_ok(expected) && !is_ok(observed) && !observed.starts_with(ENDED);
    // A folder is opened, listed and changed by one operation. Its error may be of any of the three.
    let is_one = !matches!(step.operation, Operation::Pieces { .. });
    step.operation.only_looks() && !observed.starts_with(ENDED) || both_failed && is_one
}

/// The first difference in what is left on the host.
fn left(last: usize, expected: &Observed, observed: &Observed) -> Option<Difference> {
    let mut paths: Vec<_> = expected.left.keys().chain(observed.left.keys()).collect();
    paths.sort();
    let at = |run: &Observed, path: &str| run.left.get(path).cloned().unwrap_or(Found::Nothing);
    let path = paths.into_iter().find(|path| at(expected, path) != at(observed, path))?;
    let found = [expected, observed].map(|run| at(run, path));
    let [mut one, mut other] = [kind(&found[0]), kind(&found[1])];
    if one == other {
        (one, other) = ("content", "other content");
    }
    Some(Difference {
        key: Key { operation: "left".to_owned(), expected: one.to_owned(), observed: other.to_owned() },
        arguments: vec![path.clone()],
        number: last,
        lines: found.map(|found| found.to_string()),
    })
}

/// What kind of thing was left.
fn kind(found: &Found) -> &str {
    match found {
        Found::File(_) | Found::Large(_) => "file",
        Found::Link(_) => "a symbolic link",
        Found::Folder => "a folder",
        Found::Nothing => "nothing",
        Found::Other(what) => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(operations: Vec<Operation>) -> Sequence {
        let step = |(number, operation)| Step { number, root: None, operation };
        Sequence { index: 0, steps: operations.into_iter().enumerate().map(step).collect(), without: Vec::new() }
    }

    fn observed(lines: &[&str]) -> Observed {
        Observed { lines: lines.iter().map(ToString::to_string).collect(), ..Observed::default() }
    }

    fn keys(compared: &Compared) -> Vec<String> {
        let text = |Key { operation, expected, observed }: &Key| format!("{operation}: {expected}, {observed}");
        compared.differences.iter().map(|difference| text(&difference.key)).collect()
    }

    #[test]
    fn what_only_looks_does_not_end_the_comparison() {
        let path = || "a".to_owned();
        let sequence = sequence(vec![
            Operation::Stat(path()),
            Operation::Rmdir(path()),
            Operation::Mkdir(path()),
            Operation::Stat(path()),
        ]);
        let native = observed(&["ok kind=file size=3 links=1", "ENOTDIR", "ok", "ENOENT"]);
        assert_eq!(compare(&sequence, &native, &native), Compared::default());
        let column = observed(&["ok kind=file size=4 links=1", "ENOENT", "EEXIST", "ok"]);
        let compared = compare(&sequence, &native, &column);
        assert_eq!(keys(&compared), ["stat: ok, ok size", "rmdir: ENOTDIR, ENOENT", "mkdir: ok, EEXIST"]);
        assert_eq!(compared.parted, Some(2), "mkdir made a folder on one side only");
    }

    #[test]
    fn a_process_that_ended_differs_in_the_operation_in_which_it_ended() {
        let sequence = sequence(vec![Operation::Stat("a".to_owned()), Operation::Stat("b".to_owned())]);
        let ended = Observed { ended: Some("trap: x".to_owned()), ..observed(&["ENOENT"]) };
        let compared = compare(&sequence, &observed(&["ENOENT", "ENOENT"]), &ended);
        assert_eq!(keys(&compared), ["stat: ENOENT, ended: trap"]);
    }

    #[test]
    fn what_is_left_on_the_host_is_compared_where_all_lines_agree() {
        let sequence = sequence(vec![Operation::Mkdir("a".to_owned())]);
        let mut native = observed(&["ok"]);
        let column = native.clone();
        native.left.insert("a".to_owned(), Found::Folder);
        assert_eq!(keys(&compare(&sequence, &native, &column)), ["left: a folder, nothing"]);
    }
}
