//! What changed from one results document to another: which cells broke, which were fixed, and which columns and cases
//! were added or removed. Only reading the documents does I/O.

mod document;
mod pairs;
pub mod show;

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use matrix_model::results::CaseFacts;
use matrix_model::results::day::Finished;
use matrix_model::verdict::{Behaviour, Colour, Verdict};

pub use matrix_model::change::Kind;

pub use document::{Brief, CondensedResults};
pub use pairs::{Between, Pair};

/// All that changed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Changes {
    /// The version of this format. The first number changes when readers must change.
    pub schema: &'static str,
    /// The older run.
    pub old: RunFacts,
    /// The newer run.
    pub new: RunFacts,
    /// The columns that were compared, in pairs.
    pub compared: Vec<Pair>,
    /// The columns that only the newer run has.
    pub columns_added: Vec<String>,
    /// The columns that only the older run has.
    pub columns_removed: Vec<String>,
    /// The cases that only the newer run has.
    pub cases_added: Vec<String>,
    /// The cases that only the older run has.
    pub cases_removed: Vec<String>,
    /// How many cells of the compared columns did not change.
    pub unchanged: usize,
    /// How many cells of the compared columns the older run judged.
    pub judged_before: usize,
    /// The cells that changed, ordered by kind, column and case.
    pub cells: Vec<Change>,
}

/// The facts of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunFacts {
    /// The document, as the user named it.
    pub file: String,
    /// When the run ended.
    pub finished: Finished,
    /// The Go versions that built the guests.
    pub go: Vec<String>,
    /// Operating system and architecture.
    pub platform: String,
}

/// A cell that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What changed.
    pub kind: Kind,
    /// The column of the newer run.
    pub column: String,
    /// The column of the older run.
    pub old_column: String,
    /// The case.
    pub case: String,
    /// The old verdict; none if the older run has no such cell.
    pub old: Option<Verdict>,
    /// The new verdict; none if the newer run has no such cell.
    pub new: Option<Verdict>,
    /// What was observed and not expected, in one line: in the newer run, or in the older one if the cell was fixed.
    pub observed: String,
    /// What was expected in place of that.
    pub expected: Option<String>,
    /// The recorded reason, if the cell is known.
    pub reason: Option<String>,
    /// Whether the case itself changed, in its inputs or in what it expects.
    pub case_changed: bool,
}

/// What is said about a cell whose case itself changed.
pub(crate) const CASE_CHANGED: &str = "the case itself has changed";

/// What a cell says about its runtime. One that is not there says nothing.
fn behaviour(verdict: Option<&Verdict>) -> Behaviour {
    verdict.map_or(Behaviour::NotJudged, |verdict| verdict.kind().behaviour)
}

/// What changed from one verdict to another, if anything did.
fn kind(old: Option<&Verdict>, new: Option<&Verdict>) -> Option<Kind> {
    // Recorded since, it is the same failure; no longer as recorded, it is another one of the same kind.
    let is_news = matches!((old, new), (Some(Verdict::Known { .. }), Some(Verdict::Fail { .. })));
    let is_another = old.and_then(Verdict::failure) != new.and_then(Verdict::failure);
    Kind::between(behaviour(old), behaviour(new), is_news || is_another)
}

impl Changes {
    /// Compares two documents, column by column.
    ///
    /// # Errors
    /// If a column is named that one of them does not have, or they have no column in common.
    pub fn between(old: &CondensedResults, new: &CondensedResults, columns: &Between) -> Result<Changes> {
        let compared = columns.pairs(old, new)?;
        let (mut unchanged, mut judged_before) = (0, 0);
        let mut cells = Vec::new();
        for pair in &compared {
            let cases: BTreeSet<_> = old.cases_of(&pair.old).chain(new.cases_of(&pair.new)).collect();
            for case in cases {
                // A case that only one of the documents has is listed once, not once for each column.
                let (Some(asked), Some(asks)) = (old.facts_of(case), new.facts_of(case)) else { continue };
                let case_changed = is_another(asked, asks);
                let (was, is) = (old.cell(&pair.old, case), new.cell(&pair.new, case));
                let before = behaviour(was.map(|brief| &brief.verdict));
                judged_before += usize::from(!matches!(before, Behaviour::NotJudged | Behaviour::Unknown));
                match change(pair, case, was, is).filter(|_| case_changed || !is_same(was, is)) {
                    Some(change) => cells.push(Change { case_changed, ..change }),
                    None => unchanged += 1,
                }
            }
        }
        cells.sort_by_key(|change| change.kind);
        let (is_new, is_old) = (columns.is_added(&compared, new), columns.is_removed(&compared, old));
        let absent = |of: &CondensedResults, from: &CondensedResults| {
            let ids = of.cases.keys().filter(|id| !from.cases.contains_key(*id));
            ids.cloned().collect()
        };
        Ok(Changes {
            schema: "1.3",
            old: old.run.clone(),
            new: new.run.clone(),
            columns_added: is_new,
            columns_removed: is_old,
            cases_added: absent(new, old),
            cases_removed: absent(old, new),
            compared,
            unchanged,
            judged_before,
            cells,
        })
    }

    /// The lists of columns and cases that only one of the runs has, each under what happened to them. Empty lists are
    /// left out.
    pub(crate) fn added_and_removed(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let lists = [
            ("columns added", &self.columns_added[..]),
            ("columns removed", &self.columns_removed),
            ("cases added", &self.cases_added),
            ("cases removed", &self.cases_removed),
        ];
        lists.into_iter().filter(|(_, names)| !names.is_empty())
    }

    /// The cells of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.cells.iter().filter(move |change| change.kind == kind)
    }

    /// Whether anything is newly broken.
    pub fn is_red(&self) -> bool {
        self.of(Kind::NewlyBroken).next().is_some()
    }
}

fn change(pair: &Pair, case: &str, old: Option<&Brief>, new: Option<&Brief>) -> Option<Change> {
    let verdict = |brief: Option<&Brief>| brief.map(|brief| brief.verdict.clone());
    let kind = kind(old.map(|brief| &brief.verdict), new.map(|brief| &brief.verdict))?;
    let is_better = new.is_some_and(|brief| brief.verdict.is_as_expected());
    let told = if is_better { old } else { new };
    Some(Change {
        kind,
        column: pair.new.clone(),
        old_column: pair.old.clone(),
        case: case.to_owned(),
        old: verdict(old),
        new: verdict(new),
        observed: told.map_or_else(String::new, |brief| brief.observed.clone()),
        expected: told.and_then(|brief| brief.expected.clone()),
        reason: told.filter(|brief| brief.verdict.colour() == Colour::Amber).and_then(|brief| brief.reason.clone()),
        case_changed: false,
    })
}

/// Whether a runtime did exactly the same in both runs. What is on record of it may have changed in between.
fn is_same(old: Option<&Brief>, new: Option<&Brief>) -> bool {
    let observed = |brief: Option<&Brief>| brief.and_then(|brief| brief.outcome.clone());
    let is_flaky = new.is_some_and(|brief| matches!(brief.verdict, Verdict::Flaky { .. }));
    observed(old).is_some() && observed(old) == observed(new) && !is_flaky
}

/// Whether a case changed in what it gives to the guest or expects of it.
fn is_another(old: &CaseFacts, new: &CaseFacts) -> bool {
    let asks = |case: &CaseFacts| (case.tier, case.guest.clone(), case.inputs.clone(), case.expected.clone());
    asks(old) != asks(new)
}
