//! What a sequence's folder holds, as far as its operations tell. Arguments are drawn from it, and it says of what state
//! they are. It judges nothing: what an operation must give is what Linux gives.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::operation::{HANDLES, Operation, Step};

/// How many links are followed.
const LINKS: usize = 40;

/// The folder of a sequence, and what it has open.
#[derive(Debug, Clone, Default)]
pub struct World {
    entries: BTreeMap<String, Node>,
    /// What was there once.
    gone: BTreeSet<String>,
    handles: [Option<Opened>; HANDLES],
    files: usize,
    /// How many operations there were.
    pub steps: usize,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Folder,
    /// A file by its number: a file with two names is one.
    File(usize),
    Link(String),
}

/// An open file.
#[derive(Debug, Clone)]
struct Opened {
    how: &'static str,
    /// None for a folder.
    file: Option<usize>,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blocked {
    BelowNothing,
    BelowAFile,
    Loop,
}

/// What kind of path is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Anything that is there.
    Any,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
}

impl World {
    /// The paths that are there, of a kind.
    pub fn paths(&self, sort: Sort) -> Vec<String> {
        let is_so = |node: &Node| match sort {
            Sort::Any => true,
            Sort::File => matches!(node, Node::File(_)),
            Sort::Folder => *node == Node::Folder,
            Sort::Link => matches!(node, Node::Link(_)),
        };
        self.entries.iter().filter(|(_, node)| is_so(node)).map(|(path, _)| path.clone()).collect()
    }

    /// The paths that were there once and are not now.
    pub fn gone(&self) -> Vec<String> {
        self.gone.iter().filter(|path| !self.entries.contains_key(*path)).cloned().collect()
    }

    /// The handles that are open, and those that are not.
    pub fn handles(&self) -> (Vec<usize>, Vec<usize>) {
        (0..HANDLES).partition(|handle| self.handles[*handle].is_some())
    }

    /// Changes it as an operation does that succeeds. What cannot succeed changes nothing.
    pub fn apply(&mut self, step: &Step) {
        let at = |path: &String| match &step.root {
            Some(root) => joined(root, path),
            None => path.clone(),
        };
        match &step.operation {
            Operation::Open { handle, how, path } => self.open(*handle, how, &at(path)),
            Operation::Close(handle) => self.handles[*handle] = None,
            Operation::Mkdir(path) => self.make(&at(path), Node::Folder),
            Operation::Symlink { target, path } => self.make(&at(path), Node::Link(target.clone())),
            Operation::Remove(path) | Operation::Unlink(path) | Operation::Rmdir(path) => self.remove(&at(path)),
            Operation::Rename(from, to) => self.rename(&at(from), &at(to)),
            Operation::Link(from, to) => {
                let node = self.walk(&at(from), false).ok().and_then(|from| self.entries.get(&from).cloned());
                if let Some(node) = node.filter(|node| *node != Node::Folder) {
                    self.make(&at(to), node);
                }
            }
            Operation::Pieces { removes: true, path, .. } => self.remove(path),
            Operation::Pieces { removes: false, path, .. } => self.create(path),
            _ => {}
        }
    }

    /// What its arguments are now, in words.
    pub fn arguments(&self, step: &Step) -> Vec<String> {
        let of = |path: &String| match &step.root {
            Some(root) => self.state(&joined(root, path)),
            None => self.state(path),
        };
        match &step.operation {
            Operation::Open { how, path, .. } => vec![(*how).to_owned(), of(path)],
            Operation::Close(handle) | Operation::Fstat(handle) | Operation::Sync(handle) => vec![self.opened(*handle)],
            Operation::Ftruncate(handle, _)
            | Operation::Read(handle, _)
            | Operation::Pread(handle, ..)
            | Operation::Write(handle, ..)
            | Operation::Pwrite(handle, ..)
            | Operation::Seek(handle, ..) => vec![self.opened(*handle)],
            Operation::Rename(from, to) | Operation::Link(from, to) => vec![of(from), of(to)],
            Operation::Pieces { dir, path, .. } => vec![of(dir), of(path)],
            Operation::Symlink { path, .. }
            | Operation::Mkdir(path)
            | Operation::Remove(path)
            | Operation::Unlink(path)
            | Operation::Rmdir(path)
            | Operation::Readlink(path)
            | Operation::Stat(path)
            | Operation::Lstat(path)
            | Operation::Chtimes(path, _)
            | Operation::Truncate(path, _)
            | Operation::List(path) => vec![of(path)],
        }
    }

    /// What a path is, in words.
    fn state(&self, path: &str) -> String {
        let what = match self.walk(path, false) {
            Err(Blocked::BelowNothing) => "below nothing",
            Err(Blocked::BelowAFile) => "below a file",
            Err(Blocked::Loop) => "through a loop",
            Ok(at) if at.is_empty() => "the folder itself",
            Ok(at) => match self.entries.get(&at) {
                None if self.gone.contains(&at) => "removed",
                None => "nothing",
                Some(Node::Folder) if self.is_empty(&at) => "empty folder",
                Some(Node::Folder) => "folder",
                Some(Node::File(file)) if self.is_open(*file) => "open file",
                Some(Node::File(_)) => "file",
                Some(Node::Link(_)) => match self.walk(path, true) {
                    Err(_) => "link to nowhere",
                    Ok(to) => match self.entries.get(&to) {
                        None if to.is_empty() => "link to folder",
                        None => "link to nothing",
                        Some(Node::File(_)) => "link to file",
                        Some(_) => "link to folder",
                    },
                },
            },
        };
        let slash = if path.ends_with('/') { " with a slash" } else { "" };
        format!("{what}{slash}")
    }

    fn opened(&self, handle: usize) -> String {
        let Some(Opened { how, file }) = &self.handles[handle] else { return "no handle".to_owned() };
        match file {
            None => "open folder".to_owned(),
            Some(file) if !self.entries.values().any(|node| *node == Node::File(*file)) => {
                format!("{how} of a removed file")
            }
            Some(_) => (*how).to_owned(),
        }
    }

    fn is_open(&self, file: usize) -> bool {
        self.handles.iter().flatten().any(|opened| opened.file == Some(file))
    }

    fn is_empty(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        !self.entries.keys().any(|path| path.starts_with(&below))
    }

    fn open(&mut self, handle: usize, how: &'static str, path: &str) {
        let has = |word: &str| how.split(',').any(|flag| flag == word);
        if has("create") {
            self.create(path);
        }
        let node = self.walk(path, true).ok().map(|at| self.entries.get(&at).cloned().unwrap_or(Node::Folder));
        self.handles[handle] = match node {
            Some(Node::File(file)) => Some(Opened { how, file: Some(file) }),
            Some(Node::Folder) => Some(Opened { how, file: None }),
            _ => None,
        };
    }

    /// Makes a file where there is nothing.
    fn create(&mut self, path: &str) {
        let Ok(at) = self.walk(path, true) else { return };
        if !at.is_empty() && !self.entries.contains_key(&at) {
            self.files += 1;
            self.entries.insert(at, Node::File(self.files));
        }
    }

    fn make(&mut self, path: &str, node: Node) {
        let Ok(at) = self.walk(path, false) else { return };
        if !at.is_empty() && !self.entries.contains_key(&at) {
            self.entries.insert(at, node);
        }
    }

    fn remove(&mut self, path: &str) {
        let Ok(at) = self.walk(path, false) else { return };
        if self.is_empty(&at) && self.entries.remove(&at).is_some() {
            self.gone.insert(at);
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let (Ok(from), Ok(to)) = (self.walk(from, false), self.walk(to, false)) else { return };
        let is_below = to.starts_with(&format!("{from}/"));
        if from == to || is_below || to.is_empty() || !self.entries.contains_key(&from) || !self.is_empty(&to) {
            return;
        }
        let is_moved = |path: &String| *path == from || path.starts_with(&format!("{from}/"));
        let moved: Vec<String> = self.entries.keys().filter(|path| is_moved(path)).cloned().collect();
        for path in moved {
            if let Some(node) = self.entries.remove(&path) {
                self.entries.insert(format!("{to}{}", &path[from.len()..]), node);
            }
            self.gone.insert(path);
        }
    }

    /// Where a path leads: to something, or to nothing in a folder that is there. The empty path is the folder itself.
    fn walk(&self, path: &str, follows_last: bool) -> Result<String, Blocked> {
        let mut rest: VecDeque<String> = path.split('/').map(str::to_owned).collect();
        let (mut here, mut links) = (String::new(), 0);
        while let Some(part) = rest.pop_front() {
            let is_last = rest.iter().all(String::is_empty);
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    here.truncate(here.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let next = joined(&here, &part);
            match self.entries.get(&next) {
                None if is_last => return Ok(next),
                None => return Err(Blocked::BelowNothing),
                Some(Node::File(_)) if is_last => return Ok(next),
                Some(Node::File(_)) => return Err(Blocked::BelowAFile),
                Some(Node::Folder) => here = next,
                Some(Node::Link(_)) if is_last && !follows_last => return Ok(next),
                Some(Node::Link(target)) => {
                    links += 1;
                    if links > LINKS {
                        return Err(Blocked::Loop);
                    }
                    target.split('/').rev().for_each(|part| rest.push_front(part.to_owned()));
                }
            }
        }
        Ok(here)
    }
}

/// A path below a folder; the empty one is where a sequence is.
pub fn joined(folder: &str, path: &str) -> String {
    if folder.is_empty() || folder == "." { path.to_owned() } else { format!("{folder}/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(operations: Vec<Operation>) -> World {
        let mut world = World::default();
        for operation in operations {
            world.apply(&Step { number: 0, root: None, operation });
        }
        world
    }

    fn link(target: &str, path: &str) -> Operation {
        Operation::Symlink { target: target.to_owned(), path: path.to_owned() }
    }

    #[test]
    fn a_path_is_named_by_where_it_leads() {
        let world = world(vec![
            Operation::Mkdir("d".to_owned()),
            Operation::Open { handle: 0, how: "create,rdwr", path: "d/a".to_owned() },
            link("d/a", "l"),
            link("d", "m"),
            link("n", "n"),
            link("x", "o"),
            Operation::Mkdir("e".to_owned()),
            Operation::Remove("e".to_owned()),
        ]);
        let states = [
            ("d", "folder"),
            ("d/a", "open file"),
            ("d/a/b", "below a file"),
            ("d/b", "nothing"),
            ("e", "removed"),
            ("e/a", "below nothing"),
            ("l", "link to file"),
            ("m/a", "open file"),
            ("m/", "link to folder with a slash"),
            ("n", "link to nowhere"),
            ("o", "link to nothing"),
            (".", "the folder itself"),
        ];
        for (path, state) in states {
            assert_eq!(world.state(path), state, "{path}");
        }
    }

    #[test]
    fn a_file_that_was_renamed_is_the_same_file() {
        let world = world(vec![
            Operation::Open { handle: 1, how: "create,wronly", path: "a".to_owned() },
            Operation::Link("a".to_owned(), "b".to_owned()),
            Operation::Rename("b".to_owned(), "c".to_owned()),
            Operation::Remove("a".to_owned()),
        ]);
        assert_eq!(world.paths(Sort::File), ["c"]);
        assert_eq!(world.state("c"), "open file");
        assert_eq!(world.opened(1), "create,wronly");
        assert_eq!(world.gone(), ["a", "b"]);
    }
}
