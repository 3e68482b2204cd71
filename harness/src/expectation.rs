//! What must be observed, and how it is compared. Pure: bytes in, mismatches out.

use std::collections::BTreeMap;
use std::fmt;

use host_contract::request::Value;
use regex::bytes::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::content::{Content, quoted};
use crate::outcome::{Exit, Found, Outcome, SecondRun};

/// What a case, or a divergence, says will be observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// How the guest ends.
    pub exit: ExpectedExit,
    /// What it writes to stdout.
    pub stdout: Matcher,
    /// What it writes to stderr, if that is judged.
    pub stderr: Option<Matcher>,
    /// What is left on the host, by guest path.
    pub files: BTreeMap<String, FileMatcher>,
    /// What is left in the folders outside, by their names and a path.
    pub outside: BTreeMap<String, FileMatcher>,
    /// What the exports that are called give back, if that is judged.
    pub returns: Option<Vec<Vec<Value>>>,
    /// How a second run compares with the first, if that is judged.
    pub again: Option<Again>,
}

/// How the stdout of a second run of the very same process compares with that of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// Byte for byte the same.
    Same,
    /// Not the same.
    Different,
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Again::Same => "a second run writes the same bytes",
            Again::Different => "a second run writes other bytes",
        })
    }
}

/// How a guest is expected to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedExit {
    /// With this code.
    Code(i32),
    /// Stopped by the engine for something the guest did.
    Trap,
    /// Stopped by the engine because a limit of the case was reached.
    Limit,
    /// Not started: an import is missing.
    MissingImport,
    /// In any way but well: with a code other than 0, by a trap, at a limit, or not started.
    Failed,
    /// Stopped by the harness at its deadline; only a divergence may say so.
    Timeout,
    /// The runtime's process died by a signal; only a divergence may say so.
    Crash,
}

impl<'de> Deserialize<'de> for ExpectedExit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ExpectedExit, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected an exit code or a name in quotes")]
        enum Written {
            Code(i32),
            Name(String),
        }
        let name = match Written::deserialize(deserializer)? {
            Written::Code(code) => return Ok(ExpectedExit::Code(code)),
            Written::Name(name) => name,
        };
        match name.as_str() {
            "trap" => Ok(ExpectedExit::Trap),
            "limit" => Ok(ExpectedExit::Limit),
            "missing-import" => Ok(ExpectedExit::MissingImport),
            "failed" => Ok(ExpectedExit::Failed),
            "timeout" => Ok(ExpectedExit::Timeout),
            "crash" => Ok(ExpectedExit::Crash),
            other => Err(serde::de::Error::custom(format!(
                "unknown exit `{other}`, expected a number, \"trap\", \"limit\", \"missing-import\", \"failed\", \"timeout\" or \"crash\""
            ))),
        }
    }
}

impl fmt::Display for ExpectedExit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ExpectedExit::Code(code) => write!(f, "exit {code}"),
            ExpectedExit::Trap => f.write_str("a trap"),
            ExpectedExit::Limit => f.write_str("stopped at the limit by the runtime"),
            ExpectedExit::MissingImport => f.write_str("not started: a missing import"),
            ExpectedExit::Failed => f.write_str("any end but a good one"),
            ExpectedExit::Timeout => f.write_str("no end before the deadline"),
            ExpectedExit::Crash => f.write_str("the runtime killed by a signal"),
        }
    }
}

impl ExpectedExit {
    /// Whether a guest that ended so ended as expected.
    pub fn accepts(self, exit: &Exit) -> bool {
        match (self, exit) {
            (ExpectedExit::Code(expected), Exit::Code { code, whole: true }) => expected == *code,
            (ExpectedExit::Code(expected), Exit::Code { code, whole: false }) => expected & 0xff == *code,
            (ExpectedExit::Trap, Exit::Trap { .. }) => true,
            (ExpectedExit::Limit, Exit::Limit { .. }) => true,
            (ExpectedExit::MissingImport, Exit::MissingImport { .. }) => true,
            (ExpectedExit::Failed, Exit::MissingImport { .. } | Exit::Trap { .. } | Exit::Limit { .. }) => true,
            (ExpectedExit::Failed, Exit::Code { code, .. }) => *code != 0,
            (ExpectedExit::Timeout, Exit::Timeout) => true,
            (ExpectedExit::Crash, Exit::Signal { .. }) => true,
            _ => false,
        }
    }
}

/// How bytes are judged. Nothing is trimmed and no encoding is assumed.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// Byte for byte.
    Exact(Vec<u8>),
    /// A regular expression, anchored only where it says so.
    Matches(Regex),
    /// These bytes somewhere.
    Contains(Vec<u8>),
    /// One JSON document, equal to this one.
    Json(serde_json::Value),
    /// One of these.
    Any(Vec<Matcher>),
}

/// Patterns are equal when they are written the same.
impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        match (self, other) {
            (Matcher::Exact(a), Matcher::Exact(b)) | (Matcher::Contains(a), Matcher::Contains(b)) => a == b,
            (Matcher::Matches(a), Matcher::Matches(b)) => a.as_str() == b.as_str(),
            (Matcher::Json(a), Matcher::Json(b)) => a == b,
            (Matcher::Any(a), Matcher::Any(b)) => a == b,
            _ => false,
        }
    }
}

impl Matcher {
    /// Whether the bytes match. For an accepted set, [`Matcher::member`] tells which. Where what is kept of the bytes
    /// does not tell, as [`Matcher::decides`] says, they do not match.
    pub fn accepts(&self, content: &Content) -> bool {
        match self {
            Matcher::Exact(expected) => content.is(expected).unwrap_or(false),
            Matcher::Matches(regex) => content.whole().is_some_and(|bytes| regex.is_match(bytes)),
            Matcher::Contains(part) => part.is_empty() || content.windows(part.len()).any(|window| window == part),
            Matcher::Json(expected) => {
                let value = content.whole().map(serde_json::from_slice::<serde_json::Value>);
                value.is_some_and(|value| value.is_ok_and(|actual| actual == *expected))
            }
            Matcher::Any(members) => members.iter().any(|member| member.accepts(content)),
        }
    }

    /// Whether what is kept of the bytes is enough to tell whether all of them match. A digest is enough for exact bytes.
    pub fn decides(&self, content: &Content) -> bool {
        match self {
            Matcher::Exact(expected) => content.is(expected).is_some(),
            Matcher::Contains(_) => content.whole().is_some() || self.accepts(content),
            Matcher::Matches(_) | Matcher::Json(_) => content.whole().is_some(),
            Matcher::Any(members) => self.accepts(content) || members.iter().all(|member| member.decides(content)),
        }
    }

    /// The member of an accepted set that matched, from 0.
    pub fn member(&self, content: &Content) -> Option<usize> {
        match self {
            Matcher::Any(members) => members.iter().position(|member| member.accepts(content)),
            _ => None,
        }
    }

    /// The bytes to set beside the observed ones in a diff; none where a pattern was expected.
    pub fn exact(&self) -> Option<&[u8]> {
        match self {
            Matcher::Exact(expected) => Some(expected),
            _ => None,
        }
    }
}

/// Says in words what is accepted; long bytes are cut.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Matcher::Exact(expected) => write!(f, "exactly {}", quoted(expected)),
            Matcher::Matches(regex) => write!(f, "a match of /{}/", regex.as_str().escape_debug()),
            Matcher::Contains(part) => write!(f, "something with {} in it", quoted(part)),
            Matcher::Json(value) => write!(f, "the JSON {value}"),
            Matcher::Any(members) => {
                f.write_str("one of ")?;
                for (index, member) in members.iter().enumerate() {
                    write!(f, "{}({}) {member}", if index > 0 { ", " } else { "" }, index + 1)?;
                }
                Ok(())
            }
        }
    }
}

/// How a file left on the host is judged.
#[derive(Debug, Clone, PartialEq)]
pub enum FileMatcher {
    /// It is a regular file and its content matches.
    Content(Matcher),
    /// It is a regular file of so many bytes, whichever they are.
    Size(u64),
    /// It is a symbolic link to this.
    Link(Vec<u8>),
    /// It is a folder.
    Folder,
    /// There is nothing of that name.
    Absent,
}

/// Says in words what is accepted.
impl fmt::Display for FileMatcher {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            FileMatcher::Content(matcher) => matcher.fmt(f),
            FileMatcher::Size(bytes) => write!(f, "a file of {bytes} bytes"),
            FileMatcher::Link(target) => write!(f, "a symbolic link to {}", quoted(target)),
            FileMatcher::Folder => f.write_str("a folder"),
            FileMatcher::Absent => f.write_str("nothing of that name"),
        }
    }
}

impl FileMatcher {
    /// Whether what was found is what was expected.
    pub fn accepts(&self, found: &Found) -> bool {
        match (self, found) {
            (FileMatcher::Content(matcher), Found::File(content)) => matcher.accepts(content),
            (FileMatcher::Size(bytes), Found::File(content)) => *bytes == content.len() as u64,
            (FileMatcher::Size(bytes), Found::Large(found)) => bytes == found,
            (FileMatcher::Link(target), Found::Link(found)) => found.is(target).unwrap_or(false),
            (FileMatcher::Folder, Found::Folder) | (FileMatcher::Absent, Found::Nothing) => true,
            _ => false,
        }
    }

    /// Whether what is kept of what was found is enough to tell whether it is what was expected.
    pub fn decides(&self, found: &Found) -> bool {
        match (self, found) {
            (FileMatcher::Content(matcher), Found::File(content)) => matcher.decides(content),
            (FileMatcher::Link(target), Found::Link(found)) => found.is(target).is_some(),
            _ => true,
        }
    }
}

/// One respect in which an outcome may not be as expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The guest ended otherwise.
    Exit,
    /// Stdout differs.
    Stdout,
    /// Stderr differs.
    Stderr,
    /// This guest path differs on the host.
    File(String),
    /// This path outside of every preopen differs.
    Outside(String),
    /// The exports that were called gave other values.
    Returns,
    /// The second run did not compare with the first as it should.
    Again,
}

/// As people read it.
impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Aspect::Exit => f.write_str("exit"),
            Aspect::Stdout => f.write_str("stdout"),
            Aspect::Stderr => f.write_str("stderr"),
            Aspect::File(path) => f.write_str(path),
            Aspect::Outside(path) => write!(f, "outside/{path}"),
            Aspect::Returns => f.write_str("returns"),
            Aspect::Again => f.write_str("again"),
        }
    }
}

impl Expectation {
    /// Every respect in which the outcome is not as expected; empty when it is.
    pub fn mismatches(&self, outcome: &Outcome) -> Vec<Aspect> {
        let mut mismatches = Vec::new();
        if !self.exit.accepts(&outcome.exit) {
            mismatches.push(Aspect::Exit);
        }
        if !self.stdout.accepts(&outcome.stdout) {
            mismatches.push(Aspect::Stdout);
        }
        if self.stderr.as_ref().is_some_and(|matcher| !matcher.accepts(&outcome.stderr)) {
            mismatches.push(Aspect::Stderr);
        }
        let otherwise =
            |matcher: &FileMatcher, found: Option<&Found>| !found.is_some_and(|found| matcher.accepts(found));
        for (path, matcher) in &self.files {
            if otherwise(matcher, outcome.files.get(path)) {
                mismatches.push(Aspect::File(path.clone()));
            }
        }
        for (path, matcher) in &self.outside {
            if otherwise(matcher, outcome.outside.get(path)) {
                mismatches.push(Aspect::Outside(path.clone()));
            }
        }
        if self.returns.as_ref().is_some_and(|returns| *returns != outcome.returns) {
            mismatches.push(Aspect::Returns);
        }
        // A guest that the harness had to stop is not run again, and its exit tells.
        let stopped = matches!(outcome.exit, Exit::Timeout | Exit::OutputLimit);
        if self.again.is_some_and(|again| !stopped && !self.compares(again, outcome)) {
            mismatches.push(Aspect::Again);
        }
        mismatches
    }

    /// Which member of an accepted set stdout was, from 1; none where it is no set, or was none of them.
    pub fn member(&self, outcome: &Outcome) -> Option<usize> {
        self.stdout.member(&outcome.stdout).map(|index| index + 1)
    }

    /// Whether what is kept of an outcome is enough to tell in what respects it is not as expected.
    pub fn decides(&self, outcome: &Outcome) -> bool {
        let known = |matcher: &FileMatcher, found: Option<&Found>| found.is_none_or(|found| matcher.decides(found));
        let second = outcome.again.as_ref().filter(|_| self.again.is_some());
        self.stdout.decides(&outcome.stdout)
            && self.stderr.as_ref().is_none_or(|matcher| matcher.decides(&outcome.stderr))
            && self.files.iter().all(|(path, matcher)| known(matcher, outcome.files.get(path)))
            && self.outside.iter().all(|(path, matcher)| known(matcher, outcome.outside.get(path)))
            && second.is_none_or(|second| self.stdout.decides(&second.stdout))
    }

    fn compares(&self, again: Again, outcome: &Outcome) -> bool {
        outcome.again.as_ref().is_some_and(|SecondRun { exit, stdout }| {
            let same = *stdout == outcome.stdout;
            self.exit.accepts(exit) && self.stdout.accepts(stdout) && same == (again == Again::Same)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;

    fn regex(pattern: &str) -> Matcher {
        Matcher::Matches(Regex::new(pattern).expect("a pattern"))
    }

    fn cut(bytes: &[u8]) -> Content {
        Content::cut(bytes[..4].to_vec(), bytes.len(), Some(sha256(bytes)))
    }

    #[test]
    fn exact_bytes_are_judged_by_their_digest() {
        let (matcher, content) = (Matcher::Exact(b"one two".to_vec()), cut(b"one two"));
        assert!(matcher.decides(&content) && matcher.accepts(&content));
        let other = cut(b"one six");
        assert!(matcher.decides(&other) && !matcher.accepts(&other));
    }

    #[test]
    fn without_a_digest_only_the_length_tells() {
        let matcher = Matcher::Exact(b"one two".to_vec());
        let content = |len| Content::cut(b"one".to_vec(), len, None);
        assert!(!matcher.decides(&content(7)) && !matcher.accepts(&content(7)));
        assert!(matcher.decides(&content(8)) && !matcher.accepts(&content(8)));
    }

    #[test]
    fn a_beginning_does_not_tell_whether_all_of_it_matches() {
        let content = cut(b"one two");
        for matcher in [regex("^one"), Matcher::Contains(b"two".to_vec()), Matcher::Json(1.into())] {
            assert!(!matcher.decides(&content), "{matcher}");
            assert!(matcher.decides(&content.whole().map_or(b"one two".to_vec(), <[u8]>::to_vec).into()), "{matcher}");
        }
        assert!(Matcher::Contains(b"ne".to_vec()).decides(&content));
        assert!(Matcher::Any(vec![regex("^six"), Matcher::Exact(b"one two".to_vec())]).decides(&content));
        assert!(!Matcher::Any(vec![regex("^six"), Matcher::Exact(b"six".to_vec())]).decides(&content));
    }
}
