//! A project with one runtime, `tool`, and the harness's command on it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::project::Project;

/// The version that is pinned.
pub const VERSION: &str = "1.2.3";

/// The runtime: a script that tells its version.
pub fn program(version: &str) -> Vec<u8> {
    format!("#!/bin/sh\necho tool {version}\n").into_bytes()
}

/// A project with the runtime `tool`.
pub struct Tool {
    /// Where it stands.
    pub project: Project,
}

impl Tool {
    /// From the lines of its `[install]`, besides its name, its pin and its hint.
    pub fn new(install: &str) -> Tool {
        let project = Project::new();
        project.guest("guest");
        let case = "guest = \"guest\"\ndoc = \"https://example.org\"\n[[case]]\nname = \"one\"\nwhy = \"why\"\n";
        project.write("cases/t.toml", case);
        let tool = Tool { project };
        tool.runtime("tool", install);
        tool
    }

    /// A runtime that is one npm package, which brings a [`program`] unless a test says otherwise.
    pub fn from_npm() -> Tool {
        Tool::new("npm = [\"tool@{version}\"]")
    }

    /// From now on the npm package brings these bytes.
    pub fn npm_brings(&self, bytes: Vec<u8>) {
        self.project.write("home/program", bytes);
    }

    /// From now on npm stops half way, and stays there until it is killed; or not any more.
    pub fn npm_stalls(&self, stalls: bool) {
        let stall = self.project.path("home/stall");
        match stalls {
            true => self.project.write("home/stall", ""),
            false => fs::remove_file(stall).expect("it stalled"),
        }
    }

    /// From now on the package managers have 1.2.3, and this as the newest version.
    pub fn offers(&self, version: &str) {
        self.project.write("home/offered", format!("{version}\n"));
        self.project.write("home/candidate", format!("{version}-1\n"));
    }

    /// What npm was asked to do: the command and the package.
    pub fn npm_asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.project.path("home/npm.asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }

    /// How often npm was asked to install a package.
    pub fn npm_installs(&self) -> usize {
        self.npm_asked().len()
    }

    /// The path, in the project, of a lock file of the pinned version.
    pub fn lock_file(&self, name: &str) -> String {
        format!("runtimes/tool/locks/{VERSION}/{name}")
    }

    /// Writes a runtime.
    pub fn runtime(&self, id: &str, install: &str) {
        let exe = if install.contains("exe =") { String::new() } else { "exe = \"tool\"\n".to_owned() };
        let pins = if install.contains("pins =") { String::new() } else { format!("pins = [\"{VERSION}\"]\n") };
        let toml = format!(
            r#"name = "Tool"
url = "https://example.org"
lacks = ["dir-read-only", "fuel", "memory-limit", "wall-limit", "fixed-clock", "seeded-random", "reactor"]
version = {{ command = ["/bin/sh", "{{exe}}", "--version"], pattern = 'tool (\S+)' }}
command.run = ["/bin/sh", "{{exe}}", "{{env...}}", "{{dirs...}}", "{{module}}", "{{args...}}"]
command.env = ["{{name}}={{value}}"]
command.dir = ["{{host}}"]
[install]
hint = "take a tool from the shelf"
{exe}{pins}{install}
"#
        );
        self.project.write(&format!("runtimes/{id}/runtime.toml"), toml);
    }

    /// The harness's command, with package managers that fetch nothing first on PATH.
    pub fn prepared(&self, arguments: &[&str]) -> Command {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/install/tools");
        let mut path = tools.into_os_string();
        path.push(":/usr/bin:/bin");
        let environment: [(&str, OsString); 5] = [
            ("PATH", path),
            ("HOME", self.project.path("home").into()),
            ("CARGO_HOME", self.project.path("cargo").into()),
            ("WASIP1_MATRIX_HOME", self.project.path("store").into()),
            ("CARGO_TARGET_DIR", self.project.path("target").into()),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
        command.args(arguments).env_clear().envs(environment).current_dir(self.project.root());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the harness's command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended(self.prepared(arguments).output().expect("the harness's command starts"))
    }

    /// `install` with these words.
    pub fn install(&self, words: &[&str]) -> Ended {
        self.run(&[&["install"], words].concat())
    }

    /// Starts `install` and does not wait.
    pub fn start_install(&self, words: &[&str]) -> Child {
        self.prepared(&[&["install"], words].concat()).spawn().expect("the harness's command starts")
    }

    /// A path in the store.
    pub fn store(&self, path: &str) -> PathBuf {
        self.project.path("store").join(path)
    }

    /// A path in the folder of the pinned version.
    pub fn prefix(&self, path: &str) -> PathBuf {
        self.store(&format!("tool/{VERSION}")).join(path)
    }

    /// The lock.
    pub fn lock(&self) -> String {
        fs::read_to_string(self.project.path("runtimes/runtimes.lock")).expect("a lock")
    }

    /// Asserts that nothing of the runtime is in the store, and nothing half done.
    pub fn assert_nothing_stored(&self) {
        assert!(!self.store("tool").exists(), "{:?}", names_in(&self.store("tool")));
        let staging = self.store(".staging");
        let left: Vec<_> = names_in(&staging).into_iter().filter(|name| !name.ends_with(".lock")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// The names of what is in a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned()).collect()
}

/// How the harness's command ended.
pub struct Ended(pub Output);

impl Ended {
    /// All that it printed.
    pub fn said(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.0.stdout), String::from_utf8_lossy(&self.0.stderr))
    }

    /// Asserts its exit code, and what it said among other things.
    pub fn assert(&self, code: i32, parts: &[&str]) {
        let said = self.said();
        assert_eq!(self.0.status.code(), Some(code), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in: {said}");
        }
    }
}
