//! What making things ready tells while it goes on. The library prints nothing: whoever starts the work is handed each
//! notice and shows it.

use std::fmt;
use std::path::PathBuf;

use semver::Version;

/// Something that takes a while, or that a user may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The machine has no Go; the pinned one is fetched.
    FetchingGo {
        /// Its version, as the project pins it.
        version: String,
        /// The folder it is fetched into.
        folder: PathBuf,
    },
    /// Nothing may be fetched, so that a Go release must have been fetched before.
    OfflineGo {
        /// The release.
        release: String,
    },
    /// The program that drives a runtime is built from the runtime's folder.
    BuildingDriver {
        /// The runtime's id.
        runtime: String,
        /// Its version.
        version: Version,
    },
    /// Host crates are being built.
    BuildingHosts {
        /// The packages.
        packages: Vec<String>,
        /// How many crates were compiled so far.
        crates: usize,
        /// The newest of them.
        newest: String,
    },
    /// A runtime is installed because a cell needs it.
    Installing {
        /// The runtime's id.
        runtime: String,
        /// Its version.
        version: Version,
    },
    /// What was just installed could not be compared with the lock.
    Unlocked {
        /// The runtime's id.
        runtime: String,
        /// Its version.
        version: Version,
        /// Why not.
        why: String,
    },
    /// The folder that an install took place in is still there.
    LeftBehind {
        /// The folder.
        folder: PathBuf,
        /// Why it could not be removed.
        error: String,
    },
}

/// Is handed each notice, from whichever thread does the work.
pub type Notify = dyn Fn(&Notice) + Send + Sync;

/// One line for a terminal or a log.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Notice::FetchingGo { version, folder } => {
                write!(f, "no `go` on PATH: fetching Go {version} with pip into {}", folder.display())
            }
            Notice::OfflineGo { release } => write!(f, "--offline: Go {release} is used if it was fetched before"),
            Notice::BuildingDriver { runtime, version } => write!(f, "building what drives {runtime}@{version}"),
            Notice::BuildingHosts { packages, crates, newest } => {
                write!(f, "building {}: {crates} crates so far, the last one {newest}", packages.join(", "))
            }
            Notice::Installing { runtime, version } => write!(f, "installing {runtime}@{version}"),
            Notice::Unlocked { runtime, version, why } => write!(f, "{runtime}@{version}: note: {why}"),
            Notice::LeftBehind { folder, error } => {
                write!(f, "{}: cannot be removed, the next install tries again: {error}", folder.display())
            }
        }
    }
}
