//! The builds that a user has named by their paths. They are remembered beside their records, so that every command
//! knows their columns by name.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fs_err as fs;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::atomic_write::write_whole;

/// The file's name in the folder of records.
const FILE: &str = ".builds.json";

/// A build that stands for a version of a runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Build {
    /// The runtime's id.
    pub runtime: String,
    /// The version that it stands for.
    pub version: Version,
    /// The executable, or the folder of a checkout of the engine, as an absolute path.
    pub path: PathBuf,
}

/// The builds whose records are in this folder.
///
/// # Errors
/// If the list of them cannot be read.
pub fn of_records(records: &Path) -> Result<Vec<Build>> {
    let path = records.join(FILE);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .with_context(|| format!("{}: delete it, and name the build by its path again", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Remembers a build, in place of another one that stood for the same version.
///
/// # Errors
/// If the list cannot be read or written.
pub fn remember(records: &Path, build: Build) -> Result<()> {
    let mut builds = of_records(records)?;
    builds.retain(|other| (&other.runtime, &other.version) != (&build.runtime, &build.version));
    builds.push(build);
    fs::create_dir_all(records)?;
    Ok(write_whole(&records.join(FILE), &serde_json::to_vec_pretty(&builds)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_takes_the_place_of_the_one_that_stood_for_its_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let records = folder.path().join("records");
        let build = |version: Version, path: &str| Build { runtime: "wazero".to_owned(), version, path: path.into() };
        assert_eq!(of_records(&records).expect("no list yet"), []);
        for (minor, path) in [(12, "/a"), (13, "/b"), (12, "/c")] {
            remember(&records, build(Version::new(1, minor, 0), path)).expect("a folder that can be written");
        }
        let builds = of_records(&records).expect("a list");
        assert_eq!(builds, [build(Version::new(1, 13, 0), "/b"), build(Version::new(1, 12, 0), "/c")]);
        fs::write(records.join(FILE), "[").expect("a file");
        let error = format!("{:#}", of_records(&records).expect_err("no JSON"));
        assert!(error.contains("name the build by its path again"), "{error}");
    }
}
