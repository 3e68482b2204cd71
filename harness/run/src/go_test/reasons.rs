//! Why tests fail in one column and not in another: each is run alone in both, with its host calls traced.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;
use rayon::prelude::*;

use super::in_column::{InColumn, NamedFolders};
use super::world::{Name, world};
use super::{Judged, Testing};
use crate::compare::reasons::{first_call, published};
use crate::explain::{Explanation, Side, explain, turn};
use crate::traced_run::TracedRun;
use matrix_model::compared::Reason;
use matrix_model::explanation::Explained;
use matrix_model::go_test::events::top;
use matrix_model::go_test::known::TestColumn;
use matrix_model::go_test::verdict::{Row, TestVerdict};
use matrix_model::go_test::{PackageRun, TestEnd, TestReason, TestRun, Unnamed};

/// A test to explain in a column, beside a column in which it passes.
struct Differs<'d> {
    test: &'d str,
    column: &'d TestColumn,
    beside: &'d TestColumn,
    /// The name of the runtime that it is told.
    name: Name,
}

/// A traced run, or why nothing can be concluded from it.
type Seen = Result<TracedRun, String>;

/// What is needed to tell why a package's tests differ.
struct Reasons<'r, 't, 's> {
    testing: &'r Testing<'t, 's>,
    judged: Judged<'r>,
    /// The explanations that the project publishes for these runtimes, or why there are none.
    published: Result<Vec<Explained>, String>,
}

/// The reasons of the tests that fail because of a runtime, also of those that Go skips there: one for each test and
/// engine. Of subtests that fail together, the first one is explained.
pub(super) fn of(testing: &Testing, judged: Judged, unnamed: &[Unnamed]) -> Vec<TestReason> {
    let mut explained = BTreeSet::new();
    let differing = judged.rows.iter().flat_map(|row| differing(row, judged.columns));
    let skipped = unnamed.iter().filter_map(|skipped| skipped_here(skipped, judged.columns));
    let differing: Vec<_> = differing
        .chain(skipped)
        .filter(|differs| explained.insert((top(differs.test), differs.column.engine.as_str())))
        .collect();
    if differing.is_empty() {
        return Vec::new();
    }
    let runtimes: Vec<_> = differing.iter().map(|differs| differs.column.runtime.as_str()).collect();
    let published = published(testing.provisioner.places(), &runtimes);
    let reasons = Reasons { testing, judged, published };
    let one = |differs: &Differs| TestReason {
        test: differs.test.to_owned(),
        column: differs.column.name.clone(),
        reason: reasons.of(differs).unwrap_or_else(|error| {
            Reason::Untold(testing.named.in_text(&format!("its calls cannot be traced: {error:#}")))
        }),
    };
    differing.par_iter().map(one).collect()
}

impl Reasons<'_, '_, '_> {
    fn of(&self, differs: &Differs) -> Result<Reason> {
        let Differs { column, beside, .. } = *differs;
        // Both sides are given one path, so that their traces name the same files.
        let temp = self.testing.temp()?;
        let temp = temp.path().join("t");
        let own = match self.seen(differs, column, true, &temp)? {
            Ok(own) => own,
            Err(why) => return Ok(Reason::Untold(why)),
        };
        let other = match self.seen(differs, beside, false, &temp)? {
            Ok(other) => other,
            Err(why) => return Ok(Reason::Untold(why)),
        };
        let explanation = explain(Side { name: &column.name, seen: &own }, Side { name: &beside.name, seen: &other });
        let explanation = with_named_folders(explanation, &temp, &self.testing.named);
        let column = &self.testing.provisioner.columns()[self.testing.index(column)];
        Ok(first_call(column, Some(beside.name.clone()), explanation, &self.published))
    }

    /// Runs a test alone in a column, with its host calls traced. It has to fail there, or not to fail, as before.
    fn seen(&self, differs: &Differs, column: &TestColumn, fails: bool, temp: &Path) -> Result<Seen> {
        let Reasons { testing, judged: Judged { package, module, .. }, .. } = *self;
        fs::create_dir(temp)?;
        let world = world(package, temp, differs.name)?;
        let index = testing.index(column);
        let in_column = InColumn { extra: Vec::new(), ..testing.binary(index, package, module, &world) };
        // Both columns are told one name of the runtime, for which some tests ask.
        let named = &testing.provisioner.columns()[testing.index(differs.column)];
        let seen = in_column.traced(differs.test, named)?;
        fs::remove_dir_all(temp)?;
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

/// An explanation that names the folder for temporary files and Go's own instead of their paths, which are others elsewhere.
fn with_named_folders(explanation: Explanation, temp: &Path, folders: &NamedFolders) -> Explanation {
    // A guest asks for a path below a preopen, so without its first slash.
    let temp = temp.to_string_lossy();
    let temp = temp.trim_start_matches('/');
    let named = |text: &str| folders.in_calls(&text.replace(temp, "$TMPDIR"));
    let line = |line: Option<String>| line.map(|line| named(&line));
    Explanation {
        sentence: named(&explanation.sentence),
        call: line(explanation.call),
        excerpt: explanation.excerpt.into_iter().map(|(own, other)| (line(own), line(other))).collect(),
        ..explanation
    }
}

/// The columns in which a test fails and that are to blame, with one in which it passes.
fn differing<'d>(row: &'d Row, columns: &'d [(TestColumn, PackageRun)]) -> Vec<Differs<'d>> {
    let Some(test) = row.test.as_deref() else { return Vec::new() };
    let Some(beside) = passing(test, columns) else { return Vec::new() };
    let is_blamed = |column: &TestColumn| row.columns.get(&column.name) == Some(&TestVerdict::FailsInRuntime);
    let blamed = columns.iter().map(|(column, _)| column).filter(|column| is_blamed(column));
    blamed.map(|column| Differs { test, column, beside, name: Name::Known }).collect()
}

/// A test that fails where it is skipped, if it is not told the runtime's name.
fn skipped_here<'d>(skipped: &'d Unnamed, columns: &'d [(TestColumn, PackageRun)]) -> Option<Differs<'d>> {
    skipped.run.as_ref().filter(|run| run.failed())?;
    let (column, _) = columns.iter().find(|(column, _)| column.name == skipped.column)?;
    Some(Differs { test: &skipped.test, column, beside: passing(&skipped.test, columns)?, name: Name::Unknown })
}

/// A column in which a test passes, and to whose trace others are compared.
fn passing<'d>(test: &str, columns: &'d [(TestColumn, PackageRun)]) -> Option<&'d TestColumn> {
    let passes = |run: &PackageRun| run.tests.get(test).is_some_and(|run| run.end == TestEnd::Passed);
    columns.iter().filter(|(_, run)| passes(run)).map(|(column, _)| column).min_by_key(|column| turn(&column.engine))
}
