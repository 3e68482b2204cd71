//! Builds host crates with cargo, and tells of each executable as soon as it is built.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cargo_messages::{self, Artifact};
use crate::notice::{Notice, Notify};
use crate::toolchain::{self, LONG};
use matrix_store::dirs::Places;

/// How often the build reports its progress.
const PROGRESS: Duration = Duration::from_secs(15);

/// The profile of hosts, and so the name of the folder that cargo puts them into.
pub(crate) const PROFILE: &str = "host";

/// What cargo builds.
pub(crate) struct CargoBuild<'b> {
    /// The manifest of the packages' workspace, or of one of its members.
    pub manifest: &'b Path,
    /// The packages. A package built with others gets other features for their shared dependencies, so building it
    /// alone would compile those again.
    pub packages: &'b [&'b str],
    /// The folder of cargo's own files.
    pub target: &'b Path,
    /// Whether the workspace's lock file must already say all.
    pub locked: bool,
}

impl CargoBuild<'_> {
    /// Builds the packages, and passes on the name and the path of each executable.
    ///
    /// # Errors
    /// If the build fails. The error ends with the compiler's last output.
    pub fn run(&self, places: &Places, notify: &Notify, on_built: &mut dyn FnMut(&str, PathBuf)) -> Result<()> {
        // Run at a lower priority than the cells, which run while later hosts are still being built.
        let mut argv: Vec<OsString> = ["nice", "-n", "10"].map(OsString::from).to_vec();
        argv.extend([cargo_messages::program(), "build".into(), format!("--profile={PROFILE}").into()]);
        argv.extend([cargo_messages::MESSAGES.into(), "--manifest-path".into(), self.manifest.into()]);
        argv.extend(["--target-dir".into(), self.target.into()]);
        argv.extend(self.packages.iter().map(|package| OsString::from(format!("--package={package}"))));
        argv.extend(self.locked.then(|| "--locked".into()));
        argv.extend(places.offline.then(|| "--offline".into()));
        let (mut crates, mut said) = (0, Instant::now());
        toolchain::watched(&argv, &[], &places.root, LONG, &mut |line| {
            let Some(Artifact { name, executable, fresh }) = cargo_messages::artifact(line) else { return };
            crates += usize::from(!fresh);
            if let Some(exe) = executable {
                on_built(&name, exe);
            }
            if said.elapsed() >= PROGRESS && !fresh {
                let packages = self.packages.iter().map(|package| (*package).to_owned()).collect();
                notify(&Notice::BuildingHosts { packages, crates, newest: name });
                said = Instant::now();
            }
        })?;
        Ok(())
    }
}
