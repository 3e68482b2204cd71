//! Offsets and sizes of more than 32 bits, and long folders.

use super::Bends::Call as Calls;
use super::streams::count;
use super::{Answer, Fault};
use crate::faults::call::Call;

/// What 32 bits hold.
const LOW: i64 = 0xffff_ffff;

/// After how many entries a long folder is listed wrongly.
const MANY: i64 = 1000;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "pread-32-bits",
        what: "Of the offset at which is read only the low 32 bits count.",
        functions: &["fd_pread"],
        bends: Calls(|call| low(call, 3)),
    },
    Fault {
        name: "pwrite-32-bits",
        what: "Of the offset at which is written only the low 32 bits count.",
        functions: &["fd_pwrite"],
        bends: Calls(|call| low(call, 3)),
    },
    Fault {
        name: "truncate-32-bits",
        what: "Of the size that a file is given only the low 32 bits count.",
        functions: &["fd_filestat_set_size"],
        bends: Calls(|call| low(call, 1)),
    },
    Fault {
        name: "seek-32-bits",
        what: "Of the offset that is sought from the start only the low 32 bits count.",
        functions: &["fd_seek"],
        bends: Calls(|call| if call.args[2] == 0 { low(call, 1) } else { call.pass() }),
    },
    Fault {
        name: "seek-tells-32-bits",
        what: "Of the new position only the low 32 bits are told.",
        functions: &["fd_seek"],
        bends: Calls(|call| {
            let errno = call.pass()?;
            let at = call.args[3];
            let told = call.number::<8>(at);
            if told > LOW {
                call.bent();
                call.put::<8>(at, told & LOW);
            }
            Ok(errno)
        }),
    },
    Fault {
        name: "holes-are-ones",
        what: "Sixteen zeros or more that are read in one call are read as ones.",
        functions: &["fd_read"],
        bends: Calls(holes_are_ones),
    },
    Fault {
        name: "list-ends-at-1000",
        what: "Of a folder the first thousand entries are listed.",
        functions: &["fd_readdir"],
        bends: Calls(|call| {
            if call.args[3] < MANY {
                return call.pass();
            }
            let at = call.args[4];
            call.put::<4>(at, 0);
            call.instead(0)
        }),
    },
    Fault {
        name: "list-begins-again",
        what: "After a thousand entries of a folder one hundred are listed again.",
        functions: &["fd_readdir"],
        bends: Calls(|call| {
            if call.args[3] >= MANY && call.state().number == 0 {
                call.state().number = 1;
                call.args[3] -= 100;
                call.bent();
            }
            call.pass()
        }),
    },
];

/// Passes only the low 32 bits of an argument on.
fn low(call: &mut Call, argument: usize) -> Answer {
    if call.args[argument] != call.args[argument] & LOW {
        call.args[argument] &= LOW;
        call.bent();
    }
    call.pass()
}

fn holes_are_ones(call: &mut Call) -> Answer {
    let errno = call.pass()?;
    let (list, read) = (call.args[1], count(call));
    if errno != 0 || call.args[2] != 1 || read < 16 {
        return Ok(errno);
    }
    let place = call.number::<4>(list);
    if call.bytes(place, read).iter().all(|byte| *byte == 0) {
        call.bytes(place, read).fill(1);
        call.bent();
    }
    Ok(errno)
}
