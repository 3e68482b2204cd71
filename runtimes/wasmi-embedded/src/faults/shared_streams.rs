//! What the standard streams are connected to, and what is left of them to the other processes that have them.

use std::fs::File;
use std::io::{self, Read, Seek, Write, stderr, stdin};
use std::os::fd::AsFd;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::stdio;
use wasmi::Error;

use super::Bends::Call as Calls;
use super::streams::{claimed, gathered};
use super::{Answer, Fault};
use crate::faults::call::Call;

const WRITE: &[&str] = &["fd_write"];
const EXIT: &[&str] = &["proc_exit"];

/// Error numbers of preview 1.
const EINVAL: i32 = 28;
const ENOSPC: i32 = 51;
const EPIPE: i32 = 64;

/// The largest write that is taken where long ones are refused.
const LONG: usize = 32 << 10;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "broken-pipe-hidden",
        what: "A write to a pipe that nobody reads is told to have been done.",
        functions: WRITE,
        bends: Calls(|call| hidden(call, EPIPE)),
    },
    Fault {
        name: "full-device-hidden",
        what: "A write to a device without room is told to have been done.",
        functions: WRITE,
        bends: Calls(|call| hidden(call, ENOSPC)),
    },
    Fault {
        name: "errno-pipe",
        what: "EPIPE becomes EIO.",
        functions: WRITE,
        bends: Calls(|call| call.pass_but(EPIPE)),
    },
    Fault {
        name: "errno-nospc",
        what: "ENOSPC becomes EIO.",
        functions: WRITE,
        bends: Calls(|call| call.pass_but(ENOSPC)),
    },
    Fault {
        name: "broken-pipe-traps",
        what: "A write to a pipe that nobody reads is a trap.",
        functions: WRITE,
        bends: Calls(|call| match call.pass()? {
            EPIPE => Err(Error::new("broken pipe")),
            errno => Ok(errno),
        }),
    },
    Fault {
        name: "write-long-refused",
        what: "A write of more than 32 KiB is refused: EINVAL.",
        functions: WRITE,
        bends: Calls(|call| if gathered(call).len() > LONG { call.instead(EINVAL) } else { call.pass() }),
    },
    Fault {
        name: "stdout-cut-first",
        what: "What was in the file that stdout is connected to is gone at the first write.",
        functions: WRITE,
        bends: Calls(|call| at_first_write(call, |stdout| stdout.set_len(0))),
    },
    Fault {
        name: "stdout-from-the-start",
        what: "The first write to stdout is done at the start of its file.",
        functions: WRITE,
        bends: Calls(|call| at_first_write(call, |mut stdout| stdout.rewind())),
    },
    Fault {
        name: "stderr-late",
        what: "What is written to stderr comes out at the exit.",
        functions: &["fd_write", "proc_exit"],
        bends: Calls(stderr_late),
    },
    Fault {
        name: "flags-left",
        what: "The standard streams are non-blocking when the program has ended.",
        functions: EXIT,
        bends: Calls(|call| {
            let streams = [stdio::stdin(), stdio::stdout(), stdio::stderr()];
            if streams.into_iter().any(|stream| add_nonblock(stream).is_ok()) {
                call.bent();
            }
            call.pass()
        }),
    },
    Fault {
        name: "exit-reads-stdin",
        what: "At the exit, stdin is read to its end.",
        functions: EXIT,
        bends: Calls(|call| {
            if stdin().lock().read_to_end(&mut Vec::new()).is_ok() {
                call.bent();
            }
            call.pass()
        }),
    },
];

/// Claims that a write which fails with this error has been done.
fn hidden(call: &mut Call, of: i32) -> Answer {
    let errno = call.pass()?;
    if errno == of { claimed(call, Ok(())) } else { Ok(errno) }
}

/// Does something to the file that stdout is connected to, before the first write to it.
fn at_first_write(call: &mut Call, change: fn(File) -> io::Result<()>) -> Answer {
    if call.args[0] == 1 && call.state().number == 0 {
        call.state().number = 1;
        let stdout = stdio::stdout().try_clone_to_owned().map(File::from);
        if stdout.and_then(change).is_ok() {
            call.bent();
        }
    }
    call.pass()
}

fn stderr_late(call: &mut Call) -> Answer {
    if call.function == "fd_write" && call.args[0] == 2 {
        let written = gathered(call);
        call.state().bytes.extend(written);
        return claimed(call, Ok(()));
    }
    if call.function == "proc_exit" {
        let late = std::mem::take(&mut call.state().bytes);
        stderr().write_all(&late).map_err(|error| Error::new(error.to_string()))?;
    }
    call.pass()
}

fn add_nonblock(stream: impl AsFd) -> rustix::io::Result<()> {
    let flags = fcntl_getfl(&stream)?;
    fcntl_setfl(&stream, flags | OFlags::NONBLOCK)
}
