//! What is said of two traces that are not the same.

mod same_file;
mod whole_data;

use std::collections::BTreeMap;

use matrix_model::case::{Case, Location};
use matrix_model::explanation::Pattern;
use matrix_model::outcome::{Exit, Found, Outcome};
use matrix_run::explain::{Side, explain, explain_end, holds_beside};
use matrix_run::traced_run::TracedRun;
use matrix_supervise::Usage;
use wasip1_trace::{Call, Data, Returned, Trace};

/// A call that asks with these values and this text, and is answered with an errno and this part of memory.
fn call(function: &str, passed: &[u64], data: &[(u32, &[u8])], errno: Option<u64>) -> Call {
    let data = data.iter().map(|(piece, bytes)| Data {
        piece: *piece,
        buffer: 0,
        total: bytes.len() as u32,
        bytes: bytes.to_vec(),
        digest: None,
    });
    Call {
        number: 0,
        function: function.to_owned(),
        passed: passed.to_owned(),
        data: data.collect(),
        returned: errno.map(|value| Returned { value }),
    }
}

fn preopen(name: &[u8]) -> Call {
    call("fd_prestat_dir_name", &[3, 0, name.len() as u64], &[(0, name)], Some(0))
}

fn opens(fd: u64, path: &[u8], errno: u64) -> Call {
    let passed = [fd, 1, 0, path.len() as u64, 0, 2, 0, 0, 0];
    call("path_open", &passed, &[(0, path), (1, &[4, 0, 0, 0])], Some(errno))
}

fn exits(code: u64) -> Call {
    call("proc_exit", &[code], &[], None)
}

fn now() -> Call {
    call("clock_time_get", &[0, 0, 0], &[(0, &[1; 8])], Some(0))
}

fn code(code: i32) -> Exit {
    Exit::Code { code, whole: false }
}

fn seen(calls: Vec<Call>, exit: Exit) -> TracedRun {
    let outcome = Outcome {
        exit,
        stdout: Vec::new().into(),
        stderr: Vec::new().into(),
        files: BTreeMap::new(),
        outside: BTreeMap::new(),
        returns: Vec::new(),
        again: None,
        stdin_rest: None,
        changed_flags: None,
        usage: Usage::default(),
        leaked: Vec::new(),
        engine_ns: None,
    };
    TracedRun { outcome, trace: Trace { calls, untold: None, broken: 0 }, left: Vec::new() }
}

#[track_caller]
fn says(own: TracedRun, reference: TracedRun, pattern: Pattern, words: &str) {
    let explanation = explain(Side { name: "one", seen: &own }, Side { name: "other", seen: &reference });
    assert_eq!(explanation.pattern, pattern, "{}", explanation.sentence);
    assert!(explanation.sentence.contains(words), "{}", explanation.sentence);
}

#[test]
fn a_preopen_named_otherwise() {
    let own = seen(vec![preopen(b"data"), now(), opens(u64::from(u32::MAX), b"data/a", 8), exits(1)], code(1));
    let other = seen(vec![now(), preopen(b"/data"), opens(3, b"a", 0), exits(0)], code(0));
    says(own, other, Pattern::PreopenName, "one named the preopen \"data\"; other named it \"/data\". The guest then");
}

#[test]
fn another_errno() {
    let own = seen(vec![opens(3, b"a", 63), exits(1)], code(1));
    let other = seen(vec![opens(3, b"a", 0), exits(0)], code(0));
    says(own, other, Pattern::Errno, "with 63 perm; other with 0, fd=4.");
}

#[test]
fn another_result() {
    let size = |size: u8| call("fd_tell", &[4, 0], &[(0, &[size, 0, 0, 0, 0, 0, 0, 0])], Some(0));
    let own = seen(vec![size(1), exits(1)], code(1));
    says(own, seen(vec![size(2), exits(0)], code(0)), Pattern::Result, "filesize=1; other with 0, filesize=2.");
}

#[test]
fn harmless_differences_are_not_to_blame() {
    let flags = |errno| call("fd_fdstat_set_flags", &[0, 4], &[], Some(errno));
    let own = seen(vec![opens(3, b"a", 63), flags(8), exits(1)], code(1));
    let other = seen(vec![opens(3, b"a", 0), flags(0), exits(0)], code(0));
    says(own, other, Pattern::Errno, "answered path_open(");
}

#[test]
fn a_call_that_does_not_come_back() {
    let reads = |errno| call("fd_read", &[0, 0, 1, 0], &[], errno);
    let own = seen(vec![reads(None)], Exit::Timeout);
    says(own, seen(vec![reads(Some(0)), exits(0)], code(0)), Pattern::Hang, "had not come back from fd_read");
    let trapped = seen(vec![reads(None)], Exit::Trap { reason: "unreachable".to_owned() });
    says(trapped, seen(vec![reads(Some(0)), exits(0)], code(0)), Pattern::TrapInCall, "stopped within fd_read");
}

#[test]
fn an_end_that_is_not_the_guests() {
    let trapped = seen(vec![opens(3, b"a", 0)], Exit::Trap { reason: "unreachable".to_owned() });
    let other = || seen(vec![opens(3, b"a", 0), exits(0)], code(0));
    says(trapped, other(), Pattern::TrapAfterCall, "stopped the guest after path_open");
    says(seen(vec![opens(3, b"a", 0)], Exit::Timeout), other(), Pattern::Runs, "made no call after path_open");
    let exit = Exit::MissingImport { import: "a.b".to_owned() };
    says(seen(Vec::new(), exit), other(), Pattern::MissingImport, "the import a.b");
}

#[test]
fn a_stream_that_is_tried_again_is_no_difference() {
    let reads = |errno| call("fd_read", &[0, 0, 1, 0], &[], Some(errno));
    let writes = |errno| call("fd_write", &[1, 0, 1, 0], &[], Some(errno));
    let own = seen(vec![reads(0), writes(6), exits(1)], code(1));
    let other = seen(vec![reads(6), now(), reads(0), writes(0), exits(0)], code(0));
    says(own, other, Pattern::Errno, "answered fd_write(");
}

#[test]
fn the_first_preopen_is_named() {
    let own = seen(vec![preopen(b"one"), preopen(b"two"), opens(u64::from(u32::MAX), b"one/a", 8)], code(1));
    let other = seen(vec![preopen(b"/one"), preopen(b"/two"), opens(3, b"a", 0)], code(0));
    says(own, other, Pattern::PreopenName, "one named the preopen \"one\"");
}

#[test]
fn what_gets_lost() {
    says(seen(vec![exits(200)], code(1)), seen(vec![exits(200)], code(200)), Pattern::ExitCode, "ended with 1");
    says(seen(vec![exits(7)], code(7)), seen(vec![exits(7)], code(7)), Pattern::NoCall, "Nothing differs that a user");
    let mut own = seen(vec![exits(7)], code(7));
    own.outcome.stderr = b"a warning".to_vec().into();
    says(own, seen(vec![exits(7)], code(7)), Pattern::NoCall, "No host call was answered otherwise");
    let mut own = seen(vec![exits(0)], code(0));
    own.outcome.stdout = b"a word of its own".to_vec().into();
    says(
        own,
        seen(vec![exits(0)], code(0)),
        Pattern::Output,
        "wrote 0 bytes to stdout, and one wrote 17 more of its own",
    );
    let own = seen(vec![exits(3)], code(3));
    says(own, seen(vec![exits(4)], code(4)), Pattern::OtherCalls, "Up to here both answered the same");
}

#[test]
fn cells_that_differ_in_the_same_way_have_one_cause() {
    let cause = |own: Vec<Call>, other: Vec<Call>| {
        let (own, other) = (seen(own, code(1)), seen(other, code(0)));
        let explained = explain(Side { name: "one", seen: &own }, Side { name: "other", seen: &other });
        (explained.cause, explained.function)
    };
    let opened = |path: &'static [u8], errno: u64| {
        cause(vec![opens(3, path, errno), exits(1)], vec![opens(3, path, 0), exits(0)])
    };
    assert_eq!(opened(b"a", 63), opened(b"b", 63), "the path is the case's own");
    assert_eq!(opened(b"a", 63).1.as_deref(), Some("path_open"));
    assert_ne!(opened(b"a", 63), opened(b"a", 44), "another errno is another cause");
    let named = |own: &'static [u8], other: &'static [u8]| cause(vec![preopen(own)], vec![preopen(other)]);
    assert_eq!(named(b"data", b"/data"), named(b"a", b"/a"));
    assert_ne!(named(b"data", b"/data"), named(b"x", b"/data"));
    let (cause, function) = cause(vec![exits(1)], vec![exits(1)]);
    assert_eq!((cause, function), (None, None), "what no call shows is no cause in common");
}

#[test]
fn times_count_where_the_guest_has_set_them() {
    let set = || call("fd_filestat_set_times", &[4, 1, 1, 10], &[], Some(0));
    let tells = |time: u8| {
        let mut stat = vec![0; 64];
        stat[48] = time;
        call("fd_filestat_get", &[4, 0], &[(0, &stat)], Some(0))
    };
    let run = |calls: Vec<Call>, exit: i32| seen(calls, code(exit));
    let (own, other) = (vec![set(), tells(1), exits(1)], vec![set(), tells(2), exits(0)]);
    says(run(own, 1), run(other, 0), Pattern::Result, "one answered fd_filestat_get(fd=4) with 0");
    let (own, other) = (vec![tells(1), exits(1)], vec![tells(2), exits(0)]);
    says(run(own, 1), run(other, 0), Pattern::OtherCalls, "Up to here both answered the same");
}

/// Lists entries of a folder, after those that the cookie says.
fn lists(cookie: u64, names: &[&[u8]]) -> Call {
    let entry = |name: &&[u8]| [&[0; 16][..], &[name.len() as u8, 0, 0, 0, 4, 0, 0, 0], name].concat();
    let entries: Vec<_> = names.iter().flat_map(entry).collect();
    let size = (entries.len() as u32).to_le_bytes();
    call("fd_readdir", &[4, 0, 8192, cookie, 0], &[(0, &size), (1, &entries)], Some(0))
}

#[test]
fn what_is_opened_as_a_folder_at_last_is_no_difference() {
    let folder = |flags: u64, errno| {
        let passed = [3, 1, 0, 1, flags, 2, 0, 0, 0];
        call("path_open", &passed, &[(0, b"d"), (1, &[4, 0, 0, 0])], Some(errno))
    };
    let list = |names: &[&[u8]]| lists(0, names);
    let own = vec![folder(0, 31), folder(2, 0), list(&[b"b", b"a"]), opens(4, b"x", 63), exits(1)];
    let other = vec![folder(0, 0), list(&[b".", b"..", b"a", b"b"]), opens(4, b"x", 0), exits(0)];
    says(seen(own, code(1)), seen(other, code(0)), Pattern::Errno, "\"x\"");
    let own = vec![folder(0, 31), folder(2, 0), list(&[b"a"]), exits(1)];
    let other = vec![folder(0, 0), list(&[b".", b"..", b"a", b"b"]), exits(0)];
    says(seen(own, code(1)), seen(other, code(0)), Pattern::Result, "answered fd_readdir");
}

/// A name of this length that is created where nothing may be yet.
/// Listing the folder itself and its parent is no difference, and neither is the call that then says that this was all.
#[test]
fn an_empty_folder_is_empty_whatever_lists_itself() {
    let own = seen(vec![lists(0, &[]), opens(3, b"a", 63), exits(1)], code(1));
    let other = vec![lists(0, &[b".", b".."]), lists(2, &[]), opens(3, b"a", 0), exits(0)];
    says(own, seen(other, code(0)), Pattern::Errno, "answered path_open(");
    let nothing = seen(vec![lists(0, &[]), exits(1)], code(1));
    let something = seen(vec![lists(0, &[b"a"]), lists(1, &[]), exits(0)], code(0));
    says(nothing, something, Pattern::Result, "answered fd_readdir");
}

fn creates(path: &[u8], errno: u64) -> Call {
    let passed = [3, 1, 0, path.len() as u64, 5, 2, 0, 0, 0];
    call("path_open", &passed, &[(0, path), (1, &[5, 0, 0, 0])], Some(errno))
}

#[test]
fn random_names_are_no_difference() {
    let run = |name: &str, errno: u64, exit: i32| {
        let says = format!("made {name}\n");
        let size = says.len() as u8;
        let prints = Call {
            data: vec![
                Data { piece: 0, buffer: 0, total: 8, bytes: vec![0, 0, 0, 0, size, 0, 0, 0], digest: None },
                Data { piece: 1, buffer: 0, total: size.into(), bytes: says.into_bytes(), digest: None },
                Data { piece: 2, buffer: 0, total: 4, bytes: vec![size, 0, 0, 0], digest: None },
            ],
            ..call("fd_write", &[1, 0, 1, 0], &[], Some(0))
        };
        let removes = call("path_unlink_file", &[3, 0, name.len() as u64], &[(0, name.as_bytes())], Some(0));
        seen(vec![creates(name.as_bytes(), 0), prints, opens(3, b"a", errno), removes, exits(exit as u64)], code(exit))
    };
    let names = ["a.go.3115650998", "a.go.77120043"];
    says(run(names[0], 63, 1), run(names[1], 0, 0), Pattern::Errno, "\"a\", oflags=0");
    let alike = "No host call was answered otherwise";
    let mut own = run(names[0], 0, 0);
    own.outcome.stderr = b"a warning".to_vec().into();
    says(own, run(names[1], 0, 0), Pattern::NoCall, alike);
    let other = "then the guest called path_open(fd=3, symlink_follow, \"a.go.3115650998\"";
    says(run(names[0], 63, 1), run("b.go.77120043", 0, 0), Pattern::OtherCalls, other);
}

#[test]
fn an_answer_that_changed_nothing_the_guest_did_is_not_to_blame_for_what_it_left() {
    let leaves = |calls: Vec<Call>, content: &[u8]| {
        let mut run = seen(calls, code(0));
        run.outcome.files.insert("/a".to_owned(), Found::File(content.to_vec().into()));
        run
    };
    let looks = |errno: u64| vec![opens(u64::from(u32::MAX), b"go.mod", errno), creates(b"a", 0), exits(0)];
    let words = "What differs lies in no call that programs usually heed. The last one that differs is path_open(fd=-1";
    let mut own = leaves(looks(28), b"one");
    // A host tells the whole exit code, and a command line its low byte.
    own.outcome.exit = Exit::Code { code: 0, whole: true };
    says(own, leaves(looks(8), b"two"), Pattern::NoCall, words);
    let mut prints = leaves(looks(28), b"one");
    prints.outcome.stdout = b"one".to_vec().into();
    says(prints, leaves(looks(8), b"two"), Pattern::Errno, "one answered path_open(fd=-1");
    let removes = |errno: u64| vec![call("path_unlink_file", &[3, 0, 1], &[(0, b"a")], Some(errno)), exits(0)];
    says(leaves(removes(63), b"one"), leaves(removes(0), b"two"), Pattern::Errno, "one answered path_unlink_file");
}

/// What a guest does that writes a file: it opens it with flags, is told other ones, and sets those and one more.
fn writes_as_told(opened: u64, told: u8) -> Vec<Call> {
    let passed = [3, 1, 0, 4, 0, 2, 0, opened, 0];
    let open = call("path_open", &passed, &[(0, b"p.go"), (1, &[4, 0, 0, 0])], Some(0));
    let stat = call("fd_fdstat_get", &[4, 0], &[(0, &[&[4, 0, told][..], &[0; 21]].concat())], Some(0));
    let set = call("fd_fdstat_set_flags", &[4, u64::from(told) | 4], &[], Some(0));
    let write = call("fd_write", &[4, 0, 1, 0], &[], Some(0));
    vec![preopen(b"/data"), open, stat, set, write]
}

#[test]
fn a_wrong_append_flag_that_the_guest_sets_is_to_blame() {
    let leaves = |calls: Vec<Call>, content: &[u8]| {
        let mut run = seen(calls, code(0));
        run.outcome.files.insert("/data/p.go".to_owned(), Found::File(content.to_vec().into()));
        run
    };
    let told = |opened: u64, told: u8, content: &[u8]| leaves(writes_as_told(opened, told), content);
    let words =
        "without append. The guest set the flags that it was told, so what it wrote then went to the end of the file";
    says(told(0, 1, b"oldnew"), told(0, 0, b"new"), Pattern::Result, words);
    let words =
        "The file was opened with append. The guest set the flags that it was told, so what it wrote then did not";
    says(told(1, 0, b"new"), told(1, 1, b"oldnew"), Pattern::Result, words);
    let harmless = "What differs lies in no call that programs usually heed";
    let mut own = told(0, 1, b"new");
    own.outcome.stderr = b"a warning".to_vec().into();
    says(own, told(0, 0, b"new"), Pattern::NoCall, harmless);
    says(told(0, 2, b"oldnew"), told(0, 0, b"new"), Pattern::NoCall, harmless);
    says(told(1, 1, b"oldnew"), told(1, 0, b"new"), Pattern::NoCall, harmless);

    let reads = |told: u8, bytes: &[u8], exit: u64| {
        let size = [bytes.len() as u8, 0, 0, 0];
        let mut calls = writes_as_told(0, told);
        calls.extend([call("fd_read", &[4, 0, 1, 0], &[(1, &size), (2, bytes)], Some(0)), exits(exit)]);
        seen(calls, code(0))
    };
    says(reads(1, b"oldnew", 1), reads(0, b"new", 0), Pattern::Result, "one answered fd_fdstat_get(fd=4)");
    says(reads(0, b"oldnew", 1), reads(0, b"new", 0), Pattern::Result, "one answered fd_read(fd=4");
}

#[test]
fn a_preopen_named_otherwise_is_to_blame_for_what_is_asked_elsewhere() {
    let stat = |filetype: u8| {
        let mut stat = vec![0; 64];
        stat[16] = filetype;
        call("fd_filestat_get", &[0, 0], &[(0, &stat)], Some(0))
    };
    let own = || vec![preopen(b"data"), stat(6), opens(u64::from(u32::MAX), b"data/a", 8), exits(1)];
    let other = || vec![preopen(b"/data"), stat(4), opens(3, b"a", 0), exits(0)];
    let words = "one named the preopen \"data\"; other named it \"/data\". The guest then found no preopen";
    says(seen(own(), code(1)), seen(other(), code(0)), Pattern::PreopenName, words);
    let below = vec![preopen(b"/"), stat(6), opens(3, b"data/a", 44), exits(1)];
    says(seen(below, code(1)), seen(other(), code(0)), Pattern::PreopenName, "one named the preopen \"/\"");
    let elsewhere = vec![preopen(b"data"), stat(6), exits(1)];
    let words = "one answered fd_filestat_get(fd=0)";
    says(seen(elsewhere, code(1)), seen(other(), code(0)), Pattern::Result, words);
}

#[test]
fn what_no_guest_heeds_is_not_to_blame() {
    let rights = |rights: u8| {
        let stat = [&[4, 0, 0, 0, 0, 0, 0, 0, rights][..], &[0; 15]].concat();
        vec![opens(3, b"a", 0), call("fd_fdstat_get", &[4, 0], &[(0, &stat)], Some(0)), exits(u64::from(rights))]
    };
    let words =
        "both answered the same, but for what programs do not usually heed; then the guest called proc_exit(rval=1)";
    says(seen(rights(1), code(1)), seen(rights(0), code(0)), Pattern::OtherCalls, words);
    let flags = |errno: u64| vec![call("fd_fdstat_set_flags", &[4, 4], &[], Some(errno)), exits(errno)];
    says(seen(flags(52), code(52)), seen(flags(0), code(0)), Pattern::OtherCalls, "then the guest called proc_exit");
    let discovers =
        |errno: u64, exit: u64| vec![call("fd_prestat_get", &[4, 0], &[(0, &[0; 8])], Some(errno)), exits(exit)];
    says(seen(discovers(8, 1), code(1)), seen(discovers(0, 0), code(0)), Pattern::OtherCalls, "proc_exit(rval=1)");
    let names = |errno: u64, more: Vec<Call>| {
        let mut calls = vec![call("fd_prestat_get", &[3, 0], &[(0, &[0; 8])], Some(errno))];
        calls.extend(more);
        calls
    };
    let own = names(0, vec![preopen(b"/"), exits(1)]);
    says(
        seen(own, code(1)),
        seen(names(8, vec![exits(0)]), code(0)),
        Pattern::Errno,
        "one answered fd_prestat_get(fd=3)",
    );
}

#[test]
fn an_answer_that_another_column_gives_too_does_not_hold_beside_it() {
    let run = |errno: u64, exit: u64| seen(vec![opens(3, b"a", errno), opens(3, b"b", 0), exits(exit)], code(0));
    let (own, other) = (run(63, 1), run(0, 0));
    let (third, same) = (run(44, 0), run(63, 0));
    let missing = seen(Vec::new(), Exit::MissingImport { import: "a.b".to_owned() });
    let side = |seen| Side { name: "one", seen };
    let explanation = explain(side(&own), side(&other));
    assert!(holds_beside(&explanation, side(&own), side(&third)), "{}", explanation.sentence);
    assert!(!holds_beside(&explanation, side(&own), side(&same)), "{}", explanation.sentence);
    let explanation = explain(side(&missing), side(&other));
    assert!(holds_beside(&explanation, side(&missing), side(&own)), "it needs no other column");
}

#[test]
fn what_go_asks_of_each_stream_at_its_start_is_not_to_blame() {
    let stat = |filetype: u8| call("fd_fdstat_get", &[2, 0], &[(0, &[&[filetype][..], &[0; 23]].concat())], Some(0));
    let writes = |passed: u64| call("fd_pwrite", &[4, 0, 1, passed, 0], &[], Some(0));
    let (own, other) = (vec![stat(6), writes(1), exits(1)], vec![stat(0), writes(2), exits(0)]);
    says(seen(own, code(1)), seen(other, code(0)), Pattern::OtherCalls, "fd_pwrite");
    let begun = || opens(3, b"a", 0);
    let (own, other) = (vec![begun(), stat(6), writes(1), exits(1)], vec![begun(), stat(0), writes(2), exits(0)]);
    says(seen(own, code(1)), seen(other, code(0)), Pattern::Result, "answered fd_fdstat_get(fd=2)");
}

#[test]
fn a_call_that_differs_without_harm_is_named_where_no_call_is_to_blame() {
    let flags = |errno| call("fd_fdstat_set_flags", &[0, 4], &[], Some(errno));
    let own = seen(vec![flags(8), exits(1)], code(1));
    let words = "The last one that differs is fd_fdstat_set_flags(";
    says(own, seen(vec![flags(0), exits(1)], code(0)), Pattern::NoCall, words);
    let resolution = |errno| call("clock_res_get", &[0, 0], &[], Some(errno));
    let own = seen(vec![resolution(52), exits(1)], code(1));
    let words = "The last one that differs is clock_res_get(";
    says(own, seen(vec![resolution(0), exits(1)], code(0)), Pattern::NoCall, words);
}

#[test]
fn an_end_that_shows_what_went_wrong_needs_no_comparison() {
    let case = Case::of_module("m", "m".to_owned(), Location { file: "m.wasm".to_owned(), line: 1 });
    let alone = |calls: Vec<Call>, exit: Exit| {
        explain_end(Side { name: "one", seen: &seen(calls, exit) }, &case).map(|explained| explained.pattern)
    };
    let trap = || Exit::Trap { reason: "unreachable".to_owned() };
    let reads = call("fd_read", &[0, 0, 1, 0], &[], None);
    assert_eq!(alone(vec![reads.clone()], trap()), Some(Pattern::TrapInCall));
    assert_eq!(alone(vec![reads], Exit::Timeout), Some(Pattern::Hang));
    assert_eq!(alone(Vec::new(), Exit::MissingImport { import: "a.b".to_owned() }), Some(Pattern::MissingImport));
    let refused = Exit::NotCompiled { message: "no".to_owned(), at_deadline: false };
    assert_eq!(alone(Vec::new(), refused), Some(Pattern::NotCompiled));
    assert_eq!(alone(vec![exits(200)], code(1)), Some(Pattern::ExitCode));
    assert_eq!(alone(vec![exits(7)], code(7)), None, "the guest ended so by itself");
    assert_eq!(alone(vec![exits(0)], code(0)), None, "the end is as the case expects");
}
