//! Builds a Go package of the user's: a guest of a suite of one's own, or a program to compare.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use fs_err as fs;

use crate::guests::{FLAGS, variables};
use crate::toolchain::{self, Go, LONG};
use matrix_model::runtime::Target;
use matrix_store::dirs::Places;

/// How packages are built. The user's own `GOFLAGS` count.
#[derive(Clone, Copy)]
pub(crate) struct PackageBuild<'b> {
    pub go: &'b Go,
    pub places: &'b Places,
    pub target: Target,
    /// A flag in addition to those of the project's own guests.
    pub flag: Option<&'static str>,
}

impl PackageBuild<'_> {
    /// Builds a package into an empty folder. `cwd` is where Go is started, and `word` is what it is told. Returns the
    /// file, which has the name that Go gives it.
    ///
    /// # Errors
    /// If it does not build, or the word means several programs.
    pub fn into(self, cwd: &Path, word: &OsStr, folder: &Path) -> Result<PathBuf> {
        let mut variables = variables(self.places, self.target);
        if self.places.offline {
            variables.push(("GOPROXY", "off".into()));
        }
        let mut argv = vec![self.go.exe.clone().into_os_string()];
        argv.extend(FLAGS.into_iter().chain(self.flag).map(OsString::from));
        // A trailing separator makes this a folder, and Go then refuses a package that is no program.
        argv.extend(["-o".into(), folder.join("").into_os_string(), word.to_owned()]);
        toolchain::command(&argv, &variables, cwd, LONG)?;
        let mut built = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        built.sort();
        match &built[..] {
            [one] => Ok(one.clone()),
            [] => bail!("`go build` made no program of it"),
            several => {
                let names = several.iter().filter_map(|path| path.file_name()).map(OsStr::to_string_lossy);
                bail!("it means several programs, {}; name one of them", names.collect::<Vec<_>>().join(", "))
            }
        }
    }
}
