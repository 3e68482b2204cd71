//! Starts another program without the cost of copying the harness's page tables.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use rustix::process::{Pid, getpid};

use crate::Spec;
use crate::unix::limits::set_limits;
use crate::unix::watch::leads_group;

/// The search path for a program whose environment has no PATH.
const PATH: &str = "/bin:/usr/bin";

/// The stack size, in bytes, of the new process until it executes the program. It holds a few frames of this module and
/// the C library.
const STACK: usize = 64 << 10;

/// Starts a process as `spec` describes, with these descriptors. The process ends when the thread that started it ends.
///
/// `std::process::Command` forks if anything has to be done before exec, and a fork copies the harness's page tables.
/// With every case and every record in memory that takes milliseconds per cell. Here the new process shares the memory,
/// and the thread waits until the process has executed the program.
///
/// # Errors
/// If it cannot be started: the program is missing or not executable, or the system is out of resources.
pub(super) fn spawn(spec: &Spec, descriptors: [Option<OwnedFd>; 3]) -> io::Result<Pid> {
    let argv = spec.argv.iter().map(|word| c_string(word)).collect::<io::Result<Vec<_>>>()?;
    // If a name has two values, the later one applies.
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
        stdio: descriptors.each_ref().map(|descriptor| descriptor.as_ref().map(OwnedFd::as_raw_fd)),
        leads_group: leads_group(&spec.stdin),
        parent: getpid().as_raw_nonzero().get(),
        failed: 0,
    };
    let pid = next.start(&mut stack)?;
    // By now the new process has its own memory, or it has failed, exited and left its error here.
    match next.failed {
        0 => Ok(pid),
        error => {
            rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty()).ok();
            Err(io::Error::from_raw_os_error(error))
        }
    }
}

/// All that the new process needs until it executes the program. Until then it must not allocate or take a lock,
/// because it shares this process's memory with threads that keep running.
struct Next<'a> {
    /// The paths where the program may be, the likeliest first.
    paths: &'a [CString],
    argv: &'a [*const libc::c_char],
    environment: &'a [*const libc::c_char],
    cwd: &'a CStr,
    /// The descriptors that become 0, 1 and 2. None of them is itself 0, 1 or 2.
    stdio: [Option<RawFd>; 3],
    /// Whether it gets a group of its own.
    leads_group: bool,
    /// The harness's process id.
    parent: i32,
    /// The error number of the step that failed, or 0.
    failed: i32,
}

impl Next<'_> {
    fn start(&mut self, stack: &mut [u8]) -> io::Result<Pid> {
        extern "C" fn begin(next: *mut libc::c_void) -> libc::c_int {
            // SAFETY: `start` passes a `Next`, and does not use it before this process executes the program or exits.
            let next = unsafe { &mut *next.cast::<Next>() };
            let Err(error) = next.act();
            next.failed = error.raw_os_error().unwrap_or(libc::EIO);
            127
        }
        // SAFETY: the sets are plain data that the first two calls fill. The new process receives no signal until it
        // has dropped the handlers that it inherits from this one. The stack grows down from its end, which is aligned,
        // and is big enough for what `act` does. CLONE_VFORK makes this thread wait until the stack is no longer used.
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

    /// Sets up the new process and executes the program.
    fn act(&self) -> io::Result<std::convert::Infallible> {
        // SAFETY: these are system calls on plain data and on strings that outlive them.
        unsafe {
            // If the user or the kernel kills the harness, this process must end too. The signal is bound to the thread
            // that starts this process, and that thread waits for it.
            check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            if libc::getppid() != self.parent {
                libc::_exit(127);
            }
            if self.leads_group {
                check(libc::setpgid(0, 0))?;
            }
            for (descriptor, from) in (0..).zip(self.stdio) {
                match from {
                    Some(from) => check(libc::dup2(from, descriptor))?,
                    None => libc::close(descriptor),
                };
            }
            close_all_but_stdio()?;
            set_limits()?;
            check(libc::chdir(self.cwd.as_ptr()))?;
            default_signals();
            Err(self.become_program())
        }
    }

    /// Executes the first path that can be run. Returns only if none can.
    fn become_program(&self) -> io::Error {
        let mut error = io::Error::from_raw_os_error(libc::ENOENT);
        for path in self.paths {
            // SAFETY: both lists end with a null pointer. Their strings belong to the waiting thread.
            unsafe { libc::execve(path.as_ptr(), self.argv.as_ptr(), self.environment.as_ptr()) };
            let next = io::Error::last_os_error();
            match next.raw_os_error() {
                // Like a shell: "permission denied" says more than "not found".
                Some(libc::ENOENT | libc::ENOTDIR) => {}
                Some(libc::EACCES) => error = next,
                _ => return next,
            }
        }
        error
    }
}

/// Unblocks all signals and removes all handlers. Also resets SIGPIPE, which Rust ignores, so that it ends a process
/// that writes to a closed pipe.
///
/// # Safety
/// The process must not have handlers of its own yet.
unsafe fn default_signals() {
    // SAFETY: `action` is plain data, for which all zeroes is a valid value. Signals that cannot be changed keep their
    // action.
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

/// Marks every descriptor from 3 on as close-on-exec. The harness's own are marked already, but those that it inherited
/// are not.
fn close_all_but_stdio() -> io::Result<()> {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    // SAFETY: the system call takes three numbers and changes only the flags of descriptors.
    match unsafe { libc::syscall(libc::SYS_close_range, 3 as libc::c_uint, libc::c_uint::MAX, CLOSE_RANGE_CLOEXEC) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // Linux before 5.11 lacks this call or this flag.
            error if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL)) => Ok(()),
            error => Err(error),
        },
    }
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The paths where a program may be. A name without a slash is looked up in the PATH of `environment`.
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

/// A list of strings as the system expects it, with a null pointer at its end.
fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
    words.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect()
}
