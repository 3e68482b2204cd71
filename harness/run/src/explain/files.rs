//! Which file each call of a trace is about.

use std::collections::BTreeMap;

use wasip1_trace::{Call, Part, errno_of};

/// The function that tells a guest the names of its preopens.
pub(super) const PREOPEN_NAME: &str = "fd_prestat_dir_name";

/// The descriptor on which Go asks for a path in none of its preopens: -1.
const NO_PREOPEN: u64 = u32::MAX as u64;

/// The names of the parameter that says on which descriptor a call asks.
const ON: [&str; 2] = ["fd", "old_fd"];

/// The paths of what is open, by descriptor, as the guest takes them to be: from the root, with the names that it was
/// told of its preopens.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<u64, String>);

impl Files {
    /// The path of the file or folder that a call is about, and takes note of what it opens and closes. `None` if it is
    /// about none, or one that has no name.
    pub fn of(&mut self, call: &Call, asked: &[Part], answered: &[Part]) -> Option<String> {
        let descriptor = *call.passed.first()?;
        if !asked.first().is_some_and(|part| ON.contains(&part.name.as_str())) {
            return None;
        }
        if call.function == PREOPEN_NAME {
            let name = answered.get(1).map(|part| part.value.to_string())?;
            self.0.insert(descriptor, from_root("", &name));
            return None;
        }
        let text = asked.iter().map(|part| part.value.to_string()).find(|text| text.starts_with('"'));
        let below = match descriptor {
            NO_PREOPEN => Some(""),
            _ => self.0.get(&descriptor).map(String::as_str),
        };
        let path = below.map(|below| from_root(below, text.as_deref().unwrap_or("")));
        if let (Some(opened), Some(path)) = (call.opened(), &path) {
            self.0.insert(opened, path.clone());
        }
        if call.function == "fd_close" && errno_of(call) == Some(0) {
            self.0.remove(&descriptor);
        }
        path
    }
}

/// Whether a call asks for a path in none of the guest's preopens.
pub(super) fn is_without_preopen(call: &Call) -> bool {
    call.function.starts_with("path_") && call.passed.first() == Some(&NO_PREOPEN)
}

/// A path below a folder, from the root.
pub(super) fn from_root(folder: &str, path: &str) -> String {
    let parts = folder.split('/').chain(path.trim_matches('"').split('/')).filter(|part| !["", "."].contains(part));
    parts.map(|part| format!("/{part}")).collect()
}
