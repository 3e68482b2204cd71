//! The inputs of a program of the user's, as options name them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;
use matrix_run::module_input::MappedDir;

/// What separates a folder of the machine from its name in the program.
const SEPARATOR: &str = "::";

/// The end of a folder that the program may not change.
const READ_ONLY: &str = ":ro";

/// Reads `HOST[::GUEST][:ro]`.
///
/// # Errors
/// If there is no such folder. The error tells how a folder is named, if another way was tried.
pub fn mapped_dir(text: &str) -> Result<MappedDir> {
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
pub fn mapped_dirs(texts: &[String]) -> Result<Vec<MappedDir>> {
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
pub fn variable(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => bail!("--env {text}: must be NAME=VALUE"),
    }
}

/// Reads all of a file, or of this command's own stdin if the path is `-`.
///
/// # Errors
/// If it cannot be read.
pub fn stdin(path: &Path) -> Result<Vec<u8>> {
    if path != Path::new("-") {
        return fs::read(path).context("--stdin");
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).context("--stdin -")?;
    Ok(bytes)
}
