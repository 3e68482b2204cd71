//! What every Unix can do, for macOS. The processes that a cell leaves behind are killed only as far as they are in its
//! group, and none is named.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process_group};

use super::limits::set_limits;
use super::patience::Threads;
use super::watch::{Started, System};
use crate::{Leak, Spec, Stdin};

/// The descriptors from 3 on that no program inherits from this process.
const INHERITED: std::ops::Range<libc::c_int> = 3..1024;

/// The processes that run. Each leads a group.
static RUNNING: Mutex<BTreeSet<libc::c_int>> = Mutex::new(BTreeSet::new());

/// A Unix that is not Linux.
pub(super) struct Portable;

impl System for Portable {
    const LACKS: &[&str] = &[
        "a process that a guest leaves behind is killed with its group and not reported, so no cell is red for it",
        "a harness that is killed with SIGKILL leaves its cells' processes running",
        "time in which a compiler waits for a processor counts for its deadline",
        "`doctor --probe` finds no process behind a runtime that is started by a script",
    ];

    /// `ru_maxrss` counts bytes on Apple's systems, and kibibytes elsewhere.
    const RSS_UNIT: u64 = if cfg!(target_vendor = "apple") { 1 } else { 1024 };

    fn start(spec: &Spec) -> io::Result<Started> {
        let mut command = Command::new(&spec.argv[0]);
        command.args(&spec.argv[1..]).current_dir(&spec.cwd).process_group(0);
        command.env_clear().envs(spec.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(stdin(&spec.stdin)?).stdout(Stdio::piped()).stderr(Stdio::piped());
        let closes_stdin = spec.stdin == Stdin::Closed;
        // SAFETY: the closure makes system calls on numbers, and nothing else.
        unsafe { command.pre_exec(move || prepare(closes_stdin)) };
        // Held while it starts, so that an interruption does not miss it.
        let mut running = RUNNING.lock().expect("no thread panics with the lock held");
        let child = command.spawn()?;
        let pid = child.id().cast_signed();
        running.insert(pid);
        drop(running);
        let (stdin, outputs) = (child.stdin, child.stdout.zip(child.stderr));
        match (Pid::from_raw(pid), outputs) {
            (Some(pid), Some((stdout, stderr))) => {
                Ok(Started { pid, stdin: stdin.map(Into::into), stdout: stdout.into(), stderr: stderr.into() })
            }
            _ => Err(io::Error::other("a process without an id or a pipe")),
        }
    }

    fn end_of(_: Pid) -> io::Result<Option<OwnedFd>> {
        Ok(None)
    }

    fn kill_rest(leader: Pid, _: Option<&OsStr>) -> Vec<Leak> {
        // It fails if the group has no other process.
        kill_process_group(leader, Signal::KILL).ok();
        RUNNING.lock().expect("no thread panics with the lock held").remove(&leader.as_raw_nonzero().get());
        Vec::new()
    }

    fn threads_of(_: Pid) -> Threads {
        Threads::new()
    }

    fn sweep(_: &OsStr) {}

    fn end_children() {
        let running = RUNNING.lock().expect("no thread panics with the lock held");
        for leader in running.iter().filter_map(|leader| Pid::from_raw(*leader)) {
            // It may have ended meanwhile.
            kill_process_group(leader, Signal::KILL).ok();
        }
        // No other process starts until this one ends.
        std::mem::forget(running);
    }
}

/// Sets up the new process before it executes the program.
fn prepare(closes_stdin: bool) -> io::Result<()> {
    // SAFETY: these are system calls on numbers. One that names no open descriptor fails, and changes nothing.
    unsafe {
        if closes_stdin {
            libc::close(0);
        }
        for descriptor in INHERITED {
            libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
    set_limits()
}

/// A closed stdin is closed by [`prepare`], after it has been opened here.
fn stdin(stdin: &Stdin) -> io::Result<Stdio> {
    Ok(match stdin {
        Stdin::Null | Stdin::Closed => Stdio::null(),
        Stdin::File(path) => File::open(path)?.into(),
        Stdin::Pipe(_) => Stdio::piped(),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::PathBuf;
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;
    use crate::unix::watch;
    use crate::{Ended, Feed, Stopped};

    /// Long enough for a shell on a busy machine.
    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Spec {
        Spec {
            argv: ["/bin/sh", "-c", script].map(OsString::from).to_vec(),
            environment: vec![("ONLY".into(), "this".into())],
            cwd: PathBuf::from("/"),
            stdin: Stdin::Null,
            deadline: LONG,
            output_limit: 1 << 20,
        }
    }

    fn run(spec: &Spec) -> Ended {
        watch::run::<Portable>(spec, &mut |_| {}, None).expect("a process that starts")
    }

    fn stdout(ended: &Ended) -> String {
        String::from_utf8_lossy(&ended.stdout).into_owned()
    }

    #[test]
    fn a_process_gets_what_is_described() {
        let feeds = [Feed::Read(b"ready\n".to_vec()), Feed::Write(b"fed\n".to_vec()), Feed::Close];
        let script = "echo ready; pwd; echo $ONLY $HOME; read line; echo $line; echo wrong >&2; exit 7";
        let ended = run(&Spec { stdin: Stdin::Pipe(feeds.to_vec()), ..shell(script) });
        assert_eq!(stdout(&ended), "ready\n/\nthis\nfed\n");
        assert_eq!(ended.stderr, b"wrong\n");
        assert_eq!((ended.status.code(), ended.signal(), ended.stopped), (Some(7), None, None));
        // A shell takes more than a quarter of a megabyte, and less than a gigabyte.
        assert!((1 << 18..1 << 30).contains(&ended.usage.max_rss_bytes), "{:?}", ended.usage);
    }

    #[test]
    fn stdin_may_be_closed() {
        let script = "true 3<&0 && echo open || echo closed";
        assert_eq!(stdout(&run(&shell(script))), "open\n");
        assert_eq!(stdout(&run(&Spec { stdin: Stdin::Closed, ..shell(script) })), "closed\n");
    }

    #[test]
    fn a_program_that_is_missing_is_an_error() {
        let missing = Spec { argv: vec!["/no/such/program".into()], ..shell("") };
        let error = watch::run::<Portable>(&missing, &mut |_| {}, None).expect_err("nothing to start");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_process_is_stopped_at_its_deadline_and_its_limit() {
        let late = run(&Spec { deadline: Duration::from_millis(200), ..shell("exec sleep 60") });
        assert_eq!((late.stopped, late.signal()), (Some(Stopped::Deadline), Some(libc::SIGTERM)));
        let deaf = run(&Spec { deadline: Duration::from_millis(200), ..shell("trap '' TERM; while :; do :; done") });
        assert_eq!((deaf.stopped, deaf.signal()), (Some(Stopped::Deadline), Some(libc::SIGKILL)));
        let flood = run(&Spec { output_limit: 1000, ..shell("while :; do echo line; done") });
        assert_eq!((flood.stopped, flood.stdout.len()), (Some(Stopped::OutputLimit), 1000));
    }

    #[test]
    fn the_rest_of_its_group_is_killed() {
        let left = std::env::temp_dir().join(format!("matrix-supervise-{}", std::process::id()));
        let ended = run(&shell(&format!("(sleep 1; echo > '{}') & exit 0", left.display())));
        assert!(ended.status.success() && ended.leaked.is_empty());
        sleep(Duration::from_secs(3));
        assert!(!left.exists(), "a process lived on");
        // Shows that the file would be there.
        run(&shell(&format!("(sleep 1; echo > '{}') & wait", left.display())));
        fs::remove_file(&left).expect("the file of a process that was waited for");
    }
}
