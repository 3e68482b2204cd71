//! Results as files, and the harness's command run beside them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use matrix_model::results::Results;
use matrix_store::results_files;
use tempfile::TempDir;

/// A folder with results files in it.
pub struct Files {
    folder: TempDir,
}

/// What a command came to.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Files {
    pub fn new() -> Files {
        Files { folder: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, results: &Results) -> PathBuf {
        results_files::write(results, &self.path(name)).unwrap();
        self.path(name)
    }

    /// Runs the harness's command in the folder, which is no project, with nothing of a CI server's about it.
    pub fn command(&self, arguments: &[&str]) -> Said {
        self.command_with(arguments, &[])
    }

    /// As [`Files::command`], with these variables in its environment.
    pub fn command_with(&self, arguments: &[&str], environment: &[(&str, &Path)]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
        let Output { status, stdout, stderr } = command.envs(environment.iter().copied()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: status.code(), out: text(stdout), err: text(stderr) }
    }
}
