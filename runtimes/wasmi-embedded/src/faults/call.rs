//! One call of a preview 1 function, on its way from the guest to wasmi_wasi's implementation and back.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use wasmi::{Caller, Error, Extern, Memory, Val};
use wasmi_wasi::wasi_common::I32Exit;
use wasmi_wasi::wasi_common::snapshots::preview_1::wasi_snapshot_preview1 as preview1;
use wasmi_wasi::{WasiCtx, WasmiGuestMemory};

use super::{Answer, State};
use crate::guest::Guest;

/// Where a call of the fault's own may let a result be put, if it saves what is there: nothing of a Go guest's.
const SCRATCH: i64 = 1024;

/// Bytes of a `filestat`.
const FILESTAT: i64 = 64;

/// An error number of preview 1.
const EIO: i32 = 29;

/// Where the kind is in a `filestat`.
pub const KIND: i64 = 16;

/// A call under way.
pub struct Call<'c> {
    /// The function called.
    pub function: &'static str,
    /// Its arguments; what is passed on, so a fault may change them.
    pub args: Vec<i64>,
    memory: Memory,
    caller: Caller<'c, Guest>,
}

macro_rules! functions {
    ($($name:ident($($arg:ident: $kind:ty),*);)*) => {
        /// The functions there are.
        pub const FUNCTIONS: &[&str] = &[$(stringify!($name),)* "proc_exit"];

        fn original(function: &str, world: &mut WasiCtx, memory: &mut WasmiGuestMemory, args: &[i64]) -> Answer {
            match function {
                $(stringify!($name) => {
                    let &[$($arg),*] = args else { return Err(Error::new("a call with too few arguments")) };
                    finished(preview1::$name(world, memory, $($arg as $kind),*))
                })*
                "proc_exit" => finished(preview1::proc_exit(world, memory, args[0] as i32)).map(|()| 0),
                _ => Err(Error::new(format!("there is no function {function}"))),
            }
        }
    };
}

functions! {
    args_get(a: i32, b: i32);
    args_sizes_get(a: i32, b: i32);
    environ_get(a: i32, b: i32);
    environ_sizes_get(a: i32, b: i32);
    clock_res_get(a: i32, b: i32);
    clock_time_get(a: i32, b: i64, c: i32);
    fd_advise(a: i32, b: i64, c: i64, d: i32);
    fd_allocate(a: i32, b: i64, c: i64);
    fd_close(a: i32);
    fd_datasync(a: i32);
    fd_fdstat_get(a: i32, b: i32);
    fd_fdstat_set_flags(a: i32, b: i32);
    fd_fdstat_set_rights(a: i32, b: i64, c: i64);
    fd_filestat_get(a: i32, b: i32);
    fd_filestat_set_size(a: i32, b: i64);
    fd_filestat_set_times(a: i32, b: i64, c: i64, d: i32);
    fd_pread(a: i32, b: i32, c: i32, d: i64, e: i32);
    fd_prestat_get(a: i32, b: i32);
    fd_prestat_dir_name(a: i32, b: i32, c: i32);
    fd_pwrite(a: i32, b: i32, c: i32, d: i64, e: i32);
    fd_read(a: i32, b: i32, c: i32, d: i32);
    fd_readdir(a: i32, b: i32, c: i32, d: i64, e: i32);
    fd_renumber(a: i32, b: i32);
    fd_seek(a: i32, b: i64, c: i32, d: i32);
    fd_sync(a: i32);
    fd_tell(a: i32, b: i32);
    fd_write(a: i32, b: i32, c: i32, d: i32);
    path_create_directory(a: i32, b: i32, c: i32);
    path_filestat_get(a: i32, b: i32, c: i32, d: i32, e: i32);
    path_filestat_set_times(a: i32, b: i32, c: i32, d: i32, e: i64, f: i64, g: i32);
    path_link(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32);
    path_open(a: i32, b: i32, c: i32, d: i32, e: i32, f: i64, g: i64, h: i32, i: i32);
    path_readlink(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32);
    path_remove_directory(a: i32, b: i32, c: i32);
    path_rename(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32);
    path_symlink(a: i32, b: i32, c: i32, d: i32, e: i32);
    path_unlink_file(a: i32, b: i32, c: i32);
    poll_oneoff(a: i32, b: i32, c: i32, d: i32);
    proc_raise(a: i32);
    sched_yield();
    random_get(a: i32, b: i32);
    sock_accept(a: i32, b: i32, c: i32);
    sock_recv(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32);
    sock_send(a: i32, b: i32, c: i32, d: i32, e: i32);
    sock_shutdown(a: i32, b: i32);
}

/// What a call comes to. The synchronous implementation waits for nothing: its futures are done at once.
fn finished<T>(call: impl Future<Output = anyhow::Result<T>>) -> Result<T, Error> {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(value)) => Ok(value),
        Poll::Ready(Err(error)) => Err(match error.downcast::<I32Exit>() {
            Ok(I32Exit(code)) => Error::i32_exit(code),
            Err(error) => Error::new(error.to_string()),
        }),
        Poll::Pending => Err(Error::new("a call that waits")),
    }
}

impl<'c> Call<'c> {
    /// A call as the guest makes it.
    pub fn new(function: &'static str, mut caller: Caller<'c, Guest>, args: &[Val]) -> Result<Call<'c>, Error> {
        let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
            return Err(Error::new("missing required WASI memory export"));
        };
        if let Some(state) = &mut caller.data_mut().faulty {
            state.called.insert(function.to_owned());
        }
        let number = |value: &Val| match *value {
            Val::I32(number) => i64::from(number),
            Val::I64(number) => number,
            _ => 0,
        };
        Ok(Call { function, args: args.iter().map(number).collect(), memory, caller })
    }

    /// What the unbroken host answers to these arguments.
    pub fn pass(&mut self) -> Answer {
        let (function, args) = (self.function, self.args.clone());
        self.ask(function, &args)
    }

    /// What the unbroken host answers to another call.
    pub fn ask(&mut self, function: &str, args: &[i64]) -> Answer {
        let (bytes, guest) = self.memory.data_and_store_mut(&mut self.caller);
        original(function, &mut guest.wasi, &mut WasmiGuestMemory::Unshared(bytes), args)
    }

    /// The `filetype` of what is at a path, itself and not what it points to; none if there is nothing.
    pub fn kind(&mut self, folder: i64, path: i64, length: i64) -> Result<Option<u8>, Error> {
        let saved = self.bytes(SCRATCH, FILESTAT).to_vec();
        let errno = self.ask("path_filestat_get", &[folder, 0, path, length, SCRATCH])?;
        let kind = self.number::<1>(SCRATCH + KIND) as u8;
        self.bytes(SCRATCH, FILESTAT).copy_from_slice(&saved);
        Ok((errno == 0).then_some(kind))
    }

    /// Whether there is something at a path, itself and not what it points to.
    pub fn exists(&mut self, folder: i64, path: i64, length: i64) -> Result<bool, Error> {
        Ok(self.kind(folder, path, length)?.is_some())
    }

    /// Notes that the fault has changed something.
    pub fn bent(&mut self) {
        if let Some(state) = &mut self.caller.data_mut().faulty {
            state.times += 1;
        }
    }

    /// Answers without asking the unbroken host.
    pub fn instead(&mut self, errno: i32) -> Answer {
        self.bent();
        Ok(errno)
    }

    /// What the unbroken host answers, but EIO in place of this errno.
    pub fn pass_but(&mut self, errno: i32) -> Answer {
        let answer = self.pass()?;
        if answer == errno { self.instead(EIO) } else { Ok(answer) }
    }

    /// Never answers.
    pub fn hang(&mut self) -> ! {
        loop {
            thread::sleep(Duration::from_secs(3600));
        }
    }

    /// What the fault remembers.
    ///
    /// # Panics
    /// The host is not broken; then there is no call.
    pub fn state(&mut self) -> &mut State {
        self.caller.data_mut().faulty.as_mut().expect("only a broken host makes calls")
    }

    /// The guest's world.
    pub fn world(&mut self) -> &mut WasiCtx {
        &mut self.caller.data_mut().wasi
    }

    /// A piece of the guest's memory; nothing if it is not all there, which is for the unbroken host to complain of.
    pub fn bytes(&mut self, at: i64, length: i64) -> &mut [u8] {
        let (at, length) = (at as u32 as usize, length as u32 as usize);
        let memory = self.memory.data_mut(&mut self.caller);
        memory.get_mut(at..at.saturating_add(length)).unwrap_or_default()
    }

    /// A number in the guest's memory.
    pub fn number<const BYTES: i64>(&mut self, at: i64) -> i64 {
        self.bytes(at, BYTES).iter().rev().fold(0, |number, byte| number << 8 | i64::from(*byte))
    }

    /// Puts a number into the guest's memory.
    pub fn put<const BYTES: i64>(&mut self, at: i64, number: i64) {
        let bytes = number.to_le_bytes();
        let place = self.bytes(at, BYTES);
        place.copy_from_slice(&bytes[..place.len()]);
    }

    /// The buffers of a list of them, each as its place and length.
    pub fn buffers(&mut self, list: i64, count: i64) -> Vec<(i64, i64)> {
        (0..count).map(|index| (self.number::<4>(list + 8 * index), self.number::<4>(list + 8 * index + 4))).collect()
    }

    /// The bytes of all buffers of a list.
    pub fn gather(&mut self, list: i64, count: i64) -> Vec<u8> {
        self.buffers(list, count).into_iter().flat_map(|(at, length)| self.bytes(at, length).to_vec()).collect()
    }
}
