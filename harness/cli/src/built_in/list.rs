//! Which of the project's files the command brings. The build script compiles this file, too.

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// Folders that it brings whole: what is loaded, built, run and shown.
pub const WHOLE: [&str; 9] = [
    "cases",
    "examples/modules",
    "go-guests",
    "reports/guest-sources",
    "reports/modules",
    "reports/static",
    "reports/std",
    "reports/templates",
    "runtimes",
];

/// The published results. What was measured beside them stays on the machine that measured it.
pub const RESULTS: &str = "reports/results";
const MEASUREMENTS: &str = "measurements.json.gz";

/// Files that it brings. Cargo builds no host without the workspace's own; a page shows what was seen of advisories.
pub const SINGLE: [&str; 4] = ["Cargo.lock", "Cargo.toml", "LICENSE", "reports/advisories.json"];

/// The other members of the hosts' workspace.
pub const CRATES: &str = "harness";

/// The paths of all these files below the project's root, sorted.
///
/// # Errors
/// If one cannot be read, or a folder holds something that is neither a file nor a folder. The error names the path.
pub fn paths(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = SINGLE.map(PathBuf::from).into();
    for folder in WHOLE {
        add_all(root, Path::new(folder), &mut found)?;
    }
    add_all(root, Path::new(RESULTS), &mut found)?;
    found.retain(|path| !path.ends_with(Path::new(RESULTS).join(MEASUREMENTS)));
    for member in entries(&root.join(CRATES))? {
        add_roots(root, &Path::new(CRATES).join(member), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn add_all(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for name in entries(&root.join(folder))? {
        let path = folder.join(name);
        let kind = fs::symlink_metadata(root.join(&path))?.file_type();
        if kind.is_dir() {
            add_all(root, &path, found)?;
        } else if kind.is_file() {
            found.push(path);
        } else {
            return Err(Error::other(format!("{}: neither a file nor a folder", path.display())));
        }
    }
    Ok(())
}

/// Adds a crate's manifest and the file that each of its targets begins with. Cargo reads all manifests of a workspace and
/// looks for those files, also where it compiles only a host.
fn add_roots(root: &Path, member: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut roots: Vec<PathBuf> =
        ["Cargo.toml", "build.rs", "src/lib.rs", "src/main.rs"].map(|name| member.join(name)).into();
    let tests = member.join("tests");
    if root.join(&tests).is_dir() {
        for name in entries(&root.join(&tests))? {
            let path = tests.join(name);
            roots.extend([path.join("main.rs"), path]);
        }
    }
    found.extend(roots.into_iter().filter(|path| root.join(path).is_file()));
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    let named = |error: Error| Error::new(error.kind(), format!("{}: {error}", folder.display()));
    fs::read_dir(folder).map_err(named)?.map(|entry| Ok(entry.map_err(named)?.file_name())).collect()
}
