//! Denies this process, and all that it starts, what a [`Restriction`] says. Then this process becomes another program.

mod disk;

use std::ffi::OsString;
use std::io;
use std::mem;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Resource as Limited, Rlimit, setrlimit};

use crate::restriction::{Errno, Resource, Restriction, Syscall};

/// Denies this process what the restriction says, and then executes a command in its place. `folder` is on the disk that the
/// restriction speaks of. Returns only if that fails. The process must have one thread.
pub fn become_restricted(restriction: &Restriction, folder: &Path, command: &[OsString]) -> io::Error {
    match restrict(restriction, folder) {
        Ok(()) => match command {
            [] => io::Error::new(io::ErrorKind::InvalidInput, "there is no command"),
            [program, arguments @ ..] => Command::new(program).args(arguments).exec(),
        },
        Err(error) => error,
    }
}

fn restrict(restriction: &Restriction, folder: &Path) -> io::Result<()> {
    if let Some(disk) = restriction.disk {
        disk::lay(disk, folder)?;
    }
    for (resource, value) in &restriction.limit {
        limit(*resource, *value).map_err(|error| at(&format!("the limit of {}", resource.name()), error))?;
    }
    if !restriction.refuse.is_empty() {
        // Last, because a filter is for ever.
        refuse(restriction.refuse.iter().map(|(call, errno)| (*call, *errno)))
            .map_err(|error| at("the filter of system calls", error))?;
    }
    Ok(())
}

fn at(what: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let resource = match resource {
        Resource::Descriptors => Limited::Nofile,
        Resource::Stack => Limited::Stack,
    };
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// What the kernel calls this processor to a filter.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Makes system calls fail, in this process and in all that it starts.
fn refuse(calls: impl Iterator<Item = (Syscall, Errno)>) -> io::Result<()> {
    let mut filter = vec![
        load(mem::offset_of!(libc::seccomp_data, arch)),
        // A program of another architecture would have other numbers.
        jump_over(ARCHITECTURE),
        answer(libc::SECCOMP_RET_ALLOW),
        load(mem::offset_of!(libc::seccomp_data, nr)),
    ];
    // The jump of the second instruction skips the third one if the architecture is this one.
    for (call, errno) in calls {
        filter.push(skip_one_unless(number(call)));
        filter.push(answer(libc::SECCOMP_RET_ERRNO | errno_number(errno)));
    }
    filter.push(answer(libc::SECCOMP_RET_ALLOW));
    let program =
        libc::sock_fprog { len: u16::try_from(filter.len()).expect("a short filter"), filter: filter.as_mut_ptr() };
    // SAFETY: both calls only read their arguments, and the program and its instructions outlive them.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
    };
    if done { Ok(()) } else { Err(io::Error::last_os_error()) }
}

const fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt, jf, k }
}

/// Loads a word of what the kernel tells of a call.
const fn load(offset: usize) -> libc::sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset as u32)
}

/// Skips the next instruction if the loaded word is this one.
const fn jump_over(word: u32) -> libc::sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, 0, word)
}

/// Skips the next instruction unless the loaded word is this one.
const fn skip_one_unless(word: u32) -> libc::sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, word)
}

const fn answer(with: u32) -> libc::sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, with)
}

fn number(call: Syscall) -> u32 {
    let number = match call {
        Syscall::Openat2 => libc::SYS_openat2,
        Syscall::Statx => libc::SYS_statx,
        Syscall::CopyFileRange => libc::SYS_copy_file_range,
        Syscall::MemfdCreate => libc::SYS_memfd_create,
        Syscall::Clone3 => libc::SYS_clone3,
        Syscall::CloseRange => libc::SYS_close_range,
        Syscall::Fallocate => libc::SYS_fallocate,
        Syscall::Getrandom => libc::SYS_getrandom,
        Syscall::Renameat2 => libc::SYS_renameat2,
        Syscall::IoUringSetup => libc::SYS_io_uring_setup,
    };
    number as u32
}

fn errno_number(errno: Errno) -> u32 {
    let number = match errno {
        Errno::Enosys => libc::ENOSYS,
        Errno::Eperm => libc::EPERM,
        Errno::Eopnotsupp => libc::EOPNOTSUPP,
    };
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unix::linux::attempt;

    /// Whether each call that can be refused fails with the errno, and fails with it in a child as well.
    fn each_is_refused() -> io::Result<()> {
        refuse(Syscall::ALL.iter().map(|call| (*call, Errno::Enosys)))?;
        each_answers(libc::ENOSYS)?;
        // SAFETY: the child makes system calls and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let code = i32::from(each_answers(libc::ENOSYS).is_err());
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: the status outlives the call.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        match status {
            0 => Ok(()),
            _ => Err(io::Error::other("a call is not refused in a child")),
        }
    }

    /// Whether each call that can be refused fails with this errno. No argument is valid, so that none does anything.
    fn each_answers(errno: i32) -> io::Result<()> {
        for call in Syscall::ALL {
            // SAFETY: no argument is a valid pointer or descriptor, and the kernel says so.
            let returned = unsafe { libc::syscall(libc::c_long::from(number(*call)), -1, 1, 1, 1, 1, 1) };
            let error = io::Error::last_os_error();
            if returned != -1 || error.raw_os_error() != Some(errno) {
                return Err(io::Error::other(call.name()));
            }
        }
        Ok(())
    }

    fn some_are_refused_otherwise() -> io::Result<()> {
        refuse([(Syscall::Statx, Errno::Eperm)].into_iter())?;
        // SAFETY: as above.
        unsafe { libc::syscall(libc::SYS_statx, -1, 1, 1, 1, 1) };
        let refused = io::Error::last_os_error().raw_os_error() == Some(libc::EPERM);
        // SAFETY: as above.
        unsafe { libc::syscall(libc::SYS_openat2, -1, 1, 1, 1) };
        let other = io::Error::last_os_error().raw_os_error();
        match refused && other != Some(libc::ENOSYS) && other != Some(libc::EPERM) {
            true => Ok(()),
            false => Err(io::Error::other("another call is refused, or in another way")),
        }
    }

    fn descriptors_end() -> io::Result<()> {
        limit(Resource::Descriptors, 16)?;
        // SAFETY: the call takes a number.
        let last = (0..32).map(|_| unsafe { libc::dup(2) }).take_while(|copy| *copy >= 0).last();
        match last {
            Some(15) => Ok(()),
            _ => Err(io::Error::other("the limit does not hold")),
        }
    }

    #[test]
    fn refused_calls_fail_in_the_process_and_in_its_children() {
        attempt(each_is_refused).expect("each call is refused");
        attempt(some_are_refused_otherwise).expect("only what is named is refused");
    }

    #[test]
    fn a_call_that_nobody_refuses_is_not() {
        attempt(|| each_answers(libc::ENOSYS)).expect_err("this kernel has at least one of them");
    }

    #[test]
    fn a_limit_holds() {
        attempt(descriptors_end).expect("no more descriptors than the limit");
    }
}
