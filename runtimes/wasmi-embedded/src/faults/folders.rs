//! Folders: listing, making, removing, renaming, links, and the ways out of them.

use std::fs::File;
use std::path::Path;

use wasmi_wasi::file::File as WasiFile;
use wasmi_wasi::wasi_common::file::FileAccessMode;

use super::Bends::Call as Calls;
use super::{Answer, Fault};
use crate::faults::call::Call;

const LIST: &[&str] = &["fd_readdir"];
const PATHS: &[&str] = &[
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
];

/// Bytes of an entry before its name.
const ENTRY: usize = 24;

/// The descriptor of the first preopen.
const FIRST_PREOPEN: i64 = 3;

/// Error numbers of preview 1.
const EEXIST: i32 = 20;
const EISDIR: i32 = 31;
const ENOENT: i32 = 44;
const ENOTDIR: i32 = 54;
const ENOTEMPTY: i32 = 55;
const EPERM: i32 = 63;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "list-skips-one",
        what: "The first entry of a folder is not listed.",
        functions: LIST,
        bends: Calls(|call| listed(call, |entries| drop(entries.remove(0)))),
    },
    Fault {
        name: "list-has-one-twice",
        what: "The first entry of a folder is listed twice.",
        functions: LIST,
        bends: Calls(|call| listed(call, |entries| entries.insert(0, entries[0].clone()))),
    },
    Fault {
        name: "list-ends-early",
        what: "Of a folder only what the first call gives is listed.",
        functions: LIST,
        bends: Calls(|call| {
            if call.args[3] == 0 {
                return call.pass();
            }
            let at = call.args[4];
            call.put::<4>(at, 0);
            call.instead(0)
        }),
    },
    Fault {
        name: "list-files-are-folders",
        what: "A folder's entries are all told to be folders.",
        functions: LIST,
        bends: Calls(|call| listed(call, |entries| entries.iter_mut().for_each(|entry| entry[20] = 3))),
    },
    Fault {
        name: "mkdir-makes-nothing",
        what: "Making a folder does nothing.",
        functions: &["path_create_directory"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "rmdir-removes-nothing",
        what: "Removing a folder does nothing.",
        functions: &["path_remove_directory"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "unlink-removes-nothing",
        what: "Removing a file does nothing.",
        functions: &["path_unlink_file"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "rename-does-nothing",
        what: "Renaming does nothing.",
        functions: &["path_rename"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "rename-does-not-replace",
        what: "Renaming to a name that is taken is refused: EEXIST.",
        functions: &["path_rename"],
        bends: Calls(|call| {
            let (folder, path, length) = (call.args[3], call.args[4], call.args[5]);
            if call.exists(folder, path, length)? { call.instead(EEXIST) } else { call.pass() }
        }),
    },
    Fault {
        name: "rename-keeps-old",
        what: "A file that is renamed keeps its old name too.",
        functions: &["path_rename"],
        bends: Calls(|call| {
            let &[from, old, old_length, to, new, new_length] = &call.args[..] else { return call.pass() };
            if call.exists(to, new, new_length)? {
                call.ask("path_unlink_file", &[to, new, new_length])?;
            }
            let errno = call.ask("path_link", &[from, 0, old, old_length, to, new, new_length])?;
            // What cannot be linked, a folder, is renamed.
            if errno == 0 { call.instead(0) } else { call.pass() }
        }),
    },
    Fault {
        name: "link-makes-nothing",
        what: "Making a hard link does nothing.",
        functions: &["path_link"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "symlink-makes-nothing",
        what: "Making a symbolic link does nothing.",
        functions: &["path_symlink"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault {
        name: "readlink-short",
        what: "The target of a symbolic link lacks its last byte.",
        functions: &["path_readlink"],
        bends: Calls(|call| {
            let errno = call.pass()?;
            let at = call.args[5];
            let length = call.number::<4>(at);
            if errno == 0 && length > 1 {
                call.bent();
                call.put::<4>(at, length - 1);
            }
            Ok(errno)
        }),
    },
    Fault {
        name: "escape",
        what: "A path that leads out of its preopen is opened for reading.",
        functions: &["path_open"],
        bends: Calls(escape),
    },
    Fault {
        name: "errno-exist",
        what: "EEXIST becomes EIO.",
        functions: PATHS,
        bends: Calls(|call| call.pass_but(EEXIST)),
    },
    Fault {
        name: "errno-noent",
        what: "ENOENT becomes EIO.",
        functions: PATHS,
        bends: Calls(|call| call.pass_but(ENOENT)),
    },
    Fault {
        name: "errno-notdir",
        what: "ENOTDIR becomes EIO.",
        functions: PATHS,
        bends: Calls(|call| call.pass_but(ENOTDIR)),
    },
    Fault {
        name: "errno-isdir",
        what: "EISDIR becomes EIO.",
        functions: PATHS,
        bends: Calls(|call| call.pass_but(EISDIR)),
    },
    Fault {
        name: "errno-notempty",
        what: "ENOTEMPTY becomes EIO.",
        functions: PATHS,
        bends: Calls(|call| call.pass_but(ENOTEMPTY)),
    },
    Fault {
        name: "errno-perm",
        what: "EPERM becomes EIO.",
        functions: PATHS,
        bends: Calls(|call| call.pass_but(EPERM)),
    },
];

/// Bends the entries of the first call for a folder, `.` and `..` and one that is cut off left as they are.
fn listed(call: &mut Call, bend: fn(&mut Vec<Vec<u8>>)) -> Answer {
    let errno = call.pass()?;
    let &[_, buffer, room, cookie, told] = &call.args[..] else { return Ok(errno) };
    let used = call.number::<4>(told);
    if errno != 0 || cookie != 0 {
        return Ok(errno);
    }
    let bytes = call.bytes(buffer, used).to_vec();
    let (mut before, mut entries, mut rest) = (Vec::new(), Vec::new(), &bytes[..]);
    while let Some(length) = rest.get(16..20).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes) {
        let Some((entry, further)) = rest.split_at_checked(ENTRY + length as usize) else { break };
        let is_dots = matches!(&entry[ENTRY..], b"." | b"..");
        if is_dots {
            before.extend_from_slice(entry)
        } else {
            entries.push(entry.to_vec())
        }
        rest = further;
    }
    let whole = entries.clone();
    if entries.is_empty() {
        return Ok(errno);
    }
    bend(&mut entries);
    let bent = [before, entries.concat(), rest.to_vec()].concat();
    if entries == whole || bent.len() as i64 > room {
        return Ok(errno);
    }
    call.bent();
    call.bytes(buffer, bent.len() as i64).copy_from_slice(&bent);
    call.put::<4>(told, bent.len() as i64);
    Ok(errno)
}

fn escape(call: &mut Call) -> Answer {
    let errno = call.pass()?;
    let (preopen, at, length, told) = (call.args[0] - FIRST_PREOPEN, call.args[2], call.args[3], call.args[8]);
    let path = String::from_utf8_lossy(call.bytes(at, length)).into_owned();
    let folder = usize::try_from(preopen).ok().and_then(|index| call.state().folders.get(index).cloned());
    let (EPERM, Some(folder)) = (errno, folder) else { return Ok(errno) };
    let opened = folder.join(Path::new(&path)).canonicalize().and_then(File::open);
    let Ok(opened) = opened else { return Ok(errno) };
    let file = WasiFile::from_cap_std(cap_std::fs::File::from_std(opened));
    let Ok(descriptor) = call.world().push_file(Box::new(file), FileAccessMode::READ) else { return Ok(errno) };
    call.put::<4>(told, i64::from(descriptor));
    call.instead(0)
}
