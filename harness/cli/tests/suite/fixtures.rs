//! What cells start with: each fixture as a sandbox has it, and what the repository keeps of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use matrix_model::digest::sha256;
use matrix_run::{probe, sandbox};
use tempfile::TempDir;

use crate::golden::assert_golden;

/// More folders than stand below one another in `cases/`.
const DEEPEST: usize = 10;

/// Of a folder with more entries, only their number is compared.
const MOST_LINES: usize = 1000;

/// Of a larger file, only the size and how many blocks are stored of it are compared.
const MOST_BYTES: u64 = 1 << 20;

/// The project's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn each_fixture_in_a_sandbox() {
    let folder = TempDir::new().expect("a temporary folder");
    let suite = matrix_load::suite(&root(), None, &probe::names()).unwrap_or_else(|rejected| panic!("{rejected}"));
    let mut texts = BTreeMap::new();
    for (name, fixture) in &suite.fixtures {
        let to = folder.path().join(name);
        sandbox::lay_out(fixture, &to, Path::new("/outside")).expect("a sandbox takes the fixture");
        texts.insert(name.clone(), listing(&to, &to).concat());
    }
    assert_golden("fixtures", &texts);
}

/// One line for everything below a folder, links not followed: its kind, its path, and what is in it.
fn listing(folder: &Path, root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for path in entries(folder) {
        let facts = fs::symlink_metadata(&path).expect("an entry of the folder");
        // Two spellings of one letter look the same unless they are escaped.
        let name = path.strip_prefix(root).expect("a path below it").display().to_string().escape_default().to_string();
        // What the others may do is the umask's affair.
        let mode = facts.permissions().mode() & 0o700;
        if facts.is_symlink() {
            lines.push(format!("link   {name} -> {}\n", fs::read_link(&path).expect("a link").display()));
        } else if facts.is_dir() {
            lines.push(format!("folder {name} {mode:o}\n"));
            let inside = listing(&path, root);
            match inside.len() {
                count if count > MOST_LINES => lines.push(format!("       {count} entries\n")),
                _ => lines.extend(inside),
            }
        } else if !facts.is_file() {
            lines.push(format!("{:6} {name} {mode:o}\n", if facts.file_type().is_fifo() { "fifo" } else { "socket" }));
        } else if facts.len() > MOST_BYTES {
            lines.push(format!("file   {name} {mode:o} {} bytes, {} blocks\n", facts.len(), facts.blocks()));
        } else {
            let bytes = fs::read(&path).expect("a file");
            lines.push(format!("file   {name} {mode:o} {} bytes {}\n", bytes.len(), sha256(&bytes)));
        }
    }
    lines
}

#[test]
fn a_walk_through_the_cases_ends() {
    let mut folders = vec![(root().join("cases"), 0)];
    let mut found = 0;
    while let Some((folder, depth)) = folders.pop() {
        assert!(depth <= DEEPEST, "{}: a walk that follows links goes round", folder.display());
        for path in entries(&folder) {
            found += 1;
            assert!(!path.is_symlink(), "{}: write it in cases/fixtures/fixtures.toml", path.display());
            if path.is_dir() {
                folders.push((path, depth + 1));
            }
        }
    }
    assert!(found > 50, "only {found} files and folders in cases/");
}

#[test]
fn every_file_system_takes_the_names_of_the_cases() {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut folders = vec![root().join("cases")];
    while let Some(folder) = folders.pop() {
        let mut names = BTreeSet::new();
        for path in entries(&folder) {
            let name = path.file_name().expect("an entry has a name").to_str().unwrap_or_default();
            let taken =
                name.chars().all(is_plain) && !name.starts_with('-') && !name.ends_with('.') && !name.is_empty();
            let advice = "write it in cases/fixtures/fixtures.toml";
            assert!(taken, "{}: not every file system takes this name; {advice}", path.display());
            assert!(names.insert(name.to_lowercase()), "{}: two names but for their case; {advice}", path.display());
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            }
        }
    }
}

/// The cases that are about paths that begin as a preopen's name does, and go on otherwise.
const ABOUT_SUCH_PATHS: [&str; 3] =
    ["preopen/name-begins-like-another", "preopen/path-begins-like-a-preopen", "preopen/trailing-slash-in-the-name"];

/// Go takes such a path for one below the preopen, so that the host never sees its name: a case about something else
/// could not fail.
#[test]
fn no_other_case_has_a_path_that_begins_as_a_preopens_name_does() {
    let suite = matrix_load::suite(&root(), None, &probe::names()).unwrap_or_else(|rejected| panic!("{rejected}"));
    let is_mistaken = |path: &str, preopen: &str| {
        let path = format!("/{}", path.trim_start_matches('/'));
        preopen != "/" && path.strip_prefix(preopen).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
    };
    let mistaken: Vec<_> = suite
        .cases
        .iter()
        .filter(|case| case.args.iter().any(|path| case.dirs.iter().any(|dir| is_mistaken(path, &dir.guest))))
        .map(|case| case.id.as_str())
        .collect();
    assert_eq!(mistaken, ABOUT_SUCH_PATHS);
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}
