//! Programs that flood, hang, fork or write without end are groups of the answer, and nothing of them stays.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{answer, column, differences, groups, is_clean, project};

#[test]
fn a_program_that_does_not_behave_is_a_group() {
    let only_other = |bad: &str| format!("[ $name = other ] || exit 0\n{bad}");
    let scripts = [
        (
            "floods",
            "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done",
            "output-limit",
        ),
        ("hangs", "sleep 600", "timeout"),
        ("forks", "for i in 1 2 3 4 5 6 7 8 9; do sleep 601 & done; wait", "timeout"),
        ("dies", "kill -SEGV $$", "signal"),
    ];
    let scripts: Vec<_> = scripts.map(|(name, script, end)| (name, only_other(script), end)).into();
    let project = project(&scripts.iter().map(|(name, script, _)| (*name, script.as_str())).collect::<Vec<_>>());
    for (name, _, end) in &scripts {
        let timeout = if *end == "timeout" { "1" } else { "60" };
        let (code, answer) = answer(&project, &["--timeout", timeout, "--", name]);
        assert_eq!(code, Some(1), "{name}: {answer:#}");
        assert_eq!(groups(&answer)[1], [column("other")], "{name}");
        assert_eq!(differences(&answer), [serde_json::json!(["exit"])], "{name}");
        let kind = &answer["groups"][1]["observed"]["exit"]["kind"];
        // A shell shows a signal as an exit code, and so may a command line.
        assert!(kind == end || (*end == "signal" && kind == "code"), "{name}: {kind}");
        assert!(is_clean(&project), "{name}");
    }
    assert!(!is_running("sleep 601"), "what it forked is gone");
}

#[test]
fn a_large_file_is_compared_and_removed() {
    let project = project(&[("go", "cd \"$dir\"; truncate -s 40M big; [ $name = other ] && echo x >> big; exit 0")]);
    fs::create_dir(project.path("data")).expect("a folder");
    let (code, answer) = answer(&project, &["--dir", "data::/data", "--", "go"]);
    assert_eq!(code, Some(1), "{answer:#}");
    assert_eq!(differences(&answer), [serde_json::json!([{"file": "/data/big"}])]);
    assert!(answer.to_string().len() < 1 << 20, "the answer has no large file in it");
    assert!(is_clean(&project));
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let project = project(&[("go", "echo $$ > \"$dir/started\"; sleep 602")]);
    fs::create_dir(project.path("data")).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    command.args(["compare", "app.wasm", "--dir", "data::/data", "--", "go"]).current_dir(project.root());
    command.env_clear().envs(project.environment()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("the harness's command starts");
    until("it runs", || is_running("sleep 602"));
    assert!(!is_clean(&project), "it is at work");
    let interrupted = Command::new("kill").arg("-INT").arg(child.id().to_string()).status().expect("kill starts");
    assert!(interrupted.success());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("interrupted: nothing is left behind"), "{said}");
    assert!(is_clean(&project) && !is_running("sleep 602"));
    assert!(fs::read_dir(project.path("data")).expect("the folder").next().is_none());
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < give_up, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process has this command line.
fn is_running(command: &str) -> bool {
    let entries = fs::read_dir("/proc").expect("a list of processes");
    let lines = entries.filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
    let wanted = command.replace(' ', "\0");
    lines.into_iter().any(|line| String::from_utf8_lossy(&line).trim_end_matches('\0') == wanted)
}
