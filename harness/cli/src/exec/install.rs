//! The name under which Go looks for what runs its programs for wasip1.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;
use matrix_store::file_system::symlink;

/// That name.
pub const NAME: &str = "go_wasip1_wasm_exec";

/// Makes the name in a folder, as a link to this program.
///
/// # Errors
/// If something else has the name there, or the folder cannot be written.
pub(super) fn install(folder: &Path) -> Result<()> {
    let program = env::current_exe().context("the path of this program")?;
    fs::create_dir_all(folder)?;
    let folder = fs::canonicalize(folder)?;
    let link = folder.join(NAME);
    let there = fs::symlink_metadata(&link).ok();
    if there.is_some() {
        let target = fs::read_link(&link).ok();
        let is_ours = target.as_deref().and_then(Path::file_name) == program.file_name();
        ensure!(is_ours, "{}: is there already, and is not a link to this program; move it away first", link.display());
    }
    // The new link takes the place of the old one in one step.
    let new = folder.join(format!(".{NAME}.{}", std::process::id()));
    symlink(&program, &new).with_context(|| new.display().to_string())?;
    if let Err(error) = fs::rename(&new, &link) {
        fs::remove_file(&new).ok();
        bail!("{error}");
    }
    println!("{} is a link to {}", link.display(), program.display());
    match on_path() {
        Some(found) if found == link => {
            println!("It is on your PATH: `GOOS=wasip1 GOARCH=wasm go test ./...` uses it.")
        }
        Some(found) => println!(
            "Go finds {} first. Put the folder before that one: export PATH={}:$PATH",
            found.display(),
            folder.display()
        ),
        None => println!("Put the folder on your PATH, where Go looks for it: export PATH={}:$PATH", folder.display()),
    }
    Ok(())
}

/// What Go finds under the name.
fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |folder: PathBuf| {
        let file = folder.join(OsStr::new(NAME));
        file.is_file().then(|| Some(fs::canonicalize(file.parent()?).ok()?.join(NAME)))?
    };
    env::split_paths(&path).find_map(is_there)
}
