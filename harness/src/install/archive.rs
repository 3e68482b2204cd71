//! Unpacks archives.

use std::fs::{self, File};
use std::io::{self, BufReader, Seek};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

/// A kind of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// `.tar.gz`
    TarGz,
    /// `.tar.xz`
    TarXz,
    /// `.zip`
    Zip,
}

impl Archive {
    /// What kind a name says; none is the executable itself.
    pub fn of(name: &str) -> Option<Archive> {
        match name {
            name if name.ends_with(".tar.gz") || name.ends_with(".tgz") => Some(Archive::TarGz),
            name if name.ends_with(".tar.xz") || name.ends_with(".txz") => Some(Archive::TarXz),
            name if name.ends_with(".zip") => Some(Archive::Zip),
            _ => None,
        }
    }

    /// Unpacks a file into a folder; nothing is written outside it.
    pub fn unpack(self, file: &Path, folder: &Path) -> Result<()> {
        let at = || format!("unpacking {}", file.display());
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let packed = BufReader::new(File::open(file).with_context(at)?);
        match self {
            Archive::TarGz => tar::Archive::new(GzDecoder::new(packed)).unpack(folder).with_context(at),
            Archive::TarXz => {
                let mut packed = packed;
                let mut tar = tempfile::tempfile_in(file.parent().unwrap_or(folder)).with_context(at)?;
                lzma_rs::xz_decompress(&mut packed, &mut tar).map_err(io::Error::other).with_context(at)?;
                tar.rewind().with_context(at)?;
                tar::Archive::new(BufReader::new(tar)).unpack(folder).with_context(at)
            }
            Archive::Zip => zip::ZipArchive::new(packed).and_then(|mut zip| zip.extract(folder)).with_context(at),
        }
    }
}
