//! How a verdict is shown in a table of a page.

use serde::Serialize;

use matrix_model::go_test::verdict::TestVerdict;

/// A verdict in a word, with a sign and the names of a style.
#[derive(Debug, PartialEq, Eq, Serialize, Clone, Copy)]
pub(super) struct Mark {
    pub style: &'static str,
    pub sign: &'static str,
    pub word: &'static str,
}

/// How it is shown that nothing of a package was run in a column.
pub(super) const NOT_RUN: Mark = Mark { style: "not-run", sign: "∅", word: "not run" };

/// How a verdict is shown in a cell.
pub(super) fn mark(verdict: &TestVerdict) -> Mark {
    let (style, sign, word) = match verdict {
        TestVerdict::Works => ("works", "✓", "works"),
        TestVerdict::SkippedHere => ("lacks", "–", "skipped"),
        TestVerdict::FailsNatively => ("wrong", "✗", "fails, as natively"),
        TestVerdict::FailsInGo => ("should breaks", "✗", "fails everywhere"),
        TestVerdict::FailsInRuntime => ("breaks", "✗", "fails here"),
        TestVerdict::FailsHere => ("breaks", "✗", "fails"),
        TestVerdict::Unsteady => ("open", "±", "unsteady"),
        TestVerdict::Known { .. } => ("open", "○", "known"),
        TestVerdict::NoWorse => ("open", "○", "no worse"),
        TestVerdict::NotHeld { .. } => ("open", "○", "not held"),
        TestVerdict::Lost => ("breaks", "✗", "lost"),
        TestVerdict::NotBuilt => ("no-start", "⊘", "not built"),
        TestVerdict::NotReached => return NOT_RUN,
        TestVerdict::Harness => ("not-run", "!", "harness"),
    };
    Mark { style, sign, word }
}
