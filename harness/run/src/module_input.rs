//! The inputs of a program of the user's, and the case that runs it with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use walkdir::WalkDir;

use crate::plan::OnHost;
use crate::sandbox::lay_out;
use matrix_model::case::{Case, Location, OUTSIDE, Preopen, Tier};
use matrix_model::connection::StdinKind;
use matrix_model::fixture::{Entry, Fixture, Fixtures};

/// The default deadline.
const DEADLINE: Duration = Duration::from_secs(60);

/// The most bytes that a folder may hold if each runtime gets a copy of it.
const LARGEST: u64 = 1 << 30;

/// The inputs of a module that is not a guest of the project.
#[derive(Debug, Clone, Default)]
pub struct ModuleInput {
    /// Arguments after its own name.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Folders of the machine.
    pub dirs: Vec<MappedDir>,
    /// Its stdin; `None` is an empty stream.
    pub stdin: Option<Vec<u8>>,
    /// Its deadline.
    pub deadline: Option<Duration>,
}

/// A folder of the machine that a module gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedDir {
    /// Where it is.
    pub host: PathBuf,
    /// The name by which the module sees it.
    pub guest: String,
    /// Whether the module may change nothing in it.
    pub read_only: bool,
}

/// Whether a module gets folders themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dirs {
    /// It does, and may change them.
    Own,
    /// It gets a fresh copy of each.
    Copies,
}

/// Inputs with which a module can be run.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The case.
    pub case: Case,
    /// The initial contents of its folders.
    pub fixtures: Fixtures,
    /// Whether the module gets the folders themselves.
    pub own_dirs: bool,
    /// How it is started where the user is; `None` if it is started in an empty folder of its own.
    pub on_host: Option<OnHost>,
}

impl ModuleInput {
    /// The same inputs with copies of the folders, made below `folder`: they stay as they are while the user's own
    /// change. What is in the folder `except` is not copied.
    ///
    /// # Errors
    /// If a folder does not exist, cannot be read, or is too large to be copied.
    pub fn with_copies(&self, folder: &Path, except: &Path) -> Result<ModuleInput> {
        let copy = |(index, dir): (usize, &MappedDir)| {
            let at = || format!("--dir {}", dir.host.display());
            let host = dir.host.canonicalize().with_context(at)?;
            ensure!(host.is_dir(), "{}: not a folder", at());
            let copy = folder.join(index.to_string());
            lay_out(&contents(&host, except).with_context(at)?, &copy, folder).with_context(at)?;
            Ok(MappedDir { host: copy, ..dir.clone() })
        };
        let dirs = self.dirs.iter().enumerate().map(copy).collect::<Result<_>>()?;
        Ok(ModuleInput { dirs, ..self.clone() })
    }

    /// Makes the case that runs a module with these inputs. `area` is the first part of its name.
    ///
    /// # Errors
    /// If a folder does not exist, cannot be read, or is too large to be copied.
    pub fn prepare(&self, area: &str, module: &Path, dirs: Dirs) -> Result<Prepared> {
        let name = module.file_stem().with_context(|| module.display().to_string())?.to_string_lossy().into_owned();
        let (mut preopens, mut fixtures) = (Vec::new(), Fixtures::new());
        for (index, dir) in self.dirs.iter().enumerate() {
            let at = || format!("--dir {}", dir.host.display());
            let host = dir.host.canonicalize().with_context(at)?;
            ensure!(host.is_dir(), "{}: not a folder", at());
            let fixture = match dirs {
                // An absolute path stays what it is, whatever folder it is joined to.
                Dirs::Own => host.to_str().with_context(|| format!("{}: not UTF-8", at()))?.to_owned(),
                Dirs::Copies => {
                    let fixture = format!("dir{index}");
                    fixtures.insert(fixture.clone(), contents(&host, Path::new("")).with_context(at)?);
                    fixture
                }
            };
            preopens.push(Preopen { guest: dir.guest.clone(), fixture, read_only: dir.read_only });
        }
        let location = Location { file: module.display().to_string(), line: 1 };
        let case = Case {
            tier: Tier::Observe,
            args: self.args.clone(),
            env: self.env.clone(),
            dirs: preopens,
            stdin: self.stdin.clone().unwrap_or_default(),
            stdin_kind: if self.stdin.is_some() { StdinKind::File } else { StdinKind::Pipe },
            deadline: self.deadline.unwrap_or(DEADLINE),
            ..Case::of_module(area, name, location)
        };
        Ok(Prepared { case, fixtures, own_dirs: dirs == Dirs::Own, on_host: None })
    }
}

/// What is in a folder of the user's, without what is in the folder `except`.
fn contents(folder: &Path, except: &Path) -> Result<Fixture> {
    let (mut entries, mut bytes) = (BTreeMap::new(), 0);
    let walk = WalkDir::new(folder).min_depth(1).into_iter().filter_entry(|entry| entry.path() != except);
    for entry in walk {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type());
        let found = if kind.is_dir() {
            Entry::Folder
        } else if kind.is_symlink() {
            let target = fs::read_link(path)?;
            let target = target.to_str().with_context(|| format!("{}: its target is not UTF-8", path.display()))?;
            // Its copy would lead to the user's own files, and some runtimes follow links out of their folders.
            ensure!(
                !Path::new(target).is_absolute() && !target.starts_with(OUTSIDE),
                "{}: a link to {target}, through which a runtime could change files of yours; only links with relative \
                 targets are copied",
                path.display()
            );
            Entry::Link(target.to_owned())
        } else if kind.is_file() {
            bytes += entry.metadata()?.len();
            Entry::Exact(path.to_owned())
        } else {
            bail!("{}: neither a file, a folder nor a link, so it cannot be copied", path.display());
        };
        ensure!(
            bytes <= LARGEST,
            "more than {} MiB would be copied for each runtime; give a smaller folder, or the folder itself to one \
             runtime with --in-place",
            LARGEST >> 20
        );
        entries.insert(path.strip_prefix(folder)?.to_owned(), found);
    }
    Ok(Fixture { entries })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_copied_as_it_is() {
        let [folder, copies] = [(), ()].map(|()| tempfile::TempDir::new().expect("a temporary folder"));
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("sub/empty")).expect("a folder");
        fs::create_dir(at("scratch")).expect("a folder");
        for name in ["a", "sub/.keep", "scratch/b"] {
            fs::write(at(name), name).expect("a file");
        }
        let input = ModuleInput {
            dirs: vec![MappedDir { host: folder.path().to_owned(), guest: "/d".to_owned(), read_only: false }],
            ..ModuleInput::default()
        };
        let root = folder.path().canonicalize().expect("a folder");
        let copied = input.with_copies(copies.path(), &root.join("scratch")).expect("a copy");
        let copied = copied.prepare("compare", Path::new("x/app.wasm"), Dirs::Copies).expect("inputs");
        let names: Vec<_> = copied.fixtures["dir0"].entries.keys().map(|path| path.display().to_string()).collect();
        assert_eq!(names, ["a", "sub", "sub/.keep", "sub/empty"]);
        assert_eq!((copied.case.id.as_str(), copied.own_dirs), ("compare/app", false));
        let own = input.prepare("compare", Path::new("x/app.wasm"), Dirs::Own).expect("inputs");
        assert_eq!((own.case.dirs[0].fixture.as_str(), own.own_dirs), (root.to_str().expect("UTF-8"), true));
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        for host in [file.path().to_owned(), file.path().join("x")] {
            let dirs = vec![MappedDir { host, guest: "/d".to_owned(), read_only: false }];
            let input = ModuleInput { dirs, ..ModuleInput::default() };
            let error = input.prepare("compare", Path::new("app.wasm"), Dirs::Own).expect_err("no folder");
            assert!(format!("{error:#}").starts_with("--dir "), "{error:#}");
        }
    }
}
