//! Which cases of the matrix show what a differing test shows.
//!
//! What two traced runs found says it for most tests: the matrix knows the cause, and a cell that has it. For the others it
//! is written by hand, by patterns of tests. A case counts only if it is not as expected in the column itself, so that an
//! entry never claims more than is on record.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use regex::Regex;

use super::events::top;
use super::verdict::{Row, TestVerdict};
use super::{PackageTests, TestCases, TestReport, output_of};
use crate::answer::Answer;
use crate::case::Location;
use crate::compared::{Known, Reason, Sure};
use crate::extract::Extract;

/// What is written by hand about tests that match a pattern.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it is written.
    pub location: Location,
    /// The packages.
    pub package: Pattern,
    /// The tests; none if it is about packages as a whole.
    pub tests: Option<Vec<Pattern>>,
    /// The runtimes; `None` means all.
    pub runtimes: Option<BTreeSet<String>>,
    /// A text that the test's output has.
    pub says: String,
    /// The cases. There are none if no case can show it.
    pub cases: Vec<String>,
    /// Why these show it, or why no case does.
    pub why: String,
}

/// A text in which `*` stands for any text.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// If it is too long to be compiled.
    pub fn new(text: &str) -> Result<Pattern, regex::Error> {
        Regex::new(&format!("^{}$", regex::escape(text).replace(r"\*", ".*"))).map(Pattern)
    }

    fn is_of(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Tests that fail because of a runtime, and of which nobody has said which case shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The package.
    pub package: String,
    /// The test, or one of its subtests; none for the package as a whole.
    pub test: Option<String>,
    /// How many further subtests there are.
    pub more: usize,
    /// The column.
    pub column: String,
    /// What the test says first.
    pub says: String,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let test = self.test.as_deref().unwrap_or("as a whole");
        let more = if self.more > 0 { format!(" and {} more of its subtests", self.more) } else { String::new() };
        write!(f, "{} {test}{more} under {}: {}", self.package, self.column, self.says)
    }
}

impl TestReport {
    /// Adds to each package the cases that show what its differing tests show. Returns the tests that a runtime is to blame
    /// for and that are left.
    pub fn match_cases(&mut self, entries: &[Entry], extract: &Extract) -> Vec<Unmatched> {
        let runtimes: BTreeMap<String, String> =
            self.detailed.iter().map(|column| (column.name.clone(), column.runtime.clone())).collect();
        let mut unmatched = Vec::new();
        for package in &mut self.packages {
            let matching = Matching { package, runtimes: &runtimes, entries, extract };
            let mut cases = Vec::new();
            for row in &matching.package.rows {
                for (column, verdict) in &row.columns {
                    match (matching.of(row, column), verdict) {
                        (Some(shown), TestVerdict::FailsInRuntime | TestVerdict::SkippedHere) => cases.push(shown),
                        (None, TestVerdict::FailsInRuntime) => matching.leave(row, column, &mut unmatched),
                        _ => {}
                    }
                }
            }
            package.cases = cases;
        }
        unmatched
    }
}

/// A package whose tests are to be matched.
struct Matching<'m> {
    package: &'m PackageTests,
    runtimes: &'m BTreeMap<String, String>,
    entries: &'m [Entry],
    extract: &'m Extract,
}

impl Matching<'_> {
    /// The cases that show what a test shows in a column. What is written by hand comes before what was found.
    fn of(&self, row: &Row, column: &str) -> Option<TestCases> {
        let test = row.test.as_deref();
        let shown = |cases, why| TestCases { test: row.test.clone(), column: column.to_owned(), cases, why };
        for entry in self.entries.iter().filter(|entry| self.speaks_of(entry, row, column)) {
            let cases: Vec<_> = entry.cases.iter().filter(|case| self.differs(case, column)).cloned().collect();
            if entry.cases.is_empty() || !cases.is_empty() {
                return Some(shown(cases, Some(entry.why.clone())));
            }
        }
        let case = self.found(test?, column)?;
        Some(shown(vec![case], None))
    }

    fn speaks_of(&self, entry: &Entry, row: &Row, column: &str) -> bool {
        let is_of_test = match (&entry.tests, &row.test) {
            (None, None) => true,
            (Some(patterns), Some(test)) => patterns.iter().any(|pattern| pattern.is_of(test)),
            _ => false,
        };
        is_of_test
            && entry.package.is_of(&self.package.package)
            && entry.runtimes.as_ref().is_none_or(|ids| self.runtimes.get(column).is_some_and(|id| ids.contains(id)))
            && output_of(self.package, row, column).contains(&entry.says)
    }

    /// The case of the cell that the matrix knows to have the cause of a test's failure.
    fn found(&self, test: &str, column: &str) -> Option<String> {
        let reason = self.package.reasons.iter().find(|why| why.test == test && why.column == column)?;
        let Reason::Call(call) = &reason.reason else { return None };
        let Known::OnRecord(known) = &call.known else { return None };
        let (_, case) = known.cell.split_once('/').filter(|_| known.sure > Sure::Perhaps)?;
        self.extract.cases.iter().any(|known| known.id == case).then(|| case.to_owned())
    }

    /// Whether a case is not as expected in a column; of a version that the matrix does not have, in any of the runtime's.
    fn differs(&self, case: &str, column: &str) -> bool {
        let Some(case) = self.extract.cases.iter().find(|known| known.id == case) else { return false };
        let differs = |place: &usize| matches!(case.answer(*place), Answer::Differs { .. } | Answer::GotOut { .. });
        let columns = &self.extract.columns;
        match columns.iter().position(|known| known.column == column) {
            Some(place) => differs(&place),
            None => {
                let runtime = self.runtimes.get(column);
                let theirs = (0..columns.len()).filter(|place| Some(&columns[*place].runtime) == runtime);
                theirs.into_iter().any(|place| differs(&place))
            }
        }
    }

    fn leave(&self, row: &Row, column: &str, unmatched: &mut Vec<Unmatched>) {
        let is_of = |test: &Option<String>| test.as_deref().map(top) == row.test.as_deref().map(top);
        let known = unmatched
            .iter_mut()
            .find(|other| other.package == self.package.package && other.column == column && is_of(&other.test));
        if let Some(other) = known {
            other.more += 1;
            return;
        }
        let says = output_of(self.package, row, column).lines().map(str::trim).find(|line| !line.is_empty());
        unmatched.push(Unmatched {
            package: self.package.package.clone(),
            test: row.test.clone(),
            more: 0,
            column: column.to_owned(),
            says: says.unwrap_or("nothing").to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
