//! Becoming another program, at the price of that program alone.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, getpid};

use super::{Spec, Stdin};

/// A process that has been started, and the harness's ends of its pipes.
pub(super) struct Spawned {
    pub(super) pid: Pid,
    /// Where it is fed, if its stdin is a pipe.
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
}

/// Where a program is looked for when its environment does not say.
const PATH: &str = "/bin:/usr/bin";

/// What a process may have, at most.
const LIMITS: [(libc::__rlimit_resource_t, u64); 3] =
    [(libc::RLIMIT_CORE, 0), (libc::RLIMIT_NOFILE, 1024), (libc::RLIMIT_FSIZE, 8 << 30)];

/// What the new process uses until it is another program: some frames of ours and the C library's.
const STACK: usize = 64 << 10;

/// Starts a process as its specification says, in a group of its own; it ends when the thread that started it does.
///
/// `std::process::Command` would copy the page tables of the harness first, since it forks as soon as anything is to be
/// done in between; with every case and every record in memory that is milliseconds a cell. Here the new process
/// borrows the memory, and the thread waits until it has become the program.
///
/// # Errors
/// If it cannot be started: the program is missing or not executable, or the system is out of resources.
pub(super) fn spawn(spec: &Spec) -> io::Result<Spawned> {
    let (stdin, fed) = stdin(&spec.stdin)?;
    let (stdout, to_stdout) = pipe_with(PipeFlags::CLOEXEC)?;
    let (stderr, to_stderr) = pipe_with(PipeFlags::CLOEXEC)?;
    let argv = spec.argv.iter().map(|word| c_string(word)).collect::<io::Result<Vec<_>>>()?;
    // Of two values for one name the later holds.
    let environment: BTreeMap<_, _> = spec.environment.iter().map(|(name, value)| (name, value)).collect();
    let paths = candidates(&spec.argv[0], &environment)?;
    let environment = environment.into_iter().map(variable).collect::<io::Result<Vec<_>>>()?;
    let cwd = c_string(spec.cwd.as_os_str())?;
    let (argv, environment) = (pointers(&argv), pointers(&environment));
    let mut stack = vec![0; STACK];
    let mut next = Next {
        paths: &paths,
        argv: &argv,
        environment: &environment,
        cwd: &cwd,
        stdio: [stdin.as_ref().map(OwnedFd::as_raw_fd), Some(to_stdout.as_raw_fd()), Some(to_stderr.as_raw_fd())],
        parent: getpid().as_raw_nonzero().get(),
        failed: 0,
    };
    let pid = next.start(&mut stack)?;
    // Its own memory by now, or it is gone and has left this.
    match next.failed {
        0 => Ok(Spawned { pid, stdin: fed, stdout, stderr }),
        error => {
            rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty()).ok();
            Err(io::Error::from_raw_os_error(error))
        }
    }
}

/// All that the new process needs until it is another program. Nothing may be allocated there, nor a lock be taken: it
/// shares this process's memory with threads that run on.
struct Next<'a> {
    /// Where the program may be, the likeliest first.
    paths: &'a [CString],
    argv: &'a [*const libc::c_char],
    environment: &'a [*const libc::c_char],
    cwd: &'a CStr,
    /// What becomes descriptors 0, 1 and 2; none of them is one of these.
    stdio: [Option<RawFd>; 3],
    /// The harness.
    parent: i32,
    /// The error number of what could not be done.
    failed: i32,
}

impl Next<'_> {
    fn start(&mut self, stack: &mut [u8]) -> io::Result<Pid> {
        extern "C" fn begin(next: *mut libc::c_void) -> libc::c_int {
            // SAFETY: `start` hands on a `Next`, and does not look at it before this process is another or gone.
            let next = unsafe { &mut *next.cast::<Next>() };
            let Err(error) = next.act();
            next.failed = error.raw_os_error().unwrap_or(libc::EIO);
            127
        }
        // SAFETY: the sets are plain data that the first two calls fill. No signal is taken in until the handlers, which
        // are this process's, are gone from the new one. The stack grows down from its end, which is aligned, and is
        // big enough for what `act` does; this thread waits until it is no longer used, being asked to by CLONE_VFORK.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            let top = stack.as_mut_ptr().add(stack.len());
            let top = top.sub(top as usize % 16);
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
            let cloned = libc::clone(begin, top.cast(), flags, ptr::from_mut(self).cast());
            let error = io::Error::last_os_error();
            libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut());
            Pid::from_raw(cloned.max(0)).ok_or(error)
        }
    }

    /// Becomes the program.
    fn act(&self) -> io::Result<std::convert::Infallible> {
        // SAFETY: system calls on plain data and on strings that outlive them.
        unsafe {
            // Whatever ends the harness, an impatient user or the kernel, ends what it runs. The signal is bound to
            // the thread that starts it, and that one waits for it.
            check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            if libc::getppid() != self.parent {
                libc::_exit(127);
            }
            check(libc::setpgid(0, 0))?;
            for (descriptor, from) in (0..).zip(self.stdio) {
                match from {
                    Some(from) => check(libc::dup2(from, descriptor))?,
                    None => libc::close(descriptor),
                };
            }
            close_all_but_stdio()?;
            for (resource, value) in LIMITS {
                let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
                check(libc::setrlimit(resource, &limit))?;
            }
            check(libc::chdir(self.cwd.as_ptr()))?;
            default_signals();
            Err(self.become_program())
        }
    }

    /// Only returns if none of the paths is a program that can be run.
    fn become_program(&self) -> io::Error {
        let mut error = io::Error::from_raw_os_error(libc::ENOENT);
        for path in self.paths {
            // SAFETY: both lists end with a null pointer and point to strings that live in the waiting thread.
            unsafe { libc::execve(path.as_ptr(), self.argv.as_ptr(), self.environment.as_ptr()) };
            let next = io::Error::last_os_error();
            match next.raw_os_error() {
                // As a shell has it: one that may not be run is better news than none.
                Some(libc::ENOENT | libc::ENOTDIR) => {}
                Some(libc::EACCES) => error = next,
                _ => return next,
            }
        }
        error
    }
}

/// No signal is blocked or caught, and SIGPIPE, which Rust ignores, ends a process that writes to nobody.
///
/// # Safety
/// Only for a process that has no handlers of its own yet.
unsafe fn default_signals() {
    // SAFETY: `action` is plain data for which all zeroes is a value; what may not be changed is left as it is.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        for signal in 1..=libc::SIGRTMAX() {
            let is_caught = libc::sigaction(signal, ptr::null(), &mut action) == 0
                && ![libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction);
            if is_caught || signal == libc::SIGPIPE {
                action = std::mem::zeroed();
                libc::sigaction(signal, &action, ptr::null_mut());
            }
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, ptr::null_mut());
    }
}

/// Marks every descriptor from 3 on to be closed by exec: the harness's own are marked already, those it was
/// itself given by whoever started it are not.
fn close_all_but_stdio() -> io::Result<()> {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    // SAFETY: a system call of three numbers; it changes nothing but flags of descriptors.
    match unsafe { libc::syscall(libc::SYS_close_range, 3 as libc::c_uint, libc::c_uint::MAX, CLOSE_RANGE_CLOEXEC) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // Before Linux 5.11 there is no such call, or not this flag.
            error if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL)) => Ok(()),
            error => Err(error),
        },
    }
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// What becomes descriptor 0, none if there is to be none, and where it is fed.
fn stdin(stdin: &Stdin) -> io::Result<(Option<OwnedFd>, Option<OwnedFd>)> {
    Ok(match stdin {
        Stdin::Closed => (None, None),
        Stdin::Null => (Some(File::open("/dev/null")?.into()), None),
        Stdin::File(path) => (Some(File::open(path)?.into()), None),
        Stdin::Pipe(_) => {
            let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
            (Some(read), Some(write))
        }
    })
}

/// Where a program may be: a name without a slash is looked for in the folders of the PATH it is given.
fn candidates(name: &OsString, environment: &BTreeMap<&OsString, &OsString>) -> io::Result<Vec<CString>> {
    if name.as_bytes().contains(&b'/') {
        return Ok(vec![c_string(name)?]);
    }
    let path = environment.get(&OsString::from("PATH")).map_or(OsStr::new(PATH), |path| path);
    std::env::split_paths(path).map(|folder| c_string(folder.join(name).as_os_str())).collect()
}

fn variable((name, value): (&OsString, &OsString)) -> io::Result<CString> {
    Ok(CString::new([name.as_bytes(), b"=", value.as_bytes()].concat())?)
}

fn c_string(word: &OsStr) -> io::Result<CString> {
    Ok(CString::new(word.as_bytes())?)
}

/// As the system takes a list of strings: with a null pointer at its end.
fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
    words.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect()
}
