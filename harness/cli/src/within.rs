//! `within`: the launcher that makes a surrounding. It denies its own process what its options say, and then becomes the
//! command. Whatever the command starts is denied the same.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use matrix_model::surrounding::CANNOT;
use matrix_supervise::{Disk, Errno, Pair, Resource, Restriction, Syscall, become_restricted};

const AFTER: &str = "\
For example:
  wasip1-matrix within --refuse=openat2=ENOSYS -- wasmtime run --dir . app.wasm
  wasip1-matrix within --limit=descriptors=64 --limit=stack=262144 -- wazero run app.wasm
  wasip1-matrix within --disk=full=./data -- wazero run --mount ./data:/data app.wasm

runtimes/surroundings.toml has the options of each surrounding. The exit code is the command's; 125 if the surrounding \
cannot be made.";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Within {
    /// Make this system call fail with this errno: openat2=ENOSYS; may be repeated
    #[arg(long, value_name = "CALL=ERRNO")]
    refuse: Vec<Pair<Syscall, Errno>>,
    /// Limit a resource: descriptors=64, or stack=262144 in bytes; may be repeated
    #[arg(long, value_name = "RESOURCE=N")]
    limit: Vec<Pair<Resource, u64>>,
    /// Lay a disk that is read-only or full over a folder, with what is in the folder on it: full=./data. Only the command
    /// sees it, and what the command leaves on a full disk is gone with it
    #[arg(long, value_name = "KIND=DIR")]
    disk: Option<Pair<Disk, PathBuf>>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Within {
    /// Returns only if the surrounding cannot be made or the command cannot be started.
    pub fn run(&self) -> ExitCode {
        let folder = self.disk.as_ref().map_or(Path::new("."), |Pair(_, folder)| folder);
        let restriction = Restriction {
            refuse: self.refuse.iter().map(|Pair(call, errno)| (*call, *errno)).collect(),
            limit: self.limit.iter().map(|Pair(resource, value)| (*resource, *value)).collect(),
            disk: self.disk.as_ref().map(|Pair(disk, _)| *disk),
        };
        let error = become_restricted(&restriction, folder, &self.command);
        let (code, beginning) = CANNOT;
        eprintln!("{beginning}{error}");
        ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
    }
}
