//! Who imports a function of preview 1: Go's standard library, and which guests.

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
    /// How many cases run one of them.
    pub cases: usize,
}

impl FunctionUse {
    /// Whether a Go program may depend on it and no case would notice that it fails.
    pub fn is_gap(&self) -> bool {
        self.standard && self.cases == 0
    }
}
