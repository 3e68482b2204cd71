//! Explanations that are kept: one JSON file a cell that does not do as expected, beside the records, made by running it
//! traced and a reference beside it. A file tells which outcome it explains, and is shown for no other.

mod make;

use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::explain::{Explanation, Pattern, cut};
use crate::kept;
use crate::matrix::{Cell, Column, Place};
use crate::place::Places;
use crate::record::Record;
use crate::verdict::{Failure, Verdict};

pub use make::{Made, Maker};

/// How explanations are made; it changes when another would be made of the same two traces.
pub const FORM: u32 = 1;

/// How many characters of a call's line are kept.
const LINE: usize = 200;

/// How many characters of a sentence are kept; only a call in it can be long.
const SENTENCE: usize = 900;

/// How many pairs of calls are kept.
const PAIRS: usize = 10;

/// The runtimes that a cell is compared with where no record says which one passes.
const REFERENCES: [&str; 2] = ["wazero", "node"];

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
    /// What came of the case there, traced.
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

impl Explained {
    /// What is told of a record's outcome where there is nothing to compare it with, or nothing came of that.
    fn untold(record: &Record, key: &str, failure: Failure, sentence: String) -> Explained {
        Explained {
            form: FORM,
            cell: record.cell.clone(),
            column: record.column.clone(),
            case: record.case.clone(),
            key: key.to_owned(),
            failure,
            sentence: cut(&sentence, SENTENCE),
            pattern: None,
            cause: None,
            function: None,
            call: None,
            reference: None,
            excerpt: Vec::new(),
        }
    }

    /// Keeps as much of an explanation as there is room for. `own` and `other` make each side's text portable.
    fn of(
        untold: Explained,
        explanation: Explanation,
        reference: Beside,
        own: impl Fn(&str) -> String,
        other: impl Fn(&str) -> String,
    ) -> Explained {
        let pairs = explanation.excerpt.into_iter().take(PAIRS).filter_map(|pair| {
            let own = pair.0.map(|line| cut(&own(&line), LINE));
            let reference = pair.1.map(|line| cut(&other(&line), LINE));
            match (own, reference) {
                (Some(own), Some(reference)) if own == reference => Some(Lines::Both(own)),
                (Some(own), Some(reference)) => Some(Lines::Differ { own, reference }),
                (Some(own), None) => Some(Lines::Own(own)),
                (None, Some(reference)) => Some(Lines::Reference(reference)),
                (None, None) => None,
            }
        });
        Explained {
            sentence: cut(&other(&own(&explanation.sentence)), SENTENCE),
            pattern: Some(explanation.pattern),
            cause: explanation.cause,
            function: explanation.function,
            call: explanation.call.map(|call| cut(&other(&own(&call)), LINE)),
            excerpt: pairs.collect(),
            reference: Some(reference),
            ..untold
        }
    }

    /// Whether it explains what this record tells of.
    pub fn explains(&self, record: &Record) -> bool {
        (self.form, &self.cell) == (FORM, &record.cell)
            && explainable(record).is_some_and(|(key, failure)| key == self.key && failure == self.failure)
    }

    /// Where the explanations of a checkout are kept.
    pub fn folder(places: &Places) -> PathBuf {
        places.state.join("explained")
    }

    /// Writes it under that folder, whole or not at all.
    ///
    /// # Errors
    /// With the path in the message.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        kept::write(folder, &self.cell, self)
    }

    /// Reads the one that explains a record, if it is there.
    ///
    /// # Errors
    /// As [`kept::read`].
    pub fn read(folder: &Path, record: &Record) -> io::Result<Option<Explained>> {
        let explained: Option<Explained> = kept::read(folder, &record.cell, FORM)?;
        Ok(explained.filter(|explained| explained.explains(record)))
    }
}

/// The key of a record of which there is something to explain, and how it is not as expected: it is judged, is not
/// withheld, and was run.
pub fn explainable(record: &Record) -> Option<(&str, Failure)> {
    let (Verdict::Fail { failure } | Verdict::Known { failure }) = record.verdict else { return None };
    let key = record.key.as_deref().filter(|_| !record.is_withheld())?;
    Some((key, failure))
}

/// The explanations that are kept of these records, in their order.
///
/// # Errors
/// If one cannot be read.
pub fn all(records: &[Record], folder: &Path) -> io::Result<Vec<Explained>> {
    let mut all = Vec::new();
    for record in records.iter().filter(|record| explainable(record).is_some()) {
        all.extend(Explained::read(folder, record)?);
    }
    Ok(all)
}

/// The column that a cell is best compared with: the default one of a runtime that can run the case, with the same Go,
/// and of which the newest record of it passes. None where no other column can run it.
pub fn reference(columns: &[Column], cell: &Cell, records: &Path) -> Option<usize> {
    let may = |index: &usize| {
        let column = &columns[*index];
        let is_here = matches!(column.place, Place::At(..) | Place::ToInstall(_));
        let is_alike = column.go == columns[cell.column].go && !column.runtime.is_reference();
        column.primary && is_here && is_alike && *index != cell.column
    };
    let able = |index: &usize| cell.case.needs().is_disjoint(&columns[*index].mode.lacks);
    let passes = |index: &usize| {
        let record = Record::read(records, &crate::matrix::name(&columns[*index], cell.case));
        record.is_ok_and(|record| record.verdict == Verdict::Pass)
    };
    let candidates: Vec<_> = (0..columns.len()).filter(|index| may(index) && able(index)).collect();
    let usual =
        REFERENCES.iter().flat_map(|id| candidates.iter().filter(move |index| columns[**index].runtime.id == *id));
    let in_order: Vec<_> = usual.chain(&candidates).copied().collect();
    in_order.iter().find(|index| passes(index)).or(in_order.first()).copied()
}
