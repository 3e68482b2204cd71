//! The names that stand for folders of this machine, so that records of two machines compare.

/// The names that records use for folders of the machine: a cell's sandbox, the state, the store, the project's root, and
/// the sources of crates that cargo has fetched. A host built from such a crate names its files when it panics.
pub const FOLDERS: [&str; 5] = ["$SANDBOX", "$STATE", "$STORE", "$ROOT", "$CRATES"];
