//! Go's own converter of a test binary's output: `go tool test2json`.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::toolchain::{self, Go};
use matrix_supervise::{Beside, Feed, Outputs, Spec, Stdin};

/// Go's own converter of a test binary's output.
#[derive(Debug, Clone)]
pub struct Test2json {
    exe: PathBuf,
}

impl Go {
    /// The converter that comes with this Go, which may have to build it.
    ///
    /// # Errors
    /// If it has none.
    pub fn test2json(&self) -> Result<Test2json> {
        let argv = [self.exe.clone().into_os_string(), "tool".into(), "-n".into(), "test2json".into()];
        let variables =
            [("GOTOOLCHAIN", "local".into()), ("GOOS", "".into()), ("GOARCH", "".into()), ("GOFLAGS", "".into())];
        let ended = toolchain::command(&argv, &variables, &env::temp_dir(), toolchain::LONG)?;
        let exe = PathBuf::from(String::from_utf8_lossy(&ended.stdout).trim());
        match exe.is_file() {
            true => Ok(Test2json { exe }),
            false => bail!("`go tool -n test2json` names {}, which is not there", exe.display()),
        }
    }
}

impl Test2json {
    /// Converts what the test binary of a package wrote, started with `-test.v=test2json`. Returns one event in each line.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn convert(&self, package: &str, output: Vec<u8>) -> Result<Vec<u8>> {
        let spec = Spec {
            argv: vec![self.exe.clone().into_os_string(), "-p".into(), package.into()],
            environment: Vec::new(),
            cwd: env::temp_dir(),
            stdin: Stdin::Pipe(vec![Feed::Write(output), Feed::Close]),
            deadline: toolchain::LONG,
            output_limit: 1 << 30,
            outputs: Outputs::default(),
            beside: Beside::default(),
            ends_on_quit: false,
        };
        let ended = matrix_supervise::run(&spec).with_context(|| format!("cannot run {}", self.exe.display()))?;
        match ended.status.success() && ended.stopped.is_none() {
            true => Ok(ended.stdout),
            false => bail!("{}: {}", self.exe.display(), String::from_utf8_lossy(&ended.stderr).trim()),
        }
    }
}
