//! A report held against earlier results: only what is worse than there is red.

use super::by_column::parts;
use super::changes::{Between, State, TestChange, TestChanges, Tests};
use super::verdict::{Row, TestVerdict};
use super::{PackageTests, TestReport};
use crate::change::Kind;

impl TestReport {
    /// Holds it against a baseline, and changes its verdicts. What the baseline has no better is not red any more; what it
    /// does better is red, also where a test skips itself.
    ///
    /// # Errors
    /// As [`TestChanges::between`].
    pub fn hold(&mut self, baseline: Tests, columns: &Between) -> Result<(), String> {
        let (names, own) = parts(self);
        let changes = TestChanges::between(baseline, Tests { names: &names, parts: &own }, columns)?;
        for package in &mut self.packages {
            let excuse = Excuse { changes: &changes, baseline, package: package.package.clone() };
            for row in &mut package.rows {
                for (column, verdict) in row.columns.iter_mut().filter(|(_, verdict)| verdict.is_red()) {
                    if let Some(excused) = excuse.of(row.test.as_deref(), column, verdict) {
                        *verdict = excused;
                    }
                }
            }
            let lost = changes.tests.iter().filter(|change| change.package == excuse.package && is_lost(change));
            lost.for_each(|change| add_lost(package, change));
        }
        self.baseline = Some(changes);
        Ok(())
    }
}

/// What excuses the failures of a package.
struct Excuse<'e> {
    changes: &'e TestChanges,
    baseline: Tests<'e>,
    package: String,
}

impl Excuse<'_> {
    /// The verdict in place of a red one; none if it stays red.
    fn of(&self, test: Option<&str>, column: &str, verdict: &TestVerdict) -> Option<TestVerdict> {
        let not_held = |why: &str| Some(TestVerdict::NotHeld { why: why.to_owned() });
        if *verdict == TestVerdict::Harness {
            return None;
        }
        let Some(pair) = self.changes.compared.iter().find(|pair| pair.new == column) else {
            return not_held("it has neither this column nor an earlier version of it");
        };
        let before = self.baseline.parts.iter().find(|part| part.column.name == pair.old);
        if before.is_none_or(|part| !part.packages.contains_key(&self.package)) {
            return not_held("it does not have this package in that column");
        }
        match self.changes.of_test(&self.package, test, column) {
            Some(change) if change.is_worse() && *verdict == TestVerdict::FailsNatively => {
                not_held("it fails natively, too, so no runtime is to blame")
            }
            Some(change) if change.is_worse() => None,
            Some(change) if change.kind == Kind::NewlyJudged => not_held("it is skipped or not run there"),
            _ => Some(TestVerdict::NoWorse),
        }
    }
}

/// Whether a test passed and does not even fail.
fn is_lost(change: &TestChange) -> bool {
    change.is_worse() && matches!(change.new, State::Skipped | State::NotRun)
}

/// Adds the verdict on a lost test to its row, or a row for it.
fn add_lost(package: &mut PackageTests, change: &TestChange) {
    let place = match package.rows.binary_search_by(|row| row.test.cmp(&change.test)) {
        Ok(place) => place,
        Err(place) => {
            package.rows.insert(place, Row { test: change.test.clone(), columns: Default::default() });
            place
        }
    };
    let verdict = package.rows[place].columns.entry(change.column.clone()).or_insert(TestVerdict::Lost);
    if !verdict.is_red() {
        *verdict = TestVerdict::Lost;
    }
}

#[cfg(test)]
mod tests;
