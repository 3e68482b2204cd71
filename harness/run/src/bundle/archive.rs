//! Writes packed cells into one compressed archive.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use fs_err as fs;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use matrix_store::atomic_write::write_whole_by;

/// Files of at least this many bytes are stored once, even if several cells have them.
const LARGE: u64 = 1 << 16;

/// Writes folders, each under its name, as a `.tar.gz`. A large file that several folders share, such as the guest of a
/// case, is stored once; the others link to it.
///
/// # Errors
/// If something cannot be read or written. The error names the path.
pub fn archive(folders: &[(String, PathBuf)], out: &Path) -> Result<()> {
    Ok(write_whole_by(out, |file| write(folders, file))?)
}

fn write(folders: &[(String, PathBuf)], file: &mut dyn Write) -> io::Result<()> {
    let mut tar = Builder::new(GzEncoder::new(file, Compression::default()));
    tar.follow_symlinks(false);
    let mut large: HashMap<Vec<u8>, PathBuf> = HashMap::new();
    for (name, folder) in folders {
        let mut links = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let facts = fs::symlink_metadata(&path)?;
            if !facts.is_file() || facts.len() < LARGE {
                continue;
            }
            let digest = Sha256::digest(fs::read(&path)?).to_vec();
            let inside = Path::new(name).join(entry.file_name());
            if let Some(first) = large.get(&digest) {
                links.push((inside, first.clone()));
                fs::remove_file(&path)?;
            } else {
                large.insert(digest, inside);
            }
        }
        tar.append_dir_all(name, folder)?;
        for (link, first) in links {
            let mut header = Header::new_gnu();
            header.set_entry_type(EntryType::Link);
            header.set_mode(0o644);
            header.set_size(0);
            tar.append_link(&mut header, &link, &first)?;
        }
    }
    tar.into_inner()?.finish().map(drop)
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;
    use fs_err::File;
    use tar::Archive;

    use super::*;

    #[test]
    fn what_two_cells_have_is_in_it_once() {
        let here = tempfile::tempdir().unwrap();
        let guest: Vec<u8> = (0..LARGE + 1).map(|byte| byte as u8).collect();
        let folders: Vec<_> = ["a@1.0.0", "b@2.0.0+jit"].map(|name| (name.to_owned(), here.path().join(name))).into();
        for (name, folder) in &folders {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("guest.wasm"), &guest).unwrap();
            fs::write(folder.join("run.sh"), name).unwrap();
        }
        let out = here.path().join("deep/down.tar.gz");
        archive(&folders, &out).unwrap();
        let mut entries = Archive::new(GzDecoder::new(File::open(&out).unwrap()));
        let links = entries.entries().unwrap().filter(|entry| {
            let header = entry.as_ref().unwrap().header();
            header.entry_type() == EntryType::Link
        });
        assert_eq!(links.count(), 1);
        let unpacked = here.path().join("unpacked");
        Archive::new(GzDecoder::new(File::open(&out).unwrap())).unpack(&unpacked).unwrap();
        for (name, _) in &folders {
            assert_eq!(fs::read(unpacked.join(name).join("guest.wasm")).unwrap(), guest);
            assert_eq!(fs::read_to_string(unpacked.join(name).join("run.sh")).unwrap(), *name);
        }
    }

    #[test]
    fn an_archive_that_is_not_finished_replaces_none() {
        let here = tempfile::tempdir().unwrap();
        let out = here.path().join("cell.tar.gz");
        fs::write(&out, "the archive before").unwrap();
        let folders = [("cell".to_owned(), here.path().join("absent"))];
        archive(&folders, &out).unwrap_err();
        assert_eq!(fs::read_to_string(&out).unwrap(), "the archive before");
        assert_eq!(fs::read_dir(here.path()).unwrap().count(), 1);
    }
}
