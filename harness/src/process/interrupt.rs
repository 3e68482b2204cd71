//! A user who interrupts the harness interrupts what it runs.

use std::io::{self, Read};
use std::os::fd::IntoRawFd;
use std::process;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use rustix::process::{Pid, Signal, getpid, kill_process_group};

use super::leak::{processes, stat};

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
            let own = getpid().as_raw_nonzero().get();
            for child in processes(|pid| stat(pid).is_some_and(|stat| stat.parent == own)) {
                // Each is the leader of its group; one that is gone already needs nothing.
                Pid::from_raw(child.pid).map(|pid| kill_process_group(pid, Signal::KILL));
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

extern "C" fn tell(signal: libc::c_int) {
    let byte = signal as u8;
    // SAFETY: one byte is read from a variable that lives through the call.
    unsafe { libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1) };
}
