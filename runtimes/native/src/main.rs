//! `confine`: runs a program where it sees nothing but the folders it is given, and is from then on that program.
//!
//! It has no `main` of Rust's: that would open `/dev/null` in place of a closed descriptor and ignore SIGPIPE, and the
//! program is to inherit both as they are.
#![no_main]

use std::env;
use std::ffi::{CStr, CString, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::ptr;

use confine::{Folder, furnish, leave_as_oneself};
use rustix::io::fcntl_dupfd_cloexec;

const USAGE: &str = "\
usage: confine [--env NAME=VALUE]… [--dir HOST GUEST]… [--dir-ro HOST GUEST]… PROGRAM [ARGUMENT]…

Runs PROGRAM, which must need no shared library, with these variables and no others, and with a root that holds these
folders and nothing else. It starts in $PWD, if it is given that, or else in the first folder. The folder that confine
is started in must be empty: it is made that root, for this program alone.";

/// It could not be done. No program under test ends with this code.
const FAILED: libc::c_int = 71;

/// What is asked for.
struct Asked {
    env: Vec<CString>,
    folders: Vec<Folder>,
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// Where the C library starts.
///
/// # Safety
/// Only the C library calls it, with as many words as it says, each of which ends with a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: libc::c_int, argv: *const *const libc::c_char) -> libc::c_int {
    // SAFETY: as the caller promises.
    let words = (1..argc as usize).map(|index| unsafe { CStr::from_ptr(*argv.add(index)) });
    let Err(error) =
        asked(words.map(|word| OsString::from_vec(word.to_bytes().to_vec()))).and_then(|asked| run(&asked));
    // As a line of its own even where nothing reads it.
    let line = format!("confine: {error}\n");
    // SAFETY: the bytes are there for as long as the call.
    unsafe { libc::write(2, line.as_ptr().cast(), line.len()) };
    FAILED
}

/// Never comes back unless it fails.
fn run(asked: &Asked) -> io::Result<std::convert::Infallible> {
    let program = open(&asked.program)?;
    let closed = (0..3).any(|descriptor| {
        // SAFETY: asks of a number whether it is a descriptor.
        unsafe { libc::fcntl(descriptor, libc::F_GETFD) < 0 }
    });
    let root = env::current_dir()?;
    leave_as_oneself()?;
    // Go opens it in place of a standard descriptor that is closed, and does not start without.
    furnish(&root, &asked.folders, closed)?;
    rustix::process::chroot(&root)?;
    rustix::process::chdir("/")?;
    let variable = |name: &CString| name.as_bytes().strip_prefix(b"PWD=").map(|value| OsString::from_vec(value.into()));
    let start = asked.env.iter().find_map(variable);
    let start = start.or_else(|| asked.folders.first().map(|folder| OsString::from(&folder.guest)));
    if let Some(start) = start {
        // One that does not exist is where Go on wasip1 would be all the same, and find nothing.
        rustix::process::chdir(Path::new(&start)).ok();
    }
    let own_name = asked.program.file_name().unwrap_or_default();
    let words = [own_name].into_iter().chain(asked.arguments.iter().map(OsString::as_os_str));
    let words = words.map(|word| CString::new(word.as_bytes())).collect::<Result<Vec<_>, _>>()?;
    let (argv, envp) = (pointers(&words), pointers(&asked.env));
    // SAFETY: both lists end with a null pointer and point to strings that do.
    unsafe { libc::fexecve(program.as_raw_fd(), argv.as_ptr(), envp.as_ptr()) };
    Err(io::Error::last_os_error())
}

/// Opens the program beyond the standard descriptors, one of which may be closed and is to stay so.
fn open(program: &Path) -> io::Result<OwnedFd> {
    let file =
        File::open(program).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))?;
    Ok(fcntl_dupfd_cloexec(file, 10)?)
}

fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
    words.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect()
}

fn asked(mut words: impl Iterator<Item = OsString>) -> io::Result<Asked> {
    let usage = || io::Error::other(USAGE);
    let mut asked = Asked { env: Vec::new(), folders: Vec::new(), program: PathBuf::new(), arguments: Vec::new() };
    loop {
        let word = words.next().ok_or_else(usage)?;
        match word.to_str() {
            Some("--env") => asked.env.push(CString::new(words.next().ok_or_else(usage)?.into_vec())?),
            Some(option @ ("--dir" | "--dir-ro")) => {
                let (host, guest) = words.next().zip(words.next()).ok_or_else(usage)?;
                let guest = guest.into_string().map_err(|_| usage())?;
                asked.folders.push(Folder { host: host.into(), guest, read_only: option == "--dir-ro" });
            }
            Some(option) if option.starts_with('-') => return Err(usage()),
            _ => {
                asked.program = word.into();
                asked.arguments = words.collect();
                return Ok(asked);
            }
        }
    }
}
