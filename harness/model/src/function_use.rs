//! Who imports a function of preview 1: Go's standard library, or some of the guests.

use std::collections::BTreeSet;

use serde::Serialize;

/// Who imports a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionUse {
    /// The function.
    pub function: String,
    /// Whether Go's standard library can import it.
    pub standard: bool,
    /// The guests that import it.
    pub guests: BTreeSet<String>,
    /// The number of cases that run one of these guests.
    pub cases: usize,
}

impl FunctionUse {
    /// Whether a Go program may depend on it, but no case would notice if it failed.
    pub fn is_gap(&self) -> bool {
        self.standard && self.cases == 0
    }
}
