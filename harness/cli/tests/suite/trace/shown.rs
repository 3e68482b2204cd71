//! `trace APP.wasm`: how a run is shown, and what its exit code says.

use std::fs;
use std::path::Path;
use std::process::Command;

use matrix_run::probe;
use tempfile::TempDir;

use super::modules::wat;
use super::{root, with_wazero};

/// Fails once, says two lines on stderr in single bytes, says much on stdout, yields many times and ends with 2.
const TALKATIVE: &str = r#"(module %yield %write %close %exit %memory
    (data (i32.const 64) "\48\00\00\00\01\00\00\00x") (data (i32.const 96) "\00\04\00\00\2c\01\00\00")
    (func (export "_start") (local i32)
        (drop (call $fd_close (i32.const 99)))
        (memory.fill (i32.const 1024) (i32.const 121) (i32.const 300))
        (drop (call $fd_write (i32.const 1) (i32.const 96) (i32.const 1) (i32.const 80)))
        (loop (drop (call $fd_write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 80)))
            (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 20))))
        (loop (drop (call $sched_yield))
            (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 60))))
        (call $proc_exit (i32.const 2))))"#;

/// How often it calls: it closes, writes to stdout once and to stderr 20 times, yields 40 times, and exits.
const CALLS: usize = 63;

const ABORTS: &str = r#"(module %write %memory %hi (func (export "_start") (call $hi (i32.const 1)) unreachable))"#;
const SPINS: &str = r#"(module %write %memory %hi (func (export "_start") (call $hi (i32.const 1)) (loop (br 0))))"#;

/// Traces a module under wazero with these arguments. Returns the exit code and what was printed to stdout.
fn trace(folder: &Path, text: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let module = folder.join("app.wasm");
    fs::write(&module, wat::parse_str(wat(text)).expect("a module")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    command.current_dir(root()).arg("trace").arg(&module).args(arguments);
    let ended = command.output().expect("the harness's command starts");
    let said = String::from_utf8(ended.stdout).expect("UTF-8");
    (ended.status.code(), format!("{said}{}", String::from_utf8_lossy(&ended.stderr)))
}

fn with_folder(act: impl FnOnce(&Path)) {
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    // It is installed where it is not yet.
    with_wazero(&suite, |provisioner, column| provisioner.ready(column).map(drop));
    act(TempDir::new().expect("a temporary folder").path());
}

#[track_caller]
fn holds(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.lines().any(|said| said.trim_start() == *line), "{line:?} is no line of\n{said}");
    }
}

#[test]
fn a_run_is_shown_as_it_is_asked_for() {
    with_folder(|folder| {
        let (code, said) = trace(folder, TALKATIVE, &[]);
        assert_eq!(code, Some(0), "it ended by itself: {said}");
        holds(
            &said,
            &[
                "fd_close(fd=99) = 8 badf",
                r#"fd_write(fd=2, ["x"]) = 0, size=1"#,
                "… 19 more writes to stderr, 19 bytes, one after the other",
                "proc_exit(rval=2)",
                r#"stderr "xxxxxxxxxxxxxxxxxxxx""#,
            ],
        );
        assert_eq!(said.matches("fd_write(fd=2").count(), 1, "{said}");
        assert!(said.contains(&format!(": exit 2, {CALLS} calls\n")), "{said}");
        let beginning = format!("stdout \"{}\" and 100 more bytes; --whole shows them", "y".repeat(200));
        holds(&said, &[&beginning]);
        let (_, said) = trace(folder, TALKATIVE, &["--whole"]);
        holds(&said, &["stdout, 300 bytes:", &"y".repeat(300)]);

        let (code, said) = trace(folder, TALKATIVE, &["--only-errors"]);
        assert_eq!(code, Some(0), "{said}");
        holds(&said, &["fd_close(fd=99) = 8 badf"]);
        assert!(!said.contains("sched_yield") && !said.contains("proc_exit"), "{said}");

        let (_, said) = trace(folder, TALKATIVE, &["--summary"]);
        for (count, function, errno) in [
            (1, "fd_close", "badf"),
            (21, "fd_write", "success"),
            (40, "sched_yield", "success"),
            (1, "proc_exit", "did not return"),
        ] {
            holds(&said, &[format!("{count:>6}  {function:<24} {errno}").trim_start()]);
        }
    });
}

#[test]
fn the_gap_of_a_cut_trace_is_told_where_it_is() {
    with_folder(|folder| {
        let (_, said) = trace(folder, TALKATIVE, &["--calls", "30"]);
        assert!(said.contains(&format!(": exit 2, {CALLS} calls, 31 recorded\n")), "{said}");
        let lines: Vec<_> = said.lines().map(str::trim_start).collect();
        let gap = lines.iter().position(|line| *line == "… 32 calls not recorded; --calls records more");
        let exit = lines.iter().position(|line| *line == "proc_exit(rval=2)");
        assert_eq!(gap.map(|gap| gap + 1), exit, "{said}");
        let (_, said) = trace(folder, TALKATIVE, &["--calls", "0"]);
        assert!(said.contains(&format!(": exit 2, {CALLS} calls, 1 recorded\n")), "{said}");
        holds(&said, &["… 62 calls not recorded; --calls records more", "proc_exit(rval=2)"]);
        // Nothing tells how many calls a module made that was stopped.
        let (_, said) = trace(folder, SPINS, &["--calls", "0", "--timeout", "2"]);
        holds(&said, &["… at least 1 more; --calls records more"]);
    });
}

#[test]
fn the_exit_code_says_whether_it_ended_by_itself() {
    with_folder(|folder| {
        for (text, wanted) in [
            (ABORTS, "stopped the guest after fd_write(fd=1, [\"hi\\n\"]) = 0, size=3: a trap: "),
            (SPINS, "the guest made no call after fd_write(fd=1, [\"hi\\n\"]) = 0, size=3, and had not ended"),
        ] {
            let (code, said) = trace(folder, text, &["--timeout", "2"]);
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains(wanted), "{wanted:?} is not in {said}");
            let (code, said) = trace(folder, text, &["--timeout", "2", "--json"]);
            assert_eq!(code, Some(1), "{said}");
            let json: serde_json::Value = serde_json::from_str(&said).expect("JSON");
            assert!(json[0]["stopped"].as_str().is_some_and(|stopped| stopped.contains(wanted)), "{said}");
        }
    });
}
