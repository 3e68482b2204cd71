//! Where one version of a runtime is installed, and the values for the placeholders in its commands. Pure: no file, no
//! process.

use std::path::{Path, PathBuf};

use semver::Version;

use crate::runtime::Runtime;
use crate::template::Values;

/// Where one version of a runtime is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its executable, or the library that is the engine.
    pub exe: PathBuf,
    /// The folder of the store that it was installed into, if it is in the store.
    pub prefix: Option<PathBuf>,
    /// The folder that its host was built in, if it has a `build`.
    pub built: Option<PathBuf>,
    /// The program on this machine that its command starts with, if the command gives a bare name, such as `java`.
    pub launcher: Option<PathBuf>,
}

impl Installed {
    /// A command of the runtime in which nothing is left to look up on PATH.
    pub fn launched(&self, mut argv: Vec<String>) -> Vec<String> {
        if let (Some(launcher), Some(first)) = (&self.launcher, argv.first_mut()) {
            *first = path_text(launcher);
        }
        argv
    }
}

/// The placeholders that any command of a runtime may use, with their values.
pub fn program_values(runtime: &Runtime, version: &Version, installed: &Installed) -> Values {
    let folder = |path: &Option<PathBuf>| path.as_deref().map_or_else(String::new, path_text);
    Values::default()
        .value("exe", path_text(&installed.exe))
        .value("prefix", folder(&installed.prefix))
        .value("built", folder(&installed.built))
        .value("folder", path_text(&runtime.folder))
        .value("version", version.to_string())
}

/// A path as an argument. The harness's own paths are UTF-8; the harness refuses to start if they are not.
pub fn path_text(path: &Path) -> String {
    path.display().to_string()
}
