//! The answer to the question what a program of the user's does in each column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::difference::Difference;
use crate::expectation::Aspect;
use crate::explanation::Lines;
use crate::outcome::Exit;
use crate::recorded_outcome::Observed;

/// The version of the schema of an answer.
pub const SCHEMA: &str = "1.1";

/// What a program does in each column, and who agrees with whom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Compared {
    /// The schema's version.
    pub schema: String,
    /// The program.
    pub program: Program,
    /// Its inputs, each as a label and a value in words.
    pub inputs: Vec<(String, String)>,
    /// How often it was run in each column.
    pub runs: u32,
    /// What all columns are compared with.
    pub reference: Reference,
    /// What differs between runs of the reference itself, so that it was not compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsettled: Vec<Aspect>,
    /// The columns that show the same, the reference's group first.
    pub groups: Vec<Group>,
    /// Every column that was run.
    pub columns: Vec<ColumnRun>,
    /// The columns that were not run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_run: Vec<NotRun>,
}

/// The program.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Program {
    /// As the user named it.
    pub name: String,
    /// The sha256 of its module.
    pub sha256: String,
    /// How long its module is.
    pub bytes: usize,
    /// The Go that built it from a package, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<String>,
}

/// What all columns are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Reference {
    /// The column.
    pub column: String,
    /// Why it is the reference.
    pub because: Because,
}

/// Why a column is the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// It is the same package, built for this machine.
    Native,
    /// The user named it.
    Named,
    /// It is one of the largest group of columns that agree.
    Largest,
}

/// Columns that show the same.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Group {
    /// Their names.
    pub columns: Vec<String>,
    /// Whether they agree with the reference.
    pub agrees: bool,
    /// What the first of them showed in its first run.
    pub observed: Observed,
    /// What differs between runs of one of these columns, and does not in the reference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub varies: Vec<Aspect>,
    /// In what they differ from the reference, which is what is expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// Why, as far as two traced runs tell. The reference's group has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Why a group differs from the reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The first host call that matters.
    Call(Box<FirstCall>),
    /// The program uses a path that none of its folders covers, as these sentences say.
    PathNotCovered(String),
    /// Nothing can be told, for this reason.
    Untold(String),
}

/// The first host call that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FirstCall {
    /// The column that was traced.
    pub column: String,
    /// The column whose trace it was compared with; none if its own trace says enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
    /// The explanation in plain words.
    pub sentence: String,
    /// The function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The call, as a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The two traces around that call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpt: Vec<Lines>,
    /// What the matrix knows of it.
    pub known: Known,
}

/// What the matrix knows of a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// Cells of the same runtime have it.
    OnRecord(OnRecord),
    /// No cell of that runtime has it.
    NotYet,
    /// It was not looked up, for this reason.
    NotLookedUp(String),
}

/// A cause that cells of the matrix have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OnRecord {
    /// How sure it is that it is the same.
    pub sure: Sure,
    /// The cause in words.
    pub cause: String,
    /// How many cells of the runtime have it.
    pub cells: usize,
    /// One of them.
    pub cell: String,
    /// What is recorded about such a cell, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The upstream issue, or `unreported`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How sure it is that a cause on record is the one at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// The same function is answered otherwise, in another way.
    Perhaps,
    /// The same call is answered otherwise in the same way, in another version or mode of the runtime.
    Likely,
    /// The same call is answered otherwise in the same way in this very column.
    Certain,
}

/// A column that was run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnRun {
    /// Its name.
    pub column: String,
    /// Whether it agrees with the reference.
    pub agrees: bool,
    /// How the program ended in its first run.
    pub exit: Exit,
    /// How long its first run took, in milliseconds.
    pub wall_ms: u64,
    /// How much processor time its first run took, in milliseconds.
    pub cpu_ms: u64,
}

/// A column that was not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NotRun {
    /// Its name.
    pub column: String,
    /// Why, in words.
    pub why: String,
    /// Whether the harness failed, and not only something is missing.
    pub failed: bool,
}

impl Compared {
    /// Whether any column differs from the reference, or the program was started in none.
    pub fn differs(&self) -> bool {
        let was_started =
            |group: &Group| !matches!(group.observed.exit, Exit::MissingImport { .. } | Exit::NotCompiled { .. });
        self.groups.iter().any(|group| !group.agrees) || !self.groups.first().is_some_and(was_started)
    }

    /// Whether the harness failed in a column, so that the answer has a hole.
    pub fn has_failed(&self) -> bool {
        self.not_run.iter().any(|column| column.failed)
    }
}
