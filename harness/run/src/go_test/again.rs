//! Runs tests that fail in one column and not in another once more, alone. A failure that does not come again is a matter of
//! time or of neighbours, and no verdict on a runtime.

use std::collections::BTreeSet;

use anyhow::Result;
use rayon::prelude::*;

use super::world::Name;
use super::{Judged, Testing};
use matrix_model::go_test::events::top;
use matrix_model::go_test::verdict::TestVerdict;
use matrix_model::go_test::{PackageRun, TestEnd, TestRun};

/// The tests that pass alone, each with the name of its column. Those of columns in `settled` are not run again.
pub(super) fn passed(testing: &Testing, judged: Judged, settled: &BTreeSet<String>) -> Vec<(String, String)> {
    let blamed = judged.rows.iter().filter_map(|row| Some((row.test.as_deref()?, &row.columns)));
    let blamed = blamed.flat_map(|(test, columns)| {
        let here = columns.iter().filter(|(_, verdict)| **verdict == TestVerdict::FailsInRuntime);
        here.map(move |(column, _)| (top(test), column.as_str()))
    });
    let blamed: BTreeSet<_> = blamed.filter(|(_, column)| !settled.contains(*column)).collect();
    let passes =
        |alone: Result<Option<TestRun>>| alone.is_ok_and(|run| run.is_some_and(|run| run.end == TestEnd::Passed));
    let is_passed = |(test, name): &&(&str, &str)| {
        let column = judged.columns.iter().find(|(column, _)| column.name == *name);
        // One that did not end has been alone already.
        let failed = |run: &PackageRun| run.tests.get(*test).is_some_and(|run| run.end == TestEnd::Failed);
        column.is_some_and(|(column, run)| failed(run) && passes(testing.alone(judged, test, column, Name::Known)))
    };
    let blamed: Vec<_> = blamed.into_iter().collect();
    blamed.par_iter().filter(is_passed).map(|(test, column)| ((*test).to_owned(), (*column).to_owned())).collect()
}
