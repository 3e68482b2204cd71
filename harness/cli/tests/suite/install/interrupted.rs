//! Installs that do not live to their end, and two at once.

use std::fs;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use super::tool::Tool;

/// Waits for what must come soon.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < give_up, "never: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn killed_half_way_it_leaves_no_column_and_goes_well_the_next_time() {
    let tool = Tool::from_npm();
    tool.npm_stalls(true);
    let mut child = tool.start_install(&[]);
    let half = tool.store(".staging/tool-1.2.3/prefix/lib/node_modules/tool/bin/tool");
    until("half of it is there", || half.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(half.exists(), "nobody could tidy up");
    assert!(!tool.store("tool").exists());
    let doctor = tool.run(&["doctor"]);
    doctor.assert(0, &["unavailable", "`wasip1-matrix install tool@1.2.3` installs it"]);

    tool.npm_stalls(false);
    tool.install(&[]).assert(0, &["1 installed"]);
    assert!(!half.exists());
    assert!(tool.prefix("bin/tool").exists());
}

#[test]
fn what_another_version_left_is_removed_too() {
    let tool = Tool::from_npm();
    fs::create_dir_all(tool.store(".staging/other-9.9.9/prefix")).unwrap();
    tool.install(&[]).assert(0, &["1 installed"]);
    assert!(!tool.store(".staging/other-9.9.9").exists());
}

#[test]
fn the_second_of_two_waits_for_the_first() {
    let tool = Tool::from_npm();
    tool.npm_stalls(true);
    let mut first = tool.start_install(&[]);
    until("the first is half way", || tool.store(".staging/tool-1.2.3/prefix/lib/node_modules/tool/bin/tool").exists());
    tool.npm_stalls(false);
    let second = tool.start_install(&[]);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(tool.npm_installs(), 1, "the second does not ask while the first is at it");
    first.kill().unwrap();
    first.wait().unwrap();
    let output = second.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("waiting for another process"), "{said}");
    assert!(output.status.success(), "{said}");
}

#[test]
fn what_is_being_installed_is_not_cleaned() {
    let tool = Tool::from_npm();
    tool.npm_stalls(true);
    let mut install = tool.start_install(&[]);
    let half = tool.store(".staging/tool-1.2.3/prefix/lib/node_modules/tool/bin/tool");
    until("it is half way", || half.exists());
    tool.run(&["clean"]).assert(2, &["another command is using it"]);
    assert!(half.exists());
    install.kill().unwrap();
    install.wait().unwrap();
    tool.run(&["clean"]).assert(0, &["scratch tool-1.2.3: the command that used it has ended"]);
    assert!(!half.exists());
}

#[test]
fn an_interrupt_ends_what_it_started() {
    let tool = Tool::new("npm = [\"slow@{version}\"]");
    let child = tool.start_install(&[]);
    let pid = tool.project.path("home/slow.pid");
    until("npm and its child run", || fs::read_to_string(&pid).is_ok_and(|text| text.lines().count() == 2));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let Output { status, .. } = child.wait_with_output().unwrap();
    assert_eq!(status.code(), Some(130));
    for pid in fs::read_to_string(&pid).unwrap().lines() {
        until("both are gone", || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        });
    }
    assert!(!tool.store("tool").exists());
}
