//! The table of verdicts: everything that pages, summaries and files need to know about each verdict's word.
//!
//! A new verdict needs a variant of [`Verdict`], a row here, and a line in the documentation. No other code compares
//! words: readers ask for a verdict's colour, its gravity, or what it says about the runtime.

use super::Verdict;

/// How a verdict is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// As it should be.
    Green,
    /// Not as it should be, and recorded.
    Amber,
    /// Not judged, with a reason.
    Grey,
    /// New: a person has to look at it.
    Red,
}

/// What a verdict says about the runtime, regardless of divergences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// It does what the case expects.
    AsExpected,
    /// It does something else.
    NotAsExpected,
    /// It varies between the two.
    Varies,
    /// Nothing, because the cell was not judged.
    NotJudged,
    /// Nothing, because the harness failed.
    Unknown,
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct VerdictKind {
    /// The verdict's word in records, on pages and in files.
    pub word: &'static str,
    /// One character, for tables that have no room for the word.
    pub sign: &'static str,
    /// How it is counted.
    pub colour: Colour,
    /// How severe it is. If one of several cells must represent all of them, it is the one with the highest gravity.
    pub gravity: u8,
    /// What it says about the runtime.
    pub behaviour: Behaviour,
    /// Whether the cell was left out for a reason known beforehand.
    pub skipped: bool,
    /// Whether a cell has more information than its place in a table shows. It then has a link of its own.
    pub has_details: bool,
    /// The pair of colours in the style sheet for the word: `--amber` on `--amber-on`.
    pub tint: &'static str,
    /// The meaning in a few words, for a legend on one line.
    pub brief: &'static str,
    /// The meaning in a sentence, where `{}` stands for the runtime.
    sentence: &'static str,
}

impl VerdictKind {
    /// The meaning in a sentence about the runtime with this name.
    pub fn sentence(&self, runtime: &str) -> String {
        self.sentence.replace("{}", runtime)
    }

    /// The meaning in a sentence about any runtime.
    pub fn meaning(&self) -> String {
        let sentence = self.sentence("the runtime");
        let mut rest = sentence.chars();
        rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect()
    }
}

/// Declares the rows in the order of the legend, and maps a verdict to its row. It does not compile if a variant has no
/// row.
macro_rules! table {
    ($($variant:ident: $row:expr;)*) => {
        impl VerdictKind {
            /// Every row, in the order of the legend.
            pub const ALL: &[&VerdictKind] = &[$(&$row),*];
        }

        impl Verdict {
            /// The verdict's row in the table.
            pub fn kind(&self) -> &'static VerdictKind {
                match self {
                    $(Verdict::$variant { .. } => &$row,)*
                }
            }
        }
    };
}

table! {
    Pass: VerdictKind {
        word: "pass",
        sign: "✓",
        colour: Colour::Green,
        gravity: 10,
        behaviour: Behaviour::AsExpected,
        skipped: false,
        has_details: false,
        tint: "green",
        brief: "passes",
        sentence: "{} did exactly what the case expects.",
    };
    Fail: VerdictKind {
        word: "fail",
        sign: "✗",
        colour: Colour::Red,
        gravity: 80,
        behaviour: Behaviour::NotAsExpected,
        skipped: false,
        has_details: true,
        tint: "red",
        brief: "deviates, and nobody has recorded it",
        sentence: "{} did something else, and nobody has recorded it yet.",
    };
    Known: VerdictKind {
        word: "known",
        sign: "≠",
        colour: Colour::Amber,
        gravity: 40,
        behaviour: Behaviour::NotAsExpected,
        skipped: false,
        has_details: true,
        tint: "amber",
        brief: "deviates, as recorded",
        sentence: "{} did something else, exactly as recorded, with a reason and a link. A recorded race is known whether \
                   it shows or not.",
    };
    Flaky: VerdictKind {
        word: "flaky",
        sign: "≈",
        colour: Colour::Amber,
        gravity: 50,
        behaviour: Behaviour::Varies,
        skipped: false,
        has_details: true,
        tint: "purple",
        brief: "red at first, but not when run again",
        sentence: "{} was red at first, but not when the cell was run again.",
    };
    Stale: VerdictKind {
        word: "stale",
        sign: "↻",
        colour: Colour::Red,
        gravity: 60,
        behaviour: Behaviour::AsExpected,
        skipped: false,
        has_details: true,
        tint: "orange",
        brief: "recorded as deviating, but does not",
        sentence: "{} did as expected, although a deviation is recorded: the record is out of date.",
    };
    Observed: VerdictKind {
        word: "observed",
        sign: "○",
        colour: Colour::Grey,
        gravity: 0,
        behaviour: Behaviour::NotJudged,
        skipped: false,
        has_details: false,
        tint: "blue",
        brief: "only observed, because nobody promises either",
        sentence: "This is what {} does. The specification leaves it open, so nothing is judged.",
    };
    Unsupported: VerdictKind {
        word: "unsupported",
        sign: "–",
        colour: Colour::Grey,
        gravity: 30,
        behaviour: Behaviour::NotJudged,
        skipped: true,
        has_details: true,
        tint: "grey",
        brief: "not judged: the adapter cannot express it",
        sentence: "Not run: the way {} is driven cannot express what the case needs.",
    };
    Unavailable: VerdictKind {
        word: "unavailable",
        sign: "∅",
        colour: Colour::Grey,
        gravity: 20,
        behaviour: Behaviour::NotJudged,
        skipped: true,
        has_details: false,
        tint: "faint",
        brief: "not judged: the runtime was not installed",
        sentence: "Not run: {} was not installed.",
    };
    HarnessError: VerdictKind {
        word: "harness-error",
        sign: "!",
        colour: Colour::Red,
        gravity: 70,
        behaviour: Behaviour::Unknown,
        skipped: false,
        has_details: true,
        tint: "alarm",
        brief: "the harness failed",
        sentence: "The harness itself failed, so nothing is known about {} here.",
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;

    use super::*;

    #[test]
    fn each_word_is_the_one_in_records() {
        let schema = schema_for!(Verdict);
        let variants =
            schema.get("oneOf").and_then(|variants| variants.as_array()).expect("one shape for each verdict");
        let in_records: BTreeSet<_> =
            variants.iter().filter_map(|variant| variant.pointer("/properties/is/const")?.as_str()).collect();
        assert_eq!(in_records.len(), variants.len());
        assert_eq!(in_records, VerdictKind::ALL.iter().map(|kind| kind.word).collect());
    }

    #[test]
    fn rows_can_be_told_apart() {
        let all = VerdictKind::ALL;
        let signs: BTreeSet<_> = all.iter().map(|kind| kind.sign).collect();
        let gravities: BTreeSet<_> = all.iter().map(|kind| kind.gravity).collect();
        assert_eq!([signs.len(), gravities.len()], [all.len(); 2]);
    }

    #[test]
    fn a_meaning_is_about_one_runtime_or_any() {
        assert_eq!(Verdict::Pass.kind().sentence("wazero"), "wazero did exactly what the case expects.");
        assert_eq!(Verdict::Pass.kind().meaning(), "The runtime did exactly what the case expects.");
        assert!(VerdictKind::ALL.iter().all(|kind| kind.sentence.contains("{}")));
    }
}
