//! The inputs of a program of the user's, as options name them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use fs_err as fs;
use matrix_run::module_input::{MappedDir, ModuleInput};

use super::bounds;

/// The inputs of a program, as options of a command.
#[derive(Args)]
pub struct ProgramInputs {
    /// Give the program this folder under this name: ./config::/etc/app; with :ro it may change nothing in it
    #[arg(long, value_name = "HOST[::GUEST][:ro]")]
    dir: Vec<String>,
    /// Give the program this environment variable; it gets no others
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The file that the program reads as stdin, or - for the stdin of this command [default: empty]
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// Stop the program after this many seconds
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = bounds::seconds())]
    timeout: u64,
    /// The program's own arguments
    #[arg(value_name = "ARG", last = true)]
    args: Vec<String>,
}

impl ProgramInputs {
    /// Reads what the options name.
    ///
    /// # Errors
    /// Those of [`mapped_dirs`], [`variable`] and [`stdin`].
    pub fn read(&self) -> Result<ModuleInput> {
        Ok(ModuleInput {
            args: self.args.clone(),
            env: self.env.iter().map(|text| variable(text)).collect::<Result<_>>()?,
            dirs: mapped_dirs(&self.dir)?,
            stdin: self.stdin.as_deref().map(stdin).transpose()?,
            deadline: Some(Duration::from_secs(self.timeout)),
        })
    }
}

/// What separates a folder of the machine from its name in the program.
const SEPARATOR: &str = "::";

/// The end of a folder that the program may not change.
const READ_ONLY: &str = ":ro";

/// Reads `HOST[::GUEST][:ro]`.
///
/// # Errors
/// If there is no such folder. The error tells how a folder is named, if another way was tried.
fn mapped_dir(text: &str) -> Result<MappedDir> {
    let (rest, read_only) = match text.strip_suffix(READ_ONLY) {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (host, guest) = rest.split_once(SEPARATOR).unwrap_or((rest, rest));
    ensure!(!host.is_empty() && !guest.is_empty(), "--dir {text}: must be HOST, or HOST::GUEST");
    let path = Path::new(host);
    if !path.is_dir() {
        if let Some((host, guest)) = rest.split_once(':').filter(|(host, _)| Path::new(host).is_dir()) {
            let read_only = if read_only { READ_ONLY } else { "" };
            bail!(
                "--dir {text}: two colons separate a folder from its name in the program: --dir {host}::{guest}{read_only}"
            );
        }
        let why = if path.exists() { "is not a folder" } else { "is not there" };
        bail!("--dir {text}: {host} {why}");
    }
    // Several runtimes separate the two by one colon in their own options.
    ensure!(!guest.contains(':'), "--dir {text}: not every runtime can be given a name with a colon, {guest}");
    Ok(MappedDir { host: PathBuf::from(host), guest: guest.to_owned(), read_only })
}

/// Reads the folders of a command line. No two have one name.
///
/// # Errors
/// As [`mapped_dir`]; also if two have one name.
fn mapped_dirs(texts: &[String]) -> Result<Vec<MappedDir>> {
    let dirs = texts.iter().map(|text| mapped_dir(text)).collect::<Result<Vec<_>>>()?;
    for (index, dir) in dirs.iter().enumerate() {
        let is_twice = dirs[..index].iter().any(|other| other.guest == dir.guest);
        ensure!(!is_twice, "--dir: two folders have the name {} in the program", dir.guest);
    }
    Ok(dirs)
}

/// Reads `NAME=VALUE`.
///
/// # Errors
/// If there is no `=`, or no name before it.
fn variable(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => bail!("--env {text}: must be NAME=VALUE"),
    }
}

/// Reads all of a file, or of this command's own stdin if the path is `-`.
///
/// # Errors
/// If it cannot be read.
fn stdin(path: &Path) -> Result<Vec<u8>> {
    if path != Path::new("-") {
        return fs::read(path).context("--stdin");
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).context("--stdin -")?;
    Ok(bytes)
}
