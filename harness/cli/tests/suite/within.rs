//! The launcher that makes a surrounding: what it denies is denied to the command and to what the command starts, and to
//! nobody else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use matrix_supervise::{Beside, Ended, Outputs, Spec, Stdin};

fn within(options: &[String], script: &str) -> Ended {
    let words = [env!("CARGO_BIN_EXE_wasip1-matrix"), "within"].into_iter().chain(options.iter().map(String::as_str));
    let ended = matrix_supervise::run(&Spec {
        argv: words.chain(["--", "/bin/sh", "-c", script]).map(Into::into).collect(),
        environment: Vec::new(),
        cwd: Path::new("/").to_owned(),
        stdin: Stdin::Null,
        deadline: Duration::from_secs(60),
        output_limit: 1 << 20,
        outputs: Outputs::default(),
        beside: Beside::default(),
        ends_on_quit: false,
    });
    ended.expect("the launcher starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a file, an empty folder and a link.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    fs::write(path.join("a.txt"), "a\n")
        .and_then(|()| fs::create_dir(path.join("sub")))
        .and_then(|()| symlink("../a.txt", path.join("sub/link")))
        .expect("files in it");
    folder
}

/// Whether this machine lets a process have mounts of its own.
fn has_mounts(said: &Ended) -> bool {
    if said.status.code() == Some(125) {
        assert!(text(&said.stderr).starts_with("wasip1-matrix within: "), "{}", text(&said.stderr));
        return matrix_supervise::attempt(confine::leave).is_ok();
    }
    true
}

fn disk(kind: &str, folder: &Path) -> [String; 1] {
    [format!("--disk={kind}={}", folder.display())]
}

#[test]
fn its_command_decides_the_exit_code() {
    let limit = ["--limit=descriptors=64".to_owned()];
    assert_eq!(within(&limit, "exit 7").status.code(), Some(7));
    let ended = within(&limit, "ulimit -n; sh -c 'ulimit -n'");
    assert_eq!(text(&ended.stdout), "64\n64\n");
}

#[test]
fn a_full_disk_has_what_was_there_and_takes_nothing_more() {
    let folder = folder();
    let path = folder.path().display();
    let script = format!("cd {path} && cat a.txt sub/link && sh -c 'cat a.txt > new.txt'; rm a.txt; ls");
    let ended = within(&disk("full", folder.path()), &script);
    if !has_mounts(&ended) {
        return;
    }
    assert_eq!(text(&ended.stdout), "a\na\nnew.txt\nsub\n", "{}", text(&ended.stderr));
    assert!(text(&ended.stderr).contains("No space left on device"), "{}", text(&ended.stderr));
    let left = fs::read_to_string(folder.path().join("a.txt")).expect("the folder itself is as it was");
    assert_eq!(left, "a\n");
    assert!(!folder.path().join("new.txt").exists());
}

#[test]
fn a_read_only_disk_is_read_and_not_changed() {
    let folder = folder();
    let path = folder.path().display();
    let script = format!("cd {path} && cat a.txt; sh -c 'echo more > new.txt'; rm a.txt");
    let ended = within(&disk("read-only", folder.path()), &script);
    if !has_mounts(&ended) {
        return;
    }
    assert_eq!(text(&ended.stdout), "a\n");
    assert_eq!(text(&ended.stderr).matches("Read-only file system").count(), 2, "{}", text(&ended.stderr));
    fs::write(folder.path().join("new.txt"), "").expect("nobody else sees it");
}

#[test]
fn what_it_cannot_make_it_says_and_starts_nothing() {
    let missing = folder().path().join("missing");
    let ended = within(&disk("full", &missing), "echo started");
    assert_eq!(ended.status.code(), Some(125));
    assert_eq!(text(&ended.stdout), "");
    assert!(text(&ended.stderr).starts_with("wasip1-matrix within: "), "{}", text(&ended.stderr));
    let ended = within(&["--refuse=openat3=ENOSYS".to_owned()], "echo started");
    assert_eq!(ended.status.code(), Some(2));
    assert!(text(&ended.stderr).contains("`openat3` is no system call that can be refused"), "{}", text(&ended.stderr));
}
