//! Finds, names and kills the processes that a cell left behind.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use crate::{Leak, MARKER};
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, set_child_subreaper, waitpgid, waitpid,
};

/// Makes this process the parent of all orphaned descendants, so that it can wait for them.
pub(super) fn adopt_orphans() -> io::Result<()> {
    static ADOPTED: OnceLock<Result<(), rustix::io::Errno>> = OnceLock::new();
    Ok((*ADOPTED.get_or_init(|| set_child_subreaper(Some(getpid()))))?)
}

/// Kills the rest of a process's group, and every other process started since then that belongs to the cell. Such a
/// process carries the cell's variable, or is an orphan whose working directory is in the cell's folder. `cell` is
/// that folder.
pub(super) fn kill_all(leader: Pid, cell: Option<&OsStr>) -> Vec<Leak> {
    let mut leaked: Vec<Leak> = Vec::new();
    // Each round may uncover children of the processes killed in the previous round.
    for _ in 0..16 {
        let group_alive = group_is_alive(leader);
        let strays = cell.map_or_else(Vec::new, |cell| strays(leader, cell));
        let found = if group_alive { [members(leader), strays].concat() } else { strays };
        if found.is_empty() {
            break;
        }
        if group_alive {
            // It fails only if the group has ended meanwhile.
            kill_process_group(leader, Signal::KILL).ok();
        }
        for leak in found {
            let Some(pid) = Pid::from_raw(leak.pid) else { continue };
            // It may be gone already, or have another parent that reaps it. Either way nothing is left to do here.
            kill_process(pid, Signal::KILL).ok();
            waitpid(Some(pid), WaitOptions::empty()).ok();
            if !leaked.iter().any(|known| known.pid == leak.pid) {
                leaked.push(leak);
            }
        }
    }
    leaked
}

/// Kills the processes of a cell that a killed harness left running. They carry the cell's variable.
pub(super) fn sweep(cell: &OsStr) {
    for leak in processes(|pid| carries(pid, cell)) {
        // It may have ended by itself in the meantime.
        Pid::from_raw(leak.pid).map(|pid| kill_process(pid, Signal::KILL));
    }
}

/// Whether a process carries the variable that marks the cell's processes.
fn carries(pid: i32, cell: &OsStr) -> bool {
    let variable = [MARKER.as_bytes(), b"=", cell.as_bytes()].concat();
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|found| found == variable))
}

/// Reaps the group's dead processes and reports whether any other is left.
fn group_is_alive(leader: Pid) -> bool {
    loop {
        match waitpgid(leader, WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// The living processes of a group.
pub(super) fn members(leader: Pid) -> Vec<Leak> {
    let group = leader.as_raw_nonzero().get();
    processes(|pid| stat(pid).is_some_and(|stat| stat.group == group))
}

/// The processes of the cell that are younger than the leader.
fn strays(leader: Pid, cell: &OsStr) -> Vec<Leak> {
    let leader = leader.as_raw_nonzero().get();
    let own = getpid().as_raw_nonzero().get();
    // Process ids grow. If the leader's is below this process's own, they have wrapped around and do not show age.
    let oldest = if leader > own { leader } else { 0 };
    processes(|pid| {
        // Only orphans that this process adopted count, not a user's shell in the folder.
        let orphan_there = || {
            fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(cell))
                && stat(pid).is_some_and(|stat| stat.parent == own)
        };
        pid > oldest && (carries(pid, cell) || orphan_there())
    })
}

/// The processes of this machine whose id is `wanted`.
pub(super) fn processes(wanted: impl Fn(i32) -> bool) -> Vec<Leak> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| wanted(*pid))
        .map(|pid| Leak { pid, command: command_line(pid) })
        .collect()
}

/// The fields read from `/proc/<pid>/stat`.
pub(super) struct Stat {
    /// Its parent's id.
    pub(super) parent: i32,
    group: i32,
}

/// Reads a process's state. `None` if it is gone or a zombie.
pub(super) fn stat(pid: i32) -> Option<Stat> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may contain any character.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let alive = fields.next()? != "Z";
    let (parent, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    alive.then_some(Stat { parent, group })
}

fn command_line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_else(|error| error.to_string().into_bytes());
    let words: Vec<_> = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty()).collect();
    words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>().join(" ")
}
