//! Programs of other people: what is in them, and in which columns `compare` was seen to find a difference. Predictions are
//! held against them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::extract::Needs;

/// Programs, and what was observed of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ComparedPrograms {
    /// The Go that built them.
    pub go: String,
    /// Operating system and architecture.
    pub platform: String,
    /// The programs.
    pub programs: Vec<ComparedProgram>,
    /// The exported functions and methods of Go's library that the linker kept in them.
    pub functions: Vec<LinkedFunction>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ComparedProgram {
    /// The path of its package.
    pub package: String,
    /// The guest paths of the preopens that it was given.
    pub preopens: Vec<String>,
    /// What it needs of a runtime to start.
    pub needs: Needs,
    /// The columns in which it does something else than the same program on Linux, at least now and then.
    pub differs: BTreeSet<String>,
    /// The columns in which it does the same.
    pub agrees: BTreeSet<String>,
}

/// A function and the programs that it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LinkedFunction {
    /// Its name, as in [`crate::extract::Extract::functions`].
    pub name: String,
    /// The places of the programs.
    pub programs: Vec<usize>,
}

impl ComparedPrograms {
    /// The functions that are in the program at a place.
    pub fn functions_of(&self, place: usize) -> BTreeSet<String> {
        let is_in = |function: &&LinkedFunction| function.programs.contains(&place);
        self.functions.iter().filter(is_in).map(|function| function.name.clone()).collect()
    }
}

impl ComparedProgram {
    /// Whether it differs in a column; `None` if it was not run there.
    pub fn differs_in(&self, column: &str) -> Option<bool> {
        match self.differs.contains(column) {
            true => Some(true),
            false => self.agrees.contains(column).then_some(false),
        }
    }
}
