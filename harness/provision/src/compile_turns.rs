//! Which process compiles what, and when: `go test` starts as many programs at once as there are processors, and each of
//! them may need code that another one is just compiling.
//!
//! Everything here is a lock on an empty file, which the system releases when its process ends. The files stay: if one were
//! removed, two processes could hold the lock at once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::{fs, io, process};

/// How many compilers may run at once, in all processes that share a folder.
#[derive(Debug, Clone)]
pub(crate) struct CompileTurns {
    folder: PathBuf,
    at_most: usize,
}

impl CompileTurns {
    /// At least one may run.
    pub(crate) fn new(folder: PathBuf, at_most: usize) -> CompileTurns {
        CompileTurns { folder, at_most: at_most.max(1) }
    }

    /// Waits until fewer compilers run. This process's runs as long as the returned file is open.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub(crate) fn take(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let turn = |number: usize| File::create(self.folder.join(number.to_string()));
        for number in 0..self.at_most {
            let file = turn(number)?;
            if file.try_lock().is_ok() {
                return Ok(file);
            }
        }
        // Those who wait are spread over the turns.
        let file = turn(process::id() as usize % self.at_most)?;
        file.lock()?;
        Ok(file)
    }
}

/// Waits until no other process compiles into a folder, and holds it for this one as long as the returned file is open. The
/// lock stands beside the folder.
///
/// # Errors
/// If the file cannot be made.
pub(crate) fn alone_in(folder: &Path) -> io::Result<File> {
    let file = File::create(folder.with_extension("lock"))?;
    file.lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn so_many_compile_at_once_and_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let turns = CompileTurns::new(folder.path().join("turns"), 2);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _turn = turns.take().expect("a turn");
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(50));
                    now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(most.into_inner(), 2);
    }
}
