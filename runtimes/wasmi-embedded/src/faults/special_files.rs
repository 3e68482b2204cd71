//! Named pipes and sockets.

use super::Bends::Call as Calls;
use super::{Answer, Fault};
use crate::faults::call::{Call, KIND};

/// Kinds of preview 1.
const UNKNOWN: u8 = 0;
const FOLDER: i64 = 3;
const DATAGRAM_SOCKET: u8 = 5;
const STREAM_SOCKET: u8 = 6;

/// Error numbers of preview 1.
const EIO: i32 = 29;
const ENOENT: i32 = 44;
const EPERM: i32 = 63;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "special-not-removed",
        what: "A pipe or a socket cannot be removed: EPERM.",
        functions: &["path_unlink_file"],
        bends: Calls(|call| refused(call, 1, EPERM)),
    },
    Fault {
        name: "special-not-renamed",
        what: "A pipe or a socket cannot be renamed: EPERM.",
        functions: &["path_rename"],
        bends: Calls(|call| refused(call, 1, EPERM)),
    },
    Fault {
        name: "special-not-linked",
        what: "A pipe or a socket cannot have a second name: EPERM.",
        functions: &["path_link"],
        bends: Calls(|call| refused(call, 2, EPERM)),
    },
    Fault {
        name: "special-has-no-stat",
        what: "A pipe or a socket cannot be asked about: EIO.",
        functions: &["path_filestat_get"],
        bends: Calls(|call| refused(call, 2, EIO)),
    },
    Fault {
        name: "special-is-not-there",
        what: "Asked about a pipe or a socket, the host says that it is not there: ENOENT.",
        functions: &["path_filestat_get"],
        bends: Calls(|call| refused(call, 2, ENOENT)),
    },
    Fault {
        name: "special-is-folder",
        what: "A pipe or a socket is told to be a folder.",
        functions: &["path_filestat_get"],
        bends: Calls(|call| {
            let errno = call.pass()?;
            let at = call.args[4] + KIND;
            if errno == 0 && is_special(call.number::<1>(at) as u8) {
                call.bent();
                call.put::<1>(at, FOLDER);
            }
            Ok(errno)
        }),
    },
    Fault {
        name: "special-opens-never",
        what: "Opening a pipe or a socket does not end.",
        functions: &["path_open"],
        bends: Calls(|call| if names_special(call, 2)? { call.hang() } else { call.pass() }),
    },
    Fault {
        name: "special-is-removed-by-opening",
        what: "A pipe or a socket that is opened is removed first, and a new file takes its place.",
        functions: &["path_open"],
        bends: Calls(|call| {
            if names_special(call, 2)? {
                let (folder, path, length) = (call.args[0], call.args[2], call.args[3]);
                call.ask("path_unlink_file", &[folder, path, length])?;
                call.args[4] |= 1; // create
                call.bent();
            }
            call.pass()
        }),
    },
];

/// Refuses what is asked for if it is about a pipe or a socket, whose path is this argument and the next.
fn refused(call: &mut Call, path: usize, errno: i32) -> Answer {
    if names_special(call, path)? { call.instead(errno) } else { call.pass() }
}

fn names_special(call: &mut Call, path: usize) -> Result<bool, wasmi::Error> {
    let (folder, path, length) = (call.args[0], call.args[path], call.args[path + 1]);
    Ok(call.kind(folder, path, length)?.is_some_and(is_special))
}

fn is_special(kind: u8) -> bool {
    matches!(kind, UNKNOWN | DATAGRAM_SOCKET | STREAM_SOCKET)
}
