//! What is kept of a run: the figures of each column, and the findings. It is written as JSON.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::difference::Key;
use matrix_model::compared::{FirstCall, Known};

/// The version of the form.
pub const FORM: u32 = 1;

/// All that was found with one seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Findings {
    /// The version of its form.
    pub form: u32,
    /// The seed.
    pub seed: u64,
    /// The column that the others are compared with.
    pub reference: String,
    /// What was done in each column.
    pub columns: Vec<Figures>,
    /// What was found, in the order in which it was.
    pub findings: Vec<Finding>,
}

/// What was done in a column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Figures {
    /// The column.
    pub column: String,
    /// How many sequences it has carried out; the next one has this index.
    pub sequences: u64,
    /// How many were carried out once more, without an operation that it does otherwise.
    pub again: u64,
    /// How many differences there were, counted at each operation.
    pub differences: u64,
    /// How many of them a finding explains.
    pub known: u64,
    /// For how long its processes ran, in milliseconds. What the reference took is not in it.
    pub millis: u64,
}

/// One difference of a runtime, with the shortest sequence that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Its name: the runtime, the operation, and the two results.
    pub id: String,
    /// The runtime.
    pub runtime: String,
    /// The columns in which the shortest sequence shows it, of this runtime and of others.
    pub columns: Vec<String>,
    /// The columns in which it does not.
    pub not_in: Vec<String>,
    /// The operation and the two results.
    pub key: Key,
    /// The state of the operation's arguments.
    pub arguments: Vec<String>,
    /// What the reference printed of the operation.
    pub expected: String,
    /// What the column printed of it.
    pub observed: String,
    /// The shortest sequence, as the guest reads it.
    pub sequence: Vec<String>,
    /// The index of the sequence in which it was first seen.
    pub index: u64,
    /// In how many of three fresh processes it was seen.
    pub reproduced: u32,
    /// How it stands.
    pub standing: Standing,
    /// The first host call that matters, if that was looked for and found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<FirstCall>,
    /// Why no host call is told, if none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<String>,
}

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing is on record about it.
    New,
    /// Cells of the matrix deviate for the same cause.
    OnRecord,
    /// Every column that was searched does it, and they are of several engines: Go's port or preview 1 may be the cause.
    EveryRuntime,
    /// It was not seen again each time.
    Unsteady,
}

impl Finding {
    /// What the matrix's published explanations say of it decides between the first two.
    pub(crate) fn standing_of(call: Option<&FirstCall>) -> Standing {
        match call.map(|call| &call.known) {
            Some(Known::OnRecord(_)) => Standing::OnRecord,
            _ => Standing::New,
        }
    }
}

impl Findings {
    /// What is known of a runtime.
    pub(crate) fn keys_of(&self, runtime: &str) -> BTreeSet<&Key> {
        self.findings.iter().filter(|finding| finding.runtime == runtime).map(|finding| &finding.key).collect()
    }
}

impl Figures {
    /// How many sequences a minute it carried out.
    pub fn a_minute(&self) -> u64 {
        (self.sequences + self.again) * 60_000 / self.millis.max(1)
    }
}

/// A finding's name, of characters that a case's name may have.
pub(crate) fn id(runtime: &str, key: &Key) -> String {
    let text = format!("{runtime}-{}-{}-{}", key.operation, key.expected, key.observed);
    let plain = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let plain: String = plain.collect();
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
