//! The lines of stdout that are not the case's own promise: its control, and checks that other cases judge.

use super::{Aspect, Expectation, Matcher};
use crate::content::Content;

/// A line that is not as expected, although the rest of stdout is, and that another case judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCheck {
    /// The case whose promise the line is.
    pub by: String,
    /// The expected line, without its line end.
    pub expected: Vec<u8>,
    /// The observed line, without its line end.
    pub observed: Vec<u8>,
}

impl Expectation {
    /// The respects in which stdout is not as expected; empty if it is.
    pub(crate) fn stdout_mismatches(&self, stdout: &Content) -> Vec<Aspect> {
        if self.stdout.accepts(stdout) {
            return Vec::new();
        }
        if !stdout.starts_with(&self.control) {
            let follows = self.breaks_its_promise_after_the_control(stdout).then_some(Aspect::Stdout);
            return [Aspect::Control].into_iter().chain(follows).collect();
        }
        let mut failed: Vec<_> = self.failed_checks(stdout).into_iter().map(|check| Aspect::Check(check.by)).collect();
        failed.dedup();
        if failed.is_empty() { vec![Aspect::Stdout] } else { failed }
    }

    /// The checks that fail, if the rest of stdout is as expected; otherwise none.
    pub fn failed_checks(&self, stdout: &Content) -> Vec<FailedCheck> {
        let Some(observed) = stdout.whole().filter(|_| !self.checks.is_empty()) else { return Vec::new() };
        let alternatives = self.stdout.written_lines().unwrap_or_default();
        alternatives.iter().find_map(|expected| self.checks_between(expected, observed)).unwrap_or_default()
    }

    /// Whether each accepted stdout begins with the control.
    pub fn begins_with_its_control(&self) -> bool {
        let control: Vec<_> = lines(&self.control);
        let begins = |written: &Vec<Matcher>| {
            let first = written.iter().map(Matcher::exact).take(self.lines_of_control());
            first.eq(control.iter().take(self.lines_of_control()).map(|line| Some(*line)))
        };
        self.stdout.written_lines().is_some_and(|alternatives| alternatives.iter().all(begins))
    }

    /// Whether each accepted stdout has a line that is neither of the control nor a check.
    pub fn has_lines_of_its_own(&self) -> bool {
        let own = |line: &Matcher| match line.exact() {
            Some(text) => !text.is_empty() && self.judge_of(text).is_none(),
            None => true,
        };
        let alternatives = self.stdout.written_lines().unwrap_or_default();
        alternatives.iter().all(|written| written.iter().skip(self.lines_of_control()).any(own))
    }

    /// Whether a pattern of more than one line may accept a line that begins so, which then cannot be told apart.
    pub fn hides_line(&self, beginning: &str) -> bool {
        self.stdout.written_lines().is_none() && self.stdout.mentions(beginning)
    }

    /// Whether an accepted stdout has a line that begins so.
    pub fn has_line(&self, beginning: &str) -> bool {
        let begins = |line: &Matcher| line.exact().is_some_and(|text| text.starts_with(beginning.as_bytes()));
        self.stdout.written_lines().unwrap_or_default().iter().flatten().any(begins)
    }

    /// The differing lines, if all of them are checks.
    fn checks_between(&self, expected: &[Matcher], observed: &[u8]) -> Option<Vec<FailedCheck>> {
        if expected.len() != each_line(observed).count() {
            return None;
        }
        let differing = expected.iter().zip(each_line(observed)).filter(|(line, observed)| !accepts(line, observed));
        let failed = differing.map(|(line, observed)| {
            let text = line.exact()?;
            let by = self.judge_of(observed).filter(|by| self.judge_of(text) == Some(by))?;
            Some(FailedCheck { by: by.to_owned(), expected: text.to_vec(), observed: observed.to_vec() })
        });
        failed.collect()
    }

    /// The case that judges a line, if it is a check.
    fn judge_of(&self, line: &[u8]) -> Option<&str> {
        let (_, by) = self.checks.iter().find(|(beginning, _)| line.starts_with(beginning.as_bytes()))?;
        Some(by)
    }

    /// Whether something follows the failed control, and it is not what the case promises. As many lines as the
    /// control has are taken for the control.
    fn breaks_its_promise_after_the_control(&self, stdout: &Content) -> bool {
        let rest = || each_line(stdout).skip(self.lines_of_control());
        let promised = |written: &Vec<Matcher>| {
            let promise = written.get(self.lines_of_control()..).unwrap_or_default();
            promise.len() == rest().count()
                && promise.iter().zip(rest()).all(|(line, observed)| accepts(line, observed))
        };
        let alternatives = self.stdout.written_lines().unwrap_or_default();
        rest().any(|line| !line.is_empty()) && !alternatives.iter().any(promised)
    }

    fn lines_of_control(&self) -> usize {
        self.control.iter().filter(|byte| **byte == b'\n').count()
    }
}

impl Matcher {
    /// Each accepted text line by line, without line ends; a text that ends with a line end has an empty last line.
    /// None if a pattern is about more than one line.
    fn written_lines(&self) -> Option<Vec<Vec<Matcher>>> {
        let exact = |line: &[u8]| Matcher::Exact(line.to_vec());
        match self {
            Matcher::Exact(text) => Some(vec![lines(text).into_iter().map(exact).collect()]),
            Matcher::Lines(lines) => Some(vec![lines.iter().cloned().chain([exact(b"")]).collect()]),
            Matcher::Any(members) => {
                let members: Option<Vec<_>> = members.iter().map(Matcher::written_lines).collect();
                members.map(|members| members.concat())
            }
            Matcher::Matches(_) | Matcher::Contains(_) | Matcher::Sha256(_) | Matcher::Json(_) => None,
        }
    }

    /// Whether the text occurs in what is written.
    fn mentions(&self, text: &str) -> bool {
        let within = |written: &[u8]| written.windows(text.len()).any(|window| window == text.as_bytes());
        match self {
            Matcher::Exact(written) | Matcher::Contains(written) => within(written),
            Matcher::Matches(regex) => within(regex.as_str().as_bytes()),
            Matcher::Sha256(_) | Matcher::Json(_) => false,
            Matcher::Lines(members) | Matcher::Any(members) => members.iter().any(|member| member.mentions(text)),
        }
    }
}

/// Lines without their line ends; the last one is empty if the bytes end with a line end. A flood of short lines has
/// too many of them to keep.
fn each_line(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n')
}

/// The lines of something short.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    each_line(bytes).collect()
}

fn accepts(line: &Matcher, observed: &[u8]) -> bool {
    line.accepts(&observed.to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expectation(stdout: &str, control: &str, checks: &[(&str, &str)]) -> Expectation {
        Expectation {
            stdout: Matcher::Exact(stdout.as_bytes().to_vec()),
            control: control.as_bytes().to_vec(),
            checks: checks.iter().map(|(beginning, by)| ((*beginning).to_owned(), (*by).to_owned())).collect(),
            ..Expectation::silent_success()
        }
    }

    fn mismatches(expected: &Expectation, stdout: &str) -> Vec<Aspect> {
        expected.stdout_mismatches(&stdout.as_bytes().to_vec().into())
    }

    #[test]
    fn a_control_that_fails_leaves_the_promise_untried() {
        let expected = expectation("inside\ninside\nrefused\n", "inside\ninside\n", &[]);
        assert_eq!(mismatches(&expected, "inside\nrefused\n"), [Aspect::Control]);
        assert_eq!(mismatches(&expected, "refused\nrefused\nrefused\n"), [Aspect::Control]);
        assert_eq!(mismatches(&expected, ""), [Aspect::Control]);
        assert_eq!(mismatches(&expected, "inside\ninside\nsecret\n"), [Aspect::Stdout]);
        assert_eq!(mismatches(&expected, "inside\ninside\n"), [Aspect::Stdout]);
    }

    #[test]
    fn what_follows_a_failed_control_is_still_compared() {
        let expected = expectation("inside\nrefused\n", "inside\n", &[]);
        assert_eq!(mismatches(&expected, "refused\nsecret\n"), [Aspect::Control, Aspect::Stdout]);
        assert_eq!(mismatches(&expected, "refused\nrefused\nmore\n"), [Aspect::Control, Aspect::Stdout]);
    }

    #[test]
    fn only_checks_that_differ_are_failed_checks() {
        let expected = expectation("made: done\nlist: a\nread: x\n", "", &[("list:", "dir/list")]);
        let by = Aspect::Check("dir/list".to_owned());
        assert_eq!(mismatches(&expected, "made: done\nlist: error\nread: x\n"), [by]);
        assert_eq!(mismatches(&expected, "made: done\nlist: error\nread: error\n"), [Aspect::Stdout]);
        assert_eq!(mismatches(&expected, "made: done\nlost: error\nread: x\n"), [Aspect::Stdout]);
        assert_eq!(mismatches(&expected, "made: done\nread: x\n"), [Aspect::Stdout]);
        assert_eq!(mismatches(&expected, "made: done\nlist: error\nread: x\nlist: b\n"), [Aspect::Stdout]);
    }

    #[test]
    fn each_accepted_text_is_compared_line_by_line() {
        let text = |text: &str| Matcher::Exact(text.as_bytes().to_vec());
        let refused = Matcher::Matches(regex::bytes::Regex::new("^move: error: E[A-Z]+$").expect("a pattern"));
        let stdout = Matcher::Any(vec![
            Matcher::Lines(vec![text("make: done"), refused, text("list: a b")]),
            text("make: done\nmove: done\nlist: b\n"),
        ]);
        let expected = Expectation { stdout, ..expectation("", "make: done\n", &[("list:", "dir/list")]) };
        assert!(expected.begins_with_its_control() && expected.has_lines_of_its_own() && expected.has_line("list:"));
        let by = [Aspect::Check("dir/list".to_owned())];
        assert_eq!(mismatches(&expected, "make: done\nmove: error: EXDEV\nlist: a b\n"), []);
        assert_eq!(mismatches(&expected, "make: done\nmove: error: EXDEV\nlist: b\n"), by);
        assert_eq!(mismatches(&expected, "make: done\nmove: done\nlist: error\n"), by);
        assert_eq!(mismatches(&expected, "make: done\nmove: refused\nlist: b\n"), [Aspect::Stdout]);
        assert_eq!(mismatches(&expected, "make: error\nmove: done\nlist: b\n"), [Aspect::Control]);
        assert_eq!(mismatches(&expected, "make: done\nmove: error: EXDEV\nlist: a b"), [Aspect::Stdout]);
    }

    #[test]
    fn a_promise_of_no_line_is_none() {
        let checks = [("list:", "dir/list")];
        assert!(!expectation("inside\n", "inside\n", &[]).has_lines_of_its_own());
        assert!(!expectation("made\nlist: a\n", "made\n", &checks).has_lines_of_its_own());
        assert!(expectation("made\nkept\nlist: a\n", "made\n", &checks).has_lines_of_its_own());
        assert!(!expectation("made\nkept\n", "kept\n", &[]).begins_with_its_control());
    }
}
