//! The project's files as the command brings them: for use in a folder that is in no checkout.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result, bail};
use fs_err as fs;
use matrix_store::file_system::mode;
use matrix_store::laid_out::ProjectFile;

mod list;

/// A file's path, whether it is a program, and its bytes.
type Embedded = (&'static str, bool, &'static [u8]);

/// The files that are in this executable; none in a build with Cargo's profile for development.
const EMBEDDED: Option<&[Embedded]> = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The checkout that this executable was built in.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The project's files: those in the executable, or those of the checkout that it was built in.
///
/// # Errors
/// If they are not in the executable, and the checkout is gone or cannot be read.
pub fn files() -> Result<Vec<ProjectFile<'static>>> {
    let file = |(path, is_executable, bytes): &Embedded| ProjectFile {
        path: Cow::Borrowed(*path),
        is_executable: *is_executable,
        bytes: Cow::Borrowed(*bytes),
    };
    match EMBEDDED {
        Some(files) => Ok(files.iter().map(file).collect()),
        None => of_checkout(Path::new(CHECKOUT)),
    }
}

fn of_checkout(root: &Path) -> Result<Vec<ProjectFile<'static>>> {
    if !root.is_dir() {
        bail!(
            "this command was built for development, in a checkout that is gone, and brings no project; build it with \
             `cargo install`, or name a checkout with --root"
        );
    }
    let file = |path: std::path::PathBuf| -> Result<ProjectFile<'static>> {
        let at = root.join(&path);
        let path = path.to_str().context("a path that is not UTF-8")?.to_owned();
        Ok(ProjectFile {
            path: path.into(),
            is_executable: mode(&fs::metadata(&at)?) & 0o111 != 0,
            bytes: fs::read(at)?.into(),
        })
    };
    list::paths(root)?.into_iter().map(file).collect()
}
