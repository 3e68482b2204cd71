//! A verdict as pages show it: a sign, a word and, if the cell failed, the kind of failure.

use serde::Serialize;

use matrix_model::record::Record;
use matrix_model::verdict::{Verdict, VerdictKind};

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
    word: &'static str,
    glyph: &'static str,
    means: String,
    /// Whether such cells were left out, and tell nothing about the runtime.
    skipped: bool,
    count: usize,
}

/// The class of a verdict's cells in tables. Cells that pass have none: most do, and there are thousands.
pub fn class(kind: &VerdictKind) -> Option<&'static str> {
    (kind.word != Verdict::Pass.word()).then_some(kind.word)
}

impl Mark {
    /// The mark of a verdict.
    pub fn of(verdict: &Verdict) -> Mark {
        let kind = verdict.kind();
        Mark { word: kind.word, glyph: kind.sign, failure: verdict.failure().map(|failure| failure.to_string()) }
    }

    /// Where the verdict stands in the legend.
    pub fn rank(&self) -> usize {
        VerdictKind::ALL.iter().position(|kind| kind.word == self.word).unwrap_or(VerdictKind::ALL.len())
    }
}

/// The gravest verdict among several cells, which stands for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Gravest {
    word: &'static str,
    class: Option<&'static str>,
    /// How many of them have it; none if that is not worth showing.
    count: Option<usize>,
}

impl Gravest {
    /// Finds the gravest verdict of these cells; none if there are no cells.
    pub fn of<'r>(records: impl Iterator<Item = &'r Record>) -> Option<Gravest> {
        let (mut gravest, mut count): (Option<&VerdictKind>, _) = (None, 0);
        for kind in records.map(|record| record.verdict.kind()) {
            match gravest {
                Some(known) if known.gravity > kind.gravity => {}
                Some(known) if known.gravity == kind.gravity => count += 1,
                _ => (gravest, count) = (Some(kind), 1),
            }
        }
        gravest.map(|kind| Gravest { word: kind.word, class: class(kind), count: kind.has_details.then_some(count) })
    }
}

/// How often each of these verdicts was given, in the order of the legend, also if never.
pub fn legend<'r>(records: impl Iterator<Item = &'r Record>) -> Vec<Count> {
    let mut counts = [0; VerdictKind::ALL.len()];
    for record in records {
        counts[Mark::of(&record.verdict).rank()] += 1;
    }
    let count = |(kind, count): (&&VerdictKind, usize)| Count {
        word: kind.word,
        glyph: kind.sign,
        means: kind.meaning(),
        skipped: kind.skipped,
        count,
    };
    VerdictKind::ALL.iter().zip(counts).map(count).collect()
}

/// How often each verdict was given, of those that were.
pub fn tally<'r>(records: impl Iterator<Item = &'r Record>) -> Vec<Count> {
    let mut counts = legend(records);
    counts.retain(|count| count.count > 0);
    counts
}
