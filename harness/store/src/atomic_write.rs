//! Writes files whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use fs_err as fs;

use crate::file_system::temporary_file_in;

/// Writes a temporary file in the same folder and renames it to `path`.
///
/// # Errors
/// The error names the path.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole_by(path, |file| file.write_all(bytes))
}

/// Lets `write` fill a temporary file piece by piece, and renames it to `path`.
///
/// # Errors
/// The error names the path, also if it comes from `write`.
pub fn write_whole_by(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let at = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let parent = path.parent().ok_or_else(|| io::Error::other("a file stands in a folder"))?;
    fs::create_dir_all(parent)?;
    // Readable, because a web server may read it.
    let mut file = temporary_file_in(parent).map_err(at)?;
    let mut buffered = BufWriter::new(&mut file);
    write(&mut buffered).and_then(|()| buffered.flush()).map_err(at)?;
    drop(buffered);
    file.persist(path).map_err(|error| at(error.error))?;
    Ok(())
}
