//! What a test binary has read, so that its result holds as long as that stays the same.
//!
//! The `testing` package logs each file that a test opens or looks at and each variable that it reads; `go test` keeps its
//! own results by that log. It is taken from the native run, because a runtime that cannot write a log would then be judged
//! by that, too.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, Metadata};
use std::path::{Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use matrix_model::digest::Encoder;
use matrix_provision::test_binaries::TestPackage;
use matrix_store::file_system::mode;

/// The first line of a log. A log without it was not written to its end.
const HEADER: &str = "# test log";

/// The variables that each run has of its own.
const OWN: [&str; 3] = ["PWD", "TMPDIR", "GOWASIRUNTIME"];

/// The folder of a package that holds what its tests read.
const TESTDATA: &str = "testdata";

/// The version of the encoding of a state.
const VERSION: u32 = 1;

/// What a package's tests read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inputs {
    /// Variables.
    variables: BTreeSet<String>,
    /// Files and folders of the package's module, or of Go.
    paths: BTreeSet<PathBuf>,
    /// Whether the package's own folders stay untouched, so that several columns may run its tests at once.
    pub(super) leaves_folders: bool,
}

impl Inputs {
    /// Reads the log of a test binary that was started in the package's folder. `None` if it is not whole.
    pub(super) fn of_log(log: &str, package: &TestPackage, leaves_folders: bool) -> Option<Inputs> {
        let mut lines = log.lines();
        if lines.next() != Some(HEADER) || !log.ends_with('\n') {
            return None;
        }
        let (mut inputs, mut folder) = (Inputs { leaves_folders, ..Inputs::default() }, package.folder.clone());
        for line in lines {
            let (what, named) = line.split_once(' ')?;
            match what {
                "getenv" if !OWN.contains(&named) => {
                    inputs.variables.insert(named.to_owned());
                }
                "open" | "stat" | "chdir" => {
                    let path = plain(&folder.join(named));
                    if what == "chdir" {
                        folder.clone_from(&path);
                    }
                    // Elsewhere are temporary files, and files of the machine. `go test` does not look at them either.
                    if path.starts_with(&package.root) {
                        inputs.paths.insert(path);
                    }
                }
                _ => {}
            }
        }
        Some(inputs)
    }

    /// A digest of what is read, as it is now: variables, and size, mode and time of each file. The package's own files and
    /// its test data are always among them.
    pub(super) fn state(&self, package: &TestPackage) -> String {
        let mut encoder = Encoder::new("go-test-inputs", VERSION);
        for name in &self.variables {
            let value = env::var_os(name);
            encoder.bytes("variable", name.as_bytes());
            encoder.bytes("value", value.as_ref().map_or(b"", |value| value.as_encoded_bytes()));
            encoder.bytes("is-set", &[u8::from(value.is_some())]);
        }
        for path in &self.paths {
            encode(path, fs::metadata(path).ok().as_ref(), &mut encoder);
        }
        encode_folder(&package.folder, 1, &mut encoder);
        encode_folder(&package.folder.join(TESTDATA), usize::MAX, &mut encoder);
        encoder.finish()
    }
}

/// Encodes what is in a folder, down to a depth.
fn encode_folder(folder: &Path, depth: usize, encoder: &mut Encoder) {
    let walk = WalkDir::new(folder).min_depth(1).max_depth(depth).sort_by_file_name().into_iter();
    for entry in walk.filter_map(Result::ok) {
        // The time of a subfolder changes with files in it that are another package's.
        let facts = entry.metadata().ok().filter(|facts| !facts.is_dir());
        encode(entry.path(), facts.as_ref(), encoder);
    }
}

/// Encodes a file, or a folder with the names in it.
fn encode(path: &Path, facts: Option<&Metadata>, encoder: &mut Encoder) {
    encoder.bytes("path", path.as_os_str().as_encoded_bytes());
    let Some(facts) = facts else { return encoder.bytes("nothing", &[]) };
    encoder.bytes("mode", &mode(facts).to_le_bytes());
    if facts.is_dir() {
        let names = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.file_name());
        let names: BTreeSet<_> = names.collect();
        names.iter().for_each(|name| encoder.bytes("name", name.as_encoded_bytes()));
        return;
    }
    let changed = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH).unwrap_or_default();
    encoder.bytes("size", &facts.len().to_le_bytes());
    encoder.bytes("changed", &changed.as_nanos().to_le_bytes());
}

/// A path without detours, as far as its text tells.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(root: &Path) -> TestPackage {
        TestPackage::at("example.org/p", &root.join("p"), root)
    }

    #[test]
    fn a_log_names_files_from_the_folder_that_was_current() {
        let package = package(Path::new("/m"));
        let log = "# test log\ngetenv HOME\ngetenv TMPDIR\nopen testdata/a\nchdir ..\nstat b\nopen /etc/hosts\n";
        let inputs = Inputs::of_log(log, &package, true).expect("a log");
        assert_eq!(inputs.variables, ["HOME".to_owned()].into());
        assert_eq!(inputs.paths, ["/m", "/m/b", "/m/p/testdata/a"].map(PathBuf::from).into());
        for cut in ["", "# test log", "getenv A\n", "# test log\ngetenv A"] {
            assert_eq!(Inputs::of_log(cut, &package, true), None, "{cut:?}");
        }
    }

    #[test]
    fn the_state_changes_with_what_is_read() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let package = package(root.path());
        fs::create_dir_all(package.folder.join("testdata/deep")).expect("a folder");
        let write = |name: &str, text: &str| fs::write(root.path().join(name), text).expect("a file");
        write("p/p.go", "package p");
        write("read", "1");
        write("unread", "1");
        let log = "# test log\nopen ../read\nopen ../missing\n";
        let inputs = Inputs::of_log(log, &package, true).expect("a log");
        let mut last = inputs.state(&package);
        assert_eq!(inputs.state(&package), last);
        write("unread", "22");
        assert_eq!(inputs.state(&package), last, "nobody reads it");
        for (name, text) in
            [("read", "22"), ("missing", ""), ("p/p.go", "package p\n"), ("p/testdata/deep/x", ""), ("p/new.txt", "")]
        {
            write(name, text);
            let now = inputs.state(&package);
            assert_ne!(now, last, "{name}");
            last = now;
        }
    }
}
