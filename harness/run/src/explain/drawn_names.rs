//! Names that a run draws at random, such as those of temporary files. Two runs have other ones and do the same with
//! them, so the same stands for both.

use std::collections::{BTreeMap, BTreeSet};

use wasip1_trace::{Call, Part, Value, parts};

/// The shortest part of a name that is taken for a random one. Go draws a number of up to ten digits.
const SHORTEST: usize = 6;

/// What stands for the random parts of names in a trace.
#[derive(Debug, Default)]
pub(super) struct DrawnNames(BTreeMap<String, String>);

impl DrawnNames {
    /// Those of two traces. A name is taken for a random one if the guest creates it where nothing may be yet, if only one
    /// trace has it, and if the other trace has one in its place that differs in nothing but a part that looks random.
    pub fn of(left: &[Call], right: &[Call]) -> [DrawnNames; 2] {
        let (left, right) = (created(left), created(right));
        let only_in = |own: &[String], other: &[String]| {
            let other: BTreeSet<_> = other.iter().collect();
            own.iter().filter(|name| !other.contains(name)).cloned().collect::<Vec<_>>()
        };
        let (of_left, mut of_right) = (only_in(&left, &right), only_in(&right, &left));
        let mut names = [DrawnNames::default(), DrawnNames::default()];
        for own in &of_left {
            let found = of_right.iter().enumerate().find_map(|(at, other)| Some((at, random_parts(own, other)?)));
            let Some((at, random)) = found else { continue };
            for (own, other) in random {
                let stands = format!("*{}*", names[0].0.len() + 1);
                names[0].0.entry(own).or_insert_with(|| stands.clone());
                names[1].0.entry(other).or_insert(stands);
            }
            of_right.remove(at);
        }
        names
    }

    /// The parts of a call, with that in place of each random one.
    pub fn replaced_in(&self, parts: &[Part]) -> Vec<Part> {
        parts.iter().map(|part| Part { value: self.value(part.value.clone()), ..part.clone() }).collect()
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::Plain(text) if text.starts_with('"') => Value::Plain(self.text(text)),
            Value::Cut { shown, digest } => Value::Cut { shown: self.text(shown), digest },
            Value::List(values) => Value::List(values.into_iter().map(|value| self.value(value)).collect()),
            other => other,
        }
    }

    fn text(&self, text: String) -> String {
        self.0.iter().fold(text, |text, (random, stands)| match text.contains(random) {
            true => text.replace(random, stands),
            false => text,
        })
    }
}

/// The names that a guest creates where nothing may be yet, in order.
fn created(calls: &[Call]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for call in calls.iter().filter(|call| ["path_open", "path_create_directory"].contains(&call.function.as_str())) {
        let asked = parts(call).asked;
        let is_exclusive =
            |part: &Part| part.name == "oflags" && part.value.to_string().split('|').any(|flag| flag == "excl");
        if call.function == "path_open" && !asked.iter().any(is_exclusive) {
            continue;
        }
        let path = asked.iter().map(|part| part.value.to_string()).find(|text| text.starts_with('"'));
        let name = path.as_deref().and_then(|path| path.trim_matches('"').rsplit('/').next()).unwrap_or_default();
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The parts in which two names differ, if they look random and all else is the same.
fn random_parts(own: &str, other: &str) -> Option<Vec<(String, String)>> {
    let (own, other) = (pieces(own), pieces(other));
    if own.len() != other.len() {
        return None;
    }
    let differing: Vec<_> = own.into_iter().zip(other).filter(|(own, other)| own != other).collect();
    let looks_random = |piece: &str| {
        piece.len() >= SHORTEST
            && piece.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && piece.bytes().any(|byte| byte.is_ascii_digit())
    };
    let is_random =
        !differing.is_empty() && differing.iter().all(|(own, other)| looks_random(own) && looks_random(other));
    is_random.then(|| differing.into_iter().map(|(own, other)| (own.to_owned(), other.to_owned())).collect())
}

/// A name cut where letters and digits meet other characters.
fn pieces(name: &str) -> Vec<&str> {
    let is_word = |text: &str| text.starts_with(|first: char| first.is_ascii_alphanumeric());
    let mut pieces = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let of_word = is_word(rest);
        let end = rest.find(|next: char| next.is_ascii_alphanumeric() != of_word).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_the_same_around_a_random_part_are_counterparts() {
        let parts = |own, other| random_parts(own, other).map(|parts| parts.len());
        assert_eq!(parts("before-3115650998.txt", "before-77120043.txt"), Some(1));
        assert_eq!(parts("tmp3115650998", "tmp77120043"), Some(1));
        assert_eq!(parts("p.go.3115650998", "p.go.77120043"), Some(1));
        assert_eq!(parts("p.go.3115650998", "q.go.77120043"), None, "more differs than the random part");
        assert_eq!(parts("new00060", "new00061"), Some(1), "so one of them must be in one trace alone");
        assert_eq!(parts("one", "two"), None);
        assert_eq!(parts("same", "same"), None);
    }
}
