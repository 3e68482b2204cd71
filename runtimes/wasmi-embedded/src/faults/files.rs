//! Files: opening, positions, what is known of them.

use super::Bends::Call as Calls;
use super::{Answer, Fault};
use crate::faults::call::{Call, KIND};

const OPEN: &[&str] = &["path_open"];
const STAT: &[&str] = &["path_filestat_get", "fd_filestat_get"];

/// Bits of `path_open`'s arguments.
const CREATE: i64 = 1;
const DIRECTORY: i64 = 2;
const EXCLUSIVE: i64 = 4;
const TRUNCATE: i64 = 8;
const APPEND: i64 = 1;
const FOLLOW: i64 = 1;

/// Where things are in a `filestat`.
const INODE: i64 = 8;
const LINKS: i64 = 24;
const SIZE: i64 = 32;
const MODIFIED: i64 = 48;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "open-append-ignored",
        what: "A file opened to append to is written from its start.",
        functions: OPEN,
        bends: Calls(|call| without(call, 7, APPEND)),
    },
    Fault {
        name: "open-exclusive-ignored",
        what: "A file that must be new may be there already.",
        functions: OPEN,
        bends: Calls(|call| without(call, 4, EXCLUSIVE)),
    },
    Fault {
        name: "open-truncate-ignored",
        what: "A file opened to be truncated keeps its bytes.",
        functions: OPEN,
        bends: Calls(|call| without(call, 4, TRUNCATE)),
    },
    Fault {
        name: "open-create-ignored",
        what: "A file that is not there is not created.",
        functions: OPEN,
        bends: Calls(|call| without(call, 4, CREATE)),
    },
    Fault {
        name: "open-directory-ignored",
        what: "What must be a folder may be a file.",
        functions: OPEN,
        bends: Calls(|call| without(call, 4, DIRECTORY)),
    },
    Fault {
        name: "open-follows-nothing",
        what: "Opening does not follow a symbolic link.",
        functions: OPEN,
        bends: Calls(|call| without(call, 1, FOLLOW)),
    },
    Fault {
        name: "open-folds-case",
        what: "A file that is not there is looked for in small letters.",
        functions: OPEN,
        bends: Calls(open_folds_case),
    },
    Fault {
        name: "close-fails",
        what: "Closing a descriptor is an error, though it is closed: EIO.",
        functions: &["fd_close"],
        bends: Calls(|call| {
            call.pass()?;
            call.instead(29)
        }),
    },
    Fault {
        name: "close-closes-nothing",
        what: "Closing a descriptor does nothing.",
        functions: &["fd_close"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "sync-fails",
        what: "A file cannot be synchronized: EIO.",
        functions: &["fd_sync", "fd_datasync"],
        bends: Calls(|call| call.instead(29)),
    },
    Fault {
        name: "seek-current-is-start",
        what: "Seeking from where one is seeks from the start.",
        functions: &["fd_seek"],
        bends: Calls(|call| {
            if call.args[2] == 1 {
                call.args[2] = 0;
                call.bent();
            }
            call.pass()
        }),
    },
    Fault {
        name: "seek-end-is-last-byte",
        what: "Seeking from the end seeks from the last byte.",
        functions: &["fd_seek"],
        bends: Calls(|call| {
            if call.args[2] == 2 {
                call.args[1] -= 1;
                call.bent();
            }
            call.pass()
        }),
    },
    Fault {
        name: "seek-tells-nothing",
        what: "Seeking tells 0 for the new position.",
        functions: &["fd_seek"],
        bends: Calls(|call| {
            let errno = call.pass()?;
            call.bent();
            let at = call.args[3];
            call.put::<8>(at, 0);
            Ok(errno)
        }),
    },
    Fault {
        name: "pread-moves",
        what: "Reading at an offset moves the position.",
        functions: &["fd_pread"],
        bends: Calls(|call| at_offset(call, "fd_read")),
    },
    Fault {
        name: "pread-ignores-offset",
        what: "Reading at an offset reads at the position.",
        functions: &["fd_pread"],
        bends: Calls(|call| at_position(call, "fd_read")),
    },
    Fault {
        name: "pwrite-moves",
        what: "Writing at an offset moves the position.",
        functions: &["fd_pwrite"],
        bends: Calls(|call| at_offset(call, "fd_write")),
    },
    Fault {
        name: "pwrite-ignores-offset",
        what: "Writing at an offset writes at the position.",
        functions: &["fd_pwrite"],
        bends: Calls(|call| at_position(call, "fd_write")),
    },
    Fault {
        name: "truncate-ignored",
        what: "Setting a file's size does nothing.",
        functions: &["fd_filestat_set_size"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "times-ignored",
        what: "Setting a file's times does nothing.",
        functions: &["path_filestat_set_times", "fd_filestat_set_times"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "stat-size",
        what: "A file's size is one more than it is.",
        functions: STAT,
        bends: Calls(|call| stat(call, |call, at| bend_number(call, at + SIZE, |size| size + 1))),
    },
    Fault {
        name: "stat-size-32-bits",
        what: "Of a file's size only the low 32 bits are told.",
        functions: STAT,
        bends: Calls(|call| stat(call, |call, at| bend_number(call, at + SIZE, |size| size & 0xffff_ffff))),
    },
    Fault {
        name: "stat-folder-is-file",
        what: "A folder is told to be a regular file.",
        functions: STAT,
        bends: Calls(|call| {
            stat(call, |call, at| {
                if call.number::<1>(at + KIND) == 3 {
                    call.put::<1>(at + KIND, 4);
                    call.bent();
                }
            })
        }),
    },
    Fault {
        name: "stat-same-inode",
        what: "All files have one inode.",
        functions: STAT,
        bends: Calls(|call| stat(call, |call, at| bend_number(call, at + INODE, |_| 1))),
    },
    Fault {
        name: "stat-no-links",
        what: "A file is told to have no links.",
        functions: STAT,
        bends: Calls(|call| stat(call, |call, at| bend_number(call, at + LINKS, |_| 0))),
    },
    Fault {
        name: "stat-modified-never",
        what: "Every file was modified in 1970.",
        functions: STAT,
        bends: Calls(|call| stat(call, |call, at| bend_number(call, at + MODIFIED, |_| 0))),
    },
    Fault {
        name: "stat-modified-whole-seconds",
        what: "The time of modification is told in whole seconds.",
        functions: STAT,
        bends: Calls(|call| {
            stat(call, |call, at| bend_number(call, at + MODIFIED, |time| time - time % 1_000_000_000))
        }),
    },
    Fault {
        name: "lstat-follows",
        what: "Asking about a symbolic link tells of what it points to.",
        functions: &["path_filestat_get"],
        bends: Calls(|call| {
            if call.args[1] & FOLLOW == 0 {
                call.args[1] |= FOLLOW;
                call.bent();
            }
            call.pass()
        }),
    },
    Fault {
        name: "stat-follows-nothing",
        what: "Asking about what a symbolic link points to tells of the link.",
        functions: &["path_filestat_get"],
        bends: Calls(|call| without(call, 1, FOLLOW)),
    },
];

/// Takes a bit out of an argument.
fn without(call: &mut Call, argument: usize, bit: i64) -> Answer {
    if call.args[argument] & bit != 0 {
        call.args[argument] &= !bit;
        call.bent();
    }
    call.pass()
}

fn open_folds_case(call: &mut Call) -> Answer {
    let errno = call.pass()?;
    let (at, length) = (call.args[2], call.args[3]);
    let path = call.bytes(at, length).to_vec();
    if errno != 44 || !path.iter().any(u8::is_ascii_uppercase) {
        return Ok(errno);
    }
    call.bytes(at, length).make_ascii_lowercase();
    let errno = call.pass()?;
    call.bytes(at, length).copy_from_slice(&path);
    call.instead(errno)
}

/// Instead of reading or writing at an offset, goes there and does so.
fn at_offset(call: &mut Call, function: &str) -> Answer {
    let &[file, list, count, offset, told] = &call.args[..] else { return call.pass() };
    let before = call.bytes(told, 8).to_vec();
    let errno = call.ask("fd_seek", &[file, offset, 0, told])?;
    call.bytes(told, 8).copy_from_slice(&before);
    if errno != 0 {
        return Ok(errno);
    }
    call.bent();
    call.ask(function, &[file, list, count, told])
}

/// Reads or writes where the file is.
fn at_position(call: &mut Call, function: &str) -> Answer {
    let &[file, list, count, _, told] = &call.args[..] else { return call.pass() };
    call.bent();
    call.ask(function, &[file, list, count, told])
}

/// Bends what is told of a file.
fn stat(call: &mut Call, bend: fn(&mut Call, i64)) -> Answer {
    let errno = call.pass()?;
    if errno == 0 {
        let at = call.args.last().copied().unwrap_or_default();
        bend(call, at);
    }
    Ok(errno)
}

fn bend_number(call: &mut Call, at: i64, bend: fn(i64) -> i64) {
    let number = call.number::<8>(at);
    if bend(number) != number {
        call.bent();
    }
    call.put::<8>(at, bend(number));
}
