//! The harness's own command, run on a project.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use matrix_supervise::{Beside, Ended, Outputs, Spec, Stdin};

use crate::project::Project;

impl Project {
    /// Runs the harness's command in this project, through the harness's own way to run things.
    pub fn command(&self, arguments: &[&str]) -> Ended {
        self.wrapped_command(&[], arguments)
    }

    /// As [`Project::command`], with other words before the command.
    pub fn wrapped_command(&self, before: &[&str], arguments: &[&str]) -> Ended {
        let command = before.iter().copied().chain([env!("CARGO_BIN_EXE_wasip1-matrix")]);
        let spec = Spec {
            argv: command.chain(arguments.iter().copied()).map(OsString::from).collect(),
            environment: self.environment(),
            cwd: self.root().to_owned(),
            stdin: Stdin::Null,
            deadline: Duration::from_secs(120),
            output_limit: 8 << 20,
            outputs: Outputs::default(),
            beside: Beside::default(),
            ends_on_quit: false,
        };
        let ended = matrix_supervise::run(&spec).expect("the harness's command starts");
        assert_eq!(ended.stopped, None, "the harness did not end: {arguments:?}");
        ended
    }

    /// The environment of the harness's command: every folder in the project, and a toolchain that compiles nothing.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let toolchain = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/toolchain");
        let environment: [(&str, OsString); 4] = [
            ("PATH", toolchain.into()),
            ("HOME", self.path("home").into()),
            ("WASIP1_MATRIX_HOME", self.path("store").into()),
            ("CARGO_TARGET_DIR", self.path("target").into()),
        ];
        environment.map(|(name, value)| (name.into(), value)).into()
    }
}
