//! The table of verdicts: everything that tests, comparisons and files need to know about each verdict's word.
//!
//! A new verdict needs a variant of [`Verdict`], a row here, and a line in the documentation. No other code compares
//! words: readers ask for a verdict's colour, or what it says about the runtime.

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
    /// The verdict's word in records and in files.
    pub word: &'static str,
    /// How it is counted.
    pub colour: Colour,
    /// What it says about the runtime.
    pub behaviour: Behaviour,
    /// Whether the cell was left out for a reason known beforehand.
    pub skipped: bool,
    /// The meaning in a sentence, where `{}` stands for the runtime.
    sentence: &'static str,
}

impl VerdictKind {
    /// The meaning in a sentence about the runtime with this name.
    pub fn sentence(&self, runtime: &str) -> String {
        self.sentence.replace("{}", runtime)
    }
}

/// Declares the rows, and maps a verdict to its row. It does not compile if a variant has no
/// row.
macro_rules! table {
    ($($variant:ident: $row:expr;)*) => {
        impl VerdictKind {
            /// Every row.
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
        colour: Colour::Green,
        behaviour: Behaviour::AsExpected,
        skipped: false,
        sentence: "{} did exactly what the case expects.",
    };
    Fail: VerdictKind {
        word: "fail",
        colour: Colour::Red,
        behaviour: Behaviour::NotAsExpected,
        skipped: false,
        sentence: "{} did something else, and nobody has recorded it yet.",
    };
    Known: VerdictKind {
        word: "known",
        colour: Colour::Amber,
        behaviour: Behaviour::NotAsExpected,
        skipped: false,
        sentence: "{} did something else, exactly as recorded, with a reason and a link. A recorded race is known whether \
                   it shows or not.",
    };
    Flaky: VerdictKind {
        word: "flaky",
        colour: Colour::Amber,
        behaviour: Behaviour::Varies,
        skipped: false,
        sentence: "{} was red at first, but not when the cell was run again.",
    };
    Stale: VerdictKind {
        word: "stale",
        colour: Colour::Red,
        behaviour: Behaviour::AsExpected,
        skipped: false,
        sentence: "{} did as expected, although a deviation is recorded: the record is out of date.",
    };
    Observed: VerdictKind {
        word: "observed",
        colour: Colour::Grey,
        behaviour: Behaviour::NotJudged,
        skipped: false,
        sentence: "This is what {} does. The specification leaves it open, so nothing is judged.",
    };
    Unsupported: VerdictKind {
        word: "unsupported",
        colour: Colour::Grey,
        behaviour: Behaviour::NotJudged,
        skipped: true,
        sentence: "Not run: the way {} is driven cannot express what the case needs.",
    };
    Unavailable: VerdictKind {
        word: "unavailable",
        colour: Colour::Grey,
        behaviour: Behaviour::NotJudged,
        skipped: true,
        sentence: "Not run: {} was not installed.",
    };
    HarnessError: VerdictKind {
        word: "harness-error",
        colour: Colour::Red,
        behaviour: Behaviour::Unknown,
        skipped: false,
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
    fn a_sentence_is_about_one_runtime() {
        assert_eq!(Verdict::Pass.kind().sentence("wazero"), "wazero did exactly what the case expects.");
        assert!(VerdictKind::ALL.iter().all(|kind| kind.sentence.contains("{}")));
    }
}
