//! Ends all child processes when the user interrupts the harness.

use std::io::{self, Read};
use std::os::fd::IntoRawFd;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;

/// The last action of an interrupted harness.
static LAST_ACT: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// Sets the action that runs when the harness is interrupted, after its children are gone. It can tell the user how
/// far the run got.
pub fn on_interrupt(act: impl Fn() + Send + 'static) {
    *LAST_ACT.lock().expect("no thread panics with the lock held") = Some(Box::new(act));
}

/// The pipe that the signal handler writes to.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// Makes SIGINT, SIGTERM and SIGHUP call `end_children`, and then end this process.
///
/// # Errors
/// If the pipe cannot be created or a handler cannot be installed.
pub(super) fn on_signal(end_children: fn()) -> io::Result<()> {
    let (mut read, write) = io::pipe()?;
    // It stays open, because a signal can arrive at any time.
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
        // SAFETY: the handler makes one system call, which is safe in a signal handler. Its descriptor is never
        // closed.
        if unsafe { libc::signal(signal, handler as libc::sighandler_t) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Whether this process is about to end.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Blocks forever once the harness is interrupted, so that no new process starts and no killed process is reported.
pub(super) fn stay_if_interrupted() {
    while INTERRUPTED.load(Ordering::SeqCst) {
        thread::park();
    }
}

extern "C" fn tell(signal: libc::c_int) {
    let byte = signal as u8;
    // SAFETY: the call reads one byte from a variable that outlives it.
    unsafe { libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1) };
}
