//! Links that the project's files give as sources: an address that leads to the same text tomorrow.

use std::ops::Range;

use super::source::{Diagnostic, Source};

/// The words of a GitHub address that lead to files: what follows them is a commit, a tag or a branch.
const FILES: [&str; 4] = ["blob", "tree", "raw", "blame"];

/// What is wrong with an address as a source: it is none, or leads to a file of a branch.
pub(crate) fn problem(address: &str, at: Range<usize>, source: &Source) -> Option<Diagnostic> {
    if let Some(problem) = no_address(address, at.clone(), source) {
        return Some(problem);
    }
    let branch = branch(address)?;
    let message = format!("`{branch}` is a branch: what it leads to changes, and may be moved or deleted");
    let help = "name the commit by all of its 40 digits, or a tag of a version";
    Some(source.problem(at, &message, "not pinned", Some(help)))
}

/// What is wrong with a source that is no address.
pub(crate) fn no_address(address: &str, at: Range<usize>, source: &Source) -> Option<Diagnostic> {
    let help = "write it like `https://pkg.go.dev/os#Rename`";
    let problem = || source.problem(at, "a source is an address", "not https://…", Some(help));
    (!address.starts_with("https://")).then(problem)
}

/// The branch that a GitHub address names, if it leads to a file of one.
pub fn branch(address: &str) -> Option<&str> {
    let parts: Vec<_> = address.strip_prefix("https://github.com/")?.split(['/', '#', '?']).collect();
    let [_, _, word, reference, ..] = parts[..] else { return None };
    (FILES.contains(&word) && !is_commit(reference) && !is_version(reference)).then_some(reference)
}

fn is_commit(reference: &str) -> bool {
    reference.len() == 40 && reference.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Whether it looks like a tag of a version: it ends with numbers that dots separate, as `v1.12.0` and `WAMR-2.4.5` do.
fn is_version(reference: &str) -> bool {
    let number = reference.trim_start_matches(|c: char| !c.is_ascii_digit());
    number.contains('.') && number.split('.').all(|part| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::branch;

    #[test]
    fn a_branch_is_told_from_a_commit_and_a_version() {
        let at = |reference: &str| format!("https://github.com/o/r/blob/{reference}/docs/a.md#b");
        for reference in ["main", "master", "release-1.x", "a2b96e8", "1.2-branch", "feature/v1.2.3"] {
            let named = branch(&at(reference)).map(str::to_owned);
            assert_eq!(named.as_deref(), reference.split('/').next(), "{reference}");
        }
        for reference in ["a2b96e81c0586125cc4dc79a5be0b78d9a059925", "v1.12.0", "0.17.1", "WAMR-2.4.5"] {
            assert_eq!(branch(&at(reference)), None, "{reference}");
        }
        for address in ["https://github.com/o/r/issues/1", "https://github.com/o/r", "https://go.dev/blob/main/x"] {
            assert_eq!(branch(address), None, "{address}");
        }
    }
}
