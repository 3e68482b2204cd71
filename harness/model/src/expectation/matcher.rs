//! How bytes and files are judged.

use std::fmt;

use regex::bytes::Regex;

use crate::content::{Content, quoted};
use crate::outcome::Found;

/// How bytes are judged. Nothing is trimmed and no encoding is assumed.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// Byte for byte.
    Exact(Vec<u8>),
    /// A regular expression, anchored only where it says so.
    Matches(Regex),
    /// These bytes somewhere.
    Contains(Vec<u8>),
    /// With this sha256, in hexadecimal digits.
    Sha256(String),
    /// One JSON document, equal to this one.
    Json(serde_json::Value),
    /// As many lines as these, each of them matched without its line end.
    Lines(Vec<Matcher>),
    /// One of these.
    Any(Vec<Matcher>),
}

/// Outputs that have nothing in common but that something is written. A pattern that matches all of them matches
/// anything.
const PROBES: [&[u8]; 4] = [b"wasip1-matrix", b"one line\n", b"\n\ntwo lines\n", b"\xff\x00\xfe"];

/// Patterns are equal when they are written the same.
impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        match (self, other) {
            (Matcher::Exact(a), Matcher::Exact(b)) | (Matcher::Contains(a), Matcher::Contains(b)) => a == b,
            (Matcher::Matches(a), Matcher::Matches(b)) => a.as_str() == b.as_str(),
            (Matcher::Sha256(a), Matcher::Sha256(b)) => a == b,
            (Matcher::Json(a), Matcher::Json(b)) => a == b,
            (Matcher::Lines(a), Matcher::Lines(b)) | (Matcher::Any(a), Matcher::Any(b)) => a == b,
            _ => false,
        }
    }
}

impl Matcher {
    /// Whether the bytes match. For an accepted set, [`Matcher::member`] tells which member did. If too little of the
    /// bytes is kept to tell, as [`Matcher::decides`] reports, they do not match.
    pub fn accepts(&self, content: &Content) -> bool {
        match self {
            Matcher::Exact(expected) => content.is(expected).unwrap_or(false),
            Matcher::Matches(regex) => content.whole().is_some_and(|bytes| regex.is_match(bytes)),
            Matcher::Contains(part) => part.is_empty() || content.windows(part.len()).any(|window| window == part),
            Matcher::Sha256(digest) => content.sha256().is_some_and(|sha256| sha256 == *digest),
            Matcher::Json(expected) => {
                let value = content.whole().map(serde_json::from_slice::<serde_json::Value>);
                value.is_some_and(|value| value.is_ok_and(|actual| actual == *expected))
            }
            Matcher::Lines(lines) => content.whole().is_some_and(|bytes| accepts_lines(lines, bytes)),
            Matcher::Any(members) => members.iter().any(|member| member.accepts(content)),
        }
    }

    /// Whether enough of the bytes is kept to tell whether all of them match. For exact bytes, a digest is enough.
    pub fn decides(&self, content: &Content) -> bool {
        match self {
            Matcher::Exact(expected) => content.is(expected).is_some(),
            Matcher::Contains(_) => content.whole().is_some() || self.accepts(content),
            Matcher::Sha256(_) => content.sha256().is_some(),
            Matcher::Matches(_) | Matcher::Json(_) | Matcher::Lines(_) => content.whole().is_some(),
            Matcher::Any(members) => self.accepts(content) || members.iter().all(|member| member.decides(content)),
        }
    }

    /// Whether it accepts whatever is written, so that it judges nothing.
    pub fn accepts_anything(&self) -> bool {
        match self {
            Matcher::Contains(part) => part.is_empty(),
            Matcher::Matches(regex) => PROBES.iter().all(|bytes| regex.is_match(bytes)),
            Matcher::Any(members) => members.iter().any(Matcher::accepts_anything),
            Matcher::Exact(_) | Matcher::Sha256(_) | Matcher::Json(_) | Matcher::Lines(_) => false,
        }
    }

    /// The member of an accepted set that matched, from 0.
    pub fn member(&self, content: &Content) -> Option<usize> {
        match self {
            Matcher::Any(members) => members.iter().position(|member| member.accepts(content)),
            _ => None,
        }
    }

    /// The bytes to compare with the observed ones in a diff; `None` if a pattern was expected.
    pub fn exact(&self) -> Option<&[u8]> {
        match self {
            Matcher::Exact(expected) => Some(expected),
            _ => None,
        }
    }
}

/// Describes in words what is accepted. Long bytes are cut.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Matcher::Exact(expected) => write!(f, "exactly {}", quoted(expected)),
            Matcher::Matches(regex) => write!(f, "a match of /{}/", regex.as_str().escape_debug()),
            Matcher::Contains(part) => write!(f, "something with {} in it", quoted(part)),
            Matcher::Sha256(digest) => write!(f, "something with the sha256 {digest}"),
            Matcher::Json(value) => write!(f, "the JSON {value}"),
            Matcher::Lines(lines) => numbered(f, "the lines ", lines),
            Matcher::Any(members) => numbered(f, "one of ", members),
        }
    }
}

/// Whether the bytes are these lines, each with a line end.
fn accepts_lines(lines: &[Matcher], bytes: &[u8]) -> bool {
    let Some(text) = bytes.strip_suffix(b"\n") else { return false };
    let observed: Vec<_> = text.split(|byte| *byte == b'\n').collect();
    observed.len() == lines.len()
        && lines.iter().zip(observed).all(|(line, observed)| line.accepts(&observed.to_vec().into()))
}

fn numbered(f: &mut fmt::Formatter, what: &str, members: &[Matcher]) -> fmt::Result {
    f.write_str(what)?;
    for (index, member) in members.iter().enumerate() {
        write!(f, "{}({}) {member}", if index > 0 { ", " } else { "" }, index + 1)?;
    }
    Ok(())
}

/// How a file left on the host is judged.
#[derive(Debug, Clone, PartialEq)]
pub enum FileMatcher {
    /// It is a regular file and its content matches.
    Content(Matcher),
    /// It is a regular file of this many bytes, with any content.
    Size(u64),
    /// It is a symbolic link to this.
    Link(Vec<u8>),
    /// It is a folder.
    Folder,
    /// Nothing has this name.
    Absent,
}

/// Describes in words what is accepted.
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
    /// Whether what was found matches.
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

    /// Whether enough of what was found is kept to tell whether it matches.
    pub fn decides(&self, found: &Found) -> bool {
        match (self, found) {
            (FileMatcher::Content(matcher), Found::File(content)) => matcher.decides(content),
            (FileMatcher::Link(target), Found::Link(found)) => found.is(target).is_some(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;

    fn regex(pattern: &str) -> Matcher {
        Matcher::Matches(Regex::new(pattern).expect("a pattern"))
    }

    #[test]
    fn a_matcher_that_accepts_anything_is_known() {
        for anything in ["", "x*", "^", "(?s-u).", "(?s-u)^.+$", "^(tick\n)*"] {
            assert!(regex(anything).accepts_anything(), "{anything}");
        }
        assert!(Matcher::Contains(Vec::new()).accepts_anything());
        assert!(Matcher::Any(vec![Matcher::Exact(b"a".to_vec()), regex("")]).accepts_anything());
        for something in ["^$", "^(tick\n)*$", "^[0-9]+\n$", "ModTime="] {
            assert!(!regex(something).accepts_anything(), "{something}");
        }
        assert!(!Matcher::Exact(Vec::new()).accepts_anything() && !Matcher::Contains(b"a".to_vec()).accepts_anything());
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
    fn a_digest_is_judged_without_the_bytes() {
        let matcher = Matcher::Sha256(sha256(b"one two"));
        assert!(matcher.decides(&cut(b"one two")) && matcher.accepts(&cut(b"one two")));
        assert!(matcher.accepts(&b"one two".to_vec().into()) && !matcher.accepts(&b"one six".to_vec().into()));
        assert!(!matcher.decides(&Content::cut(b"one".to_vec(), 7, None)));
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
