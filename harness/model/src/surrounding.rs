//! What a machine may lack that a runtime rests on. A cell can be run as if this machine lacked it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use matrix_supervise::{Disk, Errno, Resource, Restriction, Syscall};
use semver::{Version, VersionReq};

use crate::case::{Case, Location};
use crate::names::topic;

/// One table of `runtimes/surroundings.toml`.
#[derive(Debug, Clone)]
pub struct Surrounding {
    /// Its name: the part of a column's name.
    pub name: String,
    /// Where it is written.
    pub location: Location,
    /// Which real machines are like that.
    pub why: String,
    /// A document of what is denied.
    pub doc: String,
    /// What is denied.
    pub restriction: Restriction,
    /// The topics whose cases are run by default where it matters.
    pub areas: BTreeSet<String>,
    /// The runtimes for which it is known to matter. Their columns are run by default.
    pub matters: Vec<Matters>,
}

/// That a surrounding matters for a runtime.
#[derive(Debug, Clone)]
pub struct Matters {
    /// The runtime's id.
    pub runtime: String,
    /// The runtime's versions for which it matters.
    pub versions: VersionReq,
    /// One true sentence.
    pub reason: String,
}

impl Surrounding {
    /// Whether it is known to matter for this version of a runtime.
    pub fn matters_for(&self, runtime: &str, version: &Version) -> bool {
        self.matters.iter().any(|matters| matters.runtime == runtime && matters.versions.matches(version))
    }

    /// Whether a case is run in it by default, where it matters.
    pub fn covers(&self, case: &Case) -> bool {
        self.areas.contains(topic(&case.area))
    }

    /// Whether what a guest leaves in its folders can be seen afterwards. What is on a disk that only the guest's process
    /// has is gone with the process.
    pub fn shows_files(&self) -> bool {
        self.restriction.disk != Some(Disk::Full)
    }
}

/// The surrounding of a column, and what makes it.
#[derive(Debug, Clone)]
pub struct Surrounded<'s> {
    /// The surrounding.
    pub surrounding: &'s Surrounding,
    /// The program that makes it: this project's own command.
    pub launcher: PathBuf,
    /// Whether the column is run by default: the surrounding is known to matter for it.
    pub by_default: bool,
    /// Whether the same column on the machine as it is represents its runtime.
    pub of_primary: bool,
}

/// The launcher as users call it.
pub const LAUNCHER: &str = "wasip1-matrix";

/// Its subcommand.
pub const WITHIN: &str = "within";

/// The exit code of a launcher that cannot make the surrounding, and how its message on stderr begins.
pub const CANNOT: (i32, &str) = (125, "wasip1-matrix within: ");

impl Surrounded<'_> {
    /// The command that runs another one in the surrounding. `folder` is what is on the surrounding's disk.
    pub fn launched(&self, folder: &Path, command: Vec<String>) -> Vec<String> {
        let mut words = vec![self.launcher.display().to_string(), WITHIN.to_owned()];
        words.extend(self.surrounding.restriction.options(folder));
        words.push("--".to_owned());
        words.extend(command);
        words
    }
}
