//! Where in a package's sources a test fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// How a line of a test's output names its place, `store_test.go:17: no`, and how a stack does.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s+([^\s:]+\.go):(\d+)(?:: | \+0x|$)").expect("a pattern"));

/// How Go names the place of an error where a package does not build: `store/a_test.go:5:28: undefined: x`.
static BUILD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^([^\s:]+\.go):(\d+):\d+: ").expect("a pattern"));

/// The files and lines that a test's output names, the first ones first. Go names a file without its folder.
pub(super) fn named<'t>(output: &'t str, folder: &'t Path) -> impl Iterator<Item = (PathBuf, usize)> + 't {
    let place = |found: regex::Captures| {
        let file = folder.join(&found[1]);
        Some((file, found[2].parse().ok()?))
    };
    // What is not below the folder is not the package's: Go's own files, and files of the same name elsewhere.
    PLACE.captures_iter(output).filter_map(place).filter(move |(file, _)| file.starts_with(folder) && file.is_file())
}

/// The first file and line that Go names where a package does not build. The path begins where Go was started.
pub(super) fn of_build(words: &str) -> Option<(PathBuf, usize)> {
    let found = BUILD.captures(words)?;
    Some((PathBuf::from(&found[1]), found[2].parse().ok()?))
}

/// The line on which a test's function begins; `test` is its name without subtests.
pub(super) fn declared(test: &str, folder: &Path) -> Option<(PathBuf, usize)> {
    let head = format!("func {test}(");
    let mut files: Vec<_> = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().ends_with("_test.go")));
    files.sort();
    files.into_iter().find_map(|file| {
        let text = fs::read_to_string(&file).ok()?;
        let line = text.lines().position(|line| line.starts_with(&head))?;
        Some((file, line + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_in_the_packages_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path();
        fs::write(path.join("a_test.go"), "package a\n\nfunc TestA(t *testing.T) {\n").expect("a file");
        let here = path.join("a_test.go");
        let of = |output: &str| named(output, path).collect::<Vec<_>>();
        assert_eq!(of("    a_test.go:3: no\n        b_test.go:4: no\n"), [(here.clone(), 3)]);
        let stack = format!("panic: x\n\t/go/src/testing/testing.go:7 +0x2\n\t{}:9 +0x1\n", here.display());
        assert_eq!(of(&stack), [(here.clone(), 9)]);
        assert_eq!(of("    ../a_test.go:3: no\n"), []);
        assert_eq!(of("says a_test.go:3: no\n"), []);
        assert_eq!(declared("TestA", path), Some((here, 3)));
        assert_eq!(declared("Test", path), None);
        let words = "# m/b [m/b.test]\nb/a_test.go:5:28: undefined: x\n";
        assert_eq!(of_build(words), Some((PathBuf::from("b/a_test.go"), 5)));
    }
}
