//! What a process is connected to, as a shell sees it.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::portable::Portable;
use super::watch::{self, Listeners, System};
use crate::{Beside, Ended, Feed, Left, Outputs, Sink, Spec, Stdin, no_full_device};

fn shell(script: &str, stdin: Stdin, stdout: Sink) -> Spec {
    Spec {
        argv: ["/bin/sh", "-c", script].map(OsString::from).to_vec(),
        environment: Vec::new(),
        cwd: PathBuf::from("/"),
        stdin,
        // Long enough for a shell on a busy machine.
        deadline: Duration::from_secs(60),
        output_limit: 1 << 20,
        outputs: Outputs { stdout, ..Outputs::default() },
        beside: Beside::default(),
        ends_on_quit: false,
    }
}

fn run_by<S: System>(spec: &Spec) -> Ended {
    watch::run::<S>(spec, Listeners::default()).expect("a process that starts")
}

/// Runs it in each way that this system has.
fn run(spec: &Spec) -> [Ended; 2] {
    [run_by::<super::Own>(spec), run_by::<Portable>(spec)]
}

/// What the shell wrote to stdout and to stderr.
fn texts(ended: &Ended) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&ended.stdout), text(&ended.stderr))
}

fn typed(text: &str) -> Vec<Feed> {
    vec![Feed::Write(text.as_bytes().to_vec()), Feed::Close]
}

#[test]
fn what_is_written_to_each_kind_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    let kinds = [
        (Sink::Pipe, "-p", "written\n"),
        (Sink::SlowReader, "-p", "written\n"),
        (Sink::Socket, "-S", "written\n"),
        (Sink::Terminal, "-c", "written\n"),
        (Sink::File(path.clone()), "-f", "written\n"),
        (Sink::Append(path, b"old\n".to_vec()), "-f", "old\nwritten\n"),
        (Sink::Null, "-c", ""),
    ];
    for (sink, test, expected) in kinds {
        let script = format!("test {test} /dev/fd/1 || echo another kind >&2; echo written");
        for ended in run(&shell(&script, Stdin::Null, sink.clone())) {
            assert_eq!(texts(&ended), (expected.to_owned(), String::new()), "{sink:?}");
        }
    }
}

#[test]
fn a_write_fails_where_there_is_no_room_and_no_descriptor() {
    let script = "trap '' PIPE; echo line || echo failed >&2";
    let mut sinks = vec![Sink::Closed, Sink::EarlyReader(0)];
    if no_full_device().is_none() {
        sinks.push(Sink::Full);
    }
    for sink in sinks {
        for ended in run(&shell(script, Stdin::Null, sink.clone())) {
            let (stdout, stderr) = texts(&ended);
            assert!(stdout.is_empty() && stderr.ends_with("failed\n"), "{sink:?}: {stderr}");
        }
    }
}

#[test]
fn a_reader_leaves_after_as_many_bytes_as_it_is_told() {
    let script = "trap '' PIPE; while echo line; do :; done 2>/dev/null";
    for ended in run(&shell(script, Stdin::Null, Sink::EarlyReader(7))) {
        assert_eq!((texts(&ended).0.as_str(), ended.stopped), ("line\nli", None));
    }
}

#[test]
fn a_slow_reader_reads_everything() {
    let script = "i=0; while test $i -lt 2000; do echo 0123456789; i=$((i+1)); done";
    for ended in run(&shell(script, Stdin::Null, Sink::SlowReader)) {
        assert_eq!(ended.stdout.len(), 22000);
    }
}

#[test]
fn two_outputs_are_one_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut spec = shell("echo 1; echo 2 >&2; echo 3", Stdin::Null, Sink::File(folder.path().join("file")));
    spec.outputs.together = true;
    for ended in run(&spec) {
        assert_eq!(texts(&ended), ("1\n2\n3\n".to_owned(), String::new()));
    }
}

#[test]
fn a_terminal_hands_on_lines_until_control_d() {
    let script = "test -t 0 && test -t 1 && echo terminal; while read line; do echo \"got $line\"; done; echo end";
    let feeds = vec![
        Feed::Read(b"terminal\n".to_vec()),
        Feed::Write(b"one\n".to_vec()),
        Feed::Read(b"got one\n".to_vec()),
        Feed::Write(b"two\n".to_vec()),
        Feed::Close,
    ];
    for ended in run(&shell(script, Stdin::Terminal(feeds.clone()), Sink::Terminal)) {
        assert_eq!(texts(&ended).0, "terminal\ngot one\ngot two\nend\n");
    }
}

#[test]
fn a_socket_is_read_to_its_end() {
    for ended in run(&shell("test -S /dev/fd/0 && cat", Stdin::Socket(typed("in\n")), Sink::Pipe)) {
        assert_eq!(texts(&ended).0, "in\n");
    }
}

#[test]
fn what_is_left_unread_is_told() {
    let asked = Beside { reads_rest: true, looks_at_flags: true, ..Beside::default() };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("stdin");
    fs::write(&path, "one\ntwo\n").expect("a file");
    let stdins = [
        Stdin::Pipe(typed("one\ntwo\n")),
        Stdin::Socket(typed("one\ntwo\n")),
        Stdin::File(path),
        Stdin::Terminal(typed("one\ntwo\n")),
    ];
    for stdin in stdins {
        let mut spec = shell("read line; echo $line", stdin.clone(), Sink::Pipe);
        spec.beside = asked.clone();
        for ended in run(&spec) {
            assert_eq!(texts(&ended).0, "one\n", "{stdin:?}");
            let left = Left { stdin_rest: Some(b"two\n".to_vec()), changed_flags: Some(Vec::new()) };
            assert_eq!(ended.left, left, "{stdin:?}");
        }
    }
}

#[test]
fn what_fits_in_no_pipe_is_left_unread_too() {
    let mut spec = shell("exit 0", Stdin::Pipe(typed(&"0123456789abcdef".repeat(1 << 14))), Sink::Pipe);
    spec.beside.reads_rest = true;
    for ended in run(&spec) {
        assert_eq!(ended.left.stdin_rest.map(|rest| rest.len()), Some(1 << 18));
    }
}

#[test]
fn others_read_and_write_before_and_after() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("stdin");
    fs::write(&path, "one\ntwo\n").expect("a file");
    for sink in [Sink::Pipe, Sink::File(folder.path().join("stdout"))] {
        let mut spec = shell("cat", Stdin::File(path.clone()), sink);
        spec.beside =
            Beside { reads: 4, writes: b"before\n".to_vec(), writes_after: b"after\n".to_vec(), ..Beside::default() };
        for ended in run(&spec) {
            assert_eq!(texts(&ended).0, "before\ntwo\nafter\n");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn flags_and_modes_that_are_left_changed_are_told() {
    use std::io::IsTerminal;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    // No shell changes flags, so this test's own program is started as the process that does.
    const CHANGES: &str = "MATRIX_SUPERVISE_CHANGES";
    if std::env::var_os(CHANGES).is_some() {
        let stdin = std::io::stdin();
        assert!(stdin.is_terminal());
        rustix::io::ioctl_fionbio(std::io::stdout(), true).expect("a flag");
        let mut modes = rustix::termios::tcgetattr(&stdin).expect("modes");
        modes.make_raw();
        rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &modes).expect("modes");
        let error = Command::new("true").exec();
        panic!("{error}");
    }
    let own = std::env::current_exe().expect("this test");
    let argv = [own.as_os_str(), "--exact".as_ref(), "--nocapture".as_ref()].map(OsString::from);
    let test = "unix::tests::flags_and_modes_that_are_left_changed_are_told".into();
    let mut spec = shell("", Stdin::Terminal(Vec::new()), Sink::Pipe);
    spec.argv = argv.into_iter().chain([test]).collect();
    spec.environment = vec![(CHANGES.into(), "1".into()), ("PATH".into(), "/bin:/usr/bin".into())];
    spec.beside.looks_at_flags = true;
    let changed = ["stdin: modes of the terminal", "stdout: +O_NONBLOCK"].map(str::to_owned).to_vec();
    let ended = run_by::<super::Own>(&spec);
    assert_eq!(ended.left.changed_flags, Some(changed.clone()), "{:?}", texts(&ended));
    // A flag that was set before is no change.
    spec.beside.nonblocking = vec![1];
    assert_eq!(run_by::<super::Own>(&spec).left.changed_flags, Some(changed[..1].to_vec()));
}
