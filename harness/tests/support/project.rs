//! A small project in a temporary folder, and the harness's own command run on it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_fs::TempDir;
use wasip1_matrix::process::{self, Ended, Spec, Stdin};

/// A folder with everything a run needs: the project, its state, and a store of its own.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty project, with the folders that every project has.
    pub fn new() -> Project {
        let folder = TempDir::new().expect("a temporary folder");
        for name in ["cases/fixtures", "go-guests", "runtimes", "store"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder in the temporary folder");
        }
        Project { folder }
    }

    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The project's root.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        let parent = path.parent().expect("a file stands in a folder");
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, content)).expect("a file in the temporary folder");
    }

    /// Writes a guest that the toolchain under `support/` can build.
    pub fn guest(&self, name: &str) {
        self.write("go-guests/go.mod", "module example.org/guests\n");
        self.write(&format!("go-guests/{name}/main.go"), "package main\n\nfunc main() {}\n");
    }

    /// Runs the harness's command in this project, through the harness's own way to run things.
    pub fn command(&self, arguments: &[&str]) -> Ended {
        self.wrapped_command(&[], arguments)
    }

    /// As [`Project::command`], with other words before the command.
    pub fn wrapped_command(&self, before: &[&str], arguments: &[&str]) -> Ended {
        let toolchain = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/toolchain");
        let environment: [(&str, OsString); 4] = [
            ("PATH", toolchain.into()),
            ("HOME", self.path("home").into()),
            ("WASIP1_MATRIX_HOME", self.path("store").into()),
            ("CARGO_TARGET_DIR", self.path("target").into()),
        ];
        let command = before.iter().copied().chain([env!("CARGO_BIN_EXE_wasip1-matrix")]);
        let spec = Spec {
            argv: command.chain(arguments.iter().copied()).map(OsString::from).collect(),
            environment: environment.map(|(name, value)| (name.into(), value)).into(),
            cwd: self.root().to_owned(),
            stdin: Stdin::Null,
            deadline: Duration::from_secs(120),
            output_limit: 8 << 20,
        };
        let ended = process::run(&spec).expect("the harness's command starts");
        assert_eq!(ended.stopped, None, "the harness did not end: {arguments:?}");
        ended
    }
}
