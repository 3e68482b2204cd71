//! A program of the user's: a module of any toolchain, or a Go package, which is built for preview 1 and for this
//! machine.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, bail};
use fs_err as fs;

use crate::command_module;
use crate::guests::{Guest, file_name};
use crate::notice::{Notice, Notify};
use crate::package_build::PackageBuild;
use crate::toolchain::Go;
use matrix_model::digest::sha256;
use matrix_model::runtime::Target;
use matrix_store::dirs::Places;

/// A program that is ready to run.
#[derive(Debug, Clone)]
pub struct App {
    /// As the user named it.
    pub named: String,
    /// Its module.
    pub module: Guest,
    /// How long the module is, in bytes.
    pub bytes: usize,
    /// What it was built from, if it was built here.
    pub built: Option<Built>,
}

/// What is known of a program that was built here.
#[derive(Debug, Clone)]
pub struct Built {
    /// The version of the Go that built it.
    pub go: String,
    /// The same program for this machine.
    pub native: Guest,
}

/// Where a Go package is: the folder in which `go build` is run, and the word by which it is told the package.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Package {
    cwd: PathBuf,
    word: OsString,
}

impl App {
    /// Reads a module, or builds a package. Everything is copied or built into `folder`, so that the user may change
    /// the program while it runs.
    ///
    /// # Errors
    /// If there is no such file or folder, it is no command of preview 1, or it does not build. The error says what to
    /// do.
    pub fn of(named: &str, folder: &Path, places: &Places, notify: &Notify) -> Result<App> {
        match package(named)? {
            None => {
                let path = Path::new(named);
                let bytes = fs::read(path)?;
                App::with(named, &bytes, folder, path.file_name().with_context(|| named.to_owned())?.into(), None)
            }
            Some(package) => App::build(named, &package, folder, places, notify),
        }
    }

    fn with(named: &str, bytes: &[u8], folder: &Path, name: PathBuf, built: Option<Built>) -> Result<App> {
        command_module::check(bytes).map_err(|what| anyhow::anyhow!("{named} {what}"))?;
        let module = folder.join(name);
        fs::create_dir_all(folder)?;
        fs::write(&module, bytes)?;
        let module = Guest { module, sha256: sha256(bytes), imports: BTreeSet::new() };
        Ok(App { named: named.to_owned(), module, bytes: bytes.len(), built })
    }

    fn build(named: &str, package: &Package, folder: &Path, places: &Places, notify: &Notify) -> Result<App> {
        let go = Go::find(places, notify)?;
        notify(&Notice::BuildingApp { package: named.to_owned() });
        let for_target =
            |target| build(named, package, PackageBuild { go: &go, places, target, flag: None }, &folder.join("built"));
        let (wasm, native) = thread::scope(|scope| {
            let native = scope.spawn(|| for_target(Target::Host));
            (for_target(Target::Wasip1), native.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)))
        });
        let (wasm, native) = (wasm?, native?);
        let stem = wasm.file_name().with_context(|| named.to_owned())?.to_string_lossy();
        let stem = stem.strip_suffix(".wasm").unwrap_or(&stem);
        // A program is told its own name. Both must be told the same one.
        let name = file_name(stem, Target::Wasip1);
        let renamed = folder.join("native").join(&name);
        fs::create_dir_all(folder.join("native"))?;
        fs::rename(&native, &renamed)?;
        let bytes = fs::read(&renamed)?;
        let native = Guest { module: renamed, sha256: sha256(&bytes), imports: BTreeSet::new() };
        let built = Built { go: go.version.clone(), native };
        App::with(named, &fs::read(&wasm)?, folder, name.into(), Some(built))
    }
}

/// The bytes of a module, or of what a package becomes when it is built for preview 1. `places` is asked for only to
/// build.
///
/// # Errors
/// If there is no such file or folder, or it does not build.
pub fn module(named: &str, places: impl FnOnce() -> Result<Places>, notify: &Notify) -> Result<Vec<u8>> {
    let Some(package) = package(named)? else { return Ok(fs::read(named)?) };
    let places = places()?;
    let go = Go::find(&places, notify)?;
    let folder = tempfile::tempdir()?;
    let how = PackageBuild { go: &go, places: &places, target: Target::Wasip1, flag: None };
    Ok(fs::read(build(named, &package, how, folder.path())?)?)
}

/// The package that a user means; `None` if it is a module's file.
///
/// # Errors
/// If it looks like a path, and there is nothing.
fn package(named: &str) -> Result<Option<Package>> {
    let path = Path::new(named);
    let is_source = path.extension().is_some_and(|extension| extension == "go");
    if path.is_file() && is_source {
        let cwd = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let word = path.file_name().with_context(|| named.to_owned())?.to_owned();
        return Ok(Some(Package { cwd: cwd.to_owned(), word }));
    }
    if path.is_file() {
        return Ok(None);
    }
    if path.is_dir() {
        // The folder may be in a module of its own, so Go is started there.
        return Ok(Some(Package { cwd: path.to_owned(), word: ".".into() }));
    }
    let is_path = path.is_absolute() || named.starts_with('.') || path.extension().is_some_and(|end| end == "wasm");
    if is_path || is_source {
        bail!("{named}: no such file or folder; give a .wasm file, or a Go package such as ./cmd/app");
    }
    if named.starts_with('-') {
        bail!("{named}: no file, folder or Go package begins with `-`");
    }
    Ok(Some(Package { cwd: PathBuf::from("."), word: named.into() }))
}

/// Builds a package into a folder of its target. Returns the file.
fn build(named: &str, package: &Package, build: PackageBuild, folder: &Path) -> Result<PathBuf> {
    let (folder, wanted) = match build.target {
        Target::Wasip1 => (folder.join("wasip1"), "wasip1"),
        Target::Host => (folder.join("host"), "this machine"),
    };
    fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let cwd = package.cwd.canonicalize().with_context(|| package.cwd.display().to_string())?;
    build.into(&cwd, &package.word, &folder).with_context(|| format!("{named} does not build for {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_a_file_a_folder_or_an_import_path() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        for name in ["app.wasm", "app", "main.go"] {
            fs::write(at(name), "").expect("a file");
        }
        let words = |named: &str| package(named).map(|package| package.map(|package| package.word));
        assert_eq!(words(&at("app.wasm")).expect("a file"), None);
        assert_eq!(words(&at("app")).expect("a file"), None, "a module may be called anything");
        assert_eq!(words(&at("main.go")).expect("a file"), Some("main.go".into()));
        assert_eq!(words(&at(".")).expect("a folder"), Some(".".into()));
        assert_eq!(words("example.org/cmd/app").expect("an import path"), Some("example.org/cmd/app".into()));
        for named in [&at("other"), "./other", "other.wasm", "-o"] {
            let error = words(named).expect_err("nothing is there").to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
