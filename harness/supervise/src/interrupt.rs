//! A user who interrupts the harness interrupts what it runs.

use std::io::{self, Read};
use std::os::fd::IntoRawFd;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group};

use super::leak::{processes, stat};

/// How long children are hunted for.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is done last before an interrupted harness ends.
static LAST_ACT: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// Has this done when the harness is interrupted, after its children are gone: a user may be told how far it came.
pub fn on_interrupt(act: impl Fn() + Send + 'static) {
    *LAST_ACT.lock().expect("no thread panics with the lock held") = Some(Box::new(act));
}

/// Where the signal handler writes to.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// From now on SIGINT, SIGTERM and SIGHUP end this process's children, each with its whole group, and then this
/// process. Without it they end this process and its children, but not what those have started.
///
/// # Errors
/// If the system gives no pipe.
pub fn end_children_on_interrupt() -> io::Result<()> {
    let (mut read, write) = io::pipe()?;
    // Open for as long as there can be a signal.
    PIPE.store(write.into_raw_fd(), Ordering::Relaxed);
    thread::spawn(move || {
        let mut signal = [0];
        if read.read_exact(&mut signal).is_ok() {
            INTERRUPTED.store(true, Ordering::SeqCst);
            end_children();
            if let Ok(Some(act)) = LAST_ACT.lock().as_deref() {
                act();
            }
            process::exit(128 + i32::from(signal[0]));
        }
    });
    let handler: extern "C" fn(libc::c_int) = tell;
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: the handler makes one system call that is safe in a signal handler, on a descriptor that is
        // never closed.
        if unsafe { libc::signal(signal, handler as libc::sighandler_t) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Whether this process is about to end.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Does not return once the harness is interrupted: nothing more is begun, and what its end looks like is nobody's news.
pub(super) fn stay_if_interrupted() {
    while INTERRUPTED.load(Ordering::SeqCst) {
        thread::park();
    }
}

/// Kills this process's children, what those leave to it when they die, and what was just being started.
fn end_children() {
    let own = getpid().as_raw_nonzero().get();
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let children = processes(|pid| stat(pid).is_some_and(|stat| stat.parent == own));
        for pid in children.iter().filter_map(|child| Pid::from_raw(child.pid)) {
            // Most lead a group; one that is gone already needs nothing.
            kill_process_group(pid, Signal::KILL).ok();
            kill_process(pid, Signal::KILL).ok();
        }
        thread::sleep(Duration::from_millis(20));
        if children.is_empty() {
            return;
        }
    }
}

extern "C" fn tell(signal: libc::c_int) {
    let byte = signal as u8;
    // SAFETY: one byte is read from a variable that lives through the call.
    unsafe { libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1) };
}
