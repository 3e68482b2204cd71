//! The answer at a terminal.

use super::changes::held_against;
use super::own_frames::own_frames;
use super::{
    Alike, COVERAGE, by_verdict, columns_in_words, ends, name, output, readable, reasons, summary, told, unnamed,
};
use crate::compared::{reason, terminal::traces};
use matrix_model::compared::Reason;
use matrix_model::go_test::verdict::Row;
use matrix_model::go_test::{PackageRun, PackageTests, TestEnd, TestReport};
use matrix_model::plural::counted;

/// How many lines of a failing test's output are shown.
const LINES: usize = 12;

/// A line, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// What it is about.
    pub tone: Tone,
}

/// What a line is about, so that a terminal can show it in a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something that is as it should be, or a detail.
    Plain,
    /// Something red.
    Red,
    /// Something that is not as it should be, and not red.
    Faint,
}

/// The lines of the answer.
struct Lines(Vec<Line>);

/// The answer: a line for each package, and below it each test that does not simply work. If it is `verbose`, also what
/// each test wrote in the first column.
pub fn lines(report: &TestReport, verbose: bool) -> Vec<Line> {
    let mut lines = Lines(Vec::new());
    for package in &report.packages {
        lines.package(report, package);
        for row in &package.rows {
            lines.row(report, package, row);
        }
        let first = report.columns.first().filter(|_| verbose);
        if let Some((column, run)) = first.and_then(|column| package.columns.get_key_value(column)) {
            lines.verbose(column, run);
        }
    }
    for stale in &report.stale {
        let text = format!("stale: {}: {} passes under {}; delete the entry", stale.at, stale.test, stale.column);
        lines.add(Tone::Red, &text);
    }
    for package in &report.without_tests {
        lines.add(Tone::Faint, &format!("?     {package}  no tests for wasip1"));
    }
    if let Some(baseline) = &report.baseline {
        held_against(baseline).iter().for_each(|line| lines.add(Tone::Plain, line));
    }
    for column in &report.not_run {
        let tone = if column.failed { Tone::Red } else { Tone::Faint };
        lines.add(tone, &format!("not run: {}: {}", column.column, column.why));
    }
    let tone = if report.is_red() || report.has_failed() { Tone::Red } else { Tone::Plain };
    lines.add(tone, &summary(report));
    lines.0
}

impl Lines {
    /// Adds a text, of which nothing stays invisible.
    fn add(&mut self, tone: Tone, text: &str) {
        self.0.push(Line { text: readable(text), tone });
    }

    /// A package, in how many columns it was run, and how its tests ended.
    fn package(&mut self, report: &TestReport, package: &PackageTests) {
        let (word, tone) = match package.rows.iter().any(Row::is_red) {
            true => ("FAIL", Tone::Red),
            false => ("ok", Tone::Plain),
        };
        let natively = if package.native.is_some() { " and natively" } else { "" };
        let columns = counted(package.columns.len(), "column");
        let tests = package.columns.values().map(|run| run.tests.len()).max().unwrap_or_default();
        let mut words = vec![format!("{}, {columns}{natively}", counted(tests, "test"))];
        if !package.rows.is_empty() {
            words.push(ends([package]));
        }
        words.extend(coverage(report, package).map(str::to_owned));
        self.add(tone, &format!("{word:<5} {}  {}{}", package.package, words.join("; "), cached(package)));
    }

    /// A test, and the columns of each verdict on it.
    fn row(&mut self, report: &TestReport, package: &PackageTests, row: &Row) {
        let all = by_verdict(row);
        if let [alike] = &all[..]
            && alike.verdict.is_excused()
        {
            let columns = columns_in_words(&alike.columns, &report.columns);
            return self.add(Tone::Faint, &format!("  {}  {columns}: {}", name(row), told(alike.verdict)));
        }
        let tone = |is_red| if is_red { Tone::Red } else { Tone::Faint };
        self.add(tone(row.is_red()), &format!("  {}", name(row)));
        for alike in &all {
            let columns = columns_in_words(&alike.columns, &report.columns);
            self.add(tone(alike.verdict.is_red()), &format!("    {columns}: {}", told(alike.verdict)));
            if !alike.verdict.is_excused() {
                self.details(package, row, alike);
            }
        }
    }

    /// What a test wrote, and why it differs.
    fn details(&mut self, package: &PackageTests, row: &Row, alike: &Alike) {
        let said = own_frames(output(package, row, alike.columns[0]), &package.folder);
        self.indented(&said.iter().take(LINES).copied().collect::<Vec<_>>());
        if said.len() > LINES {
            self.add(Tone::Faint, &format!("      … and {}", counted(said.len() - LINES, "more line")));
        }
        for sentence in unnamed(package, row, &alike.columns) {
            self.add(Tone::Plain, &format!("      {sentence}"));
        }
        for why in reasons(package, row, &alike.columns) {
            for sentence in reason(&why.reason) {
                self.add(Tone::Plain, &format!("      {sentence}"));
            }
            if let Reason::Call(call) = &why.reason {
                traces(call, &mut |line| self.add(Tone::Plain, &format!("    {line}")));
            }
        }
    }

    /// Lines of output, with the indentation that they have in common taken away.
    fn indented(&mut self, lines: &[&str]) {
        let lines: Vec<_> = lines.iter().map(|line| line.replace('\t', "    ")).collect();
        let indent = |line: &String| line.len() - line.trim_start_matches(' ').len();
        let common = lines.iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or_default();
        lines.iter().for_each(|line| {
            self.add(Tone::Plain, format!("      {}", line.get(common..).unwrap_or_default()).trim_end())
        });
    }

    /// What each test wrote in a column, as `go test -v` shows it.
    fn verbose(&mut self, column: &str, run: &PackageRun) {
        self.add(Tone::Faint, &format!("  under {column}:"));
        for (test, run) in &run.tests {
            let (word, tone) = match run.end {
                TestEnd::Passed => ("PASS", Tone::Plain),
                TestEnd::Skipped => ("SKIP", Tone::Faint),
                TestEnd::Failed | TestEnd::Unfinished => ("FAIL", Tone::Red),
            };
            self.add(tone, &format!("  --- {word}: {test} ({:.2}s)", run.seconds.unwrap_or_default()));
            self.indented(&run.output.lines().collect::<Vec<_>>());
        }
        self.indented(&run.output.lines().collect::<Vec<_>>());
    }
}

/// How much of a package the tests ran in the first column, in the words of Go.
fn coverage<'p>(report: &TestReport, package: &'p PackageTests) -> Option<&'p str> {
    let run = package.columns.get(report.columns.first()?)?;
    // Of several starts, the last one tells it of all tests.
    run.output.lines().rfind(|line| line.starts_with(COVERAGE))
}

/// How much of a package was taken from earlier runs.
fn cached(package: &PackageTests) -> String {
    let runs = || package.columns.values().chain(&package.native);
    let (all, kept) = (runs().count(), runs().filter(|run| run.from_cache).count());
    match kept {
        0 => String::new(),
        count if count == all => " (cached)".to_owned(),
        count => format!(" ({count} of {} cached)", counted(all, "run")),
    }
}

#[cfg(test)]
mod tests;
