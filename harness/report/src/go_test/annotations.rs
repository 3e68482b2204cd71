//! An answer as annotations of a GitHub workflow's run, each at the line on which a test fails.

use std::path::Path;

use super::{
    by_verdict, columns_in_words, name, output, own_frames::own_frames, places, readable, reasons, red_rows, told,
};
use crate::compared::reason;
use crate::github::{error, shown};
use matrix_model::escape::{short, visible};
use matrix_model::go_test::events::top;
use matrix_model::go_test::known::Stale;
use matrix_model::go_test::verdict::Row;
use matrix_model::go_test::{PackageTests, TestReport};

/// How many lines of a test's output an annotation has.
const LINES: usize = 5;

/// The longest of these lines, in characters.
const LONGEST: usize = 300;

/// An error for each red test, each stale entry and each column in which the harness failed, as a line that GitHub reads.
/// `in_checkout` gives the path that a file has in the repository that the workflow runs for. A test whose file is not
/// there is told without a place.
pub fn of(report: &TestReport, in_checkout: impl Fn(&Path) -> Option<String>) -> String {
    let mut errors: Vec<_> =
        red_rows(report).map(|(package, row)| of_row(report, package, row, &in_checkout)).collect();
    errors.extend(report.stale.iter().map(|stale| of_stale(stale, &in_checkout)));
    let failed = report.not_run.iter().filter(|column| column.failed);
    errors.extend(failed.map(|column| error(None, &format!("{} was not run", column.column), &visible(&column.why))));
    shown(errors, "test", "are red")
}

fn of_row(
    report: &TestReport,
    package: &PackageTests,
    row: &Row,
    in_checkout: &impl Fn(&Path) -> Option<String>,
) -> String {
    let mut message = Vec::new();
    let mut place = None;
    for alike in by_verdict(row).into_iter().filter(|alike| alike.verdict.is_red()) {
        let said = output(package, row, alike.columns[0]);
        place = place.or_else(|| self::place(package, row, said, in_checkout));
        message.push(format!("{}: {}", columns_in_words(&alike.columns, &report.columns), told(alike.verdict)));
        let lines = own_frames(said, &package.folder).into_iter().take(LINES);
        message.extend(lines.map(|line| short(line.trim(), LONGEST)));
        message.extend(reasons(package, row, &alike.columns).flat_map(|why| reason(&why.reason)));
    }
    let title = format!("{}: {} fails", package.package, name(row));
    error(place, &visible(&title), &readable(&message.join("\n")))
}

/// Where a test says that it fails, or else where it begins.
fn place(
    package: &PackageTests,
    row: &Row,
    said: &str,
    in_checkout: &impl Fn(&Path) -> Option<String>,
) -> Option<(String, usize)> {
    let folder = Path::new(&package.folder);
    let declared = || places::declared(top(row.test.as_deref()?), folder);
    let (file, line) = match &row.test {
        Some(_) => places::named(said, folder).next().or_else(declared)?,
        None => places::of_build(said)?,
    };
    Some((in_checkout(&file)?, line))
}

/// An entry is written at `FILE:LINE`.
fn of_stale(stale: &Stale, in_checkout: &impl Fn(&Path) -> Option<String>) -> String {
    let place = stale.at.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let place = place.and_then(|(file, line)| Some((in_checkout(Path::new(file))?, line)));
    let title = format!("{}: a known failure that is none any more", stale.test);
    error(place, &visible(&title), &format!("it passes under {}; delete the entry", stale.column))
}
