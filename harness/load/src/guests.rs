//! What a case may name as its guest: a package under `go-guests/`; in a suite of one's own, the path of a Go package or of
//! a module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_spanned::Spanned;

use super::source::{Diagnostic, Source};
use super::{folders_with, unused};
use matrix_model::case::Case;
use matrix_model::nearest::did_you_mean;
use matrix_model::suite::GuestSource;

/// How the file of a module ends.
const MODULE: &str = "wasm";

/// The guests that cases may name.
pub(crate) enum Guests {
    /// The packages under `go-guests/`.
    Project(BTreeSet<String>),
    /// What is below this folder.
    Own(OwnGuests),
}

/// Where a suite of one's own may have its guests.
pub(crate) struct OwnGuests {
    /// The suite's folder, which paths are relative to.
    folder: PathBuf,
    /// The folder that no path may leave.
    boundary: PathBuf,
}

impl Guests {
    /// Those of the project.
    pub(crate) fn of_project(root: &Path, problems: &mut Vec<Diagnostic>) -> Guests {
        Guests::Project(folders_with(root, &root.join("go-guests"), Some("main.go"), problems))
    }

    /// Those of a suite in this folder, which has no `..` and no link in its path. They are in the folder, or else in the
    /// Go module that the folder is in: that is what stands in one repository and is built together.
    pub(crate) fn of_suite(folder: &Path) -> Guests {
        let module = folder.ancestors().find(|above| above.join("go.mod").is_file());
        let boundary = module.unwrap_or(folder).to_owned();
        Guests::Own(OwnGuests { folder: folder.to_owned(), boundary })
    }

    /// Whether they are those of a suite of one's own.
    pub(crate) fn are_own(&self) -> bool {
        matches!(self, Guests::Own(_))
    }

    /// A name as cases and records have it: a path in a suite of one's own has no `./` at its beginning.
    pub(crate) fn plain(&self, written: Spanned<String>) -> Spanned<String> {
        if !self.are_own() {
            return written;
        }
        let at = written.span();
        let path: PathBuf =
            Path::new(written.get_ref()).components().filter(|part| *part != Component::CurDir).collect();
        let is_folder_itself = path.as_os_str().is_empty() && !written.get_ref().is_empty();
        let plain = if is_folder_itself { ".".to_owned() } else { path.display().to_string() };
        Spanned::new(at, plain)
    }

    /// What is wrong with a name that a case gives.
    pub(crate) fn problem(&self, named: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
        let name = named.get_ref();
        let (message, label, help) = match self {
            Guests::Project(all) if all.contains(name) => return None,
            Guests::Project(all) => {
                let listed: Vec<_> = all.iter().map(String::as_str).collect();
                let others =
                    if all.is_empty() { String::new() } else { format!(", or use one of: {}", listed.join(", ")) };
                let help = format!("{}create go-guests/{name}{others}", did_you_mean(name, listed));
                (format!("there is no guest `{name}`"), "no such guest", help)
            }
            Guests::Own(own) => own.problem(name)?,
        };
        Some(source.problem(named.span(), &message, label, Some(&help)))
    }

    /// What a guest is, to complete a message.
    pub(crate) fn what_they_are(&self) -> &'static str {
        match self {
            Guests::Project(_) => "a folder under go-guests/",
            Guests::Own(_) => "the path of a Go package or of a .wasm file, from the suite's folder",
        }
    }

    /// What to do if there is no case.
    pub(crate) fn how_to_write_a_case(&self) -> &'static str {
        match self {
            Guests::Project(_) => "cases/README.md says how to write one",
            Guests::Own(_) => "`wasip1-matrix new DIR` writes a suite to begin with, in a new folder",
        }
    }

    /// Whether Go builds the guest of this name.
    pub(crate) fn is_built_by_go(&self, name: &str) -> bool {
        !self.are_own() || !is_module(Path::new(name))
    }

    /// The problems of guests that no case uses.
    pub(crate) fn unused(&self, cases: &[Case]) -> Vec<Diagnostic> {
        let Guests::Project(all) = self else { return Vec::new() };
        let used: BTreeSet<_> = cases.iter().map(|case| &case.guest).collect();
        all.iter().filter(|name| !used.contains(name)).map(|name| unused("guest", "go-guests", name)).collect()
    }

    /// The name of what is at a canonical path: a module or a Go package. `None` if it has none.
    pub(crate) fn name_of(&self, path: &Path, is_a_module: bool) -> Option<String> {
        let Guests::Own(OwnGuests { folder, boundary }) = self else { return None };
        if !path.starts_with(boundary) || is_module(path) != is_a_module {
            return None;
        }
        let shared = folder.ancestors().find(|above| path.starts_with(above))?;
        let up = folder.strip_prefix(shared).ok()?.components().map(|_| Component::ParentDir);
        let name: PathBuf = up.chain(path.strip_prefix(shared).ok()?.components()).collect();
        let name = if name.as_os_str().is_empty() { Path::new(".") } else { &name };
        name.to_str().map(str::to_owned)
    }

    /// What the guests of these cases are made from; `None` for those of the project.
    pub(crate) fn sources(&self, cases: &[Case]) -> Option<BTreeMap<String, GuestSource>> {
        let Guests::Own(own) = self else { return None };
        Some(cases.iter().map(|case| (case.guest.clone(), own.source(&case.guest))).collect())
    }
}

impl OwnGuests {
    fn source(&self, name: &str) -> GuestSource {
        let path = self.folder.join(name);
        if is_module(&path) { GuestSource::Module(path) } else { GuestSource::Package(path) }
    }

    /// The message, the label and the help for a name that is none.
    fn problem(&self, name: &str) -> Option<(String, &'static str, String)> {
        if name.is_empty() {
            let help = "write the path of a Go package or of a .wasm file, from the suite's folder".to_owned();
            return Some(("a guest has a name".to_owned(), "empty", help));
        }
        let path = self.folder.join(name);
        let found = match path.canonicalize() {
            Ok(found) => found,
            Err(error) => {
                let help = "paths of guests begin at the suite's folder; build the module first, or correct the path";
                return Some((format!("guest `{name}`: {error}"), "not there", help.to_owned()));
            }
        };
        if Path::new(name).is_absolute() || !found.starts_with(&self.boundary) {
            let whole = if self.boundary == self.folder { "the suite's folder" } else { "the Go module of the suite" };
            let help = format!("name a path in {whole}, or copy the built module into the suite");
            return Some((format!("guest `{name}` is outside of {whole}"), "leads out", help));
        }
        match (is_module(&path), found.is_dir()) {
            (true, false) | (false, true) => None,
            (true, true) => {
                let help = "name the file that a compiler wrote; the path of a Go package does not end in .wasm";
                Some((format!("guest `{name}` is a folder"), "no module", help.to_owned()))
            }
            (false, false) => {
                let help = "name the folder of a Go package, or a file that ends in .wasm";
                Some((format!("guest `{name}` is a file, and no module"), "no package", help.to_owned()))
            }
        }
    }
}

fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == MODULE)
}
