//! Why tests fail in one column and not in another: each is run alone in both, with its host calls traced.

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use anyhow::Result;
use rayon::prelude::*;

use super::Testing;
use super::in_column::InColumn;
use crate::compare::reasons::{first_call, published};
use crate::explain::{Side, explain};
use crate::host_world::HostWorld;
use crate::traced_run::TracedRun;
use matrix_model::compared::Reason;
use matrix_model::explanation::Explained;
use matrix_model::go_test::events::top;
use matrix_model::go_test::known::TestColumn;
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageRun, TestEnd, TestReason, TestRun};
use matrix_provision::guests::Guest;
use matrix_provision::test_binaries::TestPackage;

/// The engines whose traces others are compared with first.
const FIRST: [&str; 2] = ["wazero", "node"];

/// A package's runs by column.
type ByColumn = [(TestColumn, PackageRun)];

/// A test to explain in a column, beside a column in which it passes.
struct Differs<'d> {
    test: &'d str,
    column: &'d TestColumn,
    beside: &'d TestColumn,
}

/// A traced run, or why nothing can be concluded from it.
type Seen = Result<TracedRun, String>;

/// What is needed to tell why a package's tests differ.
struct Reasons<'r, 't, 's> {
    testing: &'r Testing<'t, 's>,
    package: &'r TestPackage,
    module: &'r Guest,
    /// The explanations that the project publishes for these runtimes, or why there are none.
    published: Result<Vec<Explained>, String>,
}

/// The reasons of the tests that fail because of a runtime: one for each test and engine. Of subtests that fail together,
/// the first one is explained.
pub(super) fn of(
    testing: &Testing,
    package: &TestPackage,
    module: &Guest,
    columns: &ByColumn,
    rows: &[Row],
) -> Vec<TestReason> {
    let mut explained = BTreeSet::new();
    let differing = rows.iter().flat_map(|row| differing(row, columns));
    let differing: Vec<_> =
        differing.filter(|differs| explained.insert((top(differs.test), differs.column.engine.as_str()))).collect();
    if differing.is_empty() {
        return Vec::new();
    }
    let runtimes: Vec<_> = differing.iter().map(|differs| differs.column.runtime.as_str()).collect();
    let published = published(testing.provisioner.places(), &runtimes);
    let reasons = Reasons { testing, package, module, published };
    let one = |differs: &Differs| TestReason {
        test: differs.test.to_owned(),
        column: differs.column.name.clone(),
        reason: reasons
            .of(differs)
            .unwrap_or_else(|error| Reason::Untold(format!("its calls cannot be traced: {error:#}"))),
    };
    differing.par_iter().map(one).collect()
}

impl Reasons<'_, '_, '_> {
    fn of(&self, differs: &Differs) -> Result<Reason> {
        let Differs { column, beside, .. } = *differs;
        let own = match self.seen(differs, column, true)? {
            Ok(own) => own,
            Err(why) => return Ok(Reason::Untold(why)),
        };
        let other = match self.seen(differs, beside, false)? {
            Ok(other) => other,
            Err(why) => return Ok(Reason::Untold(why)),
        };
        let explanation = explain(Side { name: &column.name, seen: &own }, Side { name: &beside.name, seen: &other });
        let column = &self.testing.provisioner.columns()[self.testing.index(column)];
        Ok(first_call(column, Some(beside.name.clone()), explanation, &self.published))
    }

    /// Runs a test alone in a column, with its host calls traced. It has to fail there, or not to fail, as before.
    fn seen(&self, differs: &Differs, column: &TestColumn, fails: bool) -> Result<Seen> {
        let Reasons { testing, package, module, .. } = *self;
        let temp = testing.temp()?;
        let world = HostWorld::of(&package.folder, temp.path(), env::vars_os())?;
        let index = testing.index(column);
        let in_column = InColumn { extra: Vec::new(), ..testing.binary(index, package, module, &world) };
        // Both columns are told one name of the runtime, for which some tests ask.
        let named = &testing.provisioner.columns()[testing.index(differs.column)];
        let seen = in_column.traced(differs.test, named)?;
        let failed = in_column.tests(&seen.outcome)?.runs.get(differs.test).is_some_and(TestRun::failed);
        Ok(match failed == fails {
            true => Ok(seen),
            false => Err(format!(
                "run alone under {} to be traced, it {}, so nothing is concluded from that run",
                column.name,
                if failed { "fails" } else { "passes" }
            )),
        })
    }
}

/// The first column of each engine in which a test fails and that is to blame, with a column in which it passes.
fn differing<'d>(row: &'d Row, columns: &'d ByColumn) -> Vec<Differs<'d>> {
    let Some(test) = row.test.as_deref() else { return Vec::new() };
    let passes = |run: &PackageRun| run.tests.get(test).is_some_and(|run| run.end == TestEnd::Passed);
    let place = |column: &&TestColumn| FIRST.iter().position(|first| *first == column.engine).unwrap_or(FIRST.len());
    let passing = columns.iter().filter(|(_, run)| passes(run)).map(|(column, _)| column);
    let Some(beside) = passing.min_by_key(place) else { return Vec::new() };
    let mut engines = BTreeSet::new();
    let by_name: BTreeMap<_, _> = columns.iter().map(|(column, _)| (column.name.as_str(), column)).collect();
    let blamed = row.columns.iter().filter(|(_, verdict)| **verdict == TestVerdict::FailsInRuntime);
    let blamed = blamed.filter_map(|(name, _)| by_name.get(name.as_str()).copied());
    blamed
        .filter(|column| engines.insert(column.engine.clone()))
        .map(|column| Differs { test, column, beside })
        .collect()
}

impl Testing<'_, '_> {
    /// The index of a column.
    fn index(&self, column: &TestColumn) -> usize {
        let found = self.columns.iter().find(|(_, other)| other.name == column.name);
        found.expect("a column is one of those that are run").0
    }
}
