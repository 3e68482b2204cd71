//! The names that stand for the harness's own folders, so that records of two machines compare.

/// The names that records use for the harness's own folders: a cell's sandbox, the state, the store and the project's
/// root.
pub const FOLDERS: [&str; 4] = ["$SANDBOX", "$STATE", "$STORE", "$ROOT"];
