//! `cases/fixtures/`: the folders, and the additions in `fixtures.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_spanned::Spanned;

use super::source::{Diagnostic, Source};
use super::{is_name, name, unused};
use crate::wire::FixturesFile;
use matrix_model::case::OUTSIDE;
use matrix_model::fixture::{Entry, Fixture, Fixtures};

/// The file with the additions, as named in messages.
const FILE: &str = "cases/fixtures/fixtures.toml";

/// The fixtures, and the location of each fixture that is not a folder.
#[derive(Default)]
pub(crate) struct Loaded {
    pub fixtures: Fixtures,
    source: Option<Source>,
    without_folder: BTreeMap<String, Range<usize>>,
}

/// Reads the fixtures. A project without a fixtures folder has none: Git keeps no empty folders.
pub fn load(root: &Path, problems: &mut Vec<Diagnostic>) -> Loaded {
    let folder = root.join("cases/fixtures");
    let mut loaded = Loaded::default();
    if !folder.exists() {
        return loaded;
    }
    for fixture in super::folders_with(root, &folder, None, problems) {
        let mut entries = BTreeMap::new();
        let walk = Walk { root, fixture: &folder.join(&fixture) };
        if let Err(problem) = walk.read(walk.fixture, &mut entries) {
            problems.push(problem);
        }
        loaded.fixtures.insert(fixture, Fixture { entries });
    }
    let file = root.join(FILE);
    if file.exists() {
        match Source::read(&file, root).and_then(|source| Ok((source.parse()?, source))) {
            Ok((file, source)) => loaded.add(file, source, problems),
            Err(problem) => problems.push(problem),
        }
    }
    loaded
}

/// Lists the content of a fixture's folder.
struct Walk<'p> {
    root: &'p Path,
    fixture: &'p Path,
}

impl Walk<'_> {
    fn read(&self, folder: &Path, entries: &mut BTreeMap<PathBuf, Entry>) -> Result<(), Diagnostic> {
        let unreadable = |error| Diagnostic::plain(format!("{}: {error}", name(self.root, folder)));
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let path = entry.path();
            let inside = path.strip_prefix(self.fixture).unwrap_or(&path).to_owned();
            if kind.is_dir() {
                entries.insert(inside, Entry::Folder);
                self.read(&path, entries)?;
            } else if kind.is_file() {
                entries.insert(inside, Entry::Copy(path));
            } else {
                let path = name(self.root, &path);
                let mend = format!("delete it, and write a symbolic link into {FILE}");
                return Err(Diagnostic::plain(format!("{path}: neither a file nor a folder; {mend}")));
            }
        }
        Ok(())
    }
}

impl Loaded {
    /// The names of the fixtures.
    pub fn names(&self) -> BTreeSet<String> {
        self.fixtures.keys().cloned().collect()
    }

    /// The problem to report for a fixture that no case uses.
    pub fn unused(&self, fixture: &str) -> Diagnostic {
        match (&self.source, self.without_folder.get(fixture)) {
            (Some(source), Some(span)) => {
                let message = format!("no folder `cases/fixtures/{fixture}`, and no case that uses this fixture");
                let help = "give it the name of a folder, add a case under cases/, or delete it";
                source.problem(span.clone(), &message, "no such fixture", Some(help))
            }
            _ => unused("fixture", "cases/fixtures", fixture),
        }
    }

    fn add(&mut self, file: FixturesFile, source: Source, problems: &mut Vec<Diagnostic>) {
        for (fixture, table) in file {
            if !is_name(fixture.get_ref()) {
                let help = "use lower-case letters, digits and `-`";
                problems.push(source.problem(fixture.span(), "not a name of a fixture", "this name", Some(help)));
                continue;
            }
            if !self.fixtures.contains_key(fixture.get_ref()) {
                self.without_folder.insert(fixture.get_ref().clone(), fixture.span());
            }
            let Fixture { entries } = self.fixtures.entry(fixture.into_inner()).or_default();
            let mut adding = Adding { source: &source, entries, problems };
            for (path, bytes) in table.files {
                adding.add(&path, Entry::File(bytes.0));
            }
            for (path, size) in table.sparse {
                adding.add(&path, Entry::Sparse(size));
            }
            for (path, count) in table.many {
                adding.add(&path, Entry::Many(count));
            }
            for (path, special) in table.special {
                adding.add(&path, Entry::Special(special));
            }
            for (path, target) in table.links {
                if adding.is_target(&target) {
                    adding.add(&path, Entry::Link(target.into_inner()));
                }
            }
        }
        self.source = Some(source);
    }
}

/// Adds the content of one table in the file to a fixture.
struct Adding<'a> {
    source: &'a Source,
    entries: &'a mut BTreeMap<PathBuf, Entry>,
    problems: &'a mut Vec<Diagnostic>,
}

impl Adding<'_> {
    fn add(&mut self, path: &Spanned<String>, entry: Entry) {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        if !path.get_ref().split('/').all(is_plain) {
            let message = "not a path in the fixture";
            let help = "write the path from the fixture's folder, without `.`, `..` and a `/` at either end";
            return self.problem(path, message, "this path", help);
        }
        let path_in_fixture = PathBuf::from(path.get_ref());
        if self.entries.contains_key(&path_in_fixture) {
            return self.problem(path, "the fixture has this name already", "there already", "give it another name");
        }
        if let Some(above) = self.not_a_folder_above(&path_in_fixture) {
            let message = format!("`{}` is not a folder", above.display());
            return self.problem(path, &message, "stands below it", "name a folder, or one that is not there yet");
        }
        if self.entries.keys().any(|other| other.starts_with(&path_in_fixture)) {
            let message = "the fixture has something below this name";
            return self.problem(path, message, "no folder", "give it another name");
        }
        self.entries.insert(path_in_fixture, entry);
    }

    /// The nearest non-folder entry above a path, if there is one. If it is a link, the path's entry would be created
    /// elsewhere.
    fn not_a_folder_above<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let is_none = |above: &&Path| self.entries.get(*above).is_some_and(|entry| *entry != Entry::Folder);
        path.ancestors().skip(1).find(is_none)
    }

    /// Checks the target of a link: it must stay inside the cell's own sandbox.
    fn is_target(&mut self, target: &Spanned<String>) -> bool {
        let text = target.get_ref();
        if text.is_empty() || text.contains('\0') {
            self.problem(target, "a link has no such target", "this target", "write a path");
        } else if Path::new(text).is_absolute() {
            let help = format!("begin it with `{OUTSIDE}/`, which stands for the folder of the case's `outside`");
            self.problem(target, "an absolute target leads to a file of this machine", "this target", &help);
        } else {
            return true;
        }
        false
    }

    fn problem<T>(&mut self, at: &Spanned<T>, message: &str, label: &str, help: &str) {
        self.problems.push(self.source.problem(at.span(), message, label, Some(help)));
    }
}
