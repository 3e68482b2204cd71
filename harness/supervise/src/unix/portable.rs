//! What every Unix can do, for macOS. The processes that a cell leaves behind are killed only as far as they are in its
//! group, and none is named.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::limits::set_limits;
use super::patience::Threads;
use super::watch::{System, leads_group};
use crate::{Leak, Spec};

/// The descriptors from 3 on that no program inherits from this process.
const INHERITED: std::ops::Range<libc::c_int> = 3..1024;

/// The processes that run. Each leads a group, unless it reads this process's terminal.
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

    fn start(spec: &Spec, descriptors: [Option<OwnedFd>; 3]) -> io::Result<Pid> {
        let mut command = Command::new(&spec.argv[0]);
        command.args(&spec.argv[1..]).current_dir(&spec.cwd);
        if leads_group(&spec.stdin) {
            command.process_group(0);
        }
        command.env_clear().envs(spec.environment.iter().map(|(name, value)| (name, value)));
        let closed = descriptors.each_ref().map(Option::is_none);
        let [stdin, stdout, stderr] = descriptors.map(|descriptor| descriptor.map_or_else(Stdio::null, Stdio::from));
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        // SAFETY: the closure makes system calls on numbers, and nothing else.
        unsafe { command.pre_exec(move || prepare(closed)) };
        // Held while it starts, so that an interruption does not miss it.
        let mut running = RUNNING.lock().expect("no thread panics with the lock held");
        let child = command.spawn()?;
        let pid = child.id().cast_signed();
        running.insert(pid);
        drop(running);
        Pid::from_raw(pid).ok_or_else(|| io::Error::other("a process without an id"))
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
            // It may have ended meanwhile, or be in the group of this process.
            kill_process_group(leader, Signal::KILL).ok();
            kill_process(leader, Signal::KILL).ok();
        }
        // No other process starts until this one ends.
        std::mem::forget(running);
    }
}

/// Sets up the new process before it executes the program. What is closed has been opened for it as `/dev/null`.
fn prepare(closed: [bool; 3]) -> io::Result<()> {
    // SAFETY: these are system calls on numbers. One that names no open descriptor fails, and changes nothing.
    unsafe {
        for (descriptor, _) in (0..).zip(closed).filter(|(_, closed)| *closed) {
            libc::close(descriptor);
        }
        for descriptor in INHERITED {
            libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
    set_limits()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::PathBuf;
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;
    use crate::unix::watch::{self, Listeners};
    use crate::{Beside, Ended, Feed, Output, Outputs, Stdin, Stopped};

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
            outputs: Outputs::default(),
            beside: Beside::default(),
            ends_on_quit: false,
        }
    }

    fn run(spec: &Spec) -> Ended {
        watch::run::<Portable>(spec, Listeners::default()).expect("a process that starts")
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
    fn what_it_writes_is_passed_on_as_it_comes() {
        let script = "echo one; echo two >&2; read line; echo $line; echo four >&2";
        let feeds = [Feed::Read(b"two\n".to_vec()), Feed::Write(b"three\n".to_vec())];
        let outputs = Outputs { together: true, endless: true, ..Outputs::default() };
        let spec = Spec { stdin: Stdin::Pipe(feeds.to_vec()), output_limit: 9, outputs, ..shell(script) };
        let mut passed = Vec::new();
        let mut on_output = |output, bytes: &[u8]| {
            assert_eq!(output, Output::Stdout);
            passed.extend_from_slice(bytes);
            true
        };
        let listeners = Listeners { on_output: Some(&mut on_output), ..Listeners::default() };
        let ended = watch::run::<Portable>(&spec, listeners).expect("a process that starts");
        assert_eq!(String::from_utf8_lossy(&passed), "one\ntwo\nthree\nfour\n");
        assert_eq!((ended.stopped, stdout(&ended).as_str()), (None, "one\ntwo\nt"), "what is kept");
    }

    #[test]
    fn nobody_writes_to_an_output_that_nobody_reads() {
        let listeners = Listeners { on_output: Some(&mut |_, _| false), ..Listeners::default() };
        let ended = watch::run::<Portable>(&shell("while :; do echo line; done"), listeners).expect("a shell");
        assert_eq!((ended.stopped, ended.signal()), (None, Some(libc::SIGPIPE)));
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
        let error = watch::run::<Portable>(&missing, Listeners::default()).expect_err("nothing to start");
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
