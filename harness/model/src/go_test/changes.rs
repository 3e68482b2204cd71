//! What changed from older results of Go tests to newer ones, test by test. Both are in parts, as [`by_column`] makes them,
//! so that what is new in a run counts as it will when it is kept.
//!
//! [`by_column`]: super::by_column

mod pairs;
mod state;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::by_column::{ColumnTests, Exceptions, TestNames};
use super::events::top;
use crate::change::Kind;
use crate::verdict::Behaviour;

pub use pairs::{Because, Between, ColumnPair};
pub use state::State;

/// The tests of all packages, and what they did in each column.
#[derive(Clone, Copy)]
pub struct Tests<'t> {
    /// The names of all tests.
    pub names: &'t TestNames,
    /// What they did, the native column's part too.
    pub parts: &'t [ColumnTests],
}

/// All that changed. The native columns are left out: they tell of no runtime.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestChanges {
    /// The columns that were compared, in pairs.
    pub compared: Vec<ColumnPair>,
    /// The columns that are compared with none of the older ones.
    pub columns_added: Vec<String>,
    /// The older columns with which none is compared.
    pub columns_removed: Vec<String>,
    /// The packages that only the newer results have.
    pub packages_added: Vec<String>,
    /// The packages that only the older results have.
    pub packages_removed: Vec<String>,
    /// How many tests of the compared columns did not change.
    pub unchanged: usize,
    /// How many tests of the compared columns the older results judge.
    pub judged_before: usize,
    /// The tests that changed, ordered by kind, column, package and test.
    pub tests: Vec<TestChange>,
}

/// A test that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestChange {
    /// What changed.
    pub kind: Kind,
    /// The newer column.
    pub column: String,
    /// The older column.
    pub old_column: String,
    /// The package.
    pub package: String,
    /// The test; none if it is about the package as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// What it did.
    pub old: State,
    /// What it does.
    pub new: State,
    /// What it says where it fails or is skipped: in the newer results, or in the older ones if it is fixed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
}

impl TestChange {
    /// Whether it is worse than before: it passed, and fails, skips itself or is not run any more; or it failed, and now ends
    /// the process or hangs.
    pub fn is_worse(&self) -> bool {
        match self.kind {
            Kind::NewlyBroken => true,
            Kind::NoLongerJudged => self.old == State::Passed,
            Kind::BrokenOtherwise => (self.old, self.new) == (State::Failed, State::Unfinished),
            Kind::NewlyFlaky | Kind::NewlyJudged | Kind::Fixed => false,
        }
    }
}

impl TestChanges {
    /// Compares results, column by column.
    ///
    /// # Errors
    /// If a column is named that one of them does not have, or they have no column or no package in common.
    pub fn between(old: Tests, new: Tests, columns: &Between) -> Result<TestChanges, String> {
        let compared = columns.pairs(old.parts, new.parts)?;
        let mut changes = TestChanges {
            columns_added: columns.left(new.parts, |column| compared.iter().any(|pair| pair.new == column)),
            columns_removed: columns.left(old.parts, |column| compared.iter().any(|pair| pair.old == column)),
            packages_added: only_in(new.names, old.names),
            packages_removed: only_in(old.names, new.names),
            ..TestChanges::default()
        };
        for pair in &compared {
            let (Some(was), Some(is)) = (part(old, &pair.old), part(new, &pair.new)) else { continue };
            for (package, now) in &is.packages {
                let Some(before) = was.packages.get(package) else { continue };
                let sides = Sides {
                    old: Side { names: old.names.packages.get(package), exceptions: before },
                    new: Side { names: new.names.packages.get(package), exceptions: now },
                    asks_alike: selection(&was.flags) == selection(&is.flags),
                };
                changes.package(pair, package, &sides);
            }
        }
        if changes.judged_before == 0 {
            return Err("no test is judged there that is run here, so nothing can be compared".to_owned());
        }
        changes.compared = compared;
        changes.tests.sort_by(|a, b| {
            let key = |change: &TestChange| (change.kind, change.column.clone(), change.package.clone());
            key(a).cmp(&key(b)).then_with(|| a.test.cmp(&b.test))
        });
        Ok(changes)
    }

    /// The tests of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &TestChange> {
        self.tests.iter().filter(move |change| change.kind == kind)
    }

    /// Whether anything is newly broken.
    pub fn is_red(&self) -> bool {
        self.of(Kind::NewlyBroken).next().is_some()
    }

    /// What changed of a test.
    pub fn of_test(&self, package: &str, test: Option<&str>, column: &str) -> Option<&TestChange> {
        let is_it = |change: &&TestChange| {
            change.column == column && change.package == package && change.test.as_deref() == test
        };
        self.tests.iter().find(is_it)
    }

    fn package(&mut self, pair: &ColumnPair, package: &str, sides: &Sides) {
        let change = |kind: Kind, test: Option<&str>, old: State, new: State| TestChange {
            kind,
            column: pair.new.clone(),
            old_column: pair.old.clone(),
            package: package.to_owned(),
            test: test.map(str::to_owned),
            old,
            new,
            said: sides.said(kind, test),
        };
        let whole = (state::of_whole(sides.old.exceptions), state::of_whole(sides.new.exceptions));
        self.add(whole.0, whole.1, |kind| change(kind, None, whole.0, whole.1));
        let [was_run, is_run] = [whole.0, whole.1].map(|state| state.behaviour() == Behaviour::AsExpected);
        for test in sides.tests() {
            let (old, new) = (sides.old.state(test), sides.new.state(test));
            // A subtest says all of its test.
            let is_told = |kind| match kind {
                Kind::NewlyBroken => !sides.new.fails_by_a_subtest(test),
                Kind::Fixed => !sides.old.fails_by_a_subtest(test),
                Kind::NoLongerJudged => is_run && sides.is_asked(test),
                Kind::NewlyJudged => was_run || new != State::Passed,
                Kind::NewlyFlaky | Kind::BrokenOtherwise => true,
            };
            match Kind::between(old.behaviour(), new.behaviour(), old != new) {
                Some(kind) if !is_told(kind) => self.judged_before += usize::from(old.is_judged()),
                _ => self.add(old, new, |kind| change(kind, Some(test), old, new)),
            }
        }
    }

    /// Counts a test, and adds what changed.
    fn add(&mut self, old: State, new: State, change: impl FnOnce(Kind) -> TestChange) {
        self.judged_before += usize::from(old.is_judged());
        match Kind::between(old.behaviour(), new.behaviour(), old != new) {
            Some(kind) => self.tests.push(change(kind)),
            None => self.unchanged += 1,
        }
    }
}

/// A package in a column of one of the results.
struct Side<'s> {
    names: Option<&'s BTreeSet<String>>,
    exceptions: &'s Exceptions,
}

impl Side<'_> {
    fn state(&self, test: &str) -> State {
        state::of(self.names, self.exceptions, test)
    }

    /// Whether a test fails, and a subtest of it too.
    fn fails_by_a_subtest(&self, test: &str) -> bool {
        state::fails_by_a_subtest(self.exceptions, test)
    }

    fn said(&self, test: Option<&str>) -> &str {
        let Some(test) = test else {
            return self.exceptions.failure.as_ref().map(|failure| failure.words()).unwrap_or_default();
        };
        let failed = self.exceptions.failed.get(test).map(|run| run.output.as_str());
        failed.or_else(|| self.exceptions.skipped.get(test).map(String::as_str)).unwrap_or_default()
    }
}

/// A package in two columns that are compared.
struct Sides<'s> {
    old: Side<'s>,
    new: Side<'s>,
    /// Whether both results are of all tests, or of those that one pattern selects.
    asks_alike: bool,
}

impl<'s> Sides<'s> {
    /// The tests to compare: those with names of their own, and all subtests that either side names.
    fn tests(&self) -> BTreeSet<&'s str> {
        let sides = [&self.old, &self.new];
        let named = sides.into_iter().flat_map(|side| side.names.into_iter().flatten());
        let failed = sides.into_iter().flat_map(|side| side.exceptions.failed.keys());
        let skipped = sides.into_iter().flat_map(|side| side.exceptions.skipped.keys());
        named.chain(failed).chain(skipped).map(String::as_str).collect()
    }

    /// Whether the newer results were to have a test. Without this, a run of some tests would lose all others.
    fn is_asked(&self, test: &str) -> bool {
        let is_named = self.new.names.is_some_and(|names| names.contains(top(test)));
        is_named || (self.asks_alike && self.new.exceptions.failure.is_some())
    }

    fn said(&self, kind: Kind, test: Option<&str>) -> String {
        let side = if kind == Kind::Fixed { &self.old } else { &self.new };
        side.said(test).to_owned()
    }
}

fn part<'t>(tests: Tests<'t>, column: &str) -> Option<&'t ColumnTests> {
    tests.parts.iter().find(|part| part.column.name == column)
}

/// The packages that only one of two results has.
fn only_in(names: &TestNames, others: &TestNames) -> Vec<String> {
    names.packages.keys().filter(|package| !others.packages.contains_key(*package)).cloned().collect()
}

/// The flags that select tests.
fn selection(flags: &[String]) -> Vec<&String> {
    flags.iter().filter(|flag| flag.starts_with("-run=") || flag.starts_with("-skip=")).collect()
}

#[cfg(test)]
mod tests;
