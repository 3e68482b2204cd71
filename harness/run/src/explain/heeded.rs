//! Which differences a guest heeded, as far as its later calls show it. Nothing else is to blame: most answers differ
//! between two runtimes without harm.

use super::align::Pair;
use super::cause;
use super::files::PREOPEN_NAME;
use super::seen::{OPEN, SET_FLAGS, Seen};
use matrix_model::outcome::Outcome;

/// The function that tells the flags of a descriptor.
const FLAGS: &str = "fd_fdstat_get";

/// The function that tells whether a descriptor is a preopen.
const PREOPEN: &str = "fd_prestat_get";

/// Functions whose answers differ between runtimes without harm to most guests.
pub const HARMLESS: [&str; 4] = [FLAGS, SET_FLAGS, PREOPEN, "clock_res_get"];

/// The functions that Go calls before the program begins, besides those that traces leave out.
const START: [&str; 8] =
    ["args_get", "args_sizes_get", "environ_get", "environ_sizes_get", FLAGS, SET_FLAGS, PREOPEN_NAME, PREOPEN];

/// The functions that write to a file.
const WRITE: [&str; 2] = ["fd_pwrite", "fd_write"];

/// Functions whose answers can show in what a guest leaves in its folders although all its calls are the same: they change
/// something there, or read what may be written again.
const SHOW_IN_FILES: [&str; 16] = [
    "fd_allocate",
    "fd_close",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_write",
    "path_create_directory",
    "path_filestat_set_times",
    "path_link",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
];

/// Whether a pair is a call whose answer can show in the guest's folders without a later call that differs.
pub(super) fn can_show_in_files(pair: &Pair) -> bool {
    let makes = |seen: &Seen| seen.function == OPEN && seen.makes_or_empties();
    is_of(pair, &SHOW_IN_FILES) || pair.left.as_ref().is_some_and(makes)
}

/// Whether a pair is a call whose answers mostly differ without harm.
pub(super) fn is_harmless(pair: &Pair) -> bool {
    is_of(pair, &HARMLESS)
}

/// Whether a pair is a call of one of these functions.
pub(super) fn is_of(pair: &Pair, functions: &[&str]) -> bool {
    let seen = pair.left.as_ref().or(pair.right.as_ref());
    seen.is_some_and(|seen| functions.contains(&seen.function.as_str()))
}

/// The first preopen that was named otherwise.
pub(super) fn first_name(pairs: &[Pair]) -> Option<usize> {
    pairs.iter().position(|pair| pair.is_answered_otherwise() && is_of(pair, &[PREOPEN_NAME]))
}

/// The first preopen that was named otherwise, if the guest goes another way at `parted` because of it: it asks for a
/// path on another descriptor, or by another path below it. What was answered otherwise in between did not lead there.
pub(super) fn misled_by_name(pairs: &[Pair], parted: usize) -> Option<usize> {
    let first = first_name(&pairs[..parted])?;
    let own = pairs[parted..].iter().find_map(|pair| pair.left.as_ref())?;
    let other = || pairs[parted..].iter().find_map(|pair| pair.right.as_ref());
    let is_misled = own.is_without_preopen || other().is_some_and(|other| own.asks_elsewhere_for_the_same(other));
    is_misled.then_some(first)
}

/// The last harmless difference that the guest heeded before it went another way at `parted`.
pub(super) fn heeded(pairs: &[Pair], parted: usize) -> Option<usize> {
    let next = pairs.get(parted)?;
    let is_heeded = |index: usize| {
        let pair = &pairs[index];
        let (Some(left), Some(right)) = (&pair.left, &pair.right) else { return false };
        match left.function.as_str() {
            // It asks for the name of a preopen that the other side does not have.
            PREOPEN => is_of(next, &[PREOPEN, PREOPEN_NAME]),
            // Go heeds what kind of file a descriptor is; it does not heed rights.
            FLAGS => left.member("fs_filetype") != right.member("fs_filetype"),
            _ => false,
        }
    };
    let index = (0..parted).rev().find(|index| pairs[*index].is_answered_otherwise() && is_heeded(*index))?;
    let may_blame = !is_at_start(pairs, index) && !pairs[index..parted].iter().any(Pair::is_untold);
    may_blame.then_some(index)
}

/// Whether a call is one that Go makes on a standard stream at its start, whatever the program does.
fn is_at_start(pairs: &[Pair], index: usize) -> bool {
    let line = |pair: &Pair| pair.left.as_ref().map_or(String::new(), |seen| seen.line.clone());
    let of_stream = (0..3).any(|stream| line(&pairs[index]).contains(&format!("(fd={stream}")));
    of_stream && pairs[..index].iter().all(|pair| is_of(pair, &START))
}

/// A file that was written with another append flag than it was opened with, because the guest was told that flag.
#[derive(Debug, Clone)]
pub(super) struct ToldAppend {
    /// The file's path.
    path: String,
    /// Whether it was told that what it writes is appended.
    pub appends: bool,
    /// The position of the call that told it so.
    pub told: usize,
    /// The position of the first call that then wrote.
    pub wrote: usize,
}

impl ToldAppend {
    /// Whether this call is answered otherwise because other bytes are in the file now.
    pub fn leads_to(&self, pairs: &[Pair], index: usize) -> bool {
        let (Some(left), Some(right)) = (&pairs[index].left, &pairs[index].right) else { return false };
        self.wrote < index && left.path.as_ref() == Some(&self.path) && cause::is_of_contents(left, right)
    }

    /// Whether two guests left the file otherwise.
    pub fn is_left_otherwise(&self, own: &Outcome, reference: &Outcome) -> bool {
        own.files.get(&self.path) != reference.files.get(&self.path)
    }
}

/// The files that the first guest wrote with a wrong append flag and the second one did not, in order. Go makes each file
/// non-blocking: it asks for the descriptor's flags, adds one, and sets them all.
pub(super) fn told_append(pairs: &[Pair]) -> Vec<ToldAppend> {
    (0..pairs.len()).filter_map(|set| told_append_at(pairs, set)).collect()
}

/// The same, of the call at `set`, which sets the flags.
fn told_append_at(pairs: &[Pair], set: usize) -> Option<ToldAppend> {
    let (own, other) = (pairs[set].left.as_ref()?, pairs[set].right.as_ref()?);
    let path = own.path.as_ref().filter(|_| own.function == SET_FLAGS)?;
    let is_of_file = |index: &usize, functions: &[&str]| {
        is_of(&pairs[*index], functions)
            && pairs[*index].left.as_ref().and_then(|seen| seen.path.as_ref()) == Some(path)
    };
    let before = |function: &str| (0..set).rev().find(|index| is_of_file(index, &[function]));
    let opened = pairs[before(OPEN)?].left.as_ref()?.appends()?;
    let appends = own.appends().filter(|appends| *appends != opened && other.appends() == Some(opened))?;
    let told = before(FLAGS).filter(|told| pairs[*told].is_answered_otherwise())?;
    let wrote = (set..pairs.len()).find(|index| is_of_file(index, &WRITE) || is_of_file(index, &[OPEN]))?;
    is_of(&pairs[wrote], &WRITE).then(|| ToldAppend { path: path.clone(), appends, told, wrote })
}

impl Seen {
    /// Whether two calls ask for the same path on different descriptors, or by different paths below them, and for all
    /// else alike.
    fn asks_elsewhere_for_the_same(&self, other: &Seen) -> bool {
        self.path.is_some()
            && (&self.function, &self.path) == (&other.function, &other.path)
            && self.key() != other.key()
            && self.asked_besides_path() == other.asked_besides_path()
    }
}
