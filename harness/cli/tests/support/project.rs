//! A small project in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder with everything a run needs: the project, its state, and a store of its own.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty project, with the folders that every project has.
    pub fn new() -> Project {
        let folder = TempDir::new().expect("a temporary folder");
        for name in ["cases/fixtures", "go-guests", "runtimes", "store"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder in the temporary folder");
        }
        Project { folder }
    }

    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The project's root.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        let parent = path.parent().expect("a file stands in a folder");
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, content)).expect("a file in the temporary folder");
    }

    /// Writes a guest that the toolchain under `support/` can build.
    pub fn guest(&self, name: &str) {
        self.write("go-guests/go.mod", "module example.org/guests\n");
        self.write(&format!("go-guests/{name}/main.go"), "package main\n\nfunc main() {}\n");
    }
}
