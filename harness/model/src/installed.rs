//! Where a runtime at one version is, and the values that its commands are filled with. Pure: no file, no process.

use std::path::{Path, PathBuf};

use semver::Version;

use crate::runtime::Runtime;
use crate::template::Values;

/// Where a runtime at one version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its executable, or the library that is the engine.
    pub exe: PathBuf,
    /// The folder of the store it was installed in, if it is there.
    pub prefix: Option<PathBuf>,
    /// The folder its host was built in, if it has a `build`.
    pub built: Option<PathBuf>,
    /// The program of the machine's own that its command starts with, if that is a bare name: `java`.
    pub launcher: Option<PathBuf>,
}

impl Installed {
    /// A command of the runtime's with nothing left to be looked up on PATH.
    pub fn launched(&self, mut argv: Vec<String>) -> Vec<String> {
        if let (Some(launcher), Some(first)) = (&self.launcher, argv.first_mut()) {
            *first = path_text(launcher);
        }
        argv
    }
}

/// What may stand in any command of a runtime's.
pub fn program_values(runtime: &Runtime, version: &Version, installed: &Installed) -> Values {
    let folder = |path: &Option<PathBuf>| path.as_deref().map_or_else(String::new, path_text);
    Values::default()
        .value("exe", path_text(&installed.exe))
        .value("prefix", folder(&installed.prefix))
        .value("built", folder(&installed.built))
        .value("folder", path_text(&runtime.folder))
        .value("version", version.to_string())
}

/// A path as an argument. The harness's own paths are UTF-8; it refuses to start where they are not.
pub fn path_text(path: &Path) -> String {
    path.display().to_string()
}
