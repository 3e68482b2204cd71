//! What the scheduler of Linux tells of each thread.

use std::fs;
use std::time::Duration;

use rustix::process::Pid;

use super::leak;
use crate::unix::patience::{Scheduled, Threads};

/// The threads of a process group. There are none where the kernel does not tell.
pub(super) fn threads_of(leader: Pid) -> Threads {
    let mut threads = Threads::new();
    for process in leak::members(leader) {
        let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", process.pid)) else { continue };
        for task in tasks.filter_map(Result::ok) {
            let scheduled = fs::read_to_string(task.path().join("schedstat")).ok().and_then(|text| parse(&text));
            if let Some(scheduled) = scheduled {
                threads.insert((process.pid, task.file_name().to_string_lossy().into_owned()), scheduled);
            }
        }
    }
    threads
}

/// Reads `/proc/<pid>/task/<tid>/schedstat`.
fn parse(text: &str) -> Option<Scheduled> {
    let mut nanoseconds = text.split_whitespace().map(str::parse);
    let (ran, waited) = (nanoseconds.next()?.ok()?, nanoseconds.next()?.ok()?);
    Some(Scheduled { ran: Duration::from_nanos(ran), waited: Duration::from_nanos(waited) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_figures_are_nanoseconds() {
        let scheduled = Scheduled { ran: Duration::from_millis(7), waited: Duration::from_millis(308) };
        assert_eq!(parse("7000000 308000000 1\n"), Some(scheduled));
        assert_eq!(parse(""), None);
    }
}
