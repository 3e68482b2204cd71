//! A run in parts, a run that is killed, and what is made of their records.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::bundles::reports;
use crate::fake::{Fake, VERSION, said};
use crate::project::Project;

fn project(cases: usize, script: &str) -> Project {
    let names: Vec<_> = (0..cases).map(|number| format!("c{:03}", number)).collect();
    let fake = names.iter().fold(Fake::command(), |fake, name| fake.case(name, script, "expect.stdout = \"hello\\n\""));
    fake.written()
}

#[track_caller]
fn does(project: &Project, arguments: &[&str]) -> String {
    let ended = project.command(arguments);
    let said = said(&ended);
    assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {said}");
    said
}

#[track_caller]
fn refuses(project: &Project, arguments: &[&str], why: &str) {
    let ended = project.command(arguments);
    let said = said(&ended);
    assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains(why), "{why:?} is not in {said}");
}

/// A results file with no times in it.
fn timeless(project: &Project, name: &str) -> String {
    let mut results: Value = serde_json::from_slice(&fs::read(project.path(name)).expect(name)).expect("JSON");
    results["finished"] = Value::Null;
    for record in results["records"].as_array_mut().expect("records") {
        record["measured"] = Value::Null;
    }
    results.to_string()
}

fn in_parts(project: &Project, by: &str) -> Vec<String> {
    let folders: Vec<_> = (1..=3).map(|part| format!("{by}-{part}")).collect();
    for (index, folder) in folders.iter().enumerate() {
        does(project, &["run", "--partition", &format!("{by}:{}/3", index + 1), "--records", folder]);
    }
    folders
}

fn merge(folders: &[String]) -> Vec<&str> {
    let words = ["merge", "--into", "merged.json"].into_iter();
    words.chain(folders.iter().map(String::as_str)).collect()
}

#[test]
fn parts_make_the_whole_again() {
    let project = project(10, "echo hello");
    does(&project, &["run", "--json", "whole.json"]);
    for by in ["slice", "hash"] {
        let folders = in_parts(&project, by);
        let said = does(&project, &merge(&folders));
        assert!(said.contains("10 cells of 3 folders in merged.json"), "{said}");
        assert_eq!(timeless(&project, "merged.json"), timeless(&project, "whole.json"), "{by}");
    }
    // A run that was not cut is merged as it is: its records are one file each, and a results file is one.
    does(&project, &["merge", "target/wasip1-matrix/records", "--into", "merged.json"]);
    assert_eq!(timeless(&project, "merged.json"), timeless(&project, "whole.json"));
}

#[test]
fn a_part_without_cells_is_a_part() {
    let project = project(2, "echo hello");
    does(&project, &["run", "--json", "whole.json"]);
    let files = ["--json", "part.json", "--junit", "part.xml"];
    let said = does(&project, &[&["run", "--partition", "slice:3/3", "--records", "slice-3"], &files[..]].concat());
    assert!(said.contains("slice:3/3: none of 2 cells is in this part"), "{said}");
    assert!(!said.contains("0 cells"), "{said}");
    let folders = in_parts(&project, "slice");
    // The one without cells may come first.
    let folders: Vec<_> = folders.into_iter().rev().collect();
    does(&project, &merge(&folders));
    assert_eq!(timeless(&project, "merged.json"), timeless(&project, "whole.json"));
    refuses(&project, &["run", "--partition", "slice:3/3", "nowhere"], "no cell has all of these words");
}

#[test]
fn what_is_not_whole_is_not_merged() {
    let project = project(9, "echo hello");
    let folders = in_parts(&project, "slice");
    refuses(&project, &merge(&folders[..2]), "part 3 of 3 is missing");
    refuses(&project, &merge(&[&folders[..], &folders[..1]].concat()), "are both slice:1/3");
    refuses(&project, &merge(&["nowhere".to_owned()]), "nowhere/run.json: not there");
    assert!(!project.path("merged.json").exists());
    let record = project.path(&format!("slice-2/fake@{VERSION}/t/c001.json"));
    let was = fs::read_to_string(&record).expect("a record");
    fs::remove_file(&record).expect("removed");
    refuses(&project, &merge(&folders), &format!("fake@{VERSION}/t/c001: its record is missing"));
    fs::write(&record, was.replace("fake 1.2.3", "fake 1.2.4")).expect("written");
    refuses(&project, &merge(&folders), "is of fake 1.2.4");
    fs::write(&record, was.replace("go1.99.0", "go1.98.0")).expect("written");
    refuses(&project, &merge(&folders), "its guest is built by go1.98.0");
    fs::write(&record, &was[..was.len() / 2]).expect("written");
    refuses(&project, &merge(&folders), "c001.json");
    fs::write(&record, was.replace("t/c001\"", "t/c004\"")).expect("written");
    refuses(&project, &merge(&folders), "the record of");
    fs::write(&record, was).expect("written");
    does(&project, &["run", "--partition", "slice:3/3", "--records", "slice-3", "c00"]);
    does(&project, &merge(&folders));
    does(&project, &["run", "--partition", "slice:3/3", "--records", "slice-3", "--skip", "c008"]);
    refuses(&project, &merge(&folders), "are not of one run: the cells of the whole run differ");
}

#[test]
fn nothing_is_resumed_that_ended_or_was_of_other_cells() {
    let project = project(3, "echo hello");
    refuses(&project, &["run", "--resume"], "nothing was run into");
    does(&project, &["run"]);
    refuses(&project, &["run", "--resume", "c001"], "the last run was of other cells");
}

#[test]
fn a_run_that_ended_has_nothing_left_to_resume_and_comes_to_the_same() {
    let project = project(3, "echo hello; echo ran >> \"$folder/log\"");
    let ran = || fs::read_to_string(project.path("runtimes/fake/log")).expect("the log").lines().count();
    for (script, code, count) in [("echo hello", 0, "3 cells: 3 pass"), ("echo bye", 1, "3 cells: 3 fail")] {
        for case in 0..3 {
            project.write(&format!("runtimes/fake/c{case:03}.sh"), format!("{script}; echo ran >> \"$folder/log\""));
        }
        assert_eq!(project.command(&["run"]).status.code(), Some(code));
        let before = ran();
        let resumed = project.command(&["run", "--resume", "--json", "resumed.json"]);
        let said = said(&resumed);
        assert_eq!((resumed.status.code(), ran()), (Some(code), before), "{said}");
        assert!(said.contains("nothing was left to run") && said.contains(count), "{said}");
        let results = matrix_store::results_files::read(&project.path("resumed.json")).expect("results");
        assert_eq!(results.records.len(), 3);
    }
}

#[test]
fn what_an_earlier_results_file_has_is_run_again_only_where_something_changed() {
    let project = project(3, "echo hello");
    does(&project, &["run", "--json", "old.json"]);
    fs::remove_dir_all(project.path("target/wasip1-matrix/records")).expect("removed");
    let cases = fs::read_to_string(project.path("cases/t.toml")).expect("cases");
    let others = cases.replace("args = [\"c001\"]", "args = [\"c001\", \"more\"]");
    assert_ne!(others, cases);
    project.write("cases/t.toml", &others);
    let said = does(&project, &["run", "--changed-since", "old.json", "--json", "new.json"]);
    assert!(said.contains("3 cells: 3 pass") && said.contains("2 of them were not run"), "{said}");
    let records = |name: &str| {
        let bytes = fs::read(project.path(name)).expect(name);
        serde_json::from_slice::<Value>(&bytes).expect("JSON")["records"].as_array().expect("records").clone()
    };
    for (old, new) in records("old.json").iter().zip(records("new.json")) {
        let is_same = old["case"] != "t/c001";
        assert_eq!(new["reused"] == true, is_same, "{new}");
        assert_eq!(new["key"] == old["key"], is_same, "{new}");
        let (was, is) = (&old["measured"], &new["measured"]);
        assert!(is["ran"].as_u64() >= was["ran"].as_u64() && was["ran"].is_u64(), "{new}");
        assert!(!is_same || is == was, "{new}");
    }
    refuses(
        &project,
        &["run", "--changed-since", "nowhere.json"],
        "--changed-since: failed to open file `nowhere.json`",
    );
}

#[test]
fn what_is_said_or_expected_is_judged_anew_without_a_run() {
    let project = project(3, "echo hello");
    does(&project, &["run"]);
    let cases = fs::read_to_string(project.path("cases/t.toml")).expect("cases");
    let others = cases.replace("why = \"why\"", "why = \"another\"").replacen("hello\\n", "bye\\n", 1);
    assert_ne!(others, cases);
    project.write("cases/t.toml", &others);
    let said = said(&project.command(&["run", "--changed"]));
    assert!(said.contains("3 cells: 1 fail, 2 pass") && said.contains("3 of them were not run"), "{said}");
}

#[test]
fn a_runtime_that_is_not_here_any_more_stays_on_the_page_and_passes_in_no_run() {
    let project = project(3, "echo hello");
    reports(project.root());
    does(&project, &["run", "--json", "old.json"]);
    fs::remove_dir_all(project.path("store")).expect("removed");
    let cases = fs::read_to_string(project.path("cases/t.toml")).expect("cases");
    project.write("cases/t.toml", cases.replace("args = [\"c001\"]", "args = [\"c001\", \"more\"]"));
    let said = does(&project, &["run", "--changed-since", "old.json"]);
    assert!(said.contains("3 cells: 3 unavailable"), "{said}");
    let said = does(&project, &["report", "--out", "out"]);
    assert!(said.contains("3 cells: 3 unavailable"), "{said}");
    let page = || fs::read_to_string(project.path("out/index.html")).expect("the page");
    let missing = "Not installed, and so without a column";
    assert!(page().contains(missing));
    let said = does(&project, &["report", "--changed-since", "old.json", "--out", "out"]);
    assert!(said.contains("3 cells: 2 pass, 1 unavailable") && said.contains("2 of them were not run"), "{said}");
    assert!(!page().contains(missing));
}

/// The harness, running.
pub fn begun(project: &Project, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    command.args(arguments).env_clear().envs(project.environment()).current_dir(project.root());
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// How many processes of the project's cells there are.
fn left(project: &Project) -> usize {
    let mark = format!("WASIP1_MATRIX_CELL={}", project.root().canonicalize().expect("a path").display());
    let alive = |entry: fs::DirEntry| {
        let environment = fs::read(entry.path().join("environ")).ok()?;
        environment.split(|byte| *byte == 0).any(|found| found.starts_with(mark.as_bytes())).then_some(())
    };
    fs::read_dir("/proc").expect("/proc").flatten().filter_map(alive).count()
}

#[test]
fn a_killed_run_leaves_no_process_and_no_half_record_and_is_resumed() {
    // A grandchild, which no signal to the harness's children reaches.
    let project = project(24, "sleep 0.05 & wait; echo hello");
    for round in 0..20 {
        let mut harness = begun(&project, &["run", "--jobs", "2"]);
        sleep(Duration::from_millis(30 + 41 * round % 700));
        harness.kill().and_then(|()| harness.wait()).expect("it is killed");
        // What sleeps is done by then; anything else would stay.
        sleep(Duration::from_millis(150));
        assert_eq!(left(&project), 0, "round {round}");
        for path in records(&project) {
            let bytes = fs::read(&path).expect("a record");
            serde_json::from_slice::<Value>(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        if project.path("target/wasip1-matrix/records/run.json").exists() {
            let resumed = project.command(&["run", "--resume"]);
            let said = said(&resumed);
            let complete = said.contains("24 cells: 24 pass");
            assert!(complete, "round {round}: {said}");
        }
    }
}

fn records(project: &Project) -> Vec<std::path::PathBuf> {
    let folder = project.path(&format!("target/wasip1-matrix/records/fake@{VERSION}/t"));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

#[test]
fn an_interrupted_run_says_what_is_missing() {
    let project = project(40, "sleep 20 & sleep 20");
    for signal in ["INT", "TERM"] {
        let harness = begun(&project, &["run"]);
        while left(&project) == 0 {
            sleep(Duration::from_millis(20));
        }
        let began = std::time::Instant::now();
        let pid = harness.id().to_string();
        let sent = Command::new("/bin/sh").args(["-c", &format!("kill -{signal} {pid}")]).status().expect("a shell");
        assert!(sent.success());
        let ended = harness.wait_with_output().expect("it ends");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("interrupted: recorded: 0 of 40 cells; --resume runs the other 40"), "{said}");
        assert!(ended.status.code().is_some_and(|code| code > 128), "{}", ended.status);
        assert_eq!(left(&project), 0);
    }
}

#[test]
fn a_folder_that_takes_no_record_is_one_error() {
    let project = project(3, "echo hello");
    project.write("file", "");
    refuses(&project, &["run", "--records", "file/records"], "file/records");
}
