//! The table of answers: everything that pages, summaries and badges need to know about each answer's words.
//!
//! A cell that differs has a row for each severity: that is what a reader wants to tell apart.

use super::{Answer, Severity};

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct AnswerKind {
    /// The answer in words.
    pub word: &'static str,
    /// The same in few words, for tables.
    pub brief: &'static str,
    /// The words in one name, for style sheets and addresses.
    pub name: &'static str,
    /// One character, for tables that have no room for words.
    pub sign: &'static str,
    /// The worst of several answers has the highest number.
    pub gravity: u8,
    /// The meaning in a sentence about any runtime.
    pub meaning: &'static str,
}

impl AnswerKind {
    /// Every row, in the order of the legend.
    pub const ALL: &[&AnswerKind] = &[
        &WORKS,
        &DETAIL,
        &WRONG_RESULT,
        &BREAKS,
        &DOES_NOT_START,
        &GOT_OUT,
        &CANNOT_BE_EXPRESSED,
        &NOT_RUN,
        &LEFT_OPEN,
    ];

    /// Whether it says that something is not as the case expects.
    pub fn is_otherwise(&self) -> bool {
        self.gravity > WORKS.gravity
    }

    /// Its place in the legend.
    pub fn rank(&self) -> usize {
        AnswerKind::ALL.iter().position(|kind| kind.name == self.name).unwrap_or(AnswerKind::ALL.len())
    }
}

impl Answer {
    /// The answer's row in the table.
    pub fn kind(&self) -> &'static AnswerKind {
        match self {
            Answer::Works => &WORKS,
            Answer::Differs { how: Severity::Detail, .. } => &DETAIL,
            Answer::Differs { how: Severity::WrongResult, .. } => &WRONG_RESULT,
            Answer::Differs { how: Severity::Breaks, .. } => &BREAKS,
            Answer::Differs { how: Severity::DoesNotStart, .. } => &DOES_NOT_START,
            Answer::GotOut { .. } => &GOT_OUT,
            Answer::CannotBeExpressed => &CANNOT_BE_EXPRESSED,
            Answer::NotRun => &NOT_RUN,
            Answer::LeftOpen => &LEFT_OPEN,
        }
    }
}

const WORKS: AnswerKind = AnswerKind {
    word: "works",
    brief: "works",
    name: "works",
    sign: "✓",
    gravity: 3,
    meaning: "The runtime does what the case expects.",
};

const DETAIL: AnswerKind = AnswerKind {
    word: "differs in detail",
    brief: "differs in detail",
    name: "detail",
    sign: "≈",
    gravity: 4,
    meaning: "An operation fails as it should, but with another error; or only the words on stderr differ.",
};

const WRONG_RESULT: AnswerKind = AnswerKind {
    word: "differs: wrong result or lost data",
    brief: "wrong result",
    name: "wrong",
    sign: "≠",
    gravity: 5,
    meaning: "The program reads, leaves behind or ends with something else than it was promised.",
};

const BREAKS: AnswerKind = AnswerKind {
    word: "differs: crashes, traps or hangs",
    brief: "crashes or hangs",
    name: "breaks",
    sign: "✗",
    gravity: 6,
    meaning: "The program does not come to its end.",
};

const DOES_NOT_START: AnswerKind = AnswerKind {
    word: "differs: does not start",
    brief: "does not start",
    name: "no-start",
    sign: "⊘",
    gravity: 7,
    meaning: "An import is missing; or the program breaks before its first output in every case that runs it.",
};

const GOT_OUT: AnswerKind = AnswerKind {
    word: "got out",
    brief: "got out",
    name: "got-out",
    sign: "↗",
    gravity: 8,
    meaning: "The program read, found out or changed something outside of the folders that it was given.",
};

const CANNOT_BE_EXPRESSED: AnswerKind = AnswerKind {
    word: "cannot be expressed",
    brief: "cannot be expressed",
    name: "lacks",
    sign: "–",
    gravity: 1,
    meaning: "The command or the program that drives the runtime here cannot express what the case needs.",
};

const NOT_RUN: AnswerKind = AnswerKind {
    word: "not run",
    brief: "not run",
    name: "not-run",
    sign: "∅",
    gravity: 2,
    meaning: "The runtime is not installed, the case holds for another Go, or the harness failed.",
};

const LEFT_OPEN: AnswerKind = AnswerKind {
    word: "left open",
    brief: "left open",
    name: "open",
    sign: "○",
    gravity: 0,
    meaning: "Nobody promises either way. What was observed is shown and not judged.",
};
