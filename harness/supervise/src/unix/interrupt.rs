//! Ends all child processes when the user interrupts the harness.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{IntoRawFd, OwnedFd};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, OnceLock};
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

/// The pipe that tells of each SIGQUIT by a byte, once somebody listens.
static QUIT: OnceLock<File> = OnceLock::new();

/// The end of that pipe that the signal handler writes to.
static QUIT_WRITE: AtomicI32 = AtomicI32::new(-1);

/// Makes SIGQUIT stop the process that runs with `ends_on_quit`, or the next one that does, and not this process.
///
/// # Errors
/// If the pipe cannot be created or the handler cannot be installed.
pub fn listen_for_quit() -> io::Result<()> {
    let (read, write) = io::pipe()?;
    rustix::io::ioctl_fionbio(&read, true)?;
    if QUIT.set(File::from(OwnedFd::from(read))).is_err() {
        return Ok(());
    }
    // It stays open, because a signal can arrive at any time.
    QUIT_WRITE.store(write.into_raw_fd(), Ordering::Relaxed);
    let handler: extern "C" fn(libc::c_int) = tell_of_quit;
    // SAFETY: the handler makes one system call, which is safe in a signal handler. Its descriptor is never closed.
    match unsafe { libc::signal(libc::SIGQUIT, handler as libc::sighandler_t) } {
        libc::SIG_ERR => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// What becomes readable at SIGQUIT; none if nobody listens.
pub(super) fn quit_pipe() -> Option<&'static File> {
    QUIT.get()
}

/// Whether a SIGQUIT has arrived that nobody has taken yet. It is then taken.
pub(super) fn take_quit() -> bool {
    let mut one = [0];
    QUIT.get().is_some_and(|mut pipe| matches!(pipe.read(&mut one), Ok(1)))
}

extern "C" fn tell_of_quit(_: libc::c_int) {
    let byte = 1_u8;
    // SAFETY: the call reads one byte from a variable that outlives it.
    unsafe { libc::write(QUIT_WRITE.load(Ordering::Relaxed), (&raw const byte).cast(), 1) };
}

extern "C" fn tell(signal: libc::c_int) {
    let byte = signal as u8;
    // SAFETY: the call reads one byte from a variable that outlives it.
    unsafe { libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1) };
}
