//! Tests that skip themselves in some columns only. Go's own tests skip what they know to fail under a runtime, by its name.
//! Each is run once more with a name that is no runtime's: it fails, or Go need not skip it any more.

use rayon::prelude::*;

use super::world::Name;
use super::{Judged, Testing};
use matrix_model::go_test::Unnamed;
use matrix_model::go_test::verdict::TestVerdict;

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
        let run = testing.alone(judged, test, column, Name::Unknown).ok()?;
        Some(Unnamed { test: (*test).to_owned(), column: (*name).to_owned(), run })
    };
    skipped.par_iter().filter_map(one).collect()
}
