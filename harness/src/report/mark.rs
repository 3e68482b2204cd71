//! What stands in a cell: a sign, a word and, where something failed, in what way.

use serde::Serialize;

use crate::record::Record;
use crate::verdict::Verdict;

/// The verdicts in the order of the legend: word, sign, meaning.
pub const LEGEND: [(&str, &str, &str); 9] = [
    ("pass", "✓", "The runtime did exactly what the case expects."),
    ("fail", "✗", "It did something else, and nobody has recorded it yet."),
    (
        "known",
        "≠",
        "It did something else, in exactly the way that is on record, with a reason and a link; of a recorded race, whether it shows or not.",
    ),
    ("flaky", "≈", "It did something else at first, and not when it was run again."),
    ("stale", "↻", "It is on record as diverging and now does as expected: the record is out of date."),
    ("observed", "○", "The specification leaves it open. Shown side by side, never judged."),
    ("unsupported", "–", "Not run: the way this runtime is driven cannot express what the case needs."),
    ("unavailable", "∅", "Not run: the runtime was not installed."),
    ("harness-error", "!", "The harness itself went wrong; nothing is known of the runtime."),
];

/// The verdicts from the gravest to the one that says least, for where one of several cells must stand for all.
const GRAVITY: [&str; 9] =
    ["fail", "harness-error", "stale", "flaky", "known", "unsupported", "unavailable", "pass", "observed"];

/// A verdict's mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    pub word: &'static str,
    glyph: &'static str,
    pub failure: Option<String>,
}

/// How often a verdict was given.
#[derive(Debug, Serialize)]
pub struct Count {
    pub word: &'static str,
    glyph: &'static str,
    means: &'static str,
    pub count: usize,
}

impl Mark {
    /// The mark of a verdict.
    pub fn of(verdict: &Verdict) -> Mark {
        let word = verdict.word();
        let glyph = LEGEND.iter().find(|(known, ..)| *known == word).map_or("?", |(_, glyph, _)| glyph);
        Mark { word, glyph, failure: verdict.failure().map(|failure| failure.to_string()) }
    }

    /// Where the verdict stands in the legend.
    pub fn rank(&self) -> usize {
        LEGEND.iter().position(|(word, ..)| *word == self.word).unwrap_or(LEGEND.len())
    }
}

/// What is to be known first of several cells: the gravest verdict among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gravest {
    word: &'static str,
    /// How many of them have it.
    count: usize,
}

impl Gravest {
    /// Of these cells; none where there are none.
    pub fn of<'r>(records: impl Iterator<Item = &'r Record>) -> Option<Gravest> {
        let mut counts = [0; GRAVITY.len()];
        for record in records {
            let rank = GRAVITY.iter().position(|word| *word == record.verdict.word()).unwrap_or(0);
            counts[rank] += 1;
        }
        let rank = counts.iter().position(|count| *count > 0)?;
        Some(Gravest { word: GRAVITY[rank], count: counts[rank] })
    }
}

/// How often each verdict was given, in the order of the legend, also if never.
pub fn legend<'r>(records: impl Iterator<Item = &'r Record>) -> Vec<Count> {
    let mut counts: Vec<_> = LEGEND.iter().map(|(word, glyph, means)| Count { word, glyph, means, count: 0 }).collect();
    for record in records {
        counts[Mark::of(&record.verdict).rank()].count += 1;
    }
    counts
}

/// How often each verdict was given, of those that were.
pub fn tally<'r>(records: impl Iterator<Item = &'r Record>) -> Vec<Count> {
    let mut counts = legend(records);
    counts.retain(|count| count.count > 0);
    counts
}
