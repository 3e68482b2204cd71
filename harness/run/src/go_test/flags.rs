//! The flags that a test binary is started with.

use std::collections::BTreeSet;
use std::time::Duration;

/// Which tests are run, and how. The meaning of each is that of the flag of `go test`.
#[derive(Debug, Clone)]
pub struct TestFlags {
    /// `-run`
    pub run: Option<String>,
    /// `-skip`
    pub skip: Option<String>,
    /// `-short`
    pub short: bool,
    /// `-count`
    pub count: Option<u32>,
    /// `-bench`
    pub bench: Option<String>,
    /// `-timeout`. It is multiplied by the `deadline-factor` of a runtime.
    pub timeout: Duration,
    /// What comes after `-args`.
    pub args: Vec<String>,
}

impl TestFlags {
    /// The flags that do not depend on where the tests are run, as a user knows them.
    pub fn shown(&self) -> Vec<String> {
        let mut shown: Vec<String> = Vec::new();
        shown.extend(self.short.then(|| "-short".to_owned()));
        let texts = [("run", &self.run), ("skip", &self.skip), ("bench", &self.bench)];
        shown.extend(texts.into_iter().filter_map(|(name, text)| Some(format!("-{name}={}", text.as_ref()?))));
        shown.extend(self.count.map(|count| format!("-count={count}")));
        shown.push(format!("-timeout={}", go_duration(self.timeout)));
        if !self.args.is_empty() {
            shown.push("-args".to_owned());
            shown.extend(self.args.iter().cloned());
        }
        shown
    }

    /// The arguments of a test binary that skips these tests. Its output is written for `go tool test2json`.
    pub(crate) fn arguments(&self, skip: &BTreeSet<String>, factor: u32) -> Vec<String> {
        let mut arguments = vec!["-test.v=test2json".to_owned(), "-test.paniconexit0".to_owned()];
        arguments.push(format!("-test.timeout={}", go_duration(self.timeout * factor)));
        if self.short {
            arguments.push("-test.short".to_owned());
        }
        if let Some(run) = &self.run {
            arguments.push(format!("-test.run={run}"));
        }
        let skipped = (!skip.is_empty()).then(|| named(skip));
        let skipped: Vec<_> = self.skip.iter().cloned().chain(skipped).collect();
        if !skipped.is_empty() {
            arguments.push(format!("-test.skip={}", skipped.join("|")));
        }
        arguments.extend(self.bench.iter().map(|bench| format!("-test.bench={bench}")));
        arguments.extend(self.count.map(|count| format!("-test.count={count}")));
        arguments.extend(self.args.iter().cloned());
        arguments
    }

    /// The arguments of a test binary that runs this one test or subtest.
    pub(crate) fn for_one(&self, test: &str, factor: u32) -> Vec<String> {
        let elements: Vec<_> = test.split('/').map(|element| format!("^{}$", regex::escape(element))).collect();
        let one = TestFlags { run: Some(elements.join("/")), skip: None, bench: None, ..self.clone() };
        one.arguments(&BTreeSet::new(), factor)
    }

    /// The arguments of a test binary that names its tests, one in each line.
    pub(crate) fn listing(&self) -> Vec<String> {
        vec!["-test.list=.".to_owned()]
    }
}

/// A duration as Go writes it.
fn go_duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}

/// A pattern of `-run` and `-skip` for these names of functions.
fn named(tests: &BTreeSet<String>) -> String {
    format!("^({})$", tests.iter().map(String::as_str).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> TestFlags {
        TestFlags {
            run: Some("A|B/x".to_owned()),
            skip: None,
            short: true,
            count: None,
            bench: None,
            timeout: Duration::from_secs(60),
            args: vec!["-v".to_owned()],
        }
    }

    #[test]
    fn a_start_skips_what_had_its_turn() {
        let arguments = flags().arguments(&["A".to_owned(), "B".to_owned()].into(), 4);
        let expected = [
            "-test.v=test2json",
            "-test.paniconexit0",
            "-test.timeout=240s",
            "-test.short",
            "-test.run=A|B/x",
            "-test.skip=^(A|B)$",
            "-v",
        ];
        assert_eq!(arguments, expected);
        let own = TestFlags { skip: Some("C".to_owned()), ..flags() };
        assert!(own.arguments(&["A".to_owned()].into(), 1).contains(&"-test.skip=C|^(A)$".to_owned()));
    }

    #[test]
    fn one_subtest_is_named_exactly() {
        let arguments = flags().for_one("A/x.y#01", 1);
        assert!(arguments.contains(&"-test.run=^A$/^x\\.y\\#01$".to_owned()), "{arguments:?}");
    }

    #[test]
    fn flags_are_shown_as_a_user_knows_them() {
        assert_eq!(flags().shown(), ["-short", "-run=A|B/x", "-timeout=60s", "-args", "-v"]);
    }
}
