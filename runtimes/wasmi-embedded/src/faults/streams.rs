//! The standard streams, and reading and writing as such.

use std::io::{Write, stderr, stdout};

use super::Bends::Call as Calls;
use super::{Answer, Fault};
use crate::faults::call::Call;

const READ: &[&str] = &["fd_read"];
const WRITE: &[&str] = &["fd_write"];

/// What a write that is cut puts out.
const CUT: i64 = 4096;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "stdin-never-ends",
        what: "At its end, stdin waits for more.",
        functions: READ,
        bends: Calls(|call| {
            let errno = call.pass()?;
            if call.args[0] == 0 && errno == 0 && count(call) == 0 {
                call.hang();
            }
            Ok(errno)
        }),
    },
    Fault {
        name: "stdin-ends-early",
        what: "stdin is at its end after the first read.",
        functions: READ,
        bends: Calls(stdin_ends_early),
    },
    Fault {
        name: "stdin-without-cr",
        what: "Carriage returns are left out of what stdin gives.",
        functions: READ,
        bends: Calls(stdin_without_cr),
    },
    Fault {
        name: "stdin-end-fails",
        what: "The end of stdin is an error: EIO.",
        functions: READ,
        bends: Calls(|call| {
            let errno = call.pass()?;
            if call.args[0] == 0 && errno == 0 && count(call) == 0 { call.instead(29) } else { Ok(errno) }
        }),
    },
    Fault {
        name: "read-loses-a-byte",
        what: "A read of two bytes or more tells of one fewer than it takes.",
        functions: READ,
        bends: Calls(|call| {
            let errno = call.pass()?;
            let read = count(call);
            if errno == 0 && read > 1 {
                call.bent();
                let at = call.args[3];
                call.put::<4>(at, read - 1);
            }
            Ok(errno)
        }),
    },
    Fault {
        name: "write-claims-all",
        what: "Of a long write the first 4096 bytes are written and all are claimed.",
        functions: WRITE,
        bends: Calls(write_claims_all),
    },
    Fault {
        name: "write-claims-none",
        what: "What was written is told to be nothing.",
        functions: WRITE,
        bends: Calls(|call| {
            let errno = call.pass()?;
            if count(call) > 0 {
                call.bent();
            }
            let at = call.args[3];
            call.put::<4>(at, 0);
            Ok(errno)
        }),
    },
    Fault {
        name: "stdout-crlf",
        what: "A newline on stdout becomes a carriage return and a newline.",
        functions: WRITE,
        bends: Calls(|call| {
            stdout_as(call, |bytes| {
                bytes.iter().flat_map(|&byte| if byte == b'\n' { vec![b'\r', byte] } else { vec![byte] }).collect()
            })
        }),
    },
    Fault {
        name: "stdout-ascii",
        what: "Bytes outside ASCII become question marks on stdout.",
        functions: WRITE,
        bends: Calls(|call| {
            stdout_as(call, |bytes| bytes.iter().map(|&byte| if byte < 0x80 { byte } else { b'?' }).collect())
        }),
    },
    Fault {
        name: "stdout-to-nul",
        what: "What a write to stdout has after a zero byte is lost.",
        functions: WRITE,
        bends: Calls(|call| {
            stdout_as(call, |bytes| bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec())
        }),
    },
    Fault {
        name: "stdout-last-write-lost",
        what: "A write to stdout comes out with the next one, so the last is lost.",
        functions: WRITE,
        bends: Calls(|call| {
            let written = if call.args[0] == 1 { gathered(call) } else { return call.pass() };
            let late = std::mem::replace(&mut call.state().bytes, written);
            claimed(call, stdout().write_all(&late).and_then(|()| stdout().flush()))
        }),
    },
    Fault {
        name: "stderr-lost",
        what: "What is written to stderr is lost.",
        functions: WRITE,
        bends: Calls(|call| if call.args[0] == 2 { claimed(call, Ok(())) } else { call.pass() }),
    },
    Fault {
        name: "stderr-on-stdout",
        what: "What is written to stderr comes out on stdout.",
        functions: WRITE,
        bends: Calls(|call| {
            if call.args[0] == 2 {
                call.args[0] = 1;
                call.bent();
            }
            call.pass()
        }),
    },
    Fault {
        name: "stdout-on-stderr",
        what: "What is written to stdout comes out on stderr.",
        functions: WRITE,
        bends: Calls(|call| {
            if call.args[0] != 1 {
                return call.pass();
            }
            let written = gathered(call);
            claimed(call, stderr().write_all(&written))
        }),
    },
    Fault {
        name: "fdstat-fails",
        what: "No descriptor can be asked about: EBADF.",
        functions: &["fd_fdstat_get"],
        bends: Calls(|call| call.instead(8)),
    },
];

/// What `fd_read` or `fd_write` tells of bytes moved.
pub(super) fn count(call: &mut Call) -> i64 {
    let at = call.args[3];
    call.number::<4>(at)
}

/// All that the guest wants to write.
pub(super) fn gathered(call: &mut Call) -> Vec<u8> {
    let (list, count) = (call.args[1], call.args[2]);
    call.gather(list, count)
}

/// Answers a write that the fault has seen to: all is claimed.
pub(super) fn claimed(call: &mut Call, written: std::io::Result<()>) -> Answer {
    let length = gathered(call).len() as i64;
    let at = call.args[3];
    call.put::<4>(at, length);
    call.instead(if written.is_ok() { 0 } else { 29 })
}

fn stdout_as(call: &mut Call, bend: fn(&[u8]) -> Vec<u8>) -> Answer {
    let written = gathered(call);
    let bent = bend(&written);
    if call.args[0] != 1 || bent == written {
        return call.pass();
    }
    claimed(call, stdout().write_all(&bent).and_then(|()| stdout().flush()))
}

fn stdin_ends_early(call: &mut Call) -> Answer {
    if call.args[0] != 0 {
        return call.pass();
    }
    if call.state().number > 0 {
        let at = call.args[3];
        call.put::<4>(at, 0);
        return call.instead(0);
    }
    let errno = call.pass()?;
    call.state().number = count(call) as u64;
    Ok(errno)
}

fn stdin_without_cr(call: &mut Call) -> Answer {
    let errno = call.pass()?;
    let (list, read) = (call.args[1], count(call));
    if call.args[0] != 0 || errno != 0 || call.args[2] != 1 {
        return Ok(errno);
    }
    let place = call.number::<4>(list);
    let mut bytes = call.bytes(place, read).to_vec();
    bytes.retain(|byte| *byte != b'\r');
    // With nothing left it would be an end that is not there.
    if bytes.len() as i64 != read && !bytes.is_empty() {
        call.bent();
        call.bytes(place, bytes.len() as i64).copy_from_slice(&bytes);
        let at = call.args[3];
        call.put::<4>(at, bytes.len() as i64);
    }
    Ok(errno)
}

fn write_claims_all(call: &mut Call) -> Answer {
    let (list, at) = (call.args[1] + 4, call.args[3]);
    let length = call.number::<4>(list);
    if call.args[2] != 1 || length <= CUT {
        return call.pass();
    }
    call.bent();
    call.put::<4>(list, CUT);
    let errno = call.pass();
    call.put::<4>(list, length);
    call.put::<4>(at, length);
    errno
}
