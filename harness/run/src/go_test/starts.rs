//! Starts a test binary until each of its tests has run: a test that ends the process must not hide those after it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use matrix_model::go_test::events::{Tests, top};
use matrix_model::go_test::{PackageFailure, PackageRun, TestEnd, TestRun};
use matrix_supervise::Usage;

/// How often a test binary is started at most. Each start but the first follows a test that ended the process. Where nearly
/// every test does, nothing is learnt of the runtime from the rest.
const MOST: u32 = 25;

/// How many tests of a package may hang until those that are left are not run.
const MOST_HUNG: u32 = 3;

/// One start of a test binary.
#[derive(Debug)]
pub(crate) struct Start {
    /// What its output tells.
    pub tests: Tests,
    /// How it ended.
    pub end: End,
    /// What it used.
    pub usage: Usage,
}

/// How one start of a test binary ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// After all selected tests, as a test binary ends.
    Whole,
    /// In another way, in words. Tests that were selected may not have run.
    Early(String),
    /// Because all its tests together took too long, in words.
    TimedOut(String),
    /// It was not started, in words.
    NotStarted(String),
}

/// A test binary in a column.
pub(crate) trait TestBinary {
    /// Starts it. It runs the tests that the user selects, without those that are to be skipped.
    ///
    /// # Errors
    /// If the harness cannot run it.
    fn start(&self, skip: &BTreeSet<String>) -> Result<Start>;

    /// The names of all its tests, without subtests.
    ///
    /// # Errors
    /// If the harness cannot run it.
    fn list(&self) -> Result<BTreeSet<String>>;
}

/// Runs all tests of a binary.
///
/// # Errors
/// If the harness cannot run it.
pub(crate) fn run(binary: &dyn TestBinary) -> Result<PackageRun> {
    let mut runs = Runs::default();
    let mut skip = BTreeSet::new();
    loop {
        let start = binary.start(&skip)?;
        runs.add(start);
        if runs.is_over() {
            break;
        }
        if runs.expected.is_none() {
            runs.expected = Some(binary.list()?);
        }
        match runs.skipped_next() {
            Some(tests) if runs.whole.starts < MOST && runs.hung < MOST_HUNG => skip = tests,
            _ => break,
        }
    }
    Ok(runs.whole())
}

/// What all starts so far have shown.
#[derive(Default)]
struct Runs {
    whole: PackageRun,
    /// The tests that have had their turn. The others are run by another start.
    settled: BTreeSet<String>,
    /// Tests of which one ended the process. Each is started alone.
    suspects: BTreeSet<String>,
    /// The names of all tests, if they had to be asked for.
    expected: Option<BTreeSet<String>>,
    /// What was said when a start ran out of time, if one did.
    out_of_time: Option<String>,
    /// How many tests took all the time that they had, alone.
    hung: u32,
    /// How many tests were settled before the newest start.
    before: usize,
    /// Whether the newest start ran all tests that it was to run, or nothing can be started.
    over: bool,
}

impl Runs {
    fn add(&mut self, start: Start) {
        let Start { tests, end, usage } = start;
        let whole = &mut self.whole;
        whole.starts += 1;
        whole.wall_ms += usage.wall.as_millis() as u64;
        whole.cpu_ms += usage.cpu.as_millis() as u64;
        whole.output.push_str(&tests.output);
        self.before = self.settled.len();
        match end {
            End::Whole => {
                self.settled.extend(tops(tests.runs.keys()));
                whole.tests.extend(tests.runs);
                // What had to be left for later is not over.
                self.over = self.expected.is_none();
            }
            End::NotStarted(words) => {
                whole.failure.get_or_insert(PackageFailure::NotStarted(words));
                self.over = true;
            }
            End::Early(words) => self.add_early(tests, words, false),
            End::TimedOut(words) => self.add_early(tests, words, true),
        }
    }

    /// Adds a start that ended before its time.
    fn add_early(&mut self, tests: Tests, words: String, timed_out: bool) {
        let running = tops(&tests.running);
        let failed = tests.runs.iter().filter(|(_, run)| run.end == TestEnd::Failed);
        let failed = tops(failed.map(|(name, _)| name));
        // A panic is told of the test that panicked. Then those that ran beside it are not to blame.
        let panicked = !timed_out && !failed.is_empty() && !running.is_subset(&failed);
        // The time may have been taken by the tests before the one that was running.
        let is_alone = !timed_out || tops(tests.runs.keys()).len() == 1;
        let guilty = running.first().filter(|_| running.len() == 1 && !panicked && is_alone);
        self.hung += u32::from(timed_out && guilty.is_some());
        if guilty.is_none() && !panicked {
            self.suspects.extend(running.iter().cloned());
        }
        let waits = |name: &str| {
            let test = top(name).to_owned();
            let is_open = running.contains(&test) || tops(&tests.paused).contains(&test);
            is_open && guilty != Some(&test) && (timed_out || !failed.contains(&test))
        };
        let had_their_turn: BTreeMap<String, TestRun> =
            tests.runs.iter().filter(|(name, _)| !waits(name)).map(|(name, run)| (name.clone(), run.clone())).collect();
        for name in tops(had_their_turn.keys()) {
            self.suspects.remove(&name);
            self.settled.insert(name);
        }
        self.whole.tests.extend(had_their_turn);
        if let Some(test) = guilty.and_then(|guilty| self.whole.tests.get_mut(guilty)) {
            test.output.push_str(&format!("{words}\n"));
        }
        match timed_out {
            true => self.out_of_time = Some(words),
            false => drop(self.whole.failure.get_or_insert(PackageFailure::Ended(words))),
        }
    }

    /// What all starts have shown. That one ran out of time is a failure only if a test hangs.
    fn whole(mut self) -> PackageRun {
        let hangs = self.whole.tests.values().any(|run| run.end == TestEnd::Unfinished);
        if let Some(words) = self.out_of_time.filter(|_| hangs) {
            self.whole.failure.get_or_insert(PackageFailure::Ended(words));
        }
        self.whole
    }

    fn is_over(&self) -> bool {
        self.over
    }

    /// The tests that the next start skips; none if no start is needed, or nothing would come of one.
    fn skipped_next(&mut self) -> Option<BTreeSet<String>> {
        let all = self.expected.iter().flatten();
        if let Some(suspect) = self.suspects.pop_first() {
            return Some(all.filter(|name| **name != suspect).cloned().collect());
        }
        // If no test had its turn, the next start would end at the same place, before its first test.
        let has_progressed = self.settled.len() > self.before;
        let is_left = all.clone().any(|name| !self.settled.contains(name));
        (has_progressed && is_left).then(|| self.settled.clone())
    }
}

/// The tests that these tests and subtests belong to.
fn tops<'n>(names: impl IntoIterator<Item = &'n String>) -> BTreeSet<String> {
    names.into_iter().map(|name| top(name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// A test binary in which the tests named `bad…` end the process, and `slow…` takes all the time that is left. Those
    /// named `par…` run beside each other.
    struct Fake {
        tests: Vec<&'static str>,
        starts: RefCell<Vec<BTreeSet<String>>>,
    }

    impl Fake {
        fn new(tests: &[&'static str]) -> Fake {
            Fake { tests: tests.to_vec(), starts: RefCell::default() }
        }

        fn ends(&self) -> (Vec<String>, usize) {
            let run = run(self).expect("a run");
            let ends = run.tests.iter().map(|(name, run)| format!("{name} {:?}", run.end)).collect();
            (ends, self.starts.borrow().len())
        }
    }

    impl TestBinary for Fake {
        fn start(&self, skip: &BTreeSet<String>) -> Result<Start> {
            self.starts.borrow_mut().push(skip.clone());
            let mut tests = Tests::default();
            let mut end = End::Whole;
            let selected = self.tests.iter().filter(|name| !skip.contains(**name));
            let (beside, others): (Vec<&&str>, Vec<&&str>) = selected.partition(|name| name.starts_with("par"));
            let run = |end| TestRun { end, seconds: None, output: String::new() };
            for name in others {
                let (is_bad, panics) = (name.starts_with("bad"), name.starts_with("panics"));
                if name.starts_with("slow") && !tests.runs.is_empty() || *name == "slowest" {
                    tests.runs.insert((*name).to_owned(), run(TestEnd::Unfinished));
                    tests.running.insert((*name).to_owned());
                    end = End::TimedOut("test timed out".to_owned());
                    break;
                }
                let ended = match (is_bad, panics) {
                    (true, _) => TestEnd::Unfinished,
                    (_, true) => TestEnd::Failed,
                    _ => TestEnd::Passed,
                };
                tests.runs.insert((*name).to_owned(), run(ended));
                if is_bad {
                    tests.running.insert((*name).to_owned());
                }
                if is_bad || panics {
                    end = End::Early("a trap: unreachable".to_owned());
                    break;
                }
            }
            let is_bad = |name: &&&str| name.ends_with("bad");
            let ended_early = end != End::Whole;
            let bad = beside.iter().any(is_bad) && !ended_early;
            for name in &beside {
                let ended = if bad || ended_early { TestEnd::Unfinished } else { TestEnd::Passed };
                tests.runs.insert((**name).to_owned(), run(ended));
                match (bad, ended_early) {
                    (true, _) => tests.running.insert((**name).to_owned()),
                    (_, true) => tests.paused.insert((**name).to_owned()),
                    _ => false,
                };
            }
            if bad {
                end = End::Early("a trap: unreachable".to_owned());
            }
            Ok(Start { tests, end, usage: Usage::default() })
        }

        fn list(&self) -> Result<BTreeSet<String>> {
            Ok(self.tests.iter().map(|name| (*name).to_owned()).collect())
        }
    }

    #[test]
    fn tests_that_end_well_are_run_by_one_start() {
        assert_eq!(Fake::new(&["a", "b"]).ends(), (vec!["a Passed".to_owned(), "b Passed".to_owned()], 1));
    }

    #[test]
    fn a_test_that_ends_the_process_hides_no_other() {
        let fake = Fake::new(&["a", "bad", "c", "badly", "e"]);
        let (ends, starts) = fake.ends();
        assert_eq!(ends, ["a Passed", "bad Unfinished", "badly Unfinished", "c Passed", "e Passed"]);
        assert_eq!(starts, 3);
        assert_eq!(fake.starts.borrow()[1], ["a", "bad"].map(str::to_owned).into());
    }

    #[test]
    fn a_test_that_panics_is_to_blame_for_itself_alone() {
        let (ends, _) = Fake::new(&["a", "panics", "c", "par1", "par2"]).ends();
        assert_eq!(ends, ["a Passed", "c Passed", "panics Failed", "par1 Passed", "par2 Passed"]);
    }

    #[test]
    fn of_tests_side_by_side_the_one_to_blame_is_found() {
        let (ends, starts) = Fake::new(&["a", "par1", "par2bad", "par3"]).ends();
        assert_eq!(ends, ["a Passed", "par1 Passed", "par2bad Unfinished", "par3 Passed"]);
        assert_eq!(starts, 4, "all, and each of the three alone");
    }

    #[test]
    fn a_test_that_has_the_time_for_itself_is_not_to_blame_for_others() {
        let slow = run(&Fake::new(&["a", "slow", "c"])).expect("a run");
        assert_eq!((slow.failure, slow.starts), (None, 3), "all tests passed, with more time");
        let (ends, _) = Fake::new(&["a", "slow", "c", "slowest", "e"]).ends();
        assert_eq!(ends, ["a Passed", "c Passed", "e Passed", "slow Passed", "slowest Unfinished"]);
    }

    #[test]
    fn what_ends_before_its_first_test_is_not_started_for_ever() {
        struct Dies;
        impl TestBinary for Dies {
            fn start(&self, _: &BTreeSet<String>) -> Result<Start> {
                let end = End::Early("exit 2".to_owned());
                Ok(Start { tests: Tests::default(), end, usage: Usage::default() })
            }

            fn list(&self) -> Result<BTreeSet<String>> {
                Ok(["a".to_owned()].into())
            }
        }
        let run = run(&Dies).expect("a run");
        assert_eq!((run.starts, run.failure), (1, Some(PackageFailure::Ended("exit 2".to_owned()))));
    }
}
