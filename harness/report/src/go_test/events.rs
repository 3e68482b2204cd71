//! An answer as the events of `go tool test2json`, one JSON object in each line, for programs that read `go test -json`.
//!
//! Each event has one more field, `Column`. The lines of one column are what `go test -json` writes for these packages,
//! without times of day, and with the tests one after another.

use std::io::{Result, Write};

use serde::Serialize;

use matrix_model::go_test::events::Event;
use matrix_model::go_test::known::NATIVE;
use matrix_model::go_test::{PackageFailure, PackageRun, TestEnd, TestReport, TestRun};

/// An event in a column.
#[derive(Serialize)]
struct InColumn<'e> {
    #[serde(rename = "Column")]
    column: &'e str,
    #[serde(flatten)]
    event: Event,
}

/// A package's run in a column, as events.
struct Events<'e, W> {
    column: &'e str,
    package: &'e str,
    out: &'e mut W,
}

/// Writes an answer: each package in each column, and natively.
///
/// # Errors
/// If it cannot be written.
pub fn write(report: &TestReport, out: &mut impl Write) -> Result<()> {
    for package in &report.packages {
        let native = package.native.iter().map(|run| (NATIVE, run));
        let columns = package.columns.iter().map(|(column, run)| (column.as_str(), run));
        for (column, run) in native.chain(columns) {
            Events { column, package: &package.package, out: &mut *out }.run(run)?;
        }
    }
    for package in &report.without_tests {
        for column in &report.columns {
            Events { column, package, out: &mut *out }.without_tests()?;
        }
    }
    Ok(())
}

impl<W: Write> Events<'_, W> {
    fn run(&mut self, run: &PackageRun) -> Result<()> {
        self.event("start", None, None)?;
        // A test is written around its subtests.
        let mut names: Vec<&str> = run.tests.keys().map(String::as_str).collect();
        names.sort_by_key(|name| name.split('/').collect::<Vec<_>>());
        let mut open: Vec<&str> = Vec::new();
        for name in names {
            while let Some(done) = open.pop_if(|around| !is_below(name, around)) {
                self.end(done, &run.tests[done])?;
            }
            self.event("run", Some(name), None)?;
            self.output(Some(name), &format!("=== RUN   {name}\n"))?;
            self.output(Some(name), &run.tests[name].output)?;
            open.push(name);
        }
        while let Some(done) = open.pop() {
            self.end(done, &run.tests[done])?;
        }
        self.whole(run)
    }

    fn end(&mut self, test: &str, run: &TestRun) -> Result<()> {
        let (action, word) = match run.end {
            TestEnd::Passed => ("pass", "PASS"),
            TestEnd::Skipped => ("skip", "SKIP"),
            TestEnd::Failed | TestEnd::Unfinished => ("fail", "FAIL"),
        };
        let seconds = run.seconds.unwrap_or_default();
        self.output(Some(test), &format!("--- {word}: {test} ({seconds:.2}s)\n"))?;
        self.event(action, Some(test), Some(seconds))
    }

    /// What is said of the package, and its last event.
    fn whole(&mut self, run: &PackageRun) -> Result<()> {
        let Events { package, .. } = *self;
        self.output(None, &run.output)?;
        if let Some(failure) = &run.failure {
            self.output(None, failure.words())?;
        }
        let seconds = run.wall_ms as f64 / 1000.0;
        let took = if run.from_cache { "(cached)".to_owned() } else { format!("{seconds:.3}s") };
        let (action, words) = match (run.is_ok(), &run.failure) {
            (true, _) => ("pass", format!("PASS\nok  \t{package}\t{took}\n")),
            (false, Some(PackageFailure::NotBuilt(_))) => ("fail", format!("FAIL\t{package} [build failed]\n")),
            (false, _) => ("fail", format!("FAIL\nFAIL\t{package}\t{took}\n")),
        };
        self.output(None, &words)?;
        self.event(action, None, Some(seconds))
    }

    fn without_tests(&mut self) -> Result<()> {
        self.event("start", None, None)?;
        self.output(None, &format!("?   \t{}\t[no test files]\n", self.package))?;
        self.event("skip", None, Some(0.0))
    }

    /// Writes a text, an event for each line.
    fn output(&mut self, test: Option<&str>, text: &str) -> Result<()> {
        for line in text.lines() {
            let event = Event { output: Some(format!("{line}\n")), ..self.of("output", test) };
            self.line(event)?;
        }
        Ok(())
    }

    fn event(&mut self, action: &str, test: Option<&str>, elapsed: Option<f64>) -> Result<()> {
        self.line(Event { elapsed, ..self.of(action, test) })
    }

    fn of(&self, action: &str, test: Option<&str>) -> Event {
        let (package, test) = (self.package.to_owned(), test.map(str::to_owned));
        Event { time: None, action: action.to_owned(), package, test, elapsed: None, output: None }
    }

    fn line(&mut self, event: Event) -> Result<()> {
        serde_json::to_writer(&mut *self.out, &InColumn { column: self.column, event })?;
        self.out.write_all(b"\n")
    }
}

/// Whether a test is a subtest of another one.
fn is_below(test: &str, around: &str) -> bool {
    test.strip_prefix(around).is_some_and(|rest| rest.starts_with('/'))
}
