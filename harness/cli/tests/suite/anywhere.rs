//! The command in an empty folder of a user with an empty home: it brings the project, and writes only into the store.

mod brought;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use matrix_supervise::{Beside, Ended, Outputs, Spec, Stdin};
use tempfile::TempDir;

use crate::fake::{holds, said};
use crate::fakes::eight_lines::example;

/// A user's machine without a checkout.
struct Machine(TempDir);

impl Machine {
    fn new() -> Machine {
        let machine = Machine(TempDir::new().expect("a temporary folder"));
        for name in ["empty", "home"] {
            fs::create_dir(machine.path(name)).expect("a folder");
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Ended {
        self.command_with(&self.path("store"), arguments)
    }

    fn command_with(&self, store: &Path, arguments: &[&str]) -> Ended {
        let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
        let path = ["toolchain", "my-runtime"].map(|name| support.join(name).display().to_string()).join(":");
        let environment: [(&str, OsString); 3] =
            [("PATH", path.into()), ("HOME", self.path("home").into()), ("WASIP1_MATRIX_HOME", store.into())];
        let command = [env!("CARGO_BIN_EXE_wasip1-matrix")].into_iter().chain(arguments.iter().copied());
        let spec = Spec {
            argv: command.map(OsString::from).collect(),
            environment: environment.map(|(name, value)| (name.into(), value)).into(),
            cwd: self.path("empty"),
            stdin: Stdin::Null,
            deadline: Duration::from_secs(120),
            output_limit: 32 << 20,
            outputs: Outputs::default(),
            beside: Beside::default(),
            ends_on_quit: false,
        };
        let ended = matrix_supervise::run(&spec).expect("the command starts");
        assert_eq!(ended.stopped, None, "{arguments:?} did not end");
        ended
    }

    /// The folder of the store that the project is in.
    fn project(&self) -> PathBuf {
        let folders = fs::read_dir(self.path("store/projects")).expect("the store's projects");
        let folders = folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
        let [folder] = &folders.collect::<Vec<_>>()[..] else { panic!("not one project") };
        folder.clone()
    }

    fn assert_untouched(&self) {
        for name in ["empty", "home"] {
            let left: Vec<_> = fs::read_dir(self.path(name)).expect("a folder").collect();
            assert!(left.is_empty(), "{name}: {left:?}");
        }
    }
}

#[test]
fn the_cells_are_those_of_the_checkout() {
    let machine = Machine::new();
    let root = brought::checkout();
    let here = machine.command(&["list", "--all"]);
    assert_eq!(here.status.code(), Some(0), "{}", said(&here));
    // Columns in a surrounding are listed where records of them are kept.
    let records = machine.path("records");
    let words = ["--root", root.to_str().expect("UTF-8"), "list", "--all", "--records"];
    let there = machine.command(&[&words[..], &[records.to_str().expect("UTF-8")]].concat());
    assert!(here.stdout.len() > 100_000 && here.stdout == there.stdout, "{}", said(&there));
    machine.assert_untouched();
}

#[test]
fn a_cell_is_run_and_shown_and_nothing_is_written_outside_the_store() {
    let machine = Machine::new();
    fs::create_dir_all(machine.path("mine/my-runtime")).expect("a folder");
    fs::write(machine.path("mine/my-runtime/runtime.toml"), example()).expect("a file");
    let mine = machine.path("mine").display().to_string();
    let ended = machine.command(&["--runtimes", &mine, "run", "my-runtime", "args/none"]);
    // The runtime runs no guest, so the cell is red.
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
    let shown = machine.command(&["--runtimes", &mine, "show", "my-runtime/args/none"]);
    assert_eq!(shown.status.code(), Some(0), "{}", said(&shown));
    holds(&said(&shown), &["my-runtime@1.0.0/args/none", "wasip1-matrix run --exact my-runtime@1.0.0/args/none"]);
    let records = machine.project().join("target/wasip1-matrix/records");
    let record = fs::read_to_string(records.join("my-runtime@1.0.0/args/none.json")).expect("a record");
    assert!(!record.contains(&machine.path("").display().to_string()), "a path of this machine: {record}");
    brought::assert_as_in_checkout(&machine.project().join("files"));
    machine.assert_untouched();
}

#[test]
fn what_changes_the_project_needs_a_checkout_and_says_so_in_one_line() {
    let machine = Machine::new();
    let table: [(&[&str], &str); 3] = [
        (&["bless", "wazero", "--reason", "x", "--url", "unreported"], "--divergences DIR"),
        (&["index", "--into", "cases/README.md"], "print the index"),
        (&["install", "--lock", "wazero"], "install without --lock"),
    ];
    for (arguments, instead) in table {
        let ended = machine.command(arguments);
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), told.lines().count()), (Some(2), 1), "{arguments:?}: {told}");
        holds(&told, &["no checkout of the project is here: clone it", instead]);
    }
}

#[test]
fn published_results_are_there() {
    let machine = Machine::new();
    let badge = machine.command(&["badge", "wazero"]);
    assert_eq!(badge.status.code(), Some(0), "{}", said(&badge));
    assert!(machine.path("empty/wazero.svg").is_file());
    let summary = machine.command(&["summary", "--only", "wazero"]);
    holds(&said(&summary), &["| escape |"]);
}

#[test]
fn many_commands_at_once_lay_out_one_project() {
    let machine = Machine::new();
    thread::scope(|scope| {
        let list = || scope.spawn(|| machine.command(&["list", "wazero", "args/"]));
        let commands: Vec<_> = [(); 4].map(|()| list()).into();
        for command in commands {
            let ended = command.join().expect("it ran");
            assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
        }
    });
    brought::assert_as_in_checkout(&machine.project().join("files"));
}

#[test]
fn a_project_that_is_there_in_part_is_laid_out_again() {
    let machine = Machine::new();
    machine.command(&["list", "args/"]);
    let files = machine.project().join("files");
    fs::remove_file(files.join("cases/args.toml")).expect("removed");
    let ended = machine.command(&["list", "args/"]);
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    brought::assert_as_in_checkout(&files);
}

#[test]
fn a_store_that_cannot_be_written_is_an_error_that_names_it() {
    let machine = Machine::new();
    fs::write(machine.path("file"), "").expect("a file");
    let store = machine.path("file/store");
    let ended = machine.command_with(&store, &["list"]);
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), told.lines().count()), (Some(2), 1), "{told}");
    holds(&told, &["cannot lay out the project's files", &store.display().to_string(), "set WASIP1_MATRIX_HOME"]);
}
