//! What is kept of a cell: one JSON file, written whole or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use host_contract::request::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::case::{Location, StdinKind};
use crate::difference::Difference;
use crate::divergence::{Divergence, Fault};
use crate::expectation::{Found, quoted};
use crate::outcome::{EngineTimes, Exit, Leak, Outcome, SecondRun, Usage};
use crate::place::Places;
use crate::verdict::Verdict;

/// The records' schema; its first number changes when a reader must change. A record of another is of no use any more.
pub const SCHEMA: &str = "2.2";

/// What stands in the place of a reason that may not be told yet.
pub const WITHHELD: &str = "withheld: reported to the runtime's developers first";

/// What the paths outside of all preopens begin with, among those that a record has found.
pub const OUTSIDE: &str = "outside/";

/// How much of a guest's output a record keeps.
const KEPT: usize = 4 << 10;

/// All there is to know about one cell.
///
/// Wherever a path under the harness's own folders stands in it, the folder is written `$SANDBOX`, `$STATE`,
/// `$STORE` or `$ROOT`, also in what a runtime printed: records of two machines compare.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// The version of the records' schema.
    pub schema: String,
    /// The cell's name.
    pub cell: String,
    /// The runtime's id.
    pub runtime: String,
    /// The column's version.
    pub version: String,
    /// The column's mode, unless it is the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The Go release asked for, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<String>,
    /// The column's name, made of these four.
    pub column: String,
    /// Whether the column is the reference and no runtime's.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reference: bool,
    /// The case's id.
    pub case: String,
    /// The judgement.
    pub verdict: Verdict,
    /// In what respects the outcome is not as expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// The divergence that speaks of the cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<Known>,
    /// The receipt; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// What the outcome rests on, as [`key`](crate::key::key) makes it; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it was run, in seconds since 1970; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<u64>,
    /// Whether it was not run this time: an earlier run's outcome with the same key, judged anew.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reused: bool,
    /// What was run; none where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation: Option<Invocation>,
    /// What happened; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Observed>,
}

/// For what is said only where it is so.
pub fn is_false(value: &bool) -> bool {
    !value
}

/// What exactly was run: enough to tell two runs apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Receipt {
    /// The runtime's version, as its binary reports it.
    pub reported_version: String,
    /// The runtime's executable.
    pub runtime_sha256: String,
    /// The Go version that built the guest.
    pub go: String,
    /// The guest.
    pub guest_sha256: String,
    /// Operating system and architecture.
    pub platform: String,
}

/// The exact command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Invocation {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment of the runtime's process.
    pub environment: Vec<(String, String)>,
    /// What descriptor 0 was.
    pub stdin: StdinKind,
    /// For a host: its request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<serde_json::Value>,
}

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

/// A recorded divergence, as a record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Known {
    /// Whose deviation it is.
    pub fault: Fault,
    /// One sentence.
    pub reason: String,
    /// An upstream issue, or `unreported`.
    pub url: String,
    /// The versions it holds for.
    pub versions: String,
    /// The modes it holds in; none says all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modes: Option<BTreeSet<String>>,
    /// Whether it is a race: the cell may also come out as expected.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sometimes: bool,
    /// Whether the cell is withheld because of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub withheld: bool,
    /// Where it is recorded.
    pub location: Location,
}

impl From<&Divergence> for Known {
    fn from(divergence: &Divergence) -> Known {
        Known {
            fault: divergence.fault,
            reason: divergence.reason.clone(),
            url: divergence.url.clone(),
            versions: divergence.versions.to_string(),
            modes: divergence.modes.clone(),
            sometimes: divergence.sometimes,
            withheld: false,
            location: divergence.location.clone(),
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
}

impl Observed {
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

impl Record {
    /// The same with the harness's own folders written by their names.
    ///
    /// # Errors
    /// Only if a record cannot be taken apart and put together again, which would be a mistake in its shape.
    pub fn portable(&self, places: &Places, sandbox: &Path) -> io::Result<Record> {
        let mut value = serde_json::to_value(self)?;
        name_folders(&mut value, &|text| places.portable(text, sandbox));
        Ok(serde_json::from_value(value)?)
    }

    /// The same without all that would tell how it is done: its verdict, its receipt and the versions stay.
    pub fn withheld(self) -> Record {
        let said = |known| Known { reason: WITHHELD.to_owned(), withheld: true, ..known };
        Record {
            divergence: self.divergence.map(said),
            differences: Vec::new(),
            invocation: None,
            outcome: None,
            ..self
        }
    }

    /// Whether what was observed is what the case expects, whatever is recorded.
    pub fn is_as_expected(&self) -> bool {
        match self.verdict {
            Verdict::Pass | Verdict::Stale => true,
            Verdict::Known { .. } => self.differences.is_empty() && !self.is_withheld(),
            _ => false,
        }
    }

    /// Whether it is such a record.
    pub fn is_withheld(&self) -> bool {
        self.divergence.as_ref().is_some_and(|known| known.withheld)
    }

    /// Where a cell's record is kept under a folder.
    pub fn path(folder: &Path, cell: &str) -> PathBuf {
        folder.join(format!("{cell}.json"))
    }

    /// Writes the record, whole or not at all.
    ///
    /// # Errors
    /// With the path in the message.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        write_whole(&Record::path(folder, &self.cell), &serde_json::to_vec_pretty(self)?)
    }

    /// Reads the record of a cell.
    ///
    /// # Errors
    /// If there is none (*not found*), it is of another version (*unsupported*), or it is no record; with the path in the
    /// message.
    pub fn read(folder: &Path, cell: &str) -> io::Result<Record> {
        let path = Record::path(folder, cell);
        let at = |error: String| io::Error::other(format!("{}: {error}", path.display()));
        let bytes =
            fs::read(&path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        let record: Record = serde_json::from_slice(&bytes).map_err(|error| at(error.to_string()))?;
        match record.schema == SCHEMA {
            true => Ok(record),
            false => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                at(format!("schema {}, this program reads {SCHEMA}; run the cell again", record.schema)),
            )),
        }
    }
}

fn name_folders(value: &mut serde_json::Value, portable: &dyn Fn(&str) -> String) {
    match value {
        serde_json::Value::String(text) => *text = portable(text),
        serde_json::Value::Array(values) => values.iter_mut().for_each(|value| name_folders(value, portable)),
        serde_json::Value::Object(values) => values.values_mut().for_each(|value| name_folders(value, portable)),
        _ => {}
    }
}

/// Writes a file beside its place and moves it there.
///
/// # Errors
/// With the path in the message.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole_by(path, |file| file.write_all(bytes))
}

/// Lets a file be written piece by piece beside its place and moves it there.
///
/// # Errors
/// With the path in the message, whatever the writer's own.
pub fn write_whole_by(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let at = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let parent = path.parent().ok_or_else(|| io::Error::other("a file stands in a folder"))?;
    fs::create_dir_all(parent).map_err(at)?;
    // Readable like any other file: a web server may be the one to read it.
    let readable = fs::Permissions::from_mode(0o644);
    let mut file = tempfile::Builder::new().permissions(readable).tempfile_in(parent).map_err(at)?;
    let mut buffered = BufWriter::new(&mut file);
    write(&mut buffered).and_then(|()| buffered.flush()).map_err(at)?;
    drop(buffered);
    file.persist(path).map_err(|error| at(error.error))?;
    Ok(())
}

/// The sha256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The sha256 of a file, in hexadecimal.
///
/// # Errors
/// With the path in the message.
pub fn sha256_file(path: &Path) -> io::Result<String> {
    let at = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = fs::File::open(path).map_err(at)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(at)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hex(&hasher.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
