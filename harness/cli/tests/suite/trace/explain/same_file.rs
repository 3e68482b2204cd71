//! Whether a run tells two files apart.

use super::*;

/// Asks about a file, and is told this inode and number of links.
fn stat(path: &[u8], inode: u8, links: u8) -> Call {
    let mut stat = vec![0; 64];
    (stat[8], stat[24]) = (inode, links);
    call("path_filestat_get", &[3, 1, 0, path.len() as u64, 0], &[(0, path), (1, &stat)], Some(0))
}

const ONE_FOR_TWO: &str = "It answers path_filestat_get differently: one device and inode for two files.";

fn removes() -> Call {
    call("path_unlink_file", &[3, 0, 1], &[(0, b"a")], Some(0))
}

/// The explanation of a run beside another, which end otherwise.
fn explained(own: Vec<Call>, other: Vec<Call>) -> (Option<String>, String) {
    let run =
        |calls: Vec<Call>, exit: u64| seen([vec![preopen(b"/")], calls, vec![exits(exit)]].concat(), code(exit as i32));
    let (own, other) = (run(own, 1), run(other, 0));
    let explanation = explain(Side { name: "one", seen: &own }, Side { name: "other", seen: &other });
    (explanation.cause, explanation.sentence)
}

#[test]
fn two_files_that_are_one_are_to_blame() {
    let distinct = || vec![stat(b"a", 7, 1), stat(b"b", 9, 1)];
    let (cause, sentence) = explained(vec![stat(b"a", 0, 0), stat(b"b", 0, 0)], distinct());
    let words = "It answers path_filestat_get differently: one device and inode for two files, another nlink.";
    assert_eq!(cause.as_deref(), Some(words), "{sentence}");
    assert!(sentence.contains("\"b\""), "{sentence}");
    let words = "one gave the same device and inode for path_filestat_get(fd=3, symlink_follow, \"a\"), and so takes both \
                 for one file; other tells them apart.";
    assert!(sentence.contains(words), "{sentence}");
    let (cause, sentence) = explained(vec![stat(b"a", 0, 1), stat(b"b", 0, 1)], distinct());
    assert_eq!(cause.as_deref(), Some(ONE_FOR_TWO), "{sentence}");
}

/// The number of links of a folder differs, and later two files are one.
#[test]
fn what_tells_files_apart_comes_before_a_number_of_links() {
    let run = |links: u8, a: u8, b: u8| vec![stat(b"d", 3, links), stat(b"a", a, 1), stat(b"b", b, 1)];
    let (cause, sentence) = explained(run(1, 3, 3), run(2, 8, 9));
    assert_eq!(cause.as_deref(), Some(ONE_FOR_TWO), "{sentence}");
    let last = "one gave the same device and inode for path_filestat_get(fd=3, symlink_follow, \"a\")";
    assert!(sentence.contains(last), "{sentence}");
    assert!(sentence.contains("one answered path_filestat_get(fd=3, symlink_follow, \"b\")"), "{sentence}");
    // What differs in more than that is to blame as before.
    let tell = |size: u8| call("fd_tell", &[5, 0], &[(0, &[size, 0, 0, 0, 0, 0, 0, 0])], Some(0));
    let (cause, sentence) = explained([vec![tell(1)], run(1, 3, 3)].concat(), [vec![tell(2)], run(1, 8, 9)].concat());
    assert_eq!(cause.as_deref(), Some("It answers fd_tell differently: another filesize."), "{sentence}");
}

#[test]
fn one_file_that_is_two_is_to_blame() {
    let same = || vec![stat(b"a", 7, 1), stat(b"./a", 7, 1)];
    let (cause, sentence) = explained(vec![stat(b"a", 7, 1), stat(b"./a", 9, 1)], same());
    let words = "It answers path_filestat_get differently: two devices or inodes for one file.";
    assert_eq!(cause.as_deref(), Some(words), "{sentence}");
    assert!(sentence.contains("and so takes one file for two; other gave the same."), "{sentence}");
}

#[test]
fn other_inodes_that_tell_the_same_apart_are_no_difference() {
    let run = |one: u8, other: u8| vec![stat(b"a", one, 1), stat(b"b", other, 1), stat(b"a", one, 1)];
    assert_eq!(explained(run(1, 2), run(8, 7)).0, None);
    // A file system may give an inode again.
    let again = |one: u8, other: u8| vec![stat(b"a", one, 1), removes(), stat(b"b", other, 1)];
    assert_eq!(explained(again(1, 1), again(7, 8)).0, None);
}
