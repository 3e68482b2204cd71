//! An answer as pages show it: a sign, words, and whether it is on record.

use serde::Serialize;

use matrix_model::answer::{Answer, AnswerKind};
use matrix_model::case::Tier;
use matrix_model::record::Record;
use matrix_model::verdict::Verdict;

/// An answer's mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The answer in words.
    pub word: &'static str,
    /// The same in few words.
    brief: &'static str,
    /// Its place in the legend.
    #[serde(skip)]
    rank: usize,
    /// The classes in the style sheet; empty for a cell that works: most do, and there are thousands.
    pub class: String,
    glyph: &'static str,
    /// Whether it also comes out as expected, now and then.
    sometimes: bool,
    /// Whether it is on record, if that is to be said.
    badge: Option<&'static str>,
}

/// How often an answer was given.
#[derive(Debug, Clone, Serialize)]
pub struct Count {
    word: &'static str,
    brief: &'static str,
    name: &'static str,
    glyph: &'static str,
    meaning: &'static str,
    count: usize,
}

/// The class of an answer where it stands by itself.
fn name(kind: &AnswerKind) -> Option<&'static str> {
    (kind != Answer::Works.kind()).then_some(kind.name)
}

/// The classes of an answer. What differs from a promise that binds is red. What only Go programs assume is amber, and
/// so is what the reference does: it is not a runtime, and its case says why.
pub(crate) fn class(answer: Answer, tier: Tier, is_reference: bool) -> String {
    let is_bound = tier == Tier::Must && !is_reference;
    let classes = [
        name(answer.kind()),
        (answer.is_otherwise() && !is_bound).then_some("should"),
        answer.is_sometimes().then_some("sometimes"),
    ];
    classes.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What is said of a record beside the answer.
fn badge(verdict: &Verdict, is_reference: bool) -> Option<&'static str> {
    match verdict {
        Verdict::Known { .. } if is_reference => None,
        Verdict::Known { .. } => Some("on record"),
        Verdict::Fail { .. } => Some("not on record"),
        Verdict::Stale => Some("the record is out of date"),
        Verdict::Flaky { .. } => Some("flaky"),
        Verdict::HarnessError { .. } => Some("the harness failed"),
        Verdict::Pass | Verdict::Observed | Verdict::Unsupported { .. } | Verdict::Unavailable { .. } => None,
    }
}

impl Mark {
    /// The mark of a cell's answer. `tier` is how binding the case is in the cell's column.
    pub fn of(record: &Record, tier: Tier, answer: Answer) -> Mark {
        let kind = answer.kind();
        Mark {
            word: answer.words(),
            brief: kind.brief,
            class: class(answer, tier, record.reference),
            rank: kind.rank(),
            glyph: kind.sign,
            sometimes: answer.is_sometimes(),
            badge: badge(&record.verdict, record.reference),
        }
    }

    /// Where the answer stands in the legend.
    pub fn rank(&self) -> usize {
        self.rank
    }
}

/// How often each answer was given, in the order of the legend, also if never.
pub fn legend(answers: impl Iterator<Item = Answer>) -> Vec<Count> {
    let mut counts = vec![0; AnswerKind::ALL.len()];
    for answer in answers {
        counts[answer.kind().rank()] += 1;
    }
    let count = |(kind, count): (&&AnswerKind, usize)| Count {
        word: kind.word,
        brief: kind.brief,
        name: kind.name,
        glyph: kind.sign,
        meaning: kind.meaning,
        count,
    };
    AnswerKind::ALL.iter().zip(counts).map(count).collect()
}

/// How often each answer was given, of those that were.
pub fn tally(answers: impl Iterator<Item = Answer>) -> Vec<Count> {
    let mut counts = legend(answers);
    counts.retain(|count| count.count > 0);
    counts
}
