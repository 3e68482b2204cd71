//! How often a cell's guest called each function of preview 1, by the errno that came back, counted in a traced run;
//! and whether tracing changed the outcome. One JSON file for each cell, beside the records.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::beside_record::BesideRecord;
use crate::record::Record;
use wasip1_trace::{Call, Trace, answer};

/// Stands in place of the errno of a call that did not return.
pub const NOTHING: &str = "nothing";

/// What a traced run came to, beside an untraced one of the same cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// The same.
    Same,
    /// Another outcome, as two untraced runs have, or may have where a race is recorded.
    Varies,
    /// Another outcome, because the guest tells of its own module's file: where it is, or how long.
    OwnFile,
    /// Another outcome in figures alone, and judged the same: what was measured, or when.
    Figures,
    /// Another outcome, as an untraced guest has that makes one host call more before all others.
    Moves,
    /// Another outcome, because of the trace.
    Other,
}

/// One cell's calls, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Called {
    /// How it was made.
    pub form: u32,
    /// The cell's name.
    pub cell: String,
    /// The key of the record whose outcome was traced.
    pub key: String,
    /// What the traced run came to.
    pub traced: Likeness,
    /// How many calls there were, by function and by the errno that came back.
    pub answers: BTreeMap<String, BTreeMap<String, u64>>,
    /// Whether not all calls are counted: there were more than are told of one by one, or what told of them came in pieces.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// Counts calls by function, and by the errno that came back.
pub fn answers<'c>(calls: impl IntoIterator<Item = &'c Call>) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut answers: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (function, answer) in calls.into_iter().filter_map(answer) {
        let answer = answer.unwrap_or_else(|| NOTHING.to_owned());
        *answers.entry(function.to_owned()).or_default().entry(answer).or_default() += 1;
    }
    answers
}

impl Called {
    /// Counts a traced run of a cell whose outcome rests on `key`.
    pub fn of(cell: String, key: String, traced: Likeness, trace: &Trace) -> Called {
        let answers = answers(&trace.calls);
        Called { form: Called::FORM, cell, key, traced, answers, cut: trace.untold.is_some() || trace.broken > 0 }
    }
}

impl BesideRecord for Called {
    const FOLDER: &str = "called";
    const FORM: u32 = 1;

    fn cell(&self) -> &str {
        &self.cell
    }

    fn belongs_to(&self, record: &Record) -> bool {
        (self.form, &self.cell, Some(&self.key)) == (Called::FORM, &record.cell, record.key.as_ref())
            && Called::is_wanted(record)
    }

    fn is_wanted(record: &Record) -> bool {
        record.key.is_some() && !record.is_withheld()
    }
}
