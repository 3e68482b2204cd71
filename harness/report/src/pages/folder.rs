//! The folder that the pages are written into.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result};
use matrix_store::atomic_write::write_whole;
use matrix_store::folder_lock::wait_for;

use super::look::{SCRIPT, STYLE};

/// The list of the files that were made, which stands beside them. The next time, the files on it that are not made
/// again are removed, and nothing else in the folder.
const LIST: &str = "pages.txt";

/// A folder of pages, while they are written.
pub struct Folder {
    path: PathBuf,
    before: BTreeSet<String>,
    made: Mutex<BTreeSet<String>>,
    /// Held, because the pages of two commands would link to each other.
    _held: File,
}

impl Folder {
    /// Opens a folder, or makes it. Waits until no other command writes pages into it.
    ///
    /// # Errors
    /// With the path in the message.
    pub fn open(path: &Path) -> Result<Folder> {
        fs::create_dir_all(path).with_context(|| path.display().to_string())?;
        let held = wait_for(path)?;
        let list = path.join(LIST);
        let before = match fs::read_to_string(&list) {
            Ok(text) => text.lines().filter(|line| is_inside(line)).map(str::to_owned).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(error).with_context(|| list.display().to_string()),
        };
        Ok(Folder { path: path.to_owned(), before, made: Mutex::default(), _held: held })
    }

    /// Writes a file, named by its path from the folder.
    ///
    /// # Errors
    /// With the path in the message.
    pub fn write(&self, file: &str, bytes: &[u8]) -> Result<()> {
        write_whole(&self.path.join(file), bytes)?;
        self.made.lock().expect("nothing panics while it holds this").insert(file.to_owned());
        Ok(())
    }

    /// Removes the files that were made before but not now, and writes the new list.
    ///
    /// # Errors
    /// With the path in the message.
    pub fn close(self) -> Result<()> {
        let made = self.made.into_inner().expect("nothing panics while it holds this");
        for file in self.before.difference(&made) {
            let path = self.path.join(file);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| path.display().to_string());
                }
                _ => {}
            }
        }
        let list: String = made.iter().map(|file| format!("{file}\n")).collect();
        Ok(write_whole(&self.path.join(LIST), list.as_bytes())?)
    }
}

/// Whether a line names a page below the folder, or a file that all pages share. Somebody may have changed the list.
fn is_inside(line: &str) -> bool {
    let path = Path::new(line);
    let is_page = line.ends_with(".html") && path.components().all(|part| matches!(part, Component::Normal(_)));
    is_page || [STYLE, SCRIPT].contains(&line)
}

#[cfg(test)]
mod tests {
    use super::is_inside;

    #[test]
    fn only_pages_below_the_folder_are_removed() {
        assert!(is_inside("case/fs/a.html") && is_inside("style.css"));
        for line in ["", "../a.html", "/etc/a.html", "case/../../a.html", "results.json", "case/style.css"] {
            assert!(!is_inside(line), "{line}");
        }
    }
}
