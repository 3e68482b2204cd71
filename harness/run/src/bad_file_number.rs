//! "Bad file number": what Go on wasip1 says if no preopen covers a path, and what that means here.

use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use matrix_model::plural::counted;
use regex::bytes::Regex;

/// The error of a call that takes a path.
static ERROR: LazyLock<Regex> = LazyLock::new(|| {
    let calls = "chdir|chmod|chtimes|link|lstat|mkdir|mkdirat|open|openat|readdir|readlink|remove|rename|stat|symlink|truncate|unlinkat";
    Regex::new(&format!(r"\b((?:{calls}) ([^\n]+?)): Bad file number")).expect("a valid pattern")
});

/// What explains that a path was not found under a runtime.
#[derive(Debug, Clone, Copy)]
pub struct Told<'t> {
    /// The runtime's column.
    pub column: &'t str,
    /// The folder in which the program was started.
    pub cwd: &'t Path,
    /// The names of the preopens that the runtime was given.
    pub given: &'t [&'t str],
    /// Their names as the runtime tells them.
    pub told: &'t [String],
}

/// The first such error in an output: what failed, and the path.
pub fn first_in(output: &[u8]) -> Option<(String, PathBuf)> {
    let found = ERROR.captures(output)?;
    let text = |group: usize| String::from_utf8_lossy(&found[group]).into_owned();
    Some((text(1), PathBuf::from(text(2))))
}

/// Explains the first such error in an output of a program whose folders have these names. `None` if there is no such
/// error, or if one of the folders covers the path.
pub(crate) fn not_covered(output: &[u8], given: &[&str]) -> Option<String> {
    let (failed, path) = first_in(output)?;
    let whole = whole(Path::new("/"), &path);
    if covers(given, &whole) {
        return None;
    }
    let names: Vec<_> = given.iter().map(|name| format!("`{name}`")).collect();
    let has = match names.is_empty() {
        true => "no folder".to_owned(),
        false => names.join(", "),
    };
    let above = whole.parent().unwrap_or(&whole).display();
    Some(format!(
        "`{failed}: Bad file number`: Go says so of a path that no preopen covers. The program was given {has}. \
         `--dir HOST::{above}` gives it the folder of this path."
    ))
}

impl Told<'_> {
    /// Explains an error, in sentences.
    pub fn explain(&self, failed: &str, path: &Path) -> String {
        let Told { column, given, told, .. } = self;
        let whole = whole(self.cwd, path);
        let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let told_names: Vec<_> = told.iter().map(String::as_str).collect();
        let has = match told.is_empty() {
            true => format!("{column} tells the program of no preopen"),
            false => format!("{column} tells the program of {}: {}", counted(told.len(), "preopen"), list(&told_names)),
        };
        let shown = whole.display();
        let why = match (covers(&told_names, &whole), covers(given, &whole)) {
            (true, _) => {
                "One of them covers the path, so what is bad is a descriptor: it was closed, or the runtime lost it"
                    .to_owned()
            }
            (false, true) if told_names.iter().any(|name| is_without_slash(given, name)) => format!(
                "It was given {}, and has cut off the slash with which the name begins, so it covers no absolute path",
                list(given)
            ),
            (false, true) => {
                format!("It was given {}, which would cover it, and the program must be told of that", list(given))
            }
            (false, false) => {
                format!("It was given {}. `/`, or a folder above the path, would have to be one", list(given))
            }
        };
        format!(
            "`{failed}: Bad file number`: Go says so of a path that no preopen covers. The path is {shown}. {has}. {why}."
        )
    }
}

/// The absolute path that a program means, without `.` and `..`, as Go makes it.
fn whole(cwd: &Path, path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in cwd.join(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    whole
}

/// Whether Go finds a preopen for an absolute path: by the beginning of its name, which must not be empty.
fn covers(preopens: &[&str], path: &Path) -> bool {
    let path = path.to_string_lossy();
    preopens.iter().any(|name| !name.is_empty() && path.starts_with(name))
}

fn is_without_slash(given: &[&str], told: &str) -> bool {
    given.iter().any(|given| given.strip_prefix('/') == Some(told))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(output: &str, given: &[&str], told: &[&str]) -> String {
        let (failed, path) = first_in(output.as_bytes()).expect("an error");
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        Told { column: "fake@1.2.3", cwd: Path::new("/home/me/p"), given, told: &told }.explain(&failed, &path)
    }

    #[test]
    fn an_error_becomes_sentences() {
        let output = "    a_test.go:9: open testdata/../a b.txt: Bad file number\n--- FAIL: TestA (0.00s)\n";
        let begins = "`open testdata/../a b.txt: Bad file number`: Go says so of a path that no preopen covers. The path is \
                      /home/me/p/a b.txt. fake@1.2.3 tells the program of ";
        for (given, told, rest) in [
            (
                &["/"][..],
                &[][..],
                "no preopen. It was given `/`, which would cover it, and the program must be told of that.",
            ),
            (
                &["/"],
                &[""],
                "1 preopen: ``. It was given `/`, and has cut off the slash with which the name begins, so it covers no absolute path.",
            ),
            (
                &["/home"],
                &["home"],
                "1 preopen: `home`. It was given `/home`, and has cut off the slash with which the name begins, so it covers no absolute path.",
            ),
            (
                &["/x"],
                &["/x"],
                "1 preopen: `/x`. It was given `/x`. `/`, or a folder above the path, would have to be one.",
            ),
            (
                &["/"],
                &["/"],
                "1 preopen: `/`. One of them covers the path, so what is bad is a descriptor: it was closed, or the runtime lost it.",
            ),
        ] {
            assert_eq!(explained(output, given, told), format!("{begins}{rest}"));
        }
    }

    #[test]
    fn a_path_below_no_given_folder_is_told_with_the_option_that_gives_it() {
        let output = b"open data/old: Bad file number\n";
        let begins =
            "`open data/old: Bad file number`: Go says so of a path that no preopen covers. The program was given";
        for (given, rest) in [(&[][..], "no folder"), (&["/x"], "`/x`"), (&["/x", "/dat/"], "`/x`, `/dat/`")] {
            let expected = format!("{begins} {rest}. `--dir HOST::/data` gives it the folder of this path.");
            assert_eq!(not_covered(output, given), Some(expected));
        }
        assert_eq!(not_covered(output, &["/data"]), None);
        assert_eq!(not_covered(b"open data/old: no such file or directory\n", &[]), None);
    }

    #[test]
    fn what_is_no_path_is_not_explained() {
        assert_eq!(first_in(b"read |0: Bad file number"), None);
        assert_eq!(first_in(b"open x: no such file or directory"), None);
    }
}
