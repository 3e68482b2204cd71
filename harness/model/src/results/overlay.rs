//! Merges newer results into older ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Result, ensure};

use super::day::Days;
use super::{CaseFacts, ColumnFacts, Results};
use crate::case::Location;
use crate::record::Record;

impl Results {
    /// Merges newer results into these. If both have a cell, the newer record replaces the older one; all other cells
    /// stay.
    ///
    /// # Errors
    /// If the two have different platforms, or a case is not the same in both.
    pub fn lay_over(&mut self, newer: Results) -> Result<()> {
        ensure!(
            self.platform == newer.platform,
            "results of {} and of {} cannot be one",
            self.platform,
            newer.platform
        );
        ensure!(self.suite == newer.suite, "results of two suites cannot be one");
        let columns = columns_of_both(self, &newer);
        self.cases = cases_of_both(&self.cases, &newer.cases)?;
        let cells: BTreeSet<_> = newer.records.iter().map(|record| record.cell.as_str()).collect();
        self.records.retain(|record| !cells.contains(record.cell.as_str()));
        self.records.extend(newer.records);
        self.columns = columns;
        self.sort_records();
        let (explanations, called) = (std::mem::take(&mut self.explanations), std::mem::take(&mut self.called));
        self.add_earlier(newer.explanations, newer.called);
        self.add_earlier(explanations, called);
        self.go = versions_of_go(&self.records, self.go.iter().chain(&newer.go));
        self.finished = self.finished.clone().or_later(newer.finished);
        (self.schema, self.machine, self.commit) = (newer.schema, newer.machine, newer.commit);
        self.show_what_was_run();
        Ok(())
    }

    /// Puts the records in the order of their columns and cases.
    fn sort_records(&mut self) {
        let places: HashMap<_, _> =
            self.columns.iter().enumerate().map(|(place, facts)| (facts.column.as_str(), place)).collect();
        let place = |record: &Record| places.get(record.column.as_str()).copied();
        self.records.sort_by(|a, b| (place(a), &a.case).cmp(&(place(b), &b.case)));
    }
}

/// The columns of both, by runtime. For a column in both, the newer facts are used.
fn columns_of_both(older: &Results, newer: &Results) -> Vec<ColumnFacts> {
    let stands: BTreeSet<_> = newer.columns.iter().filter(|facts| facts.primary).map(|facts| &facts.runtime).collect();
    let mut columns = older.columns.clone();
    for facts in &mut columns {
        // Only one column may represent a runtime.
        facts.primary &= !stands.contains(&facts.runtime);
        facts.days = older.days_of(facts);
    }
    for facts in &newer.columns {
        let mut facts = facts.clone();
        facts.days = newer.days_of(&facts);
        match columns.iter().position(|column| column.column == facts.column) {
            Some(place) => {
                if !replaces_all(older, newer, &facts.column) {
                    let days = columns[place].days.iter().chain(&facts.days);
                    facts.days = Days::spanning(days.flat_map(|days| [days.first.clone(), days.last.clone()]));
                }
                columns[place] = facts;
            }
            None => {
                let after = columns.iter().rposition(|column| column.runtime <= facts.runtime);
                columns.insert(after.map_or(0, |place| place + 1), facts);
            }
        }
    }
    columns
}

/// Whether newer records replace all older records of a column.
fn replaces_all(older: &Results, newer: &Results, column: &str) -> bool {
    let of = |results: &'_ Results| -> BTreeSet<String> {
        results.records.iter().filter(|record| record.column == column).map(|record| record.case.clone()).collect()
    };
    of(older).is_subset(&of(newer))
}

fn cases_of_both(older: &[CaseFacts], newer: &[CaseFacts]) -> Result<Vec<CaseFacts>> {
    let location = Location { file: String::new(), line: 0 };
    let without_place = |facts: &CaseFacts| CaseFacts { location: location.clone(), ..facts.clone() };
    let mut cases: BTreeMap<&str, &CaseFacts> = older.iter().map(|facts| (facts.id.as_str(), facts)).collect();
    for facts in newer {
        if let Some(before) = cases.insert(&facts.id, facts) {
            ensure!(
                without_place(before) == without_place(facts),
                "the case {} is not the same in both; `report --changed-since` runs what has changed in all columns",
                facts.id
            );
        }
    }
    Ok(cases.into_values().cloned().collect())
}

/// The versions that built a guest of these records.
fn versions_of_go<'g>(records: &[Record], versions: impl Iterator<Item = &'g String>) -> Vec<String> {
    let used: BTreeSet<_> =
        records.iter().filter_map(|record| record.receipt.as_ref()).map(|paper| &paper.go).collect();
    let mut all: Vec<String> = Vec::new();
    for version in versions.filter(|version| used.contains(version)) {
        if !all.contains(version) {
            all.push(version.clone());
        }
    }
    all
}
