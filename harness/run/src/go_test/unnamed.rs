//! Tests that skip themselves in some columns only. Go's own tests skip what they know to fail under a runtime, by its name.
//! Each is run once more with a name that is no runtime's: it fails, or Go need not skip it any more.

use std::env;

use anyhow::Result;
use rayon::prelude::*;

use super::{Judged, Testing};
use crate::host_world::HostWorld;
use matrix_model::go_test::known::TestColumn;
use matrix_model::go_test::verdict::TestVerdict;
use matrix_model::go_test::{TestRun, Unnamed};

/// What these tests do under a name that is no runtime's. One of which the harness cannot find that out is left out.
pub(super) fn of(testing: &Testing, judged: Judged) -> Vec<Unnamed> {
    let skipped = judged.rows.iter().filter_map(|row| Some((row.test.as_deref()?, &row.columns)));
    let skipped = skipped.flat_map(|(test, columns)| {
        let here = columns.iter().filter(|(_, verdict)| **verdict == TestVerdict::SkippedHere);
        here.map(move |(column, _)| (test, column.as_str()))
    });
    let skipped: Vec<_> = skipped.collect();
    let one = |(test, name): &(&str, &str)| {
        let (column, _) = judged.columns.iter().find(|(column, _)| column.name == *name)?;
        let run = alone(testing, judged, test, column).ok()?;
        Some(Unnamed { test: (*test).to_owned(), column: (*name).to_owned(), run })
    };
    skipped.par_iter().filter_map(one).collect()
}

/// Runs one test alone, under a name that is no runtime's.
fn alone(testing: &Testing, judged: Judged, test: &str, column: &TestColumn) -> Result<Option<TestRun>> {
    let temp = testing.temp()?;
    let world = HostWorld::of(&judged.package.folder, temp.path(), env::vars_os())?.under_unknown_runtime();
    let binary = testing.binary(testing.index(column), judged.package, judged.module, &world);
    Ok(binary.alone(test)?.runs.remove(test))
}
