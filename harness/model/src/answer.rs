//! The answer to a reader's question: does it work there?
//!
//! A [`Verdict`] says whether a cell is news, and so depends on what is recorded. An [`Answer`] says what the runtime
//! does, whether or not that is recorded. It is derived from records and the facts of their cases, by the rules in
//! [`severity`], [`leaving`] and [`starting`]: never from a reason that somebody wrote.

pub mod leaving;
mod severity;
mod starting;
mod table;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::Tier;
use crate::record::Record;
use crate::results::{CaseFacts, Results};
use crate::verdict::{Failure, Need, Verdict};

use starting::Starting;
pub use table::AnswerKind;

/// What a runtime does in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Answer {
    /// What the case expects.
    Works,
    /// Something else.
    Differs {
        /// How badly.
        how: Severity,
        /// Whether it also does what the case expects, now and then.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sometimes: bool,
    },
    /// The guest read, found out or changed something outside of the folders that it was given.
    GotOut {
        /// The most that was shown; none if what was shown is withheld.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reach: Option<Reach>,
        /// Whether it is also kept in, now and then.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sometimes: bool,
    },
    /// The adapter cannot express what the case needs.
    CannotBeExpressed,
    /// Nothing was run or judged: the runtime is not installed, the case holds for another Go, or the
    /// harness failed.
    NotRun,
    /// Nobody promises either way, so the case only observes.
    LeftOpen,
}

/// How badly a cell differs, from the least to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// An operation fails as it should, but with another error; or only the words on stderr differ.
    Detail,
    /// The program gets, leaves or ends with something else than it was promised.
    WrongResult,
    /// The program does not come to its end: it crashes, traps or hangs.
    Breaks,
    /// The program does not come to its first output in any case.
    DoesNotStart,
}

/// What a guest that got out did there, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It found out what there is.
    FoundOut,
    /// It read something.
    Read,
    /// It changed something.
    Changed,
}

/// The answer of a cell in a results document, where it stands beside the records that it is derived from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CellAnswer {
    /// The cell's name.
    pub cell: String,
    /// How binding the case is.
    pub tier: Tier,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

impl Answer {
    /// The answer in words, with what a guest that got out did there.
    pub fn words(&self) -> &'static str {
        match self {
            Answer::GotOut { reach: Some(Reach::FoundOut), .. } => "got out: found out what is outside",
            Answer::GotOut { reach: Some(Reach::Read), .. } => "got out: read what is outside",
            Answer::GotOut { reach: Some(Reach::Changed), .. } => "got out: changed what is outside",
            answer => answer.kind().word,
        }
    }

    /// Whether the runtime was run there and judged.
    pub fn is_judged(&self) -> bool {
        matches!(self, Answer::Works | Answer::Differs { .. } | Answer::GotOut { .. })
    }

    /// Whether it is something else than the case expects, at least now and then.
    pub fn is_otherwise(&self) -> bool {
        matches!(self, Answer::Differs { .. } | Answer::GotOut { .. })
    }

    /// The same answer without saying whether it comes only now and then.
    pub fn always(self) -> Answer {
        match self {
            Answer::Differs { how, .. } => Answer::Differs { how, sometimes: false },
            Answer::GotOut { reach, .. } => Answer::GotOut { reach, sometimes: false },
            answer => answer,
        }
    }

    /// Whether it also comes out as expected, now and then.
    pub fn is_sometimes(&self) -> bool {
        matches!(self, Answer::Differs { sometimes: true, .. } | Answer::GotOut { sometimes: true, .. })
    }
}

/// The answers of all records, in the order of the records. A record of a case that the results do not describe is
/// taken as not run.
pub fn answers(results: &Results) -> Vec<Answer> {
    let cases: HashMap<_, _> = results.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let case_of = |record: &Record| cases.get(record.case.as_str()).copied();
    let starting = Starting::of(results.records.iter().filter_map(|record| Some((record, case_of(record)?))));
    let answer = |record: &Record| case_of(record).map_or(Answer::NotRun, |case| answer(record, case, &starting));
    results.records.iter().map(answer).collect()
}

/// The answers of all records, each with its cell and how binding the case is in its column.
pub fn told(results: &Results) -> Vec<CellAnswer> {
    let cases: HashMap<_, _> = results.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let columns: HashMap<_, _> = results.columns.iter().map(|column| (column.column.as_str(), column)).collect();
    let tier = |record: &Record| {
        let (case, column) = (cases.get(record.case.as_str())?, columns.get(record.column.as_str())?);
        Some(case.tier_in(column))
    };
    let told = |(record, answer): (&Record, Answer)| CellAnswer {
        cell: record.cell.clone(),
        tier: tier(record).unwrap_or_default(),
        answer,
    };
    results.records.iter().zip(answers(results)).map(told).collect()
}

fn answer(record: &Record, case: &CaseFacts, starting: &Starting) -> Answer {
    let is_race = record.divergence.as_ref().is_some_and(|known| known.sometimes);
    match &record.verdict {
        Verdict::Pass | Verdict::Stale => Answer::Works,
        Verdict::Observed => Answer::LeftOpen,
        Verdict::Unsupported { needs: Need::Capability(_) } => Answer::CannotBeExpressed,
        Verdict::Unsupported { needs: Need::Go(_) | Need::NativelyIn(_) }
        | Verdict::Unavailable { .. }
        | Verdict::HarnessError { .. } => Answer::NotRun,
        Verdict::Fail { failure } => otherwise(record, case, starting, *failure, false),
        Verdict::Known { failure } => otherwise(record, case, starting, *failure, is_race),
        // The first attempt was red although it was as expected: a record is out of date.
        Verdict::Flaky { failure: None, .. } => Answer::Differs { how: Severity::WrongResult, sometimes: true },
        Verdict::Flaky { failure: Some(failure), .. } => otherwise(record, case, starting, *failure, true),
    }
}

fn otherwise(record: &Record, case: &CaseFacts, starting: &Starting, failure: Failure, sometimes: bool) -> Answer {
    if leaving::is_withheld(record, case) {
        return Answer::GotOut { reach: None, sometimes };
    }
    if let Some(reach) = leaving::reach(record, case) {
        return Answer::GotOut { reach: Some(reach), sometimes };
    }
    let how = match severity::of(record, case, failure) {
        Severity::Breaks if starting.fails(record, case) => Severity::DoesNotStart,
        how => how,
    };
    Answer::Differs { how, sometimes }
}

#[cfg(test)]
mod tests;
