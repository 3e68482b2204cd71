//! Digests of files and folders, and the files of a folder in a stable order.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err::{self as fs, File};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use matrix_model::digest::{Encoder, hex};

/// All files below a folder, sorted. A symbolic link counts as a file, wherever it points.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

/// Adds every file below a folder to a digest: its path in the folder, and its bytes or, for a link, its target.
///
/// # Errors
/// If one cannot be read.
pub fn digest(folder: &Path, encoder: &mut Encoder) -> Result<()> {
    digest_of(folder, &|_| true, encoder)
}

/// Like [`digest`], but only for files whose path in the folder `meant` accepts.
///
/// # Errors
/// As [`digest`].
pub fn digest_of(folder: &Path, meant: &dyn Fn(&Path) -> bool, encoder: &mut Encoder) -> Result<()> {
    for file in files(folder)? {
        let path = file.strip_prefix(folder)?;
        if !meant(path) {
            continue;
        }
        encoder.bytes("path", path.as_os_str().as_encoded_bytes());
        match fs::symlink_metadata(&file)?.is_symlink() {
            true => encoder.bytes("link", fs::read_link(&file)?.as_os_str().as_encoded_bytes()),
            false => encoder.bytes("file", &fs::read(&file)?),
        }
    }
    Ok(())
}

/// The sha256 of a file, in hexadecimal.
///
/// # Errors
/// The error names the path.
pub fn sha256_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hex(hasher))
}
