//! Explanations that are kept: one JSON file for each cell that does not behave as expected, beside the records. It is
//! made by running the cell and a reference with tracing. A file names the outcome it explains, and is shown for no
//! other.

pub mod answers;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::beside_record::BesideRecord;
use crate::record::Record;
use crate::verdict::{Behaviour, Failure, Verdict};
use answers::Answers;

/// What made a cell's outcome other than it was in another column, or why no host call did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Explained {
    /// How it was made.
    pub form: u32,
    /// The cell's name.
    pub cell: String,
    /// The column's name.
    pub column: String,
    /// The case's id.
    pub case: String,
    /// The key of the record that it explains.
    pub key: String,
    /// In what way that record's outcome is not as expected.
    pub failure: Failure,
    /// It in words: the first host call that matters, or the reason why none is to blame or the harness cannot tell.
    pub sentence: String,
    /// Which of the patterns it is; none where nothing could be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// What it has in common with other cells that are so for the same reason, in words: of one runtime, equal words are
    /// one cause. None where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The function that it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What that function was answered with, if the errnos differ. Explanations of earlier versions have it only in the
    /// words of their cause: ask [`Explained::answers`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
    /// The call that matters; none where no call is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// What it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Beside>,
    /// The two traces around that call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpt: Vec<Lines>,
}

/// The column that a cell was compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Beside {
    /// Its name.
    pub column: String,
    /// The verdict on the case there, run with a trace.
    pub verdict: Verdict,
}

/// A call on both sides, or on one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lines {
    /// The same, answered the same.
    Both(String),
    /// In the cell's own trace, and not in the reference's.
    Own(String),
    /// The other way round.
    Reference(String),
    /// In both, and not the same.
    Differ {
        /// The cell's own.
        own: String,
        /// The reference's.
        reference: String,
    },
}

impl Lines {
    /// The two sides of a pair of calls; `None` if neither has the call.
    pub fn of(own: Option<String>, reference: Option<String>) -> Option<Lines> {
        match (own, reference) {
            (Some(own), Some(reference)) if own == reference => Some(Lines::Both(own)),
            (Some(own), Some(reference)) => Some(Lines::Differ { own, reference }),
            (Some(own), None) => Some(Lines::Own(own)),
            (None, Some(reference)) => Some(Lines::Reference(reference)),
            (None, None) => None,
        }
    }

    /// The call on each side, and the sign between the two: `=`, `≠`, `<` or `>`.
    pub fn sides(&self) -> (&str, char, &str) {
        match self {
            Lines::Both(line) => (line, '=', line),
            Lines::Own(own) => (own, '<', ""),
            Lines::Reference(reference) => ("", '>', reference),
            Lines::Differ { own, reference } => (own, '≠', reference),
        }
    }
}

/// The patterns that are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// The runtime does not provide an import, and starts nothing.
    MissingImport,
    /// The runtime did not compile the guest, and starts nothing.
    NotCompiled,
    /// A preopen has another name.
    PreopenName,
    /// The same call came back with another errno.
    Errno,
    /// The same call gave back something else.
    Result,
    /// A call did not come back before the deadline.
    Hang,
    /// The guest went on without a call until the deadline.
    Runs,
    /// The runtime stopped within a call.
    TrapInCall,
    /// The runtime stopped after a call that came back.
    TrapAfterCall,
    /// The guest gave an exit code, and another was seen.
    ExitCode,
    /// What came out is not what the guest wrote.
    Output,
    /// The guest asked for something else although it had been answered the same.
    OtherCalls,
    /// No call differs.
    NoCall,
}

impl BesideRecord for Explained {
    const FOLDER: &str = "explained";
    const FORM: u32 = 1;

    fn cell(&self) -> &str {
        &self.cell
    }

    fn belongs_to(&self, record: &Record) -> bool {
        (self.form, &self.cell) == (Explained::FORM, &record.cell)
            && !self.is_of_own_name()
            // What differs from a column that did not pass either may not be to blame.
            && self.reference.as_ref().is_none_or(|beside| beside.verdict == Verdict::Pass)
            && explainable(record).is_some_and(|(key, failure)| key == self.key && failure == self.failure)
    }

    fn is_wanted(record: &Record) -> bool {
        explainable(record).is_some()
    }
}

/// The function that answers with the arguments.
pub const ARGUMENTS: &str = "args_get";

/// The answer of [`ARGUMENTS`] without the first argument. It is the program's own name, which the harness chooses.
fn without_own_name(answer: &str) -> &str {
    match answer.split_once("[\"") {
        Some((_, arguments)) => arguments.split_once("\", ").map_or("", |(_, rest)| rest),
        None => answer,
    }
}

impl Explained {
    /// What the function was answered with, if the errnos differ.
    pub fn answers(&self) -> Option<Answers> {
        let told = || Answers::of_cause(self.cause.as_deref()?, self.function.as_deref()?);
        self.answers.clone().or_else(told)
    }

    /// Whether it blames a call that differs only in the program's own name.
    fn is_of_own_name(&self) -> bool {
        let differs = |lines: &Lines| match lines {
            Lines::Differ { own, reference } if Some(own) == self.call.as_ref() => {
                without_own_name(own) != without_own_name(reference)
            }
            _ => false,
        };
        self.function.as_deref() == Some(ARGUMENTS)
            && self.pattern == Some(Pattern::Result)
            && !self.excerpt.iter().any(differs)
    }
}

/// The key of a record that can be explained, and its failure. Such a record is judged, is not withheld, and was run.
pub fn explainable(record: &Record) -> Option<(&str, Failure)> {
    let failure = record.verdict.failure().filter(|_| record.verdict.kind().behaviour == Behaviour::NotAsExpected)?;
    let key = record.key.as_deref().filter(|_| !record.is_withheld())?;
    Some((key, failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_of_the_program_explains_nothing() {
        let call = |arguments: &str| format!("args_get() = 0, [{arguments}]");
        let explained = |own: &str, reference: &str| Explained {
            form: Explained::FORM,
            cell: String::new(),
            column: String::new(),
            case: String::new(),
            key: String::new(),
            failure: Failure::Trap,
            sentence: String::new(),
            pattern: Some(Pattern::Result),
            cause: None,
            function: Some(ARGUMENTS.to_owned()),
            answers: None,
            call: Some(call(own)),
            reference: None,
            excerpt: vec![Lines::Differ { own: call(own), reference: call(reference) }],
        };
        assert!(explained("\"$STATE/exit.wasm\", \"code\"", "\"exit.wasm\", \"code\"").is_of_own_name());
        assert!(explained("\"$STATE/exit.wasm\"", "\"exit.wasm\"").is_of_own_name());
        assert!(!explained("\"a\", \"code\"", "\"a\", \"cod\"").is_of_own_name());
        assert!(!explained("\"a\", \"code\"", "\"a\"").is_of_own_name());
    }
}
