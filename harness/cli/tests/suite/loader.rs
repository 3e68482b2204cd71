//! What the harness says of files it cannot use: each message as a golden file under `golden/loader/`.
//!
//! A sound project is spoilt in one way, `list` is run on it, and must end with code 2 before it has run
//! anything, with a message that says where, what, and what to do.

mod spoilt;

use std::collections::BTreeMap;

use crate::golden::assert_golden;
use crate::project::Project;

use spoilt::*;

/// A project in which nothing is wrong.
fn sound() -> Project {
    let project = Project::new();
    project.guest("preopen");
    project.write("cases/fixtures/hello/hello.txt", "hello\n");
    project.write(FIXTURES_FILE, FIXTURES);
    project.write(CASE_FILE, CASES);
    project.write(RUNTIME_FILE, RUNTIME);
    project.write(DIVERGENCES_FILE, DIVERGENCES);
    project
}

/// What the harness says of a project that it refuses, with its exit code.
fn refusal(project: &Project) -> String {
    let ended = project.command(&["list"]);
    let stderr = String::from_utf8(ended.stderr).expect("messages are UTF-8");
    let listed = if ended.stdout.is_empty() { "nothing" } else { "cells" };
    format!("{}, {listed} listed\n\n{stderr}", ended.status)
}

/// What is missing in a refusal, in words.
fn faults(refusal: &str, project: &Project, file: Option<&str>) -> Vec<&'static str> {
    let place = file.map(|file| format!("--> {file}:"));
    let placed = place.is_none_or(|place| {
        refusal.lines().any(|line| line.trim_start().strip_prefix(&place).is_some_and(|place| place.contains(':')))
    });
    let faults = [
        (!refusal.starts_with("exit status: 2, nothing listed"), "not refused"),
        (refusal.contains(project.root().to_str().expect("a UTF-8 path")), "a path of this machine"),
        (!placed, "no file, line and column"),
        (file.is_some() && !refusal.contains('^'), "no caret"),
    ];
    faults.into_iter().filter_map(|(is, fault)| is.then_some(fault)).collect()
}

#[test]
fn the_sound_project_is_sound() {
    let ended = sound().command(&["list"]);
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "fake@1.2.3/fs/preopen/read\n");
}

#[test]
fn messages() {
    let (mut texts, mut poor) = (BTreeMap::new(), Vec::new());
    let mut keep = |name: &str, project: &Project, file: Option<&str>| {
        let refusal = refusal(project);
        poor.extend(faults(&refusal, project, file).into_iter().map(|fault| format!("{name}: {fault}")));
        texts.insert(name.to_owned(), refusal);
    };
    for (name, file, from, to) in SPOILT {
        let project = sound();
        let text = match *file {
            CASE_FILE => CASES,
            FIXTURES_FILE => FIXTURES,
            RUNTIME_FILE => RUNTIME,
            _ => DIVERGENCES,
        };
        assert_eq!(text.matches(from).count(), 1, "{name}: {from:?} must stand once in {file}");
        project.write(file, text.replace(from, to));
        keep(name, &project, Some(file));
    }
    type Spoil = fn(&Project);
    let spoilt: [(&str, Spoil); 25] = [
        ("divergence-of-two-faults", |project| {
            project.write("runtimes/other/runtime.toml", RUNTIME.replace("\"fake\"", "\"other\""));
            project.write("runtimes/other/divergences.toml", DIVERGENCES.replace("\"runtime\"", "\"spec\""));
        }),
        ("divergence-out-and-untold", |project| {
            project.write(CASE_FILE, CASES.replace(STDOUT, OUTSIDE));
            project.write(DIVERGENCES_FILE, DIVERGENCES.replace("stays-inside = true\n", ""));
        }),
        ("runtime-of-host-with-pins", |project| project.write(RUNTIME_FILE, reference())),
        ("runtime-of-host-without-build", |project| {
            project
                .write(RUNTIME_FILE, reference().replace("pins = [\"1.2.3\"]\n", "").replace("build = [\"make\"]", ""));
        }),
        ("divergence-of-the-reference", |project| {
            project.write(RUNTIME_FILE, reference().replace("pins = [\"1.2.3\"]\n", ""));
        }),
        ("guest-unused", |project| project.guest("idle")),
        ("fixture-unused", |project| project.write("cases/fixtures/idle/a.txt", "")),
        ("fixture-with-a-link", |project| {
            let link = project.path("cases/fixtures/hello/round");
            std::os::unix::fs::symlink(".", link).expect("a link in the fixture");
        }),
        ("no-cases", |project| remove(project, "cases/fs")),
        ("no-runtimes", |project| remove(project, "runtimes/fake")),
        ("no-fixtures-folder", |project| remove(project, "cases/fixtures")),
        ("no-guests-folder", |project| remove(project, "go-guests")),
        ("case-not-utf8", |project| project.write(CASE_FILE, b"guest = \"\xff\"")),
        ("imports-differ", |project| {
            let with = |imports: &str| format!("imports = [{imports}]\n{CASES}");
            project.write(CASE_FILE, with("\"fd_read\""));
            project.write("cases/other.toml", with("\"fd_write\""));
        }),
        ("builds-differ", |project| {
            let with = |build: &str| format!("build = \"{build}\"\ngo = \">=1.24\"\n{CASES}");
            project.write(CASE_FILE, with("reactor"));
            project.write("cases/other.toml", with("command"));
        }),
        ("exports-of-a-command", |project| {
            project.write(CASE_FILE, format!("{CASES}exports = [{{ name = \"add\" }}]\nexpect.returns = [[]]\n"));
        }),
        ("reactor-of-any-go", |project| project.write(CASE_FILE, format!("build = \"reactor\"\n{CASES}"))),
        ("case-is-an-area", |project| {
            project.write("cases/fs/preopen/read/again.toml", CASES);
        }),
        ("divergence-of-another-area", |project| {
            remove_file(project, DIVERGENCES_FILE);
            project.write("runtimes/fake/divergences/dir.toml", DIVERGENCES);
        }),
        ("divergence-in-two-files", |project| project.write("runtimes/fake/divergences/fs.toml", DIVERGENCES)),
        ("runtime-run-without-env", |project| {
            project.write(RUNTIME_FILE, with_key("\"env\", ", "env = [\"--env={name}={value}\"]"));
        }),
        ("runtime-run-without-dirs", |project| {
            project.write(RUNTIME_FILE, with_key("\"dir-map\", ", "dir = [\"--dir={host}::{guest}\"]"));
        }),
        ("runtime-run-without-limits", |project| {
            project.write(RUNTIME_FILE, with_key("\"fuel\", ", "fuel = [\"--fuel={fuel}\"]"));
        }),
        ("probe-unknown", |project| {
            let probes = "\"read\":  read,\n\t\"write\": write,\n";
            let unknown = "println(\"preopen: unknown probe\")";
            let source = format!("package main\n\nvar probes = map[string]func(){{\n\t{probes}}}\n\n// {unknown}\n");
            project.write("go-guests/preopen/main.go", source);
            project.write(CASE_FILE, CASES.replace("\"read\", \"/data", "\"raed\", \"/data"));
        }),
        ("several", |project| {
            project.write(CASE_FILE, CASES.replace("\"hello\" }", "\"hullo\" }").replace("\"preopen\"", "\"nobody\""));
            project.write(RUNTIME_FILE, RUNTIME.replace("{module}", "{guest}"));
            project.write("runtimes/other/runtime.toml", "");
        }),
    ];
    for (name, spoil) in spoilt {
        let project = sound();
        spoil(&project);
        keep(name, &project, None);
    }
    assert_golden("loader", &texts);
    assert!(poor.is_empty(), "{poor:#?}");
}

/// The fake as a reference, with pins.
fn reference() -> String {
    let (before, after) = RUNTIME.split_once("[version]").expect("a version");
    let (_, command) = after.split_once("[command]").expect("a command");
    format!("target = \"host\"\n{before}[command]\nbuild = [\"make\"]{command}")
}

/// The fake with a further key of its command, and without the lack of what that key says.
fn with_key(lack: &str, key: &str) -> String {
    assert!(RUNTIME.contains(lack), "{lack}");
    RUNTIME.replace(lack, "").replace("[command]\n", &format!("[command]\n{key}\n"))
}

fn remove_file(project: &Project, name: &str) {
    std::fs::remove_file(project.path(name)).expect("a file to remove");
}

fn remove(project: &Project, name: &str) {
    std::fs::remove_dir_all(project.path(name)).expect("a folder to remove");
}
