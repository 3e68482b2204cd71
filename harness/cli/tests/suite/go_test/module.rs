//! A Go module in a temporary folder, whose tests the command runs under wazero and natively. A run installs wazero if it
//! is missing, so nothing passes because it is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::gate::schema::{GO_TEST, violations};

/// What a command came to.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A module, and a state folder of its own, in which nothing of earlier runs is.
pub struct Module {
    folder: TempDir,
    state: TempDir,
}

impl Module {
    /// A module `example.org/m` with these files.
    pub fn new(files: &[(&str, &str)]) -> Module {
        let folder = || TempDir::new().expect("a temporary folder");
        let module = Module { folder: folder(), state: folder() };
        module.write("go.mod", "module example.org/m\n\ngo 1.21\n");
        files.iter().for_each(|(name, text)| module.write(name, text));
        module
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).and_then(|()| fs::write(path, text)).expect("a file");
    }

    /// `test` with these arguments, in the module's folder. `variables` are added to the environment.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> Said {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        self.run_in(&root.canonicalize().expect("the project's root"), arguments, variables)
    }

    /// The same with the runtimes of another project. The user's stdin has a line, which is not for tests.
    pub fn run_in(&self, root: &Path, arguments: &[&str], variables: &[(&str, &Path)]) -> Said {
        let stdin = self.state.path().join("stdin");
        fs::write(&stdin, "of the user\n").expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
        command.arg("--root").arg(root).arg("test").args(arguments);
        command.current_dir(self.folder.path()).env("CARGO_TARGET_DIR", self.state.path());
        command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY").envs(variables.iter().copied());
        let ended = command.stdin(File::open(stdin).expect("a file")).output().expect("the harness's command starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: ended.status.code(), out: text(&ended.stdout), err: text(&ended.stderr) }
    }

    /// `test` under wazero and natively, with these arguments. Also gives the whole answer, which is as its schema says.
    pub fn test(&self, arguments: &[&str]) -> (Said, Value) {
        self.test_with(&[&["--runtime", "wazero"], arguments].concat(), |arguments| self.run(arguments, &[]))
    }

    /// `test` with these arguments and a report, run by `run`. Also gives the whole answer, which is as its schema says.
    pub fn test_with(&self, arguments: &[&str], run: impl Fn(&[&str]) -> Said) -> (Said, Value) {
        let file = self.state.path().join("report.json");
        let said = run(&[&["--report", file.to_str().expect("UTF-8")], arguments].concat());
        let text = fs::read(&file).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err));
        let report = serde_json::from_slice(&text).expect("JSON");
        assert_eq!(violations(GO_TEST, &report), Vec::<String>::new(), "{report:#}");
        (said, report)
    }
}

/// The verdicts on the tests of a package that do not simply work under its one column, each as `test verdict`.
pub fn verdicts(report: &Value, package: &str) -> Vec<String> {
    let packages = report["packages"].as_array().expect("packages");
    let package = packages.iter().find(|tests| tests["package"] == package).expect("the package");
    let verdict = |row: &Value| {
        let columns = row["columns"].as_object().expect("columns");
        let verdict = columns.values().next().expect("a column");
        format!("{} {}", row["test"].as_str().unwrap_or("-"), verdict["kind"].as_str().expect("a kind"))
    };
    package["rows"].as_array().expect("rows").iter().map(verdict).collect()
}
