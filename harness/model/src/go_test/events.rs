//! What `go tool test2json` makes of a test binary's output, and the tests that can be read from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{TestEnd, TestRun};

/// The most bytes of a test's output that are kept. A cut text keeps its beginning and its end.
const KEPT: usize = 64 << 10;

/// How the lines begin by which Go frames a test's own output.
const FRAMES: [&str; 7] = ["=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "--- PASS", "--- FAIL", "--- SKIP"];

/// How the names of benchmarks begin. Go tells when one begins, and not when it ends.
const BENCHMARK: &str = "Benchmark";

/// One event, as Go documents it in `go doc test2json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// When it happened; none in events that were converted afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What happened: `run`, `pause`, `cont`, `pass`, `bench`, `fail`, `output`, `skip`, `start` or `attr`.
    pub action: String,
    /// The package's import path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub package: String,
    /// The test; none if it is about the whole package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// How long the test took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed: Option<f64>,
    /// A part of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// The tests in the output of one start of a test binary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tests {
    /// Each test and subtest that began.
    pub runs: BTreeMap<String, TestRun>,
    /// The tests that were running at the end, without those that waited for their turn.
    pub running: BTreeSet<String>,
    /// The tests that had begun and waited for their turn at the end.
    pub paused: BTreeSet<String>,
    /// What was written outside of any test.
    pub output: String,
    /// What the test binary says of the whole before it ends: that it passed, or that it failed.
    pub said: Option<bool>,
}

/// Reads events, one JSON object in each line.
///
/// # Errors
/// If a line is no event.
pub fn events(lines: &[u8]) -> Result<Vec<Event>, serde_json::Error> {
    serde_json::Deserializer::from_slice(lines).into_iter().collect()
}

impl Tests {
    /// Folds the events of one start.
    pub fn of(events: &[Event]) -> Tests {
        let mut tests = Tests::default();
        for event in events {
            match &event.test {
                Some(test) => tests.of_test(test, event),
                None => tests.of_whole(event.output.as_deref().unwrap_or_default()),
            }
        }
        for run in tests.runs.values_mut() {
            run.output = cut(&run.output);
        }
        tests.output = cut(&tests.output);
        tests
    }

    fn of_whole(&mut self, output: &str) {
        match output.trim_end() {
            "PASS" => self.said = Some(true),
            "FAIL" => self.said = Some(false),
            _ => return self.output.push_str(output),
        }
        self.end_benchmarks(None);
    }

    /// The benchmarks that were running have ended, except those that the `next` one is part of: they run one after
    /// another.
    fn end_benchmarks(&mut self, next: Option<&str>) {
        let goes_on = |name: &str| next.is_some_and(|next| next.starts_with(&format!("{name}/")));
        let has_ended = |name: &String| name.starts_with(BENCHMARK) && !goes_on(name);
        for name in self.running.extract_if(.., has_ended) {
            if let Some(run) = self.runs.get_mut(&name) {
                run.end = TestEnd::Passed;
            }
        }
    }

    fn of_test(&mut self, test: &str, event: &Event) {
        if event.action == "run" && test.starts_with(BENCHMARK) {
            self.end_benchmarks(Some(test));
        }
        let begins = || TestRun { end: TestEnd::Unfinished, seconds: None, output: String::new() };
        let run = self.runs.entry(test.to_owned()).or_insert_with(begins);
        let mut ends = |end| {
            // With `-count`, a test runs several times, and a failure counts.
            if run.end != TestEnd::Failed {
                run.end = end;
            }
            run.seconds = event.elapsed.or(run.seconds);
            self.running.remove(test);
            self.paused.remove(test);
        };
        match event.action.as_str() {
            "run" | "cont" => {
                self.paused.remove(test);
                self.running.insert(test.to_owned());
            }
            "pause" => {
                self.running.remove(test);
                self.paused.insert(test.to_owned());
            }
            "pass" | "bench" => ends(TestEnd::Passed),
            "skip" => ends(TestEnd::Skipped),
            "fail" => ends(TestEnd::Failed),
            "output" => run.output.push_str(event.output.as_deref().filter(|text| !is_frame(text)).unwrap_or_default()),
            _ => {}
        }
    }
}

/// Whether a line only says that a test begins or ends.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    FRAMES.iter().any(|frame| line.starts_with(frame))
}

/// A text without its middle, if it is long.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= KEPT {
        return text.to_owned();
    }
    let (head, tail) = (text.floor_char_boundary(KEPT / 2), text.ceil_char_boundary(text.len() - KEPT / 2));
    format!("{}\n… {} bytes are left out …\n{}", &text[..head], tail - head, &text[tail..])
}

/// The first part of a test's name: the function that `-test.run` selects first.
pub fn top(test: &str) -> &str {
    test.split_once('/').map_or(test, |(top, _)| top)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(lines: &[(&str, &str, &str)]) -> Tests {
        let event = |(action, test, output): &(&str, &str, &str)| Event {
            time: None,
            action: (*action).to_owned(),
            package: "p".to_owned(),
            test: (!test.is_empty()).then(|| (*test).to_owned()),
            elapsed: None,
            output: (!output.is_empty()).then(|| (*output).to_owned()),
        };
        Tests::of(&lines.iter().map(event).collect::<Vec<_>>())
    }

    #[test]
    fn a_test_has_its_end_and_its_own_output() {
        let tests = folded(&[
            ("run", "A", ""),
            ("output", "A", "=== RUN   A\n"),
            ("output", "A", "    a_test.go:3: no\n"),
            ("output", "A", "--- FAIL: A (0.00s)\n"),
            ("fail", "A", ""),
            ("run", "B", ""),
            ("skip", "B", ""),
            ("output", "", "FAIL\n"),
            ("output", "", "exit status 1\n"),
            ("fail", "", ""),
        ]);
        assert_eq!((tests.runs["A"].end, tests.runs["A"].output.as_str()), (TestEnd::Failed, "    a_test.go:3: no\n"));
        assert_eq!(tests.runs["B"].end, TestEnd::Skipped);
        assert_eq!((tests.output.as_str(), tests.said), ("exit status 1\n", Some(false)));
        assert!(tests.running.is_empty() && tests.paused.is_empty());
    }

    #[test]
    fn what_had_not_ended_ran_or_waited() {
        let tests =
            folded(&[("run", "A", ""), ("pause", "A", ""), ("run", "B", ""), ("pause", "B", ""), ("cont", "B", "")]);
        assert_eq!(tests.runs["A"].end, TestEnd::Unfinished);
        assert_eq!(tests.running.into_iter().collect::<Vec<_>>(), ["B"]);
        assert_eq!(tests.paused.into_iter().collect::<Vec<_>>(), ["A"]);
    }

    #[test]
    fn a_failure_counts_however_often_a_test_runs() {
        let tests = folded(&[("run", "A", ""), ("fail", "A", ""), ("run", "A", ""), ("pass", "A", "")]);
        assert_eq!(tests.runs["A"].end, TestEnd::Failed);
    }

    #[test]
    fn a_benchmark_has_ended_if_another_begins_or_all_is_said() {
        let begun = [("run", "BenchmarkA", ""), ("run", "BenchmarkA/x", ""), ("run", "BenchmarkA/y", "")];
        let tests = folded(&[&begun[..], &[("run", "BenchmarkB", "")]].concat());
        assert_eq!(tests.running.into_iter().collect::<Vec<_>>(), ["BenchmarkB"], "the process ended in it");
        let tests = folded(&[&begun[..], &[("output", "", "PASS\n")]].concat());
        assert!(tests.running.is_empty() && tests.runs.values().all(|run| run.end == TestEnd::Passed), "{tests:?}");
        let tests = folded(&[("run", "BenchmarkA", ""), ("fail", "BenchmarkA", ""), ("output", "", "FAIL\n")]);
        assert_eq!(tests.runs["BenchmarkA"].end, TestEnd::Failed);
    }

    #[test]
    fn long_output_keeps_its_beginning_and_its_end() {
        let long = format!("begin{}end", "é".repeat(KEPT));
        let cut = cut(&long);
        assert!(cut.starts_with("begin") && cut.ends_with("end") && cut.len() < KEPT + 100, "{}", cut.len());
    }

    #[test]
    fn events_are_read_as_go_writes_them() {
        let lines = b"{\"Time\":\"2026-11-30T14:53:11Z\",\"Action\":\"pass\",\"Package\":\"os\",\"Test\":\"A\",\"Elapsed\":0.5}\n\
                      {\"Action\":\"output\",\"Package\":\"os\",\"Output\":\"PASS\\n\",\"OutputType\":\"frame\"}\n";
        let events = events(lines).expect("events");
        assert_eq!((events[0].test.as_deref(), events[0].elapsed), (Some("A"), Some(0.5)));
        assert_eq!(events[1].output.as_deref(), Some("PASS\n"));
        assert!(super::events(b"{\"Action\":").is_err());
    }
}
