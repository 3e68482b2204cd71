//! What a run of a program of the user's shows, as far as two runs can be compared: how it ended, what it wrote, and
//! what it left in its folders.

use std::collections::{BTreeMap, BTreeSet};

use regex::bytes::{NoExpand, Regex};

use crate::content::Content;
use crate::difference::{Difference, diff};
use crate::digest::sha256;
use crate::expectation::{Aspect, Expectation, ExpectedExit, FileMatcher, Matcher};
use crate::folder_names::FOLDERS;
use crate::outcome::{Exit, Found, Outcome};
use crate::recorded_outcome::{Excerpt, Observed, ObservedFile, There};

/// How many bytes are kept of a stream or a file. All bytes are compared, by their digest.
pub const KEPT: usize = 64 << 10;

/// Stands in an output where something was ignored.
const IGNORED: &str = "…";

/// What is rewritten in every output before it is compared.
#[derive(Debug, Clone, Default)]
pub struct Ignored {
    /// Patterns, each with what replaces its matches.
    patterns: Vec<(Regex, &'static str)>,
}

impl Ignored {
    /// Ignores every match of these regular expressions. One character stands for each in the output.
    ///
    /// # Errors
    /// If one of them is none.
    pub fn parse(patterns: &[String]) -> Result<Ignored, regex::Error> {
        let parse = |pattern: &String| Ok((Regex::new(pattern)?, IGNORED));
        Ok(Ignored { patterns: patterns.iter().map(parse).collect::<Result<_, _>>()? })
    }

    /// Also writes a run's own folder, whose path no other run has, by its name.
    #[must_use]
    pub fn and_folder(&self, folder: &str) -> Ignored {
        let mut patterns = self.patterns.clone();
        let [name, ..] = FOLDERS;
        patterns.extend(Regex::new(&regex::escape(folder)).ok().map(|pattern| (pattern, name)));
        Ignored { patterns }
    }

    /// The bytes as they are compared: rewritten, of many bytes the beginning and the digest of all.
    pub fn kept(&self, bytes: Vec<u8>) -> Content {
        let replaced = |bytes: Vec<u8>, (pattern, by): &(Regex, &str)| match pattern.is_match(&bytes) {
            true => pattern.replace_all(&bytes, NoExpand(by.as_bytes())).into_owned(),
            false => bytes,
        };
        let bytes = self.patterns.iter().fold(bytes, replaced);
        match bytes.len() <= KEPT {
            true => bytes.into(),
            false => Content::cut(bytes[..KEPT].to_vec(), bytes.len(), Some(sha256(&bytes))),
        }
    }
}

/// What a run shows.
#[derive(Debug, Clone)]
pub struct Observation {
    /// How the program ended.
    pub exit: Exit,
    /// What it wrote to stdout.
    pub stdout: Content,
    /// What it, or the runtime, wrote to stderr.
    pub stderr: Content,
    /// What is in its folders afterwards, by the path that it knows.
    pub left: BTreeMap<String, Found>,
}

impl Observation {
    /// The part of an outcome that is compared. The outcome's files are what was left in the folders, as
    /// [`Ignored::kept`] has them.
    pub fn of(outcome: Outcome, ignored: &Ignored) -> Observation {
        let kept = |content: Content| match content.whole() {
            Some(bytes) => ignored.kept(bytes.to_vec()),
            None => content,
        };
        Observation {
            exit: outcome.exit,
            stdout: kept(outcome.stdout),
            stderr: kept(outcome.stderr),
            left: outcome.files,
        }
    }

    /// Whether the program came to an end of its own or the runtime's. What it did until the harness stopped it depends
    /// on the time that it had.
    fn is_complete(&self) -> bool {
        !matches!(self.exit, Exit::Timeout | Exit::OutputLimit)
    }

    /// What is compared, as a value for each aspect: equal values mean that nobody can see a difference.
    ///
    /// An exit code is compared by its low byte, which is all that a shell sees. If the runtime ended the program, its
    /// own words are on stderr, and those are not compared.
    pub(crate) fn values(&self) -> BTreeMap<Aspect, String> {
        let mut values = BTreeMap::from([(Aspect::Exit, end(&self.exit))]);
        if !self.is_complete() {
            return values;
        }
        let digest = |content: &Content| content.sha256().unwrap_or_else(|| format!("{} bytes", content.len()));
        let was_started = !matches!(self.exit, Exit::MissingImport { .. } | Exit::NotCompiled { .. });
        if was_started {
            values.insert(Aspect::Stdout, digest(&self.stdout));
        }
        if matches!(self.exit, Exit::Code { .. }) {
            values.insert(Aspect::Stderr, digest(&self.stderr));
        }
        for (path, found) in &self.left {
            let value = match found {
                Found::File(content) => format!("file {}", digest(content)),
                Found::Large(len) => format!("file of {len}"),
                Found::Link(target) => format!("link {}", digest(target)),
                Found::Folder => "folder".to_owned(),
                Found::Nothing => continue,
                Found::Other(what) => format!("other {what}"),
            };
            values.insert(Aspect::File(path.clone()), value);
        }
        values
    }

    /// Whether a traced run of the same program came to the same. What is on stderr is not compared: a runtime's message
    /// names places in the code, and a traced module has others.
    pub fn came_to_the_same(&self, traced: &Observation) -> bool {
        let without_stderr = |observation: &Observation| {
            let mut values = observation.values();
            values.remove(&Aspect::Stderr);
            values
        };
        without_stderr(self) == without_stderr(traced)
    }

    /// Whether a difference in this aspect means anything. If one of the two was stopped, only its end does.
    pub(crate) fn can_differ_in(&self, other: &Observation, aspect: &Aspect) -> bool {
        let both_have = |aspect: &Aspect| {
            let has = |observation: &Observation| observation.values().contains_key(aspect);
            has(self) && has(other)
        };
        match aspect {
            Aspect::Exit => true,
            Aspect::File(_) => self.is_complete() && other.is_complete(),
            aspect => both_have(aspect),
        }
    }

    /// Describes how it differs from the reference in these aspects. What was `given` has the content of files that are
    /// still as they were.
    pub fn differences(
        &self,
        reference: &Observation,
        aspects: &BTreeSet<Aspect>,
        given: &BTreeMap<String, Found>,
    ) -> Vec<Difference> {
        let of_content = |of: &Aspect, expected: &Content, observed: &Content| Difference {
            of: of.clone(),
            expected: expected.to_string(),
            observed: observed.to_string(),
            diff: diff(expected, observed),
        };
        let describe = |aspect: &Aspect| match aspect {
            Aspect::Stdout => of_content(aspect, &reference.stdout, &self.stdout),
            Aspect::Stderr => of_content(aspect, &reference.stderr, &self.stderr),
            Aspect::File(path) => {
                let [expected, observed] = [reference, self].map(|of| {
                    let found = of.left.get(path).unwrap_or(&Found::Nothing);
                    given.get(path).filter(|given| *given == found).unwrap_or(found)
                });
                match (expected, observed) {
                    (Found::File(expected), Found::File(observed)) => of_content(aspect, expected, observed),
                    _ => {
                        let [expected, observed] = [expected, observed].map(ToString::to_string);
                        Difference { of: aspect.clone(), expected, observed, diff: Vec::new() }
                    }
                }
            }
            aspect => {
                let [expected, observed] = [reference, self].map(|of| of.exit.to_string());
                Difference { of: aspect.clone(), expected, observed, diff: Vec::new() }
            }
        };
        aspects.iter().map(describe).collect()
    }

    /// What a case expects so that another run must come to the same. What was `given` to the program and is as it was is
    /// not looked at. None if the program did not end by itself, or left something that no case can ask for.
    pub fn expectation(&self, given: &BTreeMap<String, Found>) -> Option<Expectation> {
        let Exit::Code { code, .. } = self.exit else { return None };
        let gone = given.keys().filter(|path| !self.left.contains_key(*path));
        let mut files: BTreeMap<_, _> = gone.map(|path| (path.clone(), FileMatcher::Absent)).collect();
        for (path, found) in self.left.iter().filter(|(path, found)| given.get(*path) != Some(*found)) {
            files.insert(path.clone(), file_as_left(found)?);
        }
        Some(Expectation {
            exit: ExpectedExit::Code(code),
            stdout: exactly(&self.stdout)?,
            stderr: Some(exactly(&self.stderr)?),
            files,
            ..Expectation::silent_success()
        })
    }

    /// The part that an answer keeps. Of its folders that is what was not `given` to it as it is now.
    pub fn observed(&self, given: &BTreeMap<String, Found>) -> Observed {
        let file = |(path, found): (&String, &Found)| ObservedFile {
            path: path.clone(),
            outside: false,
            is: There::of(found),
        };
        Observed {
            exit: self.exit.clone(),
            stdout: Excerpt::of_content(&self.stdout),
            stderr: Excerpt::of_content(&self.stderr),
            files: self.left.iter().filter(|(path, found)| given.get(*path) != Some(found)).map(file).collect(),
            returns: Vec::new(),
            again: None,
            stdin_rest: None,
            changed_flags: None,
            member: None,
            leaked: Vec::new(),
        }
    }
}

/// How a program ended, without the words of one engine.
fn end(exit: &Exit) -> String {
    match exit {
        Exit::Code { code, .. } => format!("code {}", code & 0xff),
        Exit::Trap { .. } => "trap".to_owned(),
        Exit::Limit { .. } => "limit".to_owned(),
        Exit::MissingImport { import } => format!("missing import {import}"),
        Exit::NotCompiled { .. } => "not compiled".to_owned(),
        Exit::Signal { .. } => "signal".to_owned(),
        Exit::Timeout => "timeout".to_owned(),
        Exit::OutputLimit => "output limit".to_owned(),
    }
}

/// What accepts these bytes and no others. None if not all of them are known.
fn exactly(content: &Content) -> Option<Matcher> {
    match content.whole() {
        Some(bytes) => Some(Matcher::Exact(bytes.to_vec())),
        None => content.sha256().map(Matcher::Sha256),
    }
}

/// What accepts a path as it was left.
fn file_as_left(found: &Found) -> Option<FileMatcher> {
    match found {
        Found::File(content) => exactly(content).map(FileMatcher::Content),
        Found::Large(bytes) => Some(FileMatcher::Size(*bytes)),
        Found::Link(target) => target.whole().map(|target| FileMatcher::Link(target.to_vec())),
        Found::Folder => Some(FileMatcher::Folder),
        Found::Nothing => Some(FileMatcher::Absent),
        Found::Other(_) => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use matrix_supervise::Usage;

    pub(crate) fn observation(exit: Exit, stdout: &str, left: &[(&str, &str)]) -> Observation {
        let ignored = Ignored::parse(&["[0-9]+ms".to_owned()]).expect("a pattern");
        let file = |(path, content): &(&str, &str)| (path.to_string(), Found::File(ignored.kept((*content).into())));
        let outcome = Outcome {
            exit,
            stdout: stdout.as_bytes().to_vec().into(),
            stderr: b"words of the engine".to_vec().into(),
            files: left.iter().map(file).collect(),
            outside: BTreeMap::new(),
            returns: Vec::new(),
            again: None,
            stdin_rest: None,
            changed_flags: None,
            usage: Usage::default(),
            leaked: Vec::new(),
            engine_ns: None,
        };
        Observation::of(outcome, &ignored)
    }

    pub(crate) fn code(code: i32) -> Exit {
        Exit::Code { code, whole: true }
    }

    #[test]
    fn what_is_ignored_is_no_difference() {
        let values = |stdout: &str| observation(code(0), stdout, &[("/a", stdout)]).values();
        assert_eq!(values("took 3ms\n"), values("took 25ms\n"));
        assert_ne!(values("took 3ms\n"), values("took 3 ms\n"));
    }

    #[test]
    fn an_exit_code_is_what_a_shell_sees() {
        let values = |given: i32| observation(code(given), "", &[]).values();
        assert_eq!(values(-1), values(255));
        assert_ne!(values(1), values(2));
    }

    #[test]
    fn the_words_of_an_engine_are_not_compared() {
        let trap = |reason: &str| observation(Exit::Trap { reason: reason.to_owned() }, "", &[]).values();
        assert_eq!(trap("unreachable"), trap("wasm `unreachable` instruction executed"));
        assert!(!trap("unreachable").contains_key(&Aspect::Stderr));
        assert!(observation(code(1), "", &[]).values().contains_key(&Aspect::Stderr));
    }

    #[test]
    fn a_long_output_is_compared_whole() {
        let long = |end: &str| "x".repeat(KEPT) + end;
        let [one, other] = [long("a"), long("b")].map(|stdout| observation(code(0), &stdout, &[]));
        assert_ne!(one.values(), other.values());
        assert_eq!(one.stdout.len(), KEPT + 1);
        let told = one.differences(&other, &BTreeSet::from([Aspect::Stdout]), &BTreeMap::new());
        assert!(told[0].diff.last().is_some_and(|line| line.text.contains("cut here")), "{told:?}");
    }

    #[test]
    fn a_case_expects_what_changed_and_no_more() {
        let given = observation(code(0), "", &[("/same", "1"), ("/changed", "1"), ("/gone", "1")]).left;
        let left = observation(code(3), "hello\n", &[("/same", "1"), ("/changed", "2"), ("/new", "3")]);
        let expected = left.expectation(&given).expect("a case can expect it");
        assert_eq!(expected.exit, ExpectedExit::Code(3));
        assert_eq!(expected.stdout, Matcher::Exact(b"hello\n".to_vec()));
        let file = |text: &str| FileMatcher::Content(Matcher::Exact(text.as_bytes().to_vec()));
        let files = [("/changed", file("2")), ("/gone", FileMatcher::Absent), ("/new", file("3"))];
        assert_eq!(expected.files, files.map(|(path, matcher)| (path.to_owned(), matcher)).into());
        assert!(observation(Exit::Timeout, "", &[]).expectation(&given).is_none());
    }

    #[test]
    fn a_file_that_is_not_there_is_a_difference() {
        let [one, other] = [&[("/a", "1")][..], &[]].map(|left| observation(code(0), "", left));
        let told = other.differences(&one, &BTreeSet::from([Aspect::File("/a".to_owned())]), &BTreeMap::new());
        assert_eq!((told[0].expected.as_str(), told[0].observed.as_str()), ("\"1\"", "nothing of that name"));
    }
}
