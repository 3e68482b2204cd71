//! A compiler that fails is an outcome of each cell that needs it. In each test the guest itself would run well.

use std::time::{Duration, Instant};

use crate::fake::{Fake, Run, VERSION, said};

/// Compiles to a place that the cells then run.
const PREPARE: &str = r#"prepare = ["{exe}", "{folder}/fake.sh", "--prepare", "{module}", "{prepared}"]
"#;

/// Compiles into the runtime's own cache: a cell's command is the same whether that was done or not.
const INTO_CACHE: &str = r#"prepare = ["{exe}", "{folder}/fake.sh", "--prepare", "{module}", "{cache}"]
"#;

const WELL: &str = "expect.stdout = \"well\\n\"";

/// A runtime with this compiler. Its guests run well.
fn with_compiler(tables: &str, prepare: &str) -> Fake {
    let fake = Fake::command().tables(tables).script("prepare", prepare);
    fake.case("one", "echo well", WELL).case("other", "echo well", WELL)
}

#[track_caller]
fn assert_not_compiled(run: &Run, how: &str) {
    run.assert_verdicts(&[("one", "fail (not-compiled)"), ("other", "fail (not-compiled)")]);
    let difference = &run.record("one").differences[0];
    assert_eq!(difference.observed, format!("not started: not compiled: {how}"));
    assert_eq!(run.ended.status.code(), Some(1), "{}", run.said());
}

#[test]
fn each_way_to_fail_is_red_in_each_cell() {
    for (prepare, how) in [
        ("echo; echo bad magic >&2; exit 1", "exit 1: bad magic"),
        ("echo bad magic; exit 2", "exit 2: bad magic"),
        ("echo oh no >&2; kill -SEGV $$", "killed by signal 11: oh no"),
    ] {
        for tables in [PREPARE, INTO_CACHE] {
            assert_not_compiled(&with_compiler(tables, prepare).run(), how);
        }
    }
    assert_not_compiled(&with_compiler(PREPARE, "exit 0").run(), "exit 0, and no guest.wasm was made");
    let well = with_compiler(INTO_CACHE, "exit 0").run();
    well.assert_verdicts(&[("one", "pass"), ("other", "pass")]);
}

#[test]
fn a_compiler_that_floods_is_stopped() {
    let doubled = "line=flood; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do line=$line$line; done";
    let run = with_compiler(PREPARE, &format!("{doubled}; while :; do echo $line; done")).run();
    run.assert_verdicts(&[("one", "fail (not-compiled)"), ("other", "fail (not-compiled)")]);
    let observed = &run.record("one").differences[0].observed;
    assert!(observed.starts_with("not started: not compiled: stopped for writing too much: flood"), "{observed}");
    let kept = run.record("one").outcome.as_ref().expect("what it said").stderr.len;
    assert!(kept < 4 << 10, "{kept} bytes do not fit into a record");
}

#[test]
fn a_compiler_that_hangs_is_stopped_at_its_own_deadline() {
    let hangs = "echo started >&2; trap '' TERM; while :; do sleep 300; done";
    let began = Instant::now();
    let run = with_compiler(&format!("prepare-deadline = 1\n{INTO_CACHE}"), hangs).run();
    assert_not_compiled(&run, "no end within 1 s: started");
    assert!(began.elapsed() < Duration::from_secs(60), "the verdict took {:?}", began.elapsed());
    let again = run.project.command(&["run", "--changed"]);
    assert!(!said(&again).contains("were not run"), "a longer deadline may change it: {}", said(&again));
}

#[test]
fn a_host_that_hangs_is_stopped_too() {
    let fake = Fake::host().tables("prepare-deadline = 1\n").script("prepare", "exec sleep 300");
    let run = fake.case("one", "report '{\"code\":0}'", "").run();
    run.assert_verdicts(&[("one", "fail (not-compiled)")]);
}

#[test]
fn what_is_waited_for_is_said() {
    let run = with_compiler(PREPARE, "sleep 7; cp \"$2\" \"$3\"").run();
    run.assert_verdicts(&[("one", "pass"), ("other", "pass")]);
    let says = format!("fake@{VERSION}: compiling guest, ");
    assert!(run.said().contains(&says) && run.said().contains(" s of 60\n"), "{}", run.said());
}

#[test]
fn the_compilers_command_and_words_are_shown() {
    let run = with_compiler(PREPARE, "echo log; echo bad magic >&2; exit 1").run();
    let shown = said(&run.project.command(&["show", "fake/t/one"]));
    for part in ["not-compiled", "bad magic\\nlog\\n", "--prepare", "/work/guest.wasm", "</dev/null"] {
        assert!(shown.contains(part), "{part:?} is not in {shown}");
    }
    let invocation = run.record("one").invocation.as_ref().expect("the compiler's");
    assert_eq!(invocation.argv.last().map(String::as_str), Some("$SANDBOX/work/guest.wasm"));
}

#[test]
fn folders_are_seen_as_nobody_touched_them() {
    let folders = "dirs = { \"/d\" = \"d\" }\nexpect.files = { \"/d/a\" = \"kept\", \"/d/b\" = { absent = true } }";
    let fake = Fake::command().tables(PREPARE).script("prepare", "exit 1").fixture("d/a", "kept");
    let run = fake.case("one", "exit 0", folders).run();
    run.assert_verdicts(&[("one", "fail (not-compiled)")]);
    assert_eq!(run.record("one").differences.len(), 1, "{:?}", run.record("one").differences);
}

#[test]
fn it_can_be_recorded_by_the_compilers_words() {
    let entry = |words: &str| {
        format!(
            "[[divergence]]\ncase = \"t/one\"\nversions = \"*\"\nfault = \"runtime\"\nreason = \"It refuses it.\"\n\
             url = \"unreported\"\ninstead.exit = {{ not-compiled = \"{words}\" }}\ninstead.stdout = \"\"\n"
        )
    };
    for (words, verdict) in [("bad magic", "known (not-compiled)"), ("no memory", "fail (not-compiled)")] {
        let fake = with_compiler(PREPARE, "echo bad magic >&2; exit 1").divergences(&entry(words));
        assert_eq!(fake.run().verdict("one"), verdict);
    }
    let mended = with_compiler(PREPARE, "cp \"$2\" \"$3\"").divergences(&entry("bad magic")).run();
    assert_eq!(mended.verdict("one"), "stale");
}

#[test]
fn bless_records_it() {
    let project = with_compiler(PREPARE, "echo bad magic >&2; exit 1").written();
    project.command(&["run"]);
    let blessed = project.command(&["bless", "fake/t", "--reason", "It refuses it.", "--url", "unreported"]);
    assert!(blessed.status.success(), "{}", said(&blessed));
    let run = project.command(&["run"]);
    assert!(said(&run).contains("2 cells: 2 known"), "{}", said(&run));
}

#[test]
fn a_missing_import_that_the_compiler_reports_is_one() {
    let tables = format!("{PREPARE}[command.missing-import]\nsays = 'unknown import: (\\S+)'\n");
    let fake = Fake::command().tables(&tables).script("prepare", "echo 'unknown import: env.f' >&2; exit 1");
    let run = fake.case("expected", "exit 0", "expect.exit = \"missing-import\"").case("not", "exit 0", "").run();
    run.assert_verdicts(&[("expected", "pass"), ("not", "fail (missing-import)")]);
}

#[test]
fn no_case_passes_because_its_guest_was_not_compiled() {
    let fake = Fake::command().tables(PREPARE).script("prepare", "exit 1");
    let run = fake.case("failed", "exit 1", "expect.exit = \"failed\"").case("one", "exit 1", "expect.exit = 1").run();
    run.assert_verdicts(&[("failed", "fail (not-compiled)"), ("one", "fail (not-compiled)")]);
}

#[test]
fn a_case_whose_limit_compiled_code_cannot_have_does_not_need_it() {
    let tables = format!("{PREPARE}unprepared = [\"memory\"]\nmemory = [\"--env=most={{bytes}}\"]\n");
    let limited = format!("{WELL}\nlimits = {{ memory-bytes = 65536 }}");
    let fake = Fake::command().tables(&tables).expresses("memory-limit").script("prepare", "exit 1");
    let run = fake.case("limited", "echo well", &limited).case("one", "echo well", WELL).run();
    run.assert_verdicts(&[("limited", "pass"), ("one", "fail (not-compiled)")]);
}

#[test]
fn a_host_that_refuses_a_module_says_why_in_its_report() {
    let refuses = |prepare: &str| Fake::host().script("prepare", prepare);
    let invalid = "report '{\"trap\":\"invalid-module\"}' 'bad magic'";
    let missing = "report '{\"trap\":{\"missing-import\":{\"module\":\"env\",\"name\":\"f\"}}}'";
    let run = refuses("echo bad magic >&2; exit 1")
        .case("invalid", invalid, "expect.exit = \"trap\"")
        .case("missing", missing, "expect.exit = \"missing-import\"")
        .case("runs", "report '{\"code\":0}'", "")
        .case("traps", "report '{\"trap\":\"unreachable\"}' unreachable", "expect.exit = \"trap\"")
        .run();
    run.assert_verdicts(&[
        ("invalid", "pass"),
        ("missing", "pass"),
        ("runs", "fail (not-compiled)"),
        ("traps", "fail (not-compiled)"),
    ]);
    let run = refuses("kill -SEGV $$").case("runs", "report '{\"code\":0}'", "").run();
    run.assert_verdicts(&[("runs", "fail (not-compiled)")]);
}

#[test]
fn the_gate_is_red_for_a_build_with_a_broken_compiler() {
    let project = with_compiler(&format!("prepare-deadline = 1\n{INTO_CACHE}"), "exit 0").written();
    for (compile, code) in [("exit 0", 0), ("echo out of registers >&2; exit 1", 1), ("exec sleep 300", 1)] {
        let script = format!(
            "#!/bin/sh\n[ \"$2\" = --version ] && {{ echo fake 2.0.0; exit; }}\n\
             [ \"$2\" = --prepare ] && {{ {compile}; exit; }}\necho well\n"
        );
        project.write("build/fake", script);
        let path = project.path("build/fake");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, executable).expect("its mode");
        let path = path.display();
        let (baseline, candidate) = (format!("fake@{VERSION}"), format!("fake@{path}"));
        let gate = project.command(&["gate", "--baseline", &baseline, "--candidate", &candidate]);
        assert_eq!(gate.status.code(), Some(code), "{compile}: {}", said(&gate));
        if code == 1 {
            for part in ["t/one", "t/other", "not-compiled"] {
                assert!(said(&gate).contains(part), "{part} is not in {}", said(&gate));
            }
        }
    }
}
