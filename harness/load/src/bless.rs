//! Turns observations in red cells into divergences, and decides which of them a person must write by hand.

mod document;
mod edits;
mod entry;

use std::collections::BTreeMap;

pub use document::DivergenceFile;
pub use edits::{Change, Edits};

use matrix_model::case::Case;
use matrix_model::divergence::Fault;
use matrix_model::expectation::{Aspect, Expectation, ExpectedExit, FileMatcher, Matcher};
use matrix_model::folder_names::FOLDERS;
use matrix_model::outcome::{Exit, Found};
use matrix_model::record::Record;
use matrix_model::recorded_outcome::{Excerpt, Observed};

/// The maximum length, in bytes, of a value that is written out. For a longer value, a matcher says more.
const LONGEST: usize = 1 << 10;

/// What a person states about red cells, once for all of them.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Whose deviation it is.
    pub fault: Fault,
    /// One true sentence.
    pub reason: String,
    /// An upstream issue, or `unreported`.
    pub url: String,
    /// The versions it holds for; `None` means exactly the cell's own version.
    pub versions: Option<semver::VersionReq>,
    /// The modes it holds in; `None` means the cell's own mode.
    pub modes: Option<Vec<String>>,
    /// Whether it is a race.
    pub sometimes: bool,
    /// Whether the guest stays inside, in the cases that ask whether it gets out.
    pub stays_inside: bool,
}

/// A divergence to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The case's id.
    pub case: String,
    /// The versions it holds for.
    pub versions: semver::VersionReq,
    /// The modes it holds in; `None` means all modes.
    pub modes: Option<Vec<String>>,
    /// Whose deviation it is.
    pub fault: Fault,
    /// One true sentence.
    pub reason: String,
    /// An upstream issue, or `unreported`.
    pub url: String,
    /// Whether it is a race.
    pub sometimes: bool,
    /// Whether the guest stays inside, in a case that asks whether it gets out.
    pub stays_inside: bool,
    /// What is observed instead.
    pub instead: Instead,
}

/// What is observed instead of what a case expects. It contains the differences, and stderr if the way the guest ended
/// would tell too little alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Instead {
    /// How the guest ends.
    pub exit: Option<ExpectedExit>,
    /// What it writes to stdout.
    pub stdout: Option<Vec<u8>>,
    /// What it writes to stderr.
    pub stderr: Option<Vec<u8>>,
    /// What is left on the host, by guest path.
    pub files: BTreeMap<String, Found>,
    /// What is left in the folders outside, by their names and a path.
    pub outside: BTreeMap<String, Found>,
    /// What is left unread in stdin.
    pub stdin_rest: Option<Vec<u8>>,
    /// What is left changed of its descriptors.
    pub changed_flags: Option<Vec<String>>,
}

impl Instead {
    /// The unexpected observations in a red cell's record.
    ///
    /// # Errors
    /// A message, if an observation cannot be written so that it will hold again.
    pub fn of(record: &Record) -> Result<Instead, String> {
        let observed = record.outcome.as_ref().ok_or("nothing was observed")?;
        let mut instead = Instead::default();
        for difference in &record.differences {
            match &difference.of {
                Aspect::Exit => instead.exit = Some(exit(&observed.exit)?),
                Aspect::Control | Aspect::Stdout | Aspect::Check(_) => {
                    instead.stdout = Some(bytes("stdout", &observed.stdout)?);
                }
                Aspect::Stderr => instead.stderr = Some(bytes("stderr", &observed.stderr)?),
                of @ (Aspect::Returns | Aspect::Again) => {
                    return Err(format!("`{of}` differs; write the entry by hand, with `instead.{of}`"));
                }
                Aspect::StdinRest => {
                    let rest = observed.stdin_rest.as_ref().ok_or("nothing was read of the rest of stdin")?;
                    instead.stdin_rest = Some(bytes("stdin-rest", rest)?);
                }
                Aspect::ChangedFlags => instead.changed_flags.clone_from(&observed.changed_flags),
                of @ Aspect::File(path) => _ = instead.files.insert(path.clone(), file(observed, of, "files")?),
                of @ Aspect::Outside(path) => _ = instead.outside.insert(path.clone(), file(observed, of, "outside")?),
            }
        }
        if instead.exit.as_ref().is_some_and(ExpectedExit::is_explained_on_stderr) && instead.stderr.is_none() {
            instead.stderr = Some(bytes("stderr", &observed.stderr)?);
        }
        Ok(instead)
    }

    /// The case's expectation, with these differences applied.
    pub fn over(&self, case: &Case) -> Expectation {
        let mut expectation = case.expect.clone();
        if let Some(exit) = &self.exit {
            expectation.exit = exit.clone();
        }
        if let Some(stdout) = &self.stdout {
            expectation.stdout = Matcher::Exact(stdout.clone());
        }
        if let Some(stderr) = &self.stderr {
            expectation.stderr = Some(Matcher::Exact(stderr.clone()));
        }
        if let Some(rest) = &self.stdin_rest {
            expectation.stdin_rest = Some(Matcher::Exact(rest.clone()));
        }
        if let Some(changed) = &self.changed_flags {
            expectation.changed_flags = Some(changed.clone());
        }
        let matcher = |(path, found): (&String, &Found)| {
            let matcher = match found {
                Found::File(content) => FileMatcher::Content(Matcher::Exact(content.to_vec())),
                Found::Large(bytes) => FileMatcher::Size(*bytes),
                Found::Link(target) => FileMatcher::Link(target.to_vec()),
                Found::Folder => FileMatcher::Folder,
                Found::Nothing | Found::Other(_) => FileMatcher::Absent,
            };
            (path.clone(), matcher)
        };
        expectation.files.extend(self.files.iter().map(matcher));
        expectation.outside.extend(self.outside.iter().map(matcher));
        expectation
    }
}

fn exit(exit: &Exit) -> Result<ExpectedExit, String> {
    Ok(match exit {
        Exit::Code { code, .. } => ExpectedExit::Code(*code),
        Exit::Trap { reason } => {
            ours("exit", reason.as_bytes())?;
            ExpectedExit::Trap(Some(reason.clone()))
        }
        Exit::Limit { .. } => ExpectedExit::Limit,
        Exit::MissingImport { import } => ExpectedExit::MissingImport(Some(import.clone())),
        Exit::NotCompiled { message, .. } => {
            ours("exit", message.as_bytes())?;
            ExpectedExit::NotCompiled(message.clone())
        }
        Exit::Signal { signal } => ExpectedExit::Crash(vec![*signal]),
        Exit::Timeout => ExpectedExit::Timeout,
        Exit::OutputLimit => return Err("it was stopped for writing too much, which no `instead` can say".to_owned()),
    })
}

fn bytes(of: &str, excerpt: &Excerpt) -> Result<Vec<u8>, String> {
    let bytes = excerpt.whole().filter(|bytes| bytes.len() <= LONGEST);
    let bytes = bytes.ok_or_else(|| long(of, of, &format!("{} bytes", excerpt.len)))?;
    ours(of, &bytes)?;
    Ok(bytes)
}

/// The finding at a path. `key` is the key under which an entry would state it.
fn file(observed: &Observed, of: &Aspect, key: &str) -> Result<Found, String> {
    let Some(file) = observed.files.iter().find(|file| file.aspect() == *of) else { return Ok(Found::Nothing) };
    let found = file.is.found().ok_or_else(|| format!("{of}: broken base64 in its record"))?;
    match &found {
        Found::Other(what) => return Err(format!("{of} is {what}, which no `instead` can say")),
        Found::File(content) | Found::Link(content) => match content.whole() {
            None => return Err(long(key, &of.to_string(), "more than a record keeps of a file")),
            Some(bytes) => ours(&of.to_string(), bytes)?,
        },
        _ => {}
    }
    Ok(found)
}

/// The message for a value that is too long to write out. `key` is the key under which an entry would state it.
fn long(key: &str, of: &str, length: &str) -> String {
    format!(
        "{of} is {length}, too long to write out; write the entry by hand, with a matcher that tells it from another \
         breakage: `instead.{key} = {{ matches = \"…\" }}`"
    )
}

fn ours(of: &str, bytes: &[u8]) -> Result<(), String> {
    let named = FOLDERS.iter().find(|name| bytes.windows(name.len()).any(|window| window == name.as_bytes()));
    named.map_or(Ok(()), |name| {
        Err(format!(
            "{of} names a folder of this machine ({name}…); write the entry by hand, with a matcher that leaves it out"
        ))
    })
}
