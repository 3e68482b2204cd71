//! Processes a cell left behind: found, named, killed.

use std::fs;
use std::io;
use std::sync::OnceLock;

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, set_child_subreaper, waitpgid, waitpid,
};

use crate::outcome::Leak;

/// Makes orphans of any depth children of this process, so that they can be waited for.
pub fn adopt_orphans() -> io::Result<()> {
    static ADOPTED: OnceLock<Result<(), rustix::io::Errno>> = OnceLock::new();
    Ok((*ADOPTED.get_or_init(|| set_child_subreaper(Some(getpid()))))?)
}

/// Kills whatever is left of a process's group, and every other process started since that carries its marker.
pub fn kill_all(leader: Pid, marker: &[u8]) -> Vec<Leak> {
    let mut leaked = Vec::new();
    // Each round may uncover children of those killed in the round before.
    for _ in 0..16 {
        let group_alive = group_is_alive(leader);
        let mut found = if group_alive { members(leader) } else { Vec::new() };
        found.extend(carriers(leader, marker).into_iter().filter(|leak| !found.contains(leak)).collect::<Vec<_>>());
        if found.is_empty() {
            break;
        }
        if group_alive && let Err(error) = kill_process_group(leader, Signal::KILL) {
            debug_assert_eq!(error, rustix::io::Errno::SRCH);
        }
        for leak in found {
            let Some(pid) = Pid::from_raw(leak.pid) else { continue };
            // It may be gone already, or somebody else's to reap; either way it is no longer ours to mind.
            kill_process(pid, Signal::KILL).ok();
            waitpid(Some(pid), WaitOptions::empty()).ok();
            if !leaked.contains(&leak) {
                leaked.push(leak);
            }
        }
    }
    leaked
}

/// Reaps the group's dead, and says whether any of it lives.
fn group_is_alive(leader: Pid) -> bool {
    loop {
        match waitpgid(leader, WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

fn members(leader: Pid) -> Vec<Leak> {
    let group = leader.as_raw_nonzero().get();
    processes(|pid| process_group(pid) == Some(group))
}

/// Processes younger than the leader that carry the marker in their environment.
fn carriers(leader: Pid, marker: &[u8]) -> Vec<Leak> {
    if marker.is_empty() {
        return Vec::new();
    }
    let leader = leader.as_raw_nonzero().get();
    // Ids are handed out upwards; below this process's own they have started over and tell nothing.
    let oldest = if leader > getpid().as_raw_nonzero().get() { leader } else { 0 };
    processes(|pid| {
        pid > oldest
            && fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|variable| variable == marker))
    })
}

fn processes(wanted: impl Fn(i32) -> bool) -> Vec<Leak> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| wanted(*pid))
        .map(|pid| Leak { pid, command: command_line(pid) })
        .collect()
}

fn process_group(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the fields after it are state, parent, group.
    stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

fn command_line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_else(|error| error.to_string().into_bytes());
    let words: Vec<_> = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty()).collect();
    words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>().join(" ")
}
