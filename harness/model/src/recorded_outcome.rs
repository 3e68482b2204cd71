//! The part of an outcome that a record keeps: all of it if it is small, else the beginning and a digest.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use host_contract::request::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::digest::Encoder;
use crate::expectation::Aspect;
use crate::outcome::{Exit, Found, Outcome, SecondRun};
use matrix_supervise::{Leak, Usage};

/// The maximum number of bytes of a guest's output that a record keeps.
const KEPT_OF_OUTPUT: usize = 4 << 10;

/// The maximum number of bytes that a record keeps of a file that a case asks about.
const KEPT_OF_FILE: usize = 64 << 10;

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Observed {
    /// How the guest ended.
    pub exit: Exit,
    /// What it wrote to stdout.
    pub stdout: Excerpt,
    /// What it, or the runtime, wrote to stderr. If the guest was not compiled: the end of what the compiler said.
    pub stderr: Excerpt,
    /// What was left on the host at the paths that the case asks about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ObservedFile>,
    /// What the exports that were called gave back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Vec<Number>>")]
    pub returns: Vec<Vec<Value>>,
    /// The result of a second run, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<ObservedAgain>,
    /// What it left unread in stdin, where the case asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin_rest: Option<Excerpt>,
    /// What it left changed of its descriptors, where the case asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_flags: Option<Vec<String>>,
    /// Which member of an accepted set stdout was, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<usize>,
    /// Processes it left behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaked: Vec<Leak>,
}

/// How [`Value`] is written: the host contract's types know nothing of schemas.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "it is there for its schema")]
enum Number {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 64-bit float.
    F64(f64),
}

/// The result of a second run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObservedAgain {
    /// How the guest ended.
    pub exit: Exit,
    /// What it wrote to stdout.
    pub stdout: Excerpt,
}

/// What was at a path after the guest ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ObservedFile {
    /// The path as the guest knows it, or a path in the folders outside of all preopens.
    pub path: String,
    /// Whether it is a path outside of all preopens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
    /// What was there.
    #[serde(flatten)]
    pub is: There,
}

/// What was at a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum There {
    /// A regular file with this content.
    File(Excerpt),
    /// A regular file of more bytes than the harness reads.
    LargeFile {
        /// How many there were.
        len: u64,
    },
    /// A symbolic link to this.
    Link(Excerpt),
    /// A folder.
    Folder,
    /// Nothing of that name.
    Nothing,
    /// Something else.
    Other {
        /// In words.
        what: String,
    },
}

/// Bytes, or the beginning of many bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Excerpt {
    /// How many bytes there were.
    pub len: usize,
    /// Whether not all of them are kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// The sha256 of all of them, where not all are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The bytes kept, if they are UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The bytes kept, if they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

impl Excerpt {
    /// Keeps the bytes, up to the limit for a guest's output.
    pub fn of(bytes: &[u8]) -> Excerpt {
        Excerpt::up_to(KEPT_OF_OUTPUT, &bytes.to_vec().into())
    }

    /// Keeps a guest's output, up to the limit for it.
    pub fn of_content(content: &Content) -> Excerpt {
        Excerpt::up_to(KEPT_OF_OUTPUT, content)
    }

    /// Keeps the bytes, up to `most` of them.
    fn up_to(most: usize, content: &Content) -> Excerpt {
        let bytes: &[u8] = content;
        // A cut inside a character would make text look like binary data.
        let end = match bytes.len() <= most {
            true => bytes.len(),
            false => (most - 3..=most).rev().find(|end| bytes[*end] & 0xc0 != 0x80).unwrap_or(most),
        };
        let kept = &bytes[..end];
        let text = std::str::from_utf8(kept).ok().map(str::to_owned);
        let base64 = text.is_none().then(|| STANDARD.encode(kept));
        let cut = kept.len() < bytes.len() || content.whole().is_none();
        let sha256 = if cut { content.sha256() } else { None };
        Excerpt { len: content.len(), cut, sha256, text, base64 }
    }

    /// The bytes that are kept; `None` if they are not valid in their encoding.
    pub fn content(&self) -> Option<Content> {
        let kept = match (&self.text, &self.base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64).ok()?,
            (None, None) => Vec::new(),
        };
        Some(match self.cut {
            true => Content::cut(kept, self.len, self.sha256.clone()),
            false => kept.into(),
        })
    }

    /// All the bytes; `None` if not all are kept.
    pub fn whole(&self) -> Option<Vec<u8>> {
        self.content()?.whole().map(<[u8]>::to_vec)
    }

    /// As a quoted literal for people that says how much is left out.
    pub fn quoted(&self) -> String {
        self.content().map_or_else(|| "not base64".to_owned(), |content| content.to_string())
    }
}

impl ObservedFile {
    /// The aspect of the outcome that this path belongs to.
    pub fn aspect(&self) -> Aspect {
        match self.outside {
            true => Aspect::Outside(self.path.clone()),
            false => Aspect::File(self.path.clone()),
        }
    }
}

impl There {
    /// The part of what was found that a record keeps.
    pub fn of(found: &Found) -> There {
        match found {
            Found::File(content) => There::File(Excerpt::up_to(KEPT_OF_FILE, content)),
            Found::Large(len) => There::LargeFile { len: *len },
            Found::Link(target) => There::Link(Excerpt::up_to(KEPT_OF_FILE, target)),
            Found::Folder => There::Folder,
            Found::Nothing => There::Nothing,
            Found::Other(what) => There::Other { what: what.clone() },
        }
    }

    /// The same as it was found; `None` if the bytes are not valid in their encoding.
    pub fn found(&self) -> Option<Found> {
        Some(match self {
            There::File(excerpt) => Found::File(excerpt.content()?),
            There::LargeFile { len } => Found::Large(*len),
            There::Link(excerpt) => Found::Link(excerpt.content()?),
            There::Folder => Found::Folder,
            There::Nothing => Found::Nothing,
            There::Other { what } => Found::Other(what.clone()),
        })
    }

    /// Describes it in words. Long content is cut.
    pub fn in_words(&self) -> String {
        self.found().map_or_else(|| "not base64".to_owned(), |found| found.to_string())
    }
}

impl Observed {
    /// The part of an outcome that a record keeps. `member` is the member of the accepted set that stdout matched, from
    /// 1.
    pub fn of(outcome: &Outcome, member: Option<usize>) -> Observed {
        let all = |files: &BTreeMap<String, Found>, outside: bool| {
            let file =
                |(path, found): (&String, &Found)| ObservedFile { path: path.clone(), outside, is: There::of(found) };
            files.iter().map(file).collect::<Vec<_>>()
        };
        let output = Excerpt::of_content;
        Observed {
            exit: outcome.exit.clone(),
            stdout: output(&outcome.stdout),
            stderr: output(&outcome.stderr),
            files: [all(&outcome.files, false), all(&outcome.outside, true)].concat(),
            returns: outcome.returns.clone(),
            again: outcome
                .again
                .as_ref()
                .map(|second| ObservedAgain { exit: second.exit.clone(), stdout: output(&second.stdout) }),
            stdin_rest: outcome.stdin_rest.as_ref().map(output),
            changed_flags: outcome.changed_flags.clone(),
            member,
            leaked: outcome.leaked.clone(),
        }
    }

    /// A digest of what was observed: two outcomes with one digest are the same, whatever is expected of them.
    pub fn digest(&self) -> String {
        let bare = Observed { member: None, leaked: Vec::new(), ..self.clone() };
        let text = serde_json::to_vec(&bare).expect("an outcome is valid JSON");
        let mut encoder = Encoder::new("observed outcome", 1);
        encoder.bytes("outcome", &text);
        encoder.finish()
    }

    /// Restores the outcome as far as it is kept, without its cost; `None` if bytes are not valid in their encoding.
    pub fn outcome(&self) -> Option<Outcome> {
        let found = |outside: bool| {
            let of = self.files.iter().filter(move |file| file.outside == outside);
            of.map(|file| Some((file.path.clone(), file.is.found()?))).collect::<Option<BTreeMap<_, _>>>()
        };
        let again = match &self.again {
            Some(second) => Some(SecondRun { exit: second.exit.clone(), stdout: second.stdout.content()? }),
            None => None,
        };
        let stdin_rest = match &self.stdin_rest {
            Some(rest) => Some(rest.content()?),
            None => None,
        };
        Some(Outcome {
            exit: self.exit.clone(),
            stdout: self.stdout.content()?,
            stderr: self.stderr.content()?,
            files: found(false)?,
            outside: found(true)?,
            returns: self.returns.clone(),
            again,
            stdin_rest,
            changed_flags: self.changed_flags.clone(),
            usage: Usage::default(),
            leaked: self.leaked.clone(),
            engine_ns: None,
        })
    }
}
