//! Finds the calls that a call depends on: those that opened its descriptors, and those that changed files, folders or
//! the descriptors.

use super::{handles, known};
use crate::format_call::errno_of;
use crate::frames::Call;

/// The functions that change folders. All such calls count, because it is not known which folder a path leads to.
const OF_PATHS: [&str; 7] = [
    "path_create_directory",
    "path_filestat_set_times",
    "path_link",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
];

/// The functions that change a file, whichever descriptor is used for it later.
const OF_FILES: [&str; 5] = ["fd_allocate", "fd_filestat_set_size", "fd_filestat_set_times", "fd_pwrite", "fd_write"];

/// The functions that change a descriptor's state.
const OF_DESCRIPTORS: [&str; 4] = ["fd_fdstat_set_flags", "fd_read", "fd_readdir", "fd_seek"];

/// The flags of `path_open` that change a folder or a file (create and truncate), and the index of the passed value.
const OPENS_ANEW: (u64, usize) = (0b1001, 4);

/// The number of standard streams.
const STREAMS: u64 = 3;

/// The positions of those calls in the trace, in order. The call itself comes last.
///
/// # Errors
/// If one of them is not a call of a preview 1 function. The error is a readable message.
pub fn needed(calls: &[Call], index: usize) -> Result<Vec<usize>, String> {
    known(&calls[index])?;
    let is_change = |call: &Call| {
        let function = call.function.as_str();
        let is_own = call.passed.first().is_some_and(|descriptor| *descriptor >= STREAMS);
        let (flags, at) = OPENS_ANEW;
        let creates = function == "path_open" && call.passed.get(at).is_some_and(|passed| passed & flags != 0);
        OF_PATHS.contains(&function) || creates || (is_own && OF_FILES.contains(&function))
    };
    let succeeded = |call: &Call| errno_of(call) == Some(0);
    let mut needed: Vec<_> =
        (0..index).filter(|place| is_change(&calls[*place]) && succeeded(&calls[*place])).collect();
    needed.push(index);
    let mut next = 0;
    while let Some(place) = needed.get(next).copied() {
        for (_, descriptor) in handles(&calls[place])? {
            let opener = calls[..place].iter().rposition(|earlier| earlier.opened() == Some(descriptor));
            let Some(opener) = opener else { continue };
            // Later changes to the descriptor matter only to the call itself, not to the calls that it depends on.
            let since = (opener + 1..place).filter(|between| {
                let call = &calls[*between];
                let is_its = call.passed.first() == Some(&descriptor) && succeeded(call);
                place == index && is_its && OF_DESCRIPTORS.contains(&call.function.as_str())
            });
            for found in std::iter::once(opener).chain(since.collect::<Vec<_>>()) {
                if !needed.contains(&found) {
                    needed.push(found);
                }
            }
        }
        next += 1;
    }
    needed.sort_unstable();
    Ok(needed)
}
