//! What only Linux can do: it tells of a process's end by a descriptor, and of all processes in `/proc`.

mod leak;
mod restrict;
mod schedstat;
mod spawn;

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process, kill_process_group, pidfd_open};

use super::patience::Threads;
use super::watch::System;
use crate::{Leak, Spec};
use leak::{processes, stat};

pub use restrict::become_restricted;

/// How long to keep looking for children to kill.
const PATIENCE: Duration = Duration::from_secs(1);

/// Linux.
pub(super) struct Linux;

impl System for Linux {
    const LACKS: &[&str] = &[];

    /// `ru_maxrss` counts kibibytes.
    const RSS_UNIT: u64 = 1024;

    fn start(spec: &Spec, descriptors: [Option<OwnedFd>; 3]) -> io::Result<Pid> {
        leak::adopt_orphans()?;
        spawn::spawn(spec, descriptors)
    }

    fn end_of(pid: Pid) -> io::Result<Option<OwnedFd>> {
        Ok(Some(pidfd_open(pid, PidfdFlags::empty())?))
    }

    fn kill_rest(leader: Pid, cell: Option<&OsStr>) -> Vec<Leak> {
        leak::kill_all(leader, cell)
    }

    fn threads_of(leader: Pid) -> Threads {
        schedstat::threads_of(leader)
    }

    fn sweep(cell: &OsStr) {
        leak::sweep(cell);
    }

    /// Also kills the orphans that this process adopts when they die.
    fn end_children() {
        let own = getpid().as_raw_nonzero().get();
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let children = processes(|pid| stat(pid).is_some_and(|stat| stat.parent == own));
            for pid in children.iter().filter_map(|child| Pid::from_raw(child.pid)) {
                // Most children lead a group. A child that is already gone needs nothing.
                kill_process_group(pid, Signal::KILL).ok();
                kill_process(pid, Signal::KILL).ok();
            }
            thread::sleep(Duration::from_millis(20));
            if children.is_empty() {
                return;
            }
        }
    }
}

/// Runs `act` in a child process, which then ends without executing a program.
///
/// # Errors
/// If `act` fails or the process cannot be started.
pub fn attempt(act: fn() -> io::Result<()>) -> io::Result<()> {
    const DONE: i32 = libc::ECANCELED;
    let mut command = Command::new("/");
    let tried = move || act().and_then(|()| Err(io::Error::from_raw_os_error(DONE)));
    // SAFETY: the author of `act` is responsible for what it does between fork and exec.
    let ended = unsafe { command.pre_exec(tried) }.spawn();
    match ended {
        Err(error) if error.raw_os_error() == Some(DONE) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::other("a folder was executed")),
    }
}
