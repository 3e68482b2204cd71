//! Makes what a process's descriptors are connected to, and keeps the other ends.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, OutputModes, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::{Outputs, Sink, Spec, Stdin};

/// Bytes in the pipe of a reader that is slow. The kernel rounds it up to a page.
#[cfg(target_os = "linux")]
const SMALL: usize = 4 << 10;

/// The descriptors of a new process, and the ends that this process keeps.
#[derive(Default)]
pub(super) struct Connected {
    /// What becomes descriptors 0, 1 and 2; `None` for one that is closed.
    pub(super) theirs: [Option<OwnedFd>; 3],
    /// Where stdin is fed.
    pub(super) stdin: Option<OwnedFd>,
    /// Where stdout and stderr are read; `None` if nothing is read there.
    pub(super) outputs: [Option<OwnedFd>; 2],
}

/// A terminal: the side of its user, and that of the process.
struct Terminal {
    user: OwnedFd,
    process: OwnedFd,
}

/// Makes the descriptors that `spec` describes.
///
/// # Errors
/// If the system has no such thing, or is out of resources.
pub(super) fn connect(spec: &Spec) -> io::Result<Connected> {
    let mut terminal = None;
    let mut connected = Connected::default();
    let [stdin, stdout, stderr] = &mut connected.theirs;
    (*stdin, connected.stdin) = source(&spec.stdin, &mut terminal)?;
    let Outputs { stdout: first, stderr: second, together, .. } = &spec.outputs;
    (*stdout, connected.outputs[0]) = sink(first, &mut terminal)?;
    match together {
        true => *stderr = copy_of(stdout.as_ref())?,
        false => (*stderr, connected.outputs[1]) = sink(second, &mut terminal)?,
    }
    Ok(connected)
}

/// A second descriptor of the same open file.
pub(super) fn copy_of(descriptor: Option<&OwnedFd>) -> io::Result<Option<OwnedFd>> {
    descriptor.map(OwnedFd::try_clone).transpose()
}

/// A descriptor to read from, and where it is fed.
fn source(stdin: &Stdin, terminal: &mut Option<Terminal>) -> io::Result<(Option<OwnedFd>, Option<OwnedFd>)> {
    Ok(match stdin {
        Stdin::Closed => (None, None),
        Stdin::Null => (Some(File::open("/dev/null")?.into()), None),
        Stdin::File(path) => (Some(File::open(path)?.into()), None),
        Stdin::Inherited => (Some(io::stdin().as_fd().try_clone_to_owned()?), None),
        Stdin::Pipe(_) => {
            let (read, write) = io::pipe()?;
            (Some(read.into()), Some(write.into()))
        }
        Stdin::Socket(_) => {
            let (theirs, ours) = UnixStream::pair()?;
            (Some(theirs.into()), Some(ours.into()))
        }
        Stdin::Terminal(_) => {
            let terminal = one_terminal(terminal)?;
            (Some(terminal.process.try_clone()?), Some(terminal.user.try_clone()?))
        }
    })
}

/// A descriptor to write to, and where that is read.
fn sink(sink: &Sink, terminal: &mut Option<Terminal>) -> io::Result<(Option<OwnedFd>, Option<OwnedFd>)> {
    Ok(match sink {
        Sink::Closed => (None, None),
        Sink::Null => (Some(device("/dev/null")?), None),
        Sink::Full => (Some(device("/dev/full")?), None),
        Sink::File(path) => (Some(File::create(path)?.into()), None),
        Sink::Append(path, content) => {
            fs::write(path, content)?;
            (Some(File::options().append(true).open(path)?.into()), None)
        }
        Sink::Pipe => {
            let (read, write) = io::pipe()?;
            (Some(write.into()), Some(read.into()))
        }
        Sink::EarlyReader(bytes) => {
            let (read, write) = io::pipe()?;
            (Some(write.into()), (*bytes > 0).then(|| read.into()))
        }
        Sink::SlowReader => {
            let (read, write) = io::pipe()?;
            #[cfg(target_os = "linux")]
            rustix::pipe::fcntl_setpipe_size(&write, SMALL)?;
            (Some(write.into()), Some(read.into()))
        }
        Sink::Socket => {
            let (theirs, ours) = UnixStream::pair()?;
            (Some(theirs.into()), Some(ours.into()))
        }
        Sink::Terminal => {
            let terminal = one_terminal(terminal)?;
            (Some(terminal.process.try_clone()?), Some(terminal.user.try_clone()?))
        }
    })
}

fn device(path: &str) -> io::Result<OwnedFd> {
    Ok(File::options().write(true).open(path)?.into())
}

/// The terminal, which is made when it is first asked for.
fn one_terminal(terminal: &mut Option<Terminal>) -> io::Result<&Terminal> {
    if terminal.is_none() {
        *terminal = Some(new_terminal()?);
    }
    Ok(terminal.as_ref().expect("it was made"))
}

/// Makes a terminal of 80 by 24 characters that hands on whole lines. It echoes nothing and changes no byte of what is
/// written, so that this is read as it was written. It controls no process.
fn new_terminal() -> io::Result<Terminal> {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    // What [`OpenptFlags`] has for it is not known to every system.
    rustix::io::fcntl_setfd(&user, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&user)?;
    unlockpt(&user)?;
    let name = ptsname(&user, Vec::new())?;
    let process = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let mut modes = tcgetattr(&process)?;
    modes.local_modes.remove(LocalModes::ECHO);
    modes.output_modes.remove(OutputModes::OPOST);
    tcsetattr(&process, OptionalActions::Now, &modes)?;
    tcsetwinsize(&process, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 })?;
    Ok(Terminal { user, process })
}

/// The modes of a terminal that a process may change; none of what is no terminal.
pub(super) fn modes_of(descriptor: BorrowedFd) -> Option<[u64; 4]> {
    let modes = tcgetattr(descriptor).ok()?;
    let (input, output) = (modes.input_modes.bits(), modes.output_modes.bits());
    let (control, local) = (modes.control_modes.bits(), modes.local_modes.bits());
    Some([input, output, control, local].map(u64::from))
}

/// Why this machine makes no terminal, in words; `None` if it does.
pub fn no_terminal() -> Option<&'static str> {
    static WHY: OnceLock<Option<String>> = OnceLock::new();
    let why = || new_terminal().err().map(|error| format!("this machine makes no terminal: {error}"));
    WHY.get_or_init(why).as_deref()
}

/// Why nothing can be connected to `/dev/full` here, in words; `None` if it can.
pub fn no_full_device() -> Option<&'static str> {
    static WHY: OnceLock<Option<String>> = OnceLock::new();
    let why = || device("/dev/full").err().map(|error| format!("this machine has no /dev/full: {error}"));
    WHY.get_or_init(why).as_deref()
}
