//! What a record keeps of an outcome: all of it where it is small, the beginning and the digest of what is not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use host_contract::request::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::expectation::{Found, quoted};
use crate::outcome::{EngineTimes, Exit, Outcome, SecondRun};
use crate::process::{Leak, Usage};

/// What the paths outside of all preopens begin with, among those that a record has found.
pub const OUTSIDE: &str = "outside/";

/// How much of a guest's output a record keeps.
const KEPT: usize = 4 << 10;

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Observed {
    /// How the guest ended.
    pub exit: Exit,
    /// What it wrote to stdout.
    pub stdout: Excerpt,
    /// What it, or the runtime, wrote to stderr.
    pub stderr: Excerpt,
    /// What was left on the host, by guest path or by `outside/` and a path there, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<(String, String)>,
    /// What the exports that were called gave back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Vec<Number>>")]
    pub returns: Vec<Vec<Value>>,
    /// What came of a second run, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<ObservedAgain>,
    /// Which member of an accepted set stdout was, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<usize>,
    /// What it cost.
    pub usage: Usage,
    /// Time inside the engine, where a host reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineTimes>,
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

/// What came of a second run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObservedAgain {
    /// How the guest ended.
    pub exit: Exit,
    /// What it wrote to stdout.
    pub stdout: Excerpt,
}

/// Bytes, or the beginning of many bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Excerpt {
    /// How many bytes there were.
    pub len: usize,
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
    /// Keeps the bytes, or as many as a record keeps.
    pub fn of(bytes: &[u8]) -> Excerpt {
        // A cut must not fall into a character, or text would look like something else.
        let end = match bytes.len() <= KEPT {
            true => bytes.len(),
            false => (KEPT - 3..=KEPT).rev().find(|end| bytes[*end] & 0xc0 != 0x80).unwrap_or(KEPT),
        };
        let kept = &bytes[..end];
        let text = std::str::from_utf8(kept).ok().map(str::to_owned);
        let base64 = text.is_none().then(|| STANDARD.encode(kept));
        let sha256 = (kept.len() < bytes.len()).then(|| sha256(bytes));
        Excerpt { len: bytes.len(), sha256, text, base64 }
    }

    /// All the bytes; none where not all are kept.
    pub fn whole(&self) -> Option<Vec<u8>> {
        let kept = match (&self.text, &self.base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64).ok()?,
            (None, None) => Vec::new(),
        };
        self.sha256.is_none().then_some(kept)
    }

    /// As a quoted literal for people, saying how much is left out.
    pub fn quoted(&self) -> String {
        let kept = match (&self.text, &self.base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64).unwrap_or_else(|_| base64.clone().into_bytes()),
            (None, None) => Vec::new(),
        };
        let rest = self.len.saturating_sub(kept.len());
        match rest {
            0 => quoted(&kept),
            rest => format!("{} and {rest} more bytes", quoted(&kept[..kept.len().min(200)])),
        }
    }
}

impl Observed {
    /// What a record keeps of an outcome; `member` is the accepted set's member stdout was.
    pub fn of(outcome: &Outcome, member: Option<usize>) -> Observed {
        let files = outcome.files.iter().map(|(path, found)| (path.clone(), found.to_string()));
        let outside = outcome.outside.iter().map(|(path, found)| (format!("{OUTSIDE}{path}"), found.to_string()));
        Observed {
            exit: outcome.exit.clone(),
            stdout: Excerpt::of(&outcome.stdout),
            stderr: Excerpt::of(&outcome.stderr),
            files: files.chain(outside).collect(),
            returns: outcome.returns.clone(),
            again: outcome
                .again
                .as_ref()
                .map(|second| ObservedAgain { exit: second.exit.clone(), stdout: Excerpt::of(&second.stdout) }),
            member: member.map(|index| index + 1),
            usage: outcome.usage,
            engine: outcome.engine_ns,
            leaked: outcome.leaked.clone(),
        }
    }

    /// The outcome again; none where not all of it is kept.
    pub fn outcome(&self) -> Option<Outcome> {
        let found = |outside: bool| {
            let of = self.files.iter().filter(move |(path, _)| path.starts_with(OUTSIDE) == outside);
            of.map(|(path, words)| Some((path.strip_prefix(OUTSIDE).unwrap_or(path).to_owned(), Found::read(words)?)))
        };
        let again = self.again.as_ref();
        let again = again.map(|second| Some(SecondRun { exit: second.exit.clone(), stdout: second.stdout.whole()? }));
        Some(Outcome {
            exit: self.exit.clone(),
            stdout: self.stdout.whole()?,
            stderr: self.stderr.whole()?,
            files: found(false).collect::<Option<_>>()?,
            outside: found(true).collect::<Option<_>>()?,
            returns: self.returns.clone(),
            again: match again {
                Some(again) => Some(again?),
                None => None,
            },
            usage: self.usage,
            leaked: self.leaked.clone(),
            engine_ns: self.engine,
        })
    }
}
