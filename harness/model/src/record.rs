//! The record of a cell: one JSON file, written whole or not at all.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::Location;
use crate::connection::{OutputKind, StdinKind};
use crate::difference::Difference;
use crate::divergence::{Divergence, Fault};
use crate::outcome::EngineTimes;
use crate::recorded_outcome::Observed;
use crate::verdict::Verdict;
use matrix_supervise::Usage;

/// The version of the records' schema. Its first number changes when a reader must change. A record with another
/// version can no longer be used.
pub const SCHEMA: &str = "3.0";

/// Replaces a reason that may not be published yet. It is true before the runtime's developers have been told and after.
pub const WITHHELD: &str = "withheld: the runtime's developers are to know it first";

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
    /// The surrounding that it was run in, unless that was the machine as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surrounding: Option<String>,
    /// The column's name, made of these five.
    pub column: String,
    /// Whether the column is the reference and no runtime's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reference: bool,
    /// The case's id.
    pub case: String,
    /// The judgement.
    pub verdict: Verdict,
    /// In what respects the outcome is not as expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// Lines that other cases judge and that are not as expected. Those cases are on record in this column, and the
    /// verdict is about the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Difference>,
    /// The divergence that speaks of the cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<Known>,
    /// The receipt; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// The sha256 of the runtime's executable file, as `sha256sum` prints it. The receipt's digest is the same if the
    /// executable is all there is, and covers all installed files otherwise. None where nothing was run, or nobody kept
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable_sha256: Option<String>,
    /// What the outcome rests on, as a digest; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What was measured as it was run; none where nothing was run, or nobody kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// Whether it was not run this time: an earlier run's outcome with the same key, judged anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
    /// What was run, or the compiler if the guest was not compiled; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation: Option<Invocation>,
    /// What happened; none where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Observed>,
}

/// What differs between two runs that are otherwise the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Measured {
    /// When it was run, in seconds since 1970.
    pub ran: u64,
    /// What it cost.
    pub usage: Usage,
    /// Time inside the engine, where a host reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineTimes>,
}

/// What exactly was run: enough to tell two runs apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Receipt {
    /// The runtime's version, as its binary reports it.
    pub reported_version: String,
    /// The runtime: the sha256 of its executable, or a digest of all files that were installed with it.
    pub runtime_sha256: String,
    /// The Go version that built the guest; empty if the guest was a module already.
    pub go: String,
    /// The guest.
    pub guest_sha256: String,
    /// Operating system and architecture.
    pub platform: String,
}

impl Receipt {
    /// What built the guest, in words.
    pub fn built_by(&self) -> &str {
        builder(&self.go)
    }
}

/// What built a guest, in words, from the Go version of a receipt.
pub fn builder(go: &str) -> &str {
    if go.is_empty() { "another toolchain" } else { go }
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
    /// What descriptor 1 was, if not a pipe.
    #[serde(default, skip_serializing_if = "is_pipe")]
    pub stdout: OutputKind,
    /// What descriptor 2 was, if not a pipe.
    #[serde(default, skip_serializing_if = "is_pipe")]
    pub stderr: OutputKind,
    /// For a host: its request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<serde_json::Value>,
}

fn is_pipe(kind: &OutputKind) -> bool {
    *kind == OutputKind::Pipe
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
    /// The surroundings it holds in; none says on the machine as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surroundings: Option<BTreeSet<String>>,
    /// Whether it is a race: the cell may also come out as expected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sometimes: bool,
    /// Whether the cell is withheld because of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// Where it is recorded.
    pub location: Location,
    /// Whether it is recorded outside the project, in a folder that the user named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
}

impl From<&Divergence> for Known {
    fn from(divergence: &Divergence) -> Known {
        Known {
            fault: divergence.fault,
            reason: divergence.reason.clone(),
            url: divergence.url.clone(),
            versions: divergence.versions.to_string(),
            modes: divergence.modes.clone(),
            surroundings: divergence.surroundings.clone(),
            sometimes: divergence.sometimes,
            withheld: false,
            location: divergence.location.clone(),
            outside: divergence.outside,
        }
    }
}

impl Record {
    /// The record without anything that would show how the finding works. The verdict, the receipt and the versions
    /// stay.
    pub fn withheld(self) -> Record {
        let said = |known| Known { reason: WITHHELD.to_owned(), withheld: true, ..known };
        Record {
            divergence: self.divergence.map(said),
            differences: Vec::new(),
            checks: Vec::new(),
            measured: None,
            invocation: None,
            outcome: None,
            ..self
        }
    }

    /// The digests of the runtime, each with its name; empty if nothing was run.
    pub fn runtime_digests(&self) -> Vec<(&'static str, &str)> {
        let digest = self.receipt.as_ref().map(|receipt| receipt.runtime_sha256.as_str());
        match (self.executable_sha256.as_deref(), digest) {
            (Some(executable), Some(digest)) if executable != digest => {
                vec![("sha256 of the executable", executable), ("digest of the installation", digest)]
            }
            (Some(executable), _) => vec![("sha256 of the executable", executable)],
            // An older record does not say which of the two it is.
            (None, digest) => digest.map(|digest| ("digest", digest)).into_iter().collect(),
        }
    }

    /// Whether the observed outcome is what the case expects, regardless of divergences.
    pub fn is_as_expected(&self) -> bool {
        match &self.verdict {
            Verdict::Known { .. } => {
                let is_race = self.divergence.as_ref().is_some_and(|known| known.sometimes && !known.withheld);
                is_race && self.differences.is_empty()
            }
            verdict => verdict.is_as_expected(),
        }
    }

    /// Whether the record is withheld.
    pub fn is_withheld(&self) -> bool {
        self.divergence.as_ref().is_some_and(|known| known.withheld)
    }
}
